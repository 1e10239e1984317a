//! Carries the canaries through a language: every fault with every operation, and everything that can be read of it.

use super::faults::{self, Fault};
use super::planted::{self, Canary, Kind};
use super::search::{Finding, Searched, Surface, Text};
use super::{openings, proxy};
use crate::languages::{Language, repository};
use crate::runner::Runner;
use crate::server::Server;
use druva_api::{Cursor, Model, Operation, Product, Realm};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::Path;

/// How much of the model is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// One operation, for the control.
    One,
    /// One operation of each shape.
    Shapes,
    /// Every operation.
    All,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The operations that were called.
    pub operations: BTreeSet<String>,
    /// The faults that were met.
    pub faults: BTreeSet<String>,
    /// Calls and openings.
    pub cells: usize,
    /// How they ended, by class.
    pub classes: BTreeMap<String, usize>,
    /// Answers from which a secret had been taken.
    pub hidden: usize,
    /// The secrets that were about, by name.
    pub canaries: BTreeSet<String>,
    /// What was searched.
    pub searched: Searched,
}

/// A language with canaries about.
pub(super) struct Field {
    pub(super) runner: Runner,
    pub(super) outcome: Outcome,
    /// Whether the last request was carried out.
    pub(super) opened: bool,
    /// What can be read of the calls since the last search.
    texts: Vec<Text>,
    /// Cursors that answers brought.
    cursors: BTreeSet<String>,
    /// Tokens that were given out.
    tokens: BTreeSet<String>,
}

/// Carries the canaries through a language.
///
/// # Errors
/// The language cannot be run.
pub fn run(model: &Model, language: &Language, scope: Scope) -> Result<Outcome, String> {
    let failed = |error: std::io::Error| error.to_string();
    let given = tempfile::tempdir().map_err(failed)?;
    let left = tempfile::tempdir().map_err(failed)?;
    let log = given.path().join("standard-error");
    let proxy = proxy::start().map_err(failed)?;
    let environment = environment(left.path(), proxy)?;
    let file = File::create(&log).map_err(failed)?;
    let runner = Runner::logged(&language.runner, &repository(), left.path(), &environment, file)?;
    let mut field = Field {
        runner,
        opened: false,
        outcome: Outcome::default(),
        texts: Vec::new(),
        cursors: BTreeSet::new(),
        tokens: BTreeSet::new(),
    };
    for cloud in ["public", "insync-gov", "gov", "cloudranger"] {
        let operations = chosen(model, cloud, scope);
        if !operations.is_empty() {
            Stage::new(cloud)?.play(&mut field, &operations, scope)?;
        }
    }
    if scope != Scope::One {
        openings::play(&mut field, given.path(), proxy)?;
    }
    let Field { runner, mut outcome, cursors, tokens, .. } = field;
    drop(runner);
    let mut texts = vec![text(Surface::Log, "the whole run", std::fs::read(&log).map_err(failed)?)];
    files(left.path(), &mut texts).map_err(failed)?;
    outcome.searched.search(&canaries(&tokens, &cursors), &texts)?;
    Ok(outcome)
}

/// The most that every language can be made to say, and all folders where something could be left behind.
fn environment(left: &Path, proxy: std::net::SocketAddr) -> Result<Map<String, Value>, String> {
    let mut environment = Map::new();
    for name in ["TMPDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"] {
        let folder = left.join(name.to_ascii_lowercase());
        std::fs::create_dir(&folder).map_err(|error| error.to_string())?;
        environment.insert(name.to_owned(), folder.to_string_lossy().into());
    }
    let proxy = format!("http://proxy:{}@{proxy}", planted::text(planted::ENVIRONMENT_PROXY));
    let keys = left.join("tls-keys").to_string_lossy().into_owned();
    let others = json!({
        "DRUVA_LOG": "trace", "RUST_LOG": "trace", "RUST_BACKTRACE": "full", "SSLKEYLOGFILE": keys,
        "PYTHONASYNCIODEBUG": "1", "PYTHONDEVMODE": "1", "PYTHONDONTWRITEBYTECODE": "1",
        "NODE_DEBUG": "net,tls,http,fs,stream,timer,worker", "NODE_OPTIONS": "--trace-warnings",
        "GODEBUG": "netdns=go+2", "GOTRACEBACK": "all", "HTTPS_PROXY": proxy,
    });
    environment.extend(others.as_object().cloned().unwrap_or_default());
    Ok(environment)
}

