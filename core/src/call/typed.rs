//! What the generated surface is made of: a call that gives a type, a list that gives items.

use super::pages::Pages;
use super::wait::Wait;
use super::{Call, Response};
use crate::cancel::Cancel;
use crate::client::Client;
use crate::error::Result;
use crate::json::{FromJson, Json};
use bytes::Bytes;
use futures_core::Stream;
use std::borrow::Cow;
use std::collections::VecDeque;
use std::future::{Future, IntoFuture};
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A call whose answer is read as `T`. Await it, or ask for the raw answer with [`Request::send`].
#[derive(Debug, Clone)]
#[must_use = "nothing is sent before it is awaited"]
pub struct Request<T> {
    client: Client,
    call: Call,
    answer: PhantomData<fn() -> T>,
}

impl<T> Request<T> {
    /// A request for an operation, without arguments.
    pub fn new(client: &Client, call: Call) -> Request<T> {
        Request { client: client.clone(), call, answer: PhantomData }
    }

    /// Sets an argument.
    pub fn arg(mut self, name: &'static str, value: impl Into<Json>) -> Self {
        self.call.set(Cow::Borrowed(name), value.into());
        self
    }

    /// Replaces the client's total deadline for this call.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.call = self.call.timeout(timeout);
        self
    }

    /// Lets the call be cancelled from elsewhere.
    pub fn cancel(mut self, cancel: Cancel) -> Self {
        self.call = self.call.cancel(cancel);
        self
    }

    /// Waits for the work that this reads to come to its end: `restores().get(id).wait()`.
    pub fn wait(self) -> Wait<T> {
        Wait::new(self.client, self.call)
    }

    /// Sends it and gives the answer as it came, with status, headers and timing.
    ///
    /// # Errors
    /// Any of [`crate::Kind`].
    pub async fn send(self) -> Result<Response> {
        self.client.execute(&self.call).await
    }
}

impl<T: FromAnswer + 'static> IntoFuture for Request<T> {
    type Output = Result<T>;
    type IntoFuture = Boxed<'static, Result<T>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let answer = self.client.execute(&self.call).await?;
            T::from_answer(answer).map_err(|error| self.client.hide(&self.call, error))
        })
    }
}

/// What awaiting a request can give.
pub trait FromAnswer: Sized {
    /// Reads an answer with a success status.
    ///
    /// # Errors
    /// `DecodeError` when it cannot be read so.
    fn from_answer(answer: Response) -> Result<Self>;
}

impl<T: FromJson> FromAnswer for T {
    fn from_answer(answer: Response) -> Result<T> {
        // Some writes answer nothing where JSON is documented; they have been carried out all the same.
        let json = if answer.body.is_empty() { Json::object() } else { answer.json()? };
        T::from_json(&json).ok_or_else(|| answer.unusable("the answer is JSON of another kind than documented"))
    }
}

/// The answer as it came.
impl FromAnswer for Response {
    fn from_answer(answer: Response) -> Result<Response> {
        Ok(answer)
    }
}

/// Of an operation whose answer says nothing.
impl FromAnswer for () {
    fn from_answer(_answer: Response) -> Result<()> {
        Ok(())
    }
}

/// Of an operation that answers a file.
impl FromAnswer for Bytes {
    fn from_answer(answer: Response) -> Result<Bytes> {
        Ok(answer.body)
    }
}

/// A list: `P` is a page, `T` an item. Iterate [`List::items`] or [`List::pages`].
#[derive(Debug, Clone)]
#[must_use = "nothing is sent before items or pages are asked for"]
pub struct List<P, T> {
    client: Client,
    call: Call,
    answer: PhantomData<fn() -> (P, T)>,
}

impl<P: FromJson, T: FromJson> List<P, T> {
    /// A list of an operation, without arguments.
    pub fn new(client: &Client, call: Call) -> List<P, T> {
        List { client: client.clone(), call, answer: PhantomData }
    }

    /// Sets an argument.
    pub fn arg(mut self, name: &'static str, value: impl Into<Json>) -> Self {
        self.call.set(Cow::Borrowed(name), value.into());
        self
    }

    /// Replaces the client's total deadline for each page.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.call = self.call.timeout(timeout);
        self
    }

    /// Lets the list be cancelled from elsewhere.
    pub fn cancel(mut self, cancel: Cancel) -> Self {
        self.call = self.call.cancel(cancel);
        self
    }

    /// Waits for the work that is listed with this id, its item's `member`, to come to its end.
    pub fn wait(self, member: &'static str, id: impl Into<Json>) -> Wait<T> {
        Wait::new(self.client, self.call.arg(member, id))
    }

    /// Every item of every page. A page is fetched when it is asked for, from the third on while the one before is
    /// worked on.
    pub fn items(self) -> Items<T> {
        Items { source: Source::new(self.client, self.call), page: VecDeque::new(), item: PhantomData }
    }

    /// Every page, fetched when it is asked for, from the third on while the one before is worked on.
    pub fn pages(self) -> PageStream<P> {
        PageStream { source: Source::new(self.client, self.call), page: PhantomData }
    }
}

