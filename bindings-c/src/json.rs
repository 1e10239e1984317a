//! JSON values as C reads them: a tree beside the core's JSON that grows where it is looked at, so that members, elements
//! and NUL-terminated texts have addresses that stay. What a value can be read as is the core's business.

use crate::boundary::{copy_text, read};
use druva::Json;
use std::ffi::{CStr, CString, c_char};
use std::ptr::null;
use std::sync::OnceLock;

/// A JSON value inside a response or document. It belongs to that handle and lives as long; it is never freed by
/// itself. NULL is a value that is not there: every function here takes it, so that look-ups can be chained.
///
/// Values are read leniently, since Druva's answers do not always keep to their documents: "12" can be read as the
/// number 12, 12 as the text "12", "true" as a boolean.
pub struct druva_json {
    json: Json,
    text: OnceLock<Option<CString>>,
    children: OnceLock<Box<Children>>,
}

/// The elements of an array or the members of an object. The names are copies, made only for a program that asks for them.
struct Children {
    values: Box<[OnceLock<druva_json>]>,
    names: OnceLock<Box<[CString]>>,
}

/// What a JSON value is, as it was sent.
#[repr(i32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum druva_json_type {
    /// Not there: the value is NULL.
    DRUVA_JSON_ABSENT = 0,
    /// `null`
    DRUVA_JSON_NULL = 1,
    /// `true` or `false`
    DRUVA_JSON_BOOLEAN = 2,
    /// A number.
    DRUVA_JSON_NUMBER = 3,
    /// Text.
    DRUVA_JSON_STRING = 4,
    /// A list of values.
    DRUVA_JSON_ARRAY = 5,
    /// Named values.
    DRUVA_JSON_OBJECT = 6,
}

impl druva_json {
    pub(crate) fn new(json: Json) -> druva_json {
        druva_json { json, text: OnceLock::new(), children: OnceLock::new() }
    }

    fn children(&self) -> &Children {
        self.children.get_or_init(|| {
            let values = std::iter::repeat_with(OnceLock::new).take(self.json.len()).collect();
            Box::new(Children { values, names: OnceLock::new() })
        })
    }

    /// A member of an object. Of a name that occurs twice the last one counts, as in most parsers.
    pub(crate) fn member(&self, name: &str) -> Option<&druva_json> {
        let (at, _) = self.json.names().enumerate().filter(|(_, own)| *own == name).last()?;
        self.at(at)
    }

    /// The value at a dotted path of object members.
    pub(crate) fn path(&self, path: &str) -> Option<&druva_json> {
        path.split('.').try_fold(self, |value, name| value.member(name))
    }

    pub(crate) fn at(&self, index: usize) -> Option<&druva_json> {
        let place = self.children().values.get(index)?;
        match place.get() {
            Some(value) => Some(value),
            None => {
                let value = druva_json::new(self.json.at(index)?);
                Some(place.get_or_init(|| value))
            }
        }
    }

    /// The name of a member.
    fn name(&self, index: usize) -> Option<&CStr> {
        let names = self.children().names.get_or_init(|| self.json.names().map(c_text).collect());
        names.get(index).map(CString::as_c_str)
    }

    pub(crate) fn text(&self) -> *const c_char {
        let text = self.text.get_or_init(|| self.json.as_str().map(|text| c_text(&text)));
        text.as_ref().map_or(null(), |text| text.as_ptr())
    }

    fn kind(&self) -> druva_json_type {
        if self.json.is_null() {
            druva_json_type::DRUVA_JSON_NULL
        } else if self.json.is_object() {
            druva_json_type::DRUVA_JSON_OBJECT
        } else if self.json.is_array() {
            druva_json_type::DRUVA_JSON_ARRAY
        } else {
            // Of a scalar the text tells what it is.
            match self.json.to_string().as_bytes().first() {
                Some(b'"') => druva_json_type::DRUVA_JSON_STRING,
                Some(b't' | b'f') => druva_json_type::DRUVA_JSON_BOOLEAN,
                _ => druva_json_type::DRUVA_JSON_NUMBER,
            }
        }
    }
}

/// Text for C. A NUL inside, which C could not see past, becomes U+FFFD.
pub(crate) fn c_text(text: &str) -> CString {
    CString::new(text).unwrap_or_else(|_| CString::new(text.replace('\0', "\u{FFFD}")).unwrap_or_default())
}

