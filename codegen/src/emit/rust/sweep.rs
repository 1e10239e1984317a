//! `tests/src/generated`: the typed surface by name, for the sweep over all of it. Other languages look their methods up
//! at run time; Rust has to be told.

use super::names;
use super::requests::is_positional;
use crate::names::{pascal, snake};
use druva_api::{Answer, Model, ObjectType, Operation, Product, Type};
use std::fmt::Write;

/// The module of all products.
pub(super) fn root(model: &Model) -> String {
    let mut modules = String::new();
    let (mut calls, mut models) = (String::new(), String::new());
    for product in &model.products {
        let name = snake(&product.name);
        let _ = writeln!(modules, "mod {name};");
        let _ = writeln!(calls, "Some({:?}) => {name}::call(client, operation, arguments).await,", product.name);
        let _ = writeln!(models, "Some(({:?}, name)) => {name}::decode(name, values),", product.name);
    }
    format!(
        "//! The typed surface by name.

{modules}
use crate::typed::{{Arguments, Outcome}};
use druva::{{Client, Json}};
use serde_json::Value;

/// Makes a typed call; none if there is no such operation.
pub async fn call(client: &Client, operation: &str, arguments: &Arguments) -> Option<Outcome> {{
    match operation.split('.').next() {{
        {calls}
        _ => None,
    }}
}}

/// What the model of that name reads of each value; none if there is no such model.
pub fn decode(model: &str, values: &[Json]) -> Option<Vec<Value>> {{
    match model.split_once('.') {{
        {models}
        _ => None,
    }}
}}
"
    )
}

/// The module of one product.
pub(super) fn product(product: &Product) -> String {
    let calls: String = product.operations.iter().map(call).collect();
    let outputs = || product.types.iter().filter(|(_, object)| object.output);
    let arms: String = outputs().map(|(name, _)| format!("{name:?} => typed::decode::<{}>,\n", pascal(name))).collect();
    let models: String = outputs().map(|(name, object)| model(name, object)).collect();
    let uses = if product.types.is_empty() {
        String::new()
    } else {
        format!("use druva::api::{}::*;\n", snake(&product.name))
    };
    format!(
        "//! {title}.

use crate::typed::{{self, Arguments, Object, Outcome, See}};
{uses}use druva::{{Client, Json}};
use serde_json::Value;

#[allow(deprecated, reason = \"what is deprecated is still there\")]
pub(super) async fn call(client: &Client, operation: &str, arguments: &Arguments) -> Option<Outcome> {{
    let client = client.{name}();
    Some(match operation {{
        {calls}
        _ => return None,
    }})
}}

pub(super) fn decode(name: &str, values: &[Json]) -> Option<Vec<Value>> {{
    let decode = match name {{
        {arms}
        _ => return None,
    }};
    Some(decode(values))
}}

{models}",
        title = product.title,
        name = snake(&product.name),
    )
}

fn call(operation: &Operation) -> String {
    let operation_names = operation.names();
    let (verb, path) = operation_names.split_last().map_or(("", &[][..]), |(verb, path)| (*verb, path));
    let way: String = path.iter().map(|part| format!(".{}()", names::identifier(part))).collect();
    let given: Vec<String> = operation
        .params
        .iter()
        .filter(|param| is_positional(param))
        .map(|param| format!("arguments.need::<{}>({:?})", names::owned(&param.ty), param.name))
        .collect();
    let mut text = format!("client{way}.{}({})", names::identifier(verb), given.join(", "));
    let options: Vec<_> = operation.params.iter().filter(|param| !is_positional(param)).collect();
    if !options.is_empty() {
        let mut setters = String::new();
        for param in options {
            let _ = writeln!(
                setters,
                "if let Some(value) = arguments.get::<{}>({:?}) {{ request = request.{}(value); }}",
                names::owned(&param.ty),
                param.name,
                names::identifier(&param.name)
            );
        }
        text = format!("{{ let mut request = {text};\n{setters}request }}");
    }
    let outcome = match (&operation.pages, &operation.answer) {
        (Some(_), Answer::Json(_)) => "typed::pages",
        (None, Answer::Json(ty)) => {
            return arm(operation, &format!("typed::answer::<{}>({text}.send().await)", names::owned(ty)));
        }
        _ => return arm(operation, &format!("typed::nothing({text}.send().await)")),
    };
    arm(operation, &format!("{outcome}({text}.pages()).await"))
}

fn arm(operation: &Operation, text: &str) -> String {
    format!("{:?} => {text},\n", operation.id)
}

fn model(name: &str, object: &ObjectType) -> String {
    let mut fields = String::new();
    for field in &object.fields {
        let accessor = names::identifier(&field.name);
        let put = match &field.ty {
            Type::List(_) => "list".to_owned(),
            Type::Map(item) if matches!(**item, Type::Map(_)) => "map::<typed::Free>".to_owned(),
            Type::Map(item) => format!("map::<{}>", names::owned(item)),
            _ => "put".to_owned(),
        };
        let _ = writeln!(fields, "object.{put}({:?}, self.{accessor}());", field.name);
    }
    let mutable = if fields.is_empty() { "" } else { "mut " };
    format!(
        "impl See for {} {{
    fn see(&self) -> Option<Value> {{
        let {mutable}object = Object::of(self.raw());
        {fields}object.seen()
    }}
}}

",
        pascal(name)
    )
}
