//! Names and types as Rust writes them.

use crate::names::{pascal, singular, snake, upper_snake};
use druva_api::{Operation, Type};

/// Reserved words, and the methods that every request or answer has anyway.
const TAKEN: [&str; 46] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn", "else",
    "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod",
    "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static", "struct", "super", "trait", "true",
    "try", "type", "unsafe", "use", "where",
];
const METHODS: [&str; 10] =
    ["cancel", "clone", "items", "into_future", "new", "pages", "raw", "send", "timeout", "wait"];

/// A method or argument.
pub(super) fn identifier(name: &str) -> String {
    let name = snake(name);
    if TAKEN.contains(&name.as_str()) || METHODS.contains(&name.as_str()) { name + "_" } else { name }
}

/// The static that describes an operation: `DEVICES_LIST`.
pub(super) fn table(operation: &Operation) -> String {
    upper_snake(&operation.names().join("_"))
}

/// The way to a resource's operations: `DevicesV1Api`, which no answer is called.
pub(super) fn resource(path: &[&str]) -> String {
    pascal(&path.join("_")) + "Api"
}

/// The request of an operation: `ListDevices`, `GetDevice`, `UpgradeDeviceClient`, `ListDevicesV1`.
pub(super) fn request(operation: &Operation) -> String {
    let names = operation.names();
    let Some((verb, path)) = names.split_last() else { return String::new() };
    let is_version = |name: &&&str| {
        name.strip_prefix('v')
            .is_some_and(|number| !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit()))
    };
    let version: String = path.iter().filter(is_version).map(|name| pascal(name)).collect();
    let path: Vec<&str> = path.iter().filter(|name| !is_version(name)).copied().collect();
    let (first, rest) = verb.split_once('_').unwrap_or((verb, ""));
    let things: String = path
        .iter()
        .enumerate()
        .map(
            |(index, name)| {
                if first == "list" && index + 1 == path.len() { pascal(name) } else { pascal(&singular(name)) }
            },
        )
        .collect();
    format!("{}{things}{}{version}", pascal(first), pascal(rest))
}

/// What an answer's type is read as.
pub(super) fn owned(ty: &Type) -> String {
    match ty {
        Type::String { .. } | Type::DateTime => "String".to_owned(),
        Type::Integer => "i64".to_owned(),
        Type::Number => "f64".to_owned(),
        Type::Boolean => "bool".to_owned(),
        Type::Json | Type::Map(_) => "Json".to_owned(),
        Type::List(item) => format!("Vec<{}>", owned(item)),
        Type::Object(name) => pascal(name),
    }
}

/// How a setter takes a value, and how it hands it on as JSON.
pub(super) fn taken(ty: &Type, value: &str) -> (String, String) {
    match ty {
        Type::String { .. } | Type::DateTime => ("impl AsRef<str>".to_owned(), format!("{value}.as_ref()")),
        Type::Json | Type::Map(_) => ("impl Into<Json>".to_owned(), value.to_owned()),
        Type::List(item) => {
            let (item_type, item_value) = taken(item, "item");
            let iterator = format!("impl IntoIterator<Item = {item_type}>");
            let each =
                if item_value == "item" { String::new() } else { format!(".map(|item| Json::from({item_value}))") };
            (iterator, format!("{value}.into_iter(){each}.collect::<Json>()"))
        }
        other => (owned(other), value.to_owned()),
    }
}