/// The operations to call on a cloud, each on the first that has it.
fn chosen<'a>(model: &'a Model, cloud: &str, scope: Scope) -> Vec<(&'a Product, &'a Operation)> {
    let mut shapes = BTreeSet::new();
    let mut shape = |product: &Product, operation: &Operation| {
        let places: BTreeSet<String> = operation.params.iter().map(|param| format!("{:?}", param.place)).collect();
        let cursor = operation.pages.as_ref().map(|pages| std::mem::discriminant(&pages.cursor));
        let (answer, method) = (std::mem::discriminant(&operation.answer), &operation.method);
        shapes.insert(format!("{:?}{:?}", (cursor, answer, operation.form, product.realm), (method, places)))
    };
    let here = model.operations().filter(|(_, operation)| operation.clouds.first().is_some_and(|first| first == cloud));
    match scope {
        Scope::One => here.filter(|(_, operation)| operation.id == "insync.devices.list").collect(),
        Scope::All => here.collect(),
        Scope::Shapes => here
            .filter(|(product, operation)| {
                // Not `||`: what is called anyhow still stands for its shape.
                shape(product, operation) | !secret_arguments(operation).is_empty()
            })
            .collect(),
    }
}

/// The arguments that are secret by their names.
fn secret_arguments(operation: &Operation) -> Vec<&str> {
    let cursor = cursor(operation);
    let secret = |name: &str| {
        Some(name) != cursor && ["password", "secret"].iter().any(|word| name.to_ascii_lowercase().contains(word))
    };
    let texts = operation.params.iter().filter(|param| matches!(param.ty, druva_api::Type::String { .. }));
    texts.map(|param| param.name.as_str()).filter(|name| secret(name)).collect()
}

/// The argument that takes the cursor of a list.
fn cursor(operation: &Operation) -> Option<&str> {
    match &operation.pages.as_ref()?.cursor {
        Cursor::Token { param, .. } | Cursor::Tracker { param, .. } => Some(param),
        _ => None,
    }
}

/// An emulator with canaries for credentials.
struct Stage<'a> {
    cloud: &'a str,
    server: Server,
}

