//! The declarations of a product.

use super::names::{arguments, class, has_customers, is_required, key, local, method, named, positional, quoted};
use super::{HEADER, docs};
use crate::Error;
use crate::emit::shared::{self, Resource, Resources, Waiting, waiting};
use crate::names::{camel, pascal};
use druva_api::{Answer, ObjectType, Operation, Param, Product, Type};

pub(super) fn product(product: &Product, resources: &Resources<'_>) -> Result<String, Error> {
    let customers =
        if has_customers(product, &[]) { "import type { Customers } from \"../customers.js\";\n" } else { "" };
    let mut text = format!(
        "{HEADER}\n{customers}import type {{ CallOptions, Json, Pages, Response, WaitOptions }} from \"../index.js\";\n\n// {}: {}\n\n",
        product.title, product.summary
    );
    for (path, resource) in resources {
        text += &class_text(product, path, resource)?;
    }
    for operation in &product.operations {
        text += &aliases(product, operation);
        text += &arguments_text(product, operation);
    }
    for (name, object) in &product.types {
        if object.output {
            text += &interface(product, name, object, Side::Answer);
        }
        if object.input {
            text += &interface(product, name, object, Side::Argument);
        }
    }
    Ok(text.trim_end().to_owned() + "\n")
}

/// Unions of more values are written one value a line.
const FEW: usize = 4;
const SEPARATOR: &str = "\n    | ";
const READONLY: &str = "readonly ";

/// The same type is strict where the caller writes it, and lenient where Druva does.
#[derive(Clone, Copy, PartialEq)]
enum Side {
    Argument,
    Answer,
}

fn class_text(product: &Product, path: &[&str], resource: &Resource<'_>) -> Result<String, Error> {
    let doc = match path {
        [] => format!("{}: {}", product.title, product.summary),
        path => format!(
            "`client.{}.{}`",
            camel(&product.name),
            path.iter().map(|name| camel(name)).collect::<Vec<_>>().join(".")
        ),
    };
    let mut members = Vec::new();
    for name in &resource.below {
        let below: Vec<&str> = path.iter().copied().chain([*name]).collect();
        members.push(format!("  readonly {}: {};\n", camel(name), class(product, &below)));
    }
    for operation in &resource.operations {
        members.push(method_text(product, operation)?);
        members.extend(wait_text(product, operation));
    }
    Ok(format!(
        "{}export interface {}{} {{\n{}}}\n\n",
        docs::comment("", &[doc]),
        class(product, path),
        if has_customers(product, path) { " extends Customers" } else { "" },
        members.join("\n")
    ))
}

fn method_text(product: &Product, operation: &Operation) -> Result<String, Error> {
    let mut doc = docs::operation(product, operation);
    let mut parameters = parameters(product, operation, &mut doc);
    parameters.push("options?: CallOptions".to_owned());
    if let Some(why) = &operation.deprecated {
        doc.push(format!("@deprecated {why}"));
    }
    let answer = match &operation.answer {
        Answer::Json(ty) => type_text(product, ty, Side::Answer),
        Answer::Empty | Answer::Bytes(_) => "Response".to_owned(),
    };
    let result = match &operation.pages {
        Some(_) => format!("Pages<{}, {answer}>", item(product, operation)),
        None => format!("Promise<{answer}>"),
    };
    Ok(format!("{}  {}({}): {result};\n", docs::comment("  ", &doc), method(operation), parameters.join(", ")))
}

/// The method beside the one that it calls until the work is over.
fn wait_text(product: &Product, operation: &Operation) -> Option<String> {
    let Waiting { operation, waiter } = waiting(product, operation)?;
    let Answer::Json(answer) = &operation.answer else { return None };
    let mut doc = docs::waiting(&operation, waiter);
    let mut parameters = parameters(product, &operation, &mut doc);
    doc.extend(docs::WAITING_THROWS.map(str::to_owned));
    parameters.push("options?: WaitOptions".to_owned());
    let answer = type_text(product, answer, Side::Answer);
    Some(format!("{}  wait({}): Promise<{answer}>;\n", docs::comment("  ", &doc), parameters.join(", ")))
}

/// The parameters before the options; what they mean is added to `doc`.
fn parameters(product: &Product, operation: &Operation, doc: &mut Vec<String>) -> Vec<String> {
    let mut parameters = Vec::new();
    for param in positional(operation) {
        let name = local(&param.name);
        let ty = match alias(operation, param) {
            Some(alias) => alias,
            None => type_text(product, &param.ty, Side::Argument),
        };
        parameters.push(format!("{name}: {ty}"));
        if !param.doc.is_empty() {
            doc.push(format!("@param {name} {}", param.doc));
        }
    }
    if named(operation).next().is_some() {
        let optional = if named(operation).any(is_required) { "" } else { "?" };
        parameters.push(format!("args{optional}: {}", arguments(operation)));
    }
    parameters
}

