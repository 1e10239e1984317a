//! The states that work passes through, read from what the documents say of them.

use serde_json::{Value, json};

/// Seconds after the start, and the state that begins then.
pub(crate) type Stage = (f64, Value);

/// Seconds that work waits for its turn, and seconds after which it is over.
const WAITS: f64 = 30.0;
const TAKES: f64 = 120.0;
/// States that are numbers begin with these: queued and in progress.
const NUMBERED: [i64; 2] = [1, 2];

/// The stages of work that goes well; `values` are all states that are documented.
pub(crate) fn of(values: &[String], finished: &[String], is_number: bool) -> Vec<Stage> {
    let mut going: Vec<Value> = Vec::new();
    if is_number {
        going.extend(NUMBERED.map(|state| json!(state)));
    } else {
        let open = || values.iter().filter(|value| !finished.contains(value));
        let waiting = open().find(|value| says(value, &["queue", "pending", "scheduled", "waiting", "not started"]));
        let running = open().find(|value| says(value, &["running", "progress", "ongoing", "started", "active"]));
        going.extend(
            waiting.into_iter().chain(running.filter(|value| Some(*value) != waiting)).map(|state| json!(state)),
        );
        if going.is_empty() {
            going.push(json!("Running"));
        }
    }
    let well = finished.iter().find(|value| {
        says(value, &["success", "complete", "finish", "done"]) && !says(value, &["error", "fail", "partial", "warn"])
    });
    let end = well.or(finished.first()).map_or("", String::as_str);
    let end = if is_number { end.parse::<i64>().map_or(json!(end), |state| json!(state)) } else { json!(end) };
    let mut stages: Vec<Stage> = going.into_iter().enumerate().map(|(n, state)| (n as f64 * WAITS, state)).collect();
    stages.push((TAKES, end));
    stages
}

/// The state of work that was called off.
pub(crate) fn cancelled(finished: &[String]) -> Option<Value> {
    finished.iter().find(|value| says(value, &["cancel"])).map(|state| json!(state))
}

fn says(state: &str, words: &[&str]) -> bool {
    let lower = state.to_ascii_lowercase();
    words.iter().any(|word| lower.contains(word))
}
