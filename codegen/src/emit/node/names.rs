//! What things are called in JavaScript.

use crate::names::{camel, pascal};
use druva_api::{Operation, Param, Place, Product, Realm};

/// The class of a product or resource.
pub(super) fn class(product: &Product, path: &[&str]) -> String {
    if path.is_empty() {
        return format!("{}Product", pascal(&product.name));
    }
    format!("{}Resource", path.iter().map(|name| pascal(name)).collect::<String>())
}

/// Is it the class of a product of managed-service providers? It has their customers beside its operations.
pub(super) fn has_customers(product: &Product, path: &[&str]) -> bool {
    path.is_empty() && product.realm == Realm::Msp
}

/// The method of an operation.
pub(super) fn method(operation: &Operation) -> String {
    camel(operation.verb())
}

/// The interface of an operation's arguments.
pub(super) fn arguments(operation: &Operation) -> String {
    format!("{}Arguments", operation.names().iter().map(|name| pascal(name)).collect::<String>())
}

/// The arguments given by position: what stands in the path.
pub(super) fn positional(operation: &Operation) -> impl Iterator<Item = &Param> {
    operation.params.iter().filter(|param| is_positional(param))
}

/// The arguments given by name.
pub(super) fn named(operation: &Operation) -> impl Iterator<Item = &Param> {
    operation.params.iter().filter(|param| !is_positional(param))
}

fn is_positional(param: &Param) -> bool {
    param.place == Place::Path && is_required(param)
}

/// Must the caller give it? Not where the core fills it in.
pub(super) fn is_required(param: &Param) -> bool {
    param.required && param.default.is_none()
}

/// A name for a local: the argument's own where JavaScript allows it.
pub(super) fn local(name: &str) -> String {
    const TAKEN: &[&str] = &[
        "args",
        "arguments",
        "await",
        "break",
        "call",
        "case",
        "catch",
        "class",
        "const",
        "continue",
        "debugger",
        "default",
        "delete",
        "do",
        "else",
        "enum",
        "eval",
        "export",
        "extends",
        "false",
        "finally",
        "for",
        "function",
        "if",
        "implements",
        "import",
        "in",
        "instanceof",
        "interface",
        "let",
        "list",
        "merged",
        "new",
        "null",
        "options",
        "package",
        "private",
        "protected",
        "public",
        "return",
        "static",
        "super",
        "switch",
        "this",
        "throw",
        "true",
        "try",
        "typeof",
        "var",
        "void",
        "wait",
        "while",
        "with",
        "yield",
    ];
    let name = if is_identifier(name) { name.to_owned() } else { camel(name) };
    if TAKEN.contains(&name.as_str()) { format!("{name}_") } else { name }
}

/// A property's name as it is written in a literal or an interface.
pub(super) fn key(name: &str) -> String {
    if is_identifier(name) { name.to_owned() } else { quoted(name) }
}

/// A property of an object.
pub(super) fn member(object: &str, name: &str) -> String {
    if is_identifier(name) { format!("{object}.{name}") } else { format!("{object}[{}]", quoted(name)) }
}

/// A string literal.
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn is_identifier(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_' || first == '$')
        && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_' || letter == '$')
}
