//! Services: a product's root, its resources, a method for each operation.

use super::doc::{comment, named, sentences};
use super::names::{argument, exported};
use super::types::{self, Way, bare};
use crate::Error;
use crate::emit::shared::{Waiting, waiting};
use druva_api::{Answer, Cursor, Operation, Pages, Param, Place, Product, Retry, Type, Waiter};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt::Write;

/// The file of the product's root.
pub(super) const ROOT: &str = "service";

/// A resource: what is below it, and what can be done with it.
#[derive(Default)]
struct Group<'a> {
    groups: BTreeMap<&'a str, Group<'a>>,
    operations: Vec<&'a Operation>,
}

/// What the product's package is about.
pub(super) fn about(product: &Product) -> String {
    let field = exported(&product.name);
    comment(
        &format!(
            "Package {} calls {}. {}\n\nPrograms reach it through client.{field}.",
            super::package(product),
            product.title,
            product.summary
        ),
        0,
    )
}

/// File names without `.go`, and their text.
pub(super) fn emit(product: &Product) -> Result<BTreeMap<String, String>, Error> {
    let mut root = Group::default();
    for operation in &product.operations {
        let mut names = operation.names();
        names.pop();
        let group = names.into_iter().fold(&mut root, |group, name| group.groups.entry(name).or_default());
        group.operations.push(operation);
    }
    let mut emitter =
        Emitter { product, taken: product.types.keys().map(|name| exported(name)).collect(), text: String::new() };
    let mut files = BTreeMap::new();
    emitter.service(&mut Vec::new(), &root)?;
    files.insert(ROOT.to_owned(), std::mem::take(&mut emitter.text));
    for (name, group) in &root.groups {
        emitter.tree(&mut vec![name], group)?;
        // Without underscores: go build reads some endings as a platform.
        files.insert(name.replace('_', ""), std::mem::take(&mut emitter.text));
    }
    Ok(files)
}

struct Emitter<'a> {
    product: &'a Product,
    /// Names of the package that are given away.
    taken: HashSet<String>,
    text: String,
}

impl<'a> Emitter<'a> {
    fn tree(&mut self, path: &mut Vec<&'a str>, group: &Group<'a>) -> Result<(), Error> {
        self.service(path, group)?;
        for (name, below) in &group.groups {
            path.push(name);
            self.tree(path, below)?;
            path.pop();
        }
        Ok(())
    }

    /// A resource's struct and its methods.
    fn service(&mut self, path: &mut Vec<&'a str>, group: &Group<'a>) -> Result<(), Error> {
        let name = format!("{}Service", path.iter().map(|part| exported(part)).collect::<String>());
        self.take(&name)?;
        let title = if path.is_empty() {
            self.product.title.clone()
        } else {
            format!(
                "client.{}.{}",
                exported(&self.product.name),
                path.iter().map(|part| exported(part)).collect::<Vec<_>>().join(".")
            )
        };
        let (mut fields, mut makes) = (String::new(), String::new());
        let verbs: BTreeSet<String> = group.operations.iter().map(|operation| exported(operation.verb())).collect();
        for below in group.groups.keys() {
            let field = exported(below);
            if verbs.contains(&field) {
                return Err(Error::new(format!("Go: {name} has both a method and a resource {field}")));
            }
            path.push(below);
            let service = format!("{}Service", path.iter().map(|part| exported(part)).collect::<String>());
            path.pop();
            let _ = writeln!(
                fields,
                "\n\t// {field} has the operations of {}.{}.\n\t{field} *{service}",
                self.product.name,
                [path.as_slice(), &[*below]].concat().join(".")
            );
            let _ = writeln!(makes, "\ts.{field} = new{service}(caller)");
        }
        let about = if path.is_empty() { format!("Service calls {title}.") } else { format!("{name} is {title}.") };
        let new = if path.is_empty() { "New".to_owned() } else { format!("new{name}") };
        let new_doc =
            if path.is_empty() { "// New makes the product's service over what carries its calls out.\n" } else { "" };
        let _ = writeln!(
            self.text,
            "{}type {name} struct {{\n\tcaller core.Caller\n{fields}}}\n\n{new_doc}func {new}(caller core.Caller) *{name} {{\n\ts := &{name}{{caller: caller}}\n{makes}\treturn s\n}}\n",
            comment(&about, 0)
        );
        for operation in &group.operations {
            self.operation(&name, operation)?;
        }
        Ok(())
    }

