//! From arguments to a request: checked against the operation before anything is sent.

use super::operation::{ListStyle, Operation, Param, Place, Type};
use crate::cloud::Cloud;
use crate::error::{Error, Result};
use crate::json::Json;
use bytes::Bytes;
use http::{HeaderName, HeaderValue};
use std::borrow::Cow;
use std::fmt::Write as _;

/// A request without host and token.
#[derive(Debug, Clone)]
pub(crate) struct Prepared {
    /// The path template filled in.
    pub(crate) path: String,
    /// The query, without `?`; empty means none.
    pub(crate) query: String,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) body: Option<Bytes>,
}

/// Checks arguments and writes them where they travel.
pub(crate) fn prepare(
    operation: &'static Operation,
    cloud: Cloud,
    arguments: &[(Cow<'static, str>, Json)],
) -> Result<Prepared> {
    check_names(operation, arguments)?;
    let mut prepared =
        Prepared { path: operation.path_on(cloud).to_owned(), query: String::new(), headers: Vec::new(), body: None };
    let mut members = Vec::new();
    let mut has_body = false;
    for param in operation.params {
        has_body |= param.place == Place::Body;
        let given =
            arguments.iter().find(|(name, value)| *name == param.name && !value.is_null()).map(|(_, value)| value);
        let default = match (given, param.default) {
            (None, Some(text)) => Some(Json::parse(text.as_bytes()).map_err(Error::internal)?),
            _ => None,
        };
        let Some(value) = given.or(default.as_ref()) else {
            if param.required {
                return Err(Error::argument(format!("the argument `{}` is missing", param.name)));
            }
            continue;
        };
        check_type(param.name, param.ty, value)?;
        match param.place {
            Place::Path => {
                let text = scalar(param, value)?;
                if text.is_empty() || text == "." || text == ".." {
                    return Err(Error::argument(format!(
                        "the argument `{}` is a part of the path and cannot be `{text}`",
                        param.name
                    )));
                }
                prepared.path = fill(&prepared.path, param.wire, &percent_encode(&text));
            }
            Place::Query => write_query(&mut prepared.query, param, value)?,
            Place::Header => {
                let name = HeaderName::from_bytes(param.wire.as_bytes())
                    .map_err(|error| Error::internal(error.to_string()))?;
                let value = HeaderValue::from_str(&scalar(param, value)?).map_err(|_| {
                    Error::argument(format!("the argument `{}` has characters that a header cannot carry", param.name))
                })?;
                prepared.headers.push((name, value));
            }
            Place::Body => members.push((param.wire, value.clone())),
            Place::WholeBody => prepared.body = Some(Bytes::from(value.to_string())),
        }
    }
    // A DELETE with nothing to say has no body; a POST whose members are all left out still sends an object.
    if has_body && !(members.is_empty() && operation.method == "DELETE") {
        prepared.body = Some(match operation.form {
            true => form(&members)?,
            false => Bytes::from(Json::from_iter(members).to_string()),
        });
    }
    Ok(prepared)
}

/// Puts a value into its places in a path.
fn fill(path: &str, place: &str, value: &str) -> String {
    let mut filled = String::with_capacity(path.len() + value.len());
    let mut rest = path;
    // Paths are short: a search that is made for long texts does not pay off.
    while let Some(at) = rest.bytes().position(|byte| byte == b'{') {
        let (before, from) = rest.split_at(at);
        filled.push_str(before);
        let after = from.strip_prefix('{').unwrap_or(from);
        match after.strip_prefix(place).and_then(|after| after.strip_prefix('}')) {
            Some(after) => {
                filled.push_str(value);
                rest = after;
            }
            None => {
                filled.push('{');
                rest = after;
            }
        }
    }
    filled.push_str(rest);
    filled
}

fn check_names(operation: &'static Operation, arguments: &[(Cow<'static, str>, Json)]) -> Result<()> {
    for (name, _) in arguments {
        if operation.param(name).is_none() {
            let names: Vec<&str> = operation.params.iter().map(|param| param.name).collect();
            let hint =
                if names.is_empty() { "It takes none.".to_owned() } else { format!("It takes {}.", names.join(", ")) };
            return Err(Error::argument(format!("there is no argument `{name}`")).hint(hint));
        }
    }
    Ok(())
}

