//! The gate between C and Rust: panics stop here, pointers are checked here, results and errors leave here.

use crate::error::{druva_error, give_error, result_of};
use crate::generated::druva_result;
use crate::handle::Handle;
use druva::Error;
use std::ffi::{CStr, c_char};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// How a fallible function ended, before it is put into C's terms.
pub(crate) enum Outcome {
    /// `DRUVA_OK`.
    Ok,
    /// `DRUVA_DONE`: there is nothing more.
    Done,
}

/// Runs the body of a fallible function. A failure is written to `error` unless that is NULL; a panic is a failure of
/// the kind `internal`.
///
/// # Safety
/// `error` is NULL or points to a place for a handle.
pub(crate) unsafe fn run(error: *mut *mut druva_error, body: impl FnOnce() -> Result<Outcome, Error>) -> druva_result {
    let failure = match caught(body) {
        Ok(Ok(Outcome::Ok)) => return druva_result::DRUVA_OK,
        Ok(Ok(Outcome::Done)) => return druva_result::DRUVA_DONE,
        Ok(Err(failure)) | Err(failure) => failure,
    };
    let result = result_of(&failure);
    if !error.is_null() {
        // SAFETY: checked for NULL; the caller promises that it is a place for a handle.
        unsafe { error.write(give_error(failure)) };
    }
    result
}

/// Runs a body that cannot fail by itself; a panic gives `fallback`.
pub(crate) fn read<T>(fallback: T, body: impl FnOnce() -> T) -> T {
    caught(body).unwrap_or(fallback)
}

/// Turns a panic into an error of the kind `internal`.
pub(crate) fn caught<T>(body: impl FnOnce() -> T) -> Result<T, Error> {
    let here = OWN.try_with(|_| ()).is_ok();
    let outcome = if here { catch_unwind(AssertUnwindSafe(body)) } else { elsewhere(body) };
    outcome.map_err(|panic| Error::panicked(&*panic))
}

/// What a thread has until it ends.
struct Own;

impl Drop for Own {
    fn drop(&mut self) {}
}

thread_local! {
    /// Asked before anything else of the thread's own is used: while this is there, so is the rest.
    static OWN: Own = const { Own };
}

/// Runs the body on another thread, for one that has lost what was its own: the handlers of `atexit` run when that of the
/// exiting thread is gone, and the core cannot do without.
fn elsewhere<T>(body: impl FnOnce() -> T) -> std::thread::Result<T> {
    struct Lent<T>(T);
    // SAFETY: what C gives to a function may be used on any thread, and the caller waits until that is done.
    unsafe impl<T> Send for Lent<T> {}
    impl<T> Lent<T> {
        fn back(self) -> T {
            self.0
        }
    }
    let body = Lent(body);
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().spawn_scoped(scope, move || Lent(body.back()()));
        thread.map_err(|error| Box::new(error.to_string()) as _).and_then(|thread| thread.join()).map(Lent::back)
    })
}

/// The value of a handle that the function cannot do without.
pub(crate) fn need<H: Handle>(handle: *const H) -> Result<Arc<H::Value>, Error> {
    H::find(handle).ok_or_else(|| not_live(handle))
}

fn not_live<H: Handle>(handle: *const H) -> Error {
    let why = if handle.is_null() { "NULL" } else { "no live handle: freed already, or of another kind" };
    Error::argument(format!("{} is {why}", H::NAME))
}

/// Ends a handle.
pub(crate) fn free<H: Handle>(handle: *const H) -> druva_result {
    // SAFETY: no place for an error is given.
    unsafe { run(std::ptr::null_mut(), || H::end(handle).map(|_| Outcome::Ok).ok_or_else(|| not_live(handle))) }
}

/// Checks that a place for a result is there, before anything is done.
pub(crate) fn place<T>(out: *mut T, name: &str) -> Result<Place<T>, Error> {
    if out.is_null() { Err(Error::argument(format!("{name} is NULL"))) } else { Ok(Place(out)) }
}

/// A place for a result, not NULL.
pub(crate) struct Place<T>(*mut T);

impl<T> Place<T> {
    /// # Safety
    /// The pointer that the place was made from may be written to.
    pub(crate) unsafe fn write(self, value: T) {
        // SAFETY: not NULL by construction; the rest is the caller's promise.
        unsafe { self.0.write(value) }
    }
}

