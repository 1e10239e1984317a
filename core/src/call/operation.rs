//! What the SDK knows about an operation: static facts, generated from the model.

use crate::cloud::Cloud;

/// One call that Druva serves.
#[derive(Debug)]
#[non_exhaustive]
pub struct Operation {
    /// `insync.devices.list`: the same in every language.
    pub id: &'static str,
    /// `GET`, `POST`, `PUT`, `PATCH` or `DELETE`.
    pub method: &'static str,
    /// Path below the host, with `{wireName}` places.
    pub path: &'static str,
    /// Clouds on which the path is another one.
    pub routes: &'static [(Cloud, &'static str)],
    /// What it does, in one sentence.
    pub summary: &'static str,
    /// Its arguments.
    pub params: &'static [Param],
    /// The arguments of the body travel as a form, not as JSON.
    pub form: bool,
    /// What a successful answer carries.
    pub answer: Answer,
    /// How a list goes on, when it is one.
    pub pages: Option<Paging>,
    /// How one waits for what it reads to come to its end.
    pub waiter: Option<Waiter>,
    /// Whether a call whose outcome is unknown may be sent again.
    pub retry: Retry,
    /// Which token its calls carry.
    pub realm: Realm,
    /// The clouds that serve it.
    pub clouds: &'static [Cloud],
    /// Those of Druva's documents that describe it: `insync-cloud`.
    pub documents: &'static [&'static str],
    /// Why not to use it any more, and what to use.
    pub deprecated: Option<&'static str>,
}

impl Operation {
    /// The product: the first part of the id.
    pub fn product(&self) -> &'static str {
        self.id.split('.').next().unwrap_or(self.id)
    }

    /// Its path on this cloud.
    pub fn path_on(&self, cloud: Cloud) -> &'static str {
        self.routes.iter().find(|(at, _)| *at == cloud).map_or(self.path, |(_, path)| path)
    }

    /// The argument of this name.
    pub fn param(&self, name: &str) -> Option<&'static Param> {
        self.params.iter().find(|param| param.name == name)
    }
}

/// One argument of an operation.
#[derive(Debug)]
#[non_exhaustive]
pub struct Param {
    /// Its key in a call's arguments.
    pub name: &'static str,
    /// How Druva writes it.
    pub wire: &'static str,
    /// Where it travels.
    pub place: Place,
    /// Its type.
    pub ty: Type,
    /// A call without it is refused before anything is sent.
    pub required: bool,
    /// JSON text sent when the caller leaves it out.
    pub default: Option<&'static str>,
    /// How a list is written in a query.
    pub list: ListStyle,
    /// What is written around the value, whose place is `{}`.
    pub write: Option<&'static str>,
}

/// Where an argument travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Place {
    /// In the path.
    Path,
    /// In the query.
    Query,
    /// In a header.
    Header,
    /// A member of the JSON object that is the body.
    Body,
    /// The JSON body itself.
    WholeBody,
}

/// How a list is written in a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ListStyle {
    /// `a=1,2`
    Comma,
    /// `a=1&a=2`
    Repeat,
}

/// The type of an argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Type {
    /// Text.
    String,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// True or false.
    Boolean,
    /// RFC 3339 text.
    DateTime,
    /// Any JSON.
    Json,
    /// A list.
    List(&'static Type),
    /// An object with free keys.
    Map(&'static Type),
    /// An object type of the product.
    Object(&'static str),
}

/// What a successful answer carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Answer {
    /// Nothing that is documented.
    Empty,
    /// JSON of this type.
    Json(Type),
    /// Text or a file of this media type.
    Bytes(&'static str),
}

/// Whether a call whose outcome is unknown may be sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Retry {
    /// It changes nothing.
    Safe,
    /// Doing it twice is doing it once.
    Idempotent,
    /// Doing it twice does it twice.
    Never,
}

/// Which of a credential's tokens a call carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Realm {
    /// The one that the cloud gives; of a customer's client, the customer's own.
    Cloud,
    /// The one that a managed-service provider gets for its own calls.
    Msp,
}

/// How a list goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Paging {
    /// Dotted path of the items in an answer.
    pub items: &'static str,
    /// What takes one from a page to the next.
    pub cursor: Cursor,
}

impl Paging {
    /// Where a page says how the list goes on: its items, the cursor or the number of all items, whether there is more. Of a
    /// numbered list, which has neither, what the items stand in.
    pub(crate) fn paths(self) -> [&'static str; 3] {
        match self.cursor {
            Cursor::Token { field, .. } => [self.items, field, ""],
            Cursor::Tracker { field, more, .. } => [self.items, field, more.unwrap_or("")],
            Cursor::Offset { total, .. } => [self.items, total.unwrap_or(""), ""],
            Cursor::Number { .. } => [self.items, "", self.items.split('.').next().unwrap_or_default()],
        }
    }
}

/// How one waits for work that an operation reports on: by calling it until the work is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Waiter {
    /// Dotted path of the state in an answer.
    pub state: &'static str,
    /// The states after which nothing changes any more, numbers as text.
    pub finished: &'static [&'static str],
    /// Of a list: the member of an item that tells which work it is. `state` is then that of the item.
    pub matches: Option<&'static str>,
}

/// What takes one from a page to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cursor {
    /// A token of the answer is sent with the next request.
    Token {
        /// The argument that takes it.
        param: &'static str,
        /// The member of the answer that brings it.
        field: &'static str,
        /// Arguments that may not travel together with it.
        without: &'static [&'static str],
    },
    /// A page number that counts up from 1.
    Number {
        /// The argument that takes the number.
        param: &'static str,
        /// The argument that takes the size.
        size: &'static str,
        /// The size sent when the caller names none.
        default_size: u32,
    },
    /// How many items to pass over.
    Offset {
        /// The argument that takes the number.
        param: &'static str,
        /// The argument that takes the size of a page.
        size: &'static str,
        /// The size sent when the caller names none.
        default_size: u32,
        /// The member of the answer with the number of all items.
        total: Option<&'static str>,
        /// Pages are counted, not items.
        pages: bool,
    },
    /// A cursor over a growing feed.
    Tracker {
        /// The argument that takes it.
        param: &'static str,
        /// The member of the answer that brings it.
        field: &'static str,
        /// The member of the answer that says whether more can be had at once; without it, a page without items ends the
        /// list for now.
        more: Option<&'static str>,
    },
}

impl Type {
    /// How documentation writes it: `string`, `list of integer`, `Device`.
    pub fn name(self) -> String {
        match self {
            Type::String => "string".to_owned(),
            Type::Integer => "integer".to_owned(),
            Type::Number => "number".to_owned(),
            Type::Boolean => "boolean".to_owned(),
            Type::DateTime => "date-time".to_owned(),
            Type::Json => "json".to_owned(),
            Type::List(element) => format!("list of {}", element.name()),
            Type::Map(element) => format!("map of {}", element.name()),
            Type::Object(name) => name.to_owned(),
        }
    }
}
