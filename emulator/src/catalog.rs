//! Which tables there are and what each operation does to them, inferred from the model: an operation that is added to
//! the model is served without a line of code here.

use crate::names::{same, singular, stem, words};
use crate::options::Options;
use crate::resources::{kind, resources};
use crate::shape::{self, Shape};
use druva_api::{Cursor, Model, Operation, Place, Product, Type};
use std::collections::HashMap;

/// Tables and plans.
pub(crate) struct Catalog {
    pub(crate) tables: Vec<Table>,
    /// By operation id.
    pub(crate) plans: HashMap<String, Plan>,
}

/// The rows behind a resource: those of `insync.devices.*`, of all its versions.
#[derive(Debug)]
pub(crate) struct Table {
    /// `insync.devices`
    pub(crate) id: String,
    /// Position of its product in the model.
    pub(crate) product: usize,
    /// What one row is called in the names of fields that refer to it, lower case: `device`.
    pub(crate) words: Vec<String>,
    /// The path parameter that picks a row: `deviceID`.
    pub(crate) key_param: Option<String>,
    /// The field of a row that holds the key, in each spelling that occurs.
    pub(crate) key_fields: Vec<String>,
    /// Keys are counted; otherwise they are drawn.
    pub(crate) numeric: bool,
    /// Fields of all its object types together.
    pub(crate) fields: Vec<(String, Type)>,
    /// The path parameter of its lists that picks the rows of one parent, and the parent's table when it has one.
    pub(crate) scope: Option<(String, Option<usize>)>,
    /// A list shows its rows.
    pub(crate) listed: bool,
    /// Nothing tells which keys there are: no list, and no work that a write starts. Then there is a row for any key.
    pub(crate) open: bool,
    /// Rows at the start; for each parent, when there is a scope.
    pub(crate) size: usize,
    /// Tables that its rows lead to; the most specific ones first.
    pub(crate) relations: Vec<Relation>,
}

/// A row of another table that the rows of a table lead to.
#[derive(Debug, Clone)]
pub(crate) struct Relation {
    /// The field that holds the key, or a list of keys; none where rows only have the other's name.
    pub(crate) field: Option<String>,
    pub(crate) target: usize,
    pub(crate) many: bool,
}

/// What an operation does.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) table: usize,
    pub(crate) kind: Kind,
    pub(crate) shape: Option<Shape>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    List,
    Get,
    /// A read of something of which there is one.
    Single,
    Create,
    Update,
    Delete,
    /// A verb of the domain, on the row that the path names or on none.
    Act,
}

impl Catalog {
    pub(crate) fn new(model: &Model, options: &Options) -> Catalog {
        let mut catalog = Catalog { tables: Vec::new(), plans: HashMap::new() };
        for (at, product) in model.products.iter().enumerate() {
            for (id, operations) in resources(product) {
                catalog.add(at, product, id, &operations, options);
            }
        }
        catalog.nest();
        catalog.relate();
        catalog
    }

