//! The rows of all tables: made when they are first looked at, the same for the same seed, related to one another.

use crate::arguments::plain;
use crate::catalog::{Catalog, Table, alias};
use crate::dice;
use crate::shape;
use crate::values::Seedling;
use druva_api::{Model, Type};
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::sync::Arc;

/// A table and the place of a row in it.
pub(crate) type At = (usize, usize);

/// The table and the field that the values of a field are taken from.
type Lender = Option<(usize, Arc<str>)>;

/// All rows.
pub(crate) struct Rows {
    pub(crate) catalog: Arc<Catalog>,
    model: Arc<Model>,
    seed: u64,
    base: i64,
    stores: Vec<Store>,
    changes: u64,
    /// Where the values of a field come from, by table and position of the field; most fields have their own.
    lenders: HashMap<(usize, usize), Lender>,
}

#[derive(Default)]
struct Store {
    rows: HashMap<usize, Row>,
    created: Vec<Created>,
}

/// A row that came after the start.
struct Created {
    index: usize,
    /// The key of its parent, where the table has a scope.
    parent: Option<Value>,
    /// A row that it was made for.
    about: Option<At>,
}

/// One row.
#[derive(Default)]
pub(crate) struct Row {
    pub(crate) fields: Map<String, Value>,
    deleted: bool,
    /// Rows that this one leads to, nearest first.
    related: Vec<At>,
    /// As JSON, by object type: what makes long lists quick.
    texts: HashMap<String, Arc<str>>,
}

impl Rows {
    pub(crate) fn new(catalog: Catalog, model: Arc<Model>, seed: u64, base: i64) -> Rows {
        let stores = catalog.tables.iter().map(|_| Store::default()).collect();
        Rows { catalog: Arc::new(catalog), model, seed, base, stores, changes: 0, lenders: HashMap::new() }
    }

