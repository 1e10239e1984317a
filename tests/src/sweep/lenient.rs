//! Each field of each model set to null, to every other type, removed, and joined by an unknown one.

use super::reading;
use crate::languages::{Language, repository};
use crate::runner::Runner;
use druva_api::{Model, ObjectType, Product, Type};
use serde_json::{Map, Value, json};
use std::path::Path;

/// What came of it.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Models.
    pub models: usize,
    /// Objects that were decoded.
    pub objects: usize,
    /// What was not read as it must be, or not kept as it came.
    pub failures: Vec<String>,
}

/// The values that take the place of each field.
fn odd() -> Vec<Value> {
    vec![
        json!(null),
        json!("12"),
        json!(12),
        json!(true),
        json!(1.5),
        json!("x"),
        json!([]),
        json!([{}]),
        json!({}),
        json!({"a": [1]}),
    ]
}

/// Decodes them all in a language.
///
/// # Errors
/// The runner cannot be started, or gives up.
pub fn sweep(model: &Model, language: &Language, home: &Path, product: Option<&str>) -> Result<Outcome, String> {
    let mut outcome = Outcome::default();
    let mut runner = Runner::start(&language.runner, &repository(), home, &Map::new())?;
    for product in model.products.iter().filter(|one| product.is_none_or(|name| one.name == name)) {
        for (name, object) in product.types.iter().filter(|(_, object)| object.output) {
            let values = mutations(product, object);
            let full = format!("{}.{name}", product.name);
            let answer = runner.ask(&json!({ "do": "decode", "type": full, "values": values }))?;
            let seen = answer["ok"].as_array().cloned().unwrap_or_default();
            outcome.models += 1;
            outcome.objects += values.len();
            let mut failures = Vec::new();
            if seen.len() != values.len() {
                failures.push(format!("{} of {} were decoded: {answer}", seen.len(), values.len()));
            }
            for (value, seen) in values.iter().zip(&seen) {
                let should = reading::read(product, &Type::Object(name.clone()), value).unwrap_or_default();
                let mut found = Vec::new();
                reading::differences(&should, &seen["read"], "read", &mut found);
                reading::differences(value, &seen["raw"], "raw", &mut found);
                failures.extend(found.into_iter().map(|why| format!("{why}, of {}", crate::expect::short(value))));
            }
            failures.truncate(5);
            outcome.failures.extend(failures.into_iter().map(|why| format!("{}: {full}: {why}", language.name)));
        }
    }
    Ok(outcome)
}

fn mutations(product: &Product, object: &ObjectType) -> Vec<Value> {
    let sound: Map<String, Value> =
        object.fields.iter().map(|field| (field.name.clone(), sample(product, &field.ty, 0))).collect();
    let mut unknown = sound.clone();
    unknown.insert("somethingNew".to_owned(), json!({ "a": [1, null, "b"] }));
    let mut values = vec![Value::Object(sound.clone()), Value::Object(unknown), json!({})];
    for field in &object.fields {
        let mut without = sound.clone();
        without.shift_remove(&field.name);
        values.push(Value::Object(without));
        for value in odd() {
            let mut changed = sound.clone();
            changed.insert(field.name.clone(), value);
            values.push(Value::Object(changed));
        }
    }
    values
}

/// A value as the document declares it.
fn sample(product: &Product, ty: &Type, depth: usize) -> Value {
    match ty {
        Type::String { values } => json!(values.first().map_or("text", String::as_str)),
        Type::DateTime => json!("2026-01-02T03:04:05Z"),
        Type::Integer => json!(7),
        Type::Number => json!(2.5),
        Type::Boolean => json!(false),
        Type::Json => json!({ "free": [1, "form"] }),
        Type::List(_) | Type::Map(_) | Type::Object(_) if depth > 2 => match ty {
            Type::List(_) => json!([]),
            _ => json!({}),
        },
        Type::List(item) => json!([sample(product, item, depth + 1)]),
        Type::Map(item) => json!({ "key": sample(product, item, depth + 1) }),
        Type::Object(name) => {
            let fields = product.types.get(name).map_or(&[][..], |object| &object.fields);
            fields.iter().map(|field| (field.name.clone(), sample(product, &field.ty, depth + 1))).collect()
        }
    }
}
