//! Object types.

use super::doc::{comment, sentences};
use super::names::exported;
use crate::Error;
use druva_api::{Field, ObjectType, Product, Type};
use std::collections::HashSet;
use std::fmt::Write;

/// Where a value goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// To Druva.
    In,
    /// From Druva.
    Out,
}

/// The type of a list's element, a map's value or a value that is always there.
pub(super) fn bare(ty: &Type, way: Way) -> String {
    match ty {
        Type::String { .. } => "string".to_owned(),
        Type::Integer => "int64".to_owned(),
        Type::Number => "float64".to_owned(),
        Type::Boolean => "bool".to_owned(),
        Type::DateTime => "core.Timestamp".to_owned(),
        Type::Json if way == Way::In => "any".to_owned(),
        Type::Json => "core.JSON".to_owned(),
        Type::List(element) => format!("[]{}", bare(element, way)),
        Type::Map(value) => format!("map[string]{}", bare(value, way)),
        Type::Object(name) => format!("*{}", exported(name)),
    }
}

/// The type of a value that may be missing: what has a nil stays as it is.
pub(super) fn optional(ty: &Type, way: Way) -> String {
    match ty {
        Type::String { .. } | Type::Integer | Type::Number | Type::Boolean | Type::DateTime => {
            format!("core.Opt[{}]", bare(ty, way))
        }
        _ => bare(ty, way),
    }
}

/// A field with its comment. All are left out at their zero value, so that the library refuses a call that lacks what is
/// required; a required text is bare then, but of numbers and truths zero is a value as good as any.
pub(super) fn field(name: &str, ty: &Type, doc: &str, required: bool, way: Way) -> String {
    let go = match ty {
        Type::String { .. } | Type::DateTime if required => bare(ty, way),
        _ => optional(ty, way),
    };
    let values = documented_values(ty, way);
    let text = sentences([doc, values.as_str(), if required { "Required." } else { "" }]);
    let comment = if text.is_empty() { String::new() } else { comment(&text, 1) };
    format!("{comment}\t{} {go} `json:\"{name},omitzero\"`\n", exported(name))
}

fn documented_values(ty: &Type, way: Way) -> String {
    match ty {
        Type::String { values } if !values.is_empty() => {
            let values = values.iter().map(|value| format!("{value:?}")).collect::<Vec<_>>().join(", ");
            match way {
                Way::In => format!("One of {values}."),
                Way::Out => format!("One of {values}; others may come."),
            }
        }
        Type::List(element) => documented_values(element, way).replacen("One of", "Of", 1),
        _ => String::new(),
    }
}

/// Fields with an empty line before each, and a check that Go's names are as distinct as Druva's.
pub(super) fn fields<'a>(owner: &str, fields: impl IntoIterator<Item = (&'a str, String)>) -> Result<String, Error> {
    let mut seen = HashSet::from(["Raw".to_owned()]);
    let mut text = String::new();
    for (name, field) in fields {
        if !seen.insert(exported(name)) {
            return Err(Error::new(format!("Go: {owner} has two fields {}", exported(name))));
        }
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&field);
    }
    Ok(text)
}

/// All object types of a product.
pub(super) fn emit(product: &Product) -> Result<String, Error> {
    let mut text = String::new();
    for (name, ty) in &product.types {
        emit_type(name, ty, &mut text)?;
    }
    Ok(text)
}

fn emit_type(name: &str, ty: &ObjectType, text: &mut String) -> Result<(), Error> {
    let go = exported(name);
    // A type that goes both ways has to be able to miss any field.
    let way = if ty.output { Way::Out } else { Way::In };
    let required = |field: &Field| field.required && way == Way::In;
    let body =
        fields(&go, ty.fields.iter().map(|f| (f.name.as_str(), field(&f.name, &f.ty, &f.doc, required(f), way))))?;
    let doc = if ty.doc.is_empty() {
        format!("{go} is an object of Druva's.")
    } else {
        format!("{go}: {}", sentences([ty.doc.as_str()]))
    };
    if way == Way::In {
        let _ = writeln!(text, "{}type {go} struct {{\n{body}}}\n", comment(&doc, 0));
        return Ok(());
    }
    let gap = if body.is_empty() { "" } else { "\n" };
    // gofmt takes a function apart that would be longer than 100.
    let (open, close) = if go.len() > 29 { ("\n\t", "\n") } else { (" ", " ") };
    let _ = writeln!(
        text,
        "{}type {go} struct {{
{body}{gap}\t// Raw is the object as Druva sent it, with what the fields above cannot hold. It shares the answer's memory.
\tRaw json.RawMessage `json:\"-\"`
}}

// UnmarshalJSON reads leniently; see [core.Decode].
func (x *{go}) UnmarshalJSON(data []byte) error {{{open}return core.Decode(data, x){close}}}
",
        comment(&doc, 0)
    );
    Ok(())
}
