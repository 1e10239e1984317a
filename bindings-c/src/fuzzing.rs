//! The functions that C gives text to, each behind a door for bytes as in the core's `fuzzing`: for the fuzzers and the
//! tests alone. Nothing is sent, and no file is opened.

use crate::cancel::{druva_cancel, druva_cancel_free, druva_cancel_new, druva_cancel_trigger};
use crate::client::{
    druva_call, druva_call_options, druva_client, druva_client_describe, druva_client_free, druva_client_new_json,
};
use crate::document::{druva_document, druva_document_free, druva_document_parse, druva_document_root};
use crate::error::{druva_error, druva_error_free, druva_error_message, druva_error_to_json};
use crate::generated::druva_result;
use crate::json::{
    druva_json, druva_json_at, druva_json_bool, druva_json_double, druva_json_get, druva_json_int64, druva_json_length,
    druva_json_name, druva_json_string, druva_json_write,
};
use crate::pages::{druva_pages_free, druva_pages_new};
use crate::response::druva_response;
use druva::Json;
use std::ffi::{CStr, CString};
use std::ptr::null_mut;

/// One of those below.
pub type Door = fn(&[u8]) -> bool;

/// Every door, by the name of its seeds in `fuzz/seeds`.
pub const DOORS: [(&str, Door); 3] = [("c_document", document), ("c_options", options), ("c_call", call)];

/// JSON text, every value of which is then read in every way.
pub fn document(text: &[u8]) -> bool {
    let (mut document, mut error) = (null_mut::<druva_document>(), null_mut());
    // SAFETY: text and length belong together; both results have a place.
    let result = unsafe { druva_document_parse(text.as_ptr().cast(), text.len(), &raw mut document, &raw mut error) };
    if !went_well(result, error, &[druva_result::DRUVA_ARGUMENT]) {
        return false;
    }
    read(druva_document_root(document));
    assert_eq!(druva_document_free(document), druva_result::DRUVA_OK);
    assert_eq!(druva_document_free(document), druva_result::DRUVA_ARGUMENT, "freed twice");
    true
}

fn read(value: *const druva_json) {
    let (mut integer, mut number, mut boolean) = (0, 0.0, false);
    let mut buffer = [1; 16];
    // SAFETY: the value belongs to a live document; results have places of their types, the buffer room for its length.
    unsafe {
        let whole = druva_json_write(value, buffer.as_mut_ptr(), buffer.len());
        assert!(buffer.contains(&0) && whole > 0, "text without an end");
        druva_json_int64(value, &raw mut integer);
        druva_json_double(value, &raw mut number);
        druva_json_bool(value, &raw mut boolean);
        druva_json_string(value);
        for index in 0..druva_json_length(value) {
            let name = druva_json_name(value, index);
            assert!(
                name.is_null()
                    || !druva_json_get(value, name).is_null()
                    || CStr::from_ptr(name).to_string_lossy().contains('\u{FFFD}')
            );
            read(druva_json_at(value, index));
        }
        assert!(druva_json_at(value, druva_json_length(value)).is_null());
    }
}

/// Options of a client in JSON.
pub fn options(text: &[u8]) -> bool {
    let files = |name: &str| name.ends_with("_file") || name == "token_store";
    if Json::parse(text).is_ok_and(|options| options.names().any(files)) {
        return false;
    }
    let Ok(text) = CString::new(text) else { return false };
    let (mut client, mut error) = (null_mut::<druva_client>(), null_mut());
    // SAFETY: the text ends with a NUL; both results have a place.
    let result = unsafe { druva_client_new_json(text.as_ptr(), &raw mut client, &raw mut error) };
    if !went_well(result, error, &[druva_result::DRUVA_CONFIG, druva_result::DRUVA_ARGUMENT]) {
        return false;
    }
    // SAFETY: no room is promised.
    assert!(unsafe { druva_client_describe(client, null_mut(), 0) } > 0);
    assert_eq!(druva_client_free(client), druva_result::DRUVA_OK);
    true
}

