//! Lists as a language binding holds them.

use super::engine::{block_on, drive_until, spawn};
use super::{Cancel, Tick};
use crate::{Error, Response, Result};
use std::sync::{Arc, Mutex, PoisonError};

/// The pages of a list, one after the other. Clones share the position.
#[derive(Clone)]
pub struct Pages(Arc<Shared>);

struct Shared {
    /// The process that it was begun in, where its connections and its position are.
    process: u32,
    pages: Arc<tokio::sync::Mutex<crate::Pages>>,
    cursor: Mutex<Option<String>>,
}

impl Shared {
    fn check_process(&self) -> Result<()> {
        if self.process == std::process::id() {
            return Ok(());
        }
        Err(Error::argument("this list was begun in the process that this one was forked from")
            .hint("Begin it again here: the client itself works in both."))
    }
}

impl Drop for Shared {
    /// As of a client: nothing of the parent's is closed in a child.
    fn drop(&mut self) {
        if self.process != std::process::id() {
            std::mem::forget(self.pages.clone());
        }
    }
}

impl std::fmt::Debug for Pages {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Without the cursor, which opens what is listed.
        f.debug_struct("Pages").finish_non_exhaustive()
    }
}

impl Pages {
    pub(super) fn new(pages: crate::Pages) -> Pages {
        let start = pages.cursor().map(str::to_owned);
        Pages(Arc::new(Shared {
            process: std::process::id(),
            pages: Arc::new(tokio::sync::Mutex::new(pages)),
            cursor: Mutex::new(start),
        }))
    }

    /// The next page, or `None` after the last one. A page that failed can be asked for again.
    ///
    /// # Errors
    /// Any.
    pub fn next(&self, cancel: &Cancel, tick: Tick<'_>) -> Result<Option<Response>> {
        let page = block_on(Pages::fetch(self.0.clone(), cancel.clone()), cancel, tick)?;
        // Another thread that holds the list asks for its page, and drives this one too. What a parent process began to
        // fetch ends there alone.
        if page.is_some()
            && let Some(work) = self.0.pages.try_lock().ok().and_then(|mut pages| pages.work_ahead())
        {
            drive_until(work);
        }
        Ok(page)
    }

    /// Starts fetching the next page; `done` as in [`Handle::submit`].
    pub fn submit_next(&self, cancel: &Cancel, done: impl FnOnce(Result<Option<Response>>) + Send + 'static) {
        spawn(Pages::fetch(self.0.clone(), cancel.clone()), done);
    }

    /// The last non-empty cursor that an answer brought, or the one that the list began with: of an event feed, the
    /// tracker worth keeping.
    pub fn cursor(&self) -> Option<String> {
        self.0.cursor.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn fetch(shared: Arc<Shared>, cancel: Cancel) -> Result<Option<Response>> {
        shared.check_process()?;
        let mut pages = shared.pages.lock().await;
        pages.cancel_with(cancel);
        let page = pages.next().await;
        *shared.cursor.lock().unwrap_or_else(PoisonError::into_inner) = pages.cursor().map(str::to_owned);
        page
    }
}
