//! Strictness: what the model does not allow is refused, in a sentence that says why.

use crate::arguments::{Arguments, plain};
use crate::clock;
use crate::http::{Request, form};
use crate::limits;
use druva_api::{ListStyle, Operation, Param, Place, Product, Type};
use serde_json::{Map, Value, json};

/// Reads the arguments out of a request, or says what the documents do not allow about it.
pub(crate) fn arguments(
    product: &Product,
    operation: &Operation,
    path: &[(String, String)],
    request: &Request,
) -> Result<Arguments, String> {
    let mut found = Map::new();
    for (wire, text) in path {
        if let Some(param) = param(operation, Place::Path, wire) {
            found.insert(param.name.clone(), scalar(product, param, &param.ty, inside(param, text)?)?);
        }
    }
    query(product, operation, request, &mut found)?;
    for param in operation.params.iter().filter(|param| param.place == Place::Header) {
        if let Some(text) = request.header(&param.wire.to_ascii_lowercase()) {
            found.insert(param.name.clone(), scalar(product, param, &param.ty, inside(param, text)?)?);
        }
    }
    body(product, operation, request, &mut found)?;
    for param in operation.params.iter().filter(|param| param.required) {
        if found.get(&param.name).is_none_or(Value::is_null) {
            return Err(format!("{} is missing", param.wire));
        }
    }
    Ok(Arguments(found))
}

fn param<'a>(operation: &'a Operation, place: Place, wire: &str) -> Option<&'a Param> {
    operation.params.iter().find(|param| param.place == place && param.wire == wire)
}

fn query(
    product: &Product,
    operation: &Operation,
    request: &Request,
    found: &mut Map<String, Value>,
) -> Result<(), String> {
    for (wire, text) in &request.query {
        let param =
            param(operation, Place::Query, wire).ok_or_else(|| format!("there is no query parameter {wire:?}"))?;
        let again = found.contains_key(&param.name);
        let value = match &param.ty {
            Type::List(_) if param.list == ListStyle::Comma && again => {
                return Err(format!("{wire} is written as one list with commas"));
            }
            Type::List(item) => {
                let parts: Vec<&str> =
                    if param.list == ListStyle::Comma { text.split(',').collect() } else { vec![text] };
                let items = parts
                    .into_iter()
                    .map(|part| scalar(product, param, item, inside(param, part)?))
                    .collect::<Result<Vec<_>, _>>()?;
                match found.get_mut(&param.name) {
                    Some(Value::Array(list)) => {
                        list.extend(items);
                        continue;
                    }
                    _ => Value::Array(items),
                }
            }
            _ if again => return Err(format!("{wire} is given twice")),
            ty => scalar(product, param, ty, inside(param, text)?)?,
        };
        size(operation, &param.wire, &value)?;
        found.insert(param.name.clone(), value);
    }
    Ok(())
}

/// A value without what is written around it.
fn inside<'a>(param: &Param, text: &'a str) -> Result<&'a str, String> {
    let Some(around) = &param.write else { return Ok(text) };
    let (before, after) = around.split_once("{}").unwrap_or((around, ""));
    let inside = text.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
    inside.ok_or_else(|| format!("{} is written as {around}", param.wire))
}

/// A value that travels as text.
fn scalar(product: &Product, param: &Param, ty: &Type, text: &str) -> Result<Value, String> {
    let wrong = |what: &str| Err(format!("{} must be {what}", param.wire));
    match ty {
        Type::Integer => text.parse::<i64>().map_or_else(|_| wrong("a whole number"), |number| Ok(json!(number))),
        Type::Number => text.parse::<f64>().map_or_else(|_| wrong("a number"), |number| Ok(json!(number))),
        Type::Boolean => match text.to_ascii_lowercase().as_str() {
            "true" => Ok(json!(true)),
            "false" => Ok(json!(false)),
            _ => wrong("true or false"),
        },
        Type::DateTime if clock::parse(text).is_none() => wrong("an RFC 3339 time"),
        Type::String { .. } => fits(product, &param.wire, ty, &json!(text)).map(|()| json!(text)),
        Type::Map(_) | Type::Object(_) => {
            let value: Value =
                serde_json::from_str(text).map_err(|_| format!("{} must be an object as JSON text", param.wire))?;
            fits(product, &param.wire, ty, &value).map(|()| value)
        }
        Type::Json if text.starts_with(['{', '[']) => {
            serde_json::from_str(text).map_err(|_| format!("{} must be JSON text", param.wire))
        }
        _ => Ok(json!(text)),
    }
}

