//! One step of a scenario.

use crate::devices::DeviceTable;
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// One step: exactly one of the members up to `stop_emulator`, then how, then what must be seen.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Step {
    /// Opens a client with these options over the defaults; `null` takes a default away.
    pub open: Option<Map<String, Value>>,
    /// Opens the client of a customer with this id, made with the client `of`.
    pub customer: Option<String>,
    /// Calls an operation through the generic call.
    pub call: Option<String>,
    /// Calls an operation with a client of each customer, made with the client that is meant; `concurrent` callers each, all
    /// at once.
    pub customers: Option<String>,
    /// Fetches every page of an operation through the generic pages.
    pub pages: Option<String>,
    /// Waits for the work that an operation reports on.
    pub wait: Option<String>,
    /// Lists devices through the typed surface, with these arguments.
    pub devices: Option<Map<String, Value>>,
    /// Lists a table of odd devices through the typed surface.
    pub device_table: Option<DeviceTable>,
    /// Moves the clock of a client alone, in seconds.
    pub client_clock: Option<f64>,
    /// Asks the doctor about the client of this name.
    pub doctor: Option<String>,
    /// Asks how the client of this name looks in a log or a debugger.
    pub show: Option<String>,
    /// Closes the client of this name.
    pub close: Option<String>,
    /// Sends one command to the emulator.
    pub control: Option<Map<String, Value>>,
    /// Scripts the emulator's next answers: `control` with `do: fault`.
    pub fault: Option<Map<String, Value>>,
    /// Moves the clocks of the emulator and of the client, in seconds.
    pub time_passes: Option<f64>,
    /// Writes files into `$folder`, over those of the same names.
    pub write: Option<Map<String, Value>>,
    /// Lets so many seconds really pass: for what happens between two machines and no clock can move.
    pub pause: Option<f64>,
    /// Checks what the server has received so far, and forgets it: see [`crate::log`].
    pub log: Option<Value>,
    /// Stops the emulator: from now on its port refuses connections.
    pub stop_emulator: Option<bool>,

    /// The client that is meant; `a` unless said otherwise.
    pub client: Option<String>,
    /// The provider's client; `a` unless said otherwise.
    pub of: Option<String>,
    /// The argument that says whose call it is: in each of `customers`, the customer's id.
    pub argument: Option<String>,
    /// The arguments of `call`, `pages` and `wait`.
    pub arguments: Map<String, Value>,
    /// The pause between two looks of `wait`, in seconds.
    pub interval: Option<f64>,
    /// The total deadline of this one call or wait, or of each page, in seconds.
    pub timeout: Option<f64>,
    /// Cancels it after so many seconds.
    pub cancel_after: Option<f64>,
    /// Starts so many of the call at once.
    pub concurrent: Option<u64>,
    /// Stops `pages` after so many items.
    pub limit: Option<u64>,

    /// What the answer must hold.
    pub expect: Option<Value>,
    /// What the error must hold; texts of `message` and `hint` need only occur. Without it, an error is a failure.
    pub error: Option<Map<String, Value>>,
    /// Keeps members of the answer as variables: name -> member.
    pub save: Map<String, Value>,
    /// The answer must come within so many seconds.
    pub within: Option<f64>,
    /// The answer must not come before so many seconds.
    pub not_before: Option<f64>,
}

