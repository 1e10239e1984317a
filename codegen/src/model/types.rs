//! From schemas to the model's types, with the overlay's names, meanings and corrections.

use super::overlay::{Fix, Overlay};
use super::{Files, schema};
use crate::Problem;
use crate::names::{pascal, singular};
use druva_api::{Answer, Field, ObjectType, Operation, Type};
use indexmap::IndexMap;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// The object types of a product, as they are met.
pub(super) struct Types<'a> {
    components: &'a Map<String, Value>,
    overlay: &'a Overlay,
    files: &'a Files,
    /// The type's name by the schema's place.
    names: BTreeMap<String, String>,
    /// The place that a name came from first.
    origins: BTreeMap<String, String>,
    objects: BTreeMap<String, ObjectType>,
    problems: Vec<Problem>,
}

impl<'a> Types<'a> {
    pub(super) fn new(components: &'a Map<String, Value>, overlay: &'a Overlay, files: &'a Files) -> Self {
        Types {
            components,
            overlay,
            files,
            names: BTreeMap::new(),
            origins: BTreeMap::new(),
            objects: BTreeMap::new(),
            problems: Vec::new(),
        }
    }

    /// An object type by its name.
    pub(super) fn object(&self, name: &str) -> Option<&ObjectType> {
        self.objects.get(name)
    }

    /// Whether an object type was made of the schema at this place.
    pub(super) fn knows(&self, place: &str) -> bool {
        self.names.contains_key(place)
    }

    /// Every object type met so far.
    pub(super) fn objects(&self) -> impl Iterator<Item = &ObjectType> {
        self.objects.values()
    }

    /// The document's components.
    pub(super) fn components(&self) -> &'a Map<String, Value> {
        self.components
    }

    /// The type of a schema that stands at `place`; `hint` is the name an object gets that the overlay does not name.
    pub(super) fn resolve(&mut self, schema: &Value, place: &str, hint: &str) -> Type {
        if let Some(name) = schema::reference(schema) {
            return match self.components.get(name) {
                Some(component) => self.resolve(component, name, &pascal(name)),
                None => {
                    self.problems.push(self.files.openapi(0, format!("{place}: there is no schema {name}")));
                    Type::Json
                }
            };
        }
        let schema = &schema::folded(schema, self.components);
        if schema::reference(schema).is_some() {
            return self.resolve(schema, place, hint);
        }
        if !schema["oneOf"].is_null() || !schema["anyOf"].is_null() {
            return Type::Json;
        }
        if schema["properties"].as_object().is_some_and(|members| !members.is_empty()) {
            return self.register(schema, place, hint);
        }
        let date_time = schema["format"] == "date-time";
        match schema::type_name(schema) {
            Some("array") => {
                Type::List(Box::new(self.resolve(&schema["items"], &format!("{place}[]"), &singular(hint))))
            }
            Some("object") if schema["additionalProperties"].is_object() => Type::Map(Box::new(self.resolve(
                &schema["additionalProperties"],
                &format!("{place}{{}}"),
                &singular(hint),
            ))),
            Some("object") => Type::Map(Box::new(Type::Json)),
            Some("string") | None if date_time => Type::DateTime,
            Some("string") => Type::String { values: schema::values(schema) },
            Some("integer") => Type::Integer,
            Some("number") => Type::Number,
            Some("boolean") => Type::Boolean,
            _ => Type::Json,
        }
    }

    fn register(&mut self, schema: &Value, place: &str, hint: &str) -> Type {
        if let Some(name) = self.names.get(place) {
            return Type::Object(name.clone());
        }
        let note = self.overlay.types.get(place);
        if let Some(other) = note.and_then(|note| note.value.same_as.as_ref()) {
            self.names.insert(place.to_owned(), other.clone());
            return Type::Object(other.clone());
        }
        let name = note.and_then(|note| note.value.name.clone()).unwrap_or_else(|| hint.to_owned());
        self.names.insert(place.to_owned(), name.clone());
        let doc = note.and_then(|note| note.value.doc.clone()).unwrap_or_default();
        let fields = self.fields(schema, place, &name);
        let object = ObjectType { doc, fields, input: false, output: false };
        match self.objects.get(&name) {
            None => {
                self.origins.insert(name.clone(), place.to_owned());
                self.objects.insert(name.clone(), object);
            }
            Some(first) if same_shape(first, &object) => {}
            Some(_) => {
                let (file, line) = match note {
                    Some(note) => (&self.files.overlay, note.line),
                    None => (&self.files.openapi, 0),
                };
                let message = format!(
                    "the type name {name} is used for {} and, with other fields, for {place}",
                    self.origins[&name]
                );
                self.problems.push(Problem { file: file.clone(), line, message });
            }
        }
        Type::Object(name)
    }

    fn fields(&mut self, schema: &Value, place: &str, owner: &str) -> Vec<Field> {
        let overlay = self.overlay;
        let note = overlay.types.get(place);
        let notes = note.map(|note| &note.value.fields);
        let required = schema::required(schema);
        let mut fields = Vec::new();
        for (name, member) in schema["properties"].as_object().into_iter().flatten() {
            let entry = notes.and_then(|notes| notes.get(name));
            let common = overlay.fields.get(name);
            let fix = entry.and_then(|entry| entry.value.fix()).or(common.and_then(|entry| entry.value.fix()));
            if fix.is_some_and(|fix| fix.drop) {
                continue;
            }
            let ty = declared_or_corrected(fix, || {
                self.resolve(member, &format!("{place}.{name}"), &format!("{owner}{}", pascal(name)))
            });
            let required = fix.and_then(|fix| fix.required).unwrap_or(required.contains(&name.as_str()));
            let doc = entry
                .and_then(|entry| entry.value.doc())
                .or(common.and_then(|entry| entry.value.doc()))
                .or(overlay.glossary.get(name).map(|entry| entry.value.as_str()));
            // Some documents misspell a name.
            let name = fix.and_then(|fix| fix.name.as_ref()).unwrap_or(name).clone();
            fields.push(Field { name, ty, required, doc: doc.unwrap_or_default().to_owned() });
        }
        for (name, entry) in notes.into_iter().flat_map(|notes| notes.iter()) {
            let fix = entry.value.fix();
            let known = schema["properties"].get(name).is_some();
            match fix {
                Some(fix) if (fix.corrects() || fix.name.is_some()) && fix.reason.is_none() => {
                    self.problems.push(
                        self.files
                            .overlay(entry.line, format!("{place}.{name} contradicts the document without a reason")),
                    );
                }
                Some(fix) if fix.add && !known => fields.push(Field {
                    name: name.clone(),
                    ty: corrected(fix).unwrap_or(Type::Json),
                    required: fix.required.unwrap_or(false),
                    doc: entry
                        .value
                        .doc()
                        .or(overlay.glossary.get(name).map(|entry| entry.value.as_str()))
                        .unwrap_or_default()
                        .to_owned(),
                }),
                Some(fix) if fix.add => {
                    self.problems.push(self.files.overlay(entry.line, format!("{place} has a field {name} already")))
                }
                _ if !known => {
                    self.problems.push(self.files.overlay(entry.line, format!("{place} has no field {name}")))
                }
                _ => {}
            }
        }
        fields
    }

    /// The object types that the operations use, and what is wrong about them.
    pub(super) fn finish(mut self, operations: &[Operation]) -> (IndexMap<String, ObjectType>, Vec<Problem>) {
        let mut inputs = BTreeSet::new();
        let mut outputs = BTreeSet::new();
        for operation in operations {
            for param in &operation.params {
                self.reach(&param.ty, &mut inputs);
            }
            if let Answer::Json(ty) = &operation.answer {
                self.reach(ty, &mut outputs);
            }
        }
        for name in inputs.union(&outputs).filter(|name| !self.objects.contains_key(*name)) {
            self.problems.push(self.files.overlay(0, format!("there is no type {name}")));
        }
        for (place, note) in self.overlay.types.iter() {
            if !self.names.contains_key(place) {
                self.problems
                    .push(self.files.overlay(note.line, format!("no operation uses an object type at {place}")));
            }
            if note.value.same_as.is_some() && note.value.reason.is_none() {
                self.problems
                    .push(self.files.overlay(note.line, format!("{place} contradicts the document without a reason")));
            }
        }
        let mut types = IndexMap::new();
        for (name, mut object) in self.objects {
            object.input = inputs.contains(&name);
            object.output = outputs.contains(&name);
            // An object that only a correction replaced is nobody's.
            if object.input || object.output {
                types.insert(name, object);
            }
        }
        (types, self.problems)
    }

    fn reach(&self, ty: &Type, reached: &mut BTreeSet<String>) {
        match ty {
            Type::List(item) | Type::Map(item) => self.reach(item, reached),
            Type::Object(name) if reached.insert(name.clone()) => {
                for field in self.objects.get(name).into_iter().flat_map(|object| &object.fields) {
                    self.reach(&field.ty, reached);
                }
            }
            _ => {}
        }
    }
}

