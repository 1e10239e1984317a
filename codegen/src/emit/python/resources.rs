//! A product's module: the classes behind `client.<product>.<resource>.<verb>`, four for each resource (blocking and
//! asynchronous, each also with the raw response), from one description.

mod waiting;

use super::docs::{docstring, in_python, sentence};
use super::types::{class, classes, field_names, input, meaning, optional, output};
use super::{HEADER, name};
use crate::Error;
use crate::emit::shared::{Resource, facts, one_answer, resources};
use crate::names::pascal;
use druva_api::{Answer, Operation, Param, Place, Product, Realm, Type};
use std::fmt::Write;

/// The text of a product's module.
pub(super) fn product(product: &Product) -> Result<String, Error> {
    let resources = resources(product);
    let mut text = classes(product);
    // Parents last: a class names those below it.
    for (path, resource) in resources.iter().rev() {
        for kind in KINDS {
            text += &surface(product, path, resource, kind)?;
        }
    }
    Ok(head(product, &text) + &text)
}

fn head(product: &Product, body: &str) -> String {
    let uses = |name: &str| {
        body.match_indices(name).any(|(at, _)| {
            let around = |letter: Option<char>| letter.is_some_and(|letter| letter.is_alphanumeric() || letter == '_');
            !around(body[..at].chars().next_back()) && !around(body[at + name.len()..].chars().next())
        })
    };
    let from = |module: &str, names: &[&str]| {
        let used: Vec<&str> = names.iter().copied().filter(|name| uses(name)).collect();
        if used.is_empty() { String::new() } else { format!("from {module} import {}\n", used.join(", ")) }
    };
    let doc = docstring("", &[format!("{}: {}", product.title, product.summary)], &[]);
    let mut text = format!("{HEADER}{doc}\nfrom __future__ import annotations\n\n");
    if body.contains("builtins.") {
        text += "import builtins\n";
    }
    text += &from("collections.abc", &["Callable", "Mapping", "Sequence"]);
    text += &from("datetime", &["datetime"]);
    text += &from("typing", &["Any"]);
    text.push('\n');
    text += &from(".._customers", &["AsyncCustomers", "Customers"]);
    text += &from(".._model", &["Finite", "Model", "Secretive"]);
    text += &from(".._pages", &["AsyncPages", "Pages", "plain_items"]);
    text += &from(".._resource", &["AsyncRawResource", "AsyncResource", "RawResource", "Resource"]);
    text += &from(".._response", &["Response"]);
    text
}

/// One of the four classes of a resource.
#[derive(Clone, Copy, PartialEq)]
struct Kind {
    is_async: bool,
    raw: bool,
}

const KINDS: [Kind; 4] = [
    Kind { is_async: false, raw: false },
    Kind { is_async: false, raw: true },
    Kind { is_async: true, raw: false },
    Kind { is_async: true, raw: true },
];

impl Kind {
    fn base(self) -> &'static str {
        match (self.is_async, self.raw) {
            (false, false) => "Resource",
            (false, true) => "RawResource",
            (true, false) => "AsyncResource",
            (true, true) => "AsyncRawResource",
        }
    }

    /// The class for a resource, or for the product itself.
    fn class(self, product: &Product, path: &[&str]) -> String {
        let prefix = self.base().trim_end_matches("Resource");
        match path {
            [] => format!("{prefix}{}", pascal(&product.name)),
            path => format!("{prefix}{}Resource", path.iter().map(|part| pascal(part)).collect::<String>()),
        }
    }
}

fn surface(product: &Product, path: &[&str], resource: &Resource<'_>, kind: Kind) -> Result<String, Error> {
    if kind.raw && resource.operations.is_empty() {
        return Ok(String::new());
    }
    let call = std::iter::once(product.name.as_str()).chain(path.iter().copied()).collect::<Vec<_>>().join(".");
    let doc = match kind.raw {
        true => format!("`{call}`, answering with the whole response; a list with that of one page."),
        false => format!("`{call}`"),
    };
    let class = kind.class(product, path);
    if product.types.contains_key(&class) {
        return Err(Error::new(format!(
            "{}: the type {class} has the name of a class of {call} in Python",
            product.name
        )));
    }
    // What a managed-service provider has beside operations is written by hand.
    let base = match (product.realm, path, kind.is_async) {
        (Realm::Msp, [], false) => "Customers",
        (Realm::Msp, [], true) => "AsyncCustomers",
        _ => kind.base(),
    };
    let mut text = format!("\n\nclass {class}({base}):\n{}", docstring("    ", &[doc], &[]));
    if !kind.raw {
        for below in &resource.below {
            let path: Vec<&str> = path.iter().copied().chain([*below]).collect();
            let class = kind.class(product, &path);
            let _ = write!(
                text,
                "\n    @property\n    def {}(self) -> {class}:\n        return {class}(self._client)\n",
                name(below)
            );
        }
        if !resource.operations.is_empty() {
            let class = Kind { raw: true, ..kind }.class(product, path);
            let doc = docstring("        ", &["The same methods, answering with the whole response.".to_owned()], &[]);
            let _ = write!(
                text,
                "\n    @property\n    def with_raw_response(self) -> {class}:\n{doc}        return {class}(self._client)\n"
            );
        }
    }
    for operation in &resource.operations {
        text += &method(product, operation, kind)?;
        text += &waiting::method(product, operation, kind)?;
    }
    Ok(text)
}

