//! One body for all typed functions: what the caller put into words of C becomes JSON values by the parameters' names.
//!
//! Every member of a generated options struct is as large as a pointer. So a struct is a row of words, and a table of
//! names and kinds tells what they mean: nothing is compiled per operation but its table and one call.

use crate::boundary::{Outcome, need, optional_text, place, run, text, unsized_options};
use crate::client::{call_options, druva_call_options, druva_client};
use crate::error::druva_error;
use crate::generated::druva_result;
use crate::handle::Handle;
use crate::pages::{List, druva_pages};
use crate::response::{Answer, druva_response};
use druva::{Error, Json};
use std::borrow::Cow;
use std::ffi::c_char;

/// What the words of an option mean.
#[derive(Debug, Clone, Copy)]
#[allow(dead_code, reason = "which of them occur is up to the model")]
pub(crate) enum Kind {
    /// `const char *`
    Text,
    /// `const int64_t *`
    Integer,
    /// `const double *`
    Number,
    /// `const bool *`
    Boolean,
    /// `const char *` with JSON text
    Json,
    /// `const char *const *` and a length
    TextList,
    /// `const int64_t *` and a length
    IntegerList,
}

/// An argument that stands in the function's own parameters.
pub(crate) trait Positional {
    /// # Safety
    /// A pointer is NULL or NUL-terminated text.
    unsafe fn json(self, name: &str) -> Result<Json, Error>;
}

impl Positional for i64 {
    unsafe fn json(self, _name: &str) -> Result<Json, Error> {
        Ok(Json::from(self))
    }
}

impl Positional for *const c_char {
    unsafe fn json(self, name: &str) -> Result<Json, Error> {
        // SAFETY: the caller's promise.
        Ok(Json::from(unsafe { text(self, name) }?))
    }
}

/// Arguments by the names of their parameters.
type Values = Vec<(Cow<'static, str>, Json)>;

/// A call on its way in.
pub(crate) struct Typed {
    pub(crate) operation: &'static str,
    pub(crate) client: *const druva_client,
    /// A generated struct: its size, per-call settings, then the words that `kinds` describes.
    pub(crate) options: *const usize,
    pub(crate) kinds: &'static [(&'static str, Kind)],
}

impl Typed {
    /// The arguments: these, and the options.
    ///
    /// # Safety
    /// `options` is NULL or begins with its size; pointers in it point to what their kind says.
    unsafe fn arguments(&self, mut arguments: Values) -> Result<Values, Error> {
        if !self.options.is_null() {
            // SAFETY: the struct begins with its size.
            let words = unsafe { self.options.read() } / size_of::<usize>();
            // Its size and the per-call settings are in every version of every struct.
            if words < 2 {
                return Err(unsized_options());
            }
            let mut at = 2;
            for &(name, kind) in self.kinds {
                let width = if matches!(kind, Kind::TextList | Kind::IntegerList) { 2 } else { 1 };
                if at + width > words {
                    break;
                }
                // SAFETY: the words are within the size that the caller gave, and of this kind.
                if let Some(value) = unsafe { option(name, kind, self.options.add(at)) }? {
                    arguments.push((name.into(), value));
                }
                at += width;
            }
        }
        Ok(arguments)
    }

    /// # Safety
    /// As [`Typed::arguments`].
    unsafe fn call_options(&self) -> *const druva_call_options {
        if self.options.is_null() {
            return std::ptr::null();
        }
        // SAFETY: the second word of every options struct is the pointer to per-call settings.
        unsafe { self.options.add(1).cast::<*const druva_call_options>().read() }
    }
}