/// What the document declares, unless a correction gives another type; `list` is a list of what the document declares.
pub(super) fn declared_or_corrected(fix: Option<&Fix>, declared: impl FnOnce() -> Type) -> Type {
    let Some(fix) = fix else { return declared() };
    match fix.ty.as_deref() {
        Some("list") => Type::List(Box::new(declared())),
        _ => corrected(fix).unwrap_or_else(declared),
    }
}

/// The type that a correction gives.
pub(super) fn corrected(fix: &Fix) -> Option<Type> {
    match (&fix.ty, &fix.values) {
        (Some(name), values) => Some(with_values(parse(name), values.as_deref().unwrap_or_default())),
        (None, Some(values)) => Some(Type::String { values: values.clone() }),
        (None, None) => None,
    }
}

/// A type as the overlay writes it: `integer`, `list<string>`, `map<json>`, `Device`.
fn parse(text: &str) -> Type {
    let inner = |prefix: &str| {
        text.strip_prefix(prefix).and_then(|rest| rest.strip_suffix('>')).map(|item| Box::new(parse(item.trim())))
    };
    if let Some(item) = inner("list<") {
        return Type::List(item);
    }
    if let Some(item) = inner("map<") {
        return Type::Map(item);
    }
    match text {
        "string" => Type::String { values: Vec::new() },
        "integer" => Type::Integer,
        "number" => Type::Number,
        "boolean" => Type::Boolean,
        "datetime" => Type::DateTime,
        "json" => Type::Json,
        name => Type::Object(name.to_owned()),
    }
}

fn with_values(ty: Type, values: &[String]) -> Type {
    match ty {
        Type::String { .. } => Type::String { values: values.to_vec() },
        Type::List(item) => Type::List(Box::new(with_values(*item, values))),
        other => other,
    }
}

/// Whether two objects have the same fields, in whatever order and whatever is said about them.
fn same_shape(one: &ObjectType, other: &ObjectType) -> bool {
    let shape = |object: &ObjectType| {
        let fields = object.fields.iter().map(|field| (field.name.clone(), (field.ty.clone(), field.required)));
        fields.collect::<BTreeMap<_, _>>()
    };
    shape(one) == shape(other)
}
