//! What goes wrong, drawn from a seed: the same seed, the same plan.

use fastrand::Rng;
use serde_json::{Value, json};
use std::time::Duration;

/// The write: it makes something new, so that nobody may send it twice.
pub const WRITE: &str = "insync.users.create";

/// What a caller does about its own write.
#[derive(Debug, Clone, Copy, Default)]
pub struct Whim {
    /// Its deadline, where it has one of its own.
    pub timeout: Option<Duration>,
    /// When it cancels.
    pub cancel_after: Option<Duration>,
}

impl Whim {
    /// Of every 100 callers, 6 have little time and 6 cancel.
    pub fn draw(rng: &mut Rng) -> Whim {
        match rng.u32(0..100) {
            0..6 => Whim { timeout: Some(Duration::from_micros(rng.u64(500..30_000))), ..Whim::default() },
            6..12 => Whim { cancel_after: Some(Duration::from_micros(rng.u64(0..5_000))), ..Whim::default() },
            _ => Whim::default(),
        }
    }
}

/// What becomes of the next request for the write, as a command of the emulator. Servers that lie are not among it: no 429
/// and no `retryable: true` for what was done, no success for what was not.
pub fn fault(rng: &mut Rng) -> Value {
    let page = "<html><body><h1>Error</h1></body></html>";
    let done = rng.bool();
    let mut fault = match rng.u32(0..1000) {
        0..30 => json!({"drop": "reset", "apply": done}),
        30..60 => json!({"drop": "before", "apply": done}),
        60..85 => json!({"drop": "headers"}),
        85..110 => json!({"drop": "body"}),
        // The answer comes whole, and then the connection closes, perhaps as it is used again.
        110..190 => json!({"truncate": 1_000_000}),
        190..215 => json!({"garbage": true, "apply": done}),
        215..235 => json!({"delay": 0.3}),
        235..300 => {
            let status = [500, 502, 503, 504, 408][rng.usize(0..5)];
            let body = if rng.bool() { json!(page) } else { json!({"message": "oops"}) };
            json!({"status": status, "body": body, "apply": done})
        }
        300..305 => json!({"status": 503, "body": {"message": "later", "retryable": true}}),
        305..309 => json!({"status": 429, "headers": {"retry-after": "0"}}),
        309..315 => json!({"status": 425}),
        315..320 => json!({"status": 401, "body": {"message": "Unauthorized"}}),
        320..330 => json!({"status": 400, "body": {"message": "wrong"}}),
        330..340 => json!({"drip": true}),
        _ => json!({}),
    };
    fault["do"] = json!("fault");
    fault["operation"] = json!(WRITE);
    fault
}
