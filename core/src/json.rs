//! JSON as it came: parsed once, shared, and read leniently.

use crate::scan::{is_shallow, scan};
use sonic_rs::{JsonContainerTrait, JsonValueTrait, Value};
use std::borrow::Cow;
use std::fmt;

/// A JSON value.
///
/// Answers are kept exactly as Druva sent them; nothing is rejected because a document promised something else.
/// Values taken out of an answer share its memory: cloning is cheap, and one item keeps its page alive.
///
/// Readers coerce where the meaning is plain: `"12"` reads as the integer 12, `12` as the string `"12"`, `"true"` as a
/// boolean. What cannot be read as the wanted type reads as `None` and is still there as JSON.
#[derive(Clone, PartialEq)]
pub struct Json(pub(crate) Value);

impl Json {
    /// Parses JSON text. Numbers keep every digit.
    ///
    /// # Errors
    /// What is wrong with it, with the position. Arrays and objects more than 128 deep are refused.
    pub fn parse(text: &[u8]) -> Result<Json, String> {
        if !is_shallow(text) {
            scan(text, []).map(|[]| ())?;
            return Json::of_scanned(text);
        }
        let text = std::str::from_utf8(text).map_err(|error| format!("not UTF-8: {error}"))?;
        Json::of(sonic_rs::Deserializer::from_str(text))
    }

    /// Parses text that was found to be UTF-8 and not too deep: the parser recurses as deep as the text goes, and takes any
    /// bytes to be UTF-8.
    pub(crate) fn of_scanned(text: &[u8]) -> Result<Json, String> {
        Json::of(sonic_rs::Deserializer::from_slice(text))
    }

    fn of<'t>(parser: sonic_rs::Deserializer<sonic_rs::Read<'t>>) -> Result<Json, String> {
        // Half of a pair of surrogates is JSON, and file names of Windows have some: it reads as U+FFFD.
        let mut parser = parser.use_rawnumber().utf8_lossy();
        let value = serde::Deserialize::deserialize(&mut parser).map_err(|error: sonic_rs::Error| brief(&error))?;
        parser.end().map_err(|error| brief(&error))?;
        Ok(Json(value))
    }

    /// `null`.
    pub fn null() -> Json {
        Json(Value::new_null())
    }

    /// `{}`.
    pub fn object() -> Json {
        Json(sonic_rs::Object::new().into())
    }

    /// An object with one more member; one of the same name gives way.
    #[must_use]
    pub fn with(&self, name: &str, value: impl Into<Json>) -> Json {
        let others = self.members().filter(|(present, _)| *present != name);
        others.chain([(name, value.into())]).collect()
    }

    /// Is it `null`?
    pub fn is_null(&self) -> bool {
        self.0.is_null()
    }

    /// Is it an object?
    pub fn is_object(&self) -> bool {
        self.0.is_object()
    }

    /// Is it text?
    pub(crate) fn is_string(&self) -> bool {
        self.0.is_str()
    }

    /// Is it an array?
    pub fn is_array(&self) -> bool {
        self.0.is_array()
    }

    /// The text of a string; the digits of a number; `true` or `false`.
    pub fn as_str(&self) -> Option<Cow<'_, str>> {
        if let Some(text) = self.0.as_str() {
            return Some(Cow::Borrowed(text));
        }
        if let Some(number) = self.0.as_raw_number() {
            return Some(Cow::Owned(number.as_str().to_owned()));
        }
        if let Some(number) = self.0.as_i64() {
            return Some(Cow::Owned(number.to_string()));
        }
        if self.0.is_number() {
            return Some(Cow::Owned(self.to_string()));
        }
        self.0.as_bool().map(|value| Cow::Borrowed(if value { "true" } else { "false" }))
    }

    /// A whole number, also one written as a string or with a zero fraction.
    pub fn as_i64(&self) -> Option<i64> {
        if let Some(number) = self.0.as_i64() {
            return Some(number);
        }
        if let Some(text) = self.0.as_str()
            && let Ok(number) = text.trim().parse::<i64>()
        {
            return Some(number);
        }
        // Beyond 2^53 a float no longer names one integer.
        let number = self.as_f64()?;
        (number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_992.0).then_some(number as i64)
    }

    /// A number, also one written as a string.
    pub fn as_f64(&self) -> Option<f64> {
        let number = match self.0.as_str() {
            Some(text) => text.trim().parse::<f64>().ok()?,
            None => self.0.as_f64()?,
        };
        number.is_finite().then_some(number)
    }

    /// A boolean, also one written as `"true"`, `"false"`, `1` or `0`.
    pub fn as_bool(&self) -> Option<bool> {
        if let Some(value) = self.0.as_bool() {
            return Some(value);
        }
        match self.as_str()?.trim() {
            text if text.eq_ignore_ascii_case("true") => Some(true),
            text if text.eq_ignore_ascii_case("false") => Some(false),
            "1" => Some(true),
            "0" => Some(false),
            _ => None,
        }
    }

    /// A member of an object, `null` included.
    pub fn get(&self, name: &str) -> Option<Json> {
        self.0.get(name).cloned().map(Json)
    }

    /// An element of an array, or the value of an object's member, in the order in which they came.
    pub fn at(&self, index: usize) -> Option<Json> {
        let value = match self.0.as_object() {
            Some(object) => object.iter().nth(index).map(|(_, value)| value),
            None => self.0.get(index),
        };
        value.cloned().map(Json)
    }

    /// The number of elements of an array or members of an object; 0 of anything else.
    pub fn len(&self) -> usize {
        match (self.0.as_array(), self.0.as_object()) {
            (Some(array), _) => array.len(),
            (_, Some(object)) => object.len(),
            _ => 0,
        }
    }

    /// No elements and no members.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The elements of an array; none of anything else.
    pub fn elements(&self) -> impl Iterator<Item = Json> + '_ {
        self.0.as_array().into_iter().flat_map(|array| array.iter().cloned().map(Json))
    }

    /// The names of an object's members, in the order in which they came; none of anything else.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.as_object().into_iter().flat_map(|object| object.iter().map(|(name, _)| name))
    }

    /// The members of an object, in the order in which they came; none of anything else.
    pub fn members(&self) -> impl Iterator<Item = (&str, Json)> + '_ {
        self.0.as_object().into_iter().flat_map(|object| object.iter().map(|(name, value)| (name, Json(value.clone()))))
    }

    /// A member read as a type: what the typed answers' accessors are made of.
    pub fn read<T: FromJson>(&self, name: &str) -> Option<T> {
        T::from_json(&Json(self.0.get(name)?.clone()))
    }

    /// A member read as text, borrowed where it is a string.
    pub fn read_str(&self, name: &str) -> Option<Cow<'_, str>> {
        let value = self.0.get(name)?;
        match value.as_str() {
            Some(text) => Some(Cow::Borrowed(text)),
            None => Json(value.clone()).as_str().map(|text| Cow::Owned(text.into_owned())),
        }
    }

    /// A member that is an object with free keys.
    pub fn read_object(&self, name: &str) -> Option<Json> {
        self.get(name).filter(Json::is_object)
    }

    /// The elements of an array member that can be read as a type; none when there is no such array.
    pub fn read_list<T: FromJson>(&self, name: &str) -> impl Iterator<Item = T> + '_ {
        let array = self.0.get(name).and_then(|value| value.as_array());
        array.into_iter().flat_map(|array| array.iter().filter_map(|value| T::from_json(&Json(value.clone()))))
    }

    /// The value at a dotted path of object members.
    pub(crate) fn path(&self, path: &str) -> Option<Json> {
        path.split('.').try_fold(self.clone(), |value, name| value.get(name))
    }
}

