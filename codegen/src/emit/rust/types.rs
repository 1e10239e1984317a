//! `types.rs`: answers that read JSON, and arguments that write it.

use super::{doc, names};
use crate::names::{pascal, snake};
use druva_api::{Field, ObjectType, Product, Type};
use std::fmt::Write;

pub(super) fn emit(product: &Product) -> String {
    let types: String = product.types.iter().map(|(name, object)| emit_one(name, object)).collect();
    let imports = super::imports("crate", &["Json"], &types) + &super::imports("std::borrow", &["Cow"], &types);
    format!("//! What the calls of {} take and answer.\n\n{imports}\n{types}", product.title)
}

fn emit_one(name: &str, object: &ObjectType) -> String {
    let ident = pascal(name);
    let about = if object.doc.is_empty() { format!("`{name}`, as Druva calls it.") } else { object.doc.clone() };
    let mut text = format!("object! {{\n{}{ident}\n}}\n\nimpl {ident} {{\n", doc(&about));
    if object.input {
        text.push_str("/// An object without members.\npub fn new() -> Self { Self(Json::object()) }\n\n");
        object.fields.iter().for_each(|field| text.push_str(&setter(field)));
    }
    if object.output {
        object.fields.iter().for_each(|field| text.push_str(&accessor(field)));
    }
    text.push_str("}\n\n");
    if object.input {
        let _ = writeln!(text, "impl Default for {ident} {{ fn default() -> Self {{ Self::new() }} }}\n");
    }
    text
}

fn accessor(field: &Field) -> String {
    let wire = &field.name;
    let (result, body) = match &field.ty {
        Type::String { .. } | Type::DateTime => {
            ("Option<Cow<'_, str>>".to_owned(), format!("self.0.read_str({wire:?})"))
        }
        Type::List(item) => {
            (format!("impl Iterator<Item = {}> + '_", names::owned(item)), format!("self.0.read_list({wire:?})"))
        }
        Type::Map(_) => ("Option<Json>".to_owned(), format!("self.0.read_object({wire:?})")),
        other => (format!("Option<{}>", names::owned(other)), format!("self.0.read({wire:?})")),
    };
    format!("{}pub fn {}(&self) -> {result} {{ {body} }}\n\n", field_doc(field), names::identifier(wire))
}

fn setter(field: &Field) -> String {
    let argument = names::identifier(&field.name);
    let (ty, value) = names::taken(&field.ty, &argument);
    let required = if field.required { "Required. " } else { "" };
    format!(
        "{}#[must_use]\npub fn with_{}(self, {argument}: {ty}) -> Self {{ Self(self.0.with({:?}, {value})) }}\n\n",
        field_doc(field).replacen("/// ", &format!("/// {required}"), 1),
        snake(&field.name),
        field.name
    )
}

fn field_doc(field: &Field) -> String {
    let about = if field.doc.is_empty() { format!("`{}`, as Druva calls it.", field.name) } else { field.doc.clone() };
    doc(&(about + &values(&field.ty)))
}

/// The documented values of a text, where they are few enough to be read.
pub(super) fn values(ty: &Type) -> String {
    let values = match ty {
        Type::String { values } => values,
        Type::List(item) => return values(item),
        _ => return String::new(),
    };
    if values.is_empty() || values.len() > 12 {
        return String::new();
    }
    let values: Vec<String> = values.iter().map(|value| format!("`{value}`")).collect();
    format!(" Documented values: {}.", values.join(", "))
}
