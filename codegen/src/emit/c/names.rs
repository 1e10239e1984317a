//! Names in C.

use crate::names::snake;
use druva_api::{Operation, Param, Place, Type};

/// Words that C or C++ keep, and members that every options struct has.
const TAKEN: &[&str] = &[
    "alignas",
    "auto",
    "bool",
    "break",
    "call",
    "case",
    "catch",
    "char",
    "class",
    "client",
    "const",
    "continue",
    "default",
    "delete",
    "do",
    "double",
    "else",
    "enum",
    "error",
    "explicit",
    "export",
    "extern",
    "false",
    "float",
    "for",
    "friend",
    "goto",
    "if",
    "inline",
    "int",
    "long",
    "mutable",
    "namespace",
    "new",
    "operator",
    "options",
    "out",
    "private",
    "protected",
    "public",
    "register",
    "restrict",
    "return",
    "short",
    "signed",
    "sizeof",
    "static",
    "struct",
    "struct_size",
    "switch",
    "template",
    "this",
    "throw",
    "true",
    "try",
    "typedef",
    "typename",
    "union",
    "unsigned",
    "using",
    "virtual",
    "void",
    "volatile",
    "while",
];

/// Words that only Rust keeps. They do not reach C, where a parameter's name means nothing.
const RUST: &[&str] = &[
    "as", "async", "await", "crate", "dyn", "fn", "impl", "in", "let", "loop", "match", "mod", "move", "mut", "pub",
    "ref", "self", "super", "trait", "type", "unsafe", "use", "where", "yield",
];

/// An argument's name, without what its kind adds.
pub(super) fn argument(name: &str) -> String {
    let name = snake(name);
    if TAKEN.contains(&name.as_str()) { format!("{name}_") } else { name }
}

/// An argument's name in Rust.
pub(super) fn rust_argument(name: &str) -> String {
    let name = argument(name);
    if RUST.contains(&name.as_str()) { format!("{name}_") } else { name }
}

/// `druva_insync_devices_list`
pub(super) fn function(operation: &Operation) -> String {
    format!("druva_{}", operation.id.split('.').map(snake).collect::<Vec<_>>().join("_"))
}

/// `druva_insync_restores_wait`, beside the function that it calls again and again.
pub(super) fn wait_function(operation: &Operation) -> String {
    let function = function(operation);
    format!("{}wait", function.strip_suffix(&snake(operation.verb())).unwrap_or(&function))
}

/// The arguments that are parameters of the function: those without which there is no path.
pub(super) fn positional(operation: &Operation) -> impl Iterator<Item = &Param> {
    operation.params.iter().filter(|param| is_positional(param))
}

/// The arguments that are members of the options struct.
pub(super) fn optional(operation: &Operation) -> impl Iterator<Item = &Param> {
    operation.params.iter().filter(|param| !is_positional(param))
}

fn is_positional(param: &Param) -> bool {
    param.place == Place::Path && param.required
}

/// How an option is expressed; the Rust side's `typed::Kind`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Integer,
    Number,
    Boolean,
    Json,
    TextList,
    IntegerList,
}

impl Kind {
    pub(super) fn of(ty: &Type) -> Kind {
        match ty {
            Type::String { .. } | Type::DateTime => Kind::Text,
            Type::Integer => Kind::Integer,
            Type::Number => Kind::Number,
            Type::Boolean => Kind::Boolean,
            Type::List(item) => match **item {
                Type::String { .. } | Type::DateTime => Kind::TextList,
                Type::Integer => Kind::IntegerList,
                _ => Kind::Json,
            },
            Type::Json | Type::Map(_) | Type::Object(_) => Kind::Json,
        }
    }

    /// The members of the struct.
    pub(super) fn members(self, name: &str) -> String {
        match self {
            Kind::Text => format!("const char *{name};"),
            Kind::Integer => format!("const int64_t *{name};"),
            Kind::Number => format!("const double *{name};"),
            Kind::Boolean => format!("const bool *{name};"),
            Kind::Json => format!("const char *{name}_json;"),
            Kind::TextList => format!("const char *const *{name};\n  size_t {name}_length;"),
            Kind::IntegerList => format!("const int64_t *{name};\n  size_t {name}_length;"),
        }
    }
}
