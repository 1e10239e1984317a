//! The control commands: the log, the clock, faults, and how answers look.

use crate::auth::Look;
use crate::faults::Fault;
use crate::paging::EndMarker;
use crate::state::State;
use serde::Deserialize;
use serde_json::{Map, Value, json};

#[derive(Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
enum Command {
    Log,
    ClearLog,
    Advance {
        seconds: f64,
    },
    Fault(Fault),
    ClearFaults,
    Revoke,
    Rotate {
        client_secret: Option<String>,
        api_key: Option<String>,
    },
    EmitEvents {
        count: usize,
    },
    /// Arguments with which an operation can be called.
    Example {
        operation: String,
        #[serde(default)]
        all: bool,
    },
    TokenAnswer {
        expires_in: Option<Value>,
        #[serde(default)]
        extra: Option<Map<String, Value>>,
    },
    Paging {
        #[serde(default)]
        end_marker: Marker,
        #[serde(default)]
        empty_page_at: Option<u64>,
        #[serde(default)]
        repeat_token: bool,
    },
    /// Changes options of the running emulator.
    Set {
        cloud: Option<String>,
        expired_status: Option<u16>,
        page_size: Option<usize>,
        token_ttl: Option<f64>,
    },
    /// Every token given out so far: what a search for leaks looks for.
    Tokens,
    /// Back to how it was right after its start.
    Reset,
}

/// `""`, `null`, `"NULL"`, or `"absent"`.
#[derive(Default)]
struct Marker(EndMarker);

impl<'de> Deserialize<'de> for Marker {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Marker, D::Error> {
        match Option::<String>::deserialize(from)?.as_deref() {
            Some("") => Ok(Marker(EndMarker::Empty)),
            None => Ok(Marker(EndMarker::Null)),
            Some("NULL") => Ok(Marker(EndMarker::NullText)),
            Some("absent") => Ok(Marker(EndMarker::Absent)),
            Some(_) => Err(serde::de::Error::custom("end_marker is \"\", null, \"NULL\" or \"absent\"")),
        }
    }
}

/// Carries a command out; the answer is JSON.
pub(crate) fn run(state: &mut State, command: &str) -> Result<Value, String> {
    let command: Command = serde_json::from_str(command).map_err(|error| format!("unusable command: {error}"))?;
    match command {
        Command::Log => return Ok(state.log.to_json()),
        Command::Tokens => return Ok(state.tokens.given_out()),
        Command::ClearLog => state.log = Default::default(),
        Command::Advance { seconds } if seconds >= 0.0 && seconds.is_finite() => state.advance(seconds),
        Command::Advance { .. } => return Err("the clock only goes forward".into()),
        Command::Fault(fault) if state.knows(fault.operation()) => state.faults.push(fault)?,
        Command::Fault(fault) => return Err(format!("there is no operation {:?}", fault.operation())),
        Command::ClearFaults => state.faults.clear(),
        Command::Revoke => state.tokens.revoke(),
        Command::Rotate { client_secret: None, api_key: None } => {
            return Err("rotate needs client_secret or api_key".into());
        }
        Command::Rotate { client_secret, api_key } => state.tokens.rotate(client_secret, api_key),
        Command::EmitEvents { count } => state.emit_events(count),
        Command::Example { operation, all } => {
            return state.example(&operation, all).ok_or_else(|| format!("there is no operation {operation:?}"));
        }
        Command::TokenAnswer { expires_in, extra } => {
            state.tokens.set_look(Look { expires_in, extra: extra.unwrap_or_default() })
        }
        Command::Paging { end_marker, empty_page_at, repeat_token } => {
            state.set_paging(end_marker.0, empty_page_at, repeat_token)
        }
        Command::Set { cloud, expired_status, page_size, token_ttl } => {
            let mut options = state.options().clone();
            options.cloud = cloud.unwrap_or(options.cloud);
            options.expired_status = expired_status.unwrap_or(options.expired_status);
            options.page_size = page_size.unwrap_or(options.page_size);
            options.token_ttl = token_ttl.or(options.token_ttl);
            state.set_options(options.check()?);
        }
        Command::Reset => state.reset(),
    }
    Ok(json!({}))
}
