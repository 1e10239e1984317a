//! The rows of all tables: made when they are first looked at, the same for the same seed, related to one another.

use crate::arguments::plain;
use crate::catalog::{Catalog, Relation};
use crate::dice;
use crate::lenders::Lender;
use crate::names::folded;
use crate::places::{BLOCKS, Named};
use crate::shape;
use crate::values::{Seedling, stamp};
use druva_api::{Model, Type};
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::sync::Arc;

/// A table and the place of a row in it.
pub(crate) type At = (usize, usize);

/// All rows.
pub(crate) struct Rows {
    pub(crate) catalog: Arc<Catalog>,
    model: Arc<Model>,
    pub(crate) seed: u64,
    base: i64,
    pub(crate) stores: Vec<Store>,
    changes: u64,
    /// What the parents that have no table are called, by the number of their block of rows.
    pub(crate) parents: HashMap<usize, Value>,
    /// The keys of rows that exist because somebody asked for them, by their places.
    pub(crate) adopted: HashMap<usize, Value>,
    /// Where the values of a field come from, by table and position of the field; most fields have their own.
    pub(crate) lenders: HashMap<(usize, usize), Lender>,
}

#[derive(Default)]
pub(crate) struct Store {
    pub(crate) rows: HashMap<usize, Row>,
    /// Rows that came after the start, in order.
    pub(crate) created: Vec<Created>,
}

/// A row that came after the start.
pub(crate) struct Created {
    /// What the path named when it came.
    pub(crate) named: Named,
    /// A row that it was made for.
    about: Option<At>,
    /// When it came, for rows that tell of something that happened.
    born: Option<f64>,
}

/// One row.
#[derive(Default)]
pub(crate) struct Row {
    pub(crate) fields: Map<String, Value>,
    pub(crate) deleted: bool,
    /// Rows that this one leads to, nearest first.
    pub(crate) related: Vec<At>,
    /// As JSON, by object type: what makes long lists quick.
    texts: HashMap<String, Arc<str>>,
}

impl Rows {
    pub(crate) fn new(catalog: Catalog, model: Arc<Model>, seed: u64, base: i64) -> Rows {
        let stores = catalog.tables.iter().map(|_| Store::default()).collect();
        Rows {
            catalog: Arc::new(catalog),
            model,
            seed,
            base,
            stores,
            changes: 0,
            parents: HashMap::new(),
            adopted: HashMap::new(),
            lenders: HashMap::new(),
        }
    }

    /// What the values of a row grow from.
    pub(crate) fn seedling<'a>(&self, table: &'a str, index: usize) -> Seedling<'a> {
        Seedling { seed: self.seed, table, index: index as u64, base: self.base }
    }

    /// Differs whenever any row has changed.
    pub(crate) fn state(&self) -> u64 {
        self.changes
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

    /// Adds a row: below what the path named, and about another row where one is given.
    pub(crate) fn create(&mut self, at: usize, named: Named, about: Option<At>) -> usize {
        self.add(at, Created { named, about, born: None })
    }

    /// Adds a row that tells of something that happens now.
    pub(crate) fn happen(&mut self, at: usize, named: Named, now: f64) -> usize {
        self.add(at, Created { named, about: None, born: Some(now) })
    }

    fn add(&mut self, at: usize, created: Created) -> usize {
        self.changes += 1;
        self.stores[at].created.push(created);
        self.total(at) + self.stores[at].created.len() - 1
    }

    /// A row that tells of another one says the same where both have a field: the summary of a hunt, its state.
    pub(crate) fn mirror(&mut self, at: At, of: At) {
        let original = self.row(of).fields.clone();
        let row = self.row(at);
        let same = |(name, value): (&String, &mut Value)| match original.get(name) {
            Some(known) if known != value => {
                *value = known.clone();
                true
            }
            _ => false,
        };
        if row.fields.iter_mut().map(same).fold(false, |changed, one| changed | one) {
            row.texts.clear();
        }
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
        let created = index.checked_sub(self.total(at)).and_then(|n| self.stores[at].created.get(n));
        let (about, born) = created.map_or((None, None), |created| (created.about, created.born));
        for leads_to in about.into_iter().chain(self.parent((at, index))) {
            self.lead(&mut row, leads_to);
        }
        for relation in &table.relations {
            let Some(value) = self.relate(&mut row, (at, index), relation) else { continue };
            if let Some(field) = &relation.field {
                row.fields.insert(field.clone(), value);
                settled.push(field);
            }
        }
        let outer = self.outer((at, index));
        for (position, (name, ty)) in table.fields.iter().enumerate() {
            if settled.contains(&name.as_str()) {
                continue;
            }
            let value = if table.key_fields.contains(name) {
                let key = self.key(table, index);
                match ty {
                    Type::String { .. } => json!(plain(&key)),
                    Type::Integer => plain(&key).parse::<u64>().map_or(key, |number| json!(number)),
                    _ => key,
                }
            } else if let Some(value) = outer.of(name).filter(|value| suits(ty, value)) {
                value.clone()
            } else {
                let borrowed = self.borrowed(at, position, &row.related).filter(|value| suits(ty, value));
                let own = borrowed.unwrap_or_else(|| seedling.value(product, name, ty));
                if folded(name) == "timestamp" { born.map_or(own.clone(), |born| stamp(&own, born)) } else { own }
            };
            row.fields.insert(name.clone(), value);
        }
        clear_unless_disabled(&mut row.fields);
        row
    }

    /// A row leads to another one, and to all that that one leads to.
    fn lead(&mut self, row: &mut Row, to: At) {
        let further: Vec<At> = self.row(to).related.clone();
        row.related.extend(std::iter::once(to).chain(further));
    }

    /// The row that a relation leads to, or the rows: their key.
    fn relate(&mut self, row: &mut Row, (at, index): At, relation: &Relation) -> Option<Value> {
        let catalog = Arc::clone(&self.catalog);
        let (table, target) = (&catalog.tables[at], &catalog.tables[relation.target]);
        if target.size == 0 {
            return None;
        }
        let draw = |n: &str| {
            (dice::roll(self.seed, &table.id, index as u64, &format!("{}{n}", target.id)) % target.size as u64) as usize
        };
        if relation.many {
            return Some(json!([self.key(target, draw("")), self.key(target, draw("2"))]));
        }
        // A table with a row for each device goes through them in order.
        let paired = table.scope.is_none() && target.size == table.size && index < table.size;
        // Where both stand below a parent without a table, it is the same parent.
        let block = match &target.scope {
            Some((_, None)) => index / (self.total(at) / BLOCKS).max(1),
            _ => 0,
        };
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
        let picked = if known.is_none() { block * target.size + picked } else { picked };
        if known.is_none() {
            self.lead(row, (relation.target, picked));
        }
        Some(self.key(target, picked))
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