/// What a step does.
#[derive(Debug)]
pub enum Action<'a> {
    /// Opens a client: the request still lacks the default options.
    Open(&'a Map<String, Value>),
    /// Sends this to the runner.
    Ask(Value),
    /// Scripts an answer, sends a request to the runner and checks it.
    DeviceTable(&'a DeviceTable),
    /// Sends this to the emulator.
    Control(Value),
    /// Moves all clocks.
    TimePasses(f64),
    /// Waits.
    Pause(f64),
    /// Checks the log.
    Log(&'a Value),
    /// Stops the emulator.
    StopEmulator,
    /// Writes files.
    Write(&'a Map<String, Value>),
}

impl Step {
    /// Reads a step.
    ///
    /// # Errors
    /// A member that no step has, or not exactly one thing to do.
    pub fn parse(value: &Value) -> Result<Step, String> {
        let step: Step = serde_json::from_value(value.clone()).map_err(|error| error.to_string())?;
        step.action()?;
        Ok(step)
    }

    /// The client that is meant.
    pub fn client(&self) -> &str {
        self.show
            .as_deref()
            .or(self.doctor.as_deref())
            .or(self.close.as_deref())
            .or(self.client.as_deref())
            .unwrap_or("a")
    }

    /// What the step does.
    ///
    /// # Errors
    /// None or several things to do.
    pub fn action(&self) -> Result<Action<'_>, String> {
        let client = self.client();
        let mut actions = Vec::new();
        if let Some(options) = &self.open {
            actions.push(Action::Open(options));
        }
        if let Some(id) = &self.customer {
            let provider = self.of.as_deref().unwrap_or("a");
            actions.push(Action::Ask(json!({"do": "customer", "client": client, "of": provider, "id": id})));
        }
        if let Some(operation) = &self.call {
            actions.push(Action::Ask(json!({
                "do": "call", "client": client, "operation": operation, "arguments": self.arguments,
                "timeout": self.timeout, "cancel_after": self.cancel_after, "concurrent": self.concurrent.unwrap_or(1),
            })));
        }
        if let Some(operation) = &self.customers {
            actions.push(Action::Ask(json!({
                "do": "customers", "client": client, "operation": operation, "argument": self.argument,
                "concurrent": self.concurrent.unwrap_or(1),
            })));
        }
        if let Some(operation) = &self.pages {
            actions.push(Action::Ask(json!({
                "do": "pages", "client": client, "operation": operation, "arguments": self.arguments,
                "timeout": self.timeout, "cancel_after": self.cancel_after, "limit": self.limit,
            })));
        }
        if let Some(operation) = &self.wait {
            actions.push(Action::Ask(json!({
                "do": "wait", "client": client, "operation": operation, "arguments": self.arguments,
                "interval": self.interval, "timeout": self.timeout, "cancel_after": self.cancel_after,
            })));
        }
        if let Some(arguments) = &self.devices {
            actions.push(Action::Ask(json!({"do": "devices", "client": client, "arguments": arguments})));
        }
        if let Some(table) = &self.device_table {
            actions.push(Action::DeviceTable(table));
        }
        if let Some(seconds) = self.client_clock {
            actions.push(Action::Ask(json!({"do": "advance", "client": client, "seconds": seconds})));
        }
        if self.doctor.is_some() {
            actions.push(Action::Ask(json!({"do": "doctor", "client": client})));
        }
        if self.show.is_some() {
            actions.push(Action::Ask(json!({"do": "show", "client": client})));
        }
        if self.close.is_some() {
            actions.push(Action::Ask(json!({"do": "close", "client": client})));
        }
        if let Some(command) = &self.control {
            actions.push(Action::Control(Value::Object(command.clone())));
        }
        if let Some(fault) = &self.fault {
            let mut command = fault.clone();
            command.insert("do".to_owned(), "fault".into());
            actions.push(Action::Control(Value::Object(command)));
        }
        if let Some(seconds) = self.time_passes {
            actions.push(Action::TimePasses(seconds));
        }
        if let Some(files) = &self.write {
            actions.push(Action::Write(files));
        }
        if let Some(seconds) = self.pause {
            actions.push(Action::Pause(seconds));
        }
        if let Some(expected) = &self.log {
            actions.push(Action::Log(expected));
        }
        if self.stop_emulator.is_some() {
            actions.push(Action::StopEmulator);
        }
        match actions.len() {
            1 => actions.pop().ok_or_else(String::new),
            count => Err(format!("a step does exactly one thing; this one does {count}")),
        }
    }

    /// The members that an error must hold.
    pub fn expected_error(&self) -> Option<Value> {
        let mut members = self.error.clone()?;
        for text in ["message", "hint", "body"] {
            if let Some(part @ Value::String(_)) = members.get(text) {
                members.insert(text.to_owned(), json!({"$contains": part}));
            }
        }
        Some(Value::Object(members))
    }
}
