//! One request, one answer. hyper stays behind this file.

use crate::config::Config;
use crate::error::{self, Error};
use crate::redact::Carried;
use crate::transport::connect::{Connector, Stopped};
use crate::transport::refusal::Refusal;
use crate::transport::{root_cause, to_the_millisecond};
use arc_swap::ArcSwap;
use bytes::{Bytes, BytesMut};
use http::header::USER_AGENT;
use http::uri::{Authority, Parts, PathAndQuery, Scheme, Uri};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper_util::client::legacy::{Client, ResponseFuture};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use std::error::Error as _;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::Instant;

/// Idle connections are let go before the usual servers do, so that a write seldom meets one that is closing.
const IDLE: Duration = Duration::from_secs(30);

/// The largest answer that is read: no answer of Druva's comes near, and a broken server must not fill the memory. hyper
/// itself allows 100 headers and some 400 KiB for them.
const LARGEST: usize = 256 << 20;

/// Room is made at once for so much of what a server says that it sends.
const ROOM: usize = 16 << 20;

/// What is kept of a client's answers for those to come: fresh memory of this size costs more than what is read into it.
const SPARE: usize = 4 << 20;

/// How many requests are on their way at once, and so how many connections there are: the systems with the least allow a
/// process 256 open files, and ten thousand calls at once must not need ten thousand.
const AT_ONCE: usize = 128;

/// A request's place among those.
pub(crate) struct Place<'h> {
    _permit: Option<SemaphorePermit<'h>>,
}

/// A pool of connections. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Http {
    pool: Arc<ArcSwap<Pool>>,
    connector: Connector,
    user_agent: HeaderValue,
    places: Arc<Semaphore>,
    spare: Spare,
}

/// The memory of the last large answer: the next one is read into it when nobody looks at that any more.
#[derive(Debug, Clone, Default)]
struct Spare(Arc<Mutex<Option<Bytes>>>);

impl Spare {
    fn room(&self, size: usize) -> BytesMut {
        let kept = self.lock().take().and_then(|kept| kept.try_into_mut().ok());
        let mut room = kept.unwrap_or_default();
        room.clear();
        room.reserve(size);
        room
    }

