//! Cancelling calls from another thread.

use crate::boundary::{Outcome, free, need, place, run};
use crate::error::druva_error;
use crate::generated::druva_result;
use crate::handle::{Handle, handle};
use druva::Cancel;

/// A switch that cancels the calls it was given to. Free it with druva_cancel_free(), at any time: calls that
/// have it go on.
pub struct druva_cancel {
    _opaque: [u8; 0],
}

handle!(druva_cancel is "cancel" for Cancel);

/// Makes a switch, for druva_call_options.cancel.
///
/// # Safety
/// `out` and `error` are NULL or may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn druva_cancel_new(out: *mut *mut druva_cancel, error: *mut *mut druva_error) -> druva_result {
    // SAFETY: the caller's promises.
    unsafe {
        run(error, || {
            place(out, "out")?.write(druva_cancel::give(Cancel::default()));
            Ok(Outcome::Ok)
        })
    }
}

/// Cancels every call that has the switch, now and later: they end with DRUVA_CANCELLED. From any thread.
#[unsafe(no_mangle)]
pub extern "C" fn druva_cancel_trigger(cancel: *const druva_cancel) -> druva_result {
    // SAFETY: no place for an error is given.
    unsafe {
        run(std::ptr::null_mut(), || {
            need(cancel)?.cancel();
            Ok(Outcome::Ok)
        })
    }
}

/// Frees a switch without cancelling anything.
#[unsafe(no_mangle)]
pub extern "C" fn druva_cancel_free(cancel: *mut druva_cancel) -> druva_result {
    free(cancel)
}
