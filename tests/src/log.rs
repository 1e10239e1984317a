//! What the server must have received.
//!
//! `requests` is either the whole sequence (`[token, {insync.devices.list: {query: {pageToken: x}}}]`, each with the
//! members it must hold) or how many there were of each operation, in any order (`{token: 1}`); `tokens` is the number
//! of tokens minted; `violations`, 0 unless said otherwise, counts requests that Druva's documents do not allow.
//! `customers` says how many customers there are, each with one token and so many calls that carry it and name the customer.

use crate::expect::differences;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    requests: Option<Requests>,
    tokens: Option<u64>,
    customers: Option<Customers>,
    #[serde(default)]
    violations: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Customers {
    count: usize,
    /// How many calls there are for each.
    calls: u64,
    /// The argument of a call that says for whom it is.
    argument: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Requests {
    Sequence(Vec<Value>),
    Counts(BTreeMap<String, u64>),
}

/// The differences between the emulator's log and what a scenario expects of it.
///
/// # Errors
/// The expectation is not well formed.
pub fn check(expected: &Value, log: &Value) -> Result<Vec<String>, String> {
    let expected: Expected = serde_json::from_value(expected.clone()).map_err(|error| format!("log: {error}"))?;
    let seen: &[Value] = log["requests"].as_array().map_or(&[], Vec::as_slice);
    let mut found = Vec::new();
    if let Some(tokens) = expected.tokens {
        found.extend(differences(&json!(tokens), log.get("tokens_minted"), "log.tokens"));
    }
    if let Some(expected) = &expected.customers {
        found.extend(expected.differences(seen, log));
    }
    if log["violations"].as_u64() != Some(expected.violations) {
        let reasons: Vec<String> = seen
            .iter()
            .filter(|request| !request["violation"].is_null())
            .map(|request| format!("{} {}", operation(request), request["violation"]))
            .collect();
        found.push(format!(
            "log.violations: expected {}, saw {} ({})",
            expected.violations,
            log["violations"],
            reasons.join("; ")
        ));
    }
    match expected.requests {
        Some(Requests::Sequence(expected)) => sequence(&expected, seen, &mut found)?,
        Some(Requests::Counts(expected)) => {
            let counts = seen.iter().fold(BTreeMap::new(), |mut counts: BTreeMap<String, u64>, request| {
                *counts.entry(operation(request).to_owned()).or_default() += 1;
                counts
            });
            if counts != expected {
                found.push(format!("log.requests: expected {expected:?}, saw {counts:?}"));
            }
        }
        None => {}
    }
    Ok(found)
}

impl Customers {
    fn differences(&self, seen: &[Value], log: &Value) -> Vec<String> {
        let mut found = differences(&json!(self.count), log["tokens_by_kind"].get("customer"), "log.customers: tokens");
        found.extend(differences(&json!(self.count), log.get("token_customers"), "log.customers: with a token"));
        let mut calls: BTreeMap<(&str, Option<&str>), u64> = BTreeMap::new();
        for request in seen {
            if let Some(meant) = request["query"][&self.argument].as_str() {
                *calls.entry((meant, request["customer"].as_str())).or_default() += 1;
            }
        }
        let named: BTreeSet<&str> = calls.keys().map(|(meant, _)| *meant).collect();
        found.extend(differences(&json!(self.count), Some(&json!(named.len())), "log.customers: with calls"));
        let strange = calls.iter().filter(|((meant, carried), count)| *carried != Some(meant) || **count != self.calls);
        let strange: Vec<String> = strange
            .map(|((meant, carried), count)| format!("{count} calls for {meant} with the token of {carried:?}"))
            .collect();
        if let Some(first) = strange.first() {
            found.push(format!(
                "log.customers: expected {} calls for each with its own token, saw {first}, and {} more such",
                self.calls,
                strange.len() - 1
            ));
        }
        found
    }
}

fn sequence(expected: &[Value], seen: &[Value], found: &mut Vec<String>) -> Result<(), String> {
    let mut operations = Vec::new();
    for (at, item) in expected.iter().enumerate() {
        let (name, details) = match item {
            Value::String(name) => (name.as_str(), None),
            Value::Object(members) => match members.iter().next() {
                Some((name, details)) if members.len() == 1 => (name.as_str(), Some(details)),
                _ => return Err("log: a request is `operation` or `operation: {details}`".to_owned()),
            },
            _ => return Err("log: a request is `operation` or `operation: {details}`".to_owned()),
        };
        operations.push(name);
        if let (Some(details), Some(request)) = (details, seen.get(at)) {
            found.extend(differences(details, Some(request), &format!("log.requests[{at}]")));
        }
    }
    let seen: Vec<&str> = seen.iter().map(operation).collect();
    if operations != seen {
        found.push(format!("log.requests: expected {operations:?}, saw {seen:?}"));
    }
    Ok(())
}

fn operation(request: &Value) -> &str {
    request["operation"].as_str().unwrap_or("unknown")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log() -> Value {
        json!({"tokens_minted": 1, "violations": 0, "requests": [
            {"operation": "token", "body": {"scope": "read"}, "violation": null},
            {"operation": "insync.devices.list", "query": {"pageToken": "x"}, "violation": null},
        ]})
    }

    fn found(expected: Value) -> Vec<String> {
        check(&expected, &log()).unwrap_or_else(|error| vec![error])
    }

    #[test]
    fn a_sequence_with_details() {
        assert_eq!(
            found(
                json!({"tokens": 1, "requests": [{"token": {"body": {"scope": "read"}}}, {"insync.devices.list": {"query": {"pageToken": "x"}}}]})
            ),
            [""; 0]
        );
        assert_eq!(found(json!({"requests": ["token"]})).len(), 1);
        assert_eq!(
            found(json!({"requests": ["token", {"insync.devices.list": {"query": {"pageToken": "z"}}}]})).len(),
            1
        );
    }

    #[test]
    fn customers() {
        let calls = |carried: [&str; 4]| {
            let call = |(meant, carried)| json!({"operation": "list", "query": {"whose": meant}, "customer": carried});
            let requests: Vec<Value> = ["x", "x", "y", "y"].into_iter().zip(carried).map(call).collect();
            let log =
                json!({"tokens_by_kind": {"customer": 2}, "token_customers": 2, "violations": 0, "requests": requests});
            let expected = |count| json!({"customers": {"count": count, "calls": 2, "argument": "whose"}});
            [2, 3].map(|count| check(&expected(count), &log).unwrap_or_else(|error| vec![error]).len())
        };
        assert_eq!(calls(["x", "x", "y", "y"]), [0, 3]);
        assert_eq!(calls(["x", "y", "y", "y"])[0], 1);
        assert_eq!(calls(["y", "y", "x", "x"])[0], 1);
    }

    #[test]
    fn counts() {
        assert_eq!(found(json!({"requests": {"token": 1, "insync.devices.list": 1}})), [""; 0]);
        assert_eq!(found(json!({"requests": {"token": 1}})).len(), 1);
        assert_eq!(found(json!({"tokens": 2})).len(), 1);
        assert_eq!(found(json!({"violations": 1})).len(), 1);
    }
}
