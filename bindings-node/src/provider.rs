//! A program's own function that gives the credential. It runs on the event loop; the core waits for it on a thread.

use druva::Secret;
use napi::Status;
use napi::bindgen_prelude::Function;
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::Duration;

/// The core gives up on a provider before; an environment that has ended never answers.
const LONGEST: Duration = Duration::from_secs(86_400);

type Answer = Result<Secret, String>;

/// Who waits for which answer, in all environments of the process.
static ASKED: LazyLock<Mutex<HashMap<u32, Sender<Answer>>>> = LazyLock::new(Mutex::default);
static LAST: AtomicU32 = AtomicU32::new(0);

pub(crate) struct Provider {
    /// Weak: the call that waits keeps the process alive.
    ask: ThreadsafeFunction<u32, (), u32, Status, false, true>,
}

impl Provider {
    pub(crate) fn new(ask: Function<'_, u32, ()>) -> napi::Result<Provider> {
        let ask = ask.build_threadsafe_function::<u32>().weak::<true>().callee_handled::<false>().build()?;
        Ok(Provider { ask })
    }

    pub(crate) fn ask(&self) -> Answer {
        let number = LAST.fetch_add(1, Ordering::Relaxed);
        let (sender, answer) = channel();
        asked().insert(number, sender);
        let ended = || "the environment that it lived in has ended".to_owned();
        let answer = match self.ask.call(number, ThreadsafeFunctionCallMode::NonBlocking) {
            Status::Ok => answer.recv_timeout(LONGEST).unwrap_or_else(|_| Err(ended())),
            _ => Err(ended()),
        };
        asked().remove(&number);
        answer
    }
}

/// Answers what a provider was asked: with the JSON of the credential, or with what went wrong.
pub(crate) fn provided(number: u32, credential: Option<String>, failure: Option<String>) {
    if let Some(waiting) = asked().remove(&number) {
        let answer = credential.map(Secret::new).ok_or_else(|| failure.unwrap_or_else(|| "it gave nothing".to_owned()));
        // Nobody waits any more when the core has given up.
        let _ = waiting.send(answer);
    }
}

fn asked() -> std::sync::MutexGuard<'static, HashMap<u32, Sender<Answer>>> {
    ASKED.lock().unwrap_or_else(PoisonError::into_inner)
}
