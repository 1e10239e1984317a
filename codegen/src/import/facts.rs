//! What of an OpenAPI document is kept: what a program needs to know, in OpenAPI 3.1.

use serde_json::{Map, Value, json};

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// Of a schema, what is copied as it stands. Enumerations and defaults of the wrong type are facts too.
const SCALARS: [&str; 14] = [
    "$ref",
    "type",
    "format",
    "enum",
    "default",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "pattern",
    "minItems",
    "maxItems",
    "uniqueItems",
    "required",
];

/// The facts of a whole document.
pub(super) fn document(document: &Value, product: &str) -> Result<Value, String> {
    let paths = document["paths"].as_object().ok_or("has no paths")?;
    let paths: Map<String, Value> = paths
        .iter()
        .map(|(path, item)| {
            Ok((path.clone(), path_item(document, item).map_err(|message| format!("{path}: {message}"))?))
        })
        .collect::<Result<_, String>>()?;
    let mut facts = json!({
        "openapi": "3.1.0",
        "info": { "title": product, "version": text(&document["info"]["version"]) },
        "servers": servers(&document["servers"]),
        "paths": paths,
    });
    if let Some(schemas) = document["components"]["schemas"].as_object() {
        facts["components"] = json!({ "schemas": properties(schemas) });
    }
    Ok(facts)
}

/// Some documents leave the scheme out: there is none but https.
fn servers(servers: &Value) -> Vec<Value> {
    let urls = servers.as_array().into_iter().flatten().filter_map(|server| server["url"].as_str());
    urls.map(|url| {
        let url = url.trim_end_matches('/');
        let url = if url.starts_with("//") { format!("https:{url}") } else { url.to_owned() };
        json!({ "url": url })
    })
    .collect()
}

fn path_item(document: &Value, item: &Value) -> Result<Value, String> {
    let item = item.as_object().ok_or("is no object")?;
    let shared = item.get("parameters");
    let operations = item.iter().filter(|(method, _)| METHODS.contains(&method.as_str()));
    operations
        .map(|(method, facts)| {
            Ok((method.clone(), operation(document, facts, shared).map_err(|message| format!("{method}: {message}"))?))
        })
        .collect::<Result<Map<_, _>, String>>()
        .map(Value::Object)
}

fn operation(document: &Value, operation: &Value, shared: Option<&Value>) -> Result<Value, String> {
    let mut facts = Map::new();
    if let Some(id) = operation["operationId"].as_str() {
        facts.insert("operationId".into(), id.into());
    }
    if operation["deprecated"] == true {
        facts.insert("deprecated".into(), true.into());
    }
    let parameters = operation["parameters"].as_array().into_iter().chain(shared.and_then(Value::as_array)).flatten();
    let parameters: Vec<Value> =
        parameters.map(|parameter| self::parameter(resolved(document, parameter)?)).collect::<Result<_, String>>()?;
    if !parameters.is_empty() {
        facts.insert("parameters".into(), parameters.into());
    }
    if let Some(body) = operation.get("requestBody") {
        let body = resolved(document, body)?;
        let mut kept = Map::new();
        if body["required"] == true {
            kept.insert("required".into(), true.into());
        }
        kept.insert("content".into(), content(&body["content"]));
        facts.insert("requestBody".into(), kept.into());
    }
    let mut responses = Map::new();
    for (status, response) in operation["responses"].as_object().into_iter().flatten() {
        let response = resolved(document, response)?;
        // OpenAPI wants a description; it may be empty.
        let mut kept = Map::from_iter([("description".to_owned(), Value::from(""))]);
        if response["content"].as_object().is_some_and(|content| !content.is_empty()) {
            kept.insert("content".into(), content(&response["content"]));
        }
        responses.insert(status.clone(), kept.into());
    }
    facts.insert("responses".into(), responses.into());
    Ok(facts.into())
}

fn parameter(parameter: &Value) -> Result<Value, String> {
    let mut kept = Map::new();
    for key in ["name", "in"] {
        let value = parameter[key].as_str().ok_or_else(|| format!("a parameter without {key}"))?;
        kept.insert(key.into(), value.into());
    }
    for key in ["required", "style", "explode"] {
        if let Some(value) = parameter.get(key) {
            kept.insert(key.into(), value.clone());
        }
    }
    kept.insert("schema".into(), schema(&parameter["schema"]));
    Ok(kept.into())
}

fn content(content: &Value) -> Value {
    let media = content.as_object().into_iter().flatten();
    media
        .map(|(name, media)| {
            let mut kept = Map::new();
            if media.get("schema").is_some() {
                kept.insert("schema".into(), schema(&media["schema"]));
            }
            (name.clone(), Value::Object(kept))
        })
        .collect::<Map<_, _>>()
        .into()
}

/// A schema's facts. What is no schema becomes the one that allows everything.
fn schema(schema: &Value) -> Value {
    let Some(schema) = schema.as_object() else { return json!({}) };
    let mut kept = Map::new();
    for (key, value) in schema {
        let fact = match key.as_str() {
            "default" if value.is_null() => None,
            "type" if schema.get("nullable") == Some(&Value::Bool(true)) => Some(json!([value, "null"])),
            key if SCALARS.contains(&key) => Some(value.clone()),
            "properties" => value.as_object().map(|members| properties(members).into()),
            "items" => Some(self::schema(value)),
            "additionalProperties" => Some(if value.is_object() { self::schema(value) } else { value.clone() }),
            "allOf" | "oneOf" | "anyOf" => value.as_array().map(|cases| cases.iter().map(self::schema).collect()),
            "readOnly" | "writeOnly" if value == true => Some(value.clone()),
            _ => None,
        };
        if let Some(fact) = fact {
            kept.insert(key.clone(), fact);
        }
    }
    kept.into()
}

/// Members by name: here `description` is a name like any other.
fn properties(members: &Map<String, Value>) -> Map<String, Value> {
    let facts = |(name, member): (&String, &Value)| {
        let mut facts = schema(member);
        // The documents enumerate what a message may say: that is prose.
        if let Some(facts) = facts.as_object_mut().filter(|_| name == "message") {
            facts.shift_remove("enum");
        }
        (name.clone(), facts)
    };
    members.iter().map(facts).collect()
}

/// What a `$ref` to another part of the document stands for; references to schemas are kept elsewhere.
fn resolved<'a>(document: &'a Value, value: &'a Value) -> Result<&'a Value, String> {
    match value["$ref"].as_str() {
        None => Ok(value),
        Some(reference) => {
            let target = reference.strip_prefix('#').and_then(|pointer| document.pointer(pointer));
            target.ok_or_else(|| format!("a reference to nothing: {reference}"))
        }
    }
}

/// Versions are written as text and as numbers.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