    fn take(&mut self, name: &str) -> Result<(), Error> {
        if self.taken.insert(name.to_owned()) {
            Ok(())
        } else {
            Err(Error::new(format!("Go: package {} has two types {name}", self.product.name)))
        }
    }

    /// A method, and the struct of its options.
    fn operation(&mut self, service: &str, operation: &Operation) -> Result<(), Error> {
        let method = exported(operation.verb());
        let options = format!("{}Options", operation.names().iter().map(|part| exported(part)).collect::<String>());
        let (places, others): (Vec<&Param>, Vec<&Param>) =
            operation.params.iter().partition(|param| param.place == Place::Path && param.required);
        if !others.is_empty() {
            self.take(&options)?;
            let fields =
                types::fields(&options, others.iter().map(|param| (param.name.as_str(), option_field(param))))?;
            let _ = writeln!(
                self.text,
                "// {options} are the arguments of {service}.{method}.\ntype {options} struct {{\n{fields}}}\n"
            );
        }

        let taken = (!others.is_empty()).then_some(options.as_str());
        let (parameters, arguments) = (parameters(&places, taken), arguments(&places, taken));
        let id = &operation.id;
        let (result, body) = match (&operation.pages, &operation.answer) {
            (Some(pages), Answer::Json(ty)) => self.list(operation, pages, ty, &arguments),
            (None, Answer::Json(ty)) => {
                let go = bare(ty, Way::Out);
                (format!("({go}, error)"), format!("core.Get[{go}](ctx, s.caller, {id:?}, {arguments})"))
            }
            (Some(pages), _) => untyped_list(operation, pages, &arguments),
            (None, Answer::Empty | Answer::Bytes(_)) => {
                ("(*core.Response, error)".to_owned(), format!("core.Send(ctx, s.caller, {id:?}, {arguments})"))
            }
        };
        let doc = method_doc(&method, operation, &places);
        let _ = writeln!(
            self.text,
            "{}func (s *{service}) {method}({parameters}) {result} {{\n\treturn {body}\n}}\n",
            comment(&doc, 0)
        );
        self.wait(service, operation, taken);
        Ok(())
    }

    /// The method that waits for the work that an operation reports on.
    fn wait(&mut self, service: &str, operation: &Operation, options: Option<&str>) {
        let Some(Waiting { operation: one, waiter }) = waiting(self.product, operation) else { return };
        let Answer::Json(ty) = &one.answer else { return };
        let places: Vec<&Param> =
            one.params.iter().filter(|param| param.place == Place::Path && param.required).collect();
        let parameters = parameters(&places, options);
        let arguments = arguments(&places, options);
        let (go, id) = (bare(ty, Way::Out), &operation.id);
        let _ = writeln!(
            self.text,
            "{}func (s *{service}) Wait({parameters}, options *core.WaitOptions) ({go}, error) {{\n\treturn core.Wait[{go}](ctx, s.caller, {id:?}, {arguments}, options)\n}}\n",
            comment(&wait_doc(&exported(operation.verb()), operation, waiter), 0)
        );
    }

    /// The result and the body of a list: typed as far as the documents describe the page.
    fn list(&self, operation: &Operation, pages: &Pages, answer: &Type, arguments: &str) -> (String, String) {
        let Some((item, read)) = self.items(answer, &pages.items) else {
            return untyped_list(operation, pages, arguments);
        };
        let page = bare(answer, Way::Out);
        (
            format!("*core.Pages[{page}, {item}]"),
            format!(
                "core.List(ctx, s.caller, {:?}, {arguments}, {:?}, func(page {page}) []{item} {{\n{read}\t}})",
                operation.id, pages.items
            ),
        )
    }

