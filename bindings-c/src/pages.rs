//! Lists, page by page and item by item.

use crate::boundary::{Outcome, caught, free, need, optional_text, place, read, run, text};
use crate::client::{Completion, call_options, druva_call_options, druva_callback, druva_client};
use crate::error::druva_error;
use crate::generated::druva_result;
use crate::handle::{Handle, handle};
use crate::json::{c_text, druva_json};
use crate::response::{Answer, druva_response};
use druva::embed::{Arguments, Handle as Client, Pages};
use druva::{Cancel, Error};
use std::ffi::{CString, c_char, c_void};
use std::ptr::null;
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

/// A list and where its reader is.
pub(crate) struct List {
    pages: Pages,
    cancel: Cancel,
    /// Whoever has it goes on to the next item, fetching included; nobody waits for it.
    turn: Mutex<()>,
    reader: Mutex<Reader>,
}

/// What the pointers that were given out point into.
#[derive(Default)]
struct Reader {
    page: Option<Answer>,
    next: usize,
    /// The cursor that the page was fetched with.
    before: Option<String>,
    cursor: Option<CString>,
}

impl Reader {
    /// The item that is given out next, if the page has one left.
    fn item(&self) -> Option<&druva_json> {
        self.page.as_ref()?.items()?.at(self.next)
    }
}

impl List {
    /// # Safety
    /// As [`call_options`].
    pub(crate) unsafe fn new<'a>(
        client: &Client,
        operation: &str,
        arguments: impl Into<Arguments<'a>>,
        options: *const druva_call_options,
    ) -> Result<List, Error> {
        // SAFETY: the caller's promise.
        let (options, cancel) = unsafe { call_options(options) }?;
        let pages = client.pages(operation, arguments, &options)?;
        Ok(List { pages, cancel, turn: Mutex::default(), reader: Mutex::default() })
    }

    fn reader(&self) -> MutexGuard<'_, Reader> {
        self.reader.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next item, fetching pages as needed. It lives until its page is left.
    fn next_item(&self) -> Result<Option<*const druva_json>, Error> {
        // A callback that runs during the fetch, on this thread or another, would wait for itself.
        let _turn = match self.turn.try_lock() {
            Ok(turn) => turn,
            Err(TryLockError::Poisoned(turn)) => turn.into_inner(),
            Err(TryLockError::WouldBlock) => {
                return Err(Error::argument("pages is in use: another call is fetching its next item"));
            }
        };
        loop {
            let mut reader = self.reader();
            if let Some(item) = reader.item() {
                let item = item as *const druva_json;
                reader.next += 1;
                return Ok(Some(item));
            }
            drop(reader);
            let before = self.pages.cursor();
            let Some(response) = self.pages.next(&self.cancel, None)? else { return Ok(None) };
            let page = Answer::new(response);
            page.json()?;
            let mut reader = self.reader();
            (reader.page, reader.next, reader.before) = (Some(page), 0, before);
        }
    }

    /// Where to go on: what is left of a page comes again, rather than never.
    fn cursor(&self) -> *const c_char {
        let mut reader = self.reader();
        let cursor = if reader.item().is_some() { reader.before.clone() } else { self.pages.cursor() };
        reader.cursor = cursor.map(|cursor| c_text(&cursor));
        reader.cursor.as_ref().map_or(null(), |cursor| cursor.as_ptr())
    }
}

/// The pages of a list. For one thread at a time. Free it with druva_pages_free().
pub struct druva_pages {
    _opaque: [u8; 0],
}

handle!(druva_pages is "pages" for List);

