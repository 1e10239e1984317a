//! Which rows a list shows, and in which order: query arguments are matched with the fields that they are named after.
//! Arguments that are named after nothing are accepted without effect.

use crate::arguments::{Arguments, plain};
use crate::catalog::Table;
use crate::clock;
use crate::names::{same, singular, stem};
use crate::rows::{At, Rows};
use druva_api::{Operation, Place};
use serde_json::{Map, Value};

/// One condition.
enum Test {
    /// A field is one of these, letters' case aside.
    OneOf(String, Vec<String>),
    /// The row leads to one of these rows of a table.
    Leads(usize, Vec<String>),
    Prefix(String, String),
    /// A field is at least that: number or time.
    Min(String, f64),
    Max(String, f64),
    /// Any name or e-mail address contains it.
    Mentions(String),
}

/// The rows that pass all conditions, sorted as asked for.
pub(crate) fn apply(
    rows: &mut Rows,
    at: usize,
    mut places: Vec<usize>,
    operation: &Operation,
    arguments: &Arguments,
) -> Vec<usize> {
    let catalog = std::sync::Arc::clone(&rows.catalog);
    let table = &catalog.tables[at];
    for param in operation.params.iter().filter(|param| param.place == Place::Query) {
        let Some(value) = arguments.get(&param.name) else { continue };
        if let Some(test) = test(rows, at, table, &param.name, value) {
            places.retain(|index| passes(rows, (at, *index), table, &test));
        }
    }
    if let Some(field) = arguments.text("sortBy").and_then(|by| field(table, &by).or_else(|| field_ending(table, &by)))
    {
        let mut keyed: Vec<(Value, usize)> = places
            .into_iter()
            .map(|index| (rows.row((at, index)).fields.get(&field).cloned().unwrap_or_default(), index))
            .collect();
        keyed.sort_by(|(one, _), (other, _)| order(one, other));
        if arguments.text("sortOrder").is_some_and(|order| order.eq_ignore_ascii_case("desc")) {
            keyed.reverse();
        }
        places = keyed.into_iter().map(|(_, index)| index).collect();
    }
    places
}

fn test(rows: &Rows, at: usize, table: &Table, name: &str, value: &Value) -> Option<Test> {
    let texts: Vec<String> = match value {
        Value::Array(list) => list.iter().map(plain).collect(),
        one => plain(one).split(',').map(|part| part.trim().to_owned()).collect(),
    };
    let whole = plain(value);
    if ["searchstring", "searchby", "searchprefix", "searchquery"].contains(&name.to_ascii_lowercase().as_str()) {
        return Some(Test::Mentions(whole.to_lowercase()));
    }
    if let Some(rest) = name.strip_prefix("searchPrefix") {
        return Some(Test::Prefix(field(table, rest).or_else(|| field_ending(table, rest))?, whole.to_lowercase()));
    }
    for (prefix, is_min) in [("min", true), ("max", false)] {
        if let Some(rest) =
            name.strip_prefix(prefix).filter(|rest| rest.starts_with(|first: char| first.is_ascii_uppercase()))
        {
            let field = field(table, rest).or_else(|| field_within(table, rest))?;
            let bound = comparable(value)?;
            return Some(if is_min { Test::Min(field, bound) } else { Test::Max(field, bound) });
        }
    }
    if let Some(field) = field(table, name) {
        // Names may contain commas; lists of values do not arrive in a field of the same name as one text.
        return Some(Test::OneOf(field, if value.is_array() { texts } else { vec![whole] }));
    }
    let one = singular(name.strip_suffix("List").unwrap_or(name));
    if let Some(field) = field(table, &one) {
        return Some(Test::OneOf(field, texts));
    }
    rows.catalog.entity(at, &stem(&one)?, false).map(|target| Test::Leads(target, texts))
}

fn passes(rows: &mut Rows, at: At, table: &Table, test: &Test) -> bool {
    if let Test::Leads(target, keys) = test {
        let many = table.relations.iter().find(|relation| relation.many && relation.target == *target);
        if let Some(relation) = many {
            let field = relation.field.as_deref().unwrap_or("");
            let list = rows.row(at).fields.get(field).and_then(Value::as_array).cloned().unwrap_or_default();
            return list.iter().any(|key| keys.contains(&plain(key)));
        }
        let catalog = std::sync::Arc::clone(&rows.catalog);
        // A row that leads to no such row is not what the argument is about.
        return rows
            .related(at, *target)
            .is_none_or(|index| keys.contains(&plain(&rows.key(&catalog.tables[*target], index))));
    }
    let fields: &Map<String, Value> = &rows.row(at).fields;
    let found = |field: &String| fields.get(field).filter(|value| !value.is_null());
    match test {
        Test::OneOf(field, texts) => found(field).is_some_and(|value| match value {
            Value::Array(list) => list.iter().any(|one| texts.contains(&plain(one))),
            one => texts.iter().any(|text| text.eq_ignore_ascii_case(&plain(one))),
        }),
        Test::Prefix(field, prefix) => {
            found(field).is_some_and(|value| plain(value).to_lowercase().starts_with(prefix))
        }
        Test::Min(field, bound) => found(field).and_then(comparable).is_some_and(|value| value >= *bound),
        Test::Max(field, bound) => found(field).and_then(comparable).is_some_and(|value| value <= *bound),
        Test::Mentions(text) => fields.iter().any(|(name, value)| {
            let name = name.to_ascii_lowercase();
            (name.contains("name") || name.contains("mail")) && plain(value).to_lowercase().contains(text)
        }),
        Test::Leads(..) => true,
    }
}

/// A field by name, whatever the case of its letters.
fn field(table: &Table, name: &str) -> Option<String> {
    table.fields.iter().find(|(field, _)| same(field, name)).map(|(field, _)| field.clone())
}

/// The field whose name ends so: `email` is `adminEmail`.
fn field_ending(table: &Table, name: &str) -> Option<String> {
    let name = name.to_ascii_lowercase();
    table.fields.iter().find(|(field, _)| field.to_ascii_lowercase().ends_with(&name)).map(|(field, _)| field.clone())
}

/// The field that the end of a name is called after: `BackupStartTime` is `startTime`.
fn field_within(table: &Table, name: &str) -> Option<String> {
    let name = name.to_ascii_lowercase();
    table
        .fields
        .iter()
        .filter(|(field, _)| field.len() >= 4 && name.ends_with(&field.to_ascii_lowercase()))
        .max_by_key(|(field, _)| field.len())
        .map(|(field, _)| field.clone())
}

/// Numbers and times on one scale.
pub(crate) fn comparable(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str().and_then(|text| text.trim().parse().ok().or_else(|| clock::parse(text))))
}

fn order(one: &Value, other: &Value) -> std::cmp::Ordering {
    match (comparable(one), comparable(other)) {
        (Some(one), Some(other)) => one.total_cmp(&other),
        _ => plain(one).to_lowercase().cmp(&plain(other).to_lowercase()),
    }
}
