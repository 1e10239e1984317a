//! Clients and calls.

use crate::boundary::{Outcome, caught, copy_text, free, need, optional_text, place, read, run, sized, text};
use crate::cancel::druva_cancel;
use crate::error::{druva_error, give_error};
use crate::generated::{druva_options, druva_result};
use crate::handle::{Handle, handle};
use crate::json::c_text;
use crate::response::{Answer, druva_response};
use druva::embed::{CallOptions, Handle as Client};
use druva::{Cancel, Error, Response};
use std::ffi::{CString, c_char, c_void};
use std::ptr::{null, null_mut};
use std::sync::LazyLock;
use std::time::Duration;

/// A client: credentials, tokens and connections. Any number of threads may use one at the same time. Free it with
/// druva_client_free().
pub struct druva_client {
    _opaque: [u8; 0],
}

handle!(druva_client is "client" for Client);

/// Settings of one call. Begin it with DRUVA_WITH(druva_call_options, ...).
#[repr(C)]
#[derive(Clone, Copy)]
pub struct druva_call_options {
    /// sizeof(druva_call_options); DRUVA_WITH sets it.
    pub struct_size: usize,
    /// The deadline in seconds over everything: token, attempts, waiting in between; of a list: for each page. 0 is
    /// the client's.
    pub timeout: f64,
    /// Cancels the call; may be NULL.
    pub cancel: *const druva_cancel,
}

/// Gets a response or an error, the other being NULL, and has to free it. At the end of a list both are NULL. It runs on a
/// thread of the SDK, or on one of the program's own that is inside a blocking call: never hold a lock during a blocking
/// call that a callback takes. It must be quick: it may submit further calls, blocking ones are refused there.
pub type druva_callback =
    Option<unsafe extern "C" fn(userdata: *mut c_void, response: *mut druva_response, error: *mut druva_error)>;

/// Per-call settings in the core's terms.
///
/// # Safety
/// As [`sized`].
pub(crate) unsafe fn call_options(options: *const druva_call_options) -> Result<(CallOptions, Cancel), Error> {
    // SAFETY: zero is valid for all fields; the rest is the caller's promise.
    let options = unsafe { sized(options) }?;
    let timeout = seconds(options.timeout, "timeout")?;
    Ok((CallOptions { timeout, ..CallOptions::default() }, cancel_of(options.cancel)?))
}

/// A time in seconds that may be left out.
pub(crate) fn seconds(value: f64, name: &str) -> Result<Option<Duration>, Error> {
    if value == 0.0 {
        return Ok(None);
    }
    let time = Duration::try_from_secs_f64(value).ok().filter(|time| !time.is_zero());
    time.map(Some).ok_or_else(|| Error::argument(format!("{name} is not a time in seconds")))
}

/// A switch that may be left out.
pub(crate) fn cancel_of(cancel: *const druva_cancel) -> Result<Cancel, Error> {
    if cancel.is_null() { Ok(Cancel::default()) } else { Ok(need(cancel)?.as_ref().clone()) }
}

/// Who is told about the end of a submitted call: exactly once, also when the core drops it or panics.
pub(crate) struct Completion {
    callback: unsafe extern "C" fn(*mut c_void, *mut druva_response, *mut druva_error),
    userdata: *mut c_void,
    told: bool,
}

// SAFETY: the caller of druva_submit agrees that userdata is used on a thread of the SDK.
unsafe impl Send for Completion {}

impl Completion {
    pub(crate) fn new(callback: druva_callback, userdata: *mut c_void) -> Result<Completion, Error> {
        let callback = callback.ok_or_else(|| Error::argument("callback is NULL"))?;
        Ok(Completion { callback, userdata, told: false })
    }

