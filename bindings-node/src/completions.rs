//! How finished calls reach the event loop: one queue for each environment, and one wake for all that piled up in it.
//!
//! A wake costs far more than a completion. It is sent only when the queue was empty, so that a busy client pays for
//! one wake a turn of the loop, whatever the number of calls in flight.

use druva::embed::Cancel;
use druva::{Error, Response};
use napi::bindgen_prelude::{Array, Buffer, Env, Function, Null};
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi::{JsString, Result, Status};
use napi_derive::napi;
use std::collections::HashMap;
use std::mem::take;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Weak: the queue alone keeps no process alive. JavaScript does that while it waits for something.
type Wake = ThreadsafeFunction<(), (), (), Status, false, true>;

/// The way back from the core's threads into one environment.
#[napi]
pub struct Completions {
    pub(crate) queue: Arc<Queue>,
}

#[napi]
impl Completions {
    /// `wake` is called when completions can be taken.
    #[napi(constructor)]
    pub fn new(wake: Function<'_, (), ()>) -> Result<Completions> {
        let wake = wake.build_threadsafe_function::<()>().weak::<true>().callee_handled::<false>().build()?;
        Ok(Completions { queue: Arc::new(Queue { done: Mutex::default(), wake }) })
    }

    /// What has been completed since the last time, flat: for each the call's number, its body, its detail.
    ///
    /// | outcome | body | detail |
    /// |---|---|---|
    /// | typed answer | string | undefined |
    /// | items of a page | [`Items`] | undefined |
    /// | answer | `Buffer` | JSON of status, headers, attempts, elapsed |
    /// | end of a list | null | undefined |
    /// | error | undefined | JSON of the error |
    /// | none yet: the state of work that is waited for | string | null |
    #[napi(catch_unwind)]
    pub fn take<'env>(&self, env: &'env Env) -> Result<Array<'env>> {
        let done = take(&mut *lock(&self.queue.done));
        let mut flat = env.create_array(0)?;
        for completion in done {
            flat.insert(completion.number)?;
            match completion.news {
                News::Text(response) => {
                    flat.insert(text(env, &response.body)?)?;
                    flat.insert(())?;
                }
                News::Items(page) => {
                    flat.insert(Items { page: Some(page), given: 0 })?;
                    flat.insert(())?;
                }
                News::Answer(response) => {
                    let detail = detail(&response);
                    flat.insert(Buffer::from(Vec::from(response.body)))?;
                    flat.insert(detail)?;
                }
                News::End => {
                    flat.insert(Null)?;
                    flat.insert(())?;
                }
                News::Failure(error) => {
                    flat.insert(())?;
                    flat.insert(error.to_json())?;
                }
                News::State(state) => {
                    flat.insert(state)?;
                    flat.insert(Null)?;
                }
            }
        }
        Ok(flat)
    }
}

/// The items of a page, which JavaScript makes objects of a piece at a time: of a whole page V8 would keep them all.
#[napi]
pub struct Items {
    /// None once all have been given.
    page: Option<Response>,
    given: usize,
}

#[napi]
impl Items {
    /// The text of the next items, with commas between them; null after the last.
    #[napi(catch_unwind)]
    pub fn next<'env>(&mut self, env: &'env Env) -> Result<Option<JsString<'env>>> {
        let Some(page) = &self.page else { return Ok(None) };
        let piece = page.pieces().nth(self.given).map(|piece| text(env, piece)).transpose()?;
        self.given += 1;
        if page.pieces().nth(self.given).is_none() {
            self.page = None;
        }
        Ok(piece)
    }

    /// Whether the last have been given.
    #[napi(getter, catch_unwind)]
    pub fn over(&self) -> bool {
        self.page.is_none()
    }
}

/// Latin-1 is what V8 copies as it is; text that is all ASCII, as most answers are, needs no decoding.
fn text<'env>(env: &'env Env, json: &[u8]) -> Result<JsString<'env>> {
    if json.is_ascii() { env.create_string_latin1(json) } else { env.create_string(String::from_utf8_lossy(json)) }
}

