//! A bare HTTP client: the tests see every byte that the emulator sends.
#![allow(dead_code, unreachable_pub, reason = "each test uses a part of it")]

use base64::Engine;
use druva_emulator::{Emulator, Options};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: String,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&self.body)))
    }
}

/// An emulator and a token for it.
pub struct Rig {
    pub emulator: Emulator,
    pub token: String,
    pub cloudranger: bool,
}

impl Rig {
    pub fn new(options: Value) -> Rig {
        let emulator =
            Emulator::start(Options::from_json(&options.to_string()).expect("options")).expect("an emulator");
        let cloudranger = options["cloud"] == "cloudranger";
        let mut rig = Rig { emulator, token: String::new(), cloudranger };
        rig.renew();
        rig
    }

    pub fn small() -> Rig {
        Rig::new(json!({ "devices": 50, "users": 20 }))
    }

    /// Gets a new token: for the credential, or for the key.
    pub fn renew(&mut self) {
        if self.cloudranger {
            let head = format!("x-api-key: {}\r\n", self.emulator.api_key());
            let answer = self.send("GET", "/202004/authorize", &head, b"").expect("an answer");
            self.token = answer.json()["token"].as_str().expect("a token").to_owned();
            return;
        }
        let answer = self.ask_token(
            &self.emulator.client_id(),
            &self.emulator.client_secret(),
            "grant_type=client_credentials&scope=read",
        );
        assert_eq!(answer.status, 200, "{answer:?}");
        self.token = answer.json()["access_token"].as_str().expect("a token").to_owned();
    }

    /// A token of the provider.
    pub fn provider(&self) -> String {
        let (id, secret) = (self.emulator.client_id(), self.emulator.client_secret());
        let answer = self.ask_token_at("/msp/auth/v1/token", &id, &secret, "grant_type=client_credentials");
        answer.json()["access_token"].as_str().expect("a token").to_owned()
    }

    pub fn ask_token(&self, id: &str, secret: &str, form: &str) -> Answer {
        self.ask_token_at("/token", id, secret, form)
    }

    pub fn ask_token_at(&self, path: &str, id: &str, secret: &str, form: &str) -> Answer {
        let basic = base64::engine::general_purpose::STANDARD.encode(format!("{id}:{secret}"));
        let head = format!("authorization: Basic {basic}\r\ncontent-type: application/x-www-form-urlencoded\r\n");
        self.send("POST", path, &head, form.as_bytes()).expect("an answer")
    }

    pub fn get(&self, target: &str) -> Answer {
        self.send("GET", target, &self.bearer(), b"").expect("an answer")
    }

    /// A GET that must succeed.
    pub fn fetch(&self, target: &str) -> Value {
        let answer = self.get(target);
        assert_eq!(answer.status, 200, "{target}: {}", String::from_utf8_lossy(&answer.body));
        answer.json()
    }

    pub fn request(&self, method: &str, target: &str, body: &Value) -> Answer {
        let head = format!("{}content-type: application/json\r\n", self.bearer());
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.send(method, target, &head, body.as_bytes()).expect("an answer")
    }

    pub fn bearer(&self) -> String {
        format!("authorization: Bearer {}\r\n", self.token)
    }

    /// Sends a request on a connection of its own; `None` when the answer is not whole.
    pub fn send(&self, method: &str, target: &str, head: &str, body: &[u8]) -> Option<Answer> {
        parse(&self.raw(method, target, head, body))
    }

    /// Everything that comes back.
    pub fn raw(&self, method: &str, target: &str, head: &str, body: &[u8]) -> Vec<u8> {
        let address = self.emulator.url().replace("http://", "");
        let mut stream = TcpStream::connect(address).expect("a connection");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
        let request = format!(
            "{method} {target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{head}content-length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(request.as_bytes()).expect("a request");
        stream.write_all(body).expect("a body");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("an end");
        answer
    }

    pub fn control(&self, command: Value) -> Value {
        let answer = self.emulator.control(&command.to_string()).unwrap_or_else(|error| panic!("{command}: {error}"));
        serde_json::from_str(&answer).expect("JSON")
    }

    pub fn log(&self) -> Value {
        self.control(json!({ "do": "log" }))
    }

    /// All items of a list with a page token in the query.
    pub fn all(&self, path: &str, items: &str, field: &str) -> Vec<Value> {
        let (mut found, mut token) = (Vec::new(), String::new());
        loop {
            let mark = if path.contains('?') { '&' } else { '?' };
            let page = self.fetch(&if token.is_empty() {
                path.to_owned()
            } else {
                format!("{path}{mark}pageToken={}", encode(&token))
            });
            found.extend(page[items].as_array().expect("a list").iter().cloned());
            match page[field].as_str() {
                Some(next) if !next.is_empty() => token = next.to_owned(),
                _ => return found,
            }
        }
    }
}

pub fn encode(text: &str) -> String {
    text.bytes()
        .map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

fn parse(bytes: &[u8]) -> Option<Answer> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let length: usize = head.to_ascii_lowercase().split("content-length: ").nth(1)?.lines().next()?.parse().ok()?;
    let body = bytes[end + 4..].to_vec();
    (body.len() == length).then_some(Answer { status, headers: head, body })
}