    /// Tells the outcome; `None` is the end of a list.
    pub(crate) fn tell(mut self, outcome: Result<Option<Response>, Error>) {
        match outcome {
            Ok(page) => {
                let response = page.map(|response| druva_response::give(Answer::new(response)));
                self.call(response.unwrap_or(null_mut()), null_mut());
            }
            Err(error) => self.fail(error),
        }
    }

    fn fail(&mut self, error: Error) {
        self.call(null_mut(), give_error(error));
    }

    fn call(&mut self, response: *mut druva_response, error: *mut druva_error) {
        self.told = true;
        // SAFETY: the function and its userdata are what the caller asked to be called with.
        unsafe { (self.callback)(self.userdata, response, error) };
    }
}

impl Drop for Completion {
    fn drop(&mut self) {
        if !self.told {
            self.fail(Error::internal("the call ended without an outcome"));
        }
    }
}

/// Makes a client. What `options` leaves out comes from the environment and the profile; `options` may be NULL.
/// Nothing is sent before the first call. Fails with DRUVA_CONFIG.
///
/// # Safety
/// `options` is NULL or begins with its size and holds NULL or NUL-terminated strings; `out` and `error` are NULL or may
/// be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn druva_client_new(
    options: *const druva_options,
    out: *mut *mut druva_client,
    error: *mut *mut druva_error,
) -> druva_result {
    // SAFETY: the caller's promises.
    unsafe {
        run(error, || {
            let out = place(out, "out")?;
            let options = sized(options)?.to_json()?;
            out.write(druva_client::give(Client::new(options.as_bytes())?));
            Ok(Outcome::Ok)
        })
    }
}

/// Makes a client from a JSON object with the names of druva_options: {"client_id": "...", "timeout": 30}. NULL is
/// the empty object. Fails with DRUVA_CONFIG.
///
/// # Safety
/// `options` is NULL or NUL-terminated; `out` and `error` are NULL or may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn druva_client_new_json(
    options: *const c_char,
    out: *mut *mut druva_client,
    error: *mut *mut druva_error,
) -> druva_result {
    // SAFETY: the caller's promises.
    unsafe {
        run(error, || {
            let out = place(out, "out")?;
            let options = optional_text(options, "options")?.unwrap_or("{}");
            out.write(druva_client::give(Client::new(options.as_bytes())?));
            Ok(Outcome::Ok)
        })
    }
}

/// Writes what the client is, for a log: never a secret. As snprintf(): at most `size` bytes with the NUL, and the whole
/// length is returned.
///
/// # Safety
/// `buffer` has room for `size` bytes, or `size` is 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn druva_client_describe(client: *const druva_client, buffer: *mut c_char, size: usize) -> usize {
    read(0, || match druva_client::find(client) {
        // SAFETY: the caller's promise.
        Some(client) => unsafe { copy_text(&format!("{client:?}"), buffer, size) },
        None => 0,
    })
}

/// Calls an operation by its id ("insync.devices.get") and blocks until it is done. `arguments` is a JSON object of
/// arguments by their names in Druva's documents ({"deviceID": 12}); NULL means none. `options` may be NULL.
/// druva_operations_json() lists ids and arguments.
///
/// # Safety
/// Strings are NULL or NUL-terminated; `options` is NULL or begins with its size; `out` and `error` are NULL or may be
/// written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn druva_call(
    client: *const druva_client,
    operation: *const c_char,
    arguments: *const c_char,
    options: *const druva_call_options,
    out: *mut *mut druva_response,
    error: *mut *mut druva_error,
) -> druva_result {
    // SAFETY: the caller's promises.
    unsafe {
        run(error, || {
            let (client, out) = (need(client)?, place(out, "out")?);
            let operation = text(operation, "operation")?;
            let arguments = optional_text(arguments, "arguments")?.unwrap_or_default();
            let (options, cancel) = call_options(options)?;
            let response = client.call(operation, arguments.as_bytes(), &options, &cancel, None)?;
            out.write(druva_response::give(Answer::new(response)));
            Ok(Outcome::Ok)
        })
    }
}

