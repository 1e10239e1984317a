//! Operations as JSON, for programs that look around.

use super::operation::{Answer, Cursor, Operation, Param, Place, Retry};
use crate::Json;

/// An operation as JSON, for programs that look around.
pub(crate) fn describe(operation: &'static Operation) -> crate::Json {
    let text = |value: Option<&'static str>| value.map_or_else(Json::null, Json::from);
    let params: Json = operation.params.iter().map(describe_param).collect();
    let clouds: Json = operation.clouds.iter().map(|cloud| Json::from(cloud.name())).collect();
    let answer = match operation.answer {
        Answer::Empty => Json::null(),
        Answer::Json(ty) => Json::from(ty.name()),
        Answer::Bytes(media) => Json::from(media),
    };
    Json::from_iter([
        ("id", Json::from(operation.id)),
        ("product", Json::from(operation.product())),
        ("method", Json::from(operation.method)),
        ("path", Json::from(operation.path)),
        ("routes", operation.routes.iter().map(|(cloud, path)| (cloud.name(), *path)).collect()),
        ("summary", Json::from(operation.summary)),
        ("params", params),
        ("answer", answer),
        ("paging", text(operation.pages.map(|pages| family(pages.cursor)))),
        ("cursor", text(operation.pages.map(|pages| cursor(pages.cursor)))),
        ("items", text(operation.pages.map(|pages| pages.items))),
        ("state", text(operation.waiter.map(|waiter| waiter.state))),
        (
            "retry",
            Json::from(match operation.retry {
                Retry::Safe => "safe",
                Retry::Idempotent => "idempotent",
                Retry::Never => "never",
            }),
        ),
        ("clouds", clouds),
        ("documents", operation.documents.iter().copied().map(Json::from).collect()),
        ("deprecated", text(operation.deprecated)),
    ])
}

fn describe_param(param: &Param) -> crate::Json {
    let place = match param.place {
        Place::Path => "path",
        Place::Query => "query",
        Place::Header => "header",
        Place::Body | Place::WholeBody => "body",
    };
    Json::from_iter([
        ("name", Json::from(param.name)),
        ("wire", Json::from(param.wire)),
        ("place", Json::from(place)),
        ("type", Json::from(param.ty.name())),
        ("required", Json::from(param.required && param.default.is_none())),
    ])
}

/// The argument that a list goes on with.
fn cursor(cursor: Cursor) -> &'static str {
    match cursor {
        Cursor::Token { param, .. } | Cursor::Number { param, .. } => param,
        Cursor::Offset { param, .. } | Cursor::Tracker { param, .. } => param,
    }
}

/// What a list goes on by.
fn family(cursor: Cursor) -> &'static str {
    match cursor {
        Cursor::Token { .. } => "token",
        Cursor::Number { .. } => "number",
        Cursor::Offset { .. } => "offset",
        Cursor::Tracker { .. } => "tracker",
    }
}
