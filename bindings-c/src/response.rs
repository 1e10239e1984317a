//! Responses: what Druva answered.

use crate::boundary::{Outcome, free, need, place, read, run};
use crate::error::druva_error;
use crate::generated::druva_result;
use crate::handle::{Handle, handle};
use crate::json::{c_text, druva_json};
use druva::{Error, Response};
use std::ffi::{CStr, CString, c_char};
use std::ptr::null;
use std::sync::OnceLock;

/// A response, with its headers and its JSON once somebody has asked for them.
pub(crate) struct Answer {
    response: Response,
    headers: OnceLock<Vec<(CString, CString)>>,
    json: OnceLock<Result<druva_json, Error>>,
}

impl Answer {
    pub(crate) fn new(response: Response) -> Answer {
        Answer { response, headers: OnceLock::new(), json: OnceLock::new() }
    }

    fn headers(&self) -> &[(CString, CString)] {
        let made = || self.response.headers().map(|(name, value)| (c_text(name), c_text(&value))).collect();
        self.headers.get_or_init(made)
    }

    pub(crate) fn json(&self) -> Result<&druva_json, Error> {
        self.json.get_or_init(|| self.response.json().map(druva_json::new)).as_ref().map_err(Error::clone)
    }

    /// The array of a page's items.
    pub(crate) fn items(&self) -> Option<&druva_json> {
        self.json().ok()?.path(self.response.operation().pages.as_ref()?.items)
    }
}

/// What Druva answered: status, headers and body. Free it with druva_response_free().
pub struct druva_response {
    _opaque: [u8; 0],
}

handle!(druva_response is "response" for Answer);

/// The HTTP status; 0 when `response` is no live handle.
#[unsafe(no_mangle)]
pub extern "C" fn druva_response_status(response: *const druva_response) -> i32 {
    read(0, || druva_response::find(response).map_or(0, |answer| answer.response.status.into()))
}

/// A header by its name, upper or lower case; NULL when there is none.
///
/// # Safety
/// `name` is NULL or NUL-terminated.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn druva_response_header(response: *const druva_response, name: *const c_char) -> *const c_char {
    if name.is_null() {
        return null();
    }
    // SAFETY: not NULL; NUL-terminated by the caller's promise.
    let name = unsafe { CStr::from_ptr(name) };
    let value = || {
        let answer = druva_response::find(response)?;
        answer
            .headers()
            .iter()
            .find(|(own, _)| own.to_bytes().eq_ignore_ascii_case(name.to_bytes()))
            .map(|(_, value)| value.as_ptr())
    };
    read(None, value).unwrap_or(null())
}

/// The header at a position, from 0, in the order in which they came; false when there are no more. A name may come twice.
///
/// # Safety
/// `name` and `value` are NULL or may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn druva_response_header_at(
    response: *const druva_response,
    index: usize,
    name: *mut *const c_char,
    value: *mut *const c_char,
) -> bool {
    let header =
        || druva_response::find(response)?.headers().get(index).map(|(name, value)| (name.as_ptr(), value.as_ptr()));
    let Some(header) = read(None, header) else { return false };
    for (place, text) in [(name, header.0), (value, header.1)] {
        if !place.is_null() {
            // SAFETY: not NULL; the rest is the caller's promise.
            unsafe { place.write(text) };
        }
    }
    true
}

/// The body as it came, `*length` bytes. Not NUL-terminated. NULL only when `response` is no live handle.
///
/// # Safety
/// `length` is NULL or may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn druva_response_body(response: *const druva_response, length: *mut usize) -> *const c_char {
    let body = || {
        let answer = druva_response::find(response)?;
        let body = &answer.response.body;
        // Rust's pointer to no bytes is 0x1: Go, for one, ends a program that holds a pointer like that.
        Some(if body.is_empty() { (c"".as_ptr(), 0) } else { (body.as_ptr().cast(), body.len()) })
    };
    let (start, count) = read(None, body).unwrap_or((null(), 0));
    if !length.is_null() {
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe { length.write(count) };
    }
    start
}

/// The body as JSON. The value belongs to the response. Fails with DRUVA_DECODE when the body is no JSON.
///
/// # Safety
/// `out` and `error` are NULL or may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn druva_response_json(
    response: *const druva_response,
    out: *mut *const druva_json,
    error: *mut *mut druva_error,
) -> druva_result {
    // SAFETY: the caller's promises; the response stays in its table, so the value outlives this call.
    unsafe {
        run(error, || {
            let (answer, out) = (need(response)?, place(out, "out")?);
            out.write(answer.json()?);
            Ok(Outcome::Ok)
        })
    }
}

/// Of a page: the array of its items. NULL when there is none, or the response is no page.
#[unsafe(no_mangle)]
pub extern "C" fn druva_response_items(response: *const druva_response) -> *const druva_json {
    let items = || Some(druva_response::find(response)?.items()? as *const druva_json);
    read(None, items).unwrap_or(null())
}

/// The attempts that were made, the successful one included.
#[unsafe(no_mangle)]
pub extern "C" fn druva_response_attempts(response: *const druva_response) -> u32 {
    read(0, || druva_response::find(response).map_or(0, |answer| answer.response.attempts))
}

/// The seconds from the call to the whole answer.
#[unsafe(no_mangle)]
pub extern "C" fn druva_response_elapsed(response: *const druva_response) -> f64 {
    read(0.0, || druva_response::find(response).map_or(0.0, |answer| answer.response.elapsed.as_secs_f64()))
}

/// Frees a response with all its values.
#[unsafe(no_mangle)]
pub extern "C" fn druva_response_free(response: *mut druva_response) -> druva_result {
    free(response)
}
