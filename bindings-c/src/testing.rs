//! For tests of programs: Druva on loopback, and time that can be moved.

use crate::boundary::{Outcome, free, need, optional_text, place, read, run, text};
use crate::client::druva_client;
use crate::document::{Document, druva_document};
use crate::error::druva_error;
use crate::generated::druva_result;
use crate::handle::{Handle, handle};
use crate::json::c_text;
use druva::Error;
use druva_emulator::{Emulator, Options};
use std::ffi::{CString, c_char};
use std::ptr::null;
use std::time::Duration;

/// A running emulator and the texts that C reads.
pub(crate) struct Running {
    emulator: Emulator,
    url: CString,
    client_id: CString,
    client_secret: CString,
    api_key: CString,
}

/// An emulated Druva on a loopback port of its own. It ends with druva_testing_emulator_free().
pub struct druva_testing_emulator {
    _opaque: [u8; 0],
}

handle!(druva_testing_emulator is "emulator" for Running);

/// Starts an emulator. `options` is a JSON object ({"devices": 100, "seed": 1, "cloud": "gov"}) or NULL.
///
/// # Safety
/// `options` is NULL or NUL-terminated; `out` and `error` are NULL or may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn druva_testing_emulator_start(
    options: *const c_char,
    out: *mut *mut druva_testing_emulator,
    error: *mut *mut druva_error,
) -> druva_result {
    // SAFETY: the caller's promises.
    unsafe {
        run(error, || {
            let out = place(out, "out")?;
            let options =
                Options::from_json(optional_text(options, "options")?.unwrap_or("{}")).map_err(Error::argument)?;
            let emulator = Emulator::start(options)
                .map_err(|why| Error::argument(format!("the emulator does not start: {why}")))?;
            let (url, api_key) = (c_text(&emulator.url()), c_text(&emulator.api_key()));
            let (client_id, client_secret) = (c_text(&emulator.client_id()), c_text(&emulator.client_secret()));
            out.write(druva_testing_emulator::give(Running { emulator, url, client_id, client_secret, api_key }));
            Ok(Outcome::Ok)
        })
    }
}

fn part(emulator: *const druva_testing_emulator, of: fn(&Running) -> &CString) -> *const c_char {
    read(null(), || druva_testing_emulator::find(emulator).map_or(null(), |running| of(&running).as_ptr()))
}

/// Where it listens, for druva_options.base_url: "http://127.0.0.1:40123".
#[unsafe(no_mangle)]
pub extern "C" fn druva_testing_emulator_url(emulator: *const druva_testing_emulator) -> *const c_char {
    part(emulator, |running| &running.url)
}

/// The client id that it accepts.
#[unsafe(no_mangle)]
pub extern "C" fn druva_testing_emulator_client_id(emulator: *const druva_testing_emulator) -> *const c_char {
    part(emulator, |running| &running.client_id)
}

/// The secret that it accepts.
#[unsafe(no_mangle)]
pub extern "C" fn druva_testing_emulator_client_secret(emulator: *const druva_testing_emulator) -> *const c_char {
    part(emulator, |running| &running.client_secret)
}

/// The API key that it accepts from clients of the cloud cloudranger, for druva_options.api_key.
#[unsafe(no_mangle)]
pub extern "C" fn druva_testing_emulator_api_key(emulator: *const druva_testing_emulator) -> *const c_char {
    part(emulator, |running| &running.api_key)
}

/// Gives it a command as JSON ({"do": "fault", "operation": "insync.devices.list", "status": 503}); the answer is a
/// document. `out` may be NULL.
///
/// # Safety
/// `command` is NULL or NUL-terminated; `out` and `error` are NULL or may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn druva_testing_emulator_control(
    emulator: *const druva_testing_emulator,
    command: *const c_char,
    out: *mut *mut druva_document,
    error: *mut *mut druva_error,
) -> druva_result {
    // SAFETY: the caller's promises.
    unsafe {
        run(error, || {
            let answer = need(emulator)?.emulator.control(text(command, "command")?).map_err(Error::argument)?;
            if !out.is_null() {
                let document = Document::parse(answer.as_bytes()).map_err(Error::internal)?;
                out.write(druva_document::give(document));
            }
            Ok(Outcome::Ok)
        })
    }
}

/// Stops an emulator.
#[unsafe(no_mangle)]
pub extern "C" fn druva_testing_emulator_free(emulator: *mut druva_testing_emulator) -> druva_result {
    free(emulator)
}

/// Moves the client's idea of time forward: tests of token expiry need no sleep.
#[unsafe(no_mangle)]
pub extern "C" fn druva_testing_advance_clock(client: *const druva_client, seconds: f64) -> druva_result {
    // SAFETY: no place for an error is given.
    unsafe {
        run(std::ptr::null_mut(), || {
            let by = Duration::try_from_secs_f64(seconds).map_err(|_| Error::argument("seconds is not a time"))?;
            need(client)?.advance_clock(by)?;
            Ok(Outcome::Ok)
        })
    }
}

/// The number of handles that are alive, of all kinds: the same before and after what frees all that it makes.
#[unsafe(no_mangle)]
pub extern "C" fn druva_testing_live_handles() -> usize {
    use crate::{cancel::druva_cancel, pages::druva_pages, response::druva_response};
    read(0, || {
        druva_client::table().len()
            + druva_response::table().len()
            + druva_error::table().len()
            + druva_document::table().len()
            + druva_pages::table().len()
            + druva_cancel::table().len()
            + druva_testing_emulator::table().len()
    })
}
