//! Which tables there are and what each operation does to them, inferred from the model: an operation that is added to
//! the model is served without a line of code here.

use crate::options::Options;
use crate::shape::{self, Shape};
use druva_api::{Answer, Model, Operation, Place, Product, Type};
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
    /// Rows at the start; for each parent, when there is a scope.
    pub(crate) size: usize,
    /// Fields that hold keys of other tables; the most specific tables first.
    pub(crate) relations: Vec<Relation>,
}

/// A field whose value is a key, or a list of keys, of another table.
#[derive(Debug, Clone)]
pub(crate) struct Relation {
    pub(crate) field: String,
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
            let mut resources: indexmap::IndexMap<String, Vec<&Operation>> = indexmap::IndexMap::new();
            for operation in &product.operations {
                resources.entry(resource(operation)).or_default().push(operation);
            }
            for (id, operations) in resources {
                catalog.add(at, product, id, &operations, options);
            }
        }
        catalog.relate();
        catalog
    }

    fn add(&mut self, at: usize, product: &Product, id: String, operations: &[&Operation], options: &Options) {
        let kinds: Vec<Kind> = operations.iter().map(|operation| kind(product, operation)).collect();
        let last = |wanted: &[Kind]| {
            let picked = operations.iter().zip(&kinds).filter(|(_, kind)| wanted.contains(kind));
            picked.filter_map(|(operation, _)| path_params(operation).pop()).next()
        };
        let scope = last(&[Kind::List]);
        let key_param = last(&[Kind::Get, Kind::Update, Kind::Delete])
            .or_else(|| last(&[Kind::Act]))
            .filter(|key| Some(key) != scope.as_ref());
        let mut table = Table {
            size: size(&id, options),
            words: words(&id, key_param.as_deref()),
            numeric: key_is_integer(operations, key_param.as_deref()),
            id,
            product: at,
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
        // Where an argument names the values of a field, rows have these.
        let arguments =
            operations.iter().flat_map(|operation| &operation.params).filter(|param| param.place != Place::Path);
        for param in arguments.filter(|param| matches!(&param.ty, Type::String { values } if !values.is_empty())) {
            let open = |(name, ty): &&mut (String, Type)| {
                *name == param.name && matches!(ty, Type::String { values } if values.is_empty())
            };
            if let Some((_, ty)) = table.fields.iter_mut().find(open) {
                *ty = param.ty.clone();
            }
        }
        table.find_key();
        self.plans.extend(plans);
        self.tables.push(table);
    }

    /// Links fields such as `userID` to the tables they speak of.
    fn relate(&mut self) {
        for at in 0..self.tables.len() {
            let table = &self.tables[at];
            let mut relations: Vec<Relation> = Vec::new();
            for (field, ty) in &table.fields {
                if table.key_fields.contains(field) {
                    continue;
                }
                let many = matches!(ty, Type::List(_));
                if let Some(target) = self.target(at, field, ty) {
                    relations.push(Relation { field: field.clone(), target, many });
                }
            }
            let scope = table.scope.as_ref().and_then(|(param, _)| self.entity(at, stem(param)?));
            if let Some((_, parent)) = &mut self.tables[at].scope {
                *parent = scope;
            }
            self.tables[at].relations = relations;
        }
        let depths: Vec<usize> = (0..self.tables.len()).map(|at| self.depth(at, &mut Vec::new())).collect();
        for table in &mut self.tables {
            table.relations.sort_by_key(|relation| (relation.many, std::cmp::Reverse(depths[relation.target])));
        }
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
                self.entity(at, &singular(lower.strip_suffix("ids").unwrap_or(&lower)))
            }
            Type::Integer | Type::String { .. } => self.entity(at, stem(field)?),
            _ => None,
        }
    }

    /// The table whose rows are called so; of several the nearest by name.
    pub(crate) fn entity(&self, from: usize, name: &str) -> Option<usize> {
        let name = alias(&name.to_ascii_lowercase());
        let is_called = |word: &String| {
            *word == name || name.ends_with(word.as_str()) || (name.len() >= 4 && word.ends_with(&name))
        };
        let shared = |table: &Table| {
            table.id.split('.').zip(self.tables[from].id.split('.')).take_while(|(one, other)| one == other).count()
        };
        let candidates = self.tables.iter().enumerate().filter(|(at, table)| {
            table.product == self.tables[from].product
                && *at != from
                && !table.key_fields.is_empty()
                && table.scope.is_none()
                && table.words.iter().any(is_called)
        });
        candidates
            .min_by_key(|(at, table)| (!table.words.contains(&name), std::cmp::Reverse(shared(table)), *at))
            .map(|(at, _)| at)
    }
}

