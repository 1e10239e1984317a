//! Waiting for work at Druva: calling what reports on it until the work is over.

use super::operation::Waiter;
use super::typed::FromAnswer;
use super::{Call, Known, Response};
use crate::client::Client;
use crate::error::{Error, Kind, Result};
use crate::json::Json;
use std::future::{Future, IntoFuture};
use std::marker::PhantomData;
use std::pin::Pin;
use std::time::Duration;
use tokio::time::Instant;

type Progress = Box<dyn FnMut(&str) + Send>;

/// Work that was just started may be missing from a list. Missing for longer, there is none.
const UNLISTED: Duration = Duration::from_secs(60);

/// What is left for the last look, at least.
const LAST_LOOK: Duration = Duration::from_millis(250);

/// What progress says of it so long.
const NOT_LISTED: &str = "not listed yet";

/// Waits for the end of the work that a call reads. Await it for the last answer.
///
/// The end is an end of any kind: whether it is the wanted one stands in the answer. A state that is not documented
/// counts as work going on, so that a new one ends no wait too early.
#[must_use = "nothing is sent before it is awaited"]
pub struct Wait<T> {
    client: Client,
    call: Call,
    interval: Duration,
    deadline: Duration,
    progress: Option<Progress>,
    answer: PhantomData<fn() -> T>,
}

impl<T> Wait<T> {
    pub(crate) fn new(client: Client, call: Call) -> Wait<T> {
        let (interval, deadline) = (Duration::from_secs(5), Duration::from_secs(3600));
        Wait { client, call, interval, deadline, progress: None, answer: PhantomData }
    }

    /// How long to wait between two looks; 5 s without it.
    pub fn every(mut self, interval: Duration) -> Self {
        self.interval = interval;
        self
    }

    /// How long to wait altogether; an hour without it. Then `TimeoutError`; the work itself goes on. The last look is made
    /// shortly before.
    pub fn at_most(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Called with the state after each look.
    pub fn progress(mut self, progress: impl FnMut(&str) + Send + 'static) -> Self {
        self.progress = Some(Box::new(progress));
        self
    }
}

impl<T: FromAnswer + 'static> Wait<T> {
    async fn run(mut self) -> Result<T> {
        let operation = self.call.operation;
        let of = |error: Error| error.of(operation.id, operation.method, operation.path);
        let Waiter { state, finished, matches } = operation.waiter.ok_or_else(|| {
            let error = Error::argument("nothing that Druva publishes says when this is over");
            of(error.hint("Only operations that report on work can be waited for."))
        })?;
        let work = matches.map(|member| Work::taken_from(&mut self.call, member)).transpose().map_err(of)?;
        let begun = Instant::now();
        let left = || self.deadline.saturating_sub(begun.elapsed());
        let (mut last, mut seen) = (false, None);
        let late = |seen: Option<&str>| {
            let message = match seen {
                Some(NOT_LISTED) => return of(unlisted()),
                Some(state) => format!("still `{state}` after {} s", begun.elapsed().as_secs()),
                None => format!("no answer within {:?}", self.deadline),
            };
            of(Error::new(Kind::Timeout, message).could_be_retried(true).hint("The work goes on; wait again."))
        };
        loop {
            let looked = Instant::now();
            let look = async {
                match &work {
                    None => self.client.execute(&self.call).await.map(Some),
                    Some(work) => work.find(&self.client, &self.call).await,
                }
            };
            let Ok(answer) = tokio::time::timeout(left(), look).await else { return Err(late(seen.as_deref())) };
            let answer = answer?;
            let now = match &answer {
                None if begun.elapsed() > UNLISTED => return Err(of(unlisted())),
                None => NOT_LISTED.to_owned(),
                Some(answer) => state_of(answer, state).map_err(|error| self.client.hide(&self.call, error))?,
            };
            if let Some(progress) = &mut self.progress {
                progress(&now);
            }
            if let Some(answer) = answer.filter(|_| finished.contains(&now.as_str())) {
                return T::from_answer(answer).map_err(|error| self.client.hide(&self.call, error));
            }
            if last {
                return Err(late(Some(&now)));
            }
            seen = Some(now);
            // The last look begins so early that it ends in time, even if it takes twice as long as this one did.
            let latest = left().saturating_sub(LAST_LOOK.max(looked.elapsed() * 2));
            last = latest <= self.interval;
            let cancelled = crate::cancel::cancelled(self.call.options.cancel.as_ref());
            tokio::select! {
                biased;
                () = cancelled => return Err(of(Error::cancelled())),
                () = tokio::time::sleep(self.interval.min(latest)) => {}
            }
        }
    }
}

fn state_of(answer: &Response, path: &str) -> Result<String> {
    let state = answer.json()?.path(path).and_then(|state| state.as_str().map(|state| state.into_owned()));
    state.ok_or_else(|| answer.unusable(format!("the answer has no `{path}`")))
}

fn unlisted() -> Error {
    Error::new(Kind::NotFound, "no such work is listed")
        .hint("Check its id, and that the other arguments do not leave it out of the list.")
}

/// One item of a list, told by a member.
struct Work {
    member: &'static str,
    id: String,
}

impl Work {
    /// Takes the argument that names the work, which the list itself has no use for unless it knows it too.
    fn taken_from(call: &mut Call, member: &'static str) -> Result<Work> {
        let given = call.arguments.iter().find(|(name, value)| name == member && !value.is_null());
        let id = given.and_then(|(_, value)| value.as_str().map(|id| id.into_owned()));
        let id = id
            .ok_or_else(|| Error::argument(format!("the argument `{member}` is missing: it names what to wait for")))?;
        if call.operation.param(member).is_none() {
            call.arguments.retain(|(name, _)| name != member);
        }
        Ok(Work { member, id })
    }

    /// Lists until the item comes, and gives it as if it alone had been answered.
    async fn find(&self, client: &Client, call: &Call) -> Result<Option<Response>> {
        let mut pages = client.pages(call.clone())?;
        while let Some(page) = pages.next().await? {
            let items = page.json()?.path(pages.items_path()).unwrap_or_else(Json::null);
            let found = items
                .elements()
                .find(|item| item.get(self.member).is_some_and(|id| id.as_str().is_some_and(|id| id == self.id)));
            if let Some(item) = found {
                return Ok(Some(Response { body: item.to_string().into(), known: Known::Parsed(item), ..page }));
            }
        }
        Ok(None)
    }
}

impl<T: FromAnswer + 'static> IntoFuture for Wait<T> {
    type Output = Result<T>;
    type IntoFuture = Pin<Box<dyn Future<Output = Result<T>> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

impl<T> std::fmt::Debug for Wait<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Wait")
            .field("call", &self.call)
            .field("interval", &self.interval)
            .field("deadline", &self.deadline)
            .finish_non_exhaustive()
    }
}
