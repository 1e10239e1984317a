//! What several emitters find out and say alike.

use druva_api::{Operation, Product, Retry};
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
