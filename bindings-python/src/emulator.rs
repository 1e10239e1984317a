//! Druva on loopback, for tests.

use druva_emulator::Options;
use pyo3::exceptions::{PyOSError, PyValueError};
use pyo3::prelude::*;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// An emulator; stopped by `stop` or with the object.
#[pyclass(frozen, module = "druva._druva")]
pub(crate) struct Emulator {
    running: Mutex<Option<druva_emulator::Emulator>>,
    process: u32,
}

#[pymethods]
impl Emulator {
    #[new]
    fn new(py: Python<'_>, options: &str) -> PyResult<Emulator> {
        let options = Options::from_json(options).map_err(PyValueError::new_err)?;
        let emulator = py.detach(|| druva_emulator::Emulator::start(options)).map_err(PyOSError::new_err)?;
        Ok(Emulator { running: Mutex::new(Some(emulator)), process: std::process::id() })
    }

    #[getter]
    fn url(&self) -> PyResult<String> {
        self.with(druva_emulator::Emulator::url)
    }

    #[getter]
    fn client_id(&self) -> PyResult<String> {
        self.with(druva_emulator::Emulator::client_id)
    }

    #[getter]
    fn client_secret(&self) -> PyResult<String> {
        self.with(druva_emulator::Emulator::client_secret)
    }

    #[getter]
    fn api_key(&self) -> PyResult<String> {
        self.with(druva_emulator::Emulator::api_key)
    }

    fn control(&self, py: Python<'_>, command: &str) -> PyResult<String> {
        py.detach(|| self.with(|emulator| emulator.control(command)))?.map_err(PyValueError::new_err)
    }

    fn stop(&self, py: Python<'_>) {
        py.detach(|| self.end());
    }
}

impl Emulator {
    fn lock(&self) -> MutexGuard<'_, Option<druva_emulator::Emulator>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with<T>(&self, use_it: impl FnOnce(&druva_emulator::Emulator) -> T) -> PyResult<T> {
        // Its thread lives in the process that started it, and locks may be held there.
        if self.process != std::process::id() {
            return Err(PyValueError::new_err("the emulator runs in the parent process; its url works here"));
        }
        self.lock().as_ref().map(use_it).ok_or_else(|| PyValueError::new_err("the emulator has been stopped"))
    }

    fn end(&self) {
        // A forked child has nothing to stop, and would wait for ever for a thread that it does not have.
        if self.process == std::process::id() {
            drop(self.lock().take());
        } else if let Ok(mut running) = self.running.try_lock() {
            std::mem::forget(running.take());
        }
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.end();
    }
}
