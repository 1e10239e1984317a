//! Page tokens: opaque, bound to the query that they came with, and as odd as tests ask for.

use crate::arguments::Arguments;
use crate::dice;
use crate::refusal::Refusal;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::ops::Range;

/// How the last page says that it is the last.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum EndMarker {
    #[default]
    Empty,
    Null,
    /// The text `NULL`.
    NullText,
    /// The member is left out.
    Absent,
}

/// All page tokens that were given out.
#[derive(Default)]
pub(crate) struct Paging {
    seed: u64,
    end_marker: EndMarker,
    empty_page_at: Option<u64>,
    repeat_token: bool,
    given: HashMap<String, Position>,
}

/// Where in which list a token goes on.
#[derive(Debug, Clone, Default)]
pub(crate) struct Position {
    operation: String,
    /// The arguments of the first request, without token and page size.
    pub(crate) query: Arguments,
    offset: usize,
    page: u64,
    /// Records a page, as the first request chose.
    pub(crate) size: Option<usize>,
    given_at: f64,
    /// The token that led here.
    token: Option<String>,
}

/// The rules of one operation's tokens.
pub(crate) struct Rules<'a> {
    pub(crate) operation: &'a str,
    /// The argument that takes the token.
    pub(crate) param: &'a str,
    /// Arguments that may not travel with it.
    pub(crate) without: &'a [String],
    /// Seconds for which a token is good, where that is limited.
    pub(crate) lifetime: Option<f64>,
}

impl Position {
    /// Further on by so many records.
    pub(crate) fn skip(self, records: usize) -> Position {
        Position { offset: self.offset + records, ..self }
    }
}

impl Paging {
    pub(crate) fn new(seed: u64) -> Paging {
        Paging { seed, ..Paging::default() }
    }

    pub(crate) fn set(&mut self, end_marker: EndMarker, empty_page_at: Option<u64>, repeat_token: bool) {
        (self.end_marker, self.empty_page_at, self.repeat_token) = (end_marker, empty_page_at, repeat_token);
    }

    /// Where a request stands in its list.
    pub(crate) fn open(&self, rules: &Rules<'_>, arguments: &Arguments, now: f64) -> Result<Position, Refusal> {
        let lasting = |name: &String| name != rules.param && !crate::names::same(name, "pageSize");
        let mut query = arguments.clone();
        query.0.retain(|name, value| lasting(name) && !value.is_null());
        let Some(token) = arguments.text(rules.param).filter(|token| !token.is_empty()) else {
            return Ok(Position { operation: rules.operation.to_owned(), query, page: 1, ..Position::default() });
        };
        if let Some(name) = rules.without.iter().find(|name| arguments.get(name).is_some()) {
            return Err(Refusal::violation(format!("{name} may not be sent together with {}", rules.param)));
        }
        let position = self.given.get(&token).filter(|position| position.operation == rules.operation);
        let position =
            position.ok_or_else(|| Refusal::violation(format!("{} is no token of this list", rules.param)))?;
        if rules.lifetime.is_some_and(|lifetime| now - position.given_at > lifetime) {
            return Err(Refusal::new(400, format!("{} has expired", rules.param)));
        }
        let mut original = position.query.clone();
        original.0.retain(|name, _| !rules.without.contains(name));
        if query != original {
            return Err(Refusal::violation(format!("{} belongs to a query with other filters", rules.param)));
        }
        Ok(Position { token: Some(token), ..position.clone() })
    }

    /// The records of this page, and the token of the next one.
    pub(crate) fn turn(
        &mut self,
        position: Position,
        total: usize,
        size: usize,
        now: f64,
    ) -> (Range<usize>, Option<String>) {
        let start = position.offset.min(total);
        let hollow = self.empty_page_at == Some(position.page) && start < total;
        let end = if hollow { start } else { (start + size.max(1)).min(total) };
        if end == total && !hollow {
            return (start..end, None);
        }
        if let Some(token) = position.token.as_ref().filter(|_| self.repeat_token) {
            return (start..end, Some(token.clone()));
        }
        let digits = dice::hex(self.seed, "page", self.given.len() as u64, &position.operation, 20);
        let token = STANDARD.encode(format!("{}>?{digits}", self.given.len()));
        self.given.insert(
            token.clone(),
            Position { offset: end, page: position.page + 1, size: Some(size), given_at: now, token: None, ..position },
        );
        (start..end, Some(token))
    }

    /// The records of a page by offset. Told to repeat, it is the first page for ever; told to be hollow, it has none.
    pub(crate) fn pass(&self, passed: usize, total: usize, size: usize) -> Range<usize> {
        let start = if self.repeat_token { 0 } else { passed.min(total) };
        let page = (start / size.max(1)) as u64 + 1;
        let end = if self.is_hollow(page) { start } else { (start + size).min(total) };
        start..end
    }

    /// Whether this page of a feed is to be empty although there is more.
    pub(crate) fn is_hollow(&self, page: u64) -> bool {
        self.empty_page_at == Some(page)
    }

    pub(crate) fn repeats(&self) -> bool {
        self.repeat_token
    }

    /// Writes the token of the next page, or the mark of the end, into an answer.
    pub(crate) fn mark(&self, answer: &mut Map<String, Value>, field: &str, token: Option<String>) {
        let mark = match (token, self.end_marker) {
            (Some(token), _) => json!(token),
            (None, EndMarker::Empty) => json!(""),
            (None, EndMarker::Null) => Value::Null,
            (None, EndMarker::NullText) => json!("NULL"),
            (None, EndMarker::Absent) => {
                answer.remove(field);
                return;
            }
        };
        answer.insert(field.to_owned(), mark);
    }
}
