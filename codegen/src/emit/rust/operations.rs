//! `operations.rs`: what the runtime needs to know, as statics.

use super::{names, sorted};
use druva_api::{Answer, Cursor, ListStyle, OffsetUnit, Operation, Pages, Param, Product, Realm, Type, Waiter};
use std::fmt::Write;

pub(super) fn emit(product: &Product) -> String {
    let operations = sorted(product);
    let mut statics = String::new();
    let mut all = String::new();
    for operation in operations {
        let _ = writeln!(statics, "{}", emit_one(operation, product));
        let _ = writeln!(all, "&{},", names::table(operation));
    }
    let table = super::imports("super::super::table", &["optional", "required"], &statics);
    let core = [
        "Answer",
        "Cloud",
        "Cursor",
        "ListStyle",
        "Operation",
        "Paging",
        "Param",
        "Place",
        "Realm",
        "Retry",
        "Type",
        "Waiter",
    ];
    let core = super::imports("crate", &core, &statics);
    format!(
        "//! The operations of {title}, for [`Call::new`](crate::Call::new).

{table}{core}
/// All of them, in the order of their ids.
pub static ALL: &[&Operation] = &[
{all}];

{statics}",
        title = product.title
    )
}

fn emit_one(operation: &Operation, product: &Product) -> String {
    let params: String = operation.params.iter().map(|param| format!("{},\n", param_of(param))).collect();
    let clouds: Vec<String> =
        operation.clouds.iter().map(|cloud| format!("Cloud::{}", crate::names::pascal(cloud))).collect();
    let routes: Vec<String> = operation
        .routes
        .iter()
        .map(|route| format!("(Cloud::{}, {:?})", crate::names::pascal(&route.cloud), route.path))
        .collect();
    let realm = match product.realm {
        Realm::Cloud => "Cloud",
        Realm::Msp => "Msp",
    };
    let answer = match &operation.answer {
        Answer::Empty => "Answer::Empty".to_owned(),
        Answer::Json(ty) => format!("Answer::Json({})", type_of(ty)),
        Answer::Bytes(media) => format!("Answer::Bytes({media:?})"),
    };
    let pages = operation.pages.as_ref().map_or("None".to_owned(), |pages| format!("Some({})", pages_of(pages)));
    let waiter = operation.waiter.as_ref().map_or("None".to_owned(), |waiter| format!("Some({})", waiter_of(waiter)));
    format!(
        "/// `{id}`: `{method} {path}`
pub static {name}: Operation = Operation {{
    id: {id:?},
    method: {method:?},
    path: {path:?},
    routes: &[{routes}],
    summary: {summary:?},
    params: &[{params}],
    form: {form},
    answer: {answer},
    pages: {pages},
    waiter: {waiter},
    retry: Retry::{retry:?},
    realm: Realm::{realm},
    clouds: &[{clouds}],
    documents: &{documents:?},
    deprecated: {deprecated:?},
}};
",
        id = operation.id,
        method = operation.method,
        path = operation.path,
        name = names::table(operation),
        summary = operation.summary,
        retry = operation.retry,
        routes = routes.join(", "),
        form = operation.form,
        clouds = clouds.join(", "),
        documents = operation.documents,
        deprecated = operation.deprecated,
    )
}

fn param_of(param: &Param) -> String {
    let kind = if param.required { "required" } else { "optional" };
    let base = format!("{kind}(Place::{:?}, {:?}, {})", param.place, param.name, type_of(&param.ty));
    let mut changes = String::new();
    if param.wire != param.name {
        let _ = write!(changes, "wire: {:?}, ", param.wire);
    }
    if let Some(default) = &param.default {
        let _ = write!(changes, "default: Some({:?}), ", default.to_string());
    }
    if let Some(write) = &param.write {
        let _ = write!(changes, "write: Some({write:?}), ");
    }
    if param.list == ListStyle::Repeat {
        changes.push_str("list: ListStyle::Repeat, ");
    }
    if changes.is_empty() { base } else { format!("Param {{ {changes}..{base} }}") }
}

fn type_of(ty: &Type) -> String {
    match ty {
        Type::String { .. } => "Type::String".to_owned(),
        Type::Integer => "Type::Integer".to_owned(),
        Type::Number => "Type::Number".to_owned(),
        Type::Boolean => "Type::Boolean".to_owned(),
        Type::DateTime => "Type::DateTime".to_owned(),
        Type::Json => "Type::Json".to_owned(),
        Type::List(item) => format!("Type::List(&{})", type_of(item)),
        Type::Map(item) => format!("Type::Map(&{})", type_of(item)),
        Type::Object(name) => format!("Type::Object({name:?})"),
    }
}

fn waiter_of(waiter: &Waiter) -> String {
    format!("Waiter {{ state: {:?}, finished: &{:?}, matches: {:?} }}", waiter.state, waiter.finished, waiter.matches)
}

fn pages_of(pages: &Pages) -> String {
    let cursor = match &pages.cursor {
        Cursor::Token { param, field, without } => {
            format!("Token {{ param: {param:?}, field: {field:?}, without: &{without:?} }}")
        }
        Cursor::Number { param, size, default_size } => {
            format!("Number {{ param: {param:?}, size: {size:?}, default_size: {default_size} }}")
        }
        Cursor::Offset { param, size, default_size, total, unit } => {
            let pages = *unit == OffsetUnit::Pages;
            format!(
                "Offset {{ param: {param:?}, size: {size:?}, default_size: {default_size}, total: {total:?}, pages: {pages} }}"
            )
        }
        Cursor::Tracker { param, field, more } => {
            format!("Tracker {{ param: {param:?}, field: {field:?}, more: {more:?} }}")
        }
    };
    format!("Paging {{ items: {:?}, cursor: Cursor::{cursor} }}", pages.items)
}
