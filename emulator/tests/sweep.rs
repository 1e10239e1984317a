//! Every operation of the model is served, and what lists show can be fetched.

mod common;

use common::{Rig, encode};
use druva_api::{Answer, Model, Operation, Param, Place, Type};
use serde_json::{Value, json};

/// A value for a required argument.
fn argument(rig: &Rig, param: &Param) -> String {
    let ty = if let Type::List(item) = &param.ty { item } else { &param.ty };
    if let Type::String { values } = ty
        && let Some(first) = values.first()
    {
        return first.clone();
    }
    if let Some(default) = &param.default {
        return default.as_str().map_or_else(|| default.to_string(), str::to_owned);
    }
    let from = |target: &str, pointer: &str| {
        let found = rig.fetch(target).pointer(pointer).unwrap_or_else(|| panic!("{target} has no {pointer}")).clone();
        found.as_str().map_or_else(|| found.to_string(), str::to_owned)
    };
    match param.name.as_str() {
        "userID" => from("/insync/usermanagement/v1/users", "/users/3/userID"),
        "deviceID" => from("/insync/endpoints/v2/devices", "/devices/3/deviceID"),
        "profileID" => from("/insync/profilemanagement/v1/profiles", "/profiles/1/profileID"),
        "storageID" => from("/insync/storagemanagement/v1/storages", "/storages/1/StorageID"),
        "cloudCacheID" => from("/insync/storagemanagement/v1/cloudcaches", "/cloudcaches/1/cloudCacheID"),
        "restoreID" => from("/insync/endpoints/v1/restores", "/restores/2/restoreID"),
        "policyId" => from("/insync/legalholds/v4/policies", "/results/legalHoldsList/1/policyId"),
        "clientId" => from("/insync/legalholds/v4/clients", "/clients/1/clientId"),
        "jobId" => from("/insync/legalholds/v4/jobs", "/jobs/1/jobId"),
        "globalAdminID" => from("/platform/console/v1/admins", "/admins/2/globalAdminId"),
        "orgID" => from("/phoenix/organization/v1/orgs", "/orgs/3/id"),
        "backupsetID" => from("/phoenix/sqlserver/v1/orgs/4/reports/backupsets", "/backupsets/2/backupsetID"),
        "csetID" => "7".into(),
        "authEntities" => "pType=org;pID=4".into(),
        "productJwt" => "a.b.c".into(),
        "subscriptions" => "0".into(),
        "productID" => "8193".into(),
        "lastSuccessful" => "true".into(),
        name if name.to_ascii_lowercase().contains("checksum") => "da39a3ee5e6b4b0d3255bfef95601890afd80709".into(),
        name => panic!("no value for {name}"),
    }
}

fn target(rig: &Rig, operation: &Operation) -> String {
    let mut target = operation.path.clone();
    let mut query = Vec::new();
    for param in &operation.params {
        match param.place {
            Place::Path => target = target.replace(&format!("{{{}}}", param.wire), &encode(&argument(rig, param))),
            Place::Query if param.required => {
                query.push(format!("{}={}", encode(&param.wire), encode(&argument(rig, param))))
            }
            _ => {}
        }
    }
    if query.is_empty() { target } else { format!("{target}?{}", query.join("&")) }
}

fn headers(rig: &Rig, operation: &Operation) -> String {
    let params = operation.params.iter().filter(|param| param.place == Place::Header && param.required);
    params.map(|param| format!("{}: {}\r\n", param.wire, argument(rig, param))).collect()
}

#[test]
fn every_read_answers() {
    let rig = Rig::small();
    let model = Model::load();
    let mut count = 0;
    for (product, operation) in model.operations().filter(|(_, operation)| operation.method == "GET") {
        let target = target(&rig, operation);
        let head = rig.bearer() + &headers(&rig, operation);
        let answer = rig.send("GET", &target, &head, b"").expect("an answer");
        assert_eq!(answer.status, 200, "{} {target}: {}", operation.id, String::from_utf8_lossy(&answer.body));
        if std::env::var("SHOW").is_ok() {
            println!(
                "{} {target}\n    {}",
                operation.id,
                String::from_utf8_lossy(&answer.body).chars().take(900).collect::<String>()
            );
        }
        if let Some(pages) = &operation.pages {
            let pointer = format!("/{}", pages.items.replace('.', "/"));
            let items = answer.json().pointer(&pointer).and_then(Value::as_array).map(Vec::len);
            assert!(
                items.is_some_and(|count| count > 0) || operation.path.contains("/search/"),
                "{} lists nothing",
                operation.id
            );
        }
        assert!(!product.name.is_empty());
        count += 1;
    }
    assert!(count >= 120, "only {count} reads");
    assert_eq!(rig.log()["violations"], json!(0));
}

/// A value for a required member of a body.
fn member(param: &Param) -> Value {
    match &param.ty {
        Type::String { values } => json!(values.first().map_or("x", String::as_str)),
        Type::List(item) if **item == Type::Integer => json!([1]),
        Type::List(_) => json!(["x"]),
        Type::Object(_) => json!({}),
        _ => json!(1),
    }
}

#[test]
fn every_write_of_enterprise_workloads_answers() {
    let rig = Rig::small();
    let model = Model::load();
    let posts =
        model.operations().filter(|(product, operation)| product.name == "phoenix" && operation.method == "POST");
    for (product, operation) in posts {
        let needed = operation.params.iter().filter(|param| param.place == Place::Body && param.required);
        let body: Value = needed.map(|param| (param.wire.clone(), member(param))).collect();
        let head = format!("{}{}content-type: application/json\r\n", rig.bearer(), headers(&rig, operation));
        let target = target(&rig, operation);
        let answer = rig.send("POST", &target, &head, body.to_string().as_bytes()).expect("an answer");
        assert_eq!(answer.status, 200, "{} {target}: {}", operation.id, String::from_utf8_lossy(&answer.body));
        let Answer::Json(Type::Object(name)) = &operation.answer else { panic!("{} answers no object", operation.id) };
        for field in &product.types[name].fields {
            assert!(
                answer.json()[field.name.as_str()] != Value::Null || field.name == "nextPageToken",
                "{}",
                operation.id
            );
        }
    }
    assert_eq!(rig.log()["violations"], json!(0));
}
