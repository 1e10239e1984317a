//! Errors: what went wrong, as data.

use crate::boundary::{free, read};
use crate::document::Document;
use crate::generated::druva_result;
use crate::handle::{Handle, handle};
use crate::json::druva_json;
use druva::{Applied, Error};
use std::ffi::c_char;
use std::ptr::{null, null_mut};

/// An error, and as a JSON object whose texts have addresses that stay.
pub(crate) struct Report {
    error: Error,
    document: Document,
}

/// What went wrong. Free it with druva_error_free().
pub struct druva_error {
    _opaque: [u8; 0],
}

handle!(druva_error is "error" for Report);

/// Whether the request of a failed call may have taken effect.
#[repr(i32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum druva_applied {
    /// It did not.
    DRUVA_APPLIED_NO = 0,
    /// Nobody can tell: look before doing it again.
    DRUVA_APPLIED_UNKNOWN = 1,
    /// It did.
    DRUVA_APPLIED_YES = 2,
}

/// The result code of an error.
pub(crate) fn result_of(error: &Error) -> druva_result {
    druva_result::of(error.kind().code())
}

/// A handle on an error.
pub(crate) fn give_error(error: Error) -> *mut druva_error {
    read(null_mut(), || {
        let document = Document::parse(error.to_json().as_bytes()).unwrap_or_default();
        druva_error::give(Report { error, document })
    })
}

/// The text of a member, valid as long as the handle.
fn text(error: *const druva_error, name: &str) -> *const c_char {
    read(null(), || {
        druva_error::find(error)
            .map_or(null(), |report| report.document.root().member(name).map_or(null(), druva_json::text))
    })
}

/// A fact of an error; `fallback` when there is no such handle.
fn fact<T>(error: *const druva_error, fallback: T, of: impl FnOnce(&Error) -> T) -> T {
    read(None, || Some(of(&druva_error::find(error)?.error))).unwrap_or(fallback)
}

/// The result code that the failed function returned; DRUVA_ARGUMENT when `error` is no live handle.
#[unsafe(no_mangle)]
pub extern "C" fn druva_error_code(error: *const druva_error) -> druva_result {
    fact(error, druva_result::DRUVA_ARGUMENT, result_of)
}

/// The class, the same in every language of the SDK: "RateLimitedError".
#[unsafe(no_mangle)]
pub extern "C" fn druva_error_class(error: *const druva_error) -> *const c_char {
    text(error, "class")
}

/// What happened, in words that are useful alone.
#[unsafe(no_mangle)]
pub extern "C" fn druva_error_message(error: *const druva_error) -> *const c_char {
    text(error, "message")
}

/// The operation that failed ("insync.devices.list"), or NULL.
#[unsafe(no_mangle)]
pub extern "C" fn druva_error_operation(error: *const druva_error) -> *const c_char {
    text(error, "operation")
}

/// The HTTP method of the request that failed, or NULL.
#[unsafe(no_mangle)]
pub extern "C" fn druva_error_method(error: *const druva_error) -> *const c_char {
    text(error, "method")
}

/// The path of the request that failed, or NULL.
#[unsafe(no_mangle)]
pub extern "C" fn druva_error_path(error: *const druva_error) -> *const c_char {
    text(error, "path")
}

/// The HTTP status that Druva answered with, or 0.
#[unsafe(no_mangle)]
pub extern "C" fn druva_error_status(error: *const druva_error) -> i32 {
    fact(error, 0, |error| error.status().map_or(0, i32::from))
}

/// Druva's own code for the error ("InsyncEndpoints-1006"), or NULL.
#[unsafe(no_mangle)]
pub extern "C" fn druva_error_api_code(error: *const druva_error) -> *const c_char {
    text(error, "code")
}

/// Whether the same call may succeed later.
#[unsafe(no_mangle)]
pub extern "C" fn druva_error_retryable(error: *const druva_error) -> bool {
    fact(error, false, Error::retryable)
}

/// How many attempts were made.
#[unsafe(no_mangle)]
pub extern "C" fn druva_error_attempts(error: *const druva_error) -> u32 {
    fact(error, 0, Error::attempts)
}

/// Whether the request may have taken effect. DRUVA_APPLIED_UNKNOWN when `error` is no live handle.
#[unsafe(no_mangle)]
pub extern "C" fn druva_error_may_have_been_applied(error: *const druva_error) -> druva_applied {
    fact(error, druva_applied::DRUVA_APPLIED_UNKNOWN, |error| match error.may_have_been_applied() {
        Applied::No => druva_applied::DRUVA_APPLIED_NO,
        Applied::Unknown => druva_applied::DRUVA_APPLIED_UNKNOWN,
        Applied::Yes => druva_applied::DRUVA_APPLIED_YES,
    })
}

/// The seconds that Druva asked to wait, or a negative number when it did not say.
#[unsafe(no_mangle)]
pub extern "C" fn druva_error_retry_after(error: *const druva_error) -> f64 {
    fact(error, -1.0, |error| error.retry_after().map_or(-1.0, |wait| wait.as_secs_f64()))
}

/// What to do about it, or NULL.
#[unsafe(no_mangle)]
pub extern "C" fn druva_error_hint(error: *const druva_error) -> *const c_char {
    text(error, "hint")
}

/// The body that Druva answered with, as text and at most 64 KiB, or NULL. What it quotes of the request's secrets reads
/// ***.
#[unsafe(no_mangle)]
pub extern "C" fn druva_error_body(error: *const druva_error) -> *const c_char {
    text(error, "body")
}

/// All of the above as the text of a JSON object, the same in every language of the SDK. NULL when `error` is no
/// live handle.
#[unsafe(no_mangle)]
pub extern "C" fn druva_error_to_json(error: *const druva_error) -> *const c_char {
    read(null(), || druva_error::find(error).map_or(null(), |report| report.document.text().as_ptr()))
}

/// Frees an error and all text that it gave.
#[unsafe(no_mangle)]
pub extern "C" fn druva_error_free(error: *mut druva_error) -> druva_result {
    free(error)
}