    fn add(&mut self, at: usize, product: &Product, id: String, operations: &[&Operation], options: &Options) {
        let kinds: Vec<Kind> = operations.iter().map(|operation| kind(product, operation)).collect();
        let of = |wanted: &[Kind]| -> Vec<&Operation> {
            let picked = operations.iter().zip(&kinds).filter(|(_, kind)| wanted.contains(kind));
            picked.map(|(operation, _)| *operation).collect()
        };
        // The rows of the list whose path names most belong to what it names last, unless that is such a row itself.
        let lists = of(&[Kind::List]);
        let own = words(&id, None);
        let is_own = |wire: &str| stem(wire).is_some_and(|stem| own.contains(&stem));
        // Lists that are called otherwise, as `list_by_region`, look at the same rows from elsewhere.
        let narrowest =
            lists.iter().rev().max_by_key(|operation| (operation.verb() == "list", path_params(operation).len()));
        let scope = narrowest.and_then(|operation| {
            path_params(operation).into_iter().rev().find(|wire| !is_enumerated(operation, wire) && !is_own(wire))
        });
        let last = |wanted: &[Kind]| {
            let last = |operation| path_params(operation).pop().filter(|wire| !is_enumerated(operation, wire));
            of(wanted).into_iter().find_map(last)
        };
        let key_param = last(&[Kind::Get, Kind::Update, Kind::Delete])
            .or_else(|| last(&[Kind::Act]))
            .filter(|key| !scope.as_ref().is_some_and(|scope| same(scope, key)));
        let mut table = Table {
            size: size(&id, options, &lists),
            words: words(&id, key_param.as_deref()),
            numeric: key_is_integer(operations, key_param.as_deref()),
            id,
            product: at,
            listed: !lists.is_empty(),
            open: lists.is_empty() && operations.iter().all(|operation| operation.waiter.is_none()),
            key_param,
            key_fields: Vec::new(),
            fields: Vec::new(),
            scope: scope.map(|param| (param, None)),
            relations: Vec::new(),
        };
        let mut plans = Vec::new();
        for (operation, kind) in operations.iter().zip(kinds) {
            let shape = match kind {
                Kind::List => shape::of_list(product, operation),
                _ => shape::of_row(product, operation, table.key_param.as_deref()),
            };
            plans.push((operation.id.clone(), Plan { table: self.tables.len(), kind, shape }));
        }
        // Lists come first: their rows are what the table is about.
        plans.sort_by_key(|(_, plan)| match plan.kind {
            Kind::List => 0,
            Kind::Get | Kind::Single => 1,
            _ => 2,
        });
        for (_, plan) in &plans {
            let item = plan.shape.as_ref().and_then(|shape| shape.item.as_ref());
            for field in item.and_then(|name| shape::object(product, name)).map_or(&[][..], |object| &object.fields) {
                if !table.fields.iter().any(|(known, _)| *known == field.name) {
                    table.fields.push((field.name.clone(), field.ty.clone()));
                }
            }
        }
        table.take_values(operations);
        table.find_key(operations);
        self.plans.extend(plans);
        self.tables.push(table);
    }

    /// Finds the tables that hold the parents of rows.
    fn nest(&mut self) {
        for at in 0..self.tables.len() {
            let parent = self.tables[at].scope.as_ref().and_then(|(param, _)| self.entity(at, &stem(param)?, true));
            let parent = parent.filter(|parent| !self.lineage(*parent).contains(&at));
            if let Some((_, known)) = &mut self.tables[at].scope {
                *known = parent;
            }
        }
    }

    /// The tables of a table's parent, of its parent, and so on.
    pub(crate) fn lineage(&self, at: usize) -> Vec<usize> {
        let parent = |at: &usize| self.tables[*at].scope.as_ref().and_then(|(_, parent)| *parent);
        std::iter::successors(Some(at), parent).skip(1).collect()
    }

    /// Whether the rows of both tables stand below the same kind of parent that has no table.
    fn is_beside(&self, at: usize, target: usize) -> bool {
        let root = self.lineage(at).last().copied().unwrap_or(at);
        match (&self.tables[root].scope, &self.tables[target].scope) {
            (Some((one, None)), Some((other, None))) => same(one, other),
            _ => false,
        }
    }

    /// Links fields such as `userID` to the tables they speak of.
    fn relate(&mut self) {
        for at in 0..self.tables.len() {
            let table = &self.tables[at];
            let mut relations: Vec<Relation> = Vec::new();
            for (field, ty) in table.fields.iter().filter(|(field, _)| !table.key_fields.contains(field)) {
                if let Some(target) = self.target(at, field, ty) {
                    let many = matches!(ty, Type::List(_));
                    relations.push(Relation { field: Some(field.clone()), target, many });
                }
            }
            let named = table.fields.iter().filter_map(|(field, _)| self.named(at, field));
            for target in named.collect::<Vec<_>>() {
                if !relations.iter().any(|relation| relation.target == target) {
                    relations.push(Relation { field: None, target, many: false });
                }
            }
            // Rows that lead to one another in a circle could not be made.
            relations.retain(|relation| {
                relation.many || !self.reaches(relation.target, at, &mut vec![false; self.tables.len()])
            });
            self.tables[at].relations = relations;
        }
        let depths: Vec<usize> = (0..self.tables.len()).map(|at| self.depth(at, &mut Vec::new())).collect();
        for table in &mut self.tables {
            table.relations.sort_by_key(|relation| (relation.many, std::cmp::Reverse(depths[relation.target])));
        }
    }

