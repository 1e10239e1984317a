//! `api/overlay/<product>.yaml`: what Druva's documents do not say, in their authors' judgement.

use crate::yaml::Entries;
use druva_api::{ListStyle, Pages, Place, Retry, Waiter};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use std::fmt;

/// A product's overlay.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Overlay {
    /// What Druva calls the product.
    pub(super) title: String,
    /// One or two sentences.
    pub(super) summary: String,
    /// The clouds that serve it, unless an operation says otherwise.
    pub(super) clouds: Vec<String>,
    /// What parameters and fields of this name mean, wherever nothing more special is said.
    #[serde(default)]
    pub(super) glossary: Entries<String>,
    /// Corrections for parameters of every operation.
    #[serde(default)]
    pub(super) params: Entries<Note>,
    /// Corrections for fields of every type.
    #[serde(default)]
    pub(super) fields: Entries<Note>,
    /// By `METHOD /path`.
    pub(super) operations: Entries<OperationNote>,
    /// By the schema's place in the document: `DeviceV2`, `ListLegalholds.legalholdList[]`,
    /// `GET /search/mds/v1/user/files answer.results[]`, `POST /x body.filters`.
    #[serde(default)]
    pub(super) types: Entries<TypeNote>,
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OperationNote {
    pub(super) id: String,
    pub(super) summary: String,
    pub(super) details: Option<String>,
    #[serde(default)]
    pub(super) params: Entries<Note>,
    pub(super) answer: Option<AnswerNote>,
    pub(super) pages: Option<Pages>,
    pub(super) waiter: Option<Waiter>,
    /// `safe` for GET, `never` for the others, unless said otherwise.
    pub(super) retry: Option<Retry>,
    pub(super) clouds: Option<Vec<String>>,
    pub(super) deprecated: Option<String>,
}

/// What a parameter or a field means, or also how the document is wrong about it.
#[derive(Debug)]
pub(super) enum Note {
    Doc(String),
    Fix(Fix),
}

/// By hand, since an untagged enum would not say which key it does not know.
impl<'de> Deserialize<'de> for Note {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = Note;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a sentence, or a mapping of corrections")
            }

            fn visit_str<E>(self, text: &str) -> Result<Note, E> {
                Ok(Note::Doc(text.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Note, A::Error> {
                Fix::deserialize(MapAccessDeserializer::new(map)).map(Note::Fix)
            }
        }

        deserializer.deserialize_any(Either)
    }
}

#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Fix {
    pub(super) doc: Option<String>,
    /// A parameter's key in a call's arguments, where the wire name is no name.
    pub(super) name: Option<String>,
    /// Sent when the caller leaves the parameter out; it is then not required.
    pub(super) default: Option<serde_json::Value>,
    #[serde(rename = "type")]
    pub(super) ty: Option<String>,
    /// The documented values of a text.
    pub(super) values: Option<Vec<String>>,
    pub(super) required: Option<bool>,
    /// How a list is written in a query.
    pub(super) list: Option<ListStyle>,
    /// The document forgot it. A parameter needs a place then.
    pub(super) add: bool,
    pub(super) place: Option<Place>,
    /// It is nothing for a caller.
    pub(super) drop: bool,
    /// Why the document is contradicted.
    pub(super) reason: Option<String>,
}

#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct TypeNote {
    pub(super) name: Option<String>,
    pub(super) doc: Option<String>,
    pub(super) fields: Entries<Note>,
    /// It is another type, by its name in the model.
    pub(super) same_as: Option<String>,
    pub(super) reason: Option<String>,
}

/// What is answered, where the document is wrong or silent.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub(super) enum AnswerNote {
    /// JSON of this schema of the document.
    Schema { name: String, reason: String },
    /// A file of this media type.
    Bytes { media: String, reason: String },
}

impl Note {
    pub(super) fn doc(&self) -> Option<&str> {
        match self {
            Note::Doc(doc) => Some(doc),
            Note::Fix(fix) => fix.doc.as_deref(),
        }
    }

    pub(super) fn fix(&self) -> Option<&Fix> {
        match self {
            Note::Doc(_) => None,
            Note::Fix(fix) => Some(fix),
        }
    }
}

impl Fix {
    /// Whether it contradicts the document.
    pub(super) fn corrects(&self) -> bool {
        self.drop
            || self.add
            || self.list.is_some()
            || self.ty.is_some()
            || self.values.is_some()
            || self.required.is_some()
    }
}
