//! What several emitters find out and say alike.

use druva_api::{Answer, Cursor, ObjectType, Operation, Param, Place, Product, Retry, Type, Waiter};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// A class of the surface: a product, or a resource of it.
#[derive(Default)]
pub(super) struct Resource<'a> {
    /// The names of the resources below it.
    pub(super) below: Vec<&'a str>,
    pub(super) operations: Vec<&'a Operation>,
}

/// The classes of a product by their path below it, each after its parent; the product itself has the empty one.
pub(super) type Resources<'a> = BTreeMap<Vec<&'a str>, Resource<'a>>;

pub(super) fn resources(product: &Product) -> Resources<'_> {
    let mut resources = Resources::from([(Vec::new(), Resource::default())]);
    for operation in &product.operations {
        let names = operation.names();
        let path = names.split_last().map(|(_, path)| path).unwrap_or_default();
        for depth in 0..path.len() {
            resources.entry(path[..=depth].to_vec()).or_default();
            let parent = resources.entry(path[..depth].to_vec()).or_default();
            if !parent.below.contains(&path[depth]) {
                parent.below.push(path[depth]);
            }
        }
        resources.entry(path.to_vec()).or_default().operations.push(operation);
    }
    resources
}

/// What an operation's documentation says beside its parameters, in paragraphs; `applied` is what the language calls an
/// error's `may_have_been_applied`.
pub(super) fn facts(operation: &Operation, applied: &str) -> [String; 2] {
    let mut facts = format!("`{} {}`, clouds: {}.", operation.method, operation.path, operation.clouds.join(", "));
    if !operation.errors.is_empty() {
        let statuses: Vec<String> = operation.errors.iter().map(u16::to_string).collect();
        facts += &format!(" Documented error statuses: {}.", statuses.join(", "));
    }
    let retry = match operation.retry {
        Retry::Safe => String::new(),
        Retry::Idempotent => "Doing it twice is doing it once: sent again if its outcome is unknown.".to_owned(),
        Retry::Never => format!("Not sent again once it may have been applied; the error's `{applied}` says so."),
    };
    [facts, retry]
}

/// Where the items are of what is called a list and has no pages; `name` is what the language calls a field.
pub(super) fn one_answer(
    product: &Product,
    operation: &Operation,
    name: impl FnOnce(&ObjectType, usize) -> String,
) -> Option<String> {
    let Answer::Json(Type::Object(answer)) = &operation.answer else { return None };
    if operation.pages.is_some() || !operation.verb().starts_with("list") {
        return None;
    }
    let object = product.types.get(answer)?;
    let mut lists = (0..object.fields.len()).filter(|at| matches!(object.fields[*at].ty, Type::List(_)));
    match (lists.next(), lists.next()) {
        (Some(items), None) => {
            Some(format!("One answer, without pages: the items are in its `{}`.", name(object, items)))
        }
        _ => None,
    }
}

/// The call that waits for what an operation reports on.
pub(super) struct Waiting<'a> {
    /// Itself; of a list, what takes the work's id beside the list's filters and answers that item alone.
    pub(super) operation: Cow<'a, Operation>,
    pub(super) waiter: &'a Waiter,
}

/// How an operation's work is waited for, where it reports on any.
pub(super) fn waiting<'a>(product: &Product, operation: &'a Operation) -> Option<Waiting<'a>> {
    let waiter = operation.waiter.as_ref()?;
    let Some(member) = &waiter.matches else { return Some(Waiting { operation: Cow::Borrowed(operation), waiter }) };
    let item = item(product, operation)?;
    let id = field(product, item, member)?;
    let mut one = operation.clone();
    one.pages = None;
    one.answer = Answer::Json(item.clone());
    let cursor = operation.pages.as_ref().map(|pages| match &pages.cursor {
        Cursor::Token { param, .. } | Cursor::Number { param, .. } => param,
        Cursor::Offset { param, .. } | Cursor::Tracker { param, .. } => param,
    });
    one.params.retain(|param| Some(&param.name) != cursor && param.name != *member);
    let after = one.params.iter().take_while(|param| param.required && param.place == Place::Path).count();
    one.params.insert(
        after,
        Param {
            name: member.clone(),
            wire: member.clone(),
            place: Place::Path,
            ty: id.clone(),
            required: true,
            default: None,
            list: Default::default(),
            write: None,
            doc: "Which of the list's items to wait for.".to_owned(),
        },
    );
    Some(Waiting { operation: Cow::Owned(one), waiter })
}

/// The type of a list's items.
pub(super) fn item<'a>(product: &'a Product, operation: &'a Operation) -> Option<&'a Type> {
    let (Some(pages), Answer::Json(answer)) = (&operation.pages, &operation.answer) else { return None };
    match pages.items.split('.').try_fold(answer, |ty, name| field(product, ty, name))? {
        Type::List(item) => Some(item),
        _ => None,
    }
}

/// The type of a member of an object type.
fn field<'a>(product: &'a Product, ty: &Type, name: &str) -> Option<&'a Type> {
    let Type::Object(object) = ty else { return None };
    product.types.get(object)?.fields.iter().find(|field| field.name == name).map(|field| &field.ty)
}