    /// The type of a page's items, and the statements that take them out of `page`.
    fn items(&self, answer: &Type, path: &str) -> Option<(String, String)> {
        let mut ty = answer;
        let mut expression = "page".to_owned();
        let mut missing = Vec::new();
        let mut parts = path.split('.').peekable();
        while let Some(part) = parts.next() {
            let Type::Object(name) = ty else { return None };
            let field = self.product.types.get(name)?.fields.iter().find(|field| field.name == part)?;
            ty = &field.ty;
            let _ = write!(expression, ".{}", exported(part));
            if parts.peek().is_some() {
                missing.push(format!("{expression} == nil"));
            }
        }
        let Type::List(item) = ty else { return None };
        let guard = if missing.is_empty() {
            String::new()
        } else {
            format!("\t\tif {} {{\n\t\t\treturn nil\n\t\t}}\n", missing.join(" || "))
        };
        Some((bare(item, Way::Out), format!("{guard}\t\treturn {expression}\n")))
    }
}

fn untyped_list(operation: &Operation, pages: &Pages, arguments: &str) -> (String, String) {
    (
        "*core.Pages[*core.Response, json.RawMessage]".to_owned(),
        format!("core.ListRaw(ctx, s.caller, {:?}, {arguments}, {:?})", operation.id, pages.items),
    )
}

fn option_field(param: &Param) -> String {
    let default = param.default.as_ref().map(|default| format!("Default: {default}.")).unwrap_or_default();
    types::field(&param.name, &param.ty, &sentences([param.doc.as_str(), default.as_str()]), param.required, Way::In)
}

/// What a method takes.
fn parameters(places: &[&Param], options: Option<&str>) -> String {
    let mut parameters = "ctx context.Context".to_owned();
    for place in places {
        let _ = write!(parameters, ", {} {}", argument(&place.name), bare(&place.ty, Way::In));
    }
    if let Some(options) = options {
        let _ = write!(parameters, ", opts *{options}");
    }
    parameters
}

/// The arguments as one value that encodes as one object: the options alone, or the path's places around them.
fn arguments(places: &[&Param], options: Option<&str>) -> String {
    if places.is_empty() {
        return if options.is_some() { "opts".to_owned() } else { "nil".to_owned() };
    }
    let mut fields: Vec<String> = places
        .iter()
        .map(|place| format!("\t\t{} {} `json:\"{}\"`\n", exported(&place.name), bare(&place.ty, Way::In), place.name))
        .collect();
    let mut values: Vec<String> = places.iter().map(|place| argument(&place.name)).collect();
    if let Some(options) = options {
        fields.push(format!("\t\t*{options}\n"));
        values.push("opts".to_owned());
    }
    format!("struct {{\n{}\t}}{{{}}}", fields.join("\n"), values.join(", "))
}

fn wait_doc(method: &str, operation: &Operation, waiter: &Waiter) -> String {
    format!(
        "Wait calls {method} until the work that it reads is over, and returns the last answer.\n\nIt is over when its {} is one of {}; \
         whether that is the wanted end is the caller's to look at. Options may be nil.\n\nOperation {}.",
        waiter.state.split('.').map(exported).collect::<Vec<_>>().join("."),
        waiter.finished.iter().map(|state| format!("{state:?}")).collect::<Vec<_>>().join(", "),
        operation.id
    )
}

fn method_doc(method: &str, operation: &Operation, places: &[&Param]) -> String {
    let mut paragraphs = vec![sentences([named(method, &operation.summary).as_str()])];
    if let Some(details) = &operation.details {
        paragraphs.push(sentences([details.as_str()]));
    }
    for place in places.iter().filter(|place| !place.doc.is_empty()) {
        paragraphs.push(format!("{}: {}", argument(&place.name), sentences([place.doc.as_str()])));
    }
    match &operation.pages {
        Some(Pages { cursor: Cursor::Tracker { param, .. }, .. }) => {
            paragraphs.push(format!(
                "Keep the Cursor of the list after a loop; passed as {} it goes on from there.",
                exported(param)
            ));
        }
        _ if operation.retry == Retry::Never => {
            paragraphs.push("It is not repeated when its outcome is unknown.".to_owned())
        }
        _ => {}
    }
    if let Answer::Bytes(media) = &operation.answer {
        paragraphs.push(format!("The answer's Body is {media}."));
    }
    paragraphs.push(format!(
        "{} {} (clouds: {}), operation {}.",
        operation.method,
        operation.path,
        operation.clouds.join(", "),
        operation.id
    ));
    if let Some(why) = &operation.deprecated {
        paragraphs.push(format!("Deprecated: {}", sentences([why.as_str()])));
    }
    paragraphs.join("\n\n")
}
