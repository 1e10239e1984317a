//! Resolves `api/openapi`, `api/overlay` and `api/contract.yaml` into the model, and stops at what does not fit.

mod checks;
mod operations;
mod overlay;
mod schema;
mod types;

use crate::{Error, Problem, contract, yaml};
use druva_api::{Model, Product};
use overlay::Overlay;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::path::Path;
use types::Types;
use yaml::Entries;

/// The clouds that there are.
const CLOUDS: [&str; 3] = ["public", "insync-gov", "gov"];

/// The two texts that make a product.
#[derive(Debug)]
pub struct Source {
    /// The product's name, after which its files are named.
    pub product: String,
    /// `api/openapi/<product>.yaml`
    pub openapi: String,
    /// `api/overlay/<product>.yaml`
    pub overlay: String,
}

/// A document of `api/openapi`.
#[derive(Debug, Deserialize)]
struct Document {
    servers: Vec<Server>,
    paths: Entries<Entries<Value>>,
    #[serde(default)]
    components: Components,
}

#[derive(Debug, Deserialize)]
struct Server {
    url: String,
}

#[derive(Debug, Default, Deserialize)]
struct Components {
    #[serde(default)]
    schemas: Map<String, Value>,
}

/// Reads and resolves the repository at `root`: every product that has an overlay.
///
/// # Errors
/// With every problem found.
pub fn read(root: &Path) -> Result<Model, Error> {
    const FOLDER: &str = "api/overlay";
    let contract = contract::read(root)?;
    let failed = |error: std::io::Error| Error::at(FOLDER, 0, error.to_string());
    let mut products = Vec::new();
    for entry in std::fs::read_dir(root.join(FOLDER)).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name();
        products.extend(name.to_string_lossy().strip_suffix(".yaml").map(str::to_owned));
    }
    products.sort_unstable();
    let text =
        |path: String| std::fs::read_to_string(root.join(&path)).map_err(|error| Error::at(path, 0, error.to_string()));
    let sources = products
        .into_iter()
        .map(|product| {
            let openapi = text(format!("api/openapi/{product}.yaml"))?;
            let overlay = text(format!("{FOLDER}/{product}.yaml"))?;
            Ok(Source { product, openapi, overlay })
        })
        .collect::<Result<Vec<_>, Error>>()?;
    let products = resolve(&sources)?;
    Ok(Model { products, errors: contract.errors, options: contract.options })
}

/// Resolves products.
///
/// # Errors
/// With every problem found.
pub fn resolve(sources: &[Source]) -> Result<Vec<Product>, Error> {
    let mut problems = Vec::new();
    let mut products = Vec::new();
    let mut ids = checks::Ids::default();
    for source in sources {
        match product(source, &mut ids) {
            Ok((product, found)) => {
                products.push(product);
                problems.extend(found);
            }
            Err(error) => problems.extend(error.problems),
        }
    }
    problems.extend(ids.clashes());
    if problems.is_empty() { Ok(products) } else { Err(Error { problems }) }
}

fn product(source: &Source, ids: &mut checks::Ids) -> Result<(Product, Vec<Problem>), Error> {
    let files = Files {
        openapi: format!("api/openapi/{}.yaml", source.product),
        overlay: format!("api/overlay/{}.yaml", source.product),
    };
    let document: Document = yaml::parse(&source.openapi, &files.openapi)?;
    let overlay: Overlay = yaml::parse(&source.overlay, &files.overlay)?;
    let base = document.servers.first().map(|server| path_of(&server.url)).unwrap_or_default();
    let mut types = Types::new(&document.components.schemas, &overlay, &files);
    let mut problems = Vec::new();
    let mut operations = Vec::new();

    for (path, item) in document.paths.iter() {
        for (method, facts) in item.value.iter() {
            let key = format!("{} {path}", method.to_uppercase());
            let Some(note) = overlay.operations.get(&key) else {
                problems.push(files.openapi(facts.line, format!("{key} has no entry in {}", files.overlay)));
                continue;
            };
            ids.add(&note.value.id, &source.product, &files.overlay, note.line);
            let context = operations::Context { key: &key, note, overlay: &overlay, files: &files };
            let operation = context.operation(&facts.value, format!("{base}{path}"), method, &mut types, &mut problems);
            checks::operation(&operation, note.line, &types, &files, &mut problems);
            operations.push(operation);
        }
    }
    for (key, note) in overlay.operations.iter() {
        let known =
            key.split_once(' ').and_then(|(method, path)| document.paths.get(path)?.value.get(&method.to_lowercase()));
        if known.is_none() {
            problems.push(files.overlay(note.line, format!("{key} is not in {}", files.openapi)));
        }
    }
    checks::glossary(&overlay, &operations, &types, &files, &mut problems);
    let (types, found) = types.finish(&operations);
    problems.extend(found);
    let product =
        Product { name: source.product.clone(), title: overlay.title, summary: overlay.summary, operations, types };
    Ok((product, problems))
}

/// The part of a server's URL after the host: `/insync`.
fn path_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.find('/').map_or("", |at| rest[at..].trim_end_matches('/'))
}

/// The names of a product's two files, for problems.
struct Files {
    openapi: String,
    overlay: String,
}

impl Files {
    fn openapi(&self, line: usize, message: String) -> Problem {
        Problem { file: self.openapi.clone(), line, message }
    }

    fn overlay(&self, line: usize, message: String) -> Problem {
        Problem { file: self.overlay.clone(), line, message }
    }
}
