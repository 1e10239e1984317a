//! One request, one answer. hyper stays behind this file.

use crate::config::Config;
use crate::error::{Error, Result};
use crate::redact::Carried;
use crate::transport::connect::{Connector, Stopped};
use crate::transport::refusal::Refusal;
use crate::transport::{root_cause, to_the_millisecond};
use bytes::Bytes;
use http::header::USER_AGENT;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::{CaptureConnection, capture_connection};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use std::error::Error as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Idle connections are let go before the usual servers do, so that a write seldom meets one that is closing.
const IDLE: Duration = Duration::from_secs(30);

/// The largest answer that is read: no answer of Druva's comes near, and a broken server must not fill the memory. hyper
/// itself allows 100 headers and some 400 KiB for them.
const LARGEST: usize = 256 << 20;

/// A pool of connections. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Http {
    client: Client<Connector, Full<Bytes>>,
    user_agent: HeaderValue,
}

/// A request to an absolute URL.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
}

impl Request {
    pub(crate) fn new(method: Method, url: &str) -> Result<Request> {
        let uri = url.parse().map_err(|_| Error::argument("the arguments do not make a URL"))?;
        Ok(Request { method, uri, headers: HeaderMap::new(), body: Bytes::new() })
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

/// Whether a request was given to a connection yet: until then none of it can have arrived.
#[derive(Debug, Default)]
pub(crate) struct OnItsWay(Mutex<Option<CaptureConnection>>);

impl OnItsWay {
    fn watch(&self, connection: Option<CaptureConnection>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = connection;
    }

    pub(crate) fn sent(&self) -> Sent {
        let watched = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let begun = watched.as_ref().is_some_and(|connection| connection.connection_metadata().is_some());
        if begun { Sent::Maybe } else { Sent::No }
    }

    /// An answer settled it.
    pub(crate) fn settled(&self) {
        self.watch(None);
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
            None if error.is::<LengthLimitError>() => Broken {
                stage,
                sent,
                cause: format!("the answer is larger than {} MiB", LARGEST >> 20),
                advice: Some("Ask for less at once, such as smaller pages."),
            },
            None => Broken { stage, sent, cause: root_cause(error), advice: None },
        }
    }
}

impl Http {
    pub(crate) fn new(config: &Arc<Config>) -> Result<Http> {
        let user_agent = HeaderValue::from_str(&config.user_agent)
            .map_err(|_| Error::config("user_agent has characters that a header cannot carry"))?;
        let client = Client::builder(TokioExecutor::new())
            .pool_idle_timeout(IDLE)
            .pool_timer(TokioTimer::new())
            .timer(TokioTimer::new())
            .build(Connector::new(config)?);
        Ok(Http { client, user_agent })
    }

    /// Sends a request and reads the whole answer. Redirects are answers like any other: a bearer follows nobody.
    pub(crate) async fn send(
        &self,
        request: Request,
        timeout: Duration,
        way: &OnItsWay,
    ) -> std::result::Result<Exchange, Failed> {
        let host = request.uri.clone();
        let host = host.authority().map_or("", |authority| authority.as_str());
        Err(match tokio::time::timeout(timeout, self.exchange(request, way)).await {
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
                let sent = way.sent();
                let stage = if sent == Sent::No { Stage::Connect } else { Stage::Request };
                let what = if sent == Sent::No { "no connection to" } else { "no answer from" };
                let message = format!("{what} {host} within {:?}", to_the_millisecond(timeout));
                Failed { stage, sent, timed_out: true, message, advice: None }
            }
        })
    }

    async fn exchange(&self, request: Request, way: &OnItsWay) -> std::result::Result<Exchange, Broken> {
        let mut outgoing = http::Request::new(Full::new(request.body));
        *outgoing.method_mut() = request.method;
        *outgoing.uri_mut() = request.uri;
        *outgoing.headers_mut() = request.headers;
        outgoing.headers_mut().insert(USER_AGENT, self.user_agent.clone());
        way.watch(Some(capture_connection(&mut outgoing)));
        let answer = self.client.request(outgoing).await.map_err(|error| {
            let cause = error.source().and_then(|source| source.downcast_ref::<hyper::Error>());
            // hyper says "canceled" of a request that it never began to write.
            let sent =
                if error.is_connect() || cause.is_some_and(hyper::Error::is_canceled) { Sent::No } else { Sent::Maybe };
            Broken::new(Stage::Request, sent, &error)
        })?;
        let (head, body) = answer.into_parts();
        let body = Limited::new(body, LARGEST)
            .collect()
            .await
            .map_err(|error| Broken::new(Stage::Body, Sent::Maybe, &*error))?;
        Ok(Exchange { status: head.status.as_u16(), headers: head.headers, body: body.to_bytes() })
    }
}