/// A string that may be left out.
///
/// # Safety
/// `text` is NULL or a NUL-terminated string that outlives `'a`.
pub(crate) unsafe fn optional_text<'a>(text: *const c_char, name: &str) -> Result<Option<&'a str>, Error> {
    if text.is_null() {
        return Ok(None);
    }
    // SAFETY: not NULL; NUL-terminated by the caller's promise.
    let text = unsafe { CStr::from_ptr(text) };
    text.to_str().map(Some).map_err(|_| Error::argument(format!("{name} is not UTF-8")))
}

/// A string that the function cannot do without.
///
/// # Safety
/// As [`optional_text`].
pub(crate) unsafe fn text<'a>(text: *const c_char, name: &str) -> Result<&'a str, Error> {
    // SAFETY: the same promise.
    unsafe { optional_text(text, name) }?.ok_or_else(|| Error::argument(format!("{name} is NULL")))
}

/// Writes text as `snprintf` does: as much as fits, always with a NUL, and the whole length is returned.
///
/// # Safety
/// `buffer` has room for `size` bytes, or `size` is 0.
pub(crate) unsafe fn copy_text(text: &str, buffer: *mut c_char, size: usize) -> usize {
    if size > 0 && !buffer.is_null() {
        let mut count = text.len().min(size - 1);
        while !text.is_char_boundary(count) {
            count -= 1;
        }
        // SAFETY: count + 1 <= size, and the caller promises room for size bytes; Rust's text is not C's buffer.
        unsafe {
            std::ptr::copy_nonoverlapping(text.as_ptr(), buffer.cast(), count);
            buffer.add(count).write(0);
        }
    }
    text.len()
}

/// Copies the part of an options struct that the caller's header knew, the rest zero. NULL gives all zero.
///
/// # Safety
/// `T` is valid when all its bytes are zero and starts with its size as a `usize`; `options` is NULL or points to
/// as many bytes as that size says.
pub(crate) unsafe fn sized<T: Copy>(options: *const T) -> Result<T, Error> {
    // SAFETY: all zero is valid by the caller's promise.
    let mut copy: T = unsafe { std::mem::zeroed() };
    if !options.is_null() {
        // SAFETY: the struct starts with its size.
        let size = unsafe { options.cast::<usize>().read() };
        if size < size_of::<usize>() {
            return Err(unsized_options());
        }
        // SAFETY: no more is read than the caller says is there, no more is written than the copy holds.
        unsafe {
            std::ptr::copy_nonoverlapping(options.cast::<u8>(), (&raw mut copy).cast(), size.min(size_of::<T>()))
        };
    }
    Ok(copy)
}

/// What comes of an options struct that was not begun with its size.
pub(crate) fn unsized_options() -> Error {
    Error::argument("struct_size of an options struct is not set: begin it with DRUVA_WITH")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{druva_error_code, druva_error_free, druva_error_message};
    use std::ptr::null_mut;

    #[test]
    #[allow(clippy::panic, reason = "the point of it")]
    fn a_panic_becomes_an_internal_error() {
        let mut error = null_mut();
        // SAFETY: `error` is a place for a handle.
        let result = unsafe { run(&raw mut error, || panic!("planted {}", 7)) };
        assert_eq!(result, druva_result::DRUVA_INTERNAL);
        assert_eq!(druva_error_code(error), druva_result::DRUVA_INTERNAL);
        // SAFETY: the text lives as long as the error.
        let message = unsafe { CStr::from_ptr(druva_error_message(error)) };
        assert!(message.to_string_lossy().contains("planted 7"));
        assert_eq!(druva_error_free(error), druva_result::DRUVA_OK);
        // SAFETY: no place for an error is given.
        assert_eq!(unsafe { run(null_mut(), || panic!("again")) }, druva_result::DRUVA_INTERNAL);
    }

    #[test]
    fn text_is_cut_between_characters() {
        let mut buffer = [1 as c_char; 4];
        // SAFETY: the buffer has room for as many bytes as it is said to have.
        let length = unsafe { copy_text("aé\u{20AC}", buffer.as_mut_ptr(), buffer.len()) };
        assert_eq!((length, buffer[3]), (6, 0));
        // SAFETY: the same, and for no bytes nothing is written.
        assert_eq!(unsafe { copy_text("abc", null_mut(), 0) }, 3);
    }
}