/// Begins a list of an operation by its id ("insync.devices.list"); the rest is as in druva_call(). Nothing is sent
/// before the first page is asked for. `options` counts for each page. To go on from a cursor that was kept, pass it
/// as the argument that it belongs to.
///
/// # Safety
/// As druva_call().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn druva_pages_new(
    client: *const druva_client,
    operation: *const c_char,
    arguments: *const c_char,
    options: *const druva_call_options,
    out: *mut *mut druva_pages,
    error: *mut *mut druva_error,
) -> druva_result {
    // SAFETY: the caller's promises.
    unsafe {
        run(error, || {
            let (client, out) = (need(client)?, place(out, "out")?);
            let operation = text(operation, "operation")?;
            let arguments = optional_text(arguments, "arguments")?.unwrap_or_default();
            out.write(druva_pages::give(List::new(&client, operation, arguments.as_bytes(), options)?));
            Ok(Outcome::Ok)
        })
    }
}

/// Fetches the next page and blocks until it is there; from the third on it is fetched while the one before is worked on.
/// DRUVA_DONE after the last one. A page that failed can be asked for again. (Either pages or items: what
/// druva_pages_next_item() has not given of its page yet is not in the next one.)
///
/// # Safety
/// `out` and `error` are NULL or may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn druva_pages_next(
    pages: *const druva_pages,
    out: *mut *mut druva_response,
    error: *mut *mut druva_error,
) -> druva_result {
    // SAFETY: the caller's promises.
    unsafe {
        run(error, || {
            let (list, out) = (need(pages)?, place(out, "out")?);
            let Some(response) = list.pages.next(&list.cancel, None)? else { return Ok(Outcome::Done) };
            out.write(druva_response::give(Answer::new(response)));
            Ok(Outcome::Ok)
        })
    }
}

/// The next item of the list, fetching pages as needed. DRUVA_DONE after the last one. The item belongs to `pages` and
/// lives until the next call of this function, or until `pages` is freed. DRUVA_ARGUMENT while another call of it is
/// fetching a page.
///
/// # Safety
/// `out` and `error` are NULL or may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn druva_pages_next_item(
    pages: *const druva_pages,
    out: *mut *const druva_json,
    error: *mut *mut druva_error,
) -> druva_result {
    // SAFETY: the caller's promises.
    unsafe {
        run(error, || {
            let (list, out) = (need(pages)?, place(out, "out")?);
            let Some(item) = list.next_item()? else { return Ok(Outcome::Done) };
            out.write(item);
            Ok(Outcome::Ok)
        })
    }
}

/// Starts to fetch the next page; `callback` as in druva_submit(), with neither response nor error after the last page.
/// Wait for it before asking for another one.
///
/// # Safety
/// `error` is NULL or may be written to; `userdata` may be used on another thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn druva_pages_submit_next(
    pages: *const druva_pages,
    callback: druva_callback,
    userdata: *mut c_void,
    error: *mut *mut druva_error,
) -> druva_result {
    // SAFETY: the caller's promises.
    unsafe {
        run(error, || {
            let list = need(pages)?;
            let completion = Completion::new(callback, userdata)?;
            // As in druva_submit(): a panic is told to the callback.
            let _ = caught(|| list.pages.submit_next(&list.cancel, move |outcome| completion.tell(outcome)));
            Ok(Outcome::Ok)
        })
    }
}

/// Where to go on later, by passing it as the argument that it belongs to: of an event feed, the tracker worth keeping. It
/// is the last non-empty cursor that an answer brought, else the one that the list began with, or NULL. While
/// druva_pages_next_item() has items of a page left to give, it is the one that this page was fetched with: a program that
/// keeps it after each item may get items twice, but never misses one. It belongs to `pages` and lives until the next call
/// of this function, or until `pages` is freed.
#[unsafe(no_mangle)]
pub extern "C" fn druva_pages_cursor(pages: *const druva_pages) -> *const c_char {
    read(null(), || druva_pages::find(pages).map_or(null(), |list| list.cursor()))
}

/// Frees a list and the item that it gave last.
#[unsafe(no_mangle)]
pub extern "C" fn druva_pages_free(pages: *mut druva_pages) -> druva_result {
    free(pages)
}
