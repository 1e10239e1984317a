//! Placeholders: `$name` as a whole value (any JSON) and `${name}` inside a text or a key.

use serde_json::{Map, Value};

/// What placeholders stand for.
pub type Variables = Map<String, Value>;

/// Replaces every placeholder of a value.
///
/// # Errors
/// The name of a placeholder that nothing defines.
pub fn fill(value: &Value, variables: &Variables) -> Result<Value, String> {
    Ok(match value {
        Value::String(text) => match text.strip_prefix('$').filter(|name| is_name(name)) {
            Some(name) => lookup(name, variables)?.clone(),
            None => Value::String(fill_text(text, variables)?),
        },
        Value::Array(items) => Value::Array(items.iter().map(|item| fill(item, variables)).collect::<Result<_, _>>()?),
        Value::Object(members) => Value::Object(fill_map(members, variables)?),
        other => other.clone(),
    })
}

/// [`fill`] for an object, keys included.
///
/// # Errors
/// As [`fill`].
pub fn fill_map(members: &Map<String, Value>, variables: &Variables) -> Result<Map<String, Value>, String> {
    members.iter().map(|(key, value)| Ok((fill_text(key, variables)?, fill(value, variables)?))).collect()
}

/// [`fill`] for `${name}` inside a text.
///
/// # Errors
/// As [`fill`].
pub fn fill_text(text: &str, variables: &Variables) -> Result<String, String> {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let (name, tail) = after.split_once('}').ok_or_else(|| format!("`${{` without `}}` in {text:?}"))?;
        filled.push_str(before);
        match lookup(name, variables)? {
            Value::String(value) => filled.push_str(value),
            other => filled.push_str(&other.to_string()),
        }
        rest = tail;
    }
    filled.push_str(rest);
    Ok(filled)
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn lookup<'a>(name: &str, variables: &'a Variables) -> Result<&'a Value, String> {
    variables.get(name).ok_or_else(|| format!("nothing defines ${name}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn variables() -> Variables {
        json!({"id": 7, "key": "devices"}).as_object().cloned().unwrap_or_default()
    }

    #[test]
    fn whole_values_keep_their_type_and_texts_are_spliced() {
        let value = json!({"a": "$id", "b": ["no. ${id}"], "${key}": null, "price": "5$"});
        assert_eq!(fill(&value, &variables()), Ok(json!({"a": 7, "b": ["no. 7"], "devices": null, "price": "5$"})));
    }

    #[test]
    fn an_unknown_name_is_an_error() {
        assert!(fill(&json!("$nobody"), &variables()).is_err());
        assert!(fill_text("${nobody}", &variables()).is_err());
    }
}
