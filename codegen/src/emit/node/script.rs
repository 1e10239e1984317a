//! The JavaScript of a product: its classes, and a reader for each type that answers are made of.

use super::HEADER;
use super::names::{class, has_customers, key, local, member, method, named, positional, quoted};
use crate::emit::shared::{Resource, Resources, waiting};
use crate::names::{camel, pascal};
use druva_api::{Answer, ObjectType, Operation, Product, Type};
use std::collections::BTreeMap;
use std::fmt::Write;

pub(super) fn product(product: &Product, resources: &Resources<'_>) -> String {
    let mut coercers = Coercers::default();
    let mut classes = String::new();
    for (path, resource) in resources {
        classes += &class_text(product, path, resource, &mut coercers);
    }
    let (mut readers, mut names) = (String::new(), String::new());
    for (name, object) in product.types.iter().filter(|(_, object)| object.output) {
        readers += &reader(name, object, &mut coercers);
        let _ = writeln!(names, "  {}: read{},", key(name), pascal(name));
    }
    let file = &product.name;
    let own = class(product, &[]);
    let customers =
        if has_customers(product, &[]) { "const { Customers } = require(\"../customers.js\");\n" } else { "" };
    format!(
        "{HEADER}// @ts-nocheck: its types are in types/api/{file}.d.ts.
\"use strict\";

{customers}const lenient = require(\"../lenient.js\");
const {{ Resource, below, call, list, merged, wait }} = require(\"../resource.js\");

const {{ anything, boolean, fix, integer, isObject, number, text }} = lenient;

{classes}{containers}{readers}// Not for users: the tests of the models.
const readers = () => ({{
{names}}});

module.exports = {{ {own}, readers }};
",
        containers = coercers.text(),
    )
}

fn class_text(product: &Product, path: &[&str], resource: &Resource<'_>, coercers: &mut Coercers) -> String {
    let mut members = Vec::new();
    for name in &resource.below {
        let below: Vec<&str> = path.iter().copied().chain([*name]).collect();
        let name = camel(name);
        members.push(format!(
            "  get {name}() {{\n    return below(this, \"{name}\", {});\n  }}\n",
            class(product, &below)
        ));
    }
    for operation in &resource.operations {
        members.push(method_text(operation, coercers));
        members.extend(wait_text(product, operation, coercers));
    }
    let base = if has_customers(product, path) { "Customers" } else { "Resource" };
    format!("class {} extends {base} {{\n{}}}\n\n", class(product, path), members.join("\n"))
}

/// What the method of an operation takes, and the expression for the call's arguments.
fn parameters(operation: &Operation) -> (String, String) {
    let mut parameters: Vec<String> = positional(operation).map(|param| local(&param.name)).collect();
    let has_named = named(operation).next().is_some();
    let by_position: Vec<String> = positional(operation)
        .map(|param| {
            let local = local(&param.name);
            if local == param.name { local } else { format!("{}: {local}", key(&param.name)) }
        })
        .collect();
    let by_position = format!("{{ {} }}", by_position.join(", "));
    let arguments = match (parameters.is_empty(), has_named) {
        (true, true) => "args".to_owned(),
        (true, false) => "{}".to_owned(),
        (false, true) => format!("merged(args, {by_position})"),
        (false, false) => by_position,
    };
    parameters.extend(has_named.then(|| "args".to_owned()));
    parameters.push("options".to_owned());
    (parameters.join(", "), arguments)
}

/// The method beside the one that it calls until the work is over.
fn wait_text(product: &Product, operation: &Operation, coercers: &mut Coercers) -> Option<String> {
    let operation = waiting(product, operation)?.operation;
    let (parameters, arguments) = parameters(&operation);
    let Answer::Json(answer) = &operation.answer else { return None };
    let (id, read) = (quoted(&operation.id), coercers.of(answer));
    Some(format!("  wait({parameters}) {{\n    return wait(this, {id}, {arguments}, options, {read});\n  }}\n"))
}

fn method_text(operation: &Operation, coercers: &mut Coercers) -> String {
    let (parameters, arguments) = parameters(operation);
    let read = match &operation.answer {
        Answer::Json(ty) => Some(coercers.of(ty)),
        Answer::Empty | Answer::Bytes(_) => None,
    };
    let id = quoted(&operation.id);
    let call = match (&operation.pages, read) {
        (Some(pages), read) => {
            let read = read.unwrap_or_else(|| "anything".to_owned());
            format!("list(this, {id}, {arguments}, options, {}, {read})", quoted(&pages.items))
        }
        (None, Some(read)) => format!("call(this, {id}, {arguments}, options, {read})"),
        (None, None) => format!("call(this, {id}, {arguments}, options)"),
    };
    format!("  {}({parameters}) {{\n    return {call};\n  }}\n", method(operation))
}

/// The reader looks at each field once; the check for the type that is nearly always there is inlined, see lenient.js.
fn reader(name: &str, object: &ObjectType, coercers: &mut Coercers) -> String {
    let mut text = format!("function read{}(o) {{\n  if (!isObject(o)) return null;\n", pascal(name));
    let mut checks = String::new();
    for field in &object.fields {
        let value = format!("(v = {})", member("o", &field.name));
        let odd = match &field.ty {
            Type::Json => continue,
            Type::Integer => format!("{value} !== (v | 0)"),
            Type::String { .. } | Type::DateTime => format!("typeof {value} !== \"string\""),
            Type::Number => format!("typeof {value} !== \"number\""),
            Type::Boolean => format!("typeof {value} !== \"boolean\""),
            Type::List(_) | Type::Map(_) | Type::Object(_) => format!("{value} !== undefined"),
        };
        let _ = writeln!(checks, "  if ({odd}) fix(o, {}, v, {});", quoted(&field.name), coercers.of(&field.ty));
    }
    if !checks.is_empty() {
        text += "  let v;\n";
    }
    text + &checks + "  return o;\n}\n\n"
}

/// The names of coercers; those of lists and maps are made once for each file.
#[derive(Default)]
struct Coercers {
    containers: BTreeMap<String, String>,
    /// In the order in which they need each other.
    order: Vec<String>,
}

impl Coercers {
    fn of(&mut self, ty: &Type) -> String {
        match ty {
            Type::String { .. } | Type::DateTime => "text".to_owned(),
            Type::Integer => "integer".to_owned(),
            Type::Number => "number".to_owned(),
            Type::Boolean => "boolean".to_owned(),
            Type::Json => "anything".to_owned(),
            Type::Object(name) => format!("read{}", pascal(name)),
            Type::List(element) => self.container("listOf", element),
            Type::Map(member) => self.container("mapOf", member),
        }
    }

    fn container(&mut self, kind: &str, inner: &Type) -> String {
        let inner = self.of(inner);
        let suffix = inner.strip_prefix("read").unwrap_or(&inner);
        let (first, rest) = suffix.split_at(suffix.len().min(1));
        let name = format!("{kind}{}{rest}", first.to_uppercase());
        if self.containers.insert(name.clone(), format!("lenient.{kind}({inner})")).is_none() {
            self.order.push(name.clone());
        }
        name
    }

    fn text(&self) -> String {
        let lines: String =
            self.order.iter().map(|name| format!("const {name} = {};\n", self.containers[name])).collect();
        if lines.is_empty() { lines } else { lines + "\n" }
    }
}
