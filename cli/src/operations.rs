//! `druva operations`: what can be called.

use crate::outcome::{Failure, print, unexpected};
use serde_json::Value;

/// Everything known about all operations.
pub(crate) fn all() -> Vec<Value> {
    match serde_json::from_str(&druva::embed::operations_json()) {
        Ok(Value::Array(operations)) => operations,
        _ => Vec::new(),
    }
}

pub(crate) fn find(id: &str) -> Result<Value, Failure> {
    let found = all().into_iter().find(|operation| operation["id"] == id);
    found.ok_or_else(|| Failure::Usage(format!("there is no operation {id:?}; druva operations lists them")))
}

pub(crate) fn run(parser: &mut lexopt::Parser) -> Result<(), Failure> {
    use lexopt::Arg::Long;
    let mut json = false;
    while let Some(arg) = parser.next()? {
        match arg {
            Long("json") => json = true,
            other => return Err(unexpected(other)),
        }
    }
    if json {
        return print(format!("{}\n", druva::embed::operations_json()).as_bytes());
    }
    let operations = all();
    let text = |operation: &Value, name: &str| operation[name].as_str().unwrap_or("").to_owned();
    let width = operations.iter().map(|operation| text(operation, "id").len()).max().unwrap_or(0);
    let lines: Vec<String> = operations
        .iter()
        .map(|operation| format!("{:width$}  {}\n", text(operation, "id"), text(operation, "summary")))
        .collect();
    print(lines.concat().as_bytes())
}
