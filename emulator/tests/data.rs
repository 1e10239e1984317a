//! The data holds together, lists are cut into pages, and writes are seen by reads.

mod common;

use common::{Rig, encode};
use serde_json::{Value, json};
use std::collections::HashSet;
use std::time::Instant;

const DEVICES: &str = "/insync/endpoints/v2/devices";
const USERS: &str = "/insync/usermanagement/v1/users";

#[test]
fn ten_thousand_devices_come_in_three_quick_pages() {
    let rig = Rig::new(json!({}));
    let first = rig.fetch(DEVICES);
    assert_eq!((first["devices"].as_array().map(Vec::len), first["totalSize"].clone()), (Some(4097), json!(10_000)));
    let all = rig.all(DEVICES, "devices", "nextPageToken");
    let ids: HashSet<u64> = all.iter().filter_map(|device| device["deviceID"].as_u64()).collect();
    assert_eq!((all.len(), ids.len()), (10_000, 10_000));
    let started = Instant::now();
    rig.get(DEVICES);
    assert!(started.elapsed().as_millis() < 500, "a page took {:?}", started.elapsed());
}

#[test]
fn what_refers_to_something_is_right() {
    let rig = Rig::small();
    for device in rig.all(DEVICES, "devices", "nextPageToken").iter().take(10) {
        let user = rig.fetch(&format!("{USERS}/{}", device["userID"]));
        assert_eq!(rig.fetch(&format!("{DEVICES}/{}", device["deviceID"])), *device);
        let old = rig.fetch(&format!("/insync/endpoints/v1/devices/{}", device["deviceID"]));
        for (name, value) in old.as_object().expect("members") {
            assert_eq!(device[name], *value, "{name} differs between versions");
        }
        rig.fetch(&format!("/insync/profilemanagement/v1/profiles/{}", user["profileID"]));
        rig.fetch(&format!("/insync/storagemanagement/v1/storages/{}", user["storageID"]));
        rig.fetch(&format!("/insync/storagemanagement/v1/cloudcaches/{}", user["cacheID"]));
    }
    for restore in rig.fetch("/insync/endpoints/v1/restores")["restores"].as_array().expect("restores").iter().take(10)
    {
        let device = rig.fetch(&format!("{DEVICES}/{}", restore["deviceID"]));
        assert_eq!(device["userID"], restore["userID"]);
    }
    for event in rig.fetch("/insync/eventmanagement/v2/events")["events"].as_array().expect("events").iter().take(10) {
        let device = rig.fetch(&format!("{DEVICES}/{}", event["inSyncDataSourceID"]));
        let user = rig.fetch(&format!("{USERS}/{}", event["inSyncUserID"]));
        assert_eq!(
            (&event["inSyncDataSourceName"], &event["inSyncUserID"]),
            (&device["deviceName"], &device["userID"])
        );
        assert_eq!((&event["inSyncUserEmail"], &event["profileID"]), (&user["emailID"], &user["profileID"]));
    }
    let custodians = rig.fetch("/insync/legalholds/v4/policies/3/users");
    for custodian in custodians["results"]["usersList"].as_array().expect("custodians").iter().take(5) {
        let user = rig.fetch(&format!("{USERS}/{}", custodian["userId"]));
        assert_eq!((&custodian["userEmail"], &custodian["policyId"]), (&user["emailID"], &json!(3)));
    }
}

#[test]
fn the_seed_decides() {
    let devices = |seed: u64| Rig::new(json!({ "devices": 20, "seed": seed })).fetch(DEVICES)["devices"].clone();
    assert_eq!(devices(7), devices(7));
    assert_ne!(devices(7), devices(8));
}

#[test]
fn filters_filter() {
    let rig = Rig::small();
    let all = rig.all(DEVICES, "devices", "nextPageToken");
    let check = |query: &str, holds: &dyn Fn(&Value) -> bool| {
        let found = rig.all(&format!("{DEVICES}?{query}"), "devices", "nextPageToken");
        let expected: Vec<&Value> = all.iter().filter(|device| holds(device)).collect();
        assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{query}");
        assert!(!expected.is_empty() && expected.len() < all.len(), "{query} proves nothing");
    };
    let user = &all[3]["userID"];
    check(&format!("userID={user}"), &|device| device["userID"] == *user);
    check("deviceIDs=4,7,9", &|device| [4, 7, 9].contains(&device["deviceID"].as_u64().unwrap_or(0)));
    check("platformOS=darwin", &|device| device["platformOS"] == "darwin");
    check("deviceStatus=disabled", &|device| device["deviceStatus"] == "disabled");
    check("deviceMarkedInactive=true", &|device| device["deviceMarkedInactive"] == true);
    let name = all[5]["deviceName"].as_str().expect("a name");
    let prefix: String = name.chars().take(5).collect();
    check(&format!("searchPrefixDeviceName={}", encode(&prefix)), &|device| {
        device["deviceName"].as_str().is_some_and(|name| name.starts_with(&prefix))
    });
    let time = all[5]["lastConnected"].as_str().expect("a time");
    check(&format!("minLastConnected={}", encode(time)), &|device| {
        device["lastConnected"].as_str().is_some_and(|connected| connected >= time)
    });
    check(&format!("maxLastConnected={}", encode(time)), &|device| {
        device["lastConnected"].as_str().is_some_and(|connected| connected <= time)
    });
    let profile = rig.fetch(&format!("{USERS}/{user}"))["profileID"].clone();
    check(&format!("profileIDs={profile}"), &|device| {
        rig.fetch(&format!("{USERS}/{}", device["userID"]))["profileID"] == profile
    });
    let backups = rig.fetch(&format!("/insync/endpoints/v1/backups?lastSuccessful=true&userID={user}"));
    assert!(backups["totalSize"].as_u64().is_some_and(|total| total > 0 && total < 50));
}