/// The name of a union that is too long to stand in a method's parameters.
fn alias(operation: &Operation, param: &Param) -> Option<String> {
    match &param.ty {
        Type::String { values } if values.len() > FEW => {
            Some(pascal(&operation.names().join("_")) + &pascal(&param.name))
        }
        _ => None,
    }
}

fn aliases(product: &Product, operation: &Operation) -> String {
    let mut text = String::new();
    for param in positional(operation) {
        if let Some(alias) = alias(operation, param) {
            let doc = docs::comment("", std::slice::from_ref(&param.doc));
            text += &format!("{doc}export type {alias} ={};\n\n", type_text(product, &param.ty, Side::Argument));
        }
    }
    text
}

/// The type of a list's items.
fn item(product: &Product, operation: &Operation) -> String {
    let item = shared::item(product, operation);
    item.map_or_else(|| "Json".to_owned(), |item| type_text(product, item, Side::Answer))
}

fn arguments_text(product: &Product, operation: &Operation) -> String {
    let members: String = named(operation).map(|param| argument(product, param)).collect();
    if members.is_empty() {
        return members;
    }
    let doc = format!("Arguments of `{}`.", operation.id);
    format!("{}export interface {} {{\n{members}}}\n\n", docs::comment("", &[doc]), arguments(operation))
}

fn argument(product: &Product, param: &Param) -> String {
    let default = param.default.as_ref().map(|value| format!("Default: {value}.")).unwrap_or_default();
    let doc = docs::comment("  ", &[format!("{} {default}", param.doc).trim().to_owned()]);
    let ty = type_text(product, &param.ty, Side::Argument);
    let name = key(&param.name);
    doc + &if is_required(param) { property(&name, &ty) } else { property(&format!("{name}?"), &or(ty, "undefined")) }
}

fn interface(product: &Product, name: &str, object: &ObjectType, side: Side) -> String {
    let mut text = docs::comment("", std::slice::from_ref(&object.doc));
    text += &format!("export interface {} {{\n", object_name(product, name, side));
    for field in &object.fields {
        text += &docs::comment("  ", std::slice::from_ref(&field.doc));
        let (field_name, ty) = (key(&field.name), type_text(product, &field.ty, side));
        text += &match (side, field.required) {
            (Side::Answer, _) => property(&format!("{field_name}?"), &or(ty, "null")),
            (Side::Argument, true) => property(&field_name, &ty),
            (Side::Argument, false) => property(&format!("{field_name}?"), &or(ty, "undefined")),
        };
    }
    text + "}\n\n"
}

fn property(name: &str, ty: &str) -> String {
    let space = if ty.starts_with('\n') { "" } else { " " };
    format!("  {name}:{space}{ty};\n")
}

/// A union with one more member.
fn or(ty: String, member: &str) -> String {
    if ty.starts_with('\n') { ty + SEPARATOR + member } else { ty + " | " + member }
}

/// A type of both sides is two interfaces.
fn object_name(product: &Product, name: &str, side: Side) -> String {
    let both = product.types.get(name).is_some_and(|object| object.input && object.output);
    let suffix = if both && side == Side::Argument { "Input" } else { "" };
    pascal(name) + suffix
}

fn type_text(product: &Product, ty: &Type, side: Side) -> String {
    match ty {
        Type::String { values } if values.is_empty() => "string".to_owned(),
        // The documented values are offered, others are let through.
        Type::String { values } => {
            let values: Vec<String> =
                values.iter().map(|value| quoted(value)).chain(["(string & {})".to_owned()]).collect();
            if values.len() > FEW {
                values.iter().map(|value| format!("{SEPARATOR}{value}")).collect()
            } else {
                values.join(" | ")
            }
        }
        Type::Integer | Type::Number => "number".to_owned(),
        Type::Boolean => "boolean".to_owned(),
        Type::DateTime if side == Side::Argument => "string | Date".to_owned(),
        Type::DateTime => "string".to_owned(),
        Type::Json => "Json".to_owned(),
        Type::List(element) => {
            let element = type_text(product, element, side);
            let compound = element.contains('|') || element.starts_with(READONLY);
            // What only goes out may be an array that nobody changes.
            let readonly = if side == Side::Argument { READONLY } else { "" };
            if compound { format!("{readonly}({element})[]") } else { format!("{readonly}{element}[]") }
        }
        Type::Map(member) if **member == Type::Json => "Record<string, Json>".to_owned(),
        Type::Map(member) if side == Side::Answer => {
            format!("Record<string, {} | null>", type_text(product, member, side))
        }
        Type::Map(member) => format!("Record<string, {}>", type_text(product, member, side)),
        Type::Object(name) => object_name(product, name, side),
    }
}