    /// Whether rows of a table lead to those of another one in the end.
    fn reaches(&self, from: usize, to: usize, seen: &mut [bool]) -> bool {
        if std::mem::replace(&mut seen[from], true) {
            return false;
        }
        let parent = self.tables[from].scope.as_ref().and_then(|(_, parent)| *parent);
        let single = self.tables[from].relations.iter().filter(|relation| !relation.many);
        let next = single.map(|relation| relation.target).chain(parent);
        from == to || next.collect::<Vec<_>>().into_iter().any(|next| self.reaches(next, to, seen))
    }

    /// How many tables a row leads to, one after the other: a device leads to its user, who leads to a profile.
    fn depth(&self, at: usize, seen: &mut Vec<usize>) -> usize {
        if seen.contains(&at) {
            return 0;
        }
        seen.push(at);
        let deepest = self.tables[at].relations.iter().map(|relation| self.depth(relation.target, seen)).max();
        seen.pop();
        deepest.map_or(0, |depth| depth + 1)
    }

    fn target(&self, at: usize, field: &str, ty: &Type) -> Option<usize> {
        match ty {
            Type::List(item) if matches!(**item, Type::Integer) => {
                let lower = field.to_ascii_lowercase();
                self.entity(at, &singular(lower.strip_suffix("ids").unwrap_or(&lower)), false)
            }
            Type::Integer | Type::String { .. } => {
                let stem = stem(field)?;
                let above = self.lineage(at).into_iter().find(|above| self.tables[*above].words.contains(&stem));
                let beside = || self.entity(at, &stem, true).filter(|target| self.is_beside(at, *target));
                above.or_else(|| self.entity(at, &stem, false)).or_else(beside)
            }
            _ => None,
        }
    }

    /// The table whose rows a field such as `customerName` names, when they are called exactly so.
    fn named(&self, at: usize, field: &str) -> Option<usize> {
        let word = crate::names::folded(field.strip_suffix("Name")?);
        let target = self.entity(at, &word, false)?;
        self.tables[target].words.contains(&word).then_some(target)
    }

    /// The table whose rows are called so; of several the nearest by name. Rows that belong to a parent are meant only
    /// where the parent is known, as in a path.
    pub(crate) fn entity(&self, from: usize, name: &str, nested: bool) -> Option<usize> {
        let name = crate::names::alias(&name.to_ascii_lowercase());
        let is_called = |word: &String| {
            *word == name || name.ends_with(word.as_str()) || (name.len() >= 4 && word.ends_with(&name))
        };
        let shared = |table: &Table| {
            table.id.split('.').zip(self.tables[from].id.split('.')).take_while(|(one, other)| one == other).count()
        };
        // A product's tables stand together.
        let product = self.tables[from].product;
        let first = self.tables.partition_point(|table| table.product < product);
        let tables = self.tables.iter().enumerate().skip(first).take_while(|(_, table)| table.product == product);
        let candidates = tables.filter(|(at, table)| {
            *at != from
                && table.listed
                && !table.key_fields.is_empty()
                && (nested || table.scope.is_none())
                && table.words.iter().any(is_called)
        });
        candidates
            .min_by_key(|(at, table)| {
                (table.scope.is_some(), !table.words.contains(&name), std::cmp::Reverse(shared(table)), *at)
            })
            .map(|(at, _)| at)
    }
}

impl Table {
    /// Where an argument names the values of a field, rows have these.
    fn take_values(&mut self, operations: &[&Operation]) {
        let arguments =
            operations.iter().flat_map(|operation| &operation.params).filter(|param| param.place != Place::Path);
        for param in arguments.filter(|param| matches!(&param.ty, Type::String { values } if !values.is_empty())) {
            let open = |(name, ty): &&mut (String, Type)| {
                *name == param.name && matches!(ty, Type::String { values } if values.is_empty())
            };
            if let Some((_, ty)) = self.fields.iter_mut().find(open) {
                *ty = param.ty.clone();
            }
        }
    }