/// Reads from a value that may be absent.
///
/// # Safety
/// `value` is NULL or came from a handle that is alive.
unsafe fn of<'a, T>(value: *const druva_json, fallback: T, body: impl FnOnce(&'a druva_json) -> Option<T>) -> T {
    // SAFETY: the caller's promise; shared access only, and the tree grows behind OnceLock.
    match unsafe { value.as_ref() } {
        Some(value) => read(None, || body(value)).unwrap_or(fallback),
        None => fallback,
    }
}

/// Writes what was read, if it was.
///
/// # Safety
/// `out` is NULL or may be written to.
unsafe fn found<T>(value: Option<T>, out: *mut T) -> bool {
    let Some(value) = value else { return false };
    if !out.is_null() {
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe { out.write(value) };
    }
    true
}

/// What the value is.
///
/// # Safety
/// `value` is NULL or belongs to a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn druva_json_get_type(value: *const druva_json) -> druva_json_type {
    // SAFETY: the caller's promise.
    unsafe { of(value, druva_json_type::DRUVA_JSON_ABSENT, |value| Some(value.kind())) }
}

/// A member of an object by its name; NULL when there is none.
///
/// # Safety
/// `value` is NULL or belongs to a live handle; `name` is NULL or NUL-terminated.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn druva_json_get(value: *const druva_json, name: *const c_char) -> *const druva_json {
    if name.is_null() {
        return null();
    }
    // SAFETY: the caller's promises.
    unsafe {
        let name = CStr::from_ptr(name);
        of(value, null(), |value| Some(value.member(name.to_str().ok()?)? as *const druva_json))
    }
}

/// An element of an array, or a member of an object in the order in which they came; NULL beyond the last.
///
/// # Safety
/// `value` is NULL or belongs to a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn druva_json_at(value: *const druva_json, index: usize) -> *const druva_json {
    // SAFETY: the caller's promise.
    unsafe { of(value, null(), |value| Some(value.at(index)? as *const druva_json)) }
}

/// The name of a member of an object, in the order in which they came; NULL beyond the last.
///
/// # Safety
/// `value` is NULL or belongs to a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn druva_json_name(value: *const druva_json, index: usize) -> *const c_char {
    // SAFETY: the caller's promise.
    unsafe { of(value, null(), |value| Some(value.name(index)?.as_ptr())) }
}

/// The number of elements of an array or members of an object; 0 of anything else.
///
/// # Safety
/// `value` is NULL or belongs to a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn druva_json_length(value: *const druva_json) -> usize {
    // SAFETY: the caller's promise.
    unsafe { of(value, 0, |value| Some(value.json.len())) }
}

/// The text of a string, also the digits of a number and the name of a boolean; NULL of anything else. NUL-terminated,
/// owned by the value.
///
/// # Safety
/// `value` is NULL or belongs to a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn druva_json_string(value: *const druva_json) -> *const c_char {
    // SAFETY: the caller's promise.
    unsafe { of(value, null(), |value| Some(value.text())) }
}

/// Reads a whole number, also one written as a string. False, and nothing written, when it is none.
///
/// # Safety
/// `value` is NULL or belongs to a live handle; `out` is NULL or may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn druva_json_int64(value: *const druva_json, out: *mut i64) -> bool {
    // SAFETY: the caller's promises.
    unsafe { found(of(value, None, |value| Some(value.json.as_i64())), out) }
}

/// Reads a number, also one written as a string. False, and nothing written, when it is none.
///
/// # Safety
/// As druva_json_int64.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn druva_json_double(value: *const druva_json, out: *mut f64) -> bool {
    // SAFETY: the caller's promises.
    unsafe { found(of(value, None, |value| Some(value.json.as_f64())), out) }
}

/// Reads a boolean, also one written as "true", "false", 1 or 0. False, and nothing written, when it is none.
///
/// # Safety
/// As druva_json_int64.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn druva_json_bool(value: *const druva_json, out: *mut bool) -> bool {
    // SAFETY: the caller's promises.
    unsafe { found(of(value, None, |value| Some(value.json.as_bool())), out) }
}

/// Writes the value as JSON text, as snprintf() does: at most `size` bytes with the NUL, and the whole length (without
/// NUL) is returned; NULL writes nothing and returns 0.
///
/// # Safety
/// `value` is NULL or belongs to a live handle; `buffer` has room for `size` bytes, or `size` is 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn druva_json_write(value: *const druva_json, buffer: *mut c_char, size: usize) -> usize {
    // SAFETY: the caller's promises.
    unsafe { of(value, 0, |value| Some(copy_text(&value.json.to_string(), buffer, size))) }
}
