//! Lists: from one page to the next, by whichever cursor the operation has.

use super::ahead::Ahead;
use super::operation::{Cursor, Operation, Paging};
use super::{Call, Known, Response};
use crate::client::Client;
use crate::error::{Error, Result};
use crate::json::Json;
use crate::scan::Found;
use sonic_rs::JsonValueTrait as _;
use std::borrow::Cow;
use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

/// Which of [`Paging::paths`] is which.
const ITEMS: usize = 0;
const CURSOR: usize = 1;
const TOTAL: usize = 1;
const MORE: usize = 2;

/// The pages of a list, one after the other.
///
/// Empty pages in the middle are passed on as they are. A page that fails can be asked for again: the position only
/// moves with an answer. A list that repeats its cursor ends in an error instead of a loop.
///
/// Whoever has asked for a second page is taken to want them all: from then on the next page is fetched while the caller
/// works on the one before.
pub struct Pages {
    client: Client,
    call: Call,
    paging: Paging,
    position: Position,
    cursor: Option<String>,
    seen: HashSet<u64>,
    hasher: RandomState,
    /// The first page has been handed out.
    begun: bool,
    ahead: Option<Ahead>,
}

#[derive(PartialEq)]
enum Position {
    /// At a page that has not been fetched.
    Before,
    /// After the last page.
    End,
}

/// Without the cursor, which opens what is listed.
impl std::fmt::Debug for Pages {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pages").field("call", &self.call).finish_non_exhaustive()
    }
}

impl Pages {
    pub(crate) fn new(client: Client, call: Call) -> Result<Pages> {
        let operation = call.operation;
        let paging = operation.pages.ok_or_else(|| {
            Error::argument(format!("`{}` is not a list", operation.id)).hint("Call it for its one answer.").of(
                operation.id,
                operation.method,
                operation.path,
            )
        })?;
        let mut pages = Pages {
            client,
            call,
            paging,
            position: Position::Before,
            cursor: None,
            seen: HashSet::new(),
            hasher: RandomState::new(),
            begun: false,
            ahead: None,
        };
        pages.begin();
        pages.client.check(&pages.call)?;
        Ok(pages)
    }

    /// Sends what recognising the last page needs, and remembers where the caller starts.
    fn begin(&mut self) {
        match self.paging.cursor {
            Cursor::Number { param, size, default_size } => self.defaults([(param, 1), (size, default_size)]),
            Cursor::Offset { param, size, default_size, .. } => self.defaults([(param, 0), (size, default_size)]),
            Cursor::Token { param, .. } | Cursor::Tracker { param, .. } => {
                if let Some(start) = self.argument(param).and_then(|value| value.as_str().map(Cow::into_owned)) {
                    self.note(&start);
                    self.cursor = Some(start);
                }
            }
        }
    }

    fn defaults(&mut self, defaults: [(&'static str, u32); 2]) {
        for (name, default) in defaults {
            if self.argument(name).is_none() {
                self.call.set(Cow::Borrowed(name), Json::from(default));
            }
        }
    }

    /// The next page, or `None` after the last one.
    ///
    /// # Errors
    /// Those of a call; `DecodeError` when the answer has no usable cursor.
    pub async fn next(&mut self) -> Result<Option<Response>> {
        if self.over() {
            return Ok(None);
        }
        let fetched = match self.ahead.take() {
            Some(ahead) => ahead.page(self.call.options.cancel.as_ref()).await,
            None => None,
        };
        let page = match fetched {
            Some(fetched) => fetched?,
            None => self.client.execute(&self.call).await?,
        };
        self.take(&page)?;
        if self.begun && !self.over() {
            self.ahead = Some(Ahead::start(self.client.clone(), self.call.clone()));
        }
        self.begun = true;
        Ok(Some(page))
    }

    /// What ends when the page that is fetched ahead is there; given away once.
    #[cfg(feature = "embed")]
    pub(crate) fn work_ahead(&mut self) -> Option<tokio::task::JoinHandle<()>> {
        self.ahead.as_mut().and_then(Ahead::work)
    }

    /// Is there no further page?
    pub(crate) fn over(&self) -> bool {
        self.position == Position::End
    }

    /// Goes on behind a page, or stays before it and says what is wrong with it.
    pub(crate) fn take(&mut self, page: &Response) -> Result<()> {
        self.follow(page).map_err(|error| self.client.hide(&self.call, error))
    }

    /// Lets the next pages be cancelled from elsewhere.
    #[cfg(feature = "embed")]
    pub(crate) fn cancel_with(&mut self, cancel: crate::Cancel) {
        self.call.options.cancel = Some(cancel);
    }

    /// The last non-empty cursor: of an event feed the tracker worth keeping. Passing it as the cursor's argument goes on
    /// from there. Where lists are numbered, there is none.
    pub fn cursor(&self) -> Option<&str> {
        self.cursor.as_deref()
    }

    /// Where the items are in a page: `devices`.
    pub fn items_path(&self) -> &'static str {
        self.paging.items
    }

    /// The operation that is listed.
    pub fn operation(&self) -> &'static Operation {
        self.call.operation
    }

