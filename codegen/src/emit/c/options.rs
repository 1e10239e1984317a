//! `druva_options`: the configuration that every language accepts.

use super::comment::comment;
use crate::Error;
use druva_api::ConfigOption;
use std::fmt::Write;

/// How a kind of setting is written in C and in Rust.
fn types(option: &ConfigOption) -> Result<(&'static str, &'static str), Error> {
    match option.ty.as_str() {
        "string" | "secret" => Ok(("const char *", "*const c_char")),
        "seconds" => Ok(("double ", "f64")),
        "integer" => Ok(("int64_t ", "i64")),
        other => Err(Error::at("api/contract.yaml", 0, format!("option {}: unknown type {other}", option.name))),
    }
}

/// Those that are values: a callback has a function of its own, druva_client_new_provided().
fn texts(options: &[ConfigOption]) -> impl Iterator<Item = &ConfigOption> {
    options.iter().filter(|option| option.ty != "callback")
}

/// The struct in C.
pub(super) fn c(options: &[ConfigOption]) -> Result<String, Error> {
    let mut members = String::new();
    for option in texts(options) {
        let environment = option.env.as_ref().map(|name| format!(" Environment: {name}.")).unwrap_or_default();
        let default = option.default.as_ref().map(|value| format!(" Default: {value}.")).unwrap_or_default();
        comment(&mut members, "  ", &[format!("{}{environment}{default}", option.doc)]);
        let _ = writeln!(members, "  {}{};", types(option)?.0, option.name);
    }
    Ok(format!(
        "/**
 * How a client is configured. What is NULL or 0 comes from the environment, then from the profile. Begin it with
 * DRUVA_WITH(druva_options, ...).
 */
typedef struct druva_options {{
  /** sizeof(druva_options); DRUVA_WITH sets it. */
  size_t struct_size;
{members}}} druva_options;
"
    ))
}

/// The struct in Rust, and its way to the core.
pub(super) fn rust(options: &[ConfigOption]) -> Result<String, Error> {
    let (mut members, mut entries) = (String::new(), String::new());
    for option in texts(options) {
        let ConfigOption { name, doc, .. } = option;
        let rust = types(option)?.1;
        let _ = writeln!(members, "/// {doc}\npub {name}: {rust},");
        let value = match rust {
            "*const c_char" => format!("text(self.{name}, {name:?})?"),
            _ => format!("(self.{name} != {rust}::default()).then(|| Json::from(self.{name}))"),
        };
        let _ = writeln!(entries, "({name:?}, {value}),");
    }
    Ok(format!(
        "use crate::boundary::optional_text;
use druva::{{Error, Json}};
use std::ffi::c_char;

/// How a client is configured. What is NULL or 0 comes from the environment, then from the profile.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct druva_options {{
    /// `sizeof(druva_options)`.
    pub struct_size: usize,
    {members}
}}

impl druva_options {{
    /// The settings that were given, as a JSON object.
    ///
    /// # Safety
    /// Strings are NULL or NUL-terminated.
    pub(crate) unsafe fn to_json(self) -> Result<String, Error> {{
        // SAFETY: the caller's promise.
        let text = |value, name| unsafe {{ optional_text(value, name) }}.map(|text| text.map(Json::from));
        let entries = [{entries}];
        Ok(entries.into_iter().filter_map(|(name, value)| Some((name, value?))).collect::<Json>().to_string())
    }}
}}
"
    ))
}
