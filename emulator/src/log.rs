//! What the emulator received, without secrets.

use crate::auth::Kind;
use crate::http::Request;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// All requests so far.
#[derive(Debug, Default)]
pub(crate) struct Log {
    entries: Vec<Value>,
    /// How many tokens were minted: of the cloud, of the provider, of its customers, of the key.
    minted: [u64; 4],
    /// The customers that have got one.
    customers: BTreeSet<String>,
    violations: u64,
}

/// What became of a request.
#[derive(Debug, Default)]
pub(crate) struct Fate<'a> {
    pub(crate) operation: Option<&'a str>,
    /// The customer whose token it carried.
    pub(crate) customer: Option<&'a str>,
    pub(crate) status: Option<u16>,
    /// Whether it was carried out, whatever became of the answer.
    pub(crate) applied: bool,
    /// When it came, in seconds since the start.
    pub(crate) at: f64,
    pub(crate) fault: bool,
    pub(crate) violation: Option<&'a str>,
}

impl Log {
    pub(crate) fn record(&mut self, request: &Request, fate: &Fate<'_>) {
        self.violations += u64::from(fate.violation.is_some());
        self.entries.push(json!({
            "n": self.entries.len() + 1,
            "operation": fate.operation,
            "customer": fate.customer,
            "method": request.method,
            "path": request.path,
            "query": pairs(&request.query),
            "target": request.target,
            "headers": headers(request),
            "body": body(request),
            "status": fate.status,
            "applied": fate.applied,
            "at": fate.at,
            "fault": fate.fault,
            "violation": fate.violation,
        }));
    }

    /// A token was minted; for a customer where one is named.
    pub(crate) fn mint(&mut self, kind: Kind, customer: Option<String>) {
        self.minted[kind as usize] += 1;
        self.customers.extend(customer);
    }

    pub(crate) fn to_json(&self) -> Value {
        let count = |kind: Kind| self.minted[kind as usize];
        json!({
            "requests": self.entries,
            "tokens_minted": self.minted.iter().sum::<u64>(),
            "tokens_by_kind": {
                "cloud": count(Kind::Cloud),
                "msp": count(Kind::Msp),
                "customer": count(Kind::Customer),
                "key": count(Kind::Key),
            },
            "token_customers": self.customers.len(),
            "violations": self.violations,
        })
    }
}

/// An object; a name that occurs again becomes a list.
fn pairs(pairs: &[(String, String)]) -> Value {
    let mut object = Map::new();
    for (name, value) in pairs {
        match object.get_mut(name) {
            None => {
                object.insert(name.clone(), json!(value));
            }
            Some(Value::Array(list)) => list.push(json!(value)),
            Some(first) => *first = json!([first.take(), value]),
        }
    }
    Value::Object(object)
}

fn headers(request: &Request) -> Value {
    let visible = |(name, value): &(String, String)| {
        let value = match name.as_str() {
            "authorization" => value.split(' ').next().unwrap_or("").to_owned(),
            "proxy-authorization" | "cookie" | "x-api-key" => "...".to_owned(),
            _ => value.clone(),
        };
        (name.clone(), value)
    };
    pairs(&request.headers.iter().map(visible).collect::<Vec<_>>())
}

fn body(request: &Request) -> Value {
    let mut body = if request.body.is_empty() {
        Value::Null
    } else if request.media_type() == "application/x-www-form-urlencoded" {
        pairs(&crate::http::form(&String::from_utf8_lossy(&request.body)))
    } else {
        request.json().unwrap_or_else(|| json!(String::from_utf8_lossy(&request.body)))
    };
    redact(&mut body);
    body
}

fn redact(value: &mut Value) {
    match value {
        Value::Object(object) => {
            for (name, member) in object {
                let name = name.to_ascii_lowercase();
                if name.contains("password") || name.contains("secret") {
                    *member = json!("...");
                } else {
                    redact(member);
                }
            }
        }
        Value::Array(list) => list.iter_mut().for_each(redact),
        _ => {}
    }
}
