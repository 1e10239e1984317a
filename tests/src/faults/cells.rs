//! One fault at one place: what the caller sees, what the server saw, and what must hold whatever the table says.

use super::list::Fault;
use crate::runner::Runner;
use crate::server::Server;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// The longest that an answer may take. The longest wait of a call that is not stuck is three attempts.
const DEADLINE: Duration = Duration::from_secs(8);

/// Where in a conversation a fault happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The token of a read.
    Token,
    /// The first page of three.
    First,
    /// The second.
    Middle,
    /// The third.
    Last,
    /// A read of one object.
    Read,
    /// A write.
    Write,
}

impl Place {
    /// All of them, in the order of the table's columns.
    pub const ALL: [Place; 6] = [Place::Token, Place::First, Place::Middle, Place::Last, Place::Read, Place::Write];

    /// What is called, and the arguments of it.
    fn request(self, device: &Value) -> Value {
        match self {
            Place::First | Place::Middle | Place::Last => json!({"do": "devices", "client": "a", "arguments": {}}),
            Place::Token | Place::Read => call("insync.devices.get", device),
            Place::Write => call("insync.devices.disable", device),
        }
    }

    /// What the fault is scripted for, and how many of it pass unharmed.
    fn target(self) -> (&'static str, u64) {
        match self {
            Place::Token => ("token", 0),
            Place::First => ("insync.devices.list", 0),
            Place::Middle => ("insync.devices.list", 1),
            Place::Last => ("insync.devices.list", 2),
            Place::Read => ("insync.devices.get", 0),
            Place::Write => ("insync.devices.disable", 0),
        }
    }
}

fn call(operation: &str, device: &Value) -> Value {
    json!({"do": "call", "client": "a", "operation": operation, "arguments": device})
}

/// A language's runner before a server.
#[derive(Debug)]
pub struct Field {
    server: Server,
    runner: Runner,
    device: Value,
    good: Vec<(Place, Value)>,
    sockets: usize,
    stuck: bool,
}

impl Field {
    /// Looks at each place without a fault first.
    ///
    /// # Errors
    /// A server or runner that does not work.
    pub fn new(runner: Runner) -> Result<Field, String> {
        let options = json!({"seed": 3, "devices": 6, "users": 3, "page_size": 2});
        let server = Server::start(options.as_object().cloned().unwrap_or_default())?;
        let device = server.control(&json!({"do": "example", "operation": "insync.devices.disable"}))?;
        let mut field = Field { server, runner, device, good: Vec::new(), sockets: 0, stuck: false };
        for place in Place::ALL {
            field.open()?;
            let answer = field.ask(&place.request(&field.device))?;
            let data = data(&answer).ok_or_else(|| format!("{place:?} without a fault: {answer}"))?;
            field.good.push((place, data));
        }
        field.close()?;
        field.sockets = field.open_sockets();
        Ok(field)
    }

    /// Whether the runner gave no answer in time, so that nothing more can be asked of it.
    pub fn is_stuck(&self) -> bool {
        self.stuck
    }

    fn ask(&mut self, request: &Value) -> Result<Value, String> {
        self.runner.ask_within(request, DEADLINE).inspect_err(|_| self.stuck = true)
    }

    fn open(&mut self) -> Result<(), String> {
        self.server.control(&json!({"do": "reset"}))?;
        let options = json!({
            "client_id": self.server.client_id(), "client_secret": self.server.client_secret(),
            "base_url": self.server.url(), "backoff": 0.001, "max_attempts": 3, "attempt_timeout": 0.5,
        });
        self.ask(&json!({"do": "open", "client": "a", "options": options})).map(drop)
    }

    fn close(&mut self) -> Result<(), String> {
        self.ask(&json!({"do": "close", "client": "a"})).map(drop)
    }

