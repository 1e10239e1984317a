//! The way back to an event loop: finished calls wait here until the loop collects them, many at a time.
//!
//! One queue serves one event loop. The thread that finishes a call puts the outcome in and, only if the loop has not
//! been told yet, wakes it: with a byte on a socket that the loop reads, for which no GIL is needed. A loop that
//! cannot watch sockets (Windows' proactor) is woken with a callback instead.

use crate::client::answer;
use crate::error::exception;
use druva::{Error, Response};
use pyo3::prelude::*;
use std::sync::{Arc, Mutex, PoisonError};

/// A page or an answer; `None` after the last page.
type Outcome = Result<Option<Response>, Error>;

/// Finished calls on their way to one event loop.
#[pyclass(frozen, module = "druva._druva")]
pub(crate) struct Queue(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    wake: Wake,
}

#[derive(Default)]
struct State {
    finished: Vec<(Py<PyAny>, Outcome)>,
    /// The loop has been woken and has not collected yet.
    woken: bool,
}

enum Wake {
    #[cfg(unix)]
    Socket(socket::Pair),
    Callback(Py<PyAny>),
}

#[pymethods]
impl Queue {
    /// A queue that calls `wake`, from any thread, when there is something to collect; without it one that makes
    /// `fileno()` readable.
    #[new]
    #[pyo3(signature = (wake = None))]
    fn new(wake: Option<Py<PyAny>>) -> PyResult<Queue> {
        let wake = match wake {
            Some(callback) => Wake::Callback(callback),
            #[cfg(unix)]
            None => Wake::Socket(socket::Pair::new()?),
            #[cfg(not(unix))]
            None => return Err(pyo3::exceptions::PyNotImplementedError::new_err("wake is needed on this platform")),
        };
        Ok(Queue(Arc::new(Shared { state: Mutex::default(), wake })))
    }

    /// What becomes readable.
    fn fileno(&self) -> PyResult<i32> {
        match &self.0.wake {
            #[cfg(unix)]
            Wake::Socket(pair) => Ok(pair.fileno()),
            Wake::Callback(_) => Err(pyo3::exceptions::PyValueError::new_err("this queue calls back")),
        }
    }

    /// Settles the futures of all finished calls. For the event loop's thread.
    fn collect(&self, py: Python<'_>) {
        for (future, outcome) in self.0.take() {
            let future = future.into_bound(py);
            if let Err(error) = settle(&future, outcome) {
                error.write_unraisable(py, Some(&future));
            }
        }
    }
}

fn settle(future: &Bound<'_, PyAny>, outcome: Outcome) -> PyResult<()> {
    let py = future.py();
    // A cancelled task has left its future behind.
    if future.call_method0("done")?.is_truthy()? {
        return Ok(());
    }
    match outcome {
        Ok(response) => future.call_method1("set_result", (response.map(|response| answer(py, response)),))?,
        Err(error) => future.call_method1("set_exception", (exception(py, &error).into_value(py),))?,
    };
    Ok(())
}

impl Queue {
    /// What a call that will settle `future` does when it is finished, on whichever thread that is.
    pub(crate) fn completion(&self, future: Py<PyAny>) -> impl FnOnce(Outcome) + Send + 'static {
        let shared = Arc::clone(&self.0);
        move |outcome| shared.put(future, outcome)
    }
}

impl Shared {
    fn put(&self, future: Py<PyAny>, outcome: Outcome) {
        let first = {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            state.finished.push((future, outcome));
            !std::mem::replace(&mut state.woken, true)
        };
        if !first {
            return;
        }
        match &self.wake {
            #[cfg(unix)]
            Wake::Socket(pair) => pair.wake(),
            Wake::Callback(callback) => Python::attach(|py| {
                if let Err(error) = callback.call0(py) {
                    error.write_unraisable(py, Some(callback.bind(py)));
                }
            }),
        }
    }

    fn take(&self) -> Vec<(Py<PyAny>, Outcome)> {
        // First the byte, then the calls: one that comes in between is taken along or wakes the loop again.
        #[cfg(unix)]
        if let Wake::Socket(pair) = &self.wake {
            pair.clear();
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.woken = false;
        std::mem::take(&mut state.finished)
    }
}

#[cfg(unix)]
mod socket {
    use std::io::{self, Read, Write};
    use std::os::fd::AsRawFd;
    use std::os::unix::net::UnixStream;

    /// A byte written at one end makes the other readable.
    pub(super) struct Pair {
        reader: UnixStream,
        writer: UnixStream,
    }

    impl Pair {
        pub(super) fn new() -> io::Result<Pair> {
            let (reader, writer) = UnixStream::pair()?;
            reader.set_nonblocking(true)?;
            writer.set_nonblocking(true)?;
            Ok(Pair { reader, writer })
        }

        pub(super) fn fileno(&self) -> i32 {
            self.reader.as_raw_fd()
        }

        /// A full socket is readable already, and there is no other way to fail.
        pub(super) fn wake(&self) {
            let _ = (&self.writer).write(&[1]);
        }

        /// At most one byte lies here for each collection.
        pub(super) fn clear(&self) {
            let _ = (&self.reader).read(&mut [0; 16]);
        }
    }
}