impl<'a> Stage<'a> {
    fn new(cloud: &'a str) -> Result<Stage<'a>, String> {
        let options = json!({
            "seed": 7, "devices": 6, "users": 3, "page_size": 2, "cloud": cloud,
            "client_id": planted::text(planted::CLIENT_ID), "client_secret": planted::text(planted::CLIENT_SECRET),
            "api_key": planted::text(planted::API_KEY),
        });
        Ok(Stage { cloud, server: Server::start(options.as_object().cloned().unwrap_or_default())? })
    }

    /// Options of a client; `refused` gives a credential that is none.
    fn options(&self, refused: bool) -> Value {
        let base = json!({"base_url": self.server.url(), "cloud": self.cloud, "backoff": 0.001, "max_attempts": 2});
        let credential = match (self.cloud, refused) {
            ("cloudranger", false) => json!({"api_key": planted::text(planted::API_KEY)}),
            ("cloudranger", true) => json!({"api_key": planted::text(planted::REFUSED_KEY)}),
            (_, refused) => {
                let secret = if refused { planted::REFUSED_SECRET } else { planted::CLIENT_SECRET };
                json!({"client_id": planted::text(planted::CLIENT_ID), "client_secret": planted::text(secret)})
            }
        };
        let members = [base, credential].into_iter().flat_map(|part| part.as_object().cloned().unwrap_or_default());
        Value::Object(members.collect())
    }

    fn play(&self, field: &mut Field, operations: &[(&Product, &Operation)], scope: Scope) -> Result<(), String> {
        let mut customers = None;
        for (at, (product, operation)) in operations.iter().enumerate() {
            field.ask("opening", json!({"do": "open", "client": "a", "options": self.options(false)}))?;
            self.call_with_faults(field, operation, "a", at == 0)?;
            self.search(field)?;
            let first_of_realm = operations.iter().position(|(other, _)| other.realm == product.realm) == Some(at);
            if first_of_realm && scope != Scope::One {
                self.tokens_with_faults(field, operation, None)?;
                if product.realm == Realm::Msp {
                    customers = Some(operation);
                }
            }
        }
        if customers.is_some()
            && let Some((_, operation)) = operations.iter().find(|(product, _)| product.realm == Realm::Cloud)
        {
            let example = json!({"do": "example", "operation": "msp.customers.get"});
            let example = self.server.control(&example)?;
            let id = example.as_object().and_then(|members| members.values().next()).cloned().unwrap_or_default();
            let id = id.as_str().map_or_else(|| id.to_string(), str::to_owned);
            self.tokens_with_faults(field, operation, Some(&id))?;
        }
        self.search(field)
    }

    /// Calls an operation under every fault; a list also with the fault at its second page.
    fn call_with_faults(
        &self,
        field: &mut Field,
        operation: &Operation,
        client: &str,
        late: bool,
    ) -> Result<(), String> {
        let mut arguments = self.server.control(&json!({"do": "example", "operation": operation.id, "all": true}))?;
        for name in secret_arguments(operation) {
            arguments[name] = planted::text(planted::PASSWORD).into();
        }
        let skips = if operation.pages.is_some() { 0..2 } else { 0..1 };
        for fault in faults::of_calls(self.cloud) {
            // It takes its time: once is enough.
            if fault.timeout.is_some() && !late {
                continue;
            }
            for skip in skips.clone() {
                self.fault(&operation.id, &fault, skip)?;
                let about = format!("{} under {}", operation.id, fault.name);
                field.ask(&about, request(operation, client, &arguments, &fault))?;
            }
            field.outcome.faults.insert(fault.name);
        }
        if let Some(cursor) = cursor(operation) {
            arguments[cursor] = planted::text(planted::CURSOR).into();
            let fault = faults::of_calls(self.cloud).swap_remove(1);
            self.fault(&operation.id, &fault, 0)?;
            field.ask(&format!("{} from a cursor", operation.id), request(operation, client, &arguments, &fault))?;
        }
        field.outcome.operations.insert(operation.id.clone());
        self.server.control(&json!({"do": "clear_faults"})).map(drop)
    }

    /// Lets every fault happen to the token of a call, and of one for a customer; each with a client that has none.
    fn tokens_with_faults(
        &self,
        field: &mut Field,
        operation: &Operation,
        customer: Option<&str>,
    ) -> Result<(), String> {
        let arguments = self.server.control(&json!({"do": "example", "operation": operation.id}))?;
        let (of, client) = customer.map_or(("token", "a"), |_| ("msp.customers.create_token", "b"));
        for fault in faults::of_tokens(self.cloud) {
            let about = format!("the token of {} under {}", operation.id, fault.name);
            field.ask(&about, json!({"do": "open", "client": "a", "options": self.options(false), "show": true}))?;
            if let Some(id) = customer {
                field.ask(&about, json!({"do": "customer", "client": "b", "of": "a", "id": id, "show": true}))?;
            }
            self.fault(of, &fault, 0)?;
            field.ask(&about, request(operation, client, &arguments, &fault))?;
            field.ask(&about, json!({"do": "show", "client": client}))?;
            field.outcome.faults.insert(format!("token: {}", fault.name));
        }
        self.server.control(&json!({"do": "clear_faults"}))?;
        field.ask("opening", json!({"do": "open", "client": "a", "options": self.options(true), "show": true}))?;
        let nothing = Fault { name: String::new(), command: None, timeout: None };
        field.ask("a refused credential", request(operation, "a", &arguments, &nothing))
    }

    fn fault(&self, operation: &str, fault: &Fault, skip: u64) -> Result<(), String> {
        self.server.control(&json!({"do": "clear_faults"}))?;
        let Some(mut command) = fault.command.clone() else { return Ok(()) };
        for (name, value) in [("do", json!("fault")), ("operation", json!(operation)), ("skip", json!(skip))] {
            command[name] = value;
        }
        self.server.control(&command).map(drop)
    }

    /// Searches what can be read of the calls so far.
    fn search(&self, field: &mut Field) -> Result<(), String> {
        let tokens = self.server.control(&json!({"do": "tokens"}))?;
        let tokens: Vec<&str> = tokens.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        field.tokens.extend(tokens.into_iter().map(str::to_owned));
        field.search()
    }
}

fn request(operation: &Operation, client: &str, arguments: &Value, fault: &Fault) -> Value {
    let what = if operation.pages.is_some() { "pages" } else { "call" };
    json!({
        "do": what, "client": client, "operation": operation.id, "arguments": arguments, "timeout": fault.timeout,
        "limit": 5, "show": true,
    })
}

impl Field {
    /// Asks the runner, and keeps all that can be read of the answer.
    pub(super) fn ask(&mut self, about: &str, request: Value) -> Result<(), String> {
        let answer = self.runner.ask(&request).map_err(|why| format!("{about}: {why}"))?;
        if let Some(what) = answer.get("unsupported") {
            return Err(format!("the runner cannot {what}"));
        }
        self.opened = answer.get("ok").is_some();
        self.outcome.cells += 1;
        let class = answer["error"]["class"].as_str().unwrap_or("ok").to_owned();
        *self.outcome.classes.entry(class).or_default() += 1;
        let mut message = answer;
        let mut take = |part: &str, name: &str| {
            let place = if part.is_empty() { Some(&mut message) } else { message.get_mut(part) };
            let taken = place.and_then(Value::as_object_mut).and_then(|members| members.remove(name));
            taken.map_or_else(String::new, |taken| taken.as_str().map_or_else(|| taken.to_string(), str::to_owned))
        };
        // What a program reads of an answer on purpose.
        take("ok", "json");
        let text_of_answer = take("ok", "text");
        let cursor = take("ok", "cursor") + &take("", "cursor");
        let printed = take("", "shown") + if request["do"] == "show" { &text_of_answer } else { "" };
        let data = [take("error", "body"), take("", "whole")].join("\n");
        if cursor.len() >= 8 {
            self.cursors.insert(cursor);
        }
        let mut words = String::new();
        texts_of(&message, &mut words);
        let message = words.into_bytes();
        self.outcome.hidden += usize::from(message.windows(3).any(|stars| stars == b"***"));
        let parts =
            [(Surface::Message, message), (Surface::Printed, printed.into_bytes()), (Surface::Data, data.into_bytes())];
        self.texts.extend(parts.map(|(surface, bytes)| text(surface, about, bytes)));
        Ok(())
    }