fn method(product: &Product, operation: &Operation, kind: Kind) -> Result<String, Error> {
    let params = parameters(operation);
    let listing = operation.pages.is_some() && !kind.raw;
    let returns = Returns::of(product, operation)?;
    let signature: Vec<String> = signature(&params);
    let annotation = returns.annotation(kind);
    let define = if kind.is_async && !listing { "async def" } else { "def" };
    let mut text = format!("\n    {define} {}(\n", name(operation.verb()));
    for line in signature {
        let _ = writeln!(text, "        {line},");
    }
    let _ = writeln!(text, "    ) -> {annotation}:");
    text += &if kind.raw {
        docstring("        ", &[in_python(&operation.summary, &wire_names(&params))], &[])
    } else {
        documentation(product, operation, &params)
    };
    let arguments = arguments(&params);
    let id = &operation.id;
    let (helper, extra) = returns.helper(kind);
    let give = match (returns.nothing() && !kind.raw, kind.is_async && !listing) {
        (true, true) => "await ",
        (true, false) => "",
        (false, true) => "return await ",
        (false, false) => "return ",
    };
    let _ = write!(
        text,
        "        {give}self.{helper}(\n            \"{id}\",\n            {arguments},\n{extra}            timeout,\n        )\n"
    );
    Ok(text)
}

/// The arguments as the core wants them, by their names there.
fn arguments(params: &[(String, &Param)]) -> String {
    if params.is_empty() {
        return "{}".to_owned();
    }
    let lines: String =
        params.iter().map(|(name, param)| format!("                \"{}\": {name},\n", param.name)).collect();
    format!("{{\n{lines}            }}")
}

/// What the methods of every operation, or of those that can be waited for, take besides.
const OWN: &[&str] = &["self", "timeout", "interval", "progress"];

fn parameters(operation: &Operation) -> Vec<(String, &Param)> {
    let mut names: Vec<(String, &Param)> = Vec::new();
    for param in &operation.params {
        let mut name = name(&param.name);
        while OWN.contains(&name.as_str()) || names.iter().any(|(other, _)| *other == name) {
            name.push('_');
        }
        names.push((name, param));
    }
    names
}

/// The core has a default for some that Druva requires.
fn required(param: &Param) -> bool {
    param.required && param.default.is_none()
}

fn signature(params: &[(String, &Param)]) -> Vec<String> {
    let (first, rest): (Vec<_>, Vec<_>) =
        params.iter().partition(|(_, param)| required(param) && param.place == Place::Path);
    let annotated = |(name, param): &(String, &Param)| format!("{name}: {}", input(&param.ty));
    let mut lines = vec!["self".to_owned()];
    lines.extend(first.into_iter().map(annotated));
    lines.push("*".to_owned());
    lines.extend(rest.into_iter().map(|both| match required(both.1) {
        true => annotated(both),
        false => format!("{}: {} = None", both.0, optional(&input(&both.1.ty))),
    }));
    lines.push("timeout: float | None = None".to_owned());
    lines
}