impl Table {
    /// Finds the field with the key: called like the path parameter, else `id`, else the first `...ID`.
    fn find_key(&mut self) {
        let named = |wanted: &str| {
            self.fields
                .iter()
                .filter(|(name, _)| name.eq_ignore_ascii_case(wanted))
                .map(|(name, _)| name.clone())
                .collect::<Vec<_>>()
        };
        let mut keys = self.key_param.as_deref().map(named).unwrap_or_default();
        if keys.is_empty() {
            keys = named("id");
        }
        if keys.is_empty() && self.key_param.is_none() {
            let own = |name: &str| {
                stem(name).is_some_and(|stem| self.words.iter().any(|word| word.eq_ignore_ascii_case(stem)))
            };
            keys = self.fields.iter().filter(|(name, _)| own(name)).map(|(name, _)| name.clone()).collect();
        }
        if self.key_param.is_none() {
            self.numeric =
                keys.iter().any(|key| self.fields.iter().any(|(name, ty)| name == key && *ty == Type::Integer));
        }
        self.key_fields = keys;
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

/// `insync.devices.v1.list` -> `insync.devices`
fn resource(operation: &Operation) -> String {
    let parts: Vec<&str> = operation.id.split('.').collect();
    let is_version =
        |part: &str| part.len() > 1 && part.starts_with('v') && part[1..].bytes().all(|byte| byte.is_ascii_digit());
    parts[..parts.len().saturating_sub(1)]
        .iter()
        .filter(|part| !is_version(part))
        .copied()
        .collect::<Vec<_>>()
        .join(".")
}

fn kind(product: &Product, operation: &Operation) -> Kind {
    let ends_in_param = operation.path.ends_with('}');
    let answers_object = matches!(operation.answer, Answer::Json(Type::Object(_)));
    match (operation.method.as_str(), operation.verb()) {
        _ if operation.pages.is_some() => Kind::List,
        ("GET", verb) if ends_in_param && answers_object && verb != "list" => Kind::Get,
        ("GET", _) if shape::of_list(product, operation).is_some() => Kind::List,
        ("GET", _) => Kind::Single,
        ("POST", "create" | "add") => Kind::Create,
        ("PUT" | "PATCH", _) if ends_in_param => Kind::Update,
        ("DELETE", _) if ends_in_param => Kind::Delete,
        _ => Kind::Act,
    }
}

/// The parameters of the path that pick rows, in order; versions in the path pick nothing.
pub(crate) fn path_params(operation: &Operation) -> Vec<String> {
    let in_path = operation.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    in_path.filter(|name| *name != "version").map(str::to_owned).collect()
}

fn key_is_integer(operations: &[&Operation], key: Option<&str>) -> bool {
    let params = operations.iter().flat_map(|operation| &operation.params);
    params
        .filter(|param| param.place == Place::Path && Some(param.wire.as_str()) == key)
        .any(|param| param.ty == Type::Integer)
}

/// `deviceID` -> `device`
fn stem(name: &str) -> Option<&str> {
    name.strip_suffix("ID").or_else(|| name.strip_suffix("Id")).filter(|stem| !stem.is_empty())
}

fn words(id: &str, key_param: Option<&str>) -> Vec<String> {
    let resource = id.rsplit('.').next().unwrap_or(id).replace('_', "");
    let mut words = vec![singular(&resource)];
    words.extend(key_param.and_then(stem).map(str::to_ascii_lowercase));
    words.dedup();
    words
}

pub(crate) fn singular(name: &str) -> String {
    match name {
        _ if name.ends_with("ies") => format!("{}y", &name[..name.len() - 3]),
        _ if name.ends_with("sses") => name[..name.len() - 2].to_owned(),
        _ => name.strip_suffix('s').unwrap_or(name).to_owned(),
    }
}

/// Druva's other names for the same things.
pub(crate) fn alias(name: &str) -> String {
    let name = name.strip_prefix("insync").unwrap_or(name);
    match name {
        "datasource" | "resource" => "device".into(),
        "custodian" | "resourceparent" => "user".into(),
        "org" => "organization".into(),
        _ => name.to_owned(),
    }
}

/// How many rows a table has at the start.
fn size(id: &str, options: &Options) -> usize {
    match id {
        "insync.devices" | "insync.backups" => options.devices,
        "insync.users" => options.user_count(),
        _ if id.ends_with(".events") => 1_200,
        _ if id.ends_with("jobs") || id.ends_with("violations") || id.ends_with("restores") => 150,
        _ if id.ends_with("profiles") => 12,
        _ if id.ends_with("storages") || id.ends_with("caches") => 4,
        _ => 25,
    }
}