#[test]
fn page_tokens_are_bound_to_their_query() {
    let rig = Rig::new(json!({ "devices": 30, "page_size": 7 }));
    let page = rig.fetch(&format!("{DEVICES}?platformOS=win32"));
    let token = encode(page["nextPageToken"].as_str().expect("a token"));
    assert_eq!(rig.get(&format!("{DEVICES}?platformOS=win32&pageToken={token}")).status, 200);
    for wrong in [
        format!("{DEVICES}?platformOS=darwin&pageToken={token}"),
        format!("{USERS}?pageToken={token}"),
        format!("{DEVICES}?pageToken=MTExMQ%3D%3D"),
    ] {
        let answer = rig.get(&wrong);
        assert_eq!((answer.status, answer.json()["retryable"].clone()), (400, json!(false)), "{wrong}");
    }
    assert_eq!(rig.log()["violations"], json!(3));
}

#[test]
fn lists_end_and_err_as_told() {
    let rig = Rig::new(json!({ "devices": 20, "page_size": 7 }));
    for (marker, expected) in [
        (json!(""), Some(json!(""))),
        (json!(null), Some(json!(null))),
        (json!("NULL"), Some(json!("NULL"))),
        (json!("absent"), None),
    ] {
        rig.control(json!({ "do": "paging", "end_marker": marker }));
        assert_eq!(rig.fetch(&format!("{DEVICES}?deviceIDs=1")).get("nextPageToken").cloned(), expected);
    }
    rig.control(json!({ "do": "paging", "empty_page_at": 2 }));
    let mut sizes = Vec::new();
    let mut token = String::new();
    loop {
        let page = rig.fetch(&if token.is_empty() {
            DEVICES.to_owned()
        } else {
            format!("{DEVICES}?pageToken={}", encode(&token))
        });
        sizes.push(page["devices"].as_array().map(Vec::len).unwrap_or(99));
        token = page["nextPageToken"].as_str().unwrap_or("").to_owned();
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(sizes, [7, 0, 7, 6]);
    rig.control(json!({ "do": "paging", "repeat_token": true }));
    let first = rig.fetch(DEVICES)["nextPageToken"].clone();
    let second =
        rig.fetch(&format!("{DEVICES}?pageToken={}", encode(first.as_str().expect("a token"))))["nextPageToken"]
            .clone();
    assert_eq!(first, second);
}

#[test]
fn numbered_pages() {
    let rig = Rig::small();
    let page = |query: &str| rig.fetch(&format!("/insync/legalholds/v4/policies/2/users{query}"));
    let first = page("?pageNumber=1&pageSize=10");
    assert_eq!(first["results"]["usersList"].as_array().map(Vec::len), Some(10));
    assert_eq!(first["pageInfo"], json!({ "totalPages": 3, "pageNumber": 1, "pageSize": 10 }));
    assert_eq!(page("?pageNumber=3&pageSize=10")["results"]["usersList"].as_array().map(Vec::len), Some(5));
    assert_eq!(page("?pageNumber=4&pageSize=10")["results"]["usersList"], json!([]));
    assert_eq!(rig.get("/insync/legalholds/v4/policies/2/users?pageNumber=0").status, 400);
    assert_eq!(rig.get("/insync/legalholds/v4/policies/2/users?pageSize=501").status, 400);
    assert_eq!(rig.get("/insync/legalholds/v4/policies/999/users").status, 404);
}

#[test]
fn platform_events_take_a_token_or_filters() {
    let rig = Rig::small();
    let path = "/platform/eventmanagement/v3/events";
    let first = rig.fetch(&format!("{path}?pageSize=50&productID=12289"));
    assert_eq!(first["events"].as_array().map(Vec::len), Some(50));
    let token = encode(first["nextPageToken"].as_str().expect("a token"));
    let second = rig.fetch(&format!("{path}?pageToken={token}"));
    assert!(
        second["events"]
            .as_array()
            .is_some_and(|events| events.len() == 50 && events.iter().all(|event| event["productID"] == 12289))
    );
    assert_eq!(rig.get(&format!("{path}?pageToken={token}&productID=12289")).status, 400);
    assert_eq!(rig.get(&format!("{path}?pageSize=501")).status, 400);
    assert_eq!(rig.fetch(path)["events"].as_array().map(Vec::len), Some(500));
}

#[test]
fn writes_are_seen() {
    let rig = Rig::small();
    let new = json!({ "userName": "Test Person", "emailID": "test@example.com", "profileID": 2, "storageID": 1, "quota": 10, "quotaUnit": "GB" });
    let created = rig.request("POST", USERS, &new).json();
    let path = format!("{USERS}/{}", created["userID"]);
    assert_eq!(
        (created["quotaInBytes"].clone(), created["status"].clone()),
        (json!(10_737_418_240u64), json!("active"))
    );
    let seen = rig.fetch(&path);
    assert_eq!(
        (&seen["userName"], &seen["emailID"], &seen["profileID"]),
        (&json!("Test Person"), &json!("test@example.com"), &json!(2))
    );
    assert_eq!(rig.fetch(&format!("{USERS}?emailID=test%40example.com"))["totalSize"], json!(1));
    assert_eq!(rig.request("PATCH", &path, &json!({ "profileID": 3 })).json()["profileID"], json!(3));
    assert_eq!(rig.request("POST", &format!("{path}/preserve"), &Value::Null).status, 200);
    assert_eq!(rig.fetch(&path)["status"], json!("preserved"));
    assert_eq!(rig.request("DELETE", &path, &Value::Null).status, 200);
    let gone = rig.get(&path);
    assert_eq!(gone.status, 404);
    assert!(gone.json()["message"].is_string() && gone.json()["code"].is_string());
    assert_eq!(rig.request("PATCH", &format!("{USERS}/1"), &json!({ "profileID": 999 })).status, 422);

    let device = format!("{DEVICES}/4");
    let act = |verb: &str| rig.request("POST", &format!("/insync/endpoints/v1/devices/4/{verb}"), &Value::Null).status;
    assert_eq!(act("enable"), 200);
    assert_eq!(rig.fetch(&device)["disabledOn"], Value::Null);
    assert_eq!(act("disable"), 200);
    let disabled = rig.fetch(&device);
    assert_eq!((&disabled["deviceStatus"], &disabled["disabledMode"]), (&json!("disabled"), &json!("API")));
    assert!(disabled["disabledOn"].is_string());
    assert_eq!(act("enable"), 200);
    assert_eq!(act("decommission"), 200);
    assert_eq!(rig.fetch(&device)["disabledMode"], json!("Decommission"));
    assert_eq!(rig.fetch(&format!("{DEVICES}?deviceIDs=4"))["devices"][0]["deviceStatus"], json!("disabled"));
}

#[test]
fn restores_take_time() {
    let rig = Rig::small();
    let body = json!({ "deviceID": 1, "targetDeviceID": 2, "restoreLocation": "Desktop" });
    let created = rig.request("POST", "/insync/endpoints/v1/restores", &body).json();
    let restore = &created["restores"][0];
    assert_eq!(
        (&restore["status"], &restore["targetDeviceID"], &restore["numberOfFilesRestored"]),
        (&json!("Ongoing"), &json!(2), &Value::Null)
    );
    let path = format!("/insync/endpoints/v1/restores/{}", restore["restoreID"]);
    assert_eq!(rig.fetch(&path)["status"], json!("Ongoing"));
    rig.control(json!({ "do": "advance", "seconds": 121 }));
    let done = rig.fetch(&path);
    assert_eq!(done["status"], json!("Successful"));
    assert!(done["numberOfFilesRestored"].is_u64() && done["endTime"].as_str() > done["startTime"].as_str());
}

#[test]
fn custodians_come_and_go() {
    let rig = Rig::new(json!({ "devices": 50, "users": 60 }));
    let path = "/insync/legalholds/v3/policies/1/users";
    let on_hold = |email: &str| {
        rig.fetch(path)["custodians"]
            .as_array()
            .expect("custodians")
            .iter()
            .any(|custodian| custodian["emailId"] == email)
    };
    let users = rig.all(USERS, "users", "nextPageToken");
    let email = users
        .iter()
        .filter_map(|user| user["emailID"].as_str())
        .find(|email| !on_hold(email))
        .expect("somebody free")
        .to_owned();
    let change = |action: &str| {
        rig.request(
            "POST",
            path,
            &json!({ "custodians": [{ "emailId": email }, { "emailId": "who@example.com" }], "action": action }),
        )
        .json()
    };
    assert_eq!(change("add")["notInsyncUsers"], json!([{ "emailId": "who@example.com" }]));
    assert!(on_hold(&email));
    assert_eq!(change("add")["alreadyOnLegalhold"], json!([{ "emailId": email }]));
    let holds = rig
        .request(
            "POST",
            "/insync/legalholds/v3/users/policies",
            &json!({ "custodians": [{ "emailId": email }], "action": "list" }),
        )
        .json();
    assert!(holds["custodians"][0]["policyIds"].as_array().is_some_and(|ids| ids.contains(&json!(1))));
    change("delete");
    assert!(!on_hold(&email));
    assert_eq!(change("delete")["notOnLegalhold"], json!([{ "emailId": email }]));
}
