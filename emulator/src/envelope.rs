//! What stands around the rows in an answer: totals, page numbers, messages.

use crate::shape::{self, Shape};
use crate::values::Seedling;
use druva_api::{Answer, Product, Type};
use serde_json::{Map, Value, json};

/// Stands for the rows until they are put in as text.
const PLACE: &str = "\u{1}rows\u{1}";

/// What an envelope tells about its list.
#[derive(Default)]
pub(crate) struct Facts {
    pub(crate) total: usize,
    pub(crate) page_number: usize,
    pub(crate) page_size: usize,
}

/// An answer with its rows (JSON text) in their place. `adjust` changes the top of it.
pub(crate) fn wrap(
    product: &Product,
    answer: &Answer,
    shape: &Shape,
    rows: &str,
    facts: &Facts,
    seedling: Seedling<'_>,
    adjust: impl FnOnce(&mut Map<String, Value>),
) -> String {
    let Answer::Json(ty) = answer else { return rows.to_owned() };
    if shape.path.is_empty() {
        return rows.to_owned();
    }
    let mut top = match ty {
        Type::Object(name) => fill(product, name, &shape.path, facts, seedling),
        _ => place(&shape.path),
    };
    adjust(&mut top);
    Value::Object(top).to_string().replacen(&json!(PLACE).to_string(), rows, 1)
}

/// The members of an object on the way to the rows.
fn fill(product: &Product, name: &str, path: &[String], facts: &Facts, seedling: Seedling<'_>) -> Map<String, Value> {
    let mut members = Map::new();
    for field in shape::object(product, name).map_or(&[][..], |object| &object.fields) {
        let on_path = path.first() == Some(&field.name);
        let value = match &field.ty {
            _ if on_path && path.len() == 1 => json!(PLACE),
            Type::Object(inner) => {
                Value::Object(fill(product, inner, if on_path { &path[1..] } else { &[] }, facts, seedling))
            }
            ty => fact(&field.name, facts).unwrap_or_else(|| seedling.value(product, &field.name, ty)),
        };
        members.insert(field.name.clone(), value);
    }
    if let Some(first) = path.first()
        && !members.contains_key(first)
    {
        members.extend(place(path));
    }
    members
}

fn place(path: &[String]) -> Map<String, Value> {
    let mut members = Map::new();
    if let Some((first, rest)) = path.split_first() {
        members.insert(first.clone(), if rest.is_empty() { json!(PLACE) } else { Value::Object(place(rest)) });
    }
    members
}

fn fact(field: &str, facts: &Facts) -> Option<Value> {
    let value = match field.to_ascii_lowercase().as_str() {
        "total" | "totalsize" | "totalresults" | "totalcustodians" | "totalcount" => facts.total,
        "pagenumber" => facts.page_number,
        "pagesize" => facts.page_size,
        "totalpages" => facts.total.div_ceil(facts.page_size.max(1)),
        "message" => return Some(json!("Done.")),
        _ => return None,
    };
    Some(json!(value))
}