/// Pages as a stream polls them: the state travels into the future of each fetch and back.
struct Source {
    state: State,
    items: &'static str,
    cursor: Option<String>,
    /// The cursor before the last page.
    before: Option<String>,
}

enum State {
    /// To be reported by the first poll.
    Refused(crate::Error),
    Idle(Box<Pages>),
    Fetching(Boxed<'static, (Box<Pages>, Result<Option<Response>>)>),
    Over,
}

impl Source {
    fn new(client: Client, call: Call) -> Source {
        match Pages::new(client, call) {
            Ok(pages) => Source {
                items: pages.items_path(),
                cursor: pages.cursor().map(str::to_owned),
                before: None,
                state: State::Idle(Box::new(pages)),
            },
            Err(error) => Source { items: "", cursor: None, before: None, state: State::Refused(error) },
        }
    }

    fn poll_page(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<(Response, Json)>>> {
        loop {
            match std::mem::replace(&mut self.state, State::Over) {
                State::Over => return Poll::Ready(None),
                State::Refused(error) => return Poll::Ready(Some(Err(error))),
                State::Idle(mut pages) => {
                    self.state = State::Fetching(Box::pin(async move {
                        let page = pages.next().await;
                        (pages, page)
                    }));
                }
                State::Fetching(mut fetch) => {
                    let Poll::Ready((pages, page)) = fetch.as_mut().poll(context) else {
                        self.state = State::Fetching(fetch);
                        return Poll::Pending;
                    };
                    self.before = std::mem::replace(&mut self.cursor, pages.cursor().map(str::to_owned));
                    return match page {
                        Ok(None) => Poll::Ready(None),
                        Err(error) => {
                            self.state = State::Idle(pages);
                            Poll::Ready(Some(Err(error)))
                        }
                        Ok(Some(page)) => {
                            self.state = State::Idle(pages);
                            Poll::Ready(Some(page.json().map(|json| (page, json))))
                        }
                    };
                }
            }
        }
    }
}

/// A stream of items over all pages. After an error, polling again asks for the same page once more.
pub struct Items<T> {
    source: Source,
    page: VecDeque<Json>,
    item: PhantomData<fn() -> T>,
}

impl<T> Items<T> {
    /// The last non-empty cursor: see [`Pages::cursor`]. While items of a page are still to come it is the one before that
    /// page: whoever goes on from there gets items of it twice, and misses none.
    pub fn cursor(&self) -> Option<&str> {
        let Source { cursor, before, .. } = &self.source;
        if self.page.is_empty() { cursor.as_deref() } else { before.as_deref() }
    }

    /// The next item, for those who have no `StreamExt` at hand.
    pub async fn next(&mut self) -> Option<Result<T>>
    where
        T: FromJson,
    {
        std::future::poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }
}

impl<T: FromJson> Stream for Items<T> {
    type Item = Result<T>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            while let Some(item) = self.page.pop_front() {
                // An element that is no item at all, such as null among objects, carries nothing to hand out.
                if let Some(item) = T::from_json(&item) {
                    return Poll::Ready(Some(Ok(item)));
                }
            }
            match ready!(self.source.poll_page(context)) {
                None => return Poll::Ready(None),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                Some(Ok((_, json))) => {
                    let items = json.path(self.source.items);
                    self.page = items.iter().flat_map(|items| items.elements()).collect();
                }
            }
        }
    }
}

impl<T> std::fmt::Debug for Items<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Items").finish_non_exhaustive()
    }
}

/// A stream of pages. After an error, polling again asks for the same page once more.
pub struct PageStream<P> {
    source: Source,
    page: PhantomData<fn() -> P>,
}

impl<P> PageStream<P> {
    /// The last non-empty cursor: see [`Pages::cursor`].
    pub fn cursor(&self) -> Option<&str> {
        self.source.cursor.as_deref()
    }

    /// The next page, for those who have no `StreamExt` at hand.
    pub async fn next(&mut self) -> Option<Result<P>>
    where
        P: FromJson,
    {
        std::future::poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }
}

impl<P: FromJson> Stream for PageStream<P> {
    type Item = Result<P>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let page = ready!(self.source.poll_page(context));
        Poll::Ready(page.map(|page| {
            let (response, json) = page?;
            P::from_json(&json).ok_or_else(|| response.unusable("the page is JSON of another kind than documented"))
        }))
    }
}

impl<P> std::fmt::Debug for PageStream<P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PageStream").finish_non_exhaustive()
    }
}
