//! What a model may say beyond inSync: realms, offsets, feeds without an end, and work of every kind.

mod common;
mod model;

use common::{Rig, encode};
use druva_emulator::{Emulator, Options};
use serde_json::{Value, json};

fn rig() -> Rig {
    let emulator = Emulator::start_with(model::model(), Options::default()).expect("an emulator");
    let mut rig = Rig { emulator, token: String::new(), cloudranger: false };
    rig.renew();
    rig
}

fn provider() -> Rig {
    let mut rig = rig();
    rig.token = rig.provider();
    rig
}

fn customer_token(rig: &Rig, customer: &str) -> common::Answer {
    let head = format!("{}content-type: application/x-www-form-urlencoded\r\n", rig.bearer());
    let path = format!("/msp/v2/customers/{}/token", encode(customer));
    rig.send("POST", &path, &head, b"grant_type=client_credentials").expect("an answer")
}

#[test]
fn every_call_wants_the_token_of_its_realm() {
    let mut rig = rig();
    let denied = rig.get("/msp/v3/customers");
    assert_eq!(denied.status, 403);
    assert!(denied.json()["message"].as_str().is_some_and(|message| message.contains("explicit deny")));
    assert_eq!(customer_token(&rig, "nobody").status, 403);
    rig.token = rig.provider();
    assert_eq!(rig.get("/orbit/v1/orgs").status, 403);
    let customers = rig.fetch("/msp/v3/customers")["customers"].clone();
    assert_eq!(customer_token(&rig, "nobody").status, 404);
    let id = |at: usize| customers[at]["id"].as_str().expect("an id").to_owned();
    for at in [0, 1, 1] {
        let given = customer_token(&rig, &id(at)).json();
        assert_eq!((&given["token_type"], &given["expires_in"]), (&json!("bearer"), &json!(1800)));
        let of_provider =
            std::mem::replace(&mut rig.token, given["access_token"].as_str().expect("a token").to_owned());
        assert_eq!((rig.get("/orbit/v1/orgs").status, rig.get("/msp/v3/customers").status), (200, 403));
        rig.token = of_provider;
    }
    let log = rig.log();
    assert_eq!((&log["tokens_minted"], &log["token_customers"]), (&json!(5), &json!(2)));
    assert_eq!(log["tokens_by_kind"], json!({ "cloud": 1, "msp": 1, "customer": 3, "key": 0 }));
    assert_eq!(log["violations"], json!(0));
    rig.control(json!({ "do": "advance", "seconds": 901 }));
    assert_eq!(rig.get("/msp/v3/customers").status, 401, "a provider's token lives for 15 minutes");
}

#[test]
fn a_providers_token_has_no_scope() {
    let rig = rig();
    let ask = |form: &str| {
        let (id, secret) = (rig.emulator.client_id(), rig.emulator.client_secret());
        rig.ask_token_at("/msp/auth/v1/token", &id, &secret, form).status
    };
    assert_eq!(ask("grant_type=client_credentials"), 200);
    assert_eq!(ask("grant_type=client_credentials&scope=read"), 400);
    assert_eq!(rig.log()["violations"], json!(1));
}

#[test]
fn cloudranger_wants_its_key_with_everything() {
    let mut model = model::model();
    let things = model.products[1].operations.iter_mut().find(|operation| operation.id == "orbit.things.list");
    let things = things.expect("an operation");
    things.clouds.push("cloudranger".into());
    things.routes = vec![druva_api::Route { cloud: "cloudranger".into(), path: "/202004/things".into() }];
    let options = Options { cloud: "cloudranger".into(), api_key: Some("some/key".into()), ..Options::default() };
    let emulator = Emulator::start_with(model, options).expect("an emulator");
    let mut rig = Rig { emulator, token: String::new(), cloudranger: true };
    rig.renew();
    let key = |key: &str| format!("x-api-key: {key}\r\n");
    let status = |head: &str, path: &str| rig.send("GET", path, head, b"").expect("an answer").status;
    assert_eq!(status(&key("another"), "/202004/authorize"), 403);
    assert_eq!(status(&(rig.bearer() + &key("some/key")), "/202004/things"), 200);
    assert_eq!(status(&rig.bearer(), "/202004/things"), 403);
    assert_eq!(status(&key("some/key"), "/202004/things"), 401);
    assert_eq!(status(&(rig.bearer() + &key("some/key")), "/orbit/v1/things"), 403);
    rig.control(json!({ "do": "rotate", "api_key": "new" }));
    assert_eq!(rig.emulator.api_key(), "new");
    assert_eq!(status(&(rig.bearer() + &key("new")), "/202004/things"), 401);
    assert!(!rig.log().to_string().contains("some/key"), "the log holds the key");
}