fn detail(response: &Response) -> String {
    serde_json::json!({
        "status": response.status,
        "headers": response.headers().collect::<Vec<_>>(),
        "attempts": response.attempts,
        "elapsed": response.elapsed.as_secs_f64(),
    })
    .to_string()
}

/// How JavaScript wants an answer.
#[derive(Clone, Copy)]
pub(crate) enum Form {
    /// As it came.
    Answer,
    /// Its body as text.
    Text,
    /// The items of a page.
    Items,
}

impl Form {
    pub(crate) fn of(as_text: bool) -> Form {
        if as_text { Form::Text } else { Form::Answer }
    }
}

/// Finished calls of one environment, waiting to be taken.
pub(crate) struct Queue {
    done: Mutex<Vec<Completion>>,
    wake: Wake,
}

struct Completion {
    number: u32,
    news: News,
}

enum News {
    Text(Response),
    Items(Response),
    Answer(Response),
    /// No more pages.
    End,
    Failure(Error),
    /// Of work that is waited for; more comes.
    State(String),
}

impl Queue {
    fn push(&self, completion: Completion) {
        let first = {
            let mut done = lock(&self.done);
            done.push(completion);
            done.len() == 1
        };
        if first {
            // An environment that is being torn down refuses: nobody is left to be told.
            self.wake.call((), ThreadsafeFunctionCallMode::NonBlocking);
        }
    }
}

/// The calls of one client that are on their way.
pub(crate) struct Running {
    queue: Arc<Queue>,
    cancels: Mutex<HashMap<u32, Cancel>>,
    closed: AtomicBool,
}

impl Running {
    pub(crate) fn new(queue: Arc<Queue>) -> Arc<Running> {
        Arc::new(Running { queue, cancels: Mutex::default(), closed: AtomicBool::new(false) })
    }

    /// The calls of one more client of the same environment.
    pub(crate) fn another(&self) -> Arc<Running> {
        Running::new(Arc::clone(&self.queue))
    }

    /// Begins a call: its switch, and where its outcome goes.
    pub(crate) fn begin(
        self: &Arc<Self>,
        number: u32,
        form: Form,
    ) -> (Cancel, impl FnOnce(std::result::Result<Option<Response>, Error>) + Send + 'static) {
        let cancel = Cancel::new();
        lock(&self.cancels).insert(number, cancel.clone());
        let running = Arc::clone(self);
        let done = move |outcome| {
            lock(&running.cancels).remove(&number);
            let news = match outcome {
                Ok(Some(response)) => match form {
                    Form::Answer => News::Answer(response),
                    Form::Text => News::Text(response),
                    Form::Items => News::Items(response),
                },
                Ok(None) => News::End,
                Err(error) => News::Failure(error),
            };
            running.queue.push(Completion { number, news });
        };
        (cancel, done)
    }

    /// Where the states of work go that is waited for.
    pub(crate) fn progress(&self, number: u32) -> impl FnMut(&str) + Send + 'static {
        let queue = Arc::clone(&self.queue);
        move |state: &str| queue.push(Completion { number, news: News::State(state.to_owned()) })
    }

    pub(crate) fn check_open(&self) -> std::result::Result<(), Error> {
        if self.closed.load(Ordering::Acquire) { Err(closed()) } else { Ok(()) }
    }

    pub(crate) fn cancel(&self, number: u32) {
        // The lock must be free again when the core, on this very thread, reports the call as done.
        let cancel = lock(&self.cancels).remove(&number);
        if let Some(cancel) = cancel {
            cancel.cancel();
        }
    }

    /// Cancels all of them, and lets no other begin.
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::Release);
        let cancels = take(&mut *lock(&self.cancels));
        for cancel in cancels.values() {
            cancel.cancel();
        }
    }
}

/// What a call on a closed client ends with.
pub(crate) fn closed() -> Error {
    Error::argument("the client has been closed")
}

/// What these locks guard is whole even if a holder panicked.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
