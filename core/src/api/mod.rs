//! placeholder until generated
use crate::Operation;
/// all
pub fn operations() -> impl Iterator<Item = &'static Operation> {
    std::iter::empty()
}
/// one
pub fn find(id: &str) -> Option<&'static Operation> {
    operations().find(|o| o.id == id)
}
