//! `api/overlay/<product>.yaml`: what Druva's documents do not say, in their authors' judgement.

use crate::yaml::Entries;
use druva_api::{KnownFrom, ListStyle, Pages, Place, Realm, Retry, Waiter};
use indexmap::IndexMap;
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
    /// The clouds that serve it, unless an operation says otherwise. Its document is the one of its own name.
    #[serde(default)]
    pub(super) clouds: Vec<String>,
    /// Or several documents in `api/openapi`, each with the clouds that it is about.
    #[serde(default)]
    pub(super) documents: IndexMap<String, Vec<String>>,
    /// Which token its calls carry.
    #[serde(default)]
    pub(super) realm: Realm,
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
    /// Empty where another entry, or the client itself, stands for the operation.
    #[serde(default)]
    pub(super) id: String,
    #[serde(default)]
    pub(super) summary: String,
    /// The operation that this one is, by its id.
    pub(super) same_as: Option<String>,
    /// What of the client carries it out.
    pub(super) by: Option<String>,
    /// Why it is no operation of its own.
    pub(super) reason: Option<String>,
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
    #[serde(default)]
    pub(super) known_from: KnownFrom,
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
    /// A parameter's key in a call's arguments, where the wire name is no name; how a field is really called.
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
    /// What is written around a parameter's value, whose place is `{}`.
    pub(super) write: Option<String>,
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
    /// A list of what the document declares one of.
    List { reason: String },
    /// Nothing that is worth a type.
    Empty { reason: String },
}

impl Overlay {
    /// The documents of the product of this name, each with its clouds.
    pub(super) fn documents(&self, product: &str) -> IndexMap<String, Vec<String>> {
        if self.documents.is_empty() {
            return IndexMap::from([(product.to_owned(), self.clouds.clone())]);
        }
        self.documents.clone()
    }
}

impl OperationNote {
    /// The operation, or the part of the client, that stands for this one.
    pub(super) fn stand_in(&self) -> Option<&str> {
        self.same_as.as_deref().or(self.by.as_deref())
    }
}

impl AnswerNote {
    pub(super) fn reason(&self) -> &str {
        match self {
            AnswerNote::Schema { reason, .. }
            | AnswerNote::Bytes { reason, .. }
            | AnswerNote::List { reason }
            | AnswerNote::Empty { reason } => reason,
        }
    }
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
            || self.write.is_some()
            || self.default.is_some()
            || self.ty.is_some()
            || self.values.is_some()
            || self.required.is_some()
    }
}