/// A deadline of eight bytes, an operation's id, a line's end, and its arguments in JSON: for a call that was cancelled
/// before, and for a list.
pub fn call(data: &[u8]) -> bool {
    let Some((timeout, data)) = data.split_first_chunk() else { return false };
    let mut lines = data.splitn(2, |byte| *byte == b'\n').map(CString::new);
    let (Some(Ok(operation)), Some(Ok(arguments))) = (lines.next(), lines.next()) else { return false };
    let client_options = cr#"{"client_id": "id", "client_secret": "secret", "base_url": "http://127.0.0.1:9"}"#;
    let (mut client, mut cancel, mut pages) = (null_mut::<druva_client>(), null_mut::<druva_cancel>(), null_mut());
    let (mut response, mut error) = (null_mut::<druva_response>(), null_mut());
    // SAFETY: texts end with a NUL, all results have a place, and the options are of their size.
    let (called, listed) = unsafe {
        let made = druva_client_new_json(client_options.as_ptr(), &raw mut client, null_mut());
        assert_eq!(made, druva_result::DRUVA_OK);
        assert_eq!(druva_cancel_new(&raw mut cancel, null_mut()), druva_result::DRUVA_OK);
        assert_eq!(druva_cancel_trigger(cancel), druva_result::DRUVA_OK);
        let options = druva_call_options {
            struct_size: size_of::<druva_call_options>(),
            timeout: f64::from_le_bytes(*timeout),
            cancel,
        };
        let (id, arguments) = (operation.as_ptr(), arguments.as_ptr());
        let called = druva_call(client, id, arguments, &raw const options, &raw mut response, &raw mut error);
        let called = (called, error);
        error = null_mut();
        let listed = druva_pages_new(client, id, arguments, &raw const options, &raw mut pages, &raw mut error);
        (called, (listed, error))
    };
    assert!(response.is_null(), "a call that was cancelled has no answer");
    let cancelled = called.0 == druva_result::DRUVA_CANCELLED;
    went_well(called.0, called.1, &[druva_result::DRUVA_CANCELLED, druva_result::DRUVA_ARGUMENT]);
    if went_well(listed.0, listed.1, &[druva_result::DRUVA_ARGUMENT]) {
        assert_eq!(druva_pages_free(pages), druva_result::DRUVA_OK);
    }
    assert_eq!(druva_cancel_free(cancel), druva_result::DRUVA_OK);
    assert_eq!(druva_client_free(client), druva_result::DRUVA_OK);
    cancelled
}

/// Whether a function succeeded; a failure must be one of these and say something, which is then freed.
fn went_well(result: druva_result, error: *mut druva_error, failures: &[druva_result]) -> bool {
    if result == druva_result::DRUVA_OK {
        assert!(error.is_null(), "success, and an error");
        return true;
    }
    // SAFETY: the texts live as long as the error.
    let [message, json] = [druva_error_message(error), druva_error_to_json(error)]
        .map(|text| unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned());
    assert!(failures.contains(&result), "{result:?}: {message}");
    assert!(!message.is_empty() && Json::parse(json.as_bytes()).is_ok());
    assert_eq!(druva_error_free(error), druva_result::DRUVA_OK);
    false
}

#[cfg(test)]
#[path = "../../fuzz/damage.rs"]
#[allow(clippy::expect_used, clippy::panic, reason = "a test")]
mod damage;

#[test]
fn nothing_that_comes_in_breaks_a_promise() {
    const ROUNDS: usize = 10_000;
    for (name, door) in DOORS {
        let sense = damage::bring(name, door, ROUNDS);
        assert!((ROUNDS / 1_000..ROUNDS - ROUNDS / 1_000).contains(&sense), "{name}: of one kind only: {sense}");
    }
}
