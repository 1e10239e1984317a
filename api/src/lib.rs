//! What Druva serves, as data: the types of `api/model.json`.
//!
//! The generator writes the model from `api/openapi` (facts imported from Druva's documents) and `api/overlay`
//! (what those documents do not say); the emulator serves it; every typed surface is emitted from it.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

/// The resolved model, as checked in.
pub const MODEL_JSON: &str = include_str!("../model.json");

/// Everything the project knows about Druva's APIs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// Products, in the order in which clients list them.
    pub products: Vec<Product>,
    /// The error classes that every language offers, parents before children.
    pub errors: Vec<ErrorClass>,
    /// The configuration that every language accepts.
    pub options: Vec<ConfigOption>,
}

impl Model {
    /// Reads the model that this crate carries.
    ///
    /// # Panics
    /// If the checked-in model is broken, which CI rules out.
    pub fn load() -> Model {
        serde_json::from_str(MODEL_JSON).expect("api/model.json is generated and checked")
    }

    /// Every operation with the product it belongs to.
    pub fn operations(&self) -> impl Iterator<Item = (&Product, &Operation)> {
        self.products.iter().flat_map(|product| product.operations.iter().map(move |operation| (product, operation)))
    }
}

/// One of Druva's products: `client.<name>`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Product {
    /// The name in every language: `insync`, `platform`.
    pub name: String,
    /// What Druva calls it.
    pub title: String,
    /// One or two sentences for documentation.
    pub summary: String,
    /// Which token its calls carry.
    #[serde(default, skip_serializing_if = "Realm::is_cloud")]
    pub realm: Realm,
    /// Operations, in the order of the document they come from.
    pub operations: Vec<Operation>,
    /// Object types used by the operations' arguments and answers, by name.
    pub types: IndexMap<String, ObjectType>,
}

/// Which of a credential's tokens a call carries.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Realm {
    /// The one that the cloud itself gives; a customer's own for a client of an MSP's customer.
    #[default]
    Cloud,
    /// The one that a managed-service provider gets for its own calls.
    Msp,
}

impl Realm {
    fn is_cloud(&self) -> bool {
        *self == Realm::Cloud
    }
}

/// One call that Druva serves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Operation {
    /// `<product>.<resource>[.<resource>].<verb>`, the same in every language.
    pub id: String,
    /// `GET`, `POST`, `PUT`, `PATCH` or `DELETE`.
    pub method: String,
    /// Path below the host, with `{wireName}` places: `/insync/endpoints/v2/devices/{deviceID}`.
    pub path: String,
    /// Clouds on which the path is another one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub routes: Vec<Route>,
    /// One sentence, imperative, without the verb's subject: "Lists the devices ...".
    pub summary: String,
    /// More, when there is more to say: limits, side effects, what Druva does on repetition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<String>,
    /// Arguments; the required ones first, then in the document's order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub params: Vec<Param>,
    /// The arguments of the body travel as a form, not as JSON.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub form: bool,
    /// What a successful answer carries.
    pub answer: Answer,
    /// How a list goes on, when it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pages: Option<Pages>,
    /// How one waits for what it reads to come to its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiter: Option<Waiter>,
    /// Whether a call whose outcome is unknown may be sent again.
    pub retry: Retry,
    /// The clouds that serve it: `public`, `insync-gov`, `gov`, `cloudranger`.
    pub clouds: Vec<String>,
    /// The documents that describe it, as Druva names them: `insync-cloud`.
    pub documents: Vec<String>,
    /// Where its behaviour is known from.
    #[serde(default, skip_serializing_if = "KnownFrom::is_document")]
    pub known_from: KnownFrom,
    /// Statuses that the document declares as errors.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<u16>,
    /// Why not to use it any more, and what to use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deprecated: Option<String>,
}

impl Operation {
    /// The parts of the id after the product: `["devices", "list"]`.
    pub fn names(&self) -> Vec<&str> {
        self.id.split('.').skip(1).collect()
    }

    /// The last part of the id.
    pub fn verb(&self) -> &str {
        self.id.rsplit('.').next().unwrap_or(&self.id)
    }
}

/// The path of an operation on one of the clouds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// The cloud.
    pub cloud: String,
    /// The path there.
    pub path: String,
}

/// Where an operation's behaviour is known from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KnownFrom {
    /// Druva's OpenAPI document.
    #[default]
    Document,
    /// A help article of Druva's.
    Article,
    /// A guess, from what similar operations do.
    Inferred,
}

impl KnownFrom {
    fn is_document(&self) -> bool {
        *self == KnownFrom::Document
    }
}

/// One argument of an operation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Param {
    /// Its key in a call's arguments: the wire name, or a clean one where the wire name is no name.
    pub name: String,
    /// How Druva writes it.
    pub wire: String,
    /// Where it travels.
    pub place: Place,
    /// Its type.
    #[serde(rename = "type")]
    pub ty: Type,
    /// A call without it is refused before anything is sent.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub required: bool,
    /// Sent when the caller leaves it out (only where the server needs one).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<serde_json::Value>,
    /// How a list is written in a query.
    #[serde(default, skip_serializing_if = "ListStyle::is_comma")]
    pub list: ListStyle,
    /// What is written around the value, whose place is `{}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub write: Option<String>,
    /// Meaning, unit, limits.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub doc: String,
}