/// Reads one option; `None` when it is left out.
///
/// # Safety
/// `word` points to the words of an option of this kind.
unsafe fn option(name: &str, kind: Kind, word: *const usize) -> Result<Option<Json>, Error> {
    // SAFETY: for all branches, the caller's promise; what a word points to is checked for NULL before it is read.
    unsafe {
        Ok(match kind {
            Kind::Text => optional_text(word.cast::<*const c_char>().read(), name)?.map(Json::from),
            Kind::Integer => word.cast::<*const i64>().read().as_ref().map(|value| Json::from(*value)),
            Kind::Number => word.cast::<*const f64>().read().as_ref().map(|value| Json::from(*value)),
            Kind::Boolean => word.cast::<*const u8>().read().as_ref().map(|value| Json::from(*value != 0)),
            Kind::Json => match optional_text(word.cast::<*const c_char>().read(), name)? {
                Some(text) => Some(
                    Json::parse(text.as_bytes())
                        .map_err(|why| Error::argument(format!("{name} is not JSON: {why}")))?,
                ),
                None => None,
            },
            Kind::TextList => match list(word.cast::<*const *const c_char>().read(), word.add(1).read()) {
                Some(items) => Some(items.iter().map(|item| text(*item, name)).collect::<Result<Vec<_>, _>>()?.into()),
                None => None,
            },
            Kind::IntegerList => list(word.cast::<*const i64>().read(), word.add(1).read()).map(Json::from),
        })
    }
}

/// # Safety
/// `start` is NULL or points to `length` items that outlive `'a`.
unsafe fn list<'a, T>(start: *const T, length: usize) -> Option<&'a [T]> {
    // SAFETY: not NULL; the rest is the caller's promise.
    if start.is_null() { None } else { Some(unsafe { std::slice::from_raw_parts(start, length) }) }
}

/// What a typed function gives: a response, or the pages of a list.
pub(crate) trait Given: Handle {
    /// # Safety
    /// As [`Typed::arguments`].
    unsafe fn of(call: &Typed, arguments: Values) -> Result<*mut Self, Error>;
}

impl Given for druva_response {
    unsafe fn of(call: &Typed, arguments: Values) -> Result<*mut Self, Error> {
        // SAFETY: the caller's promise.
        let (options, cancel) = unsafe { call_options(call.call_options()) }?;
        let response = need(call.client)?.call(call.operation, arguments, &options, &cancel, None)?;
        Ok(druva_response::give(Answer::new(response)))
    }
}

impl Given for druva_pages {
    unsafe fn of(call: &Typed, arguments: Values) -> Result<*mut Self, Error> {
        let client = need(call.client)?;
        // SAFETY: the caller's promise.
        let list = unsafe { List::new(&client, call.operation, arguments, call.call_options()) }?;
        Ok(druva_pages::give(list))
    }
}

/// Carries a typed call out.
///
/// # Safety
/// As [`Typed::arguments`]; `out` and `error` are NULL or may be written to.
pub(crate) unsafe fn perform<G: Given>(
    call: &Typed,
    positional: impl FnOnce() -> Result<Values, Error>,
    out: *mut *mut G,
    error: *mut *mut druva_error,
) -> druva_result {
    // SAFETY: the caller's promises.
    unsafe {
        run(error, || {
            let out = place(out, "out")?;
            let arguments = call.arguments(positional()?)?;
            out.write(G::of(call, arguments)?);
            Ok(Outcome::Ok)
        })
    }
}

/// Defines the typed function of an operation: `name(positional = "wire", ...) -> what it gives, "id", [options]`.
macro_rules! operation {
    ($function:ident($($name:ident: $type:ty = $wire:literal),*) -> $given:ty, $id:literal, [$($option:literal $kind:ident),* $(,)?]) => {
        #[doc = concat!("The operation `", $id, "`; described in the product's header.")]
        ///
        /// # Safety
        /// Pointers are NULL or point to what the header says.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $function(
            client: *const $crate::client::druva_client,
            $($name: $type,)*
            options: *const usize,
            out: *mut *mut $given,
            error: *mut *mut $crate::error::druva_error,
        ) -> $crate::generated::druva_result {
            let call = $crate::typed::Typed { operation: $id, client, options, kinds: &[$(($option, $crate::typed::Kind::$kind)),*] };
            // SAFETY: the caller's promises.
            unsafe { $crate::typed::perform(&call, || Ok(vec![$(($wire.into(), $crate::typed::Positional::json($name, stringify!($name))?)),*]), out, error) }
        }
    };
}
pub(crate) use operation;
