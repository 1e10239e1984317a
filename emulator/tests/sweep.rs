//! Every operation of the model is served on every cloud that has it, and what lists show can be fetched.

mod common;

use common::{Rig, encode};
use druva_api::{Answer, Cursor, ListStyle, Model, Operation, Param, Place, Product, Realm, Type};
use serde_json::{Map, Value, json};
use std::collections::HashMap;

/// Asks for everything that a model has, with ids out of its own lists.
struct Sweep<'a> {
    rig: Rig,
    model: &'a Model,
    cloud: &'static str,
    provider: String,
    /// Answers of lists, by target.
    seen: HashMap<String, Value>,
}

/// A request that the documents allow.
struct Right {
    target: String,
    head: String,
    body: String,
    /// Nothing in it was made up that must exist.
    exists: bool,
}

fn folded(name: &str) -> String {
    name.replace(['_', '[', ']'], "").to_ascii_lowercase()
}

fn stem(name: &str) -> Option<String> {
    let folded = folded(name);
    folded.strip_suffix("ids").or(folded.strip_suffix("id")).filter(|stem| !stem.is_empty()).map(str::to_owned)
}

impl<'a> Sweep<'a> {
    fn new(model: &'a Model, cloud: &'static str) -> Sweep<'a> {
        let rig = Rig::new(json!({ "devices": 50, "users": 20, "cloud": cloud }));
        let provider = if cloud == "public" { rig.provider() } else { String::new() };
        Sweep { rig, model, cloud, provider, seen: HashMap::new() }
    }

    fn operations(&self) -> Vec<(&'a Product, &'a Operation)> {
        let here = |operation: &Operation| operation.clouds.iter().any(|cloud| cloud == self.cloud);
        self.model.operations().filter(|(_, operation)| here(operation)).collect()
    }

    fn path(&self, operation: &'a Operation) -> &'a str {
        let route = operation.routes.iter().find(|route| route.cloud == self.cloud);
        route.map_or(&operation.path, |route| &route.path)
    }

    fn head(&self, product: &Product) -> String {
        let token = if product.realm == Realm::Msp { &self.provider } else { &self.rig.token };
        let key = if self.cloud == "cloudranger" {
            format!("x-api-key: {}\r\n", self.rig.emulator.api_key())
        } else {
            String::new()
        };
        format!("authorization: Bearer {token}\r\n{key}")
    }

    /// An id that a list shows: the nearest list, all of whose own path is known.
    fn id(
        &mut self,
        product: &'a Product,
        operation: &'a Operation,
        name: &str,
        known: &[(String, String)],
    ) -> Option<Value> {
        let stem = stem(name)?;
        let mut lists: Vec<(usize, &'a Operation, String)> = Vec::new();
        for (other, list) in self.operations() {
            let answers = matches!(list.answer, Answer::Json(_)) && list.method == "GET" && other.name == product.name;
            let path = self.path(list);
            if !answers || list.id == operation.id || path.ends_with('}') {
                continue;
            }
            let mut target = path.to_owned();
            for (wire, value) in known {
                target = target.replace(&format!("{{{wire}}}"), value);
            }
            let required = list.params.iter().any(|param| param.required && param.place != Place::Path);
            if target.contains('{') || required {
                continue;
            }
            let shared =
                path.split('/').zip(self.path(operation).split('/')).take_while(|(one, two)| one == two).count();
            lists.push((shared, list, target));
        }
        lists.sort_by_key(|(shared, list, _)| (std::cmp::Reverse(*shared), list.path.len()));
        for (_, list, target) in lists {
            let last = list.path.rsplit('/').next().map(folded).unwrap_or_default();
            if let Some(id) = self.look(product, &target).and_then(|answer| find(answer, name, last.starts_with(&stem)))
            {
                return Some(id.clone());
            }
        }
        None
    }

    fn look(&mut self, product: &Product, target: &str) -> Option<&Value> {
        if !self.seen.contains_key(target) {
            let answer = self.rig.send("GET", target, &self.head(product), b"").expect("an answer");
            self.seen.insert(target.to_owned(), serde_json::from_slice(&answer.body).unwrap_or_default());
        }
        self.seen.get(target)
    }

    fn right(&mut self, product: &'a Product, operation: &'a Operation, everything: bool) -> Right {
        let mut right = Right {
            target: self.path(operation).to_owned(),
            head: self.head(product),
            body: String::new(),
            exists: true,
        };
        let mut known: Vec<(String, String)> = Vec::new();
        let (mut query, mut members) = (Vec::new(), Map::new());
        for param in &operation.params {
            if param.place != Place::Path && !(param.required || (everything && may_be_sent(operation, param))) {
                continue;
            }
            let found = match &param.ty {
                Type::List(_) | Type::Integer | Type::String { .. } => self.id(product, operation, &param.wire, &known),
                _ => None,
            };
            right.exists &= found.is_some() || !matches!(param.place, Place::Path) || enumerated(&param.ty).is_some();
            // Some keys are numbers in one place and text in another.
            let found = found.filter(|id| param.ty != Type::Integer || id.is_number());
            let found = found.map(|id| if param.ty == Type::Integer { id } else { suited(id, &param.ty) });
            let value = match (found, &param.ty) {
                (Some(id), Type::List(_)) => json!([id]),
                (Some(id), _) => id,
                (None, ty) => param.default.clone().unwrap_or_else(|| value(product, &param.wire, ty, everything, 0)),
            };
            let around = |value: &Value| param.write.as_deref().unwrap_or("{}").replace("{}", &plain(value));
            match param.place {
                Place::Path => {
                    right.target = right.target.replace(&format!("{{{}}}", param.wire), &encode(&around(&value)));
                    known.push((param.wire.clone(), encode(&plain(&value))));
                }
                Place::Query => match (&value, param.list) {
                    (Value::Array(list), ListStyle::Repeat) => {
                        query.extend(list.iter().map(|one| format!("{}={}", encode(&param.wire), encode(&around(one)))))
                    }
                    (Value::Array(list), ListStyle::Comma) => {
                        let list: Vec<String> = list.iter().map(|one| encode(&around(one))).collect();
                        query.push(format!("{}={}", encode(&param.wire), list.join(",")));
                    }
                    (one, _) => query.push(format!("{}={}", encode(&param.wire), encode(&around(one)))),
                },
                Place::Header => right.head += &format!("{}: {}\r\n", param.wire, around(&value)),
                Place::Body => {
                    members.insert(param.wire.clone(), value);
                }
                Place::WholeBody => right.body = value.to_string(),
            }
        }
        if !query.is_empty() {
            right.target += &format!("?{}", query.join("&"));
        }
        if operation.form {
            let pairs = members.iter().map(|(name, value)| format!("{}={}", encode(name), encode(&plain(value))));
            right.body = pairs.collect::<Vec<_>>().join("&");
            right.head += "content-type: application/x-www-form-urlencoded\r\n";
        } else {
            if operation.params.iter().any(|param| param.place == Place::Body) && right.body.is_empty() {
                right.body = Value::Object(members).to_string();
            }
            right.head += "content-type: application/json\r\n";
        }
        right
    }

    /// Sends one operation with what it requires, or with all that it takes; says what is wrong with the answer.
    fn send(&mut self, product: &'a Product, operation: &'a Operation, everything: bool) -> Option<String> {
        let right = self.right(product, operation, everything);
        let answer = self.rig.send(&operation.method, &right.target, &right.head, right.body.as_bytes());
        let answer = answer.expect("an answer");
        let text = String::from_utf8_lossy(&answer.body);
        if operation.method != "GET" {
            self.seen.clear();
        }
        let report = || {
            let Right { target, body, .. } = &right;
            Some(format!("{} {} {} {target} {body}: {text}", answer.status, operation.id, operation.method))
        };
        if answer.status != 200 {
            let unknown = !right.exists && answer.status == 404;
            return if unknown { None } else { report() };
        }
        if let (Answer::Json(_), Some(pages), false) = (&operation.answer, &operation.pages, everything) {
            let pointer =
                if pages.items.is_empty() { String::new() } else { format!("/{}", pages.items.replace('.', "/")) };
            let count = answer.json().pointer(&pointer).and_then(Value::as_array).map(Vec::len);
            // What a free text must be nobody can guess.
            let guessed = |param: &Param| {
                param.required && param.place == Place::Query && param.ty == Type::String { values: Vec::new() }
            };
            let may_be_empty = !right.exists || operation.params.iter().any(guessed);
            return if count.is_some_and(|count| count > 0 || may_be_empty) { None } else { report() };
        }
        if let Answer::Json(_) = &operation.answer {
            answer.json();
        }
        None
    }
}

/// Tokens are made up by nobody but Druva, and conditions need to know what a report has.
fn may_be_sent(operation: &Operation, param: &Param) -> bool {
    let token = match operation.pages.as_ref().map(|pages| &pages.cursor) {
        Some(Cursor::Token { param, .. } | Cursor::Tracker { param, .. }) => Some(param),
        _ => None,
    };
    Some(&param.name) != token && !folded(&param.wire).ends_with("token")
}

fn enumerated(ty: &Type) -> Option<&String> {
    match ty {
        Type::String { values } => values.first(),
        Type::List(item) => enumerated(item),
        _ => None,
    }
}

fn suited(id: Value, ty: &Type) -> Value {
    match ty {
        Type::String { .. } => json!(plain(&id)),
        Type::List(item) => suited(id, item),
        _ => id,
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The first member that is called so, `id` of a list of such things included; null is no id.
fn find<'a>(answer: &'a Value, name: &str, is_own: bool) -> Option<&'a Value> {
    match answer {
        Value::Array(list) => list.iter().find_map(|one| find(one, name, is_own)),
        Value::Object(members) => {
            let wanted = |known: &str| {
                let (known, name) = (folded(known), folded(name));
                known == name || format!("{known}s") == name || (is_own && known == "id")
            };
            let own = members.iter().find(|(known, value)| wanted(known) && (value.is_string() || value.is_number()));
            own.map(|(_, value)| value).or_else(|| {
                members
                    .values()
                    .filter(|value| value.is_array() || value.is_object())
                    .find_map(|one| find(one, name, is_own))
            })
        }
        _ => None,
    }
}

/// Some value of a type; an object has what it must have, or all of its fields.
fn value(product: &Product, name: &str, ty: &Type, everything: bool, depth: usize) -> Value {
    let name = folded(name);
    match ty {
        _ if name == "filterby" => json!([]),
        _ if name == "granttype" => json!("client_credentials"),
        _ if name.ends_with("pagesize") || name == "limit" => match ty {
            Type::String { .. } => json!("10"),
            _ => json!(10),
        },
        Type::String { values } => json!(values.first().map_or("x1", String::as_str)),
        Type::Integer if name == "offset" => json!(0),
        Type::Integer | Type::Number => json!(1),
        Type::Boolean => json!(true),
        Type::DateTime => json!("2026-01-02T03:04:05Z"),
        Type::Json => json!({ "x": 1 }),
        Type::List(item) => json!([value(product, &name, item, everything, depth + 1)]),
        Type::Map(item) => json!({ "x": value(product, "x", item, everything, depth + 1) }),
        Type::Object(object) => {
            let fields = product.types.get(object).map_or(&[][..], |object| &object.fields);
            let wanted = fields.iter().filter(|field| field.required || (everything && depth < 3));
            wanted
                .map(|field| (field.name.clone(), value(product, &field.name, &field.ty, everything, depth + 1)))
                .collect()
        }
    }
}

fn sweep(cloud: &'static str, least: usize) {
    let model = Model::load();
    let mut sweep = Sweep::new(&model, cloud);
    let mut operations = sweep.operations();
    // What deletes comes last: until then there is something to find.
    operations.sort_by_key(|(_, operation)| (operation.method != "GET", operation.method == "DELETE"));
    let mut failures: Vec<String> = Vec::new();
    for (product, operation) in &operations {
        // What is gone cannot be deleted once more.
        let passes: &[bool] = if operation.method == "DELETE" { &[true] } else { &[false, true] };
        for everything in passes {
            failures.extend(sweep.send(product, operation, *everything));
        }
    }
    assert!(failures.is_empty(), "{} of {cloud} went wrong:\n{}", failures.len(), failures.join("\n"));
    let log = sweep.rig.log();
    let wrong: Vec<&Value> = log["requests"]
        .as_array()
        .expect("requests")
        .iter()
        .filter(|request| !request["violation"].is_null())
        .collect();
    assert!(wrong.is_empty(), "{} violations, the first {:#}", wrong.len(), wrong[0]);
    assert!(operations.len() >= least, "only {} operations on {cloud}", operations.len());
}

#[test]
fn everything_on_the_public_cloud() {
    sweep("public", 150);
}

#[test]
fn everything_on_the_government_clouds() {
    sweep("insync-gov", 50);
    sweep("gov", 90);
}

#[test]
fn everything_of_cloudranger() {
    sweep("cloudranger", 0);
}
