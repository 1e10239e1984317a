//! What the doctor says.

use crate::error::Error;
use crate::json::Json;
use std::fmt;

/// What [`crate::Client::doctor`] found. `Display` is for people: a line for each finding, what to do below it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Diagnosis {
    /// `configuration`, `dns`, `proxy`, `connect`, `tls`, `token`, `call` and `clock`, in this order.
    pub findings: Vec<Finding>,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// What: `dns`.
    pub name: &'static str,
    /// How it stands.
    pub state: FindingState,
    /// What was seen.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
}

/// How a finding stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FindingState {
    /// As it should be.
    Ok,
    /// Calls get through, but it is not as it should be.
    Warning,
    /// This stands in the way.
    Failed,
    /// Not looked at: there is nothing to look at, or something before it stands in the way.
    Skipped,
}

impl FindingState {
    /// `ok`, `warning`, `failed` or `skipped`.
    pub fn as_str(self) -> &'static str {
        match self {
            FindingState::Ok => "ok",
            FindingState::Warning => "warning",
            FindingState::Failed => "failed",
            FindingState::Skipped => "skipped",
        }
    }
}

impl Diagnosis {
    pub(super) fn new() -> Diagnosis {
        let names = ["configuration", "dns", "proxy", "connect", "tls", "token", "call", "clock"];
        let message = "not looked at";
        let finding = |name| Finding { name, state: FindingState::Skipped, message: message.to_owned(), hint: None };
        Diagnosis { findings: names.map(finding).into() }
    }

    /// The report on a configuration of which no client could be made: [`crate::Client::doctor`] needs a client.
    pub fn of_configuration(error: &Error) -> Diagnosis {
        let mut found = Diagnosis::new();
        found.failed("configuration", error, "See the README for where options are read.");
        found
    }

    /// Does nothing stand in the way?
    pub fn ok(&self) -> bool {
        self.findings.iter().all(|finding| finding.state != FindingState::Failed)
    }

    /// `{"ok", "findings": [{"name", "state", "message", "hint"}], "text"}`: what the language bindings make theirs of.
    pub fn to_json(&self) -> Json {
        let finding = |finding: &Finding| -> Json {
            let hint = finding.hint.as_ref().map_or_else(Json::null, Json::from);
            let (name, state) = (Json::from(finding.name), Json::from(finding.state.as_str()));
            let message = Json::from(&finding.message);
            [("name", name), ("state", state), ("message", message), ("hint", hint)].into_iter().collect()
        };
        let findings: Json = self.findings.iter().map(finding).collect();
        let (ok, text) = (Json::from(self.ok()), Json::from(self.to_string()));
        [("ok", ok), ("findings", findings), ("text", text)].into_iter().collect()
    }

    pub(super) fn find(&mut self, name: &str, state: FindingState, message: impl Into<String>) {
        self.set(name, state, message.into(), None);
    }

    /// What an error says; `otherwise` where it has no advice of its own.
    pub(super) fn failed(&mut self, name: &str, error: &Error, otherwise: &str) {
        let hint = error.advice().unwrap_or(otherwise).to_owned();
        self.set(name, FindingState::Failed, error.message().to_owned(), Some(hint));
    }

    pub(super) fn set(&mut self, name: &str, state: FindingState, message: String, hint: Option<String>) {
        if let Some(finding) = self.findings.iter_mut().find(|finding| finding.name == name) {
            *finding = Finding { name: finding.name, state, message, hint };
        }
    }
}

impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, Finding { name, state, message, hint }) in self.findings.iter().enumerate() {
            let line = if index == 0 { "" } else { "\n" };
            write!(f, "{line}{:<8} {name:<14} {message}", state.as_str())?;
            if let Some(hint) = hint {
                write!(f, "\n{:24}{hint}", "")?;
            }
        }
        Ok(())
    }
}
