//! What holds for whatever is put in, against readers that are not the SDK's own.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use druva::{Cursor, Json, ListStyle, Operation, Param, Place, Type, api, fuzzing};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

/// Text with what paths, queries and JSON give a meaning to.
fn text() -> BoxedStrategy<String> {
    prop_oneof!["[/+=%&?#,;:{}. a-z0-9äß€😀\"\\\\]{1,12}", "\\PC{1,8}", "[a-z]{1,8}", "%[0-9a-f]{2}[/+=]{1,3}"].boxed()
}

/// One that every parser reads exactly.
fn fraction() -> BoxedStrategy<Value> {
    any::<i16>().prop_map(|number| Value::from(f64::from(number) / 64.0)).boxed()
}

fn scalar() -> BoxedStrategy<Value> {
    prop_oneof![
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        fraction(),
        text().prop_map(Value::from)
    ]
    .boxed()
}

fn value() -> BoxedStrategy<Value> {
    prop_oneof![Just(Value::Null), scalar()]
        .prop_recursive(4, 32, 4, |inner| {
            let members = btree_map(text(), inner.clone(), 0..4);
            prop_oneof![vec(inner, 0..4).prop_map(Value::from), members.prop_map(|members| json!(members))]
        })
        .boxed()
}

/// The same value, put together by hand.
fn built(value: &Value) -> Json {
    match value {
        Value::Null => Json::null(),
        Value::Bool(value) => Json::from(*value),
        Value::Number(number) => {
            number.as_i64().map_or_else(|| Json::from(number.as_f64().unwrap_or_default()), Json::from)
        }
        Value::String(text) => Json::from(text),
        Value::Array(items) => items.iter().map(built).collect(),
        Value::Object(members) => members.iter().map(|(name, value)| (name.as_str(), built(value))).collect(),
    }
}

/// A value that fits an argument. What travels in a path or header is never empty.
fn fitting(ty: Type, place: Place) -> BoxedStrategy<Value> {
    match ty {
        Type::String | Type::DateTime if place == Place::Header => "[a-z0-9]{1,8}".prop_map(Value::from).boxed(),
        Type::String | Type::DateTime => {
            text().prop_filter("a part of a path", |text| text != "." && text != "..").prop_map(Value::from).boxed()
        }
        Type::Integer => any::<i64>().prop_map(Value::from).boxed(),
        Type::Number => fraction().boxed(),
        Type::Boolean => any::<bool>().prop_map(Value::from).boxed(),
        Type::Json if matches!(place, Place::Body | Place::WholeBody) => {
            value().prop_filter("none", |value| !value.is_null()).boxed()
        }
        Type::Json => scalar(),
        Type::List(element) => vec(fitting(*element, place), 1..4).prop_map(Value::from).boxed(),
        _ => btree_map(text(), value(), 0..4).prop_map(|members| json!(members)).boxed(),
    }
}

/// An operation, and a value for each of its arguments; of optional ones some.
fn call() -> impl Strategy<Value = (&'static Operation, Map<String, Value>)> {
    let operations: Vec<_> = api::operations().collect();
    prop::sample::select(operations).prop_flat_map(|operation| {
        let values: Vec<_> =
            operation.params.iter().map(|param| (fitting(param.ty, param.place), any::<bool>())).collect();
        values.prop_map(move |values| {
            let given = operation.params.iter().zip(values);
            let given = given.filter(|(param, (_, wanted))| param.required || param.default.is_some() || *wanted);
            (operation, given.map(|(param, (value, _))| (param.name.to_owned(), value)).collect())
        })
    })
}

/// How an argument reads where it is text.
fn reads(param: &Param, value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    if value.is_object() { text } else { param.write.map_or(text.clone(), |around| around.replace("{}", &text)) }
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8().expect("UTF-8").into_owned()
}

/// Names and values of a query or form, in their order.
fn pairs(text: &str) -> Vec<(String, Vec<String>)> {
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').expect("a pair");
            (decoded(name), value.split(',').map(decoded).collect())
        })
        .collect()
}

/// A value of this type.
fn some(ty: Type) -> Value {
    match ty {
        Type::Integer | Type::Number => json!(1),
        Type::Boolean => json!(true),
        Type::List(element) => json!([some(*element)]),
        Type::Map(_) | Type::Object(_) => json!({}),
        _ => json!("2026-01-01T00:00:00Z"),
    }
}

