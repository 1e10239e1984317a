//! `requests.rs`: one type for each operation that has options.

use super::{doc, names, sorted, types};
use crate::Error;
use crate::emit::shared;
use druva_api::{Answer, Operation, Param, Product, Type};
use std::collections::BTreeMap;
use std::fmt::Write;

pub(super) fn emit(product: &Product) -> Result<String, Error> {
    let mut seen = BTreeMap::new();
    let mut requests = String::new();
    for operation in sorted(product).into_iter().filter(|operation| has_own_type(operation)) {
        let name = names::request(operation);
        if let Some(other) = seen.insert(name.clone(), &operation.id) {
            return Err(Error::new(format!("{} and {other} would both be {name} in Rust", operation.id)));
        }
        requests.push_str(&emit_one(operation, &name, product));
    }
    let imports = super::imports("crate", &["Json"], &requests) + &super::imports("bytes", &["Bytes"], &requests);
    let types: Vec<&str> = product.types.keys().map(String::as_str).collect();
    let imports = super::imports("super::types", &types, &requests) + &imports;
    Ok(format!("//! The calls of {} that have options.\n\n{imports}\n{requests}", product.title))
}

/// Whether there is anything to set on the operation's request; else a plain `Request` will do.
pub(super) fn has_own_type(operation: &Operation) -> bool {
    operation.params.iter().any(|param| !is_positional(param))
}

/// Whether the method takes the argument itself.
pub(super) fn is_positional(param: &Param) -> bool {
    param.required && param.place == druva_api::Place::Path
}

/// What awaiting the request gives.
pub(super) fn answer(operation: &Operation) -> String {
    match &operation.answer {
        Answer::Empty => "()".to_owned(),
        Answer::Json(ty) => names::owned(ty),
        Answer::Bytes(_) => "Bytes".to_owned(),
    }
}

/// What the list's items are.
pub(super) fn item(operation: &Operation, product: &Product) -> String {
    shared::item(product, operation).map_or_else(|| "Json".to_owned(), names::owned)
}

fn emit_one(operation: &Operation, name: &str, product: &Product) -> String {
    let about = doc(&format!("{}\n\n`{}`", operation.summary, operation.id));
    let answer = answer(operation);
    let mut text = match &operation.pages {
        Some(_) => format!("list! {{\n{about}{name}: {answer}, {}\n}}\n\n", item(operation, product)),
        None => format!("request! {{\n{about}{name}: {answer}\n}}\n\n"),
    };
    let _ = writeln!(text, "impl {name} {{");
    for param in operation.params.iter().filter(|param| !is_positional(param)) {
        text.push_str(&setter(param));
    }
    text.push_str(&wait(operation, product));
    text.push_str("}\n\n");
    text
}

/// The method that waits for the work that the operation reports on.
fn wait(operation: &Operation, product: &Product) -> String {
    let Some(waiting) = shared::waiting(product, operation) else { return String::new() };
    let answer = answer(&waiting.operation);
    let ends: Vec<String> = waiting.waiter.finished.iter().map(|end| format!("`{end}`")).collect();
    let about = format!(
        "Waits for the work to come to its end, of whatever kind: any of these in `{}`: {}.",
        waiting.waiter.state,
        ends.join(", ")
    );
    let about = doc(&about);
    match &waiting.waiter.matches {
        None => format!("{about}pub fn wait(self) -> crate::Wait<{answer}> {{ self.0.wait() }}\n\n"),
        Some(member) => {
            let argument = names::identifier(member);
            let param = waiting.operation.params.iter().find(|param| param.name == *member);
            let (ty, value) = names::taken(&param.map_or(Type::Json, |param| param.ty.clone()), &argument);
            format!(
                "{about}pub fn wait(self, {argument}: {ty}) -> crate::Wait<{answer}> {{ self.0.wait({member:?}, {value}) }}\n\n"
            )
        }
    }
}

fn setter(param: &Param) -> String {
    let argument = names::identifier(&param.name);
    let (ty, value) = names::taken(&param.ty, &argument);
    let mut about =
        if param.doc.is_empty() { format!("`{}`, as Druva calls it.", param.wire) } else { param.doc.clone() };
    about.push_str(&types::values(&param.ty));
    if param.required {
        about.insert_str(0, "Required. ");
    }
    if let Some(default) = &param.default {
        let _ = write!(about, " `{}` without it.", default.as_str().map_or_else(|| default.to_string(), str::to_owned));
    }
    format!(
        "{}pub fn {argument}(self, {argument}: {ty}) -> Self {{ Self(self.0.arg({:?}, {value})) }}\n\n",
        doc(&about),
        param.name
    )
}
