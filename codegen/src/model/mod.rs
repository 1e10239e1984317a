//! Resolves `api/openapi`, `api/overlay` and `api/contract.yaml` into the model, and stops at what does not fit.

mod checks;
mod operations;
mod overlay;
mod product;
mod schema;
mod types;

use crate::import::documents;
use crate::{Error, Problem, contract, yaml};
use druva_api::{Model, Operation, Product};
use overlay::Overlay;
use std::collections::HashMap;
use std::path::Path;

/// The clouds that there are.
const CLOUDS: [&str; 4] = ["public", "insync-gov", "gov", "cloudranger"];

/// The texts that make a product.
#[derive(Debug)]
pub struct Source {
    /// The product's name, after which its overlay is named.
    pub product: String,
    /// `api/overlay/<product>.yaml`
    pub overlay: String,
    /// The documents that the overlay names.
    pub documents: Vec<Document>,
}

/// The facts of one of Druva's documents.
#[derive(Debug)]
pub struct Document {
    /// As Druva calls it.
    pub name: String,
    /// The name of its file in `api/openapi`.
    pub file: String,
    /// `api/openapi/<file>.yaml`
    pub text: String,
}

/// An operation in one of Druva's documents, and what stands for it here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// The document, as Druva calls it.
    pub document: String,
    /// `GET`, `POST` ...
    pub method: String,
    /// Path below the host, as the document writes it.
    pub path: String,
    /// The operation's id, or what of the client carries it out.
    pub stands_for: StandsFor,
}

/// What stands for an operation of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StandsFor {
    /// An operation of the model.
    Operation(String),
    /// A part of the client: `authenticate`.
    Client(String),
}

/// The model, and what it was made from.
#[derive(Debug)]
pub struct Resolved {
    /// The products, errors and options.
    pub model: Model,
    /// Every operation of every document, in the order of products and documents.
    pub published: Vec<Published>,
}

/// Reads and resolves the repository at `root`: every product that has an overlay.
///
/// # Errors
/// With every problem found.
pub fn read(root: &Path) -> Result<Resolved, Error> {
    const FOLDER: &str = "api/overlay";
    let contract = contract::read(root)?;
    let failed = |error: std::io::Error| Error::at(FOLDER, 0, error.to_string());
    let mut names = Vec::new();
    for entry in std::fs::read_dir(root.join(FOLDER)).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name();
        names.extend(name.to_string_lossy().strip_suffix(".yaml").map(str::to_owned));
    }
    names.sort_unstable();
    let text =
        |path: String| std::fs::read_to_string(root.join(&path)).map_err(|error| Error::at(path, 0, error.to_string()));
    let known = documents(root)?;
    let mut sources = Vec::new();
    for product in names {
        let path = format!("{FOLDER}/{product}.yaml");
        let overlay = text(path.clone())?;
        let parsed: Overlay = yaml::parse(&overlay, &path)?;
        let mut documents = Vec::new();
        for file in parsed.documents(&product).into_keys() {
            let name = known.iter().find(|known| known.file == file).map(|known| known.document.clone());
            let name = name.ok_or_else(|| Error::at(&path, 0, format!("there is no document {file}")))?;
            documents.push(Document { name, text: text(format!("api/openapi/{file}.yaml"))?, file });
        }
        sources.push(Source { product, overlay, documents });
    }
    let (products, published) = resolve(&sources)?;
    Ok(Resolved { model: Model { products, errors: contract.errors, options: contract.options }, published })
}

/// Resolves products. Those whose operations the client carries out itself are left out, but published.
///
/// # Errors
/// With every problem found.
pub fn resolve(sources: &[Source]) -> Result<(Vec<Product>, Vec<Published>), Error> {
    let mut problems = Vec::new();
    let mut products = Vec::new();
    let mut published = Vec::new();
    let mut ids = checks::Ids::default();
    for source in sources {
        match product::resolve(source, &mut ids, &mut published) {
            Ok((product, found)) => {
                products.extend(Some(product).filter(|product| !product.operations.is_empty()));
                problems.extend(found);
            }
            Err(error) => problems.extend(error.problems),
        }
    }
    let clashes = ids.clashes();
    let mut operations: HashMap<String, &mut Operation> = products
        .iter_mut()
        .flat_map(|product| &mut product.operations)
        .map(|operation| (operation.id.clone(), operation))
        .collect();
    for entry in &published {
        let StandsFor::Operation(id) = &entry.stands_for else { continue };
        match operations.get_mut(id) {
            // What stands for an operation of another document is published there too.
            Some(operation) if operation.documents.contains(&entry.document) => {}
            Some(operation) => operation.documents.push(entry.document.clone()),
            None if problems.is_empty() => {
                let (method, path, document) = (&entry.method, &entry.path, &entry.document);
                let message = format!("{method} {path} of {document}: there is no operation {id}");
                problems.push(Problem { file: String::new(), line: 0, message });
            }
            None => {}
        }
    }
    problems.extend(clashes);
    if problems.is_empty() { Ok((products, published)) } else { Err(Error { problems }) }
}

/// The names of a document's and an overlay's files, for problems.
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
