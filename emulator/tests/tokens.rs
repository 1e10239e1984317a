//! The token endpoint and the bearer check.

mod common;

use common::Rig;
use serde_json::json;

const FORM: &str = "grant_type=client_credentials&scope=read";

#[test]
fn credentials_travel_raw() {
    let rig = Rig::new(json!({ "devices": 5, "client_id": "a/b+c=", "client_secret": "s+e/c=r%2Bet" }));
    assert_eq!(rig.ask_token("a/b+c=", "s+e/c=r%2Bet", FORM).status, 200);
    let escaped = rig.ask_token("a%2Fb%2Bc%3D", "s+e/c=r%2Bet", FORM);
    assert_eq!((escaped.status, escaped.json()), (400, json!({ "error": "invalid_grant" })));
    assert_eq!(rig.log()["tokens_minted"], json!(2));
    assert!(!rig.log().to_string().contains("s+e/c"), "the log holds the secret");
    assert!(!rig.log().to_string().contains(&rig.token), "the log holds a token");
}

#[test]
fn the_form_is_checked() {
    let rig = Rig::small();
    let (id, secret) = (rig.emulator.client_id(), rig.emulator.client_secret());
    for (form, error) in [
        ("grant_type=password&scope=read", "unsupported_grant_type"),
        ("grant_type=client_credentials", "invalid_scope"),
        ("grant_type=client_credentials&scope=read&client_id=1", "invalid_request"),
    ] {
        let answer = rig.ask_token(&id, &secret, form);
        assert_eq!((answer.status, answer.json()["error"].clone()), (400, json!(error)));
    }
    assert_eq!(rig.log()["violations"], json!(3));
    assert_eq!(rig.get("/token").status, 403);
}

#[test]
fn tokens_expire_by_the_emulators_clock() {
    let mut rig = Rig::new(json!({ "devices": 5 }));
    assert!([':', '+', '/', '='].iter().all(|letter| rig.token.contains(*letter)));
    rig.control(json!({ "do": "advance", "seconds": 1799 }));
    assert_eq!(rig.get("/insync/endpoints/v2/devices").status, 200);
    rig.control(json!({ "do": "advance", "seconds": 2 }));
    assert_eq!(rig.get("/insync/endpoints/v2/devices").status, 401);
    rig.control(json!({ "do": "set", "expired_status": 403 }));
    let denied = rig.get("/insync/endpoints/v2/devices");
    assert_eq!(denied.status, 403);
    assert!(denied.json()["message"].as_str().is_some_and(|message| message.contains("explicit deny")));
    rig.renew();
    assert_eq!(rig.get("/insync/endpoints/v2/devices").status, 200);
}

#[test]
fn revoking_and_rotating_end_tokens() {
    let mut rig = Rig::small();
    rig.control(json!({ "do": "revoke" }));
    assert_eq!(rig.get("/insync/endpoints/v2/devices/1").status, 401);
    rig.renew();
    let old = rig.emulator.client_secret();
    rig.control(json!({ "do": "rotate", "client_secret": "new/secret=" }));
    assert_eq!(rig.get("/insync/endpoints/v2/devices/1").status, 401);
    assert_eq!(rig.ask_token(&rig.emulator.client_id(), &old, FORM).status, 400);
    rig.renew();
    assert_eq!(rig.get("/insync/endpoints/v2/devices/1").status, 200);
}

#[test]
fn foreign_and_missing_tokens_are_told_apart() {
    let mut rig = Rig::small();
    assert_eq!(rig.send("GET", "/insync/endpoints/v2/devices", "", b"").map(|answer| answer.status), Some(401));
    rig.token = "of:another/cloud==".into();
    assert_eq!(rig.get("/insync/endpoints/v2/devices").status, 403);
    let unrouted = rig.get("/insync/endpoints/v9/devices");
    assert_eq!((unrouted.status, unrouted.json()), (403, json!({ "message": "Missing Authentication Token" })));
}

#[test]
fn clouds_have_their_own_rules() {
    let rig = Rig::new(json!({ "devices": 5, "cloud": "insync-gov" }));
    let answer = rig.ask_token(&rig.emulator.client_id(), &rig.emulator.client_secret(), FORM);
    assert_eq!(answer.json()["expires_in"], json!(900));
    assert_eq!(rig.get("/insync/endpoints/v2/devices").status, 200);
    assert_eq!(rig.get("/platform/console/v1/admins").json(), json!({ "message": "Missing Authentication Token" }));
}

#[test]
fn token_answers_look_as_told() {
    let rig = Rig::small();
    let ask = || rig.ask_token(&rig.emulator.client_id(), &rig.emulator.client_secret(), FORM).json();
    rig.control(json!({ "do": "token_answer", "expires_in": "1800", "extra": { "scope": "read" } }));
    assert_eq!((ask()["expires_in"].clone(), ask()["scope"].clone()), (json!("1800"), json!("read")));
    rig.control(json!({ "do": "token_answer", "expires_in": "missing" }));
    assert!(ask().get("expires_in").is_none());
    rig.control(json!({ "do": "token_answer", "expires_in": null }));
    assert_eq!(ask()["expires_in"], json!(1800));
}
