//! A language's runner program: one JSON line in, one JSON line out.

use serde_json::{Map, Value};
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Duration;

/// The longest that any answer may take; a runner that needs longer hangs.
const PATIENCE: Duration = Duration::from_secs(120);
/// What every caller at once adds to that: ten thousand threads on two processors take minutes.
const EACH: Duration = Duration::from_millis(30);

/// A running runner. Dropping it ends the process.
#[derive(Debug)]
pub struct Runner {
    child: Child,
    input: ChildStdin,
    answers: Receiver<String>,
}

impl Runner {
    /// Starts a runner with `environment` added to one that holds nothing of Druva, no proxy and an empty home.
    ///
    /// # Errors
    /// The program cannot be started.
    pub fn start(
        command: &[String],
        folder: &Path,
        home: &Path,
        environment: &Map<String, Value>,
    ) -> Result<Runner, String> {
        Runner::spawn(command, folder, home, environment, Stdio::inherit())
    }

    /// The same, with what it writes to standard error in a file.
    ///
    /// # Errors
    /// As [`Runner::start`].
    pub fn logged(
        command: &[String],
        folder: &Path,
        home: &Path,
        environment: &Map<String, Value>,
        log: File,
    ) -> Result<Runner, String> {
        Runner::spawn(command, folder, home, environment, log.into())
    }

    fn spawn(
        command: &[String],
        folder: &Path,
        home: &Path,
        environment: &Map<String, Value>,
        errors: Stdio,
    ) -> Result<Runner, String> {
        let (program, arguments) = command.split_first().ok_or("the runner's command is empty")?;
        let mut process = Command::new(program);
        process.args(arguments).current_dir(folder).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(errors);
        for (name, _) in std::env::vars_os() {
            let upper = name.to_string_lossy().to_ascii_uppercase();
            if upper.starts_with("DRUVA_") || upper.ends_with("_PROXY") || upper == "XDG_CONFIG_HOME" {
                process.env_remove(&name);
            }
        }
        process.env("HOME", home);
        for (name, value) in environment {
            process.env(name, value.as_str().map_or_else(|| value.to_string(), str::to_owned));
        }
        let mut child = process.spawn().map_err(|error| format!("cannot start {program}: {error}"))?;
        let input = child.stdin.take().ok_or("the runner has no input")?;
        let output = child.stdout.take().ok_or("the runner has no output")?;
        let (send, answers) = mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if send.send(line).is_err() {
                    break;
                }
            }
        });
        Ok(Runner { child, input, answers })
    }

    /// Sends a request and waits for its answer. After an error the runner is of no further use.
    ///
    /// # Errors
    /// The runner ended, hangs, or answered something that is no JSON object.
    pub fn ask(&mut self, request: &Value) -> Result<Value, String> {
        let callers = request["concurrent"].as_u64().and_then(|callers| u32::try_from(callers).ok()).unwrap_or(1);
        self.ask_within(request, PATIENCE + EACH * callers)
    }

    /// The same, with another patience.
    ///
    /// # Errors
    /// As [`Runner::ask`].
    pub fn ask_within(&mut self, request: &Value, patience: Duration) -> Result<Value, String> {
        self.send(request)?;
        let line = self.answers.recv_timeout(patience).map_err(|error| match error {
            RecvTimeoutError::Timeout => format!("the runner gave no answer within {patience:?}"),
            RecvTimeoutError::Disconnected => "the runner ended instead of answering".to_owned(),
        })?;
        match serde_json::from_str(&line) {
            Ok(answer @ Value::Object(_)) => Ok(answer),
            _ => Err(format!("the runner answered no JSON object: {line}")),
        }
    }

    /// Sends a request and does not wait.
    ///
    /// # Errors
    /// The runner ended.
    pub fn send(&mut self, request: &Value) -> Result<(), String> {
        let line = format!("{request}\n");
        self.input
            .write_all(line.as_bytes())
            .and_then(|()| self.input.flush())
            .map_err(|error| format!("the runner is gone: {error}"))
    }

    /// The process's id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        // Killing is harmless when it has already ended, and must never fail a scenario.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
