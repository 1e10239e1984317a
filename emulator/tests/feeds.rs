//! Events with a tracker, and reports.

mod common;

use common::{Rig, encode};
use serde_json::{Value, json};
use std::collections::HashSet;

const EVENTS: &str = "/insync/eventmanagement/v2/events";
const REPORT: &str = "/platform/reporting/v2/reports/epLastBackupStatus";

fn events(rig: &Rig, tracker: &str) -> Value {
    rig.fetch(&if tracker.is_empty() { EVENTS.to_owned() } else { format!("{EVENTS}?tracker={}", encode(tracker)) })
}

fn tracker(page: &Value) -> String {
    page["tracker"].as_str().expect("a tracker").to_owned()
}

#[test]
fn a_feed_goes_on_from_its_tracker() {
    let rig = Rig::small();
    let mut page = events(&rig, "");
    assert_eq!(page["events"], events(&rig, "")["events"], "without a tracker the list starts again");
    let mut seen = HashSet::new();
    let mut odd = [false; 3];
    loop {
        let list = page["events"].as_array().expect("events");
        assert!(list.len() <= 500);
        for event in list {
            assert!(seen.insert(event["eventID"].as_u64().expect("an id")));
            odd[0] |= event.get("timestamp").is_some() && event.get("timeStamp").is_none();
            odd[1] |= event["severity"].is_u64();
            odd[2] |= event["initiator"].is_null();
        }
        if page["nextPageExists"] != json!(true) {
            break;
        }
        page = events(&rig, &tracker(&page));
    }
    assert_eq!((seen.len(), odd), (1200, [true; 3]));
    let kept = tracker(&page);
    assert_eq!(events(&rig, &kept)["events"], json!([]));
    rig.control(json!({ "do": "emit_events", "count": 3 }));
    let new = events(&rig, &kept);
    assert_eq!(new["events"].as_array().map(Vec::len), Some(3));
    assert_eq!(new["events"][0]["eventID"], json!(1201));
    rig.control(json!({ "do": "advance", "seconds": 1200 }));
    assert_eq!(rig.get(EVENTS).status, 200);
}

#[test]
fn trackers_expire_and_the_feed_grows_with_the_clock() {
    let mut rig = Rig::small();
    let mut page = events(&rig, "");
    while page["nextPageExists"] == json!(true) {
        page = events(&rig, &tracker(&page));
    }
    rig.control(json!({ "do": "advance", "seconds": 6000 }));
    rig.renew();
    page = events(&rig, &tracker(&page));
    assert_eq!(page["events"].as_array().map(Vec::len), Some(10));
    let kept = encode(&tracker(&page));
    rig.control(json!({ "do": "advance", "seconds": 48 * 3600 + 1 }));
    rig.renew();
    assert_eq!(rig.get(&format!("{EVENTS}?tracker={kept}")).status, 400);
    assert_eq!(rig.get(&format!("{EVENTS}?tracker=nonsense")).status, 400);
    assert_eq!(rig.log()["violations"], json!(1), "an expired tracker is no violation");
}

fn rows(rig: &Rig, filters: &Value) -> Vec<Value> {
    let (mut found, mut token) = (Vec::new(), String::new());
    loop {
        let mut body = json!({ "filters": filters });
        if !token.is_empty() {
            body["pageToken"] = json!(token);
        }
        let answer = rig.request("POST", REPORT, &body);
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
        let page = answer.json();
        assert!(page["lastSyncTimestamp"].is_string());
        found.extend(page["data"].as_array().expect("rows").iter().cloned());
        match page["nextPageToken"].as_str() {
            Some(next) if !next.is_empty() => token = next.to_owned(),
            _ => return found,
        }
    }
}

