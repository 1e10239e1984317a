//! Types in annotations, and the classes of a product's objects.

use super::docs::{docstring, in_python, sentence};
use super::name;
use druva_api::{Field, ObjectType, Product, Type};
use std::fmt::Write;

/// Names that the generated modules use themselves.
const TAKEN: &[&str] = &[
    "Any",
    "AsyncCustomers",
    "AsyncPages",
    "AsyncRawResource",
    "AsyncResource",
    "Finite",
    "Callable",
    "Customers",
    "Mapping",
    "Model",
    "Pages",
    "RawResource",
    "Resource",
    "Response",
    "Secretive",
    "Sequence",
];

/// The class of an object type.
pub(super) fn class(object: &str) -> String {
    if TAKEN.contains(&object) { format!("{object}_") } else { object.to_owned() }
}

/// A type as answers have it.
pub(super) fn output(ty: &Type) -> String {
    match ty {
        // A moment stays text: one that is no RFC 3339 (epochs, "-", "") would put its whole page on the slow way.
        Type::String { .. } | Type::DateTime => "str".to_owned(),
        Type::Integer => "int".to_owned(),
        Type::Number => "Finite".to_owned(),
        Type::Boolean => "bool".to_owned(),
        Type::Json => "Any".to_owned(),
        Type::List(of) => format!("list[{}]", output(of)),
        Type::Map(of) => format!("dict[str, {}]", output(of)),
        Type::Object(object) => class(object),
    }
}

/// A type as arguments take it.
pub(super) fn input(ty: &Type) -> String {
    match ty {
        Type::DateTime => "datetime | str".to_owned(),
        Type::Number => "float".to_owned(),
        Type::List(of) => format!("Sequence[{}]", input(of)),
        Type::Map(of) => format!("Mapping[str, {}]", input(of)),
        Type::Object(object) => format!("{} | Mapping[str, Any]", class(object)),
        plain => output(plain),
    }
}

/// `annotation` or `None`.
pub(super) fn optional(annotation: &str) -> String {
    if annotation == "Any" { annotation.to_owned() } else { format!("{annotation} | None") }
}

/// The documented values of a type, as a sentence; more may come. So many that nobody reads them are left out.
fn values(ty: &Type) -> String {
    match ty {
        Type::String { values } if (1..=12).contains(&values.len()) => {
            let quoted: Vec<String> = values.iter().map(|value| format!("`{value}`")).collect();
            format!("Documented: {}.", quoted.join(", "))
        }
        Type::List(of) => values(of),
        _ => String::new(),
    }
}

/// What a field or an argument means, and the values documented for it.
pub(super) fn meaning(doc: &str, ty: &Type) -> String {
    format!("{} {}", sentence(doc), values(ty)).trim().to_owned()
}

/// The classes of a product's objects.
pub(super) fn classes(product: &Product) -> String {
    let mut names: Vec<&String> = product.types.keys().collect();
    names.sort();
    names.into_iter().map(|name| object(name, &product.types[name])).collect()
}

fn object(title: &str, object: &ObjectType) -> String {
    let fields: Vec<(String, &Field)> = field_names(object).into_iter().zip(&object.fields).collect();
    let names: Vec<(&str, &str)> = fields.iter().map(|(name, field)| (field.name.as_str(), name.as_str())).collect();
    let renamed: Vec<String> = fields
        .iter()
        .filter(|(name, field)| *name != field.name)
        .map(|(name, field)| format!("        \"{name}\": \"{}\",\n", field.name))
        .collect();
    let class = class(title);
    let secrets: Vec<String> =
        fields.iter().filter(|(_, field)| is_secret(field)).map(|(name, _)| format!("\"{name}\",")).collect();
    let base = if secrets.is_empty() { "Model" } else { "Secretive" };
    let mut text = match renamed.is_empty() {
        true => format!("\n\nclass {class}({base}, kw_only=True):\n"),
        false => format!(
            "\n\nclass {class}(\n    {base},\n    kw_only=True,\n    rename={{\n{}    }},\n):\n",
            renamed.concat()
        ),
    };
    let doc = if object.doc.is_empty() { title.to_owned() } else { object.doc.clone() };
    text += &docstring("    ", &[sentence(&in_python(&doc, &names))], &[]);
    if !secrets.is_empty() {
        let _ = write!(text, "\n    _secrets = ({})\n", secrets.join(" "));
    }
    if !fields.is_empty() {
        text.push('\n');
    }
    // What answers bring may lack anything; what only goes out has to be complete.
    let only_input = object.input && !object.output;
    for (name, field) in &fields {
        let annotation = if only_input { input(&field.ty) } else { output(&field.ty) };
        let _ = match only_input && field.required {
            true => writeln!(text, "    {name}: {annotation}"),
            false => writeln!(text, "    {name}: {} = None", optional(&annotation)),
        };
        let meaning = meaning(&in_python(&field.doc, &names), &field.ty);
        if !meaning.is_empty() {
            text += &docstring("    ", &[meaning], &[]);
        }
    }
    text
}

/// Must no log show it? Those who describe a field say so.
fn is_secret(field: &Field) -> bool {
    matches!(field.ty, Type::String { .. }) && field.doc.contains("a secret")
}

/// The fields' names in Python, in order: none twice, and none that `Model` has itself.
pub(super) fn field_names(object: &ObjectType) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for field in &object.fields {
        let mut name = name(&field.name);
        while name == "raw" || names.contains(&name) {
            name.push('_');
        }
        names.push(name);
    }
    names
}