/// What the arguments are called, by Druva and here.
fn wire_names<'a>(params: &'a [(String, &'a Param)]) -> Vec<(&'a str, &'a str)> {
    params.iter().map(|(name, param)| (param.name.as_str(), name.as_str())).collect()
}

fn documentation(product: &Product, operation: &Operation, params: &[(String, &Param)]) -> String {
    let names = wire_names(params);
    let deprecated = operation.deprecated.as_ref().map(|why| format!("Deprecated: {}", sentence(why)));
    let [facts, retry] = facts(operation, "may_have_been_applied");
    let paragraphs = [
        sentence(&in_python(&operation.summary, &names)),
        in_python(operation.details.as_deref().unwrap_or_default(), &names),
        one_answer(product, operation, |object, at| field_names(object)[at].clone()).unwrap_or_default(),
        in_python(&deprecated.unwrap_or_default(), &names),
        facts,
        retry,
    ];
    let mut items: Vec<(String, String)> = params
        .iter()
        .map(|(name, param)| {
            (name.clone(), format!("{}{}", meaning(&in_python(&param.doc, &names), &param.ty), default(param)))
        })
        .filter(|(_, meaning)| !meaning.is_empty())
        .collect();
    let each = if operation.pages.is_some() { "Deadline of each page" } else { "Deadline of the call" };
    items.push(("timeout".to_owned(), format!("{each} in seconds, instead of the client's.")));
    docstring("        ", &paragraphs, &items)
}

fn default(param: &Param) -> String {
    param.default.as_ref().map(|value| format!(" Default: `{value}`.")).unwrap_or_default()
}

/// What a method returns.
enum Returns {
    Nothing,
    Bytes,
    /// The answer's type.
    Json(String),
    /// The item's type, the page's type if it has one, and the expression that finds the items in a page.
    List {
        item: String,
        page: Option<String>,
        items: String,
    },
}

impl Returns {
    fn of(product: &Product, operation: &Operation) -> Result<Returns, Error> {
        let Answer::Json(answer) = &operation.answer else {
            return Ok(if operation.answer == Answer::Empty { Returns::Nothing } else { Returns::Bytes });
        };
        let Some(pages) = &operation.pages else { return Ok(Returns::Json(output(answer))) };
        let Type::Object(page) = answer else {
            let items = format!("plain_items(\"{}\")", operation.id);
            return Ok(Returns::List { item: "Any".to_owned(), page: None, items });
        };
        let (expression, found) = walk(product, answer, &pages.items)
            .ok_or_else(|| Error::new(format!("{}: the answer {page} has no member {}", operation.id, pages.items)))?;
        let item = if let Type::List(item) = found { output(item) } else { "Any".to_owned() };
        Ok(Returns::List { item, page: Some(class(page)), items: format!("lambda page: {expression}") })
    }

    fn nothing(&self) -> bool {
        matches!(self, Returns::Nothing)
    }

    /// The type of the answer that is parsed, as an expression.
    fn parsed(&self) -> &str {
        match self {
            Returns::Nothing => "None",
            Returns::Bytes => "bytes",
            Returns::Json(answer) => answer,
            Returns::List { page, .. } => page.as_deref().unwrap_or("Any"),
        }
    }

    fn annotation(&self, kind: Kind) -> String {
        // Among the methods `list` is the method.
        let parsed = self.parsed().replace("list[", "builtins.list[");
        match self {
            _ if kind.raw => format!("Response[{parsed}]"),
            Returns::List { item, .. } => {
                let item = item.replace("list[", "builtins.list[");
                format!("{}Pages[{item}, {parsed}]", if kind.is_async { "Async" } else { "" })
            }
            _ => parsed,
        }
    }

    /// The inherited method that does it, and the arguments that it wants besides.
    fn helper(&self, kind: Kind) -> (&'static str, String) {
        let answer = |text: &str| format!("            {},\n", if text == "Any" { "None" } else { text });
        match self {
            Returns::Nothing => ("_do", String::new()),
            Returns::List { items, .. } if !kind.raw => {
                ("_list", format!("{}            {items},\n", answer(self.parsed())))
            }
            _ => ("_call", answer(self.parsed())),
        }
    }
}

/// The expression for the member of a page at a dotted path of wire names, and its type.
fn walk<'a>(product: &'a Product, page: &'a Type, path: &str) -> Option<(String, &'a Type)> {
    let mut ty = page;
    let mut reached = "page".to_owned();
    let mut present = Vec::new();
    for wire in path.split('.') {
        let Type::Object(object) = ty else { return None };
        let object = product.types.get(object)?;
        let at = object.fields.iter().position(|field| field.name == wire)?;
        if reached != "page" {
            present.push(format!("{reached} is not None"));
        }
        reached = format!("{reached}.{}", field_names(object)[at]);
        ty = &object.fields[at].ty;
    }
    let expression =
        if present.is_empty() { reached } else { format!("{reached} if {} else None", present.join(" and ")) };
    Some((expression, ty))
}
