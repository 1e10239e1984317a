//! Plays a scenario in a language.

use crate::expect::{differences, short};
use crate::languages::{Language, repository};
use crate::log;
use crate::runner::Runner;
use crate::scenario::Case;
use crate::server::Server;
use crate::step::{Action, Step};
use crate::values::{self, Variables};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

/// The emulator of a scenario that says nothing about it: small, and always the same.
pub fn emulator_defaults() -> Map<String, Value> {
    object(json!({"seed": 1, "devices": 12, "users": 5}))
}

/// The options of a client that a scenario says nothing about: waits between attempts are too short to notice.
pub fn client_defaults() -> Map<String, Value> {
    object(
        json!({"client_id": "$client_id", "client_secret": "$client_secret", "base_url": "$base_url", "backoff": 0.001}),
    )
}

/// How many callers each of a provider's customers has.
const CALLERS: u64 = 5;

/// Something that was not as a scenario says.
#[derive(Debug)]
pub struct Failure {
    /// `tests/scenarios/tokens.yaml:12`
    pub place: String,
    /// The scenario.
    pub scenario: String,
    /// What was expected and what was seen.
    pub why: String,
}

/// The runner of a language, kept from one scenario to the next.
#[derive(Debug)]
pub struct Player<'a> {
    language: &'a Language,
    home: &'a Path,
    verbose: bool,
    runner: Option<Runner>,
    /// How many callers `$crowd` stands for.
    pub crowd: u64,
}

impl<'a> Player<'a> {
    /// A player of a language. `home` is an empty folder; `verbose` shows every request and answer.
    pub fn new(language: &'a Language, home: &'a Path, verbose: bool) -> Player<'a> {
        Player { language, home, verbose, runner: None, crowd: 300 }
    }

    /// Plays a scenario and returns what was not as it says.
    pub fn play(&mut self, case: &Case) -> Vec<Failure> {
        let mut failures = Vec::new();
        let mut fail = |line: u64, why: String| {
            failures.push(Failure { place: format!("{}:{line}", case.file), scenario: case.name.clone(), why });
        };
        if let Err((line, why)) = self.stage(case, &mut fail) {
            // Whatever state the runner is in, the next scenario gets a fresh one.
            self.runner = None;
            fail(line, why);
        }
        failures
    }

    fn stage(&mut self, case: &Case, fail: &mut dyn FnMut(u64, String)) -> Result<(), (u64, String)> {
        let at = |why| (case.line(), why);
        let folder = tempfile::tempdir().map_err(|error| at(error.to_string()))?;
        let customers = (self.crowd / CALLERS).max(100);
        let mut given =
            object(json!({"crowd": self.crowd, "customers": customers, "customers_callers": customers * CALLERS}));
        let mut variables = case.row.clone();
        variables.extend(given.clone());
        let mut options = emulator_defaults();
        options.extend(values::fill_map(&case.scenario.emulator, &variables).map_err(at)?);
        let server = Server::start(options).map_err(at)?;
        given.extend(object(json!({
            "base_url": server.url(), "client_id": server.client_id(), "client_secret": server.client_secret(),
            "api_key": server.api_key(), "folder": folder.path().to_string_lossy(),
        })));
        for value in variables.values_mut() {
            *value = fill_known(value, &given);
        }
        variables.extend(given);
        for (name, text) in &case.scenario.files {
            let text = values::fill_text(text, &variables).map_err(at)?;
            std::fs::write(folder.path().join(name), text).map_err(|error| at(format!("{name}: {error}")))?;
        }
        match &case.scenario.env {
            Some(env) => {
                let env = values::fill_map(env, &variables).map_err(at)?;
                let mut runner = self.start(&env).map_err(at)?;
                Stage { case, server, variables, runner: &mut runner, clients: BTreeSet::new(), verbose: self.verbose }
                    .run(fail)
            }
            None => {
                if self.runner.is_none() {
                    self.runner = Some(self.start(&Map::new()).map_err(at)?);
                }
                let Some(runner) = &mut self.runner else { return Ok(()) };
                Stage { case, server, variables, runner, clients: BTreeSet::new(), verbose: self.verbose }.run(fail)
            }
        }
    }

    fn start(&self, env: &Map<String, Value>) -> Result<Runner, String> {
        Runner::start(&self.language.runner, &repository(), self.home, env)
    }
}

