//! A Redis of the test's own, where redis-server is installed.

use crate::counterparts::left_out;
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A running Redis, empty, that wants a password. Dropping it ends the process.
#[derive(Debug)]
pub struct Redis {
    child: Child,
    port: u16,
}

impl Redis {
    /// Starts one with further arguments on a free port of loopback. `None`, and a line that says so, where Redis is missing.
    ///
    /// # Errors
    /// It does not start.
    pub fn start(further: &[&str]) -> Result<Option<Redis>, String> {
        let port = free_port()?;
        let mut command = Command::new("redis-server");
        command.args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--requirepass", "pa/ss", "--save", ""]);
        let child = match command.args(further).stdout(Stdio::null()).spawn() {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                left_out("tokens in Redis", "redis-server")?;
                return Ok(None);
            }
            child => child.map_err(|error| format!("redis-server: {error}"))?,
        };
        let mut redis = Redis { child, port };
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            let ended = redis.child.try_wait().map_err(|error| format!("redis-server: {error}"))?;
            if ended.is_some() || begun.elapsed() > Duration::from_secs(10) {
                return Err("redis-server does not start".to_owned());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(Some(redis))
    }

    /// Its port without TLS.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What a client names it as `token_store`.
    pub fn url(&self) -> String {
        Redis::address("redis", "127.0.0.1", self.port)
    }

    /// The same by another way.
    pub fn address(scheme: &str, host: &str, port: u16) -> String {
        format!("{scheme}://:pa%2Fss@{host}:{port}/1")
    }

    /// What Redis answers to a command, as its own client prints it.
    ///
    /// # Errors
    /// `redis-cli` cannot be started.
    pub fn ask(&self, words: &[&str]) -> Result<String, String> {
        let port = self.port.to_string();
        let mut command = Command::new("redis-cli");
        let output = command.args(["-p", &port, "-a", "pa/ss", "--no-auth-warning", "-n", "1"]).args(words).output();
        let output = output.map_err(|error| format!("redis-cli: {error}"))?;
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        // It may have ended by itself, and has nothing that is worth keeping.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port of loopback that nobody has.
///
/// # Errors
/// There is none.
pub fn free_port() -> Result<u16, String> {
    let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    free.map(|address| address.port()).map_err(|error| error.to_string())
}