    /// What the values of a row grow from.
    pub(crate) fn seedling<'a>(&self, table: &'a str, index: usize) -> Seedling<'a> {
        Seedling { seed: self.seed, table, index: index as u64, base: self.base }
    }

    /// Differs whenever any row has changed.
    pub(crate) fn state(&self) -> u64 {
        self.changes
    }

    /// The place of the first row of a scope, or of all scopes, and how many there are at the start.
    fn span(&mut self, at: usize, scope: Option<&Value>) -> Option<(usize, usize)> {
        let catalog = Arc::clone(&self.catalog);
        let table = &catalog.tables[at];
        match (&table.scope, scope) {
            (Some((_, Some(parent))), Some(key)) => {
                let parent_index = self.find(*parent, key)?;
                let size = if parent_index < catalog.tables[*parent].size { table.size } else { 0 };
                Some((parent_index * table.size, size))
            }
            (Some((_, None)), Some(key)) => {
                let block = dice::roll(self.seed, &table.id, 0, &plain(key)) % 10_000;
                Some((block as usize * table.size, table.size))
            }
            (Some((_, Some(parent))), None) => Some((0, table.size * catalog.tables[*parent].size)),
            _ => Some((0, table.size)),
        }
    }

    /// The places of all rows, or of those of one parent; `None` when there is no such parent.
    pub(crate) fn places(&mut self, at: usize, scope: Option<&Value>) -> Option<Vec<usize>> {
        let (first, count) = self.span(at, scope)?;
        let store = &self.stores[at];
        let created = store
            .created
            .iter()
            .filter(|created| scope.is_none() || created.parent.as_ref().map(plain) == scope.map(plain))
            .map(|created| created.index);
        let exists = |index: &usize| store.rows.get(index).is_none_or(|row| !row.deleted);
        Some((first..first + count).chain(created).filter(exists).collect())
    }

    /// The row with that key.
    pub(crate) fn find(&mut self, at: usize, key: &Value) -> Option<usize> {
        let catalog = Arc::clone(&self.catalog);
        let table = &catalog.tables[at];
        let text = plain(key);
        let index = if table.numeric {
            text.parse::<usize>().ok()?.checked_sub(1)?
        } else {
            let count = table.size + self.stores[at].created.len();
            (0..count).find(|index| plain(&self.key(table, *index)) == text)?
        };
        let known =
            self.is_initial(table, index) || self.stores[at].created.iter().any(|created| created.index == index);
        let deleted = self.stores[at].rows.get(&index).is_some_and(|row| row.deleted);
        (known && !deleted).then_some(index)
    }

    fn is_initial(&self, table: &Table, index: usize) -> bool {
        match &table.scope {
            None => index < table.size,
            Some((_, Some(parent))) => index < table.size * self.catalog.tables[*parent].size,
            Some((_, None)) => true,
        }
    }

    /// The key of a row.
    pub(crate) fn key(&self, table: &Table, index: usize) -> Value {
        if table.numeric { json!(index + 1) } else { json!(self.seedling(&table.id, index).uuid("key")) }
    }

    /// A row, made if need be.
    pub(crate) fn row(&mut self, (at, index): At) -> &mut Row {
        if !self.stores[at].rows.contains_key(&index) {
            let row = self.make(at, index);
            self.stores[at].rows.insert(index, row);
        }
        self.stores[at].rows.entry(index).or_default()
    }

    /// A row that may be changed: what was cached of it is forgotten.
    pub(crate) fn change(&mut self, at: At) -> &mut Map<String, Value> {
        self.changes += 1;
        let row = self.row(at);
        row.texts.clear();
        &mut row.fields
    }

    pub(crate) fn delete(&mut self, at: At) {
        self.changes += 1;
        self.row(at).deleted = true;
    }

    /// Adds a row: of a parent where the table has a scope, and about another row where one is given.
    pub(crate) fn create(&mut self, at: usize, parent: Option<Value>, about: Option<At>) -> usize {
        let catalog = Arc::clone(&self.catalog);
        let table = &catalog.tables[at];
        let parents =
            table.scope.as_ref().and_then(|(_, parent)| *parent).map_or(1, |parent| catalog.tables[parent].size);
        let index = table.size * parents + self.stores[at].created.len();
        self.changes += 1;
        self.stores[at].created.push(Created { index, parent, about });
        index
    }

    /// The value of a field, or of the same field of a row that this one leads to: a device has its user's `profileID`.
    pub(crate) fn lookup(&mut self, at: At, field: &str) -> Option<Value> {
        let mut rows = vec![at];
        rows.extend(self.row(at).related.iter().copied());
        rows.into_iter().find_map(|at| {
            let fields = &self.row(at).fields;
            fields
                .get(field)
                .or_else(|| fields.iter().find(|(name, _)| name.eq_ignore_ascii_case(field)).map(|(_, value)| value))
                .cloned()
        })
    }

    /// The row of that table that a row leads to.
    pub(crate) fn related(&mut self, at: At, target: usize) -> Option<usize> {
        self.row(at).related.iter().find(|(table, _)| *table == target).map(|(_, index)| *index)
    }

    /// A row in the form of an object type, as JSON text.
    pub(crate) fn text(&mut self, at: At, item: &str) -> Arc<str> {
        if let Some(text) = self.row(at).texts.get(item) {
            return Arc::clone(text);
        }
        let text: Arc<str> = self.project(at, item).to_string().into();
        self.row(at).texts.insert(item.to_owned(), Arc::clone(&text));
        text
    }

    /// A row in the form of an object type.
    pub(crate) fn project(&mut self, at: At, item: &str) -> Value {
        let (model, catalog) = (Arc::clone(&self.model), Arc::clone(&self.catalog));
        let table = &catalog.tables[at.0];
        let product = &model.products[table.product];
        let seedling = self.seedling(&table.id, at.1);
        let fields = &self.row(at).fields;
        let Some(object) = shape::object(product, item) else { return Value::Object(fields.clone()) };
        let projected = object.fields.iter().map(|field| {
            let stored = fields.get(&field.name).or_else(|| {
                fields.iter().find(|(name, _)| name.eq_ignore_ascii_case(&field.name)).map(|(_, value)| value)
            });
            let value = match stored {
                Some(value) if suits(&field.ty, value) => value.clone(),
                Some(value) if matches!(field.ty, Type::String { .. }) && !value.is_object() && !value.is_array() => {
                    json!(plain(value))
                }
                _ => seedling.value(product, &field.name, &field.ty),
            };
            (field.name.clone(), value)
        });
        Value::Object(projected.collect())
    }

    fn make(&mut self, at: usize, index: usize) -> Row {
        let (model, catalog) = (Arc::clone(&self.model), Arc::clone(&self.catalog));
        let table = &catalog.tables[at];
        let product = &model.products[table.product];
        let seedling = self.seedling(&table.id, index);
        let mut row = Row::default();
        for (name, _) in &table.fields {
            row.fields.insert(name.clone(), Value::Null);
        }
        let mut settled: Vec<&str> = Vec::new();
        let created = self.stores[at]
            .created
            .iter()
            .find(|created| created.index == index)
            .map(|created| (created.parent.clone(), created.about));
        if let Some(about) = created.as_ref().and_then(|(_, about)| *about) {
            row.related.push(about);
            let further: Vec<At> = self.row(about).related.clone();
            row.related.extend(further);
        }
        if let Some((_, Some(parent))) = table.scope {
            let parent_index = match created {
                Some((Some(key), _)) => self.find(parent, &key),
                _ => Some(index / table.size.max(1)),
            };
            row.related.extend(parent_index.map(|index| (parent, index)));
        }
        for relation in &table.relations {
            let target = &catalog.tables[relation.target];
            if target.size == 0 {
                continue;
            }
            let draw = |n: &str| {
                (dice::roll(self.seed, &table.id, index as u64, &format!("{}{n}", target.id)) % target.size as u64)
                    as usize
            };
            let value = if relation.many {
                json!([self.key(target, draw("")), self.key(target, draw("2"))])
            } else {
                // A table with a row for each device goes through them in order.
                let paired = table.scope.is_none() && target.size == table.size && index < table.size;
                let known = row.related.iter().find(|(known, _)| *known == relation.target).map(|(_, index)| *index);
                let picked = known.unwrap_or_else(|| match &table.scope {
                    None if paired => index,
                    None => draw(""),
                    // Nothing occurs twice below one parent.
                    Some(_) => {
                        let first = dice::roll(self.seed, &table.id, (index / table.size.max(1)) as u64, &target.id)
                            % target.size as u64;
                        (first as usize + index % table.size.max(1)) % target.size
                    }
                });
                if known.is_none() {
                    row.related.push((relation.target, picked));
                    let further: Vec<At> = self.row((relation.target, picked)).related.clone();
                    row.related.extend(further);
                }
                self.key(target, picked)
            };
            row.fields.insert(relation.field.clone(), value);
            settled.push(&relation.field);
        }
        for (position, (name, ty)) in table.fields.iter().enumerate() {
            if settled.contains(&name.as_str()) {
                continue;
            }
            let value = if table.key_fields.contains(name) {
                let key = self.key(table, index);
                if matches!(ty, Type::String { .. }) { json!(plain(&key)) } else { key }
            } else {
                let borrowed = self.borrowed(at, position, &row.related).filter(|value| suits(ty, value));
                borrowed.unwrap_or_else(|| seedling.value(product, name, ty))
            };
            row.fields.insert(name.clone(), value);
        }
        clear_unless_disabled(&mut row.fields);
        row
    }

    /// A value that belongs to a related row: a backup's `userEmail` is its user's.
    fn borrowed(&mut self, at: usize, field: usize, related: &[At]) -> Option<Value> {
        let lender = match self.lenders.get(&(at, field)) {
            Some(lender) => lender.clone(),
            None => {
                let lender = self.lender(&self.catalog.tables[at], &self.catalog.tables[at].fields[field].0, related);
                self.lenders.insert((at, field), lender.clone());
                lender
            }
        };
        let (table, name) = lender?;
        let row = related.iter().find(|(known, _)| *known == table)?;
        self.row(*row).fields.get(name.as_ref()).cloned()
    }

    /// The table and the field that a field's values come from, among the tables that its rows lead to.
    fn lender(&self, table: &Table, field: &str, related: &[At]) -> Lender {
        const IDENTITY: &[(&str, &str)] = &[
            ("emailid", "emailid"),
            ("email", "emailid"),
            ("initiator", "emailid"),
            ("clientversion", "clientversion"),
            ("serialnumber", "serialnumber"),
            ("uuid", "uuid"),
            ("platformos", "platformos"),
            ("clientos", "platformos"),
            ("cplatform", "platformos"),
            ("deviceos", "deviceos"),
        ];
        let lower = field.to_ascii_lowercase();
        let lower = lower.strip_prefix("insync").unwrap_or(&lower);
        let identity = IDENTITY.iter().find(|(name, _)| *name == lower).map(|(_, wanted)| *wanted);
        related.iter().find_map(|(at, _)| {
            let owner = &self.catalog.tables[*at];
            let named = |wanted: &dyn Fn(&str) -> bool| {
                owner.fields.iter().map(|(name, _)| name.as_str()).find(|name| wanted(&name.to_ascii_lowercase()))
            };
            let name = if let Some(wanted) = identity {
                named(&|name| name == wanted).filter(|_| !table.words.iter().any(|word| word == "user"))
            } else {
                let mentions = |word: &String| {
                    (1..=lower.len())
                        .rev()
                        .filter(|end| lower.is_char_boundary(*end))
                        .find(|end| alias(&lower[..*end]) == *word)
                        .map(|end| &lower[end..])
                };
                let rest = owner.words.iter().find_map(mentions)?;
                named(&|name| name == lower).or_else(|| match rest {
                    "" | "name" => owner.name_field(),
                    _ if rest.contains("email") => named(&|name| name.contains("email")),
                    _ => None,
                })
            };
            name.map(|name| (*at, Arc::from(name)))
        })
    }
}

