//! Arguments with which an operation can be called: ids of rows that are there, and a value for everything else.

use crate::catalog::path_params;
use crate::clock::rfc3339;
use crate::names::stem;
use crate::paths::Target;
use crate::places::Named;
use crate::world::World;
use druva_api::{Cursor, Operation, Param, Place, Product, Type};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// Objects in objects end here: some types contain themselves.
const DEEPEST: usize = 6;

impl World {
    /// The required arguments of an operation, or all of them; cursors are left to whoever goes through the pages.
    pub(crate) fn example(&mut self, product: &Product, operation: &Operation, all: bool) -> Map<String, Value> {
        let cursor = operation.pages.as_ref().and_then(|pages| match &pages.cursor {
            Cursor::Token { param, .. } | Cursor::Tracker { param, .. } => Some(param.as_str()),
            Cursor::Number { .. } | Cursor::Offset { .. } => None,
        });
        let wanted = |param: &&Param| param.required || (all && Some(param.name.as_str()) != cursor);
        let table = self.rows.catalog.plans.get(&operation.id).map(|plan| plan.table);
        let mut arguments = table.map(|table| self.keys_in_path(product, table, operation, all)).unwrap_or_default();
        for param in operation.params.iter().filter(wanted) {
            if !arguments.contains_key(&param.name) {
                let value = match &param.default {
                    Some(default) => default.clone(),
                    None => self.sample(product, table, &param.name, &param.ty, all, 0),
                };
                arguments.insert(param.name.clone(), value);
            }
        }
        arguments
    }

    /// Keys of rows that are there and belong together, for the parameters of the path that pick rows.
    fn keys_in_path(&mut self, product: &Product, at: usize, operation: &Operation, all: bool) -> Map<String, Value> {
        let catalog = Arc::clone(&self.rows.catalog);
        let mut keys = Map::new();
        let (mut named, mut about) = (Named::default(), None);
        for wire in path_params(operation) {
            let Target { table, is_key } = catalog.target_of(at, &wire);
            let param = operation.params.iter().find(|param| param.place == Place::Path && param.wire == wire);
            let Some(param) = param else { continue };
            let places = table.and_then(|table| self.rows.places(table, &named)).unwrap_or_default();
            let found = table
                .zip(places.into_iter().find(|index| table.is_some_and(|table| self.agrees((table, *index), about))));
            let key = match found {
                Some((table, index)) => self.rows.key(&catalog.tables[table], index),
                // What has no table may be called anything, but what follows stands below it.
                None => self.sample(product, Some(at), &param.name, &param.ty, all, 0),
            };
            if !is_key {
                about = found.or(about);
                named.add(&wire, key.clone());
            }
            keys.insert(param.name.clone(), as_declared(&param.ty, key));
        }
        keys
    }

    /// The key of a row, for a name such as `deviceID` or `userIDs`.
    fn key_called(&mut self, from: usize, name: &str) -> Option<Value> {
        let catalog = Arc::clone(&self.rows.catalog);
        let one = name.strip_suffix('s').filter(|one| one.to_ascii_lowercase().ends_with("id")).unwrap_or(name);
        let table = catalog.entity(from, &stem(one)?, false)?;
        let index = self.rows.places(table, &Named::default())?.first().copied()?;
        Some(self.rows.key(&catalog.tables[table], index))
    }

    /// A value of that type: of a name that speaks of rows, the key of one that is there.
    fn sample(
        &mut self,
        product: &Product,
        from: Option<usize>,
        name: &str,
        ty: &Type,
        all: bool,
        depth: usize,
    ) -> Value {
        match ty {
            Type::String { values } if !values.is_empty() => json!(values[0]),
            // The filter that every report takes.
            Type::String { .. } if name == "fieldName" => json!("lastUpdatedTime"),
            Type::String { .. } if name == "operator" => json!("GTE"),
            Type::String { .. } | Type::Integer => {
                let key = from.and_then(|from| self.key_called(from, name));
                let fits = |key: &Value| key.is_string() == matches!(ty, Type::String { .. });
                key.filter(fits).unwrap_or_else(|| match ty {
                    Type::Integer if name.eq_ignore_ascii_case("pageSize") => json!(10),
                    Type::Integer if name.eq_ignore_ascii_case("offset") => json!(0),
                    Type::Integer => json!(1),
                    _ => json!(self.rows.seedling("example", 0).text(name)),
                })
            }
            Type::Number => json!(1.5),
            Type::Boolean => json!(true),
            Type::DateTime => json!(rfc3339(self.base - 86_400)),
            Type::Json => json!({ "any": "thing" }),
            Type::List(_) | Type::Map(_) | Type::Object(_) if depth >= DEEPEST => match ty {
                Type::List(_) => json!([]),
                _ => json!({}),
            },
            Type::List(item) => json!([self.sample(product, from, name, item, all, depth + 1)]),
            Type::Map(item) => json!({ "key": self.sample(product, from, "value", item, all, depth + 1) }),
            Type::Object(object) => {
                let fields = product.types.get(object).map_or(&[][..], |object| &object.fields);
                let fields = fields.iter().filter(|field| all || field.required);
                fields
                    .map(|field| {
                        (field.name.clone(), self.sample(product, from, &field.name, &field.ty, all, depth + 1))
                    })
                    .collect()
            }
        }
    }
}

/// A key as the parameter is declared: of what is a number in a row, a document may say that it is text in a path.
fn as_declared(ty: &Type, key: Value) -> Value {
    match (ty, &key) {
        (Type::String { .. }, Value::Number(number)) => json!(number.to_string()),
        (Type::Integer, Value::String(text)) => text.parse::<i64>().map_or(key, Value::from),
        _ => key,
    }
}
