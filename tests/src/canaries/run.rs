//! Carries the canaries through a language: every fault with every operation, and everything that can be read of it.

use super::planted::{self, Canary, Kind};
use super::search::{Finding, Form, Searched, Surface, Text};
use super::stage::{Stage, chosen, panicking};
use super::{openings, proxy};
use crate::languages::{Language, repository};
use crate::runner::Runner;
use druva_api::Model;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::Path;

/// Where libraries for TLS leave the keys of connections, if they do so when they are told.
const TLS_KEYS: &str = "tls-keys";

/// How much of the model is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// One operation, and nothing of tokens and openings: for the control.
    Control,
    /// One operation.
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
    /// Secrets that came about on the way, with their names.
    pub(super) secrets: BTreeMap<String, String>,
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
    let mut environment = environment(left.path(), proxy)?;
    let file = File::create(&log).map_err(failed)?;
    let runner =
        Runner::logged(&language.runner, &repository(), left.path(), &environment, file.try_clone().map_err(failed)?)?;
    let mut field = Field {
        runner,
        opened: false,
        outcome: Outcome::default(),
        texts: Vec::new(),
        cursors: BTreeSet::new(),
        secrets: BTreeMap::new(),
    };
    for cloud in ["public", "insync-gov", "gov", "cloudranger"] {
        let operations = chosen(model, cloud, scope);
        if !operations.is_empty() {
            Stage::new(cloud)?.play(&mut field, &operations, scope)?;
        }
    }
    if scope != Scope::Control {
        openings::play(&mut field, given.path(), proxy)?;
        let operation = panicking(model).ok_or("no operation takes a secret")?;
        environment.insert("DRUVA_PLANTED_PANIC".to_owned(), operation.id.as_str().into());
        field.runner = Runner::logged(&language.runner, &repository(), left.path(), &environment, file)?;
        Stage::new("public")?.panics(&mut field, operation)?;
    }
    let Field { runner, mut outcome, cursors, secrets, .. } = field;
    drop(runner);
    let mut texts = vec![text(Surface::Log, "the whole run", std::fs::read(&log).map_err(failed)?)];
    files(left.path(), &mut texts).map_err(failed)?;
    outcome.searched.search(&canaries(&secrets, &cursors), &texts)?;
    if left.path().join(TLS_KEYS).exists() {
        let finding = Finding {
            surface: Surface::File,
            about: "SSLKEYLOGFILE".to_owned(),
            canary: "keys of connections".to_owned(),
            form: Form::Raw,
            around: String::new(),
        };
        outcome.searched.findings.insert(finding);
    }
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
    let keys = left.join(TLS_KEYS).to_string_lossy().into_owned();
    let others = json!({
        "DRUVA_LOG": "trace", "RUST_LOG": "trace", "RUST_BACKTRACE": "full", "SSLKEYLOGFILE": keys,
        "PYTHONASYNCIODEBUG": "1", "PYTHONDEVMODE": "1", "PYTHONDONTWRITEBYTECODE": "1",
        "NODE_DEBUG": "net,tls,http,fs,stream,timer,worker", "NODE_OPTIONS": "--trace-warnings",
        "GODEBUG": "netdns=go+2", "GOTRACEBACK": "all", "HTTPS_PROXY": proxy, "NO_PROXY": "localhost",
    });
    environment.extend(others.as_object().cloned().unwrap_or_default());
    Ok(environment)
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

    /// Whether an answer since the last search says that.
    pub(super) fn said(&self, words: &str) -> bool {
        self.texts.iter().any(|text| String::from_utf8_lossy(&text.bytes).contains(words))
    }

    /// Searches what can be read of the answers so far.
    pub(super) fn search(&mut self) -> Result<(), String> {
        let canaries = canaries(&self.secrets, &self.cursors);
        self.outcome.canaries.extend(canaries.iter().map(|canary| canary.name.clone()));
        self.outcome.searched.search(&canaries, &std::mem::take(&mut self.texts))
    }
}

fn canaries(secrets: &BTreeMap<String, String>, cursors: &BTreeSet<String>) -> Vec<Canary> {
    let mut canaries = planted::all();
    canaries.extend(secrets.iter().map(|(text, name)| Canary::new(name, Kind::Secret, text)));
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
