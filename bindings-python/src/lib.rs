//! The extension module `druva._druva`: the waist of the core for the Python package around it.
//!
//! Calls go in as an operation id and JSON bytes and come out as bytes; types live in Python.

mod client;
mod emulator;
mod error;
mod queue;

use pyo3::prelude::*;
use std::ffi::OsString;

/// Every operation, as JSON text.
#[pyfunction]
fn operations() -> String {
    druva::embed::operations_json()
}

/// The `druva` command; the first argument is the program's name. Gives the exit status.
#[pyfunction]
fn cli(py: Python<'_>, arguments: Vec<OsString>) -> i32 {
    py.detach(|| druva_cli::main(arguments))
}

#[pymodule]
fn _druva(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add_class::<client::Core>()?;
    module.add_class::<client::Pages>()?;
    module.add_class::<client::Cancel>()?;
    module.add_class::<queue::Queue>()?;
    module.add_class::<emulator::Emulator>()?;
    module.add_function(wrap_pyfunction!(operations, module)?)?;
    module.add_function(wrap_pyfunction!(cli, module)?)
}