#[test]
fn lists_by_offset() {
    let rig = rig();
    let page = |query: &str| rig.fetch(&format!("/orbit/v1/things{query}"));
    let ids = |page: &Value| -> Vec<u64> {
        page["hits"].as_array().expect("hits").iter().filter_map(|hit| hit["id"].as_u64()).collect()
    };
    let (first, second) = (page("?limit=30"), page("?limit=30&offset=30"));
    assert_eq!((&first["total"], ids(&first), ids(&second)), (&json!(75), (1..=30).collect(), (31..=60).collect()));
    assert_eq!((ids(&page("?offset=70")), ids(&page("?offset=75"))), ((71..=75).collect(), Vec::new()));
    for wrong in ["?offset=-1", "?limit=0", "?limit=501", "?filter=x", "?filter=%5B1%5D"] {
        assert_eq!(rig.get(&format!("/orbit/v1/things{wrong}")).status, 400, "{wrong}");
    }
    assert_eq!(page("?filter=%7B%22name%22%3A%5B1%5D%7D")["total"], json!(75));
    rig.control(json!({ "do": "paging", "empty_page_at": 2 }));
    let hollow = page("?limit=30&offset=30");
    assert_eq!((ids(&hollow), &hollow["total"]), (Vec::new(), &json!(75)));
    rig.control(json!({ "do": "paging", "repeat_token": true }));
    assert_eq!(ids(&page("?limit=30&offset=60")), (1..=30).collect::<Vec<_>>());
    assert_eq!(rig.log()["violations"], json!(5));
}

#[test]
fn what_is_written_around_an_argument_is_wanted() {
    let rig = rig();
    let names = |holder: &str| {
        let head = format!("{}holder: {holder}\r\n", rig.bearer());
        rig.send("GET", "/orbit/v1/things/names", &head, b"").expect("an answer")
    };
    assert!(names("pType=org;pID=4").json().as_array().is_some_and(|names| names.iter().all(Value::is_string)));
    assert_eq!((names("4").status, names("pType=org;pID=x").status), (400, 400));
}

#[test]
fn a_feed_without_an_end_gives_a_token_with_an_empty_page() {
    let rig = provider();
    let customers = rig.fetch("/msp/v3/customers?pageSize=2")["customers"].clone();
    assert_eq!(rig.get("/msp/v3/customers?pageSize=101").status, 400);
    let path = format!("/msp/v3/customers/{}/events", customers[1]["id"].as_str().expect("an id"));
    let next = |page: &Value| format!("{path}?pageToken={}", encode(page["nextPageToken"].as_str().expect("a token")));
    let mut page = rig.fetch(&path);
    let mut count = 0;
    while page["events"].as_array().is_some_and(|events| !events.is_empty()) {
        let events = page["events"].as_array().expect("events");
        assert!(events.iter().all(|event| event["customerName"] == customers[1]["customerName"]));
        count += events.len();
        page = rig.fetch(&next(&page));
    }
    assert_eq!(count, 1200);
    let kept = next(&page);
    rig.control(json!({ "do": "emit_events", "count": 2 }));
    let new = rig.fetch(&kept);
    assert_eq!(new["events"].as_array().map(Vec::len), Some(2));
    assert_eq!(new["events"][0]["customerName"], customers[1]["customerName"]);
    assert_eq!(rig.fetch(&next(&new))["events"], json!([]));
    assert_eq!(rig.get("/msp/v3/customers/nobody/events").status, 404);
}

