//! Arguments with which an operation can be called: ids of rows that are there, and a value for everything else.

use crate::catalog::{Table, path_params};
use crate::clock::rfc3339;
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
        let mut arguments = Map::new();
        for param in operation.params.iter().filter(wanted) {
            let key = match (table, param.place) {
                (Some(table), Place::Path) => self.key_in_path(table, operation, &param.wire),
                _ => None,
            };
            let value = key.unwrap_or_else(|| self.sample(product, table, &param.name, &param.ty, all, 0));
            arguments.insert(param.name.clone(), value);
        }
        arguments
    }

    /// The key of a row that is there, for a parameter of the path that picks one.
    fn key_in_path(&mut self, at: usize, operation: &Operation, wire: &str) -> Option<Value> {
        let catalog = Arc::clone(&self.rows.catalog);
        let table = &catalog.tables[at];
        let same = |name: &String| name.eq_ignore_ascii_case(wire);
        if !path_params(operation).iter().any(same) {
            return None;
        }
        let parent = table.scope.as_ref().filter(|(param, _)| same(param)).map(|(_, parent)| *parent);
        if table.key_param.as_ref().is_some_and(same) {
            let of = table.scope.as_ref().and_then(|(_, parent)| self.first_key((*parent)?));
            return self.first_key_of(at, table, of.as_ref());
        }
        match parent {
            Some(parent) => self.first_key(parent?),
            None => self.first_key(self.named(at, wire)?),
        }
    }

    fn first_key(&mut self, at: usize) -> Option<Value> {
        let catalog = Arc::clone(&self.rows.catalog);
        self.first_key_of(at, &catalog.tables[at], None)
    }

    fn first_key_of(&mut self, at: usize, table: &Table, parent: Option<&Value>) -> Option<Value> {
        let first = self.rows.places(at, parent)?.first().copied()?;
        Some(self.rows.key(table, first))
    }

    /// The table that a name such as `deviceID` or `userIDs` speaks of.
    fn named(&self, from: usize, name: &str) -> Option<usize> {
        let stem = ["IDs", "Ids", "ID", "Id", "_ids", "_id"].iter().find_map(|ending| name.strip_suffix(ending))?;
        self.rows.catalog.entity(from, stem)
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
                let key = from.and_then(|from| self.named(from, name)).and_then(|table| self.first_key(table));
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
