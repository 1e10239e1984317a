//! Legal holds where they differ from the rest.

use crate::arguments::Arguments;
use crate::http::Reply;
use crate::refusal::Refusal;
use crate::world::World;
use druva_api::{Operation, Product};

/// Answers what only legal holds do; `None`: nothing special.
pub(crate) fn serve(_world: &mut World, _product: &Product, _operation: &Operation, _arguments: &Arguments, _now: f64) -> Option<Result<Reply, Refusal>> {
    None
}
