//! Faults break answers exactly where they say.

mod common;

use common::Rig;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const DEVICE: &str = "/insync/endpoints/v2/devices/1";
const ACT: &str = "/insync/endpoints/v1/devices/1";

fn rig(fault: Value) -> Rig {
    let rig = Rig::small();
    let mut command = json!({ "do": "fault", "operation": "insync.devices.get" });
    for (name, value) in fault.as_object().expect("members") {
        command[name] = value.clone();
    }
    rig.control(command);
    rig
}

/// The bytes of an answer, its date struck out: a second may pass between two answers that are compared.
fn raw(rig: &Rig) -> Vec<u8> {
    let mut bytes = rig.raw("GET", DEVICE, &rig.bearer(), b"");
    if let Some(at) = bytes.windows(6).position(|window| window == b"date: ") {
        bytes[at + 6..].iter_mut().take_while(|byte| **byte != b'\r').for_each(|byte| *byte = b'-');
    }
    bytes
}

#[test]
fn answers_are_scripted() {
    let rig = rig(
        json!({ "status": 503, "headers": { "retry-after": "7" }, "body": { "message": "busy" }, "skip": 1, "count": 2 }),
    );
    assert_eq!(rig.get(DEVICE).status, 200);
    for _ in 0..2 {
        let answer = rig.get(DEVICE);
        assert_eq!((answer.status, answer.json()), (503, json!({ "message": "busy" })));
        assert!(answer.headers.contains("retry-after: 7"));
    }
    assert_eq!(rig.get(DEVICE).status, 200);
    assert_eq!(rig.get("/insync/usermanagement/v1/users/1").status, 200);
    let log = rig.log();
    let faults: Vec<bool> =
        log["requests"].as_array().expect("requests").iter().map(|entry| entry["fault"] == json!(true)).collect();
    assert_eq!(faults, [false, false, true, true, false, false]);
}

#[test]
fn several_faults_queue() {
    let rig = rig(json!({ "status": 500 }));
    rig.control(json!({ "do": "fault", "operation": "*", "status": 429, "body": "slow" }));
    assert_eq!(rig.get(DEVICE).status, 500);
    assert_eq!(rig.get(DEVICE).body, b"slow");
    assert_eq!(rig.get(DEVICE).status, 200);
    rig.control(json!({ "do": "fault", "operation": "*", "status": 429, "count": null }));
    rig.control(json!({ "do": "clear_faults" }));
    assert_eq!(rig.get(DEVICE).status, 200);
}

#[test]
fn connections_break_where_told() {
    let whole = raw(&Rig::small());
    let head = whole.windows(4).position(|window| window == b"\r\n\r\n").expect("a head") + 4;
    assert_eq!(raw(&rig(json!({ "drop": "before" }))), b"");
    assert_eq!(raw(&rig(json!({ "drop": "after" }))), b"");
    let cut = raw(&rig(json!({ "drop": "headers" })));
    assert!(!cut.is_empty() && cut.len() < head && whole.starts_with(&cut));
    let cut = raw(&rig(json!({ "drop": "body" })));
    assert!(cut.len() > head && cut.len() < whole.len() && whole.starts_with(&cut));
    assert_eq!(raw(&rig(json!({ "truncate": 10 }))), whole[..head + 10]);
    assert!(!raw(&rig(json!({ "garbage": true }))).starts_with(b"HTTP"));
}

#[test]
fn a_delay_delays() {
    let rig = rig(json!({ "delay": 0.3 }));
    let started = Instant::now();
    assert_eq!(rig.get(DEVICE).status, 200);
    assert!(started.elapsed() >= Duration::from_millis(290));
}

#[test]
fn writes_happen_or_not_as_told() {
    let state = |rig: &Rig| rig.fetch(DEVICE)["deviceStatus"].clone();
    for (fault, expected) in [
        (json!({ "drop": "before" }), "enabled"),
        (json!({ "drop": "after" }), "disabled"),
        (json!({ "status": 500 }), "enabled"),
        (json!({ "status": 500, "apply": true }), "disabled"),
        (json!({ "drop": "body" }), "disabled"),
        (json!({ "garbage": true }), "enabled"),
    ] {
        let rig = Rig::small();
        assert_eq!(rig.request("POST", &format!("{ACT}/enable"), &Value::Null).status, 200);
        let mut command = json!({ "do": "fault", "operation": "insync.devices.disable" });
        command.as_object_mut().expect("members").extend(fault.as_object().expect("members").clone());
        rig.control(command);
        rig.send("POST", &format!("{ACT}/disable"), &rig.bearer(), b"");
        assert_eq!(state(&rig), json!(expected), "{fault}");
    }
}

#[test]
fn chance_is_repeatable() {
    let run = || {
        let rig = rig(json!({ "status": 503, "probability": 0.5, "count": null }));
        (0..20).map(|_| rig.get(DEVICE).status).collect::<Vec<_>>()
    };
    let statuses = run();
    assert!(statuses.contains(&200) && statuses.contains(&503));
    assert_eq!(statuses, run());
}

#[test]
fn commands_are_served_over_http_and_checked() {
    let rig = Rig::small();
    assert_eq!(
        rig.send("POST", "/_emulator/control", "", br#"{"do":"clear_log"}"#).map(|answer| answer.status),
        Some(200)
    );
    assert_eq!(rig.log()["requests"], json!([]));
    for wrong in [
        "",
        "{}",
        r#"{"do":"dance"}"#,
        r#"{"do":"advance","seconds":-1}"#,
        r#"{"do":"fault","statuss":500}"#,
        r#"{"do":"fault","count":0}"#,
        r#"{"do":"fault","body":{}}"#,
        r#"{"do":"fault","operation":"insync.devices.lits"}"#,
    ] {
        assert!(rig.emulator.control(wrong).is_err(), "{wrong} was accepted");
    }
}

#[test]
fn reset_brings_back_the_start() {
    let mut rig = rig(json!({ "status": 503, "count": null }));
    rig.request("DELETE", "/insync/endpoints/v2/devices/2", &Value::Null);
    rig.control(json!({ "do": "reset" }));
    assert_eq!(rig.log()["requests"], json!([]));
    rig.renew();
    assert_eq!(rig.get(DEVICE).status, 200);
}

#[test]
fn asynchronous_programs_can_start_one() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(async {
        assert_eq!(Rig::small().get(DEVICE).status, 200);
    });
    let rig = Rig::small();
    let port = rig.emulator.url().rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
    let taken = druva_emulator::Emulator::start(druva_emulator::Options { port, ..Default::default() });
    assert_eq!(taken.map(|_| ()).map_err(|error| error.kind()), Err(std::io::ErrorKind::AddrInUse));
}
