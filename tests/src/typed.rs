//! The typed surface of Rust, called by name: what the generated dispatch in `generated` is made of.

use druva::{FromAnswer, FromJson, Json, PageStream, Response};
use serde_json::{Map, Number, Value, json};
use std::borrow::Cow;

/// What a typed call gives: `{read, raw}`, of a list one of each for every page.
pub type Outcome = druva::Result<Value>;

/// Arguments by their names.
#[derive(Debug)]
pub struct Arguments(Json);

impl Arguments {
    /// Those of a JSON object.
    pub fn new(object: &Value) -> Arguments {
        Arguments(plain(object))
    }

    /// An argument, if it is given.
    pub fn get<T: FromJson>(&self, name: &str) -> Option<T> {
        self.0.get(name).and_then(|value| T::from_json(&value))
    }

    /// An argument that the method takes by position.
    ///
    /// # Panics
    /// If it is not given.
    pub fn need<T: FromJson>(&self, name: &str) -> T {
        self.get(name).unwrap_or_else(|| panic!("no argument {name}"))
    }
}

/// A value as it is read through a typed accessor.
pub trait See {
    /// None if there is nothing to see.
    fn see(&self) -> Option<Value>;
}

impl See for String {
    fn see(&self) -> Option<Value> {
        Some(json!(self))
    }
}

impl See for Cow<'_, str> {
    fn see(&self) -> Option<Value> {
        Some(json!(self))
    }
}

impl See for i64 {
    fn see(&self) -> Option<Value> {
        Some(json!(self))
    }
}

impl See for f64 {
    fn see(&self) -> Option<Value> {
        Number::from_f64(*self).map(Value::Number)
    }
}

impl See for bool {
    fn see(&self) -> Option<Value> {
        Some(json!(self))
    }
}

impl See for Json {
    fn see(&self) -> Option<Value> {
        (!self.is_null()).then(|| value(self))
    }
}

/// An object with free keys inside another one.
#[derive(Debug)]
pub struct Free(Json);

impl FromJson for Free {
    fn from_json(json: &Json) -> Option<Free> {
        json.is_object().then(|| Free(json.clone()))
    }
}

impl See for Free {
    fn see(&self) -> Option<Value> {
        self.0.see()
    }
}

impl<T: See> See for Vec<T> {
    fn see(&self) -> Option<Value> {
        Some(self.iter().filter_map(See::see).collect())
    }
}

/// An object whose accessors are asked one by one.
#[derive(Debug)]
pub struct Object<'a> {
    raw: &'a Json,
    seen: Map<String, Value>,
}

impl<'a> Object<'a> {
    /// One that has not been asked yet.
    pub fn of(raw: &'a Json) -> Object<'a> {
        Object { raw, seen: Map::new() }
    }

    /// What an accessor gave.
    pub fn put(&mut self, name: &str, given: Option<impl See>) {
        if let Some(seen) = given.and_then(|given| given.see()) {
            self.seen.insert(name.to_owned(), seen);
        }
    }

    /// What the accessor of a list gave; where there is no list, it gives nothing.
    pub fn list(&mut self, name: &str, given: impl Iterator<Item = impl See>) {
        let seen: Vec<Value> = given.filter_map(|item| item.see()).collect();
        if !seen.is_empty() || self.raw.get(name).is_some_and(|raw| raw.is_array()) {
            self.seen.insert(name.to_owned(), Value::Array(seen));
        }
    }

    /// What the accessor of an object with free keys gave, each of its members read as the type of all.
    pub fn map<T: FromJson + See>(&mut self, name: &str, given: Option<Json>) {
        let Some(given) = given else { return };
        let members = given.members();
        let seen = members.filter_map(|(name, value)| Some((name.to_owned(), T::from_json(&value)?.see()?)));
        self.seen.insert(name.to_owned(), Value::Object(seen.collect()));
    }

    /// All of it.
    pub fn seen(self) -> Option<Value> {
        Some(Value::Object(self.seen))
    }
}

/// The outcome of a call that answers JSON.
///
/// # Errors
/// Those of the call, and of reading its answer.
pub fn answer<T: FromAnswer + See>(response: druva::Result<Response>) -> Outcome {
    let response = response?;
    let raw = response.json()?;
    Ok(json!({ "read": T::from_answer(response)?.see(), "raw": value(&raw) }))
}

/// The outcome of a call that answers no JSON that anything is known of.
///
/// # Errors
/// Those of the call.
pub fn nothing(response: druva::Result<Response>) -> Outcome {
    response.map(|response| json!({ "status": response.status }))
}

/// The outcome of a list, gone through to its end.
///
/// # Errors
/// Those of a page.
pub async fn pages<P: FromJson + Into<Json> + See>(mut pages: PageStream<P>) -> Outcome {
    let (mut read, mut raw) = (Vec::new(), Vec::new());
    while let Some(page) = pages.next().await {
        let page = page?;
        read.push(page.see());
        raw.push(value(&page.into()));
    }
    Ok(json!({ "read": read, "raw": raw }))
}

/// What a model reads of each value.
pub fn decode<T: FromJson + Into<Json> + See>(values: &[Json]) -> Vec<Value> {
    let one = |json: &Json| match T::from_json(json) {
        Some(model) => json!({ "read": model.see(), "raw": value(&model.into()) }),
        None => json!({ "read": null, "raw": value(json) }),
    };
    values.iter().map(one).collect()
}

/// JSON of the SDK as that of the tests.
///
/// # Panics
/// Never: it is JSON.
pub fn value(json: &Json) -> Value {
    serde_json::from_str(&json.to_string()).unwrap_or_else(|error| panic!("{error}: {json}"))
}

/// JSON of the tests as that of the SDK.
///
/// # Panics
/// Never: it is JSON.
pub fn plain(value: &Value) -> Json {
    Json::parse(value.to_string().as_bytes()).unwrap_or_else(|error| panic!("{error}: {value}"))
}