    fn follow(&mut self, page: &Response) -> Result<()> {
        match self.paging.cursor {
            Cursor::Token { param, without, .. } => match cursor_of(page)? {
                None => self.position = Position::End,
                Some(token) => {
                    self.advance(page, param, token)?;
                    self.call.arguments.retain(|(name, _)| !without.contains(&&**name));
                }
            },
            Cursor::Tracker { param, field, more } => {
                let token = cursor_of(page)?;
                let goes_on = match more {
                    Some(_) => value_of(page, MORE).and_then(|more| more.as_bool()) == Some(true),
                    None => token.is_some() && count_of(page) > 0,
                };
                if !goes_on {
                    self.cursor = token.or(self.cursor.take());
                    self.position = Position::End;
                    return Ok(());
                }
                let token = token.ok_or_else(|| {
                    page.unusable(format!("the answer says that there is more, but has no `{field}`"))
                })?;
                self.advance(page, param, token)?;
            }
            Cursor::Number { param, size, default_size } => {
                let came = count_of(page) as i64;
                if came == 0 || came < self.number(size, default_size) {
                    self.position = Position::End;
                } else {
                    self.note_page(page)?;
                    self.call.set(Cow::Borrowed(param), Json::from(self.number(param, 1).saturating_add(1)));
                }
            }
            Cursor::Offset { param, size, default_size, pages, .. } => {
                let (size, at) = (self.number(size, default_size), self.number(param, 0));
                let came = count_of(page) as i64;
                let passed = if pages { at.saturating_mul(size) } else { at }.saturating_add(came);
                let over = match value_of(page, TOTAL).and_then(|total| total.as_i64()) {
                    Some(total) => passed >= total,
                    None => came < size,
                };
                if came == 0 || over {
                    self.position = Position::End;
                } else {
                    self.note_page(page)?;
                    self.call.set(Cow::Borrowed(param), Json::from(if pages { at.saturating_add(1) } else { passed }));
                }
            }
        }
        Ok(())
    }

    fn advance(&mut self, page: &Response, param: &'static str, cursor: String) -> Result<()> {
        if !self.note(&cursor) {
            return Err(page
                .unusable("the list repeats its page token, and would never end")
                .hint("The pages so far are complete; start the list again."));
        }
        self.call.set(Cow::Borrowed(param), Json::from(&cursor));
        self.cursor = Some(cursor);
        Ok(())
    }

    /// A server that does not heed the number would give the same page for ever.
    fn note_page(&mut self, page: &Response) -> Result<()> {
        if self.seen.insert(self.hasher.hash_one(&page.body)) {
            return Ok(());
        }
        Err(page
            .unusable("the list repeats a page, and would never end")
            .hint("The pages so far are complete; start the list again."))
    }

    /// A number among the arguments.
    fn number(&self, name: &str, default: u32) -> i64 {
        self.argument(name).and_then(Json::as_i64).unwrap_or(i64::from(default))
    }

    /// Remembers a cursor; false when it was there before.
    fn note(&mut self, cursor: &str) -> bool {
        self.seen.insert(self.hasher.hash_one(cursor))
    }

    fn argument(&self, name: &str) -> Option<&Json> {
        self.call.arguments.iter().find(|(present, _)| present == name).map(|(_, value)| value)
    }
}

#[cfg(feature = "embed")]
impl Response {
    /// The items of a page in pieces of about 16 KB, each the text of some items with commas between them: who makes values of
    /// a piece at a time never holds those of a page.
    pub fn pieces(&self) -> impl Iterator<Item = &[u8]> {
        let items = found(self, ITEMS).filter(|items| items.len > 0);
        let bounds = items.into_iter().flat_map(|Found { at, cuts, .. }| {
            let begins = std::iter::once(at.start + 1).chain(cuts.iter().copied());
            begins.zip(cuts.iter().copied().chain(std::iter::once(at.end - 1)))
        });
        bounds.map(|(begin, end)| {
            let piece = self.body[begin..end].trim_ascii();
            piece.strip_suffix(b",").unwrap_or(piece)
        })
    }
}

/// Refuses what is no page, which would end a list as if there were no more. Where there are no rows a server may write
/// null or leave them out; a page without them has another member of its paging, or none at all.
pub(super) fn check(page: &Response, paging: Paging) -> Result<()> {
    let Some(items) = found(page, ITEMS) else {
        let object = page.body.trim_ascii().strip_prefix(b"{").and_then(|rest| rest.strip_suffix(b"}"));
        let empty = object.is_some_and(|members| members.trim_ascii().is_empty());
        if empty || found(page, CURSOR).or_else(|| found(page, MORE)).is_some() {
            return Ok(());
        }
        return Err(page.unusable(format!("the answer is no page of a list: it should have `{}`", paging.items)));
    };
    match page.body[items.at.start] {
        b'[' | b'n' => Ok(()),
        _ => Err(page.unusable(format!("`{}` in the answer should be a list", paging.items))),
    }
}

/// The cursor that a page brings: `""`, `null`, `"NULL"` and no cursor all end a list.
fn cursor_of(page: &Response) -> Result<Option<String>> {
    let Some(value) = value_of(page, CURSOR).filter(|value| !value.is_null()) else { return Ok(None) };
    let Some(cursor) = value.as_str().filter(|_| !value.0.is_boolean()) else {
        return Err(page.unusable("the answer's page token should be text"));
    };
    Ok((!cursor.is_empty() && !cursor.eq_ignore_ascii_case("null")).then(|| cursor.into_owned()))
}

/// A small value beside the items. The page itself is not built: the languages do that once, in their own types.
fn value_of(page: &Response, which: usize) -> Option<Json> {
    Json::of_scanned(&page.body[found(page, which)?.at.clone()]).ok()
}

fn count_of(page: &Response) -> usize {
    found(page, ITEMS).filter(|items| page.body[items.at.start] == b'[').map_or(0, |items| items.len)
}

fn found(page: &Response, which: usize) -> Option<&Found> {
    let Known::Page(found) = &page.known else { return None };
    found[which].as_ref()
}
