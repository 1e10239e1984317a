//! A client, its calls and its lists.

use crate::error::{exception, guarded};
use crate::queue::Queue;
use druva::embed::{Arguments, CallOptions, Handle, Tick, Ticked, WaitOptions};
use druva::{Error, Json, Response, Secret};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PyBytes, PyDict, PyInt, PyString};
use std::borrow::Cow;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// Status, headers, body, attempts, seconds. The headers are one text of lines `name: value`: hardly anybody reads them.
pub(crate) type Answer<'py> = (u16, String, Bound<'py, PyBytes>, u32, f64);

/// What Python gets of an answer; the body is copied once.
pub(crate) fn answer(py: Python<'_>, response: Response) -> Answer<'_> {
    let body = PyBytes::new(py, &response.body);
    // Room for the usual ones.
    let mut head = String::with_capacity(512);
    for (name, value) in response.headers() {
        head.extend([name, ": ", &value, "\n"]);
    }
    (response.status, head, body, response.attempts, response.elapsed.as_secs_f64())
}

/// Cancels the calls it was given to.
#[pyclass(frozen, module = "druva")]
#[derive(Default)]
pub(crate) struct Cancel(druva::embed::Cancel);

/// What a call listens to that may have been given a switch.
fn switch(cancel: Option<&Cancel>) -> druva::embed::Cancel {
    cancel.map(|cancel| cancel.0.clone()).unwrap_or_default()
}

#[pymethods]
impl Cancel {
    #[new]
    fn new() -> Cancel {
        Cancel::default()
    }

    /// Cancels; a second time does nothing. Any thread may do it.
    fn cancel(&self) {
        self.0.cancel();
    }
}

/// A client.
#[pyclass(frozen, module = "druva._druva")]
pub(crate) struct Core(Handle);

#[pymethods]
impl Core {
    /// `provider` gives the credential as JSON text. It is called on a thread of its own.
    #[new]
    #[pyo3(signature = (options, provider=None))]
    fn new(py: Python<'_>, options: &[u8], provider: Option<Py<PyAny>>) -> PyResult<Core> {
        let Some(provider) = provider else { return start(py, || Handle::new(options)).map(Core) };
        let ask = move || {
            let asked = Python::try_attach(|py| {
                let given = provider.call0(py).and_then(|given| given.extract::<String>(py));
                given.map(Secret::new).map_err(|error| error.value(py).to_string())
            });
            asked.unwrap_or_else(|| Err("the interpreter has ended".to_owned()))
        };
        start(py, || Handle::with_provider(options, ask)).map(Core)
    }

    /// The client of one customer of a managed-service provider.
    fn customer(&self, py: Python<'_>, id: &str) -> PyResult<Core> {
        start(py, || self.0.customer(id)).map(Core)
    }

    /// Closes the connections: the frames of errors that are kept hold on to this object.
    fn close(&self, py: Python<'_>) {
        py.detach(|| self.0.disconnect());
    }

    /// Calls an operation and waits for the answer with the GIL released.
    #[pyo3(signature = (operation, arguments, timeout, cancel))]
    fn call<'py>(
        &self,
        py: Python<'py>,
        operation: &str,
        arguments: &Bound<'_, PyAny>,
        timeout: Option<f64>,
        cancel: Option<&Cancel>,
    ) -> PyResult<Answer<'py>> {
        let (options, cancel) = (call_options(py, timeout)?, switch(cancel));
        let arguments = given(operation, arguments)?;
        let response = wait(py, |tick| self.0.call(operation, arguments, &options, &cancel, tick))?;
        Ok(answer(py, response))
    }

    /// Starts a call whose outcome `queue` brings to `future`. Gives what cancels it.
    #[pyo3(signature = (operation, arguments, timeout, queue, future))]
    fn submit(
        &self,
        py: Python<'_>,
        operation: &str,
        arguments: &Bound<'_, PyAny>,
        timeout: Option<f64>,
        queue: &Queue,
        future: Py<PyAny>,
    ) -> PyResult<Cancel> {
        let (options, arguments) = (call_options(py, timeout)?, given(operation, arguments)?);
        let (cancel, done) = (Cancel::default(), queue.completion(future));
        start(py, || {
            self.0.submit(operation, arguments, &options, &cancel.0, |outcome| done(outcome.map(Some)));
            Ok(())
        })?;
        Ok(cancel)
    }

    /// Waits for work to end, with the GIL released. What `progress` raises ends the wait, and is raised.
    #[pyo3(signature = (operation, arguments, interval, timeout, progress, cancel))]
    #[expect(clippy::too_many_arguments, reason = "one call that crosses the boundary once")]
    fn wait<'py>(
        &self,
        py: Python<'py>,
        operation: &str,
        arguments: &Bound<'_, PyAny>,
        interval: Option<f64>,
        timeout: Option<f64>,
        progress: Option<Py<PyAny>>,
        cancel: Option<&Cancel>,
    ) -> PyResult<Answer<'py>> {
        let (options, cancel) = (wait_options(py, interval, timeout)?, switch(cancel));
        let arguments = given(operation, arguments)?;
        let raised = Arc::new(OnceLock::new());
        let report = {
            let (raised, cancel) = (Arc::clone(&raised), cancel.clone());
            move |state: &str| {
                let Some(progress) = &progress else { return };
                // An interpreter that has ended is told nothing.
                if let Some(Err(error)) = Python::try_attach(|py| progress.call1(py, (state,)).map(drop)) {
                    let _ = raised.set(error);
                    cancel.cancel();
                }
            }
        };
        let outcome = wait(py, |tick| self.0.wait(operation, arguments, &options, report, &cancel, tick));
        match raised.get() {
            Some(error) => Err(error.clone_ref(py)),
            None => Ok(answer(py, outcome?)),
        }
    }

    /// Starts to wait: `queue` brings each state to `progress` and the outcome to `future`. Gives what cancels it.
    #[pyo3(signature = (operation, arguments, interval, timeout, progress, queue, future))]
    #[expect(clippy::too_many_arguments, reason = "one call that crosses the boundary once")]
    fn submit_wait(
        &self,
        py: Python<'_>,
        operation: &str,
        arguments: &Bound<'_, PyAny>,
        interval: Option<f64>,
        timeout: Option<f64>,
        progress: Option<Py<PyAny>>,
        queue: &Queue,
        future: Py<PyAny>,
    ) -> PyResult<Cancel> {
        let (options, arguments) = (wait_options(py, interval, timeout)?, given(operation, arguments)?);
        let cancel = Cancel::default();
        let report = queue.progress(progress, future.clone_ref(py), cancel.0.clone());
        let done = queue.completion(future);
        start(py, || {
            let done = |outcome: Result<Response, Error>| done(outcome.map(Some));
            self.0.submit_wait(operation, arguments, &options, report, &cancel.0, done);
            Ok(())
        })?;
        Ok(cancel)
    }

    /// Begins a list.
    #[pyo3(signature = (operation, arguments, timeout))]
    fn pages(
        &self,
        py: Python<'_>,
        operation: &str,
        arguments: &Bound<'_, PyAny>,
        timeout: Option<f64>,
    ) -> PyResult<Pages> {
        let (options, arguments) = (call_options(py, timeout)?, given(operation, arguments)?);
        start(py, || self.0.pages(operation, arguments, &options)).map(Pages)
    }

    /// Moves the client's clock forward.
    fn advance_clock(&self, py: Python<'_>, seconds: f64) -> PyResult<()> {
        let by = duration(py, "seconds", seconds)?;
        start(py, || self.0.advance_clock(by))
    }
}

