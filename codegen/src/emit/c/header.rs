//! `druva.h`: what cbindgen reads from the sources, and between it what comes from the contract. The products' headers
//! include it and not the other way round: they are long, and a program needs few of them.

use super::comment::comment;
use super::options;
use crate::Error;
use druva_api::{ErrorClass, Model};
use std::fmt::Write;
use std::path::Path;

/// The modules whose functions are in the header, in its order.
const MODULES: &[&str] =
    &["error", "json", "document", "response", "cancel", "client", "provider", "wait", "pages", "customers", "testing"];

const DRUVA_WITH: &str = "\
/**
 * An options struct with its size set and some members given:
 * DRUVA_WITH(druva_call_options, .timeout = 30). It lives until the end of the enclosing block. (In C++, which has no such
 * literals: declare the struct, zero it and set struct_size.)
 */
#define DRUVA_WITH(type, ...) (&(const type){.struct_size = sizeof(type), __VA_ARGS__})

/** An optional number or truth, for a member of an options struct. */
#define DRUVA_INT64(value) (&(const int64_t){(value)})
#define DRUVA_DOUBLE(value) (&(const double){(value)})
#define DRUVA_BOOL(value) (&(const bool){(value)})

/** The two members of a list in an options struct: DRUVA_INT64_LIST(user_ids, 12, 13). */
#define DRUVA_INT64_LIST(member, ...) \\
  .member = (const int64_t[]){__VA_ARGS__}, .member##_length = sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t)
#define DRUVA_TEXT_LIST(member, ...) \\
  .member = (const char *const[]){__VA_ARGS__}, .member##_length = sizeof((const char *[]){__VA_ARGS__}) / sizeof(const char *)
";

pub(super) fn emit(model: &Model, root: &Path) -> Result<String, Error> {
    let folder = root.join("bindings-c");
    let failed = |error: String| Error::at("bindings-c/cbindgen.toml", 0, error);
    let mut config = cbindgen::Config::from_file(folder.join("cbindgen.toml")).map_err(failed)?;
    config.header = config.header.map(|header| header.trim_start().to_owned());
    config.after_includes = Some(format!("\n{}\n{DRUVA_WITH}\n{}", result(&model.errors), options::c(&model.options)?));
    let builder = MODULES.iter().fold(cbindgen::Builder::new().with_config(config), |builder, module| {
        builder.with_src(folder.join(format!("src/{module}.rs")))
    });
    let mut text = Vec::new();
    builder.generate().map_err(|error| failed(error.to_string()))?.write(&mut text);
    let text = String::from_utf8(text).map_err(|error| failed(error.to_string()))?;
    Ok(without_safety(&text))
}

/// What Rust calls safety is said once, in the conventions.
fn without_safety(text: &str) -> String {
    let mut kept = String::new();
    let mut skipping = false;
    for line in text.lines() {
        if line.trim() == "* # Safety" {
            skipping = true;
            // The empty line before the section goes with it.
            if let Some(before) = kept.strip_suffix(" *\n") {
                kept = before.to_owned();
            }
        }
        if line.trim() == "*/" {
            skipping = false;
        }
        if !skipping {
            kept.push_str(line.trim_end());
            kept.push('\n');
        }
    }
    kept
}

fn result(errors: &[ErrorClass]) -> String {
    let mut text = String::from(
        "/**\n * How a function ended.\n */\nenum druva_result\n#ifdef __cplusplus\n  : int32_t\n#endif\n{\n  /** It did what it says. */\n  DRUVA_OK = 0,\n  /** There is nothing more: the end of a list. */\n  DRUVA_DONE = -1,\n",
    );
    for error in errors {
        let status = error.status.as_deref().map(|status| format!(" HTTP status {status}.")).unwrap_or_default();
        comment(&mut text, "  ", &[format!("{}: {}{status}", error.class, error.doc)]);
        let _ = writeln!(text, "  DRUVA_{} = {},", error.kind.to_ascii_uppercase(), error.code);
    }
    text.push_str("};\n#ifndef __cplusplus\ntypedef int32_t druva_result;\n#endif\n");
    text
}
