//! One emitter for each language; all read the same model.

mod c;
mod contract;
mod go;
mod node;
mod python;
mod rust;
mod shared;

use crate::{Error, Tree};
use druva_api::Model;

/// Runs every emitter.
///
/// # Errors
/// If an emitter cannot express the model.
pub fn all(model: &Model, out: &mut Tree) -> Result<(), Error> {
    contract::emit(model, out)?;
    rust::emit(model, out)?;
    python::emit(model, out)?;
    node::emit(model, out)?;
    c::emit(model, out)?;
    go::emit(model, out)
}