/// The pages of a list.
#[pyclass(frozen, module = "druva._druva")]
pub(crate) struct Pages(druva::embed::Pages);

#[pymethods]
impl Pages {
    /// Waits for the next page with the GIL released; `None` after the last one.
    #[pyo3(signature = (cancel))]
    fn next<'py>(&self, py: Python<'py>, cancel: Option<&Cancel>) -> PyResult<Option<Answer<'py>>> {
        let cancel = switch(cancel);
        let page = wait(py, |tick| self.0.next(&cancel, tick))?;
        Ok(page.map(|response| answer(py, response)))
    }

    /// Starts fetching the next page, which `queue` brings to `future`. Gives what cancels it.
    fn submit_next(&self, py: Python<'_>, queue: &Queue, future: Py<PyAny>) -> PyResult<Cancel> {
        let (cancel, done) = (Cancel::default(), queue.completion(future));
        start(py, || {
            self.0.submit_next(&cancel.0, done);
            Ok(())
        })?;
        Ok(cancel)
    }

    /// The last non-empty cursor.
    fn cursor(&self) -> Option<String> {
        self.0.cursor()
    }
}

/// What a call was given: JSON text, or the values by their names, where `None` is one that was left out.
fn given<'a>(operation: &str, arguments: &'a Bound<'_, PyAny>) -> PyResult<Arguments<'a>> {
    if let Ok(text) = arguments.cast::<PyBytes>() {
        return Ok(Arguments::Text(text.as_bytes()));
    }
    let named = arguments.cast::<PyDict>()?.iter().filter(|(_, value)| !value.is_none());
    let values = named.map(|(name, value)| Ok((Cow::Owned(name.extract()?), json(operation, &value)?)));
    values.collect::<PyResult<_>>().map(Arguments::Values)
}

