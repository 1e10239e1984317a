//! A process that has the lock and comes to grief: killed, stopped, or forked.

use super::crowd::{CALL, options, well};
use crate::languages::{Language, repository};
use crate::play::emulator_defaults;
use crate::runner::Runner;
use crate::server::Server;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Map, Value, json};
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
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
    folder: PathBuf,
    home: &'a Path,
}

impl<'h> Stage<'h> {
    fn new(home: &'h Path, name: &str) -> Result<Stage<'h>, String> {
        Ok(Stage { server: Server::start(emulator_defaults())?, folder: home.join(name), home })
    }

    fn options(&self) -> Value {
        options(&self.server, self.server.client_secret(), &format!("file:{}", self.folder.display()))
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

    /// Waits until a process has the lock and its request has arrived.
    fn held(&self) -> Result<(), String> {
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(20) {
            for entry in std::fs::read_dir(&self.folder).map_err(|error| error.to_string())?.flatten() {
                let lock = entry.path().extension().is_some_and(|extension| extension == "lock");
                if lock
                    && self.minted()? > 0
                    && File::open(entry.path())
                        .is_ok_and(|file| matches!(file.try_lock(), Err(TryLockError::WouldBlock)))
                {
                    return Ok(());
                }
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Err("nobody took the lock".to_owned())
    }

    fn minted(&self) -> Result<u64, String> {
        Ok(self.server.log()?["tokens_minted"].as_u64().unwrap_or_default())
    }
}

fn call() -> Value {
    json!({"do": "call", "operation": CALL, "arguments": {}})
}

/// A holder of each language is killed, or stopped, while it fetches; the next process must get its token.
///
/// # Errors
/// It did not.
pub fn killed_and_stopped(language: &Language, home: &Path) -> Result<(), String> {
    for signal in [Signal::KILL, Signal::STOP] {
        let stage = Stage::new(home, &format!("{}-{}", language.name, signal.as_raw()))?;
        stage.server.control(&json!({"do": "fault", "operation": "token", "delay": MINTING}))?;
        let mut holder = stage.runner(language, json!({}))?;
        holder.send(&call())?;
        stage.held()?;
        let pid = i32::try_from(holder.id()).ok().and_then(Pid::from_raw).ok_or("no process id")?;
        kill_process(pid, signal).map_err(|error| error.to_string())?;
        if signal == Signal::STOP {
            let answer = stage.runner(language, json!({"timeout": 0.5}))?.ask(&call())?;
            if answer["error"]["class"] != "TimeoutError" {
                return Err(format!("behind a stopped holder, past the deadline: {answer}"));
            }
        }
        // Behind a killed holder nobody waits at all; the runner's patience is shorter than this.
        let patience = if signal == Signal::STOP { 0.5 } else { MINTING };
        well(&stage.runner(language, json!({"attempt_timeout": patience}))?.ask(&call())?)?;
        match stage.minted()? {
            // The holder's own, which it never saw, and the next one's.
            2 => {}
            minted => return Err(format!("{minted} tokens after {signal:?}")),
        }
    }
    Ok(())
}

/// The lock of a holder that forked ends with its fetch, though the child lives on.
///
/// # Errors
/// It did not.
pub fn forked(python: &Language, home: &Path) -> Result<(), String> {
    use std::io::{BufRead, BufReader, Write};
    use std::process::{Command, Stdio};
    let failed = |error: std::io::Error| error.to_string();
    let stage = Stage::new(home, "forked")?;
    std::fs::create_dir_all(&stage.folder).map_err(failed)?;
    std::fs::set_permissions(&stage.folder, std::os::unix::fs::PermissionsExt::from_mode(0o700)).map_err(failed)?;
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
    // Its token is refused and has to be replaced under the lock; the runner's patience is shorter than the holder's.
    let outcome = stage.runner(python, json!({})).and_then(|mut runner| well(&runner.ask(&call())?));
    kill_process(child, Signal::KILL).map_err(|error| error.to_string())?;
    outcome?;
    match stage.minted()? {
        2 => Ok(()),
        minted => Err(format!("{minted} tokens instead of 2")),
    }
}