    /// Plays a fault once, and for ever where that makes a difference: the text of a cell.
    ///
    /// # Errors
    /// What must never be: a hang, wrong data, a write done twice, one that was done and is said not to be.
    pub fn cell(&mut self, fault: &Fault, place: Place) -> Result<String, String> {
        let once = self.play(fault, place, json!(1))?;
        let lasting = self.play(fault, place, Value::Null)?;
        Ok(if once == lasting { once } else { format!("{once}; {lasting}") })
    }

    fn play(&mut self, fault: &Fault, place: Place, count: Value) -> Result<String, String> {
        self.open()?;
        let (operation, skip) = place.target();
        let mut command = fault.command.clone();
        for (name, value) in [("do", json!("fault")), ("operation", json!(operation)), ("skip", json!(skip))] {
            command[name] = value;
        }
        command["count"] = count;
        self.server.control(&command)?;
        let answer = self.ask(&place.request(&self.device))?;
        self.server.control(&json!({"do": "clear_faults"}))?;
        let log = self.server.log()?;
        let requests = log["requests"].as_array().map_or(&[][..], Vec::as_slice);
        let sent = requests.iter().filter(|request| request["operation"] == operation).count() as u64 - skip;
        if let Some(data) = data(&answer) {
            let same = self.good.iter().any(|(other, good)| *other == place && *good == data);
            let right = if place == Place::Write { self.is_disabled()? } else { same };
            return match (right, fault.other_data) {
                (true, _) => Ok(format!("ok {}", sent - pages_after(place))),
                (false, true) => Ok(format!("accepted {sent}")),
                (false, false) => Err(format!("wrong data, or a write that was not done: {answer}")),
            };
        }
        let error = &answer["error"];
        let Some(class) = error["class"].as_str() else { return Err(format!("neither answer nor error: {answer}")) };
        let applied = error["may_have_been_applied"].as_str().unwrap_or("?");
        if place == Place::Write {
            if self.is_disabled()? && applied != "unknown" {
                return Err(format!("it was done, and the error says {applied}: {error}"));
            }
        } else if applied != "no" {
            return Err(format!("a read says {applied}: {error}"));
        }
        if place != Place::Token && error["attempts"] != sent {
            return Err(format!("the server saw {sent} attempts: {error}"));
        }
        Ok(format!("{} {sent} {applied}", class.trim_end_matches("Error")))
    }

    /// Whether the write was done, as a later read shows.
    fn is_disabled(&mut self) -> Result<bool, String> {
        let answer = self.ask(&call("insync.devices.get", &self.device))?;
        let status = answer["ok"]["json"]["deviceStatus"].as_str();
        status.map(|status| status == "disabled").ok_or_else(|| format!("the write cannot be looked at: {answer}"))
    }

    /// After the client was closed: no socket may be left in the runner.
    ///
    /// # Errors
    /// Sockets that are left.
    pub fn end(&mut self) -> Result<(), String> {
        self.close()?;
        let begun = Instant::now();
        while self.open_sockets() > self.sockets {
            if begun.elapsed() > Duration::from_secs(5) {
                return Err(format!("{} sockets are left, there were {}", self.open_sockets(), self.sockets));
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }

    /// Sockets of the runner, where /proc tells.
    fn open_sockets(&self) -> usize {
        let files = std::fs::read_dir(format!("/proc/{}/fd", self.runner.id()));
        let links = files.into_iter().flatten().flatten().filter_map(|file| std::fs::read_link(file.path()).ok());
        links.filter(|link| link.to_string_lossy().starts_with("socket:")).count()
    }
}

/// The pages that come after this place.
fn pages_after(place: Place) -> u64 {
    match place {
        Place::First => 2,
        Place::Middle => 1,
        _ => 0,
    }
}

/// What arrived; none where an error did.
fn data(answer: &Value) -> Option<Value> {
    let ok = answer.get("ok")?;
    Some(json!([ok["devices"], ok["status"], ok["json"], ok["text"]]))
}
