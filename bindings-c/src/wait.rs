//! Waiting for work at Druva to end.

use crate::boundary::{Outcome, caught, need, optional_text, place, run, sized, text};
use crate::cancel::druva_cancel;
use crate::client::{Completion, cancel_of, druva_callback, druva_client, seconds};
use crate::error::druva_error;
use crate::generated::druva_result;
use crate::handle::Handle;
use crate::json::c_text;
use crate::response::{Answer, druva_response};
use druva::embed::WaitOptions;
use druva::{Cancel, Error, Json};
use std::ffi::{c_char, c_void};

/// Gets the state of the work after each look, in Druva's words. The text lives until this returns. Of a blocking wait it
/// runs on the thread that waits, of a submitted one on a thread of the SDK or on one that is inside a blocking call, and
/// before the callback. It must be quick: it may submit calls and trigger a druva_cancel; blocking calls are refused there.
pub type druva_progress = Option<unsafe extern "C" fn(userdata: *mut c_void, state: *const c_char)>;

/// How to wait. Begin it with DRUVA_WITH(druva_wait_options, ...).
#[repr(C)]
#[derive(Clone, Copy)]
pub struct druva_wait_options {
    /// sizeof(druva_wait_options); DRUVA_WITH sets it.
    pub struct_size: usize,
    /// Seconds between two looks. 0 is 5.
    pub interval: f64,
    /// Seconds to wait altogether; then DRUVA_TIMEOUT, and the work goes on. 0 is an hour. Each look has the client's own
    /// deadlines besides.
    pub timeout: f64,
    /// Cancels the wait, not the work; may be NULL.
    pub cancel: *const druva_cancel,
    /// Called with the state after each look; may be NULL.
    pub progress: druva_progress,
    /// Passed to `progress`.
    pub userdata: *mut c_void,
}

/// The function that is told the states, and what it is told them with.
struct Progress {
    function: druva_progress,
    userdata: *mut c_void,
}

// SAFETY: whoever submits a wait agrees that userdata is used on another thread.
unsafe impl Send for Progress {}

impl Progress {
    fn tell(&self, state: &str) {
        if let Some(function) = self.function {
            // SAFETY: the function and its userdata are what the caller asked to be called with.
            unsafe { function(self.userdata, c_text(state).as_ptr()) };
        }
    }
}

/// How to wait, in the core's terms.
///
/// # Safety
/// As [`sized`].
unsafe fn wait_options(options: *const druva_wait_options) -> Result<(WaitOptions, Cancel, Progress), Error> {
    // SAFETY: zero is valid for all fields; the rest is the caller's promise.
    let options = unsafe { sized(options) }?;
    let times =
        WaitOptions { interval: seconds(options.interval, "interval")?, timeout: seconds(options.timeout, "timeout")? };
    Ok((times, cancel_of(options.cancel)?, Progress { function: options.progress, userdata: options.userdata }))
}

/// Waits for the work that an operation reports on ("insync.restores.get") to end, and gives the last answer. The work may
/// have ended in any way, including failure: look at the state in the answer. A state that Druva does not document does not
/// count as an end. `options` may be NULL; the rest is as in druva_call(). An operation that reports on no work gives
/// DRUVA_ARGUMENT.
///
/// # Safety
/// Strings are NULL or NUL-terminated; `options` is NULL or begins with its size; `out` and `error` are NULL or may be
/// written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn druva_wait(
    client: *const druva_client,
    operation: *const c_char,
    arguments: *const c_char,
    options: *const druva_wait_options,
    out: *mut *mut druva_response,
    error: *mut *mut druva_error,
) -> druva_result {
    // SAFETY: the caller's promises.
    unsafe {
        wait(client, options, out, error, || {
            let operation = text(operation, "operation")?;
            Ok((operation, optional_text(arguments, "arguments")?.unwrap_or_default()))
        })
    }
}

/// Starts to wait and returns at once. `callback` is told as by druva_submit(), after the last call of `progress`; the rest
/// is as in druva_wait().
///
/// # Safety
/// As druva_wait(); both userdata may be used on another thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn druva_submit_wait(
    client: *const druva_client,
    operation: *const c_char,
    arguments: *const c_char,
    options: *const druva_wait_options,
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
            let (options, cancel, progress) = wait_options(options)?;
            let completion = Completion::new(callback, userdata)?;
            let progress = move |state: &str| progress.tell(state);
            // As in druva_submit().
            let _ = caught(|| {
                client.submit_wait(operation, arguments.as_bytes(), &options, progress, &cancel, move |outcome| {
                    completion.tell(outcome.map(Some))
                });
            });
            Ok(Outcome::Ok)
        })
    }
}

/// Waits and blocks; `what` gives the operation and its arguments as JSON text.
///
/// # Safety
/// As [`druva_wait`].
unsafe fn wait<'a, A: AsRef<[u8]>>(
    client: *const druva_client,
    options: *const druva_wait_options,
    out: *mut *mut druva_response,
    error: *mut *mut druva_error,
    what: impl FnOnce() -> Result<(&'a str, A), Error>,
) -> druva_result {
    // SAFETY: the caller's promises.
    unsafe {
        run(error, || {
            let (client, out) = (need(client)?, place(out, "out")?);
            let (operation, arguments) = what()?;
            let (options, cancel, progress) = wait_options(options)?;
            let progress = move |state: &str| progress.tell(state);
            let response = client.wait(operation, arguments.as_ref(), &options, progress, &cancel, None)?;
            out.write(druva_response::give(Answer::new(response)));
            Ok(Outcome::Ok)
        })
    }
}

/// Carries a typed wait out.
///
/// # Safety
/// As [`druva_wait`].
pub(crate) unsafe fn perform(
    client: *const druva_client,
    operation: &'static str,
    positional: impl FnOnce() -> Result<Vec<(&'static str, Json)>, Error>,
    options: *const druva_wait_options,
    out: *mut *mut druva_response,
    error: *mut *mut druva_error,
) -> druva_result {
    let what = || Ok((operation, positional()?.into_iter().collect::<Json>().to_string()));
    // SAFETY: the caller's promises.
    unsafe { wait(client, options, out, error, what) }
}

/// Defines the typed wait for an operation: `name(positional = "wire", ...), "id"`.
macro_rules! waiter {
    ($function:ident($($name:ident: $type:ty = $wire:literal),*), $id:literal) => {
        #[doc = concat!("Waits for what `", $id, "` reads; described in the product's header.")]
        ///
        /// # Safety
        /// Pointers are NULL or point to what the header says.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $function(
            client: *const $crate::client::druva_client,
            $($name: $type,)*
            options: *const $crate::wait::druva_wait_options,
            out: *mut *mut $crate::response::druva_response,
            error: *mut *mut $crate::error::druva_error,
        ) -> $crate::generated::druva_result {
            // SAFETY: the caller's promises.
            unsafe { $crate::wait::perform(client, $id, || Ok(vec![$(($wire, $crate::typed::Positional::json($name, stringify!($name))?)),*]), options, out, error) }
        }
    };
}
pub(crate) use waiter;
