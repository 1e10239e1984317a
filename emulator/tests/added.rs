//! What is added to the model is served without a line of code.

mod common;

use common::Rig;
use druva_api::Model;
use druva_emulator::{Emulator, Options};
use serde_json::{Value, json};

/// A product that the emulator has never heard of.
fn model() -> Model {
    let number = json!({ "name": "vaultID", "wire": "vaultID", "place": "path", "type": "integer", "required": true });
    let operation = |verb: &str, method: &str, path: &str, answer: Value, params: Value, pages: Value| {
        let mut operation = json!({
            "id": format!("orbit.vaults.{verb}"), "method": method, "path": path, "summary": "Does it.", "params": params,
            "answer": answer, "retry": "never", "clouds": ["public"], "documents": [],
        });
        if !pages.is_null() {
            operation["pages"] = pages;
        }
        operation
    };
    let body = json!({ "name": "vaultName", "wire": "vaultName", "place": "body", "type": { "string": {} }, "required": true });
    let query = |name: &str| json!({ "name": name, "wire": name, "place": "query", "type": { "string": {} } });
    let field = |name: &str, ty: Value| json!({ "name": name, "type": ty });
    let token = json!({ "items": "vaults", "cursor": { "token": { "param": "pageToken", "field": "nextPageToken" } } });
    let (list, one) = (json!({ "json": { "object": "Vaults" } }), json!({ "json": { "object": "Vault" } }));
    serde_json::from_value(json!({
        "errors": [], "options": [],
        "products": [{
            "name": "orbit", "title": "Orbit", "summary": "An example.",
            "operations": [
                operation("list", "GET", "/orbit/v1/vaults", list, json!([query("pageToken"), query("vaultState")]), token),
                operation("get", "GET", "/orbit/v1/vaults/{vaultID}", one.clone(), json!([number]), Value::Null),
                operation("create", "POST", "/orbit/v1/vaults", one.clone(), json!([body]), Value::Null),
                operation("update", "PATCH", "/orbit/v1/vaults/{vaultID}", one, json!([number, body]), Value::Null),
                operation("lock", "POST", "/orbit/v1/vaults/{vaultID}/lock", json!("empty"), json!([number]), Value::Null),
                operation("delete", "DELETE", "/orbit/v1/vaults/{vaultID}", json!("empty"), json!([number]), Value::Null),
            ],
            "types": {
                "Vaults": { "fields": [field("vaults", json!({ "list": { "object": "Vault" } })), field("nextPageToken", json!({ "string": {} }))] },
                "Vault": { "fields": [
                    field("vaultID", json!("integer")),
                    field("vaultName", json!({ "string": {} })),
                    field("vaultState", json!({ "string": { "values": ["open", "locked"] } })),
                    field("createdOn", json!("date_time")),
                ] },
            },
        }],
    }))
    .expect("a model")
}

#[test]
fn a_new_resource_works() {
    let options = Options { page_size: 10, ..Options::default() };
    let mut rig = Rig {
        emulator: Emulator::start_with(model(), options).expect("an emulator"),
        token: String::new(),
        cloudranger: false,
    };
    rig.renew();
    let path = "/orbit/v1/vaults";
    let all = rig.all(path, "vaults", "nextPageToken");
    assert_eq!(all.len(), 25);
    assert_eq!(rig.fetch(&format!("{path}/{}", all[7]["vaultID"])), all[7]);
    let open = all.iter().filter(|vault| vault["vaultState"] == "open").count();
    assert_eq!(rig.all(&format!("{path}?vaultState=open"), "vaults", "nextPageToken").len(), open);

    let made = rig.request("POST", path, &json!({ "vaultName": "Blue" })).json();
    assert_eq!(
        (&made["vaultID"], &made["vaultName"], &made["vaultState"]),
        (&json!(26), &json!("Blue"), &json!("open"))
    );
    let own = format!("{path}/26");
    assert_eq!(rig.request("PATCH", &own, &json!({ "vaultName": "Red" })).json()["vaultName"], json!("Red"));
    assert_eq!(rig.request("POST", &format!("{own}/lock"), &Value::Null).status, 200);
    assert_eq!(
        (&rig.fetch(&own)["vaultState"], rig.all(path, "vaults", "nextPageToken").len()),
        (&json!("locked"), 26)
    );
    assert_eq!(rig.request("DELETE", &own, &Value::Null).status, 200);
    assert_eq!(rig.get(&own).status, 404);
    assert_eq!(rig.log()["violations"], json!(0));
}
