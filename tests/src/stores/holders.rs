//! A process that has the lock and comes to grief: killed, stopped, or forked.

use super::crowd::{CALL, options, well};
use crate::languages::{Language, repository};
use crate::play::emulator_defaults;
use crate::runner::Runner;
use crate::server::Server;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Map, Value, json};
use std::fs::{File, TryLockError};
use std::path::Path;
use std::time::{Duration, Instant};

/// How long the holder's token takes: longer than the test.
const MINTING: f64 = 60.0;

/// A holder forks while it fetches; its child lives on, with the lock's file open.
const FORK: &str = "
import json, os, sys, threading, time, druva
options = json.loads(sys.argv[1])
client = druva.Client(**options)
fetch = threading.Thread(target=client.call, args=('insync.devices.list',))
fetch.start()
sys.stdin.readline()
child = os.fork()
if child == 0:
    time.sleep(60)
    os._exit(0)
fetch.join()
print(child, flush=True)
";

struct Stage<'a> {
    server: Server,
    store: String,
    home: &'a Path,
}

impl<'h> Stage<'h> {
    fn new(home: &'h Path, store: String) -> Result<Stage<'h>, String> {
        Ok(Stage { server: Server::start(emulator_defaults())?, store, home })
    }

    fn options(&self) -> Value {
        options(&self.server, self.server.client_secret(), &self.store)
    }

    fn runner(&self, language: &Language, further: Value) -> Result<Runner, String> {
        let mut options = self.options();
        for (name, value) in further.as_object().into_iter().flatten() {
            options[name] = value.clone();
        }
        let mut runner = Runner::start(&language.runner, &repository(), self.home, &Map::new())?;
        well(&runner.ask(&json!({"do": "open", "options": options}))?)?;
        Ok(runner)
    }

    /// A process that fetches a token and gets a signal before it comes.
    fn grieved(&self, language: &Language, signal: Signal) -> Result<Runner, String> {
        self.server.control(&json!({"do": "fault", "operation": "token", "delay": MINTING}))?;
        let mut holder = self.runner(language, json!({}))?;
        holder.send(&call())?;
        self.held()?;
        let pid = i32::try_from(holder.id()).ok().and_then(Pid::from_raw).ok_or("no process id")?;
        kill_process(pid, signal).map_err(|error| error.to_string())?;
        Ok(holder)
    }

    /// Waits until a request for a token has arrived, which is made under the lock.
    fn held(&self) -> Result<(), String> {
        let begun = Instant::now();
        while self.minted()? == 0 {
            if begun.elapsed() > Duration::from_secs(20) {
                return Err("nobody asked for a token".to_owned());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        self.store.strip_prefix("file:").map_or(Ok(()), locked)
    }

    fn minted(&self) -> Result<u64, String> {
        Ok(self.server.log()?["tokens_minted"].as_u64().unwrap_or_default())
    }

    /// The holder's own, which it never saw or which was refused, and the next one's.
    fn two_minted(&self) -> Result<(), String> {
        match self.minted()? {
            2 => Ok(()),
            minted => Err(format!("{minted} tokens instead of 2")),
        }
    }
}

/// Behind a lock that is not freed a process ends with its own deadline, half a second.
fn hurried(mut runner: Runner) -> Result<(), String> {
    let answer = runner.ask(&call())?;
    match &answer["error"]["class"] {
        class if class == "TimeoutError" => Ok(()),
        _ => Err(format!("behind a lock, past the deadline: {answer}")),
    }
}

/// Whether somebody has a lock in this folder.
fn locked(folder: &str) -> Result<(), String> {
    let mut entries = std::fs::read_dir(folder).map_err(|error| error.to_string())?.flatten();
    let locked = entries.any(|entry| {
        entry.path().extension().is_some_and(|extension| extension == "lock")
            && File::open(entry.path()).is_ok_and(|file| matches!(file.try_lock(), Err(TryLockError::WouldBlock)))
    });
    if locked { Ok(()) } else { Err("a token is fetched without the lock".to_owned()) }
}

fn call() -> Value {
    json!({"do": "call", "operation": CALL, "arguments": {}})
}

/// A holder is killed, or stopped, while it fetches; the next process must get its token.
///
/// # Errors
/// It did not.
pub fn killed_and_stopped(language: &Language, home: &Path) -> Result<(), String> {
    for signal in [Signal::KILL, Signal::STOP] {
        let folder = home.join(format!("{}-{}", language.name, signal.as_raw()));
        let stage = Stage::new(home, format!("file:{}", folder.display()))?;
        let _holder = stage.grieved(language, signal)?;
        if signal == Signal::STOP {
            hurried(stage.runner(language, json!({"timeout": 0.5}))?)?;
        }
        // Behind a killed holder nobody waits at all: whoever did would do so beyond the deadline.
        let patience = if signal == Signal::STOP { 0.5 } else { MINTING };
        let next = json!({"attempt_timeout": patience, "timeout": MINTING / 2.0});
        well(&stage.runner(language, next)?.ask(&call())?)?;
        stage.two_minted().map_err(|why| format!("after {signal:?}: {why}"))?;
    }
    Ok(())
}

/// Redis does not see that a holder was killed: in each language the next process gets its token when the lease ends,
/// long before its own patience does.
///
/// # Errors
/// It did not.
pub fn killed_over_redis(languages: &[Language], home: &Path, store: &str) -> Result<(), String> {
    let killed = |language: &Language| {
        let stage = Stage::new(home, store.to_owned())?;
        // Started before the lease is.
        let hurrying = stage.runner(language, json!({"timeout": 0.5}))?;
        let mut next = stage.runner(language, json!({"attempt_timeout": MINTING, "timeout": MINTING / 2.0}))?;
        let _holder = stage.grieved(language, Signal::KILL)?;
        hurried(hurrying)?;
        well(&next.ask(&call())?)?;
        stage.two_minted()
    };
    std::thread::scope(|scope| {
        let tried: Vec<_> = languages
            .iter()
            .map(|language| scope.spawn(|| killed(language).map_err(|why| format!("{}: {why}", language.name))))
            .collect();
        tried.into_iter().try_for_each(|tried| tried.join().unwrap_or_else(|_| Err("a thread panicked".to_owned())))
    })
}

/// The lock of a holder that forked ends with its fetch, though the child lives on.
///
/// # Errors
/// It did not.
pub fn forked(python: &Language, home: &Path) -> Result<(), String> {
    use std::io::{BufRead, BufReader, Write};
    use std::process::{Command, Stdio};
    let failed = |error: std::io::Error| error.to_string();
    let stage = Stage::new(home, format!("file:{}", home.join("forked").display()))?;
    stage.server.control(&json!({"do": "fault", "operation": "token", "delay": 2}))?;
    let program = python.runner.first().ok_or("no python")?;
    let mut parent = Command::new(program)
        .args(["-c", FORK, &stage.options().to_string()])
        .current_dir(repository())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    stage.held()?;
    let mut input = parent.stdin.take().ok_or("no input")?;
    input.write_all(b"fork\n").map_err(failed)?;
    let mut line = String::new();
    BufReader::new(parent.stdout.take().ok_or("no output")?).read_line(&mut line).map_err(failed)?;
    let child = line.trim().parse().ok().and_then(Pid::from_raw).ok_or(format!("no child: {line}"))?;
    parent.wait().map_err(failed)?;
    stage.server.control(&json!({"do": "revoke"}))?;
    // Its token is refused and has to be replaced under the lock, long before the child ends.
    let next = json!({"attempt_timeout": MINTING, "timeout": MINTING / 2.0});
    let outcome = stage.runner(python, next).and_then(|mut runner| well(&runner.ask(&call())?));
    kill_process(child, Signal::KILL).map_err(|error| error.to_string())?;
    outcome?;
    stage.two_minted()
}
