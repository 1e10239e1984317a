//! What a language must make of a value: the reference that all of them are compared with.

use druva_api::{Product, Type};
use serde_json::{Map, Number, Value};

/// Beyond 2^53 a float no longer names one integer.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// The value as it is read where the type is declared; `None` where it cannot be.
pub fn read(product: &Product, ty: &Type, value: &Value) -> Option<Value> {
    match ty {
        Type::String { .. } | Type::DateTime => text(value).map(Value::from),
        Type::Integer => integer(value).map(Value::from),
        Type::Number => number(value).and_then(Number::from_f64).map(Value::Number),
        Type::Boolean => boolean(value).map(Value::from),
        Type::Json => (!value.is_null()).then(|| value.clone()),
        Type::List(item) => {
            let items = value.as_array()?.iter().filter_map(|one| read(product, item, one));
            Some(Value::Array(items.collect()))
        }
        Type::Map(item) => {
            let members = value.as_object()?.iter();
            let members = members.filter_map(|(name, one)| Some((name.clone(), read(product, item, one)?)));
            Some(Value::Object(members.collect()))
        }
        Type::Object(name) => {
            let members = value.as_object()?;
            let fields = product.types.get(name).map_or(&[][..], |object| &object.fields);
            let seen = fields
                .iter()
                .filter_map(|field| Some((field.name.clone(), read(product, &field.ty, members.get(&field.name)?)?)));
            Some(Value::Object(seen.collect::<Map<_, _>>()))
        }
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        _ => None,
    }
}

fn integer(value: &Value) -> Option<i64> {
    if let Some(number) = value.as_i64() {
        return Some(number);
    }
    if let Some(Ok(number)) = value.as_str().map(|text| text.trim().parse()) {
        return Some(number);
    }
    let number = number(value)?;
    (number.fract() == 0.0 && number.abs() <= EXACT).then_some(number as i64)
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::String(text) => text.trim().parse().ok(),
        other => other.as_f64(),
    }
}

fn boolean(value: &Value) -> Option<bool> {
    match text(value)?.trim().to_ascii_lowercase().as_str() {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

/// The differences between what should be read and what was, with the way to each; a missing member is `null`.
pub fn differences(should: &Value, saw: &Value, at: &str, found: &mut Vec<String>) {
    match (should, saw) {
        (Value::Object(left), Value::Object(right)) => {
            let names = left.keys().chain(right.keys().filter(|name| !left.contains_key(*name)));
            for name in names {
                let of = |members: &Map<String, Value>| members.get(name).cloned().unwrap_or_default();
                differences(&of(left), &of(right), &format!("{at}.{name}"), found);
            }
        }
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
            for (index, (one, other)) in left.iter().zip(right).enumerate() {
                differences(one, other, &format!("{at}[{index}]"), found);
            }
        }
        (Value::Number(left), Value::Number(right)) if left.as_f64() == right.as_f64() => {}
        _ if should == saw => {}
        _ => found.push(format!("{at} should be {}, was {}", crate::expect::short(should), crate::expect::short(saw))),
    }
}