/// A value as JSON: what is plain as it is, the rest as Python writes it.
fn json(operation: &str, value: &Bound<'_, PyAny>) -> PyResult<Json> {
    static WRITTEN: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    if let Some(text) = value.cast_exact::<PyString>().ok().and_then(|text| text.to_str().ok()) {
        return Ok(Json::from(text));
    }
    if let Some(number) = value.cast_exact::<PyInt>().ok().and_then(|number| number.extract::<i64>().ok()) {
        return Ok(Json::from(number));
    }
    if let Ok(flag) = value.cast::<PyBool>() {
        return Ok(Json::from(flag.is_true()));
    }
    let py = value.py();
    let written = WRITTEN.import(py, "druva._json", "written")?.call1((operation, value))?;
    Json::parse(written.cast::<PyBytes>()?.as_bytes()).map_err(|error| exception(py, &Error::argument(error)))
}

fn call_options(py: Python<'_>, timeout: Option<f64>) -> PyResult<CallOptions> {
    let timeout = timeout.map(|seconds| duration(py, "timeout", seconds)).transpose()?;
    Ok(CallOptions { timeout, unparsed: true })
}

fn wait_options(py: Python<'_>, interval: Option<f64>, timeout: Option<f64>) -> PyResult<WaitOptions> {
    let positive = |name: &str, seconds: Option<f64>| match seconds {
        Some(0.0) => Err(exception(py, &Error::argument(format!("{name} is 0, and has to be more")))),
        seconds => seconds.map(|seconds| duration(py, name, seconds)).transpose(),
    };
    Ok(WaitOptions { interval: positive("interval", interval)?, timeout: positive("timeout", timeout)? })
}

fn duration(py: Python<'_>, name: &str, seconds: f64) -> PyResult<Duration> {
    Duration::try_from_secs_f64(seconds)
        .map_err(|_| exception(py, &Error::argument(format!("{name} is {seconds}, which is no number of seconds"))))
}

/// Runs what is quick, with the GIL released all the same: a lock in the core is never waited for with it.
fn start<T: Send>(py: Python<'_>, work: impl FnOnce() -> Result<T, Error> + Send) -> PyResult<T> {
    py.detach(|| guarded(work)).map_err(|error| exception(py, &error))
}

/// Runs a blocking call with the GIL released. On the main thread it looks for signals, so that Ctrl-C ends the call
/// with the exception of Python's own handler; other threads never run handlers and are left in peace after the
/// first look. Most calls end before that.
fn wait<T: Send>(py: Python<'_>, work: impl FnOnce(Tick<'_>) -> Result<T, Error> + Send) -> PyResult<T> {
    let (outcome, raised) = py.detach(|| {
        let mut raised = None;
        let mut tick = || {
            let looked = Python::try_attach(|py| {
                if !on_main_thread(py)? {
                    return Ok(Ticked::NeverAgain);
                }
                py.check_signals().map(|()| Ticked::Again)
            });
            match looked {
                // An interpreter that has ended has no signals.
                None => Ticked::NeverAgain,
                Some(Ok(ticked)) => ticked,
                Some(Err(error)) => {
                    raised = Some(error);
                    Ticked::Cancel
                }
            }
        };
        let outcome = guarded(|| work(Some(&mut tick)));
        (outcome, raised)
    });
    match raised {
        Some(error) => Err(error),
        None => outcome.map_err(|error| exception(py, &error)),
    }
}

fn on_main_thread(py: Python<'_>) -> PyResult<bool> {
    let threading = py.import("threading")?;
    let main = threading.call_method0("main_thread")?.getattr("ident")?;
    threading.call_method0("get_ident")?.eq(main)
}