    /// Finds the field with the key: what tells work in a list, else called like the path parameter, else `id`, else the
    /// first `...ID`.
    fn find_key(&mut self, operations: &[&Operation]) {
        let those = |wanted: &dyn Fn(&str) -> bool| -> Vec<String> {
            self.fields.iter().map(|(name, _)| name).filter(|name| wanted(name)).cloned().collect()
        };
        let work = operations.iter().find_map(|operation| operation.waiter.as_ref()?.matches.as_deref());
        let mut keys = work.map(|member| those(&|name| name == member)).unwrap_or_default();
        if let Some(param) = self.key_param.as_deref().filter(|_| keys.is_empty()) {
            keys = those(&|name| same(name, param));
        }
        if keys.is_empty() {
            keys = those(&|name| name.eq_ignore_ascii_case("id"));
        }
        let own = |name: &str| stem(name).is_some_and(|stem| self.words.iter().any(|word| stem.ends_with(word)));
        if keys.is_empty() {
            // `scanJobID` is the `JobID` of the path.
            keys = those(&own);
            keys.truncate(1);
        }
        let is_integer = |key: &String| self.fields.iter().any(|(name, ty)| name == key && *ty == Type::Integer);
        self.numeric = (self.numeric && self.key_param.is_some()) || keys.iter().any(is_integer);
        self.key_fields = keys;
        // A name in the path picks no row, unless rows have it: there is one answer for each.
        let fields = &self.key_fields;
        self.key_param =
            self.key_param.take().filter(|param| stem(param).is_some() || fields.iter().any(|name| same(name, param)));
    }

    /// The name of the field that names a row.
    pub(crate) fn name_field(&self) -> Option<&str> {
        let named = |wanted: &dyn Fn(&str) -> bool| {
            self.fields.iter().map(|(name, _)| name.as_str()).find(|name| wanted(&name.to_ascii_lowercase()))
        };
        named(&|name| self.words.iter().any(|word| name == format!("{word}name")))
            .or_else(|| named(&|name| name == "name"))
            .or_else(|| named(&|name| name.ends_with("name")))
    }
}

/// The parameters of the path that pick rows, in order; versions in the path pick nothing.
pub(crate) fn path_params(operation: &Operation) -> Vec<String> {
    let in_path = operation.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    in_path.filter(|name| *name != "version").map(str::to_owned).collect()
}

/// Whether the documents list the values of a path parameter: it is a choice, not a row of a table.
fn is_enumerated(operation: &Operation, wire: &str) -> bool {
    let params = operation.params.iter().filter(|param| param.place == Place::Path && param.wire == wire);
    params.into_iter().any(|param| matches!(&param.ty, Type::String { values } if !values.is_empty()))
}

fn key_is_integer(operations: &[&Operation], key: Option<&str>) -> bool {
    let params = operations.iter().flat_map(|operation| &operation.params);
    params
        .filter(|param| param.place == Place::Path && Some(param.wire.as_str()) == key)
        .any(|param| param.ty == Type::Integer)
}

/// How many rows a table has at the start.
fn size(id: &str, options: &Options, lists: &[&Operation]) -> usize {
    let by_offset = |operation: &&Operation| {
        matches!(operation.pages.as_ref().map(|pages| &pages.cursor), Some(Cursor::Offset { .. }))
    };
    match id {
        "insync.devices" | "insync.backups" => options.devices,
        "insync.users" => options.user_count(),
        "msp.customers" => options.customers,
        _ if id.ends_with(".events") => 1_200,
        _ if id.ends_with("jobs") || id.ends_with("violations") || id.ends_with("restores") => 150,
        _ if id.ends_with("profiles") => 12,
        _ if id.ends_with("storages") || id.ends_with("caches") => 4,
        // More than two pages of the usual size.
        _ if lists.iter().any(by_offset) => 75,
        _ => 25,
    }
}
