//! What the language bindings share: a client with the runtime that drives it, and the waist in JSON and bytes.
//!
//! Blocking calls drive the runtime on the caller's own thread; submitted ones are driven by one thread that starts
//! with the first of them. After a fork the child gets a runtime, connections and tokens of its own.

use crate::{Error, Response};
use std::time::Duration;

/// Per-call settings.
#[derive(Debug, Clone, Default)]
pub struct CallOptions {
    /// Replaces the client's total deadline.
    pub timeout: Option<Duration>,
}

/// Cancels the calls it was given to. Cloning gives another hand on the same switch.
#[derive(Debug, Clone, Default)]
pub struct Cancel {}

impl Cancel {
    /// Cancels; a second time does nothing.
    pub fn cancel(&self) {
        todo!()
    }
}

/// Called on the blocked caller's thread about every 50 ms; `false` cancels the call. Python checks for Ctrl-C here.
pub type Tick<'a> = Option<&'a mut dyn FnMut() -> bool>;

/// A client as a language binding holds it.
#[derive(Debug)]
pub struct Handle {}

impl Handle {
    /// Makes a client from a JSON object of option names (`api/contract.yaml`) and values; what is missing comes from
    /// the environment and the profile.
    ///
    /// # Errors
    /// `ConfigError`.
    pub fn new(_options: &[u8]) -> Result<Handle, Error> {
        todo!()
    }

    /// Calls an operation and blocks until it is done. `arguments` is a JSON object keyed by `Param::name`; empty means none.
    ///
    /// # Errors
    /// Any.
    pub fn call(&self, _operation: &str, _arguments: &[u8], _options: &CallOptions, _cancel: &Cancel, _tick: Tick<'_>) -> Result<Response, Error> {
        todo!()
    }

    /// Starts a call. `done` is called exactly once, on the runtime's thread: it must be quick and must not block.
    /// Bad arguments are reported through `done` as well.
    pub fn submit(&self, _operation: &str, _arguments: &[u8], _options: &CallOptions, _cancel: &Cancel, _done: impl FnOnce(Result<Response, Error>) + Send + 'static) {
        todo!()
    }

    /// Begins a list. Nothing is sent before the first page is asked for.
    ///
    /// # Errors
    /// `ArgumentError`.
    pub fn pages(&self, _operation: &str, _arguments: &[u8], _options: &CallOptions) -> Result<Pages, Error> {
        todo!()
    }

    /// Moves the client's clock forward: tests of token expiry need no sleep.
    pub fn advance_clock(&self, _by: Duration) {
        todo!()
    }
}

/// The pages of a list, one after the other. Cheap to clone; clones share the position.
#[derive(Debug, Clone)]
pub struct Pages {}

impl Pages {
    /// The next page, or `None` after the last one. After an error the list is over; a repeated call gives `None`...
    ///
    /// # Errors
    /// Any.
    pub fn next(&self, _cancel: &Cancel, _tick: Tick<'_>) -> Result<Option<Response>, Error> {
        todo!()
    }

    /// Starts fetching the next page; `done` as in [`Handle::submit`].
    pub fn submit_next(&self, _cancel: &Cancel, _done: impl FnOnce(Result<Option<Response>, Error>) + Send + 'static) {
        todo!()
    }

    /// The last non-empty cursor that an answer brought: of an event feed, the tracker worth keeping.
    pub fn cursor(&self) -> Option<String> {
        todo!()
    }
}

/// Every operation as a JSON array: `id, method, path, product, clouds, params (name, wire, place, type, required), paging, retry`.
pub fn operations_json() -> String {
    todo!()
}
