//! Imports Druva's documents into `api/` and emits every typed surface from it.

pub mod contract;
pub mod emit;
mod error;
pub mod import;
pub mod model;
pub mod names;
pub mod rustfmt;
pub mod tree;
pub mod yaml;

pub use error::{Error, Problem};
pub use tree::Tree;

use model::Resolved;
use std::path::Path;

/// Emits everything that is generated, into a tree over the repository at `root`.
///
/// # Errors
/// If an emitter cannot express the model.
pub fn emit(resolved: &Resolved, root: &Path) -> Result<Tree, Error> {
    let mut tree = Tree::new(root);
    let json = serde_json::to_string_pretty(&resolved.model).map_err(|error| Error::new(error.to_string()))?;
    tree.file("api/model.json", json + "\n");
    emit::all(resolved, &mut tree)?;
    Ok(tree)
}