    fn keep(&self, body: &Bytes) {
        if body.len() <= SPARE {
            *self.lock() = Some(body.clone());
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Bytes>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

type Pool = Client<Connector, Outgoing>;

fn pool(connector: Connector) -> Pool {
    Client::builder(TokioExecutor::new())
        .pool_idle_timeout(IDLE)
        .pool_timer(TokioTimer::new())
        .timer(TokioTimer::new())
        .build(connector)
}

/// What the URLs of a client's requests begin with.
#[derive(Debug, Clone)]
pub(crate) struct Base {
    scheme: Scheme,
    authority: Authority,
    path: String,
    /// What the header `Host` says: hyper-util would write it anew for each request.
    pub(crate) host: HeaderValue,
}

impl Base {
    pub(crate) fn new(url: &str) -> error::Result<Base> {
        let uri: Uri = url.parse().map_err(|_| Error::config("base_url is not a URL"))?;
        let path = uri.path().trim_end_matches('/').to_owned();
        match uri.into_parts() {
            Parts { scheme: Some(scheme), authority: Some(authority), .. } => {
                let usual = if scheme == Scheme::HTTPS { 443 } else { 80 };
                let host = match authority.port_u16() {
                    Some(port) if port != usual => HeaderValue::from_str(&format!("{}:{port}", authority.host())),
                    _ => HeaderValue::from_str(authority.host()),
                };
                let host = host.map_err(|_| Error::config("base_url has a host that a header cannot carry"))?;
                Ok(Base { scheme, authority, path, host })
            }
            _ => Err(Error::config("base_url has no scheme or no host")),
        }
    }

    /// The URL of a path and a query, which may be empty.
    pub(crate) fn join(&self, path: &str, query: &str) -> error::Result<Uri> {
        let mut whole = String::with_capacity(self.path.len() + path.len() + 1 + query.len());
        whole.push_str(&self.path);
        whole.push_str(path);
        if !query.is_empty() {
            whole.push('?');
            whole.push_str(query);
        }
        let mut parts = Parts::default();
        parts.scheme = Some(self.scheme.clone());
        parts.authority = Some(self.authority.clone());
        parts.path_and_query = PathAndQuery::from_maybe_shared(Bytes::from(whole)).ok();
        let uri = parts.path_and_query.is_some().then(|| Uri::from_parts(parts).ok()).flatten();
        uri.ok_or_else(|| Error::argument("the arguments do not make a URL"))
    }
}

/// A request to an absolute URL.
#[derive(Debug)]
pub(crate) struct Request {
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
}

impl Request {
    pub(crate) fn new(method: Method, uri: Uri) -> Request {
        Request { method, uri, headers: HeaderMap::with_capacity(4), body: Bytes::new() }
    }

    pub(crate) fn header(mut self, name: HeaderName, value: HeaderValue) -> Request {
        self.headers.insert(name, value);
        self
    }

    /// What of it no error may show.
    pub(crate) fn carried(&self) -> Carried {
        Carried::headers(&self.headers)
    }

    pub(crate) fn body(mut self, body: Bytes) -> Request {
        self.body = body;
        self
    }
}

/// An answer, whatever its status.
#[derive(Debug)]
pub(crate) struct Exchange {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// How far a failed request got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sent {
    /// Nothing left this machine but the attempt to connect.
    No,
    /// Some of it may have arrived.
    Maybe,
}

/// Where a request failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Looking up the host, or opening a connection to it.
    Connect,
    /// The proxy's part of opening one.
    Proxy,
    Tls,
    /// Sending, or waiting for the head of the answer.
    Request,
    /// Reading the answer.
    Body,
}

/// Whether a connection has begun to write a request: until then none of it can have arrived. Even while none has, odd
/// from then on; a request may begin only while the number is the one it came with.
#[derive(Debug, Default)]
pub(crate) struct OnItsWay(Arc<AtomicU32>);

impl OnItsWay {
    /// Gives the request up: one that has not begun never will, though a connection has it in hand.
    pub(crate) fn stop(&self) -> Sent {
        let next = |number| (number % 2 == 0).then_some(number + 2);
        match self.0.fetch_update(Ordering::AcqRel, Ordering::Acquire, next) {
            Ok(_) => Sent::No,
            Err(_) => Sent::Maybe,
        }
    }

    /// An answer settled it.
    pub(crate) fn settled(&self) {
        let _ = self.0.fetch_update(Ordering::AcqRel, Ordering::Acquire, |number| Some((number | 1) + 1));
    }
}

/// A request's body, which hyper asks whether there is any when it begins to write the request.
struct Outgoing {
    body: Full<Bytes>,
    way: Arc<AtomicU32>,
    number: u32,
}

impl Outgoing {
    fn new(body: Bytes, way: &OnItsWay) -> Outgoing {
        way.settled();
        Outgoing { body: Full::new(body), way: way.0.clone(), number: way.0.load(Ordering::Acquire) }
    }

    fn is_given_up(&self) -> bool {
        self.way.load(Ordering::Acquire) / 2 != self.number / 2
    }
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = io::Error;

    /// An error makes hyper close the connection before it sends the head.
    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if self.is_given_up() {
            return Poll::Ready(Some(Err(io::Error::other("the request was given up"))));
        }
        Pin::new(&mut self.body).poll_frame(cx).map_err(|never| match never {})
    }

    fn is_end_stream(&self) -> bool {
        #[cfg(feature = "simulation")]
        crate::simulation::has_in_hand();
        let begun = self.way.compare_exchange(self.number, self.number + 1, Ordering::AcqRel, Ordering::Acquire);
        (begun.is_ok() || !self.is_given_up()) && self.body.is_end_stream()
    }

    /// Of a request that was given up unknown, so that hyper asks for the body.
    fn size_hint(&self) -> SizeHint {
        if self.is_given_up() { SizeHint::default() } else { self.body.size_hint() }
    }
}

/// A request without an answer.
#[derive(Debug)]
pub(crate) struct Failed {
    pub(crate) stage: Stage,
    pub(crate) sent: Sent,
    pub(crate) timed_out: bool,
    pub(crate) message: String,
    /// What to do, where trying again cannot help.
    pub(crate) advice: Option<&'static str>,
}

/// What broke an exchange.
struct Broken {
    stage: Stage,
    sent: Sent,
    cause: String,
    advice: Option<&'static str>,
}

impl Broken {
    fn new(stage: Stage, sent: Sent, error: &(dyn std::error::Error + 'static)) -> Broken {
        let stage = Stopped::of(error).map_or(stage, |stopped| stopped.stage);
        match Refusal::of(error).filter(|refusal| sent == Sent::No || refusal.of_client) {
            Some(Refusal { what, advice, .. }) => Broken {
                stage,
                sent: Sent::No,
                cause: format!("{what}; nothing was sent ({})", root_cause(error)),
                advice: Some(advice),
            },
            None => Broken { stage, sent, cause: root_cause(error), advice: None },
        }
    }

    fn too_large() -> Broken {
        Broken {
            stage: Stage::Body,
            sent: Sent::Maybe,
            cause: format!("the answer is larger than {} MiB", LARGEST >> 20),
            advice: Some("Ask for less at once, such as smaller pages."),
        }
    }
}

impl Http {
    pub(crate) fn new(config: &Arc<Config>) -> error::Result<Http> {
        let user_agent = HeaderValue::from_str(&config.user_agent)
            .map_err(|_| Error::config("user_agent has characters that a header cannot carry"))?;
        let connector = Connector::new(config)?;
        let pool = Arc::new(ArcSwap::from_pointee(pool(connector.clone())));
        Ok(Http { pool, connector, user_agent, places: Arc::new(Semaphore::new(AT_ONCE)), spare: Spare::default() })
    }