fn brief(error: &sonic_rs::Error) -> String {
    // The parser's own Display adds an excerpt of the text over several lines.
    error.to_string().lines().next().unwrap_or("not JSON").to_owned()
}

/// As JSON text, without spaces.
impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&sonic_rs::to_string(&self.0).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What an answer's field can be read as.
pub trait FromJson: Sized {
    /// The value, or `None` where the JSON cannot be read so.
    fn from_json(json: &Json) -> Option<Self>;
}

macro_rules! from_json {
    ($($type:ty: $read:expr;)*) => {$(
        impl FromJson for $type {
            fn from_json(json: &Json) -> Option<Self> {
                let read: fn(&Json) -> Option<Self> = $read;
                read(json)
            }
        }
    )*};
}

from_json! {
    String: |json| json.as_str().map(Cow::into_owned);
    i64: Json::as_i64;
    f64: Json::as_f64;
    bool: Json::as_bool;
    Json: |json| Some(json.clone());
}

impl<T: FromJson> FromJson for Vec<T> {
    fn from_json(json: &Json) -> Option<Self> {
        json.is_array().then(|| json.elements().filter_map(|element| T::from_json(&element)).collect())
    }
}

macro_rules! into_json {
    ($($type:ty),*) => {$(
        impl From<$type> for Json {
            fn from(value: $type) -> Json {
                Json(Value::from(value))
            }
        }
    )*};
}

into_json!(bool, i32, u32, i64, u64, &str);

impl From<String> for Json {
    fn from(value: String) -> Json {
        Json(Value::from(value.as_str()))
    }
}

impl From<&String> for Json {
    fn from(value: &String) -> Json {
        Json(Value::from(value.as_str()))
    }
}

/// Infinities and NaN, which JSON does not have, become `null`.
impl From<f64> for Json {
    fn from(value: f64) -> Json {
        Json(Value::new_f64(value).unwrap_or_default())
    }
}

impl<T: Into<Json>> From<Vec<T>> for Json {
    fn from(values: Vec<T>) -> Json {
        values.into_iter().collect()
    }
}

impl<T: Into<Json> + Clone> From<&[T]> for Json {
    fn from(values: &[T]) -> Json {
        values.iter().cloned().collect()
    }
}

impl<T: Into<Json>, const N: usize> From<[T; N]> for Json {
    fn from(values: [T; N]) -> Json {
        values.into_iter().collect()
    }
}

/// An array.
impl<T: Into<Json>> FromIterator<T> for Json {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Json {
        let mut array = sonic_rs::Array::new();
        for value in values {
            array.push(value.into().0);
        }
        Json(array.into())
    }
}

/// An object, its members in this order.
impl<'a, V: Into<Json>> FromIterator<(&'a str, V)> for Json {
    fn from_iter<I: IntoIterator<Item = (&'a str, V)>>(members: I) -> Json {
        // By way of text: objects that the parser makes keep their order, those put together by hand do not.
        let mut text = String::from("{");
        for (name, value) in members {
            if text.len() > 1 {
                text.push(',');
            }
            text.push_str(&format!("{}:{}", Json::from(name), value.into()));
        }
        text.push('}');
        Json::of_scanned(text.as_bytes()).unwrap_or_else(|_| Json::null())
    }
}