/// Refuses what cannot be meant. Numbers may be written as text, and text as a number or boolean: the wire is text.
fn check_type(name: &str, ty: Type, value: &Json) -> Result<()> {
    let wanted = match ty {
        Type::String | Type::DateTime => value.as_str().is_none().then_some("text"),
        Type::Integer => value.as_i64().is_none().then_some("a whole number"),
        Type::Number => value.as_f64().is_none().then_some("a number"),
        Type::Boolean => value.as_bool().is_none().then_some("true or false"),
        Type::Map(_) | Type::Object(_) => (!value.is_object()).then_some("an object"),
        Type::Json => None,
        Type::List(_) if !value.is_array() => Some("a list"),
        Type::List(element) => {
            for value in value.elements() {
                check_type(name, *element, &value)?;
            }
            None
        }
    };
    match wanted {
        Some(wanted) => Err(Error::argument(format!("the argument `{name}` is not {wanted}"))),
        None => Ok(()),
    }
}

fn write_query(query: &mut String, param: &Param, value: &Json) -> Result<()> {
    let mut pair = |value: &str| {
        if !query.is_empty() {
            query.push('&');
        }
        query.push_str(&percent_encode(param.wire));
        query.push('=');
        query.push_str(value);
    };
    if value.is_object() {
        pair(&percent_encode(&value.to_string()));
        return Ok(());
    }
    if !value.is_array() {
        pair(&percent_encode(&scalar(param, value)?));
        return Ok(());
    }
    if value.is_empty() {
        // On the wire it would look like no filter at all, and select everything.
        return Err(Error::argument(format!("the argument `{}` is an empty list", param.name))
            .hint("Leave it out to filter nothing."));
    }
    let mut elements = Vec::with_capacity(value.len());
    for element in value.elements() {
        elements.push(percent_encode(&scalar(param, &element)?).into_owned());
    }
    match param.list {
        ListStyle::Comma => pair(&elements.join(",")),
        ListStyle::Repeat => elements.iter().for_each(|element| pair(element)),
    }
    Ok(())
}

/// A body's members as `application/x-www-form-urlencoded`.
fn form(members: &[(&str, Json)]) -> Result<Bytes> {
    let mut body = String::new();
    for (name, value) in members {
        let text = value
            .as_str()
            .ok_or_else(|| Error::argument(format!("the argument `{name}` is not text, a number or a boolean")))?;
        let separator = if body.is_empty() { "" } else { "&" };
        // Writing to a String cannot fail.
        let _ = write!(body, "{separator}{}={}", percent_encode(name), percent_encode(&text));
    }
    Ok(Bytes::from(body))
}

fn scalar<'v>(param: &Param, value: &'v Json) -> Result<Cow<'v, str>> {
    let around = |text: Cow<'v, str>| match param.write {
        Some(around) => Cow::Owned(around.replace("{}", &text)),
        None => text,
    };
    // Data frames make floats of whole numbers: 12.0 is the device 12.
    let whole = matches!(param.ty, Type::Integer | Type::List(Type::Integer)) && !value.is_string();
    let text = match value.as_i64().filter(|_| whole) {
        Some(number) => Some(Cow::Owned(number.to_string())),
        None => value.as_str(),
    };
    text.map(around)
        .ok_or_else(|| Error::argument(format!("the argument `{}` is not text, a number or a boolean", param.name)))
}

/// Everything but the unreserved characters: tokens and trackers hold `+`, `/` and `=`.
pub(crate) fn percent_encode(text: &str) -> Cow<'_, str> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    if text.bytes().all(plain) {
        return Cow::Borrowed(text);
    }
    let mut encoded = String::with_capacity(text.len() + 16);
    for byte in text.bytes() {
        match plain(byte) {
            true => encoded.push(char::from(byte)),
            false => {
                // Writing to a String cannot fail.
                let _ = write!(encoded, "%{byte:02X}");
            }
        }
    }
    Cow::Owned(encoded)
}