/// Looks for what stands between the client and Druva: configuration, DNS, proxy, connection, TLS, credential, permissions,
/// clock. It gets a token if the client has none, and reads a little of each product. What it finds is no error but the
/// response's JSON: {"ok": true, "findings": [{"name", "state", "message", "hint"}], "text": "a line for each"}. A state is
/// "ok", "warning", "failed" or "skipped". Of `options`, which may be NULL, only `cancel` counts.
///
/// # Safety
/// As druva_call().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn druva_doctor(
    client: *const druva_client,
    options: *const druva_call_options,
    out: *mut *mut druva_response,
    error: *mut *mut druva_error,
) -> druva_result {
    // SAFETY: the caller's promises.
    unsafe { druva_call(client, c"doctor".as_ptr(), null(), options, out, error) }
}

/// Starts a call and returns at once. When this returns DRUVA_OK, `callback` is called exactly once with `userdata`,
/// possibly before this returns, also when the client is freed; otherwise never. Arguments that do not fit the operation are
/// told to the callback too, then on this thread. The rest is as in druva_call().
///
/// # Safety
/// As druva_call(); `userdata` may be used on another thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn druva_submit(
    client: *const druva_client,
    operation: *const c_char,
    arguments: *const c_char,
    options: *const druva_call_options,
    callback: druva_callback,
    userdata: *mut c_void,
    error: *mut *mut druva_error,
) -> druva_result {
    // SAFETY: the caller's promises.
    unsafe {
        run(error, || {
            let client = need(client)?;
            let operation = text(operation, "operation")?;
            let arguments = optional_text(arguments, "arguments")?.unwrap_or_default();
            let (options, cancel) = call_options(options)?;
            let completion = Completion::new(callback, userdata)?;
            // A panic in here drops the completion, which tells the callback: the submission itself has succeeded.
            let _ = caught(|| {
                client.submit(operation, arguments.as_bytes(), &options, &cancel, move |outcome| {
                    completion.tell(outcome.map(Some))
                });
            });
            Ok(Outcome::Ok)
        })
    }
}

/// Frees a client. Calls in flight in other threads end as if it were still there.
#[unsafe(no_mangle)]
pub extern "C" fn druva_client_free(client: *mut druva_client) -> druva_result {
    free(client)
}

/// Every operation as the text of a JSON array: id, product, method, path, routes (the paths of the clouds that have another
/// one), summary, params (name, wire, place, type, required), answer, paging (token, number, offset, tracker, or null of
/// what is no list), cursor (the argument that a list goes on with), items (the way to them in an answer), state (of what
/// druva_wait() takes, the way to it), retry (safe, idempotent, never), clouds, documents (Druva's, that describe it),
/// deprecated. Never freed.
#[unsafe(no_mangle)]
pub extern "C" fn druva_operations_json() -> *const c_char {
    static OPERATIONS: LazyLock<CString> = LazyLock::new(|| c_text(&druva::embed::operations_json()));
    read(c"[]".as_ptr(), || OPERATIONS.as_ptr())
}

/// The version of the library: "0.1.0". Never freed.
#[unsafe(no_mangle)]
pub extern "C" fn druva_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{druva_error_code, druva_error_free};

    unsafe extern "C" fn note(userdata: *mut c_void, response: *mut druva_response, error: *mut druva_error) {
        assert!(response.is_null());
        // SAFETY: the test passes a place for a result.
        unsafe { userdata.cast::<druva_result>().write(druva_error_code(error)) };
        assert_eq!(druva_error_free(error), druva_result::DRUVA_OK);
    }

    #[test]
    fn a_completion_that_is_dropped_tells_so() {
        let mut result = druva_result::DRUVA_OK;
        drop(Completion::new(Some(note), (&raw mut result).cast()));
        assert_eq!(result, druva_result::DRUVA_INTERNAL);
    }
}
