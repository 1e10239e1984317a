//! The emulator as a scenario sees it: commands in JSON, and a log that outlives it.

use druva_emulator::{Emulator, Options};
use serde_json::{Map, Value, json};

/// An emulator that may have been stopped.
#[derive(Debug)]
pub struct Server {
    emulator: Option<Emulator>,
    last_log: Value,
    url: String,
    client_id: String,
    client_secret: String,
    api_key: String,
}

impl Server {
    /// Starts an emulator on a free port of loopback.
    ///
    /// # Errors
    /// Options that it does not know, or no port.
    pub fn start(options: Map<String, Value>) -> Result<Server, String> {
        let options: Options =
            serde_json::from_value(Value::Object(options)).map_err(|error| format!("emulator options: {error}"))?;
        let emulator = Emulator::start(options).map_err(|error| format!("the emulator does not start: {error}"))?;
        Ok(Server {
            last_log: Value::Null,
            url: emulator.url(),
            client_id: emulator.client_id(),
            client_secret: emulator.client_secret(),
            api_key: emulator.api_key(),
            emulator: Some(emulator),
        })
    }

    /// Its address: `http://127.0.0.1:<port>`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The id of the credential that it accepts.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// The secret of that credential.
    pub fn client_secret(&self) -> &str {
        &self.client_secret
    }

    /// The key that it accepts as CloudRanger.
    pub fn api_key(&self) -> &str {
        &self.api_key
    }

    /// Sends a command.
    ///
    /// # Errors
    /// A command that the emulator does not know, or one after it was stopped.
    pub fn control(&self, command: &Value) -> Result<Value, String> {
        let emulator = self.emulator.as_ref().ok_or("the emulator was stopped")?;
        let answer = emulator.control(&command.to_string())?;
        serde_json::from_str(&answer).map_err(|error| format!("the emulator answered no JSON: {error}"))
    }

    /// What it has received; after it was stopped, what it had received until then.
    ///
    /// # Errors
    /// As [`Server::control`].
    pub fn log(&self) -> Result<Value, String> {
        if self.emulator.is_some() { self.control(&json!({"do": "log"})) } else { Ok(self.last_log.clone()) }
    }

    /// Stops it.
    ///
    /// # Errors
    /// As [`Server::control`].
    pub fn stop(&mut self) -> Result<(), String> {
        self.last_log = self.log()?;
        self.emulator = None;
        Ok(())
    }
}
