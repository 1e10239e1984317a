//! What `api/contract.yaml` says, and the list of products.

use super::names::{class, quoted};
use super::{HEADER, LIB, TYPES, docs};
use crate::Tree;
use crate::names::{camel, upper_snake};
use druva_api::{ConfigOption, ErrorClass, Model};

pub(super) fn emit(model: &Model, out: &mut Tree) {
    let root = |error: &&ErrorClass| error.parent.is_some();
    let errors: Vec<&ErrorClass> = model.errors.iter().filter(root).collect();
    out.file(format!("{LIB}/errors.js"), error_script(&errors));
    out.file(format!("{LIB}/errors.mjs"), error_module(&errors));
    out.file(format!("{TYPES}/errors.d.ts"), error_declarations(model, &errors));
    out.file(format!("{LIB}/options.js"), option_script(&model.options));
    out.file(format!("{TYPES}/options.d.ts"), option_declarations(&model.options));
    out.file(format!("{LIB}/products.js"), product_script(model));
    out.file(format!("{TYPES}/products.d.ts"), product_declarations(model));
}

fn error_script(errors: &[&ErrorClass]) -> String {
    let mut text = format!("{HEADER}\"use strict\";\n\nconst {{ DruvaError }} = require(\"../error.js\");\n\n");
    for error in errors {
        let (class, parent) = (&error.class, error.parent.as_deref().unwrap_or("Error"));
        let code = upper_snake(&error.kind);
        text += &format!(
            "class {class} extends {parent} {{\n  static code = \"{code}\";\n  static name = \"{class}\";\n}}\n\n"
        );
    }
    let names: String = errors.iter().map(|error| format!("  {},\n", error.class)).collect();
    text + &format!("module.exports = {{\n{names}}};\n")
}

fn error_module(errors: &[&ErrorClass]) -> String {
    let names: String = errors.iter().map(|error| format!("  {},\n", error.class)).collect();
    format!("{HEADER}import errors from \"./errors.js\";\n\nexport const {{\n{names}}} = errors;\n")
}

fn error_declarations(model: &Model, errors: &[&ErrorClass]) -> String {
    let codes: String =
        model.errors.iter().map(|error| format!("\n  | {}", quoted(&upper_snake(&error.kind)))).collect();
    let mut text = format!(
        "{HEADER}\nimport {{ DruvaError }} from \"../error.js\";\n\n/** The `code` of an error, one for each class. */\nexport type ErrorCode ={codes};\n\n"
    );
    for error in errors {
        let status = error.status.as_deref().map(|status| format!("HTTP status {status}.")).unwrap_or_default();
        let doc = format!("`{}`: {} {status}", upper_snake(&error.kind), in_camel(&error.doc));
        text += &docs::comment("", &[doc.trim().to_owned()]);
        text +=
            &format!("export class {} extends {} {{}}\n\n", error.class, error.parent.as_deref().unwrap_or("Error"));
    }
    text.trim_end().to_owned() + "\n"
}

/// Names of attributes, as the contract's texts write them, in JavaScript's case.
fn in_camel(text: &str) -> String {
    let in_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let words = text.split_inclusive(|letter: char| !in_name(letter)).map(|word| {
        let name = word.trim_end_matches(|letter: char| !in_name(letter));
        if name.contains('_') { camel(name) + &word[name.len()..] } else { word.to_owned() }
    });
    words.collect()
}

fn option_script(options: &[ConfigOption]) -> String {
    let lines: String =
        options.iter().map(|option| format!("  {}: {},\n", camel(&option.name), quoted(&option.name))).collect();
    format!("{HEADER}\"use strict\";\n\n// The core's name of each option.\nmodule.exports = {{\n{lines}}};\n")
}

fn option_declarations(options: &[ConfigOption]) -> String {
    let mut text = format!(
        "{HEADER}\nimport type {{ Credential }} from \"../index.js\";\n\n{}export interface ClientOptions {{\n",
        docs::comment(
            "",
            &["The configuration of a client. What is left out comes from the environment, then from the profile. Times are in seconds.".to_owned()]
        )
    );
    for option in options {
        let mut facts = Vec::new();
        if option.ty == "seconds" {
            facts.push("In seconds.".to_owned());
        }
        facts.extend(option.default.as_ref().map(|default| format!("Default: `{default}`.")));
        facts.extend(option.env.as_ref().map(|env| format!("Environment: `{env}`.")));
        let doc = match option.ty.as_str() {
            // What it gives has JavaScript's names; where it runs is told there, too.
            "callback" => in_camel(&option.doc) + " See {@link Credential}.",
            _ => option.doc.clone(),
        };
        text += &docs::comment("  ", &[format!("{doc} {}", facts.join(" ")).trim().to_owned()]);
        let ty = match option.ty.as_str() {
            "seconds" | "integer" => "number",
            "callback" => "(() => Credential | Promise<Credential>)",
            _ => "string",
        };
        text += &format!("  {}?: {ty} | undefined;\n", camel(&option.name));
    }
    text + "}\n"
}

fn product_script(model: &Model) -> String {
    let mut text = format!(
        "{HEADER}// @ts-nocheck: only clients extend it.\n\"use strict\";\n\nconst {{ once }} = require(\"../once.js\");\n\n// A product's module is loaded when the product is first used.\nclass Products {{\n"
    );
    let getters: Vec<String> = model
        .products
        .iter()
        .map(|product| {
            let (name, file, class) = (camel(&product.name), &product.name, class(product, &[]));
            format!("  get {name}() {{\n    const {{ {class} }} = require(\"./{file}.js\");\n    return once(this, \"{name}\", new {class}(this));\n  }}\n")
        })
        .collect();
    text += &getters.join("\n");
    text + "}\n\nmodule.exports = { Products };\n"
}

fn product_declarations(model: &Model) -> String {
    let mut text = HEADER.to_owned() + "\n";
    for product in &model.products {
        text += &format!("import type {{ {} }} from \"./{}.js\";\n", class(product, &[]), product.name);
    }
    for product in &model.products {
        text += &format!("\nexport type * as {} from \"./{}.js\";", camel(&product.name), product.name);
    }
    text += "\n\n/** What a client offers: a property for each product. */\nexport interface Products {\n";
    for product in &model.products {
        text += &docs::comment("  ", &[format!("{}: {}", product.title, product.summary)]);
        text += &format!("  readonly {}: {};\n", camel(&product.name), class(product, &[]));
    }
    let ids: String = model.operations().map(|(_, operation)| format!("\n  | {}", quoted(&operation.id))).collect();
    let ids = if ids.is_empty() { " never".to_owned() } else { ids };
    text + &format!("}}\n\n/** The id of an operation. */\nexport type OperationId ={ids};\n")
}