/// A row's value may use what every scenario has; what it does not know yet is filled in where the row is used.
fn fill_known(value: &Value, given: &Variables) -> Value {
    values::fill(value, given).unwrap_or_else(|_| value.clone())
}

struct Stage<'a> {
    case: &'a Case,
    server: Server,
    variables: Variables,
    runner: &'a mut Runner,
    clients: BTreeSet<String>,
    verbose: bool,
}

impl Stage<'_> {
    /// Plays every step and checks the log. An error ends the scenario; a difference does not.
    fn run(mut self, fail: &mut dyn FnMut(u64, String)) -> Result<(), (u64, String)> {
        let scenario = &self.case.scenario;
        let mut steps = Vec::new();
        for step in &scenario.steps {
            steps.push((step.referenced.line(), &step.value));
        }
        if scenario.steps.first().is_none_or(|step| step.value.get("open").is_none()) {
            let at = |why| (self.case.line(), why);
            let open = Step { open: Some(Map::new()), ..Step::default() };
            self.step(&open).map_err(at)?.into_iter().for_each(|why| fail(self.case.line(), why));
        }
        for (line, value) in steps {
            let at = |why| (line, why);
            let filled = values::fill(value, &self.variables).map_err(at)?;
            let step = Step::parse(&filled).map_err(at)?;
            self.step(&step).map_err(at)?.into_iter().for_each(|why| fail(line, why));
        }
        let nothing = json!({});
        let (line, expected) =
            scenario.log.as_ref().map_or((self.case.line(), &nothing), |log| (log.referenced.line(), &log.value));
        self.check_log(expected).map_err(|why| (line, why))?.into_iter().for_each(|why| fail(line, why));
        for client in std::mem::take(&mut self.clients) {
            let answer = self.ask(&json!({"do": "close", "client": client})).map_err(|why| (self.case.line(), why))?;
            if answer.get("ok").is_none() {
                fail(self.case.line(), format!("close: {}", short(&answer)));
            }
        }
        Ok(())
    }

    fn step(&mut self, step: &Step) -> Result<Vec<String>, String> {
        match step.action()? {
            Action::Open(options) => {
                let mut options = self.options(options)?;
                let provide = options.remove("provide");
                let request = json!({"do": "open", "client": step.client(), "options": options, "provide": provide});
                let found = self.answer(step, &request)?;
                if step.error.is_some() {
                    self.clients.remove(step.client())
                } else {
                    self.clients.insert(step.client().to_owned())
                };
                Ok(found)
            }
            Action::Ask(request) => {
                match request["do"].as_str() {
                    Some("close") => drop(self.clients.remove(step.client())),
                    Some("customer") if step.error.is_none() => drop(self.clients.insert(step.client().to_owned())),
                    _ => {}
                }
                self.answer(step, &request)
            }
            Action::DeviceTable(table) => {
                self.server.control(&table.command())?;
                let answer = self.ask(&json!({"do": "devices", "client": step.client(), "arguments": {}}))?;
                if answer.get("ok").is_some() {
                    Ok(table.check(&answer))
                } else {
                    Err(format!("expected devices, saw {}", short(&answer)))
                }
            }
            Action::Control(command) => {
                let answer = self.server.control(&command)?;
                Ok(step
                    .expect
                    .as_ref()
                    .map(|expected| differences(expected, Some(&answer), "control"))
                    .unwrap_or_default())
            }
            Action::TimePasses(seconds) => {
                self.server.control(&json!({"do": "advance", "seconds": seconds}))?;
                let answer = self.ask(&json!({"do": "advance", "client": step.client(), "seconds": seconds}))?;
                Ok(differences(&json!({"ok": null, "error": null}), Some(&answer), ""))
            }
            Action::Write(files) => {
                let folder = std::path::PathBuf::from(self.variables["folder"].as_str().unwrap_or_default());
                for (name, text) in files {
                    std::fs::write(folder.join(name), text.as_str().unwrap_or_default())
                        .map_err(|error| format!("{name}: {error}"))?;
                }
                Ok(Vec::new())
            }
            Action::Pause(seconds) => {
                std::thread::sleep(Duration::from_secs_f64(seconds));
                Ok(Vec::new())
            }
            Action::Log(expected) => {
                let found = self.check_log(expected)?;
                self.server.control(&json!({"do": "clear_log"}))?;
                Ok(found)
            }
            Action::StopEmulator => self.server.stop().map(|()| Vec::new()),
        }
    }

    /// The options of a client: the defaults (not with an environment of its own), the scenario's, the step's.
    fn options(&self, own: &Map<String, Value>) -> Result<Map<String, Value>, String> {
        let mut options = if self.case.scenario.env.is_some() { Map::new() } else { client_defaults() };
        options.extend(self.case.scenario.client.clone());
        options.extend(own.clone());
        options.retain(|_, value| !value.is_null());
        values::fill_map(&options, &self.variables)
    }

    /// Sends a request to the runner and compares its answer with what the step expects.
    fn answer(&mut self, step: &Step, request: &Value) -> Result<Vec<String>, String> {
        let begun = Instant::now();
        let answer = self.ask(request)?;
        let took = begun.elapsed();
        let mut found = Vec::new();
        match (step.expected_error(), answer.get("error")) {
            (Some(expected), Some(error)) => {
                found.extend(differences(&expected, Some(error), "error"));
                found.extend(step.expect.iter().flat_map(|expected| differences(expected, Some(&answer), "")));
            }
            (Some(expected), None) => {
                found.push(format!("error: expected {}, saw {}", short(&expected), short(&answer)))
            }
            (None, None) if answer.get("ok").is_some() => {
                found.extend(step.expect.iter().flat_map(|expected| differences(expected, answer.get("ok"), "")));
            }
            (None, _) => found.push(format!("expected an answer, saw {}", short(&answer))),
        }
        if step.within.is_some_and(|limit| took > Duration::from_secs_f64(limit)) {
            found.push(format!("took {took:?}: too long"));
        }
        if step.not_before.is_some_and(|limit| took < Duration::from_secs_f64(limit)) {
            found.push(format!("took {took:?}: too short"));
        }
        for (name, member) in &step.save {
            let pointer = format!("/ok/{}", member.as_str().unwrap_or_default().replace('.', "/"));
            let value = answer
                .pointer(&pointer)
                .ok_or_else(|| format!("the answer has no {member} to save: {}", short(&answer)))?;
            self.variables.insert(name.clone(), value.clone());
        }
        Ok(found)
    }

    fn ask(&mut self, request: &Value) -> Result<Value, String> {
        if self.verbose {
            println!("    > {request}");
        }
        let answer = self.runner.ask(request)?;
        if self.verbose {
            println!("    < {}", short(&answer));
        }
        Ok(answer)
    }

    fn check_log(&self, expected: &Value) -> Result<Vec<String>, String> {
        let expected = values::fill(expected, &self.variables)?;
        log::check(&expected, &self.server.log()?)
    }
}

/// The members of an object; none of anything else.
pub fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

/// Raises the number of files that this process and its runners may open: a thousand calls at once need more than many
/// systems allow a program at first.
pub fn allow_many_sockets() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    // Where it is refused, the scenario that needs it says so.
    let _ = setrlimit(Resource::Nofile, limit);
}
