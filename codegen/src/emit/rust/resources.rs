//! `mod.rs` of a product: the way from the client to an operation.

use super::requests::{answer, has_own_type, is_positional, item};
use super::{doc, names, sorted};
use crate::names::{pascal, snake};
use druva_api::{Operation, Product, Realm, Retry};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// A resource's operations, and the resources below it.
#[derive(Default)]
struct Resource<'a> {
    operations: Vec<&'a Operation>,
    below: BTreeSet<&'a str>,
}

pub(super) fn emit(product: &Product) -> String {
    let mut resources: BTreeMap<Vec<&str>, Resource> = BTreeMap::new();
    for operation in sorted(product) {
        let names = operation.names();
        let path = &names[..names.len() - 1];
        for depth in 0..path.len() {
            resources.entry(path[..depth].to_vec()).or_default().below.insert(path[depth]);
        }
        resources.entry(path.to_vec()).or_default().operations.push(operation);
    }
    let mut text = format!(
        "//! {}: {}\n\npub mod operations;\npub mod requests;\nmod types;\n\npub use types::*;\n\n",
        product.title, product.summary
    );
    let mut body = String::new();
    for path in resources.keys() {
        body.push_str(&emit_one(path, &resources, product));
    }
    text.push_str(&super::imports("crate", &["Call", "Client", "Json", "List", "Request"], &body));
    text.push_str(&super::imports("bytes", &["Bytes"], &body));
    text + "\n" + &body
}

/// What a managed-service provider has beside operations.
const CUSTOMERS: &str = "/// A client of one customer, with a token of the customer's that is fetched with the provider's own when it is first
/// needed. Asking again gives the same client. See [`Client::customer`].
///
/// # Errors
/// `ArgumentError` when the id is empty, or when this is not the client of a provider.
pub fn customer(&self, id: impl Into<String>) -> crate::Result<Client> {
    self.client.customer(id)
}

/// Runs work for every customer with a client of the customer's, at most `concurrency` at a time. Outcomes come in the
/// order of `msp.customers.list`; one customer's failure stands in its own outcome and stops no other.
///
/// ```no_run
/// # async fn each(client: druva::Client) -> druva::Result<()> {
/// let outcomes = client.msp().for_each_customer(8, |client, _customer| async move {
///     let mut devices = client.insync().devices().list().items();
///     let mut count = 0;
///     while let Some(device) = devices.next().await {
///         device?;
///         count += 1;
///     }
///     Ok(count)
/// }).await?;
/// for outcome in outcomes {
///     match outcome.result {
///         Ok(count) => println!(\"{:?}: {count}\", outcome.customer.account_name()),
///         Err(error) => eprintln!(\"{:?}: {error}\", outcome.customer.account_name()),
///     }
/// }
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// When the customers cannot be listed: no work has begun then.
pub async fn for_each_customer<T, F, W>(&self, concurrency: usize, work: F) -> crate::Result<Vec<crate::ForCustomer<T>>>
where
    T: Send + 'static,
    F: Fn(Client, Customer) -> W,
    W: Future<Output = crate::Result<T>> + Send + 'static,
{
    crate::customers::for_each(self.client, concurrency, work).await
}

";

/// What can be done with a resource, in a line.
fn offers(resource: &Resource) -> String {
    let verbs = resource.operations.iter().map(|operation| operation.verb());
    let all: Vec<String> =
        verbs.chain(resource.below.iter().copied()).map(|name| format!("`{}`", names::identifier(name))).collect();
    format!("Offers {}.", all.join(", "))
}

fn emit_one(path: &[&str], resources: &BTreeMap<Vec<&str>, Resource>, product: &Product) -> String {
    let resource = &resources[path];
    let root = path.is_empty();
    let name = if root { pascal(&product.name) } else { names::resource(path) };
    let way: String = path.iter().map(|part| format!(".{part}()")).collect();
    let entrance = snake(&product.name);
    let title = if root { format!("{}: ", product.title) } else { String::new() };
    let mut text = format!(
        "/// {title}`client.{entrance}(){way}`
#[derive(Debug, Clone, Copy)]
pub struct {name}<'a> {{
    client: &'a Client,
}}

impl<'a> {name}<'a> {{
    pub(crate) fn new(client: &'a Client) -> Self {{ Self {{ client }} }}

"
    );
    if root && product.realm == Realm::Msp {
        text.push_str(CUSTOMERS);
    }
    for part in &resource.below {
        let deeper: Vec<&str> = path.iter().copied().chain([*part]).collect();
        let below = names::resource(&deeper);
        let _ = writeln!(
            text,
            "/// {}\npub fn {}(&self) -> {below}<'a> {{ {below}::new(self.client) }}\n",
            offers(&resources[&deeper]),
            names::identifier(part)
        );
    }
    for operation in &resource.operations {
        text.push_str(&method(operation, product));
    }
    text.push_str("}\n\n");
    text
}

fn method(operation: &Operation, product: &Product) -> String {
    let mut arguments = String::new();
    let mut settings = String::new();
    for param in operation.params.iter().filter(|param| is_positional(param)) {
        let name = names::identifier(&param.name);
        let (ty, value) = names::taken(&param.ty, &name);
        let _ = write!(arguments, ", {name}: {ty}");
        let _ = write!(settings, ".arg({:?}, {value})", param.name);
    }
    let answer = answer(operation);
    let plain = match &operation.pages {
        Some(_) => format!("List<{answer}, {}>", item(operation, product)),
        None => format!("Request<{answer}>"),
    };
    let constructor = plain.split('<').next().unwrap_or_default();
    let call =
        format!("{constructor}::new(self.client, Call::new(&operations::{}){settings})", names::table(operation));
    let (result, body) = if has_own_type(operation) {
        let request = format!("requests::{}", names::request(operation));
        (request.clone(), format!("{request}({call})"))
    } else {
        (plain, call)
    };
    let deprecated = operation.deprecated.as_ref().map(|why| format!("#[deprecated = {why:?}]\n")).unwrap_or_default();
    // Its setters are where the client's clone goes; nothing needs more than a look at the client.
    format!(
        "{}{deprecated}pub fn {}(&self{arguments}) -> {result} {{ {body} }}\n\n",
        about(operation),
        names::identifier(operation.verb())
    )
}

fn about(operation: &Operation) -> String {
    let mut text = operation.summary.clone();
    if let Some(details) = &operation.details {
        let _ = write!(text, "\n\n{details}");
    }
    for param in operation.params.iter().filter(|param| is_positional(param)) {
        let _ = write!(text, "\n\n`{}`: {}", names::identifier(&param.name), super::lower_first(&param.doc));
    }
    let _ = write!(text, "\n\n`{} {}`, on the cloud", operation.method, operation.path);
    let clouds: Vec<String> = operation.clouds.iter().map(|cloud| format!("`{cloud}`")).collect();
    let _ = write!(text, "{} {}.", if clouds.len() == 1 { "" } else { "s" }, clouds.join(" and "));
    if operation.retry == Retry::Never {
        text.push_str(" Sent again only when Druva cannot have acted on it.");
    }
    text.push_str("\n\n# Errors\nAny of [`crate::Kind`].");
    if !operation.errors.is_empty() {
        let statuses: Vec<String> = operation.errors.iter().map(u16::to_string).collect();
        let _ = write!(text, " Druva documents the statuses {}.", statuses.join(", "));
    }
    doc(&text)
}