#[test]
fn reports_agree_with_devices_and_obey_filters() {
    let rig = Rig::new(json!({ "devices": 600, "users": 100 }));
    let since = |time: &str| json!({ "pageSize": 200, "filterBy": [{ "fieldName": "lastUpdatedTime", "operator": "GTE", "value": time }] });
    let all = rows(&rig, &since("2000-01-01T00:00:00Z"));
    assert_eq!(all.len(), 600);
    let recent = rows(&rig, &json!({ "pageSize": 500 }));
    assert!(recent.len() > 100 && recent.len() < 500, "{} rows of the last day", recent.len());
    let devices = rig.all("/insync/endpoints/v2/devices", "devices", "nextPageToken");
    for (row, device) in all.iter().zip(&devices).take(20) {
        let user = rig.fetch(&format!("/insync/usermanagement/v1/users/{}", device["userID"]));
        assert_eq!(
            (&row["device"], &row["userName"], &row["userEmailID"]),
            (&device["deviceName"], &user["userName"], &user["emailID"])
        );
    }
    assert!(all.iter().any(|row| row["startTime"] == "-") && all.iter().any(|row| row["isDeleted"] == 1));
    assert!(
        all.iter().all(|row| row["filesBackedUp"].is_string()
            && row["lastUpdatedTime"].as_str().is_some_and(|time| time.len() == 24))
    );
    let with = |field: &str, operator: &str, value: Value| {
        let mut filters = since("2000-01-01");
        filters["filterBy"]
            .as_array_mut()
            .expect("filters")
            .push(json!({ "fieldName": field, "operator": operator, "value": value }));
        rows(&rig, &filters)
    };
    let count = |holds: &dyn Fn(&Value) -> bool| all.iter().filter(|row| holds(row)).count();
    assert_eq!(with("status", "EQUAL", json!("Failed")).len(), count(&|row| row["status"] == "Failed"));
    assert_eq!(
        with("status", "EQUAL", json!(["Failed", "Success"])).len(),
        count(&|row| row["status"] == "Failed" || row["status"] == "Success")
    );
    assert_eq!(with("status", "NOTEQUAL", json!("Failed")).len(), count(&|row| row["status"] != "Failed"));
    assert_eq!(
        with("device", "CONTAINS", json!("-mbp-")).len(),
        count(&|row| row["device"].as_str().is_some_and(|name| name.contains("-MBP-")))
    );
    let files = |row: &Value| row["filesBackedUp"].as_str().and_then(|text| text.parse::<f64>().ok());
    assert_eq!(
        with("filesBackedUp", "LT", json!(1000)).len(),
        count(&|row| files(row).is_some_and(|files| files < 1000.0))
    );
    assert_eq!(
        with("filesBackedUp", "GTE", json!("1000")).len(),
        count(&|row| files(row).is_some_and(|files| files >= 1000.0))
    );
}

#[test]
fn reports_are_strict() {
    let rig = Rig::small();
    for body in [
        json!({ "filters": { "pageSize": 501 } }),
        json!({ "filters": { "pagesize": 5 } }),
        json!({ "filter": {} }),
        json!({ "filters": { "filterBy": [{ "fieldName": "nothing", "operator": "EQUAL", "value": "1" }] } }),
        json!({ "filters": { "filterBy": [{ "fieldName": "status", "operator": "LIKE", "value": "1" }] } }),
        json!({ "filters": { "filterBy": [{ "fieldName": "lastUpdatedTime", "operator": "GTE", "value": "yesterday" }] } }),
        json!({ "pageToken": "nonsense" }),
    ] {
        assert_eq!(rig.request("POST", REPORT, &body).status, 400, "{body}");
    }
    assert_eq!(rig.log()["violations"], json!(7));
    let page = rig.request("POST", REPORT, &json!({ "filters": { "pageSize": 5 }, "pageToken": "" })).json();
    rig.control(json!({ "do": "advance", "seconds": 301 }));
    let late =
        rig.request("POST", REPORT, &json!({ "filters": { "pageSize": 5 }, "pageToken": page["nextPageToken"] }));
    assert_eq!(late.status, 400);
}

#[test]
fn every_report_has_rows() {
    let rig = Rig::small();
    let list = rig.fetch("/platform/reporting/v1/reports");
    let reports = list["reports"].as_array().expect("reports");
    assert!(reports.len() > 70);
    for report in reports {
        let path = format!("/platform/reporting/v1/reports/{}", report["reportID"].as_str().expect("an id"));
        let body = json!({ "filters": { "filterBy": [{ "fieldName": "lastUpdatedTime", "operator": "GT", "value": "2020-01-01T00:00:00Z" }] } });
        assert!(
            rig.request("POST", &path, &body).json()["data"].as_array().is_some_and(|rows| !rows.is_empty()),
            "{path}"
        );
    }
    let endpoints = rig.fetch("/platform/reporting/v1/reports?productIDs=8196,12289");
    assert!(
        endpoints["reports"]
            .as_array()
            .is_some_and(|list| list.iter().all(|report| report["productName"] != "Endpoints"))
    );
    assert_eq!(rig.fetch("/platform/reporting/v1/reports?productIDs=1"), json!({ "reports": null }));
}
