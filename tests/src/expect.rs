//! Compares what was seen with what a scenario expects.
//!
//! An expected object needs only the members it names; a list needs each of its items. `null` also matches a missing
//! member. An object of conditions (`{$at_least: 2}`) stands for a value that is not known exactly:
//! `$contains`, `$excludes` (a text or several), `$at_least`, `$at_most`, `$one_of`, `$length`, `$present`.

use serde_json::Value;

/// The differences, one text for each; empty when `seen` is what was expected.
pub fn differences(expected: &Value, seen: Option<&Value>, path: &str) -> Vec<String> {
    let mut found = Vec::new();
    compare(expected, seen.unwrap_or(&Value::Null), path, &mut found);
    found
}

fn compare(expected: &Value, seen: &Value, path: &str, found: &mut Vec<String>) {
    match (expected, seen) {
        (Value::Object(conditions), _)
            if !conditions.is_empty() && conditions.keys().all(|key| key.starts_with('$')) =>
        {
            for (condition, bound) in conditions {
                match holds(condition, bound, seen) {
                    Ok(true) => {}
                    Ok(false) => found.push(format!("{path}: expected {condition} {bound}, saw {}", short(seen))),
                    Err(why) => found.push(format!("{path}: {why}")),
                }
            }
        }
        (Value::Object(members), Value::Object(seen)) => {
            for (key, value) in members {
                let inner = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                compare(value, seen.get(key).unwrap_or(&Value::Null), &inner, found);
            }
        }
        (Value::Array(items), Value::Array(seen)) if items.len() == seen.len() => {
            for (at, (item, seen)) in items.iter().zip(seen).enumerate() {
                compare(item, seen, &format!("{path}[{at}]"), found);
            }
        }
        (Value::Number(expected), Value::Number(seen)) if expected.as_f64() == seen.as_f64() => {}
        _ if expected == seen => {}
        _ => found.push(format!("{path}: expected {}, saw {}", short(expected), short(seen))),
    }
}

fn holds(condition: &str, bound: &Value, seen: &Value) -> Result<bool, String> {
    Ok(match condition {
        "$contains" => occurs(bound, seen),
        "$excludes" => match bound {
            Value::Array(several) => !several.iter().any(|one| occurs(one, seen)),
            one => !occurs(one, seen),
        },
        "$at_least" => number(seen)? >= number(bound)?,
        "$at_most" => number(seen)? <= number(bound)?,
        "$one_of" => bound
            .as_array()
            .is_some_and(|values| values.iter().any(|value| differences(value, Some(seen), "").is_empty())),
        "$length" => length(seen) == bound.as_u64(),
        "$present" => bound.as_bool() == Some(!seen.is_null()),
        _ => return Err(format!("there is no condition {condition}")),
    })
}

fn occurs(part: &Value, seen: &Value) -> bool {
    match (part, seen) {
        (Value::String(part), Value::String(text)) => text.contains(part),
        (_, Value::Array(items)) => items.iter().any(|item| differences(part, Some(item), "").is_empty()),
        _ => false,
    }
}

fn number(value: &Value) -> Result<f64, String> {
    value.as_f64().ok_or_else(|| format!("expected a number, saw {}", short(value)))
}

fn length(value: &Value) -> Option<u64> {
    match value {
        Value::Array(items) => u64::try_from(items.len()).ok(),
        Value::String(text) => u64::try_from(text.chars().count()).ok(),
        _ => None,
    }
}

/// A value as one short line.
pub fn short(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(300) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn matches(expected: Value, seen: Value) -> bool {
        differences(&expected, Some(&seen), "").is_empty()
    }

    #[test]
    fn an_object_needs_only_the_members_that_are_named() {
        assert!(matches(json!({"a": {"b": 1}}), json!({"a": {"b": 1.0, "c": 2}, "d": 3})));
        assert!(!matches(json!({"a": 1}), json!({"b": 1})));
        assert!(matches(json!({"a": null}), json!({})));
    }

    #[test]
    fn a_list_needs_every_item() {
        assert!(matches(json!([{"a": 1}, 2]), json!([{"a": 1, "b": 2}, 2])));
        assert!(!matches(json!([1]), json!([1, 2])));
        assert!(!matches(json!([]), json!([1])));
    }

    #[test]
    fn types_are_told_apart() {
        assert!(!matches(json!("1"), json!(1)));
        assert!(!matches(json!(true), json!("true")));
        assert!(!matches(json!({}), json!([])));
    }

    #[test]
    fn conditions() {
        assert!(matches(json!({"$contains": "b"}), json!("abc")));
        assert!(!matches(json!({"$contains": "x"}), json!("abc")));
        assert!(matches(json!({"$contains": {"a": 1}}), json!([{"a": 1, "b": 2}])));
        assert!(!matches(json!({"$excludes": ["x", "b"]}), json!("abc")));
        assert!(matches(json!({"$at_least": 1, "$at_most": 2}), json!(1.5)));
        assert!(!matches(json!({"$at_least": 1}), json!("1")));
        assert!(matches(json!({"$one_of": [1, 2]}), json!(2)));
        assert!(matches(json!({"$length": 2}), json!([1, 2])));
        assert!(!matches(json!({"$present": true}), Value::Null));
        assert!(!matches(json!({"$misspelt": true}), json!(1)));
    }

    #[test]
    fn a_difference_says_where_and_what() {
        let found = differences(&json!({"a": [{"b": 1}]}), Some(&json!({"a": [{"b": 2}]})), "ok");
        assert_eq!(found, ["ok.a[0].b: expected 1, saw 2"]);
    }
}
