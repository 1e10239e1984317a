//! What an argument must be on the wire: the emulator's log against the arguments of a call.

use crate::expect::short;
use druva_api::{ListStyle, Operation, Param, Place};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

/// Where the request differs from what these arguments must make of it.
pub fn differences(operation: &Operation, cloud: &str, arguments: &Value, request: &Value) -> Vec<String> {
    let route = operation.routes.iter().find(|route| route.cloud == cloud);
    let template = route.map_or(&operation.path, |route| &route.path);
    let given = |param: &Param| arguments.get(&param.name).cloned().or_else(|| param.default.clone());
    let mut found = Vec::new();
    let mut members = Map::new();
    for param in &operation.params {
        let Some(value) = given(param) else { continue };
        let (should, was) = match param.place {
            Place::Path => (written(param, &value), in_path(template, &param.wire, &request["path"])),
            Place::Query => (in_query(param, &value), request["query"].get(&param.wire).cloned()),
            Place::Header => (written(param, &value), request["headers"].get(param.wire.to_lowercase()).cloned()),
            Place::Body => {
                members.insert(param.wire.clone(), value);
                continue;
            }
            Place::WholeBody => (value, Some(request["body"].clone())),
        };
        differ(&param.name, &should, &was.unwrap_or_default(), &mut found);
    }
    let Value::Object(body) = &request["body"] else {
        found.extend(members.keys().map(|name| format!("`{name}` did not arrive in a body")));
        return found;
    };
    for (name, should) in members {
        let should = if operation.form { Value::from(text(&should)) } else { should };
        differ(&name, &should, &body.get(&name).cloned().unwrap_or_default(), &mut found);
    }
    found
}

fn differ(name: &str, should: &Value, was: &Value, found: &mut Vec<String>) {
    if !same(should, was) {
        found.push(format!("`{name}` should have arrived as {}, was {}", short(should), short(was)));
    }
}

/// The log shows no secrets, and a list of one looks like its element in a query.
fn same(should: &Value, was: &Value) -> bool {
    match (should, was) {
        (_, Value::String(hidden)) if hidden == "..." => true,
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(name, value)| right.get(name).is_some_and(|other| same(value, other)))
        }
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(value, other)| same(value, other))
        }
        _ => should == was,
    }
}

fn written(param: &Param, value: &Value) -> Value {
    let text = text(value);
    Value::from(param.write.as_ref().map_or_else(|| text.clone(), |around| around.replace("{}", &text)))
}

fn in_query(param: &Param, value: &Value) -> Value {
    let Value::Array(elements) = value else { return written(param, value) };
    let mut texts = elements.iter().map(|element| written(param, element));
    match (param.list, elements.len()) {
        (ListStyle::Comma, _) => texts.map(|one| text(&one)).collect::<Vec<_>>().join(",").into(),
        (ListStyle::Repeat, 1) => texts.next().unwrap_or_default(),
        (ListStyle::Repeat, _) => texts.collect(),
    }
}

/// The part of a path that stands where the template has `{wire}`.
fn in_path(template: &str, wire: &str, path: &Value) -> Option<Value> {
    let place = template.split('/').position(|part| part == format!("{{{wire}}}"))?;
    let part = path.as_str()?.split('/').nth(place)?;
    Some(Value::from(percent_decode_str(part).decode_utf8_lossy()))
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
