//! How many records an answer holds, where Druva says so.

use druva_api::{Cursor, Operation};

/// Page sizes of one operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Of a request that does not say; as many as the emulator gives at once, if Druva does not say either.
    pub(crate) ordinary: Option<usize>,
    /// The most that may be asked for.
    pub(crate) most: usize,
}

/// By a part of the path; the first that fits counts. The usual size of a page, and the largest.
const TABLE: &[(&str, usize, usize)] = &[
    ("/events", 500, 500),
    ("/reporting/", 100, 500),
    ("/legalholds/v4/", 100, 500),
    ("/msp/v2/admins", 10, 500),
    ("/msp/v3/customers", 100, 100),
    ("/msp/v3/tenants", 100, 100),
    ("/sharepointmaster/", 1000, 1000),
    ("/cadevice/", 1000, 1000),
    ("/pazwlConfig/", 1024, 1024),
    ("/awsnative/", 30, 500),
    ("/202004/", 30, 500),
];

/// What may be asked for where the documents name no limit.
const MOST: usize = 500;

pub(crate) fn of(operation: &Operation) -> Limits {
    let known = TABLE.iter().find(|(part, ..)| operation.path.contains(part));
    let known = known.filter(|_| operation.pages.is_some());
    known.map_or(Limits { ordinary: None, most: MOST }, |(_, ordinary, most)| Limits {
        ordinary: Some(*ordinary),
        most: *most,
    })
}

/// The arguments that say how many records are wanted.
pub(crate) fn size_params(operation: &Operation) -> impl Iterator<Item = &str> {
    operation.params.iter().filter(|param| is_size(operation, &param.wire)).map(|param| param.name.as_str())
}

/// Whether an argument, or a member of a body, says how many records are wanted.
pub(crate) fn is_size(operation: &Operation, wire: &str) -> bool {
    let named = match operation.pages.as_ref().map(|pages| &pages.cursor) {
        Some(Cursor::Number { size, .. } | Cursor::Offset { size, .. }) => size == wire,
        _ => false,
    };
    named || wire.eq_ignore_ascii_case("pageSize")
}

/// Whether an argument says how much of a list to pass over.
pub(crate) fn is_offset(operation: &Operation, wire: &str) -> bool {
    let cursor = operation.pages.as_ref().map(|pages| &pages.cursor);
    matches!(cursor, Some(Cursor::Offset { param, .. }) if param == wire)
}
