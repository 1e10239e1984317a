use crate::{Error, Tree};
use druva_api::Model;

/// Emits this language's surface.
pub(super) fn emit(_model: &Model, _out: &mut Tree) -> Result<(), Error> {
    Ok(())
}
