//! One request, one answer. hyper stays behind this file.

use crate::config::Config;
use crate::error::{Error, Result};
use crate::redact::Carried;
use crate::transport::connect::Connector;
use crate::transport::refusal::Refusal;
use crate::transport::{root_cause, to_the_millisecond};
use bytes::Bytes;
use http::header::USER_AGENT;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

/// Idle connections are let go before the usual servers do, so that a write seldom meets one that is closing.
const IDLE: Duration = Duration::from_secs(30);

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

/// A request without an answer.
#[derive(Debug)]
pub(crate) struct Failed {
    pub(crate) sent: Sent,
    pub(crate) timed_out: bool,
    pub(crate) message: String,
    /// What to do, where trying again cannot help.
    pub(crate) advice: Option<&'static str>,
}

/// What broke an exchange.
struct Broken {
    sent: Sent,
    cause: String,
    advice: Option<&'static str>,
}

impl Broken {
    fn new(sent: Sent, error: &(dyn std::error::Error + 'static)) -> Broken {
        match Refusal::of(error).filter(|refusal| sent == Sent::No || refusal.of_client) {
            Some(Refusal { what, advice, .. }) => Broken {
                sent: Sent::No,
                cause: format!("{what}; nothing was sent ({})", root_cause(error)),
                advice: Some(advice),
            },
            None => Broken { sent, cause: root_cause(error), advice: None },
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
    pub(crate) async fn send(&self, request: Request, timeout: Duration) -> std::result::Result<Exchange, Failed> {
        let host = request.uri.clone();
        let host = host.authority().map_or("", |authority| authority.as_str());
        Err(match tokio::time::timeout(timeout, self.exchange(request)).await {
            Ok(Ok(exchange)) => return Ok(exchange),
            Ok(Err(Broken { sent, cause, advice })) => {
                let message = match sent {
                    Sent::No => format!("cannot reach {host}: {cause}"),
                    Sent::Maybe => format!("the connection to {host} broke: {cause}"),
                };
                Failed { sent, timed_out: false, message, advice }
            }
            Err(_) => {
                let message = format!("no answer from {host} within {:?}", to_the_millisecond(timeout));
                Failed { sent: Sent::Maybe, timed_out: true, message, advice: None }
            }
        })
    }

    async fn exchange(&self, request: Request) -> std::result::Result<Exchange, Broken> {
        let mut outgoing = http::Request::new(Full::new(request.body));
        *outgoing.method_mut() = request.method;
        *outgoing.uri_mut() = request.uri;
        *outgoing.headers_mut() = request.headers;
        outgoing.headers_mut().insert(USER_AGENT, self.user_agent.clone());
        let answer = self.client.request(outgoing).await.map_err(|error| {
            let cause = error.source().and_then(|source| source.downcast_ref::<hyper::Error>());
            // hyper says "canceled" of a request that it never began to write.
            let sent =
                if error.is_connect() || cause.is_some_and(hyper::Error::is_canceled) { Sent::No } else { Sent::Maybe };
            Broken::new(sent, &error)
        })?;
        let (head, body) = answer.into_parts();
        let body = body.collect().await.map_err(|error| Broken::new(Sent::Maybe, &error))?;
        Ok(Exchange { status: head.status.as_u16(), headers: head.headers, body: body.to_bytes() })
    }
}
