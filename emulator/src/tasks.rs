//! Work that takes time: what a write starts goes on with the emulator's clock.

use crate::rows::{At, Rows};
use serde_json::{Map, Value, json};

/// Changes that are still to come.
#[derive(Default)]
pub(crate) struct Tasks {
    pending: Vec<Step>,
}

struct Step {
    due: f64,
    at: At,
    fields: Map<String, Value>,
}

/// Seconds after the start, and the state that begins then.
type Stage = (f64, &'static str);

/// Kinds of work: the resource, the field that tells the state, the stages.
const STAGES: &[(&str, &str, &[Stage])] = &[
    ("restores", "status", &[(0.0, "Ongoing"), (120.0, "Successful")]),
    ("download_jobs", "jobStatus", &[(0.0, "Queued"), (30.0, "Running"), (120.0, "Successful")]),
];

/// What is not known of a restore before it ends.
const UNKNOWN_UNTIL_END: &[(&str, Value)] = &[
    ("numberOfFilesRestored", Value::Null),
    ("numberOfFilesMissed", Value::Null),
    ("systemSettingsRestore", Value::Null),
];

impl Tasks {
    /// Starts the work that a new row stands for, when it stands for work.
    pub(crate) fn start(&mut self, rows: &mut Rows, at: At, now: f64) {
        let catalog = std::sync::Arc::clone(&rows.catalog);
        let table = &catalog.tables[at.0];
        let Some((_, field, stages)) = STAGES.iter().find(|(resource, ..)| table.id.ends_with(&format!(".{resource}")))
        else {
            return;
        };
        let finished = rows.row(at).fields.clone();
        let last = stages.len() - 1;
        for (n, (after, state)) in stages.iter().enumerate() {
            let mut fields = if n == last { finished.clone() } else { Map::new() };
            fields.insert((*field).to_owned(), json!(state));
            let mut put = |name: &str, value: Value| {
                if finished.contains_key(name) {
                    fields.insert(name.to_owned(), value);
                }
            };
            put("percentComplete", json!(100 * n / last));
            if n == last {
                put("endTime", json!(crate::clock::rfc3339((now + after) as i64)));
                put("jobEndTime", json!((now + after) as i64));
            } else {
                put("startTime", json!(crate::clock::rfc3339(now as i64)));
                put("jobStartTime", json!(now as i64));
                put("endTime", json!(""));
                put("restoreSize", json!(""));
                for (name, value) in UNKNOWN_UNTIL_END {
                    put(name, value.clone());
                }
            }
            if n == last {
                for started in ["startTime", "jobStartTime"] {
                    fields.remove(started);
                }
            }
            self.pending.push(Step { due: now + after, at, fields });
        }
        self.settle(rows, now);
    }

    /// Ends work early: a job that is cancelled has nothing more to do.
    pub(crate) fn stop(&mut self, at: At) {
        self.pending.retain(|step| step.at != at);
    }

    /// Lets time pass.
    pub(crate) fn settle(&mut self, rows: &mut Rows, now: f64) {
        let (due, pending) = std::mem::take(&mut self.pending).into_iter().partition(|step| step.due <= now);
        self.pending = pending;
        for step in Vec::<Step>::from_iter(due) {
            rows.change(step.at).extend(step.fields);
        }
    }
}
