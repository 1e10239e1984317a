//! Errors: what went wrong, as data.

use crate::boundary::{free, read};
use crate::document::Document;
use crate::generated::druva_result;
use crate::handle::{Handle, handle};
use crate::json::druva_json;
use druva::Error;
use std::ffi::c_char;
use std::ptr::null;

/// An error as C sees it: the object of `Error::to_json`, parsed once.
pub(crate) struct Report {
    result: druva_result,
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

/// The result code of an error, and a handle on it unless nobody wants one.
pub(crate) fn give_error(error: &Error, unwanted: bool) -> (druva_result, *mut druva_error) {
    let result = druva_result::of(error.kind().code());
    if unwanted {
        return (result, std::ptr::null_mut());
    }
    let document = Document::parse(error.to_json().as_bytes()).unwrap_or_default();
    (result, druva_error::give(Report { result, document }))
}

/// The text of a member, valid as long as the handle.
fn member_text(error: *const druva_error, name: &str) -> *const c_char {
    read(null(), || druva_error::find(error).map_or(null(), |report| report.document.root().member(name).map_or(null(), druva_json::text)))
}

fn member<T>(error: *const druva_error, name: &str, fallback: T, of: impl FnOnce(&druva_json) -> Option<T>) -> Option<T> {
    read(None, || Some(druva_error::find(error)?.document.root().member(name).and_then(of).unwrap_or(fallback)))
}

/// The result code that the failed function returned; DRUVA_ARGUMENT when `error` is no live handle.
#[unsafe(no_mangle)]
pub extern "C" fn druva_error_code(error: *const druva_error) -> druva_result {
    read(druva_result::DRUVA_INTERNAL, || druva_error::find(error).map_or(druva_result::DRUVA_ARGUMENT, |report| report.result))
}

/// The class, the same in every language of the SDK: "RateLimitedError".
#[unsafe(no_mangle)]
pub extern "C" fn druva_error_class(error: *const druva_error) -> *const c_char {
    member_text(error, "class")
}

/// What happened, in words that are useful alone.
#[unsafe(no_mangle)]
pub extern "C" fn druva_error_message(error: *const druva_error) -> *const c_char {
    member_text(error, "message")
}

/// The operation that failed ("insync.devices.list"), or NULL.
#[unsafe(no_mangle)]
pub extern "C" fn druva_error_operation(error: *const druva_error) -> *const c_char {
    member_text(error, "operation")
}

/// The HTTP method of the request that failed, or NULL.
#[unsafe(no_mangle)]
pub extern "C" fn druva_error_method(error: *const druva_error) -> *const c_char {
    member_text(error, "method")
}

/// The path of the request that failed, or NULL.
#[unsafe(no_mangle)]
pub extern "C" fn druva_error_path(error: *const druva_error) -> *const c_char {
    member_text(error, "path")
}

/// The HTTP status that Druva answered with, or 0.
#[unsafe(no_mangle)]
pub extern "C" fn druva_error_status(error: *const druva_error) -> i32 {
    member(error, "status", 0, |status| i32::try_from(status.integer()?).ok()).unwrap_or(0)
}

/// Druva's own code for the error ("InsyncEndpoints-1006"), or NULL.
#[unsafe(no_mangle)]
pub extern "C" fn druva_error_api_code(error: *const druva_error) -> *const c_char {
    member_text(error, "code")
}

/// Whether the same call may succeed later.
#[unsafe(no_mangle)]
pub extern "C" fn druva_error_retryable(error: *const druva_error) -> bool {
    member(error, "retryable", false, druva_json::boolean).unwrap_or(false)
}

/// How many attempts were made.
#[unsafe(no_mangle)]
pub extern "C" fn druva_error_attempts(error: *const druva_error) -> u32 {
    member(error, "attempts", 0, |attempts| u32::try_from(attempts.integer()?).ok()).unwrap_or(0)
}

/// Whether the request may have taken effect. DRUVA_APPLIED_UNKNOWN when `error` is no live handle.
#[unsafe(no_mangle)]
pub extern "C" fn druva_error_may_have_been_applied(error: *const druva_error) -> druva_applied {
    let known = |applied: &druva_json| match applied.string()? {
        "no" => Some(druva_applied::DRUVA_APPLIED_NO),
        "yes" => Some(druva_applied::DRUVA_APPLIED_YES),
        _ => None,
    };
    member(error, "may_have_been_applied", druva_applied::DRUVA_APPLIED_UNKNOWN, known).unwrap_or(druva_applied::DRUVA_APPLIED_UNKNOWN)
}

/// The seconds that Druva asked to wait, or a negative number when it did not say.
#[unsafe(no_mangle)]
pub extern "C" fn druva_error_retry_after(error: *const druva_error) -> f64 {
    member(error, "retry_after", -1.0, druva_json::number).unwrap_or(-1.0)
}

/// What to do about it, or NULL.
#[unsafe(no_mangle)]
pub extern "C" fn druva_error_hint(error: *const druva_error) -> *const c_char {
    member_text(error, "hint")
}

/// The body that Druva answered with, as text and at most 64 KiB, or NULL.
#[unsafe(no_mangle)]
pub extern "C" fn druva_error_body(error: *const druva_error) -> *const c_char {
    member_text(error, "body")
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