    /// Closes the connections: those in use when their calls are done. Whoever still holds a clone can go on with new ones.
    #[cfg(feature = "embed")]
    pub(crate) fn disconnect(&self) {
        self.pool.store(Arc::new(pool(self.connector.clone())));
    }

    /// Waits for a place, in the order of asking. Whoever holds one waits for nothing but an answer.
    pub(crate) async fn place(&self) -> Place<'_> {
        // Free places go to those who wait first; so a place that can be had at once is nobody else's.
        let permit = match self.places.try_acquire() {
            Ok(permit) => Some(permit),
            // Nobody closes the semaphore.
            Err(_) => self.places.acquire().await.ok(),
        };
        Place { _permit: permit }
    }

    /// The proxy that stands before this host, without its credentials.
    pub(crate) fn proxy(&self, uri: &Uri) -> Option<String> {
        self.connector.proxy(uri)
    }

    /// Sends a request and reads the whole answer. Redirects are answers like any other: a bearer follows nobody.
    ///
    /// The request is with hyper before the future is made: it would be in there several times, and make each call's large.
    pub(crate) fn send<'h>(
        &self,
        request: Request,
        place: Place<'h>,
        now: Instant,
        timeout: Duration,
        way: &'h OnItsWay,
    ) -> impl Future<Output = Result<Exchange, Failed>> + use<'h> {
        let host = request.uri.authority().cloned();
        let mut outgoing = http::Request::new(Outgoing::new(request.body, way));
        *outgoing.method_mut() = request.method;
        *outgoing.uri_mut() = request.uri;
        *outgoing.headers_mut() = request.headers;
        outgoing.headers_mut().insert(USER_AGENT, self.user_agent.clone());
        let answer = self.pool.load().request(outgoing);
        let spare = self.spare.clone();
        async move {
            let _place = place;
            let host = host.as_ref().map_or("", Authority::as_str);
            Err(match tokio::time::timeout_at(now + timeout, exchange(answer, &spare)).await {
                Ok(Ok(exchange)) => return Ok(exchange),
                Ok(Err(Broken { stage, sent, cause, advice })) => {
                    let message = match (sent, stage) {
                        (Sent::No, Stage::Proxy) => format!("cannot reach {host} through the proxy: {cause}"),
                        (Sent::No, Stage::Tls) => format!("cannot reach {host}, in the TLS handshake: {cause}"),
                        (Sent::No, _) => format!("cannot reach {host}: {cause}"),
                        (Sent::Maybe, Stage::Body) => format!("the answer of {host} broke off: {cause}"),
                        (Sent::Maybe, _) => format!("the connection to {host} broke: {cause}"),
                    };
                    Failed { stage, sent, timed_out: false, message, advice }
                }
                Err(_) => {
                    let sent = way.stop();
                    let stage = if sent == Sent::No { Stage::Connect } else { Stage::Request };
                    let what = if sent == Sent::No { "no connection to" } else { "no answer from" };
                    let message = format!("{what} {host} within {:?}", to_the_millisecond(timeout));
                    Failed { stage, sent, timed_out: true, message, advice: None }
                }
            })
        }
    }
}

async fn exchange(answer: ResponseFuture, spare: &Spare) -> Result<Exchange, Broken> {
    let answer = answer.await.map_err(|error| {
        let cause = error.source().and_then(|source| source.downcast_ref::<hyper::Error>());
        // hyper says "canceled" of a request that it never began to write.
        let sent =
            if error.is_connect() || cause.is_some_and(hyper::Error::is_canceled) { Sent::No } else { Sent::Maybe };
        Broken::new(Stage::Request, sent, &error)
    })?;
    let (head, body) = answer.into_parts();
    Ok(Exchange { status: head.status.as_u16(), headers: head.headers, body: whole(body, spare).await? })
}

/// A whole body. What comes in one piece is not copied; several pieces go where there is room for all of them.
async fn whole(mut body: Incoming, spare: &Spare) -> Result<Bytes, Broken> {
    let stated = usize::try_from(body.size_hint().lower()).unwrap_or(ROOM).min(ROOM);
    let (mut first, mut all) = (Bytes::new(), BytesMut::new());
    while let Some(frame) = body.frame().await {
        // Trailers are no part of it.
        let frame = frame.map_err(|error| Broken::new(Stage::Body, Sent::Maybe, &error))?;
        let Ok(data) = frame.into_data() else { continue };
        if first.len().max(all.len()) + data.len() > LARGEST {
            return Err(Broken::too_large());
        }
        if first.is_empty() && all.is_empty() {
            first = data;
            continue;
        }
        if all.is_empty() {
            all = spare.room(stated.max(first.len() + data.len()));
            all.extend_from_slice(&first);
        }
        all.extend_from_slice(&data);
    }
    if all.is_empty() {
        return Ok(first);
    }
    let all = all.freeze();
    spare.keep(&all);
    Ok(all)
}
