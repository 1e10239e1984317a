//! The way back to an event loop: finished calls wait here until the loop collects them, many at a time.
//!
//! One queue serves one event loop. The thread that finishes a call puts the outcome in and, only if the loop has not
//! been told yet, wakes it: with a byte on a socket that the loop reads, for which no GIL is needed. A loop that
//! cannot watch sockets (Windows' proactor) is woken with a callback instead.

use crate::client::answer;
use crate::error::exception;
use druva::embed::Cancel;
use druva::{Error, Response};
use pyo3::intern;
use pyo3::prelude::*;
use std::sync::{Arc, Mutex, PoisonError};

/// A page or an answer; `None` after the last page.
type Outcome = Result<Option<Response>, Error>;

/// What the event loop is to learn.
enum News {
    /// A call that settles this future is finished.
    Finished(Py<PyAny>, Outcome),
    /// The state of work that is waited for.
    State(Arc<Progress>, String),
}

/// Who is told of the states of work, while a future is waited for.
struct Progress {
    call: Py<PyAny>,
    future: Py<PyAny>,
    cancel: Cancel,
}

impl Progress {
    /// What it raises ends the wait, and becomes its outcome.
    fn report(&self, py: Python<'_>, state: String) -> PyResult<()> {
        let future = self.future.bind(py);
        if is_done(future)? {
            return Ok(());
        }
        let Err(raised) = self.call.call1(py, (state,)) else { return Ok(()) };
        self.cancel.cancel();
        future.call_method1(intern!(py, "set_exception"), (raised.into_value(py),)).map(drop)
    }
}

/// Finished calls on their way to one event loop.
#[pyclass(frozen, module = "druva._druva")]
pub(crate) struct Queue(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    wake: Wake,
}

#[derive(Default)]
struct State {
    news: Vec<News>,
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

    /// Settles the futures of all finished calls, and reports states. For the event loop's thread.
    fn collect(&self, py: Python<'_>) {
        for news in self.0.take() {
            let (about, told) = match news {
                News::Finished(future, outcome) => {
                    let future = future.into_bound(py);
                    let told = settle(&future, outcome);
                    (future, told)
                }
                News::State(progress, state) => (progress.call.bind(py).clone(), progress.report(py, state)),
            };
            if let Err(error) = told {
                error.write_unraisable(py, Some(&about));
            }
        }
    }
}

fn settle(future: &Bound<'_, PyAny>, outcome: Outcome) -> PyResult<()> {
    let py = future.py();
    let told = match outcome {
        Ok(response) => {
            future.call_method1(intern!(py, "set_result"), (response.map(|response| answer(py, response)),))
        }
        Err(error) => future.call_method1(intern!(py, "set_exception"), (exception(py, &error).into_value(py),)),
    };
    match told {
        // A cancelled task has left its future behind.
        Err(_) if is_done(future)? => Ok(()),
        told => told.map(drop),
    }
}

fn is_done(future: &Bound<'_, PyAny>) -> PyResult<bool> {
    future.call_method0(intern!(future.py(), "done"))?.is_truthy()
}

impl Queue {
    /// What a call that will settle `future` does when it is finished, on whichever thread that is.
    pub(crate) fn completion(&self, future: Py<PyAny>) -> impl FnOnce(Outcome) + Send + 'static {
        let shared = Arc::clone(&self.0);
        move |outcome| shared.put(News::Finished(future, outcome))
    }

    /// What brings states to `call` while `future` is waited for, from whichever thread.
    pub(crate) fn progress(
        &self,
        call: Option<Py<PyAny>>,
        future: Py<PyAny>,
        cancel: Cancel,
    ) -> impl FnMut(&str) + Send + 'static {
        let shared = Arc::clone(&self.0);
        let progress = call.map(|call| Arc::new(Progress { call, future, cancel }));
        move |state: &str| {
            if let Some(progress) = &progress {
                shared.put(News::State(Arc::clone(progress), state.to_owned()));
            }
        }
    }
}

impl Shared {
    fn put(&self, news: News) {
        let first = {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            state.news.push(news);
            !std::mem::replace(&mut state.woken, true)
        };
        if !first {
            return;
        }
        match &self.wake {
            #[cfg(unix)]
            Wake::Socket(pair) => pair.wake(),
            // An interpreter that has ended has no loop left to wake.
            Wake::Callback(callback) => drop(Python::try_attach(|py| {
                if let Err(error) = callback.call0(py) {
                    error.write_unraisable(py, Some(callback.bind(py)));
                }
            })),
        }
    }

    fn take(&self) -> Vec<News> {
        // First the byte, then the news: one that comes in between is taken along or wakes the loop again.
        #[cfg(unix)]
        if let Wake::Socket(pair) = &self.wake {
            pair.clear();
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.woken = false;
        std::mem::take(&mut state.news)
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
