//! Many processes at once: each round may mint one token, whoever needs it.

use crate::languages::{Language, repository};
use crate::play::emulator_defaults;
use crate::runner::Runner;
use crate::server::Server;
use serde_json::{Map, Value, json};
use std::path::Path;

/// The call that every process makes.
pub const CALL: &str = "insync.devices.list";

/// How long the emulator thinks about a token: long enough for everybody to want one.
const MINTING: f64 = 0.5;

/// Options of a client over `store`.
pub fn options(server: &Server, secret: &str, store: &str) -> Value {
    json!({"client_id": server.client_id(), "client_secret": secret, "base_url": server.url(), "backoff": 0.001,
        "token_store": store})
}

/// Whether a runner's answer is that of a call that went well.
///
/// # Errors
/// What it says instead.
pub fn well(answer: &Value) -> Result<(), String> {
    if answer.get("ok").is_some() { Ok(()) } else { Err(answer.to_string()) }
}

/// The rounds of `count` processes, shared out among the languages: what is minted in each.
///
/// # Errors
/// A process that got no token, or an emulator or runner that does not work.
pub fn rounds(
    languages: &[Language],
    count: usize,
    home: &Path,
    store: &str,
) -> Result<Vec<(&'static str, u64)>, String> {
    let server = Server::start(emulator_defaults())?;
    let mut runners = Vec::new();
    for language in languages.iter().cycle().take(count) {
        runners.push(Runner::start(&language.runner, &repository(), home, &Map::new())?);
    }
    let open = |secret: &str| json!({"do": "open", "options": options(&server, secret, store)});
    let call = json!({"do": "call", "operation": CALL, "arguments": {}});
    let slowly = json!({"do": "fault", "operation": "token", "delay": MINTING, "count": null});
    let mut minted = Vec::new();
    let mut round = |name: &'static str, requests: &[&Value], runners: &mut Vec<Runner>| -> Result<(), String> {
        server.control(&slowly)?;
        for request in requests {
            all(runners, request).map_err(|why| format!("{name}: {why}"))?;
        }
        minted.push((name, server.log()?["tokens_minted"].as_u64().unwrap_or_default()));
        server.control(&json!({"do": "clear_faults"}))?;
        server.control(&json!({"do": "clear_log"})).map(drop)
    };
    round("together", &[&open(server.client_secret()), &call], &mut runners)?;
    server.control(&json!({"do": "revoke"}))?;
    round("refused", &[&call], &mut runners)?;
    let later = 1_790;
    server.control(&json!({"do": "advance", "seconds": later}))?;
    round("expired", &[&json!({"do": "advance", "seconds": later}), &call], &mut runners)?;
    let secret = "a/new+one==";
    server.control(&json!({"do": "rotate", "client_secret": secret}))?;
    // Clients of a new secret: their clocks are the machine's again, and so is the emulator's token to them.
    round("rotated", &[&open(secret), &call], &mut runners)?;
    Ok(minted)
}

/// Asks every runner at once; every one must have done it.
fn all(runners: &mut [Runner], request: &Value) -> Result<(), String> {
    std::thread::scope(|scope| {
        let asked: Vec<_> = runners
            .iter_mut()
            .map(|runner| scope.spawn(|| runner.ask(request).and_then(|answer| well(&answer))))
            .collect();
        asked.into_iter().try_for_each(|asked| asked.join().unwrap_or_else(|_| Err("a thread panicked".to_owned())))
    })
}
