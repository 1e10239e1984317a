//! The arguments of a call, by name, typed as the model says.

use serde_json::{Map, Value};

/// Arguments by [`druva_api::Param::name`].
#[derive(Debug, Default, Clone, PartialEq)]
pub(crate) struct Arguments(pub(crate) Map<String, Value>);

impl Arguments {
    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    /// As text, whatever its type.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.get(name).map(plain)
    }

    /// As a number, also where the documents call it text.
    pub(crate) fn count(&self, name: &str) -> Option<usize> {
        self.get(name).and_then(|value| plain(value).parse().ok())
    }
}

/// A scalar as text, without quotes.
pub(crate) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}