#[test]
fn a_providers_writes_are_tasks() {
    let rig = provider();
    let tenants = rig.fetch("/msp/v3/tenants")["tenants"].clone();
    let (tenant, owner) = (plain(&tenants[3]["id"]), plain(&tenants[3]["customerID"]));
    assert_eq!(rig.fetch(&format!("/msp/v3/customers/{owner}"))["customerName"], tenants[3]["customerName"]);
    let suspend = |customer: &str| {
        rig.request("POST", &format!("/msp/v2/customers/{customer}/tenants/{tenant}/suspend"), &Value::Null)
    };
    let others = rig.fetch("/msp/v3/customers")["customers"].clone();
    let other = others.as_array().expect("customers").iter().map(|other| plain(&other["id"])).find(|id| *id != owner);
    assert_eq!(suspend(&other.expect("another customer")).status, 404, "it is no tenant of that customer");
    let started = suspend(&owner).json();
    let path = format!("/msp/v2/tasks/{}", plain(&started["task"]["id"]));
    let status = |seconds: u32| {
        rig.control(json!({ "do": "advance", "seconds": seconds }));
        rig.fetch(&path)["status"].clone()
    };
    assert_eq!((status(0), status(31), status(90)), (json!(1), json!(2), json!(4)));
    assert_eq!(rig.fetch(&path)["output"]["failed"], json!(0));
    assert_eq!(rig.get("/msp/v2/tasks/none").status, 404);
}

#[test]
fn a_job_is_in_the_list_of_its_workload() {
    let rig = rig();
    let shares = json!({ "shares": [{ "name": "a" }, { "name": "b" }] });
    let started = rig.request("POST", "/orbit/nas/v2/orgs/3/jobs/restore", &shares).json();
    let ids = started["jobIDs"].as_array().expect("ids").clone();
    assert_eq!(ids.len(), 2, "one for each share");
    let job = |of: &str, id: &Value| {
        let jobs = rig.fetch(&format!("/orbit/{of}/reports/jobs"))["jobs"].clone();
        jobs.as_array().expect("jobs").iter().find(|job| job["jobID"] == *id).cloned()
    };
    let first = || job("nas/v1/orgs/3", &ids[0]).expect("a job");
    assert_eq!((&first()["status"], &first()["jobType"]), (&json!("Queued"), &json!("Restore")));
    assert_eq!((job("nas/v1/orgs/2", &ids[0]), job("disks/v1/orgs/3", &ids[0])), (None, None));
    assert_eq!(rig.request("POST", "/orbit/nas/v2/orgs/3/jobs/cancel", &json!({ "jobID": ids[1] })).status, 200);
    rig.control(json!({ "do": "advance", "seconds": 60 }));
    assert_eq!(first()["status"], json!("Running"));
    rig.control(json!({ "do": "advance", "seconds": 60 }));
    assert_eq!(first()["status"], json!("Successful"));
    assert_eq!(job("nas/v1/orgs/3", &ids[1]).expect("a job")["status"], json!("Cancelled"));
}

#[test]
fn a_summary_tells_how_far_work_is() {
    let rig = rig();
    let id = rig.request("POST", "/orbit/v1/hunts", &Value::Null).json()["huntID"].clone();
    let summary = |seconds: u32| {
        rig.control(json!({ "do": "advance", "seconds": seconds }));
        let summary = rig.fetch(&format!("/orbit/v1/hunts/{id}/summary"));
        assert_eq!(summary["huntID"], id);
        plain(&summary["state"])
    };
    assert_eq!([summary(0), summary(45), summary(80)], ["Queued", "Running", "Successful"]);
    assert_eq!(rig.get("/orbit/v1/hunts/999/summary").status, 404);
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
