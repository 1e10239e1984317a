//! Small questions to a JSON schema.

use serde_json::{Map, Value};

/// The name of the component that the schema refers to.
pub(super) fn reference(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str().and_then(|reference| reference.strip_prefix("#/components/schemas/"))
}

/// The schema's type; of several, the one that is not null.
pub(super) fn type_name(schema: &Value) -> Option<&str> {
    match &schema["type"] {
        Value::String(name) => Some(name),
        Value::Array(names) => names.iter().filter_map(Value::as_str).find(|name| *name != "null"),
        _ => None,
    }
}

/// The text values of an enumeration.
pub(super) fn values(schema: &Value) -> Vec<String> {
    schema["enum"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// The names of required members.
pub(super) fn required(schema: &Value) -> Vec<&str> {
    schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

/// Whether the schema says nothing at all.
pub(super) fn is_empty(schema: &Value) -> bool {
    schema.as_object().is_none_or(Map::is_empty)
}

/// The schema with the cases of its `allOf` folded in: of one, the case itself; of several, an object with the members
/// of all.
pub(super) fn folded(schema: &Value, components: &Map<String, Value>) -> Value {
    let Some(cases) = schema["allOf"].as_array() else { return schema.clone() };
    if let [case] = cases.as_slice()
        && schema["properties"].is_null()
    {
        return folded(case, components);
    }
    let mut properties = Map::new();
    let mut required = Vec::new();
    let own = Value::Object(
        schema
            .as_object()
            .into_iter()
            .flatten()
            .filter(|(key, _)| *key != "allOf")
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect(),
    );
    for case in cases.iter().chain([&own]) {
        let case = match reference(case).and_then(|name| components.get(name)) {
            Some(component) => folded(component, components),
            None => folded(case, components),
        };
        properties.extend(case["properties"].as_object().cloned().unwrap_or_default());
        required.extend(case["required"].as_array().cloned().unwrap_or_default());
    }
    serde_json::json!({ "type": "object", "properties": properties, "required": required })
}