/// Where an argument travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    /// In the path.
    Path,
    /// In the query.
    Query,
    /// In a header.
    Header,
    /// A member of the JSON object that is the body.
    Body,
    /// The JSON body itself (an array, or an object of free form).
    WholeBody,
}

/// How a list is written in a query.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ListStyle {
    /// `a=1,2`
    #[default]
    Comma,
    /// `a=1&a=2`
    Repeat,
}

impl ListStyle {
    fn is_comma(&self) -> bool {
        *self == ListStyle::Comma
    }
}

/// The type of an argument or a field. Answers never have to obey it: see `druva::Json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Type {
    /// Text; `values` are the ones that are documented, others may come.
    String {
        /// Documented values.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        values: Vec<String>,
    },
    /// A whole number of up to 64 bits.
    Integer,
    /// A number.
    Number,
    /// True or false.
    Boolean,
    /// RFC 3339 text.
    DateTime,
    /// Any JSON: the documents say no more.
    Json,
    /// A list.
    List(Box<Type>),
    /// An object with free keys.
    Map(Box<Type>),
    /// One of the product's object types.
    Object(String),
}

/// An object type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ObjectType {
    /// What it is.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub doc: String,
    /// Its fields, in the document's order.
    pub fields: Vec<Field>,
    /// It occurs in arguments.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub input: bool,
    /// It occurs in answers.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub output: bool,
}

/// A field of an object type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Field {
    /// As Druva writes it.
    pub name: String,
    /// Its declared type.
    #[serde(rename = "type")]
    pub ty: Type,
    /// Must be there in an argument. Means nothing in an answer.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub required: bool,
    /// Meaning, unit.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub doc: String,
}

/// What a successful answer carries.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Nothing that the documents describe.
    Empty,
    /// JSON of this type.
    Json(Type),
    /// Text or a file, of this media type.
    Bytes(String),
}

/// Whether a call whose outcome is unknown may be sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Retry {
    /// It changes nothing: reads, and POSTs that only search.
    Safe,
    /// Doing it twice is doing it once.
    Idempotent,
    /// Doing it twice does it twice: the default of everything that is not a read.
    Never,
}

/// How a list goes on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pages {
    /// Dotted path of the array of items in an answer: `devices`, `results.users`.
    pub items: String,
    /// What takes one from a page to the next.
    pub cursor: Cursor,
}

/// How one waits for work that an operation reports on: by calling it until the work is over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Waiter {
    /// Dotted path of the state in an answer.
    pub state: String,
    /// The states after which nothing changes any more, numbers as text. Any other one means that work goes on.
    pub finished: Vec<String>,
    /// Of a list: the member of an item that tells which work it is. `state` is then that of the item.
    #[serde(rename = "match", default, skip_serializing_if = "Option::is_none")]
    pub matches: Option<String>,
}

/// What takes one from a page to the next.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Cursor {
    /// A token of the answer is sent with the next request; `""`, `null`, `"NULL"` or no token ends the list.
    Token {
        /// The argument that takes it (query or body).
        param: String,
        /// The member of the answer that brings it.
        field: String,
        /// Arguments that may not travel together with the token.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        without: Vec<String>,
    },
    /// A page number that counts up from 1; a page with fewer items than were asked for ends the list.
    Number {
        /// The argument that takes the number.
        param: String,
        /// The argument that takes the size.
        size: String,
        /// The size sent when the caller names none, so that a short page can be recognised.
        default_size: u32,
    },
    /// How many items, or pages, to pass over; ends where `total` says, or with a page that is not full.
    Offset {
        /// The argument that takes the number.
        param: String,
        /// The argument that takes the size of a page.
        size: String,
        /// The size sent when the caller names none.
        default_size: u32,
        /// The member of the answer with the number of all items.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        total: Option<String>,
        /// What is counted.
        #[serde(default, skip_serializing_if = "OffsetUnit::is_items")]
        unit: OffsetUnit,
    },
    /// A cursor over a growing feed; the list ends for now when `more` is not true, or, without it, at a page without
    /// items. The last non-empty cursor is worth keeping: a later call with it goes on from there.
    Tracker {
        /// The argument that takes it.
        param: String,
        /// The member of the answer that brings it.
        field: String,
        /// The member of the answer that says whether more can be had at once.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        more: Option<String>,
    },
}

/// What an offset counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OffsetUnit {
    /// Items.
    #[default]
    Items,
    /// Pages.
    Pages,
}

impl OffsetUnit {
    fn is_items(&self) -> bool {
        *self == OffsetUnit::Items
    }
}

/// One class of the errors that every language offers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ErrorClass {
    /// The class name: `NotFoundError`.
    pub class: String,
    /// The class it is a kind of; none for the root.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// What the core calls it: `not_found`.
    pub kind: String,
    /// C's result code; never reused.
    pub code: i32,
    /// The statuses that map to it: `"404"`, `"5xx"`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// What it means.
    pub doc: String,
}

/// One setting that every language accepts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ConfigOption {
    /// The name, in snake case.
    pub name: String,
    /// `string`, `secret`, `seconds` or `integer`.
    #[serde(rename = "type")]
    pub ty: String,
    /// The environment variable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub env: Option<String>,
    /// The default, as text for documentation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// What it does.
    pub doc: String,
}