/// The value at a dotted path.
fn at(path: &str, value: Value) -> Value {
    path.rsplit('.').fold(value, |value, name| json!({ name: value }))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2_000) })]

    #[test]
    fn json_is_written_as_it_is_read_and_as_it_is_built(value in value()) {
        let text = value.to_string();
        let read = Json::parse(text.as_bytes()).expect("JSON");
        prop_assert_eq!(&read.to_string(), &text);
        prop_assert_eq!(serde_json::from_str::<Value>(&built(&value).to_string()).expect("JSON"), value);
    }

    #[test]
    fn arguments_arrive_as_they_were_given((operation, given) in call()) {
        let written = fuzzing::prepared(operation, operation.clouds[0], json!(given).to_string().as_bytes());
        let written = written.unwrap_or_else(|error| panic!("{}: {error}", operation.id));
        let (mut query, mut body) = (Vec::new(), Map::new());
        let mut path: Vec<String> = operation.path_on(operation.clouds[0]).split('/').map(str::to_owned).collect();
        for param in operation.params {
            let Some(value) = given.get(param.name) else { continue };
            let list = value.as_array().map(|items| items.iter().map(|item| reads(param, item)).collect::<Vec<_>>());
            let wire = param.wire.to_owned();
            match (param.place, list) {
                (Place::Path, _) => {
                    let place = format!("{{{wire}}}");
                    path.iter_mut().for_each(|part| if part.contains(&place) { *part = part.replace(&place, &reads(param, value)) });
                }
                (Place::Query, Some(items)) if param.list == ListStyle::Repeat => {
                    query.extend(items.into_iter().map(|item| (wire.clone(), vec![item])));
                }
                (Place::Query, Some(items)) => query.push((wire, items)),
                (Place::Query, None) => query.push((wire, vec![reads(param, value)])),
                (Place::Body, _) => drop(body.insert(wire, value.clone())),
                (Place::WholeBody, _) => {
                    let sent: Value = serde_json::from_slice(written.body.as_ref().expect("a body")).expect("JSON");
                    prop_assert_eq!(&sent, value);
                }
                _ => {}
            }
        }
        prop_assert_eq!(written.path.split('/').map(decoded).collect::<Vec<_>>(), path);
        prop_assert_eq!(pairs(&written.query), query);
        if !body.is_empty() {
            let sent = written.body.expect("a body");
            if operation.form {
                let sent = pairs(std::str::from_utf8(&sent).expect("UTF-8"));
                let sent: BTreeMap<_, _> = sent.into_iter().map(|(name, texts)| (name, texts.join(","))).collect();
                let wanted = body.iter().map(|(name, value)| (name.clone(), value.as_str().map_or_else(|| value.to_string(), str::to_owned)));
                prop_assert_eq!(sent, wanted.collect::<BTreeMap<_, _>>());
            } else {
                prop_assert_eq!(serde_json::from_slice::<Map<String, Value>>(&sent).expect("JSON"), body);
            }
        }
    }

    #[test]
    fn a_list_ends_where_its_cursors_say_so_or_repeat(
        list in prop::sample::select(api::operations().filter(|operation| operation.pages.is_some()).collect::<Vec<_>>()),
        pages in vec((0_usize..4, prop_oneof![3 => "[a-d]", 2 => text(), 1 => Just(String::new()), 1 => Just("null".to_owned())]), 1..8),
    ) {
        let paging = list.pages.expect("a list");
        let mut arguments = Map::new();
        let mut field = None;
        match paging.cursor {
            Cursor::Token { field: token, .. } => field = Some(token),
            Cursor::Number { size, .. } | Cursor::Offset { size, .. } => drop(arguments.insert(size.to_owned(), json!(2))),
            _ => {}
        }
        for param in list.params.iter().filter(|param| param.required) {
            arguments.entry(param.name).or_insert(some(param.ty));
        }
        let bodies: Vec<_> = pages.iter().map(|(items, cursor)| {
            let mut body = at(paging.items, json!(vec![0; *items]));
            if let Some(field) = field.filter(|field| !field.contains('.')) {
                body[field] = json!(cursor);
            }
            body.to_string().into()
        }).collect();
        // It panics where a list does not end.
        let ended = fuzzing::list(list, json!(arguments).to_string().as_bytes(), &bodies);
        if let Err(error) = &ended {
            prop_assert_eq!(error.class(), "DecodeError", "{}", error);
        }
        if field.is_some_and(|field| !field.contains('.')) && !paging.items.contains('.') {
            let mut seen = HashSet::new();
            let mut wanted = Err(());
            for (count, (_, cursor)) in pages.iter().cycle().enumerate() {
                if cursor.is_empty() || cursor.eq_ignore_ascii_case("null") {
                    wanted = Ok(count + 1);
                    break;
                }
                if !seen.insert(cursor) {
                    break;
                }
            }
            prop_assert_eq!(ended.map_err(drop), wanted);
        }
    }

    #[test]
    fn no_wait_is_longer_than_allowed(value in prop_oneof!["[0-9]{1,25}", "[0-9.]{1,25}", "\\PC{0,30}"], attempt in 1_u32.., seconds in 0_u64..200) {
        let most = Duration::from_secs(60);
        if let Some(wait) = fuzzing::wait(attempt, fuzzing::asked(&value)) {
            prop_assert!(wait <= most, "{wait:?}");
        }
        // What is asked for is waited for, or nothing is.
        let asked = Duration::from_secs(seconds);
        prop_assert_eq!(fuzzing::asked(&seconds.to_string()), Some(asked));
        prop_assert_eq!(fuzzing::wait(attempt, Some(asked)), (asked <= most).then_some(asked));
        prop_assert!(fuzzing::wait(attempt, None).is_some_and(|wait| wait <= Duration::from_secs(20)));
    }

    #[test]
    fn an_error_says_what_the_server_said(status in 300_u16..600, said in text(), code in text(), noise in value(), bytes in vec(any::<u8>(), 0..40)) {
        prop_assert!(!fuzzing::error(status, &bytes).message().is_empty());
        let error = fuzzing::error(status, json!({"noise": noise, "message": said, "code": code}).to_string().as_bytes());
        prop_assert!(error.message().contains(&said) && error.message().contains(&status.to_string()), "{error}");
        prop_assert_eq!((error.status(), error.code()), (Some(status), Some(&*code)));
    }

    #[test]
    fn a_secret_is_out_of_every_text(secret in "[^*\\pC]{4,40}", before in "[a-z ]{0,10}", after in "[a-z ]{0,10}") {
        // What is shorter is part of too many words; backslashes do not count.
        prop_assume!(secret.replace('\\', "").len() >= 4);
        let quoted = |text: &str| {
            let quoted = json!(text).to_string();
            quoted[1..quoted.len() - 1].to_owned()
        };
        let escaped: String = secret.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
        let ascii: String = secret.chars().map(|one| if one.is_ascii() { one.to_string() } else { one.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04X}")).collect() }).collect();
        let html: String = secret.chars().map(|one| if one.is_ascii_alphanumeric() { one.to_string() } else { format!("&#{};", u32::from(one)) }).collect();
        let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
        let form = json!({"json": quoted(&secret)}).to_string();
        for written in [
            secret.clone(), utf8_percent_encode(&secret, NON_ALPHANUMERIC).to_string(), quoted(&secret), quoted(&quoted(&secret)), escaped, ascii, html, hex, form,
        ] {
            let text = format!("{before}{written}{after}");
            let shown = String::from_utf8_lossy(&fuzzing::hidden(&secret, text.as_bytes())).into_owned();
            prop_assert!(shown.contains("***") && !shown.contains(&written), "{text} is shown as {shown}");
        }
        for from in 0..3 {
            let whole = STANDARD.encode([&b"id:"[..from], secret.as_bytes()].concat());
            let shown = fuzzing::hidden(&secret, whole.as_bytes());
            // What stands before it, and the byte or two that share their letters with it.
            prop_assert!(shown.len() <= 4 + 3 + 4, "{whole} is shown as {}", String::from_utf8_lossy(&shown));
        }
    }

    #[test]
    fn a_secret_that_holds_its_own_beginning_is_out_of_the_text(secret in "[ab]{4,24}", before in "[ab]{0,24}") {
        let shown = fuzzing::hidden(&secret, format!("{before}{secret}!").as_bytes());
        prop_assert!(shown.ends_with(b"***!"), "{before} {secret} is shown as {}", String::from_utf8_lossy(&shown));
    }
}
