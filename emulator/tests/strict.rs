//! What the documents do not allow is refused and counted.

mod common;

use common::Rig;
use serde_json::{Value, json};

#[test]
fn wrong_requests_are_violations() {
    let rig = Rig::small();
    let long = "/insync/endpoints/v1/restores";
    let users = "/insync/usermanagement/v1/users";
    let complete = json!({ "deviceID": 1, "targetDeviceID": 1, "restoreLocation": "Desktop" });
    let with = |name: &str, value: Value| {
        let mut body = complete.clone();
        body[name] = value;
        body
    };
    let wrong = [
        rig.get("/insync/endpoints/v2/devices?userid=1"),
        rig.get("/insync/endpoints/v2/devices?userID=one"),
        rig.get("/insync/endpoints/v2/devices?userIDs=1&userIDs=2"),
        rig.get("/insync/endpoints/v2/devices?deviceStatus=asleep"),
        rig.get("/insync/endpoints/v2/devices?minAddedOn=yesterday"),
        rig.get("/insync/endpoints/v2/devices?deviceMarkedInactive=perhaps"),
        rig.get("/insync/endpoints/v2/devices/first"),
        rig.get("/insync/search/mds/v1/user/files"),
        rig.request("POST", long, &json!({ "deviceID": 1 })),
        rig.request("POST", long, &with("deviceID", json!("1"))),
        rig.request("POST", long, &with("nonsense", json!(1))),
        rig.request("POST", long, &with("enableAVScan", json!("yes"))),
        rig.request("POST", long, &json!([1])),
        rig.request("POST", "/insync/endpoints/v1/devices/1/disable", &json!({ "reason": "none" })),
        rig.send("POST", users, &format!("{}content-type: text/plain\r\n", rig.bearer()), b"{}").expect("an answer"),
        rig.send("POST", users, &format!("{}content-type: application/json\r\n", rig.bearer()), b"{")
            .expect("an answer"),
    ];
    for answer in &wrong {
        let envelope = answer.json();
        assert_eq!((answer.status, envelope["retryable"].clone()), (400, json!(false)), "{envelope}");
        assert!(envelope["code"].is_string() && envelope["message"].is_string() && envelope.get("data").is_some());
    }
    assert_eq!(rig.get("/insync/nothing").status, 403);
    assert_eq!(rig.request("PUT", users, &Value::Null).status, 403);
    let log = rig.log();
    assert_eq!(log["violations"], json!(wrong.len() + 2));
    let entries = log["requests"].as_array().expect("requests");
    assert!(entries[1]["violation"].as_str().is_some_and(|why| why.contains("userid")));
    assert_eq!(entries[1]["query"], json!({ "userid": "1" }));
    assert_eq!(entries[1]["headers"]["authorization"], json!("Bearer"));
}

#[test]
fn what_does_not_exist_is_no_violation() {
    let rig = Rig::small();
    for path in [
        "/insync/endpoints/v2/devices/999999",
        "/insync/usermanagement/v1/users/0",
        "/platform/console/v1/admins/nobody",
        "/insync/legalholds/v4/job/99999",
    ] {
        assert_eq!(rig.get(path).status, 404, "{path}");
    }
    let missing = json!({ "deviceID": 99_999, "targetDeviceID": 1, "restoreLocation": "Desktop" });
    assert_eq!(rig.request("POST", "/insync/endpoints/v1/restores", &missing).status, 422);
    assert_eq!(rig.log()["violations"], json!(0));
}
