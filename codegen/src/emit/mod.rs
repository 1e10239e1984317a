//! One emitter for each language; all read the same model.

mod c;
mod contract;
mod coverage;
mod go;
mod node;
mod python;
mod rust;
mod shared;

use crate::model::Resolved;
use crate::{Error, Tree};

/// Runs every emitter.
///
/// # Errors
/// If an emitter cannot express the model.
pub fn all(resolved: &Resolved, out: &mut Tree) -> Result<(), Error> {
    let model = &resolved.model;
    coverage::emit(resolved, out)?;
    contract::emit(model, out)?;
    rust::emit(model, out)?;
    python::emit(model, out)?;
    node::emit(model, out)?;
    c::emit(model, out)?;
    go::emit(model, out)
}
