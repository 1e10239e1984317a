//! The core's errors, and its defects, as Python exceptions.

use pyo3::prelude::*;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The exception of `druva` that says the same.
pub(crate) fn exception(py: Python<'_>, error: &druva::Error) -> PyErr {
    let make = || -> PyResult<PyErr> {
        let module = py.import("druva._error")?;
        Ok(PyErr::from_value(module.call_method1("from_json", (error.to_json(),))?))
    };
    make().unwrap_or_else(|failure| failure)
}

/// Runs `work`; a panic in it becomes an `InternalError`, which programs can catch as they catch every other.
pub(crate) fn guarded<T>(work: impl FnOnce() -> Result<T, druva::Error>) -> Result<T, druva::Error> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| Err(druva::Error::panicked(&*panic)))
}
