//! Druva's REST APIs from C.
//!
//! `cbindgen.toml` opens `include/druva.h` with the conventions that every function here keeps. What crosses:
//! handles are numbers that only [`handle`] turns into Rust values, so that a stale one is an error and not a crash;
//! JSON values are plain pointers into the memory of the handle they came from. [`boundary`] is the one gate:
//! it catches panics, checks pointers and hands out results.

#![allow(non_camel_case_types, reason = "the names are C's")]

mod boundary;
pub mod cancel;
pub mod client;
pub mod customers;
pub mod document;
pub mod error;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
pub mod generated;
mod handle;
pub mod json;
pub mod pages;
pub mod provider;
pub mod response;
#[cfg(feature = "testing")]
pub mod testing;
mod typed;
pub mod wait;
