//! Faults on request: scripted answers, delays and broken connections.

use crate::http::{Reply, Request};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;

/// One fault as the control command describes it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fault {
    #[serde(default = "any")]
    operation: String,
    #[serde(default)]
    skip: u64,
    #[serde(default = "once")]
    count: Option<u64>,
    #[serde(default = "always")]
    probability: f64,
    #[serde(default)]
    delay: f64,
    status: Option<u16>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    body: Option<Value>,
    drop: Option<Drop>,
    truncate: Option<usize>,
    #[serde(default)]
    garbage: bool,
    /// Each character a byte.
    raw: Option<String>,
    #[serde(default)]
    drip: bool,
    #[serde(default)]
    unsized_body: bool,
    #[serde(default)]
    linger: f64,
    #[serde(default)]
    apply: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Drop {
    Before,
    After,
    Headers,
    Body,
    Reset,
}

/// What happens to an answer on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Wound {
    /// Nothing.
    None,
    /// The connection closes without an answer.
    Silence,
    /// It closes in the middle of the head.
    Head,
    /// It closes in the body: after that many bytes, or in the middle.
    Body(Option<usize>),
    /// Bytes that are no HTTP, then it closes.
    Garbage,
    /// The connection is reset without an answer.
    Reset,
    /// These bytes, then it closes.
    Raw(Vec<u8>),
    /// It comes one byte at a time.
    Drip,
    /// It does not say how long it is, so that the connection's end is its own.
    Unsized,
}

fn any() -> String {
    "*".to_owned()
}

fn once() -> Option<u64> {
    Some(1)
}

fn always() -> f64 {
    1.0
}

impl Fault {
    pub(crate) fn operation(&self) -> &str {
        &self.operation
    }

    fn matches(&self, operation: Option<&str>) -> bool {
        self.operation == "*" || operation == Some(self.operation.as_str())
    }

    pub(crate) fn delay(&self) -> Duration {
        Duration::try_from_secs_f64(self.delay).unwrap_or_default()
    }

    /// For so long the connection stays open behind the answer, and nothing is answered on it any more.
    pub(crate) fn linger(&self) -> Duration {
        Duration::try_from_secs_f64(self.linger).unwrap_or_default()
    }

    pub(crate) fn wound(&self) -> Wound {
        if let Some(raw) = &self.raw {
            return Wound::Raw(raw.chars().map(|byte| u8::try_from(byte).unwrap_or(b'?')).collect());
        }
        match (self.drop, self.truncate, self.garbage) {
            (Some(Drop::Reset), ..) => Wound::Reset,
            (Some(Drop::Before | Drop::After), ..) => Wound::Silence,
            (Some(Drop::Headers), ..) => Wound::Head,
            (Some(Drop::Body), ..) => Wound::Body(None),
            (None, Some(kept), _) => Wound::Body(Some(kept)),
            (None, None, true) => Wound::Garbage,
            (None, None, false) if self.drip => Wound::Drip,
            (None, None, false) if self.unsized_body => Wound::Unsized,
            (None, None, false) => Wound::None,
        }
    }

    /// Whether the request is carried out all the same.
    pub(crate) fn applies(&self) -> bool {
        let replaced = self.status.is_some()
            || self.garbage
            || self.raw.is_some()
            || matches!(self.drop, Some(Drop::Before | Drop::Reset));
        self.apply || self.drop == Some(Drop::After) || !replaced
    }

    /// The answer in place of the real one.
    pub(crate) fn dress(&self, real: Option<Reply>, request: &Request) -> Reply {
        let mut reply = match (self.status, real) {
            (Some(status), _) => match &self.body {
                None => Reply::empty(status),
                Some(Value::String(text)) => Reply::text(status, "text/plain", quoting(text, request)),
                Some(body) => Reply::json(status, &quoting_in(body, request)),
            },
            (None, Some(real)) => real,
            (None, None) => Reply::empty(200),
        };
        for (name, value) in &self.headers {
            reply.set_header(name, &quoting(value, request));
        }
        reply
    }
}

/// A text with what it quotes of the request: `{target}`, `{body}`, the header `{x-api-key}` or any other, the
/// `{credentials}` of the header authorization, and the `{pair}` that they are in base64.
fn quoting(text: &str, request: &Request) -> String {
    let mut quoting = text.to_owned();
    let mut quote = |name: &str, value: &str| quoting = quoting.replace(&format!("{{{name}}}"), value);
    for (name, value) in &request.headers {
        quote(name, value);
    }
    let credentials = request.header("authorization").and_then(|value| value.split_once(' ')).unwrap_or_default().1;
    quote("credentials", credentials);
    quote("pair", &String::from_utf8_lossy(&STANDARD.decode(credentials).unwrap_or_default()));
    quote("target", &request.target);
    quote("body", &String::from_utf8_lossy(&request.body));
    quoting
}

fn quoting_in(body: &Value, request: &Request) -> Value {
    match body {
        Value::String(text) => Value::String(quoting(text, request)),
        Value::Array(values) => values.iter().map(|value| quoting_in(value, request)).collect(),
        Value::Object(members) => {
            members.iter().map(|(name, value)| (name.clone(), quoting_in(value, request))).collect()
        }
        other => other.clone(),
    }
}

/// The faults that wait for their requests, in the order in which they were given.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    queue: Vec<Fault>,
    drawn: u64,
}

impl Faults {
    pub(crate) fn push(&mut self, fault: Fault) -> Result<(), String> {
        if fault.count == Some(0)
            || !(0.0..=1.0).contains(&fault.probability)
            || fault.delay < 0.0
            || fault.linger < 0.0
        {
            return Err("a fault needs count >= 1 (or null), probability from 0 to 1, delay and linger >= 0".into());
        }
        if fault.body.is_some() && fault.status.is_none() {
            return Err("a fault with a body needs a status".into());
        }
        self.queue.push(fault);
        Ok(())
    }

    pub(crate) fn clear(&mut self) {
        self.queue.clear();
    }

    /// The fault that this request meets. The first matching one counts; while it still skips, its turn passes without effect.
    pub(crate) fn next(&mut self, seed: u64, operation: Option<&str>) -> Option<Fault> {
        let mut at = 0;
        while let Some(fault) = self.queue.get_mut(at) {
            if !fault.matches(operation) {
                at += 1;
                continue;
            }
            if fault.skip > 0 {
                fault.skip -= 1;
                return None;
            }
            if fault.probability < 1.0 {
                self.drawn += 1;
                let drawn = crate::dice::roll(seed, "fault", self.drawn, "") % 1_000_000;
                if drawn as f64 / 1e6 >= fault.probability {
                    at += 1;
                    continue;
                }
            }
            let met = fault.clone();
            if let Some(count) = &mut fault.count {
                *count -= 1;
                if *count == 0 {
                    self.queue.remove(at);
                }
            }
            return Some(met);
        }
        None
    }
}
