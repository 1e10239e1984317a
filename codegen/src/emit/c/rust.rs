//! The Rust behind the headers: result codes, and one row for each operation.

use super::names::{Kind, function, optional, positional, rust_argument, wait_function};
use crate::emit::shared::waiting;
use druva_api::{ErrorClass, Model, Operation, Product, Type};
use std::fmt::Write;

/// The modules and what the hand-written sources use of them.
pub(super) fn modules(model: &Model) -> String {
    let mut text = String::from("//! What is generated from `api/`.\n\nmod options;\nmod result;\n");
    for product in &model.products {
        let _ = writeln!(text, "mod {};", product.name);
    }
    text.push_str("\npub use options::druva_options;\npub use result::druva_result;\n");
    text
}

/// `druva_result`
pub(super) fn result(errors: &[ErrorClass]) -> String {
    let (mut variants, mut arms) = (String::new(), String::new());
    for error in errors {
        let name = format!("DRUVA_{}", error.kind.to_ascii_uppercase());
        let _ = writeln!(variants, "/// `{}`: {}\n{name} = {},", error.class, error.doc, error.code);
        if error.parent.is_some() {
            let _ = writeln!(arms, "{} => druva_result::{name},", error.code);
        }
    }
    format!(
        "/// How a function ended.
#[repr(i32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum druva_result {{
    /// It did what it says.
    DRUVA_OK = 0,
    /// There is nothing more: the end of a list.
    DRUVA_DONE = -1,
    {variants}
}}

impl druva_result {{
    /// The result with this number.
    pub(crate) fn of(code: i32) -> druva_result {{
        match code {{
            {arms}
            _ => druva_result::DRUVA_ERROR,
        }}
    }}
}}
"
    )
}

/// The typed functions of a product.
pub(super) fn operations(product: &Product) -> String {
    let rows: String = product.operations.iter().map(|one| operation(product, one)).collect();
    let mut imports = String::from("use crate::typed::operation;\n");
    if product.operations.iter().any(|operation| operation.pages.is_some()) {
        imports.insert_str(0, "use crate::pages::druva_pages;\n");
    }
    if product.operations.iter().any(|operation| operation.pages.is_none()) {
        imports.insert_str(0, "use crate::response::druva_response;\n");
    }
    if product.operations.iter().flat_map(positional).any(|param| positional_type(&param.ty) == Some("*const c_char")) {
        imports.push_str("use std::ffi::c_char;\n");
    }
    if product.operations.iter().any(|operation| operation.waiter.is_some()) {
        imports.push_str("use crate::wait::waiter;\n");
    }
    format!("{imports}\n{rows}")
}

/// The positional arguments of a function.
fn arguments(operation: &Operation) -> String {
    let arguments: Vec<String> = positional(operation)
        .map(|param| {
            format!(
                "{}: {} = {:?}",
                rust_argument(&param.name),
                positional_type(&param.ty).unwrap_or("i64"),
                param.name
            )
        })
        .collect();
    arguments.join(", ")
}

fn operation(product: &Product, operation: &Operation) -> String {
    let options: Vec<String> =
        optional(operation).map(|param| format!("{:?} {:?}", param.name, Kind::of(&param.ty))).collect();
    let given = if operation.pages.is_some() { "druva_pages" } else { "druva_response" };
    let mut rows = format!(
        "operation!({}({}) -> {given}, {:?}, [{}]);\n",
        function(operation),
        arguments(operation),
        operation.id,
        options.join(", ")
    );
    if let Some(waiting) = waiting(product, operation) {
        let arguments = arguments(&waiting.operation);
        let _ = writeln!(rows, "waiter!({}({arguments}), {:?});", wait_function(operation), operation.id);
    }
    rows
}

/// The type of a path argument.
pub(super) fn positional_type(ty: &Type) -> Option<&'static str> {
    match ty {
        Type::Integer => Some("i64"),
        Type::String { .. } | Type::DateTime => Some("*const c_char"),
        _ => None,
    }
}