    /// Searches what can be read of the answers so far.
    pub(super) fn search(&mut self) -> Result<(), String> {
        let canaries = canaries(&self.tokens, &self.cursors);
        self.outcome.canaries.extend(canaries.iter().map(|canary| canary.name.clone()));
        self.outcome.searched.search(&canaries, &std::mem::take(&mut self.texts))
    }
}

fn canaries(tokens: &BTreeSet<String>, cursors: &BTreeSet<String>) -> Vec<Canary> {
    let mut canaries = planted::all();
    canaries.extend(tokens.iter().map(|token| Canary::new("token", Kind::Secret, token)));
    canaries.extend(cursors.iter().map(|cursor| Canary::new("cursor in an answer", Kind::Answer, cursor)));
    canaries
}

fn text(surface: Surface, about: impl Into<String>, bytes: Vec<u8>) -> Text {
    Text { surface, about: about.into(), bytes }
}

/// The texts of a value as they are, without what JSON adds to them.
fn texts_of(value: &Value, words: &mut String) {
    match value {
        Value::String(text) => *words += &format!("{text}\n"),
        Value::Array(values) => values.iter().for_each(|value| texts_of(value, words)),
        Value::Object(members) => members.iter().for_each(|(name, value)| {
            *words += &format!("{name} ");
            texts_of(value, words);
        }),
        _ => {}
    }
}

/// Every file below a folder, with its name.
fn files(folder: &Path, texts: &mut Vec<Text>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            files(&path, texts)?;
        } else if path.is_file() {
            let name = path.to_string_lossy().into_owned();
            let bytes = [name.as_bytes(), b"\n", &std::fs::read(&path)?].concat();
            texts.push(text(Surface::File, name, bytes));
        }
    }
    Ok(())
}

/// A finding in a line.
pub fn line(finding: &Finding) -> String {
    let Finding { surface, about, canary, form, around } = finding;
    format!("{}: {canary} as {form:?}, at {about}: {around}", surface.name())
}
