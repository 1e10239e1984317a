//! Those who write: the crate itself, many callers on one client, or the runner of a language.

use super::plan::{WRITE, Whim};
use crate::languages::{Language, repository};
use crate::runner::Runner;
use druva::{Call, Cancel, Client};
use serde_json::{Map, Value, json};
use std::path::Path;
use std::time::Duration;

/// How many write at once over one client.
const CALLERS: usize = 8;

/// The time that an attempt has, and a connection.
const ATTEMPT: Duration = Duration::from_millis(200);

/// The longest that the callers of a round may take, which takes a second or two; more is a hang.
const PATIENCE: Duration = Duration::from_secs(120);

/// A write: its arguments, and what its caller does.
pub type Write = (Value, Whim);

/// Makes the writes with the crate, and says what became of each.
///
/// # Errors
/// A client that cannot be opened.
pub async fn rust(credential: (String, String), url: String, writes: Vec<Write>) -> Result<Vec<String>, String> {
    let (id, secret) = credential;
    let client = Client::builder()
        .client_id(id)
        .client_secret(secret)
        .base_url(url)
        .backoff(Duration::from_millis(1))
        .max_attempts(3)
        .attempt_timeout(ATTEMPT)
        .connect_timeout(ATTEMPT)
        .build()
        .map_err(|error| error.to_string())?;
    let writes = std::sync::Arc::new(writes);
    let callers: Vec<_> = (0..CALLERS)
        .map(|caller| {
            let (client, writes) = (client.clone(), writes.clone());
            tokio::spawn(async move {
                let mut told = Vec::new();
                for at in (caller..writes.len()).step_by(CALLERS) {
                    told.push((at, write(&client, &writes[at]).await?));
                }
                Ok::<_, String>(told)
            })
        })
        .collect();
    let mut told = vec![String::new(); writes.len()];
    let end = tokio::time::Instant::now() + PATIENCE;
    for caller in callers {
        let caller = tokio::time::timeout_at(end, caller).await;
        let caller = caller.map_err(|_| format!("a write gave no answer within {PATIENCE:?}"))?;
        for (at, ending) in caller.map_err(|panic| panic.to_string())?? {
            told[at] = ending;
        }
    }
    Ok(told)
}

async fn write(client: &Client, (arguments, whim): &Write) -> Result<String, String> {
    let call = Call::by_id(WRITE).and_then(|call| call.args(arguments.to_string().as_bytes()));
    let mut call = call.map_err(|error| error.to_string())?;
    if let Some(timeout) = whim.timeout {
        call = call.timeout(timeout);
    }
    if let Some(after) = whim.cancel_after {
        let cancel = Cancel::new();
        call = call.cancel(cancel.clone());
        tokio::spawn(async move {
            tokio::time::sleep(after).await;
            cancel.cancel();
        });
    }
    Ok(match client.execute(&call).await {
        Ok(_) => "ok".to_owned(),
        Err(error) => ending(error.class(), error.may_have_been_applied().as_str()),
    })
}

/// Makes the writes with a language's runner, one after the other.
///
/// # Errors
/// A runner that does not work.
pub fn runner(
    language: &Language,
    home: &Path,
    credential: (String, String),
    url: &str,
    writes: &[Write],
) -> Result<Vec<String>, String> {
    let mut runner = Runner::start(&language.runner, &repository(), home, &Map::new())?;
    let (id, secret) = credential;
    let attempt = ATTEMPT.as_secs_f64();
    let options = json!({"client_id": id, "client_secret": secret, "base_url": url, "backoff": 0.001,
        "max_attempts": 3, "attempt_timeout": attempt, "connect_timeout": attempt});
    runner.ask(&json!({"do": "open", "options": options}))?;
    let seconds = |time: Option<Duration>| time.map(|time| time.as_secs_f64());
    let told = writes.iter().map(|(arguments, whim)| {
        let answer = runner.ask(&json!({"do": "call", "operation": WRITE, "arguments": arguments,
            "timeout": seconds(whim.timeout), "cancel_after": seconds(whim.cancel_after)}))?;
        let error = &answer["error"];
        match (answer.get("ok"), error["class"].as_str(), error["may_have_been_applied"].as_str()) {
            (Some(_), ..) => Ok("ok".to_owned()),
            (None, Some(class), Some(applied)) => Ok(ending(class, applied)),
            _ => Err(format!("neither answer nor error: {answer}")),
        }
    });
    told.collect()
}

fn ending(class: &str, applied: &str) -> String {
    format!("{} {applied}", class.trim_end_matches("Error"))
}
