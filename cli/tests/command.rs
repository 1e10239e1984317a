//! The command against the emulator.

use druva_emulator::{Emulator, Options};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Output, Stdio};

fn emulator() -> Emulator {
    Emulator::start(Options { devices: 20, page_size: 7, ..Options::default() }).expect("an emulator")
}

fn druva(emulator: &Emulator) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_druva"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("DRUVA_")) {
        command.env_remove(name);
    }
    command.env("DRUVA_BASE_URL", emulator.url()).env("DRUVA_CLIENT_ID", emulator.client_id());
    command
        .env("DRUVA_CLIENT_SECRET", emulator.client_secret())
        .env("HOME", "/nonexistent")
        .env("XDG_CONFIG_HOME", "/nonexistent");
    command
}

fn run(emulator: &Emulator, args: &[&str]) -> Output {
    druva(emulator).args(args).output().expect("the command runs")
}

fn stdout(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn calls_print_their_answer() {
    let emulator = emulator();
    let device: Value =
        serde_json::from_str(&stdout(&run(&emulator, &["call", "insync.devices.get", "--arg", "deviceID=3"])))
            .expect("JSON");
    assert_eq!(device["deviceID"], json!(3));
    let page: Value =
        serde_json::from_str(&stdout(&run(&emulator, &["call", "insync.devices.list", "--arg", "deviceIDs=2,5"])))
            .expect("JSON");
    assert_eq!(page["totalSize"], json!(2));
    let filters = r#"{"reportID":"epLastBackupStatus","filters":{"pageSize":3}}"#;
    let report: Value =
        serde_json::from_str(&stdout(&run(&emulator, &["call", "platform.reports.query", "--json", filters])))
            .expect("JSON");
    assert!(report["data"].is_array());
}

#[test]
fn arguments_come_from_standard_input() {
    let emulator = emulator();
    let mut child = druva(&emulator)
        .args(["call", "insync.devices.get", "--json", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("a child");
    child.stdin.take().expect("stdin").write_all(br#"{"deviceID": 4}"#).expect("written");
    let output = child.wait_with_output().expect("an end");
    assert!(stdout(&output).contains(r#""deviceID":4"#));
}

#[test]
fn lists_go_over_all_pages() {
    let emulator = emulator();
    let all = stdout(&run(&emulator, &["list", "insync.devices.list"]));
    let ids: Vec<Value> =
        all.lines().map(|line| serde_json::from_str::<Value>(line).expect("a JSON line")["deviceID"].clone()).collect();
    assert_eq!(ids, (1..=20).map(|id| json!(id)).collect::<Vec<_>>());
    let some = run(&emulator, &["list", "insync.devices.list", "--limit", "9"]);
    assert_eq!(stdout(&some).lines().count(), 9);
}

#[test]
fn feeds_go_on_where_they_were() {
    let emulator = emulator();
    let events = run(&emulator, &["list", "insync.events.list"]);
    assert_eq!(stdout(&events).lines().count(), 1200);
    let told = String::from_utf8_lossy(&events.stderr).into_owned();
    let tracker = told.trim().rsplit(' ').next().expect("a tracker");
    emulator.control(r#"{"do":"emit_events","count":2}"#).expect("a command");
    assert_eq!(stdout(&run(&emulator, &["list", "insync.events.list", "--arg", tracker])).lines().count(), 2);
}

#[test]
fn a_feed_that_breaks_off_goes_on_behind_what_was_printed() {
    let emulator = emulator();
    emulator
        .control(r#"{"do":"fault","operation":"insync.events.list","skip":1,"status":400,"count":1}"#)
        .expect("a command");
    let broken = run(&emulator, &["list", "insync.events.list"]);
    let told = String::from_utf8_lossy(&broken.stderr).into_owned();
    let (on, error) = told.trim().split_once('\n').expect("where to go on, and the error");
    assert_eq!(broken.status.code(), Some(1), "{told}");
    assert!(error.starts_with("druva: ") && error.contains("400"), "{told}");
    let rest =
        stdout(&run(&emulator, &["list", "insync.events.list", "--arg", on.rsplit(' ').next().expect("a tracker")]));
    assert_eq!(broken.stdout.split(|byte| *byte == b'\n').count() - 1 + rest.lines().count(), 1200);
}

#[test]
fn items_are_printed_as_they_came() {
    let emulator = emulator();
    let body = r#"{\"devices\":[{\"few\":100.0,\"many\":123456789012345678901234567890,\"much\":1.23e29}],\"nextPageToken\":\"\"}"#;
    let fault = format!(
        r#"{{"do":"fault","operation":"insync.devices.list","status":200,"headers":{{"content-type":"application/json"}},"body":"{body}"}}"#
    );
    emulator.control(&fault).expect("a command");
    let printed = stdout(&run(&emulator, &["list", "insync.devices.list"]));
    assert_eq!(printed, "{\"few\":100.0,\"many\":123456789012345678901234567890,\"much\":1.23e29}\n");
}

#[test]
fn the_doctor_says_what_stands_in_the_way() {
    let emulator = emulator();
    let shown = stdout(&run(&emulator, &["doctor"]));
    assert!(shown.starts_with(&format!("ok       configuration  cloud public, {}\n", emulator.url())), "{shown}");
    assert_eq!(shown.lines().count(), 8, "{shown}");
    let tokens = emulator.control(r#"{"do":"tokens"}"#).expect("a command");
    let tokens: serde_json::Map<String, Value> = serde_json::from_str(&tokens).expect("JSON");
    assert!(!tokens.is_empty() && tokens.keys().all(|token| !shown.contains(token)), "{shown}");
    for (variable, value, says) in [
        ("DRUVA_CLIENT_SECRET", "wr/ong=", "failed   token          Druva answered 400"),
        ("DRUVA_TIMEOUT", "soon", "failed   configuration  the option `timeout` is `soon`"),
    ] {
        let ill = druva(&emulator).env(variable, value).arg("doctor").output().expect("the command runs");
        assert_eq!(ill.status.code(), Some(1));
        let shown = String::from_utf8_lossy(&ill.stdout).into_owned();
        assert!(shown.contains(says) && !shown.contains("wr/ong"), "{shown}");
        assert!(String::from_utf8_lossy(&ill.stderr).starts_with("druva: something stands in the way"));
    }
}

#[test]
fn a_machine_without_certificate_authorities_is_told_so() {
    let emulator = emulator();
    let secure = emulator.url().replace("http://", "https://");
    let ill = druva(&emulator)
        .args(["doctor", "--base-url", &secure])
        .env("SSL_CERT_FILE", "/dev/null")
        .env("SSL_CERT_DIR", "/nonexistent")
        .output()
        .expect("the command runs");
    let shown = String::from_utf8_lossy(&ill.stdout);
    assert!(shown.contains("failed   tls            ") && shown.contains("no certificate authorities"), "{shown}");
    assert!(shown.contains("ca-certificates"), "{shown}");
}

#[test]
fn failures_have_their_status() {
    let emulator = emulator();
    for (status, args) in [
        (1, &["call", "insync.devices.get", "--arg", "deviceID=999"][..]),
        (2, &["call", "insync.devices.get"]),
        (2, &["call", "insync.devices.get", "--arg", "deviceID=three"]),
        (2, &["call", "insync.devices.got"]),
        (2, &["call", "insync.devices.get", "--arg", "deviceID"]),
        (2, &["call", "insync.devices.list", "--json", "[]"]),
        (2, &["call", "insync.devices.list", "--cloud", "moon"]),
        (2, &["call"]),
        (2, &["list", "insync.devices.get", "--arg", "deviceID=1"]),
        (2, &["call", "insync.devices.list", "--limit", "1"]),
        (2, &["call", "insync.devices.list", "--interval", "1"]),
        (2, &["list", "insync.devices.list", "--at-most", "1"]),
        (2, &["doctor", "--interval", "1"]),
        (2, &["dance"]),
        (2, &["operations", "--yaml"]),
        (2, &["emulator", "--devices", "many"]),
    ] {
        let output = run(&emulator, args);
        assert_eq!(output.status.code(), Some(status), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        assert!(String::from_utf8_lossy(&output.stderr).starts_with("druva: "), "{args:?}");
        assert!(output.stdout.is_empty(), "{args:?}");
    }
}

#[test]
fn operations_are_listed() {
    let emulator = emulator();
    let text = stdout(&run(&emulator, &["operations"]));
    assert!(text.lines().any(|line| line.starts_with("insync.devices.list ")));
    let json: Value = serde_json::from_str(&stdout(&run(&emulator, &["operations", "--json"]))).expect("JSON");
    assert_eq!(json.as_array().map(Vec::len), Some(text.lines().count()));
    for command in ["operations", "call", "list", "wait", "doctor", "emulator"] {
        for args in [&[command, "--help"], &[command, "-h"]] {
            assert_eq!(stdout(&run(&emulator, args)), stdout(&run(&emulator, &["--help"])), "{args:?}");
        }
    }
    assert!(stdout(&run(&emulator, &["--help"])).contains("Usage"));
    assert!(stdout(&run(&emulator, &["--version"])).starts_with("druva "));
}

#[test]
fn every_option_of_the_emulator_can_be_given() {
    let emulator = emulator();
    let help = stdout(&run(&emulator, &["--help"]));
    let names = Options::from_json(r#"{"colour": 1}"#).expect_err("names every option");
    let names: Vec<String> = names.split('`').skip(3).step_by(2).map(|name| name.replace('_', "-")).collect();
    assert!(names.len() > 10, "{names:?}");
    for name in names {
        let option = format!("--{name}");
        let refused = run(&emulator, &["emulator", &option]);
        assert!(String::from_utf8_lossy(&refused.stderr).contains("missing argument"), "{option}");
        assert!(help.contains(&option), "{option}");
    }
}

#[cfg(unix)]
#[test]
fn the_emulator_serves_until_a_signal() {
    for signal in ["-TERM", "-INT"] {
        let mut server = Command::new(env!("CARGO_BIN_EXE_druva"))
            .args(["emulator", "--devices", "5", "--client-id", "a/b="])
            .stdout(Stdio::piped())
            .spawn()
            .expect("a child");
        let mut line = String::new();
        BufReader::new(server.stdout.take().expect("stdout")).read_line(&mut line).expect("a line");
        let shown: Value = serde_json::from_str(&line).expect("JSON");
        assert_eq!(shown["client_id"], json!("a/b="));
        let text = |name: &str| shown[name].as_str().expect("text").to_owned();
        let output = Command::new(env!("CARGO_BIN_EXE_druva"))
            .args(["call", "insync.devices.get", "--arg", "deviceID=5", "--base-url", &text("url")])
            .env("HOME", "/nonexistent")
            .env("XDG_CONFIG_HOME", "/nonexistent")
            .env("DRUVA_CLIENT_ID", text("client_id"))
            .env("DRUVA_CLIENT_SECRET", text("client_secret"))
            .output()
            .expect("the command runs");
        assert!(stdout(&output).contains(r#""deviceID":5"#));
        assert!(Command::new("kill").args([signal, &server.id().to_string()]).status().expect("kill").success());
        assert_eq!(server.wait().expect("an end").code(), Some(0), "{signal}");
    }
}

#[test]
fn waits_for_work_to_end() {
    let emulator = emulator();
    let restores: Value =
        serde_json::from_str(&stdout(&run(&emulator, &["call", "insync.restores.list"]))).expect("JSON");
    let finished = &restores["restores"].as_array().expect("restores")[0];
    let id = format!("restoreID={}", finished["restoreID"]);
    let output = run(&emulator, &["wait", "insync.restores.get", "--arg", &id, "--interval", "0.01"]);
    let answer: Value = serde_json::from_str(&stdout(&output)).expect("JSON");
    assert_eq!(answer["restoreID"], finished["restoreID"]);
    assert!(String::from_utf8_lossy(&output.stderr).starts_with("druva: "), "the state is told");

    let refused = run(&emulator, &["wait", "insync.devices.list"]);
    assert_eq!(refused.status.code(), Some(2));
    assert_eq!(run(&emulator, &["wait", "insync.restores.get", "--at-most", "soon"]).status.code(), Some(2));
}