/// Fields such as `disabledOn` say nothing about what is not disabled; nothing is about to be deleted.
pub(crate) fn clear_unless_disabled(fields: &mut Map<String, Value>) {
    let disabled =
        fields.iter().any(|(name, value)| is_state(name) && plain(value).to_ascii_lowercase().starts_with("disab"));
    for (name, value) in fields.iter_mut() {
        if (name.starts_with("disabled") && !disabled) || name.starts_with("deletion") {
            *value = Value::Null;
        }
    }
}

/// Whether a field says what state its row is in.
pub(crate) fn is_state(field: &str) -> bool {
    let lower = field.to_ascii_lowercase();
    lower.ends_with("status") || (lower.ends_with("state") && !lower.starts_with("upgrade"))
}

/// Whether a value is of a field's declared type.
fn suits(ty: &Type, value: &Value) -> bool {
    match (ty, value) {
        (_, Value::Null) | (Type::Json, _) => true,
        (Type::String { .. } | Type::DateTime, _) => value.is_string(),
        (Type::Integer, _) => value.is_i64() || value.is_u64(),
        (Type::Number, _) => value.is_number(),
        (Type::Boolean, _) => value.is_boolean(),
        (Type::List(_), _) => value.is_array(),
        (Type::Map(_) | Type::Object(_), _) => value.is_object(),
    }
}
