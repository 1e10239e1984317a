//! Which operations work on the same rows, and in which way.

use crate::catalog::Kind;
use crate::shape;
use druva_api::{Answer, Operation, Product, Type};
use indexmap::IndexMap;

type Resources<'a> = IndexMap<String, Vec<&'a Operation>>;

/// The operations of each table, by the name of their resource. Two resources are one table where the second only looks
/// at the same from elsewhere: `msp.customers.tenants.get` reads what `msp.tenants.list` lists.
pub(crate) fn resources(product: &Product) -> Resources<'_> {
    let mut resources: Resources<'_> = IndexMap::new();
    for operation in &product.operations {
        resources.entry(resource(operation)).or_default().push(operation);
    }
    let ids: Vec<String> = resources.keys().cloned().collect();
    for id in ids {
        let Some(home) = home(product, &resources, &id) else { continue };
        if let Some(moved) = resources.shift_remove(&id)
            && let Some(operations) = resources.get_mut(&home)
        {
            operations.extend(moved);
        }
    }
    resources
}

/// The resource with the table that a resource of no table of its own belongs to.
fn home(product: &Product, resources: &Resources<'_>, id: &str) -> Option<String> {
    let rows = |operations: &[&Operation]| {
        let list = operations.iter().find(|operation| kind(product, operation) == Kind::List)?;
        Some(shape::of_list(product, list)?.item)
    };
    let own = rows(resources.get(id)?);
    let parts: Vec<&str> = id.split('.').collect();
    let mut homes = resources.iter().filter(|(other, operations)| {
        let last = other.rsplit('.').next();
        *other != id
            && last == parts.last().copied()
            && match (&own, rows(operations)) {
                (None, Some(_)) => true,
                // Of two lists of the same rows, the one with the shorter name has the table.
                (Some(own), Some(theirs)) => own.is_some() && *own == theirs && is_within(other, &parts),
                (_, None) => false,
            }
    });
    let (home, _) = homes.next()?;
    homes.next().is_none().then(|| home.clone())
}

/// Whether all parts of a shorter name occur in a longer one, in that order.
fn is_within(shorter: &str, longer: &[&str]) -> bool {
    let mut rest = longer.iter();
    let count = shorter.split('.').count();
    count < longer.len() && shorter.split('.').all(|part| rest.any(|one| *one == part))
}

/// `insync.devices.v1.list` -> `insync.devices`
fn resource(operation: &Operation) -> String {
    let parts: Vec<&str> = operation.id.split('.').collect();
    let is_version =
        |part: &str| part.len() > 1 && part.starts_with('v') && part[1..].bytes().all(|byte| byte.is_ascii_digit());
    parts[..parts.len().saturating_sub(1)]
        .iter()
        .filter(|part| !is_version(part))
        .copied()
        .collect::<Vec<_>>()
        .join(".")
}

/// What an operation does to the rows of its table.
pub(crate) fn kind(product: &Product, operation: &Operation) -> Kind {
    let ends_in_param = operation.path.ends_with('}');
    let answers_object = matches!(operation.answer, Answer::Json(Type::Object(_)));
    match (operation.method.as_str(), operation.verb()) {
        _ if operation.pages.is_some() => Kind::List,
        ("GET", verb) if ends_in_param && answers_object && !verb.starts_with("list") => Kind::Get,
        ("GET", _) if shape::of_list(product, operation).is_some() => Kind::List,
        ("GET", _) => Kind::Single,
        ("POST", "create" | "add") => Kind::Create,
        ("PUT" | "PATCH", _) if ends_in_param => Kind::Update,
        ("DELETE", _) if ends_in_param => Kind::Delete,
        _ => Kind::Act,
    }
}