fn body(
    product: &Product,
    operation: &Operation,
    request: &Request,
    found: &mut Map<String, Value>,
) -> Result<(), String> {
    let mut takes =
        operation.params.iter().filter(|param| matches!(param.place, Place::Body | Place::WholeBody)).peekable();
    let takes_any = takes.peek().is_some();
    if request.body.is_empty() {
        return Ok(());
    }
    if !takes_any {
        let empty = request.json().is_some_and(|body| body == json!({}));
        return if empty && request.method != "GET" { Ok(()) } else { Err("this operation takes no body".into()) };
    }
    if operation.form {
        return form_body(product, operation, request, found);
    }
    if request.media_type() != "application/json" {
        return Err("a body is JSON: Content-Type application/json".into());
    }
    let body = request.json().ok_or("the body is not JSON")?;
    if let Some(whole) = operation.params.iter().find(|param| param.place == Place::WholeBody) {
        fits(product, "the body", &whole.ty, &body)?;
        found.insert(whole.name.clone(), body);
        return Ok(());
    }
    let Value::Object(members) = body else { return Err("the body must be a JSON object".into()) };
    for (wire, value) in members {
        let param = param(operation, Place::Body, &wire).ok_or_else(|| format!("the body has no member {wire:?}"))?;
        fits(product, &wire, &param.ty, &value)?;
        deep_sizes(operation, &wire, &value)?;
        found.insert(param.name.clone(), value);
    }
    Ok(())
}

fn form_body(
    product: &Product,
    operation: &Operation,
    request: &Request,
    found: &mut Map<String, Value>,
) -> Result<(), String> {
    if request.media_type() != "application/x-www-form-urlencoded" {
        return Err("a body is a form: Content-Type application/x-www-form-urlencoded".into());
    }
    for (wire, text) in form(&String::from_utf8_lossy(&request.body)) {
        let param = param(operation, Place::Body, &wire).ok_or_else(|| format!("the form has no field {wire:?}"))?;
        found.insert(param.name.clone(), scalar(product, param, &param.ty, inside(param, &text)?)?);
    }
    Ok(())
}

/// Whether a JSON value of a request is of its declared type.
fn fits(product: &Product, name: &str, ty: &Type, value: &Value) -> Result<(), String> {
    let wrong = |what: &str| Err(format!("{name} must be {what}"));
    match (ty, value) {
        (_, Value::Null) | (Type::Json, _) => Ok(()),
        (Type::String { values }, Value::String(text)) => {
            if values.is_empty() || values.iter().any(|known| known.eq_ignore_ascii_case(text)) {
                Ok(())
            } else {
                wrong(&format!("one of {}", values.join(", ")))
            }
        }
        (Type::String { .. }, _) => wrong("text"),
        (Type::Integer, _) if value.is_i64() || value.is_u64() => Ok(()),
        (Type::Integer, _) => wrong("a whole number"),
        (Type::Number, _) if value.is_number() => Ok(()),
        (Type::Number, _) => wrong("a number"),
        (Type::Boolean, _) if value.is_boolean() => Ok(()),
        (Type::Boolean, _) => wrong("true or false"),
        (Type::DateTime, _) if clock::parse(&plain(value)).is_some() => Ok(()),
        (Type::DateTime, _) => wrong("an RFC 3339 time"),
        (Type::List(item), Value::Array(list)) => list.iter().try_for_each(|one| fits(product, name, item, one)),
        (Type::List(_), _) => wrong("a list"),
        (Type::Map(item), Value::Object(map)) => map.iter().try_for_each(|(key, one)| fits(product, key, item, one)),
        (Type::Object(object), Value::Object(members)) => {
            let Some(known) = product.types.get(object) else { return Ok(()) };
            for (key, member) in members {
                let field = known.fields.iter().find(|field| field.name == *key);
                let field = field.ok_or_else(|| format!("{name} has no member {key:?}"))?;
                fits(product, key, &field.ty, member)?;
            }
            let absent =
                |field: &&druva_api::Field| field.required && members.get(&field.name).is_none_or(Value::is_null);
            known.fields.iter().find(absent).map_or(Ok(()), |field| Err(format!("{name}.{} is missing", field.name)))
        }
        (Type::Map(_) | Type::Object(_), _) => wrong("an object"),
    }
}

/// Page sizes have limits, and no list begins before its beginning.
fn size(operation: &Operation, name: &str, value: &Value) -> Result<(), String> {
    if limits::is_offset(operation, name) && plain(value).parse::<usize>().is_err() {
        return Err(format!("{name} must be 0 or more"));
    }
    if !limits::is_size(operation, name) || value.is_null() {
        return Ok(());
    }
    let most = limits::of(operation).most;
    match plain(value).parse::<usize>() {
        Ok(size) if (1..=most).contains(&size) => Ok(()),
        _ => Err(format!("{name} must be from 1 to {most}")),
    }
}

/// In a body the size of a page may stand with the filters.
fn deep_sizes(operation: &Operation, name: &str, value: &Value) -> Result<(), String> {
    match value {
        Value::Object(members) => members.iter().try_for_each(|(name, value)| deep_sizes(operation, name, value)),
        value => size(operation, name, value),
    }
}
