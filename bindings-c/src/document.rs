//! Documents: JSON text of one's own, parsed.

use crate::boundary::{Outcome, free, place, read, run};
use crate::error::druva_error;
use crate::generated::druva_result;
use crate::handle::{Handle, handle};
use crate::json::{c_text, druva_json};
use druva::{Error, Json};
use std::ffi::{CStr, CString, c_char};
use std::ptr::null;

/// JSON text and its root value.
pub(crate) struct Document {
    text: CString,
    root: druva_json,
}

impl Document {
    pub(crate) fn parse(text: &[u8]) -> Result<Document, String> {
        Ok(Document { root: druva_json::new(Json::parse(text)?), text: c_text(&String::from_utf8_lossy(text)) })
    }

    pub(crate) fn text(&self) -> &CStr {
        &self.text
    }

    pub(crate) fn root(&self) -> &druva_json {
        &self.root
    }
}

/// An empty object.
impl Default for Document {
    fn default() -> Document {
        Document { text: c"{}".into(), root: druva_json::new(std::iter::empty::<(&str, Json)>().collect()) }
    }
}

/// A parsed JSON text. Free it with druva_document_free().
pub struct druva_document {
    _opaque: [u8; 0],
}

handle!(druva_document is "document" for Document);

/// Parses JSON text of `length` bytes, as some functions here give it.
/// Fails with DRUVA_ARGUMENT when it is no JSON.
///
/// # Safety
/// `text` points to `length` bytes; `out` and `error` are NULL or may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn druva_document_parse(
    text: *const c_char,
    length: usize,
    out: *mut *mut druva_document,
    error: *mut *mut druva_error,
) -> druva_result {
    // SAFETY: the caller's promises.
    unsafe {
        run(error, || {
            let out = place(out, "out")?;
            if text.is_null() {
                return Err(Error::argument("text is NULL"));
            }
            let text = std::slice::from_raw_parts(text.cast::<u8>(), length);
            let document = Document::parse(text).map_err(|why| Error::argument(format!("not JSON: {why}")))?;
            out.write(druva_document::give(document));
            Ok(Outcome::Ok)
        })
    }
}

/// The root value; NULL when `document` is no live handle.
#[unsafe(no_mangle)]
pub extern "C" fn druva_document_root(document: *const druva_document) -> *const druva_json {
    read(null(), || druva_document::find(document).map_or(null(), |document| &raw const document.root))
}

/// The text that was parsed; NULL when `document` is no live handle.
#[unsafe(no_mangle)]
pub extern "C" fn druva_document_text(document: *const druva_document) -> *const c_char {
    read(null(), || druva_document::find(document).map_or(null(), |document| document.text.as_ptr()))
}

/// Frees a document with all its values.
#[unsafe(no_mangle)]
pub extern "C" fn druva_document_free(document: *mut druva_document) -> druva_result {
    free(document)
}
