//! The exceptions and the clients.

use super::HEADER;
use super::docs::docstring;
use crate::names::pascal;
use druva_api::{ConfigOption, ErrorClass, Model};
use std::fmt::Write;

/// Builtin exceptions that say the same: `except TimeoutError` catches ours too.
const BUILTIN: &[(&str, &str)] = &[
    ("ArgumentError", "ValueError"),
    ("ConnectionError", "builtins.ConnectionError"),
    ("TimeoutError", "builtins.TimeoutError"),
];

/// `_errors.py`
pub(super) fn errors(errors: &[ErrorClass]) -> String {
    let mut text = format!(
        "{HEADER}\"\"\"The exceptions.\"\"\"\n\nfrom __future__ import annotations\n\nimport builtins\n\nfrom ._error import Error\n\n__all__ = [\n"
    );
    let mut names: Vec<&str> = errors.iter().map(|error| error.class.as_str()).collect();
    names.sort_unstable();
    for name in names {
        let _ = writeln!(text, "    \"{name}\",");
    }
    text += "]\n";
    for error in errors {
        let parent = error.parent.as_deref().unwrap_or("Error");
        let builtin =
            BUILTIN.iter().find(|(class, _)| *class == error.class).map(|(_, builtin)| format!(", {builtin}"));
        let _ = write!(text, "\n\nclass {}({parent}{}):\n", error.class, builtin.unwrap_or_default());
        text += &docstring("    ", std::slice::from_ref(&error.doc), &[]);
        let _ = write!(text, "\n    kind = \"{}\"\n", error.kind);
    }
    text
}

/// `_client.py`
pub(super) fn clients(model: &Model) -> String {
    let secrets: Vec<String> = model
        .options
        .iter()
        .filter(|option| option.ty == "secret")
        .map(|option| format!("\"{}\"", option.name))
        .collect();
    let comma = if secrets.len() == 1 { "," } else { "" };
    let imports: String =
        model.products.iter().map(|product| format!("    from .api import {0} as _{0}\n", product.name)).collect();
    format!(
        "{HEADER}\"\"\"The clients.\"\"\"

from __future__ import annotations

from os import PathLike

from ._base import AsyncBase, BlockingBase
from ._credential import CredentialProvider

TYPE_CHECKING = False
if TYPE_CHECKING:
{imports}
_SECRETS = ({}{comma})
{}{}",
        secrets.join(", "),
        client(model, "Client", "BlockingBase", "", "Druva's APIs. Any number of threads may share a client."),
        client(
            model,
            "AsyncClient",
            "AsyncBase",
            "Async",
            "Druva's APIs for asyncio. Any number of event loops may share a client."
        ),
    )
}

fn client(model: &Model, class: &str, base: &str, prefix: &str, doc: &str) -> String {
    let options: Vec<(String, String)> =
        model.options.iter().map(|option| (option.name.clone(), meaning(option))).collect();
    let close = "What is not given comes from the environment, then from the configuration file. Close it, or use it in a \
                 `with` statement, to give its connections back.";
    let close = if prefix.is_empty() { close.to_owned() } else { close.replace("`with`", "`async with`") };
    let mut text = format!("\n\nclass {class}({base}):\n{}", docstring("    ", &[doc.to_owned(), close], &options));
    text += "\n    def __init__(\n        self,\n        *,\n";
    for option in &model.options {
        let _ = writeln!(text, "        {}: {} | None = None,", option.name, annotation(option));
    }
    text += "    ) -> None:\n        super().__init__(\n            {\n";
    for option in &model.options {
        let _ = writeln!(text, "                \"{0}\": {0},", option.name);
    }
    text += "            },\n            _SECRETS,\n        )\n";
    for product in &model.products {
        let surface = format!("{prefix}{}", pascal(&product.name));
        let doc = docstring("        ", &[format!("{}: {}", product.title, product.summary)], &[]);
        let _ = write!(
            text,
            "\n    @property\n    def {0}(self) -> _{0}.{surface}:\n{doc}        product: _{0}.{surface} = self._product(\"{0}\", \"{surface}\")\n        return product\n",
            product.name
        );
    }
    text
}

fn meaning(option: &ConfigOption) -> String {
    let environment = option.env.as_ref().map(|env| format!(" Environment: `{env}`.")).unwrap_or_default();
    let default = option.default.as_ref().map(|default| format!(" Default: {default}.")).unwrap_or_default();
    let unit = match option.ty.as_str() {
        "seconds" => " Seconds.",
        // Where it runs is told there.
        "callback" => " See `druva.CredentialProvider`.",
        _ => "",
    };
    format!("{}{unit}{environment}{default}", option.doc)
}

fn annotation(option: &ConfigOption) -> &'static str {
    match option.ty.as_str() {
        "seconds" => "float",
        "integer" => "int",
        "callback" => "CredentialProvider",
        _ if option.name.ends_with("_file") => "str | PathLike[str]",
        _ => "str",
    }
}
