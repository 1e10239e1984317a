//! The addon below the npm package `druva`: the core's waist, and completions that reach the event loop in batches.
//!
//! It knows no operation and no type; all of that is JavaScript in `lib/`. What crosses is JSON text inwards, the bytes
//! of an answer outwards, and errors as the JSON of `druva::Error::to_json`.

mod client;
mod completions;
mod provider;
mod testing;

use napi_derive::napi;
use std::ffi::OsString;

/// What a failing function throws: `code` is `Druva`, the message is the error as JSON.
type Thrown = napi::Error<&'static str>;

fn thrown(error: &druva::Error) -> Thrown {
    napi::Error::new("Druva", error.to_json())
}

/// The version of the addon.
#[napi(catch_unwind)]
pub fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

/// Every operation, as a JSON array.
#[napi(catch_unwind)]
pub fn operations() -> String {
    druva::embed::operations_json()
}

/// Runs the `druva` command with the arguments behind its name and returns its exit code.
#[napi(catch_unwind)]
pub fn cli(arguments: Vec<String>) -> i32 {
    let arguments = arguments.into_iter().map(OsString::from);
    druva_cli::main(std::iter::once(OsString::from("druva")).chain(arguments).collect())
}
