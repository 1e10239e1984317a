//! Every operation, on every cloud that has it, with the required arguments and with all.

use super::{reading, sent};
use crate::languages::{Language, repository};
use crate::runner::Runner;
use crate::server::Server;
use druva_api::{Answer, Model, Operation, Product};
use serde_json::{Map, Value, json};
use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::path::Path;

/// What came of a sweep.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The operations that were called, by id.
    pub operations: BTreeSet<String>,
    /// Calls, lists counting once.
    pub calls: usize,
    /// Pages that lists had.
    pub pages: usize,
    /// What was not as it must be.
    pub failures: Vec<String>,
}

/// Calls every operation of `model` (of one product, if it is named) in a language.
///
/// # Errors
/// The emulator or the runner cannot be started.
pub fn sweep(model: &Model, language: &Language, home: &Path, product: Option<&str>) -> Result<Outcome, String> {
    let mut outcome = Outcome::default();
    let clouds: BTreeSet<&String> = model.operations().flat_map(|(_, operation)| &operation.clouds).collect();
    for cloud in clouds {
        let here = |(owner, operation): &(&Product, &Operation)| {
            operation.clouds.contains(cloud) && product.is_none_or(|name| owner.name == name)
        };
        let mut operations: Vec<_> = model.operations().filter(here).collect();
        // What is deleted cannot be called any more, nor what lies below it.
        operations.sort_by_key(|(_, operation)| {
            let delete = operation.method == "DELETE";
            let depth = if delete { operation.path.matches('/').count() } else { 0 };
            (delete, operation.method != "GET", Reverse(depth))
        });
        let mut stage = Stage::new(language, home, cloud)?;
        for (product, operation) in operations {
            for all in [false, true] {
                stage.play(product, operation, all, &mut outcome)?;
            }
        }
    }
    Ok(outcome)
}

/// A runner with a client of one cloud, and the emulator that plays the cloud.
struct Stage<'a> {
    language: &'a Language,
    cloud: &'a str,
    server: Server,
    runner: Runner,
}

impl<'a> Stage<'a> {
    fn new(language: &'a Language, home: &Path, cloud: &'a str) -> Result<Stage<'a>, String> {
        let options = json!({ "seed": 1, "devices": 12, "users": 5, "page_size": 40, "cloud": cloud });
        let server = Server::start(options.as_object().cloned().unwrap_or_default())?;
        let mut runner = Runner::start(&language.runner, &repository(), home, &Map::new())?;
        let mut options = json!({ "base_url": server.url(), "cloud": cloud, "backoff": 0.001 });
        let credential = match cloud {
            "cloudranger" => json!({ "api_key": server.api_key() }),
            _ => json!({ "client_id": server.client_id(), "client_secret": server.client_secret() }),
        };
        if let (Some(options), Value::Object(credential)) = (options.as_object_mut(), credential) {
            options.extend(credential);
        }
        let opened = runner.ask(&json!({ "do": "open", "client": "a", "options": options }))?;
        if opened.get("ok").is_none() {
            return Err(format!("{}: no client of {cloud}: {opened}", language.name));
        }
        Ok(Stage { language, cloud, server, runner })
    }

    fn play(
        &mut self,
        product: &Product,
        operation: &Operation,
        all: bool,
        outcome: &mut Outcome,
    ) -> Result<(), String> {
        let id = &operation.id;
        let example = self.server.control(&json!({ "do": "example", "operation": id, "all": all }))?;
        let request = json!({ "do": "typed", "client": "a", "operation": id, "arguments": example });
        let answer = self.runner.ask(&request)?;
        let log = self.server.log()?;
        self.server.control(&json!({ "do": "clear_log" }))?;
        let mut failures = Vec::new();
        match answer.get("ok") {
            None => failures.push(format!("failed: {answer}")),
            Some(seen) => check(product, operation, seen, outcome, &mut failures),
        }
        let requests = || log["requests"].as_array().into_iter().flatten();
        for request in requests().filter(|one| !one["violation"].is_null()) {
            failures.push(format!("a violation: {} ({})", request["violation"], request["target"]));
        }
        match requests().find(|one| one["operation"] == id.as_str()) {
            None => failures.push("no request of it arrived".to_owned()),
            Some(first) => failures.extend(sent::differences(operation, self.cloud, &example, first)),
        }
        outcome.operations.insert(id.clone());
        outcome.calls += 1;
        let with = if all { "all arguments" } else { "the required arguments" };
        outcome.failures.extend(
            failures
                .into_iter()
                .map(|why| format!("{}: {id} on {} with {with}: {why}", self.language.name, self.cloud)),
        );
        Ok(())
    }
}

/// Compares what a language read of an answer with what the model says must be read of it.
fn check(product: &Product, operation: &Operation, seen: &Value, outcome: &mut Outcome, failures: &mut Vec<String>) {
    let Answer::Json(ty) = &operation.answer else { return };
    let answers: Vec<(&Value, &Value)> = match &operation.pages {
        None => vec![(&seen["read"], &seen["raw"])],
        Some(_) => {
            let of = |member: &str| seen[member].as_array().into_iter().flatten();
            of("read").zip(of("raw")).collect()
        }
    };
    if operation.pages.is_some() {
        outcome.pages += answers.len();
    }
    if answers.is_empty() {
        failures.push("no page".to_owned());
    }
    for (read, raw) in answers {
        let should = reading::read(product, ty, raw).unwrap_or_default();
        reading::differences(&should, read, "answer", failures);
    }
}
