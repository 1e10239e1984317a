//! The narrow waist: one operation with its arguments in, one answer or its pages out.

mod ahead;
pub(crate) mod arguments;
#[cfg(feature = "embed")]
pub(crate) mod describe;
pub(crate) mod operation;
pub(crate) mod pages;
pub(crate) mod typed;
pub(crate) mod wait;

use crate::auth::token::Token;
use crate::cancel::Cancel;
use crate::cloud::Cloud;
use crate::error::{Applied, Error, Kind, Result};
use crate::json::Json;
use crate::redact::Carried;
use crate::scan::{Found, scan};
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue};
use operation::{Answer, Operation, Retry};
use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

/// To make values of so many bytes, for those who want them, costs little more than to look through them.
const SMALL: usize = 4 << 10;

/// One call: an operation and its arguments.
#[derive(Clone)]
pub struct Call {
    pub(crate) operation: &'static Operation,
    pub(crate) arguments: Vec<(Cow<'static, str>, Json)>,
    pub(crate) options: CallOptions,
}

/// What can be said of a single call.
#[derive(Debug, Clone, Default)]
pub(crate) struct CallOptions {
    /// Replaces the client's total deadline.
    pub(crate) timeout: Option<Duration>,
    /// Cancels the call from elsewhere.
    pub(crate) cancel: Option<Cancel>,
    /// Whoever calls makes values of the body himself.
    pub(crate) unparsed: bool,
}

impl Call {
    /// A call of an operation, so far without arguments.
    pub fn new(operation: &'static Operation) -> Call {
        Call { operation, arguments: Vec::new(), options: CallOptions::default() }
    }

    /// A call of the operation with this id: `insync.devices.list`.
    ///
    /// # Errors
    /// `ArgumentError` when there is no such operation.
    pub fn by_id(id: &str) -> Result<Call> {
        let operation = crate::api::find(id).ok_or_else(|| {
            Error::argument(format!("there is no operation `{id}`"))
                .hint("`druva operations` lists them all; a product may be left out of this build.")
        })?;
        // Tests plant a panic here as in `Client::execute`: this one strikes on the caller's own thread, before there is work.
        #[cfg(debug_assertions)]
        assert!(
            std::env::var("DRUVA_PLANTED_PANIC").ok().is_none_or(|place| place.strip_prefix("begin ") != Some(id)),
            "a planted panic, as a call of {id} begins",
        );
        Ok(Call::new(operation))
    }

    /// Sets an argument. Whether it fits is checked before anything is sent.
    #[must_use]
    pub fn arg(mut self, name: impl Into<Cow<'static, str>>, value: impl Into<Json>) -> Call {
        self.set(name.into(), value.into());
        self
    }

    /// Sets the arguments of a JSON object.
    ///
    /// # Errors
    /// `ArgumentError` when it is not a JSON object. Empty text means no arguments.
    pub fn args(mut self, object: &[u8]) -> Result<Call> {
        if object.is_empty() {
            return Ok(self);
        }
        let arguments =
            Json::parse(object).map_err(|error| Error::argument(format!("the arguments are not JSON: {error}")))?;
        if !arguments.is_object() {
            return Err(Error::argument("the arguments are not a JSON object"));
        }
        for (name, value) in arguments.members() {
            self.set(Cow::Owned(name.to_owned()), value);
        }
        Ok(self)
    }

    /// Replaces the client's total deadline for this call; of a list, for each page.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Call {
        self.options.timeout = Some(timeout);
        self
    }

    /// Lets the call be cancelled from elsewhere. Dropping its future cancels it too.
    #[must_use]
    pub fn cancel(mut self, cancel: Cancel) -> Call {
        self.options.cancel = Some(cancel);
        self
    }

    pub(crate) fn set(&mut self, name: Cow<'static, str>, value: Json) {
        self.arguments.retain(|(present, _)| *present != name);
        self.arguments.push((name, value));
    }

    pub(crate) fn prepare(&self, cloud: Cloud) -> Result<arguments::Prepared> {
        arguments::prepare(self.operation, cloud, &self.arguments)
    }
}

/// Without the arguments' values: some are passwords.
impl std::fmt::Debug for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<&str> = self.arguments.iter().map(|(name, _)| &**name).collect();
        let call = &mut f.debug_struct("Call");
        call.field("operation", &self.operation.id).field("arguments", &names).field("options", &self.options).finish()
    }
}

/// An answer with a success status.
#[derive(Clone)]
#[non_exhaustive]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// The body as it came.
    pub body: Bytes,
    /// How often the request was sent, this time included.
    pub attempts: u32,
    /// From the call to the whole answer.
    pub elapsed: Duration,
    pub(crate) headers: HeaderMap,
    pub(crate) operation: &'static Operation,
    pub(crate) token: Option<Arc<Token>>,
    pub(crate) known: Known,
}

/// What is known of a body.
#[derive(Clone)]
pub(crate) enum Known {
    Nothing,
    /// It is JSON.
    Json,
    /// It is JSON, and says so of its list: [`operation::Paging::paths`].
    Page(Box<[Option<Found>; 3]>),
    /// It is this.
    Parsed(Json),
}

/// Without headers and body: answers hold cookies and tokens, and some are large.
impl std::fmt::Debug for Response {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Response")
            .field("operation", &self.operation.id)
            .field("status", &self.status)
            .field("bytes", &self.body.len())
            .field("attempts", &self.attempts)
            .field("elapsed", &self.elapsed)
            .finish_non_exhaustive()
    }
}

impl Response {
    /// One that no server gave.
    #[cfg(feature = "embed")]
    pub(crate) fn made(operation: &'static Operation, json: &Json) -> Response {
        Response {
            status: 200,
            body: json.to_string().into(),
            attempts: 1,
            elapsed: Duration::ZERO,
            headers: HeaderMap::new(),
            operation,
            token: None,
            known: Known::Parsed(json.clone()),
        }
    }

    /// The operation that was answered.
    pub fn operation(&self) -> &'static Operation {
        self.operation
    }

    /// The headers, their names in lower case.
    pub fn headers(&self) -> impl Iterator<Item = (&str, Cow<'_, str>)> {
        self.headers.iter().map(|(name, value)| (name.as_str(), String::from_utf8_lossy(value.as_bytes())))
    }

    /// The first value of a header, by its name in any case.
    pub fn header(&self, name: &str) -> Option<Cow<'_, str>> {
        self.headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()))
    }

    /// The body as JSON; `null` where there is none.
    ///
    /// # Errors
    /// `DecodeError` when it is not JSON.
    pub fn json(&self) -> Result<Json> {
        if self.body.is_empty() {
            return Ok(Json::null());
        }
        let json = match &self.known {
            Known::Parsed(json) => return Ok(json.clone()),
            Known::Json | Known::Page(_) => Json::of_scanned(&self.body),
            Known::Nothing => Json::parse(&self.body),
        };
        json.map_err(|error| self.no_json(&error))
    }

    /// Refuses an answer that is no JSON where the operation promises some, and an empty one to a read.
    pub(crate) fn check(&mut self, unparsed: bool) -> Result<()> {
        if self.is_markup() {
            return Err(self.nobody_knows("the answer is a web page or other markup, which Druva does not send"));
        }
        if !matches!(self.operation.answer, Answer::Json(_)) {
            return Ok(());
        }
        if self.body.is_empty() {
            // Some writes that promise JSON answer with nothing; a read without an answer is none.
            return match self.operation.retry {
                Retry::Safe => Err(self.unusable("the answer is empty")),
                Retry::Idempotent | Retry::Never => Ok(()),
            };
        }
        let known = match self.operation.pages {
            Some(paging) => scan(&self.body, paging.paths()).map(|found| Known::Page(Box::new(found))),
            None if self.body.len() <= SMALL && !unparsed => Json::parse(&self.body).map(Known::Parsed),
            None => scan(&self.body, []).map(|[]| Known::Json),
        };
        self.known = known.map_err(|error| self.no_json(&error))?;
        self.operation.pages.map_or(Ok(()), |paging| pages::check(self, paging))
    }

    /// Whether it is what captive portals and gateways answer: that says nothing of what became of the request.
    fn is_markup(&self) -> bool {
        let media = self.headers.get(CONTENT_TYPE).map_or(&b""[..], HeaderValue::as_bytes);
        let html = media.get(..9).is_some_and(|media| media.eq_ignore_ascii_case(b"text/html"));
        let documented = matches!(self.operation.answer, Answer::Bytes(_));
        !documented && !self.body.is_empty() && (html || self.body.trim_ascii_start().starts_with(b"<"))
    }

    fn nobody_knows(&self, message: &str) -> Error {
        let error = self.unusable(message);
        if self.operation.retry == Retry::Safe {
            return error.hint("Check base_url, proxy and network: something else may have answered.");
        }
        error
            .applied(Applied::Unknown)
            .hint("Check base_url, proxy and network: something else may have answered. Look whether it was done before doing it again.")
    }

    fn no_json(&self, error: &str) -> Error {
        self.unusable(format!("the answer is not JSON: {error}"))
    }

    pub(crate) fn unusable(&self, message: impl Into<String>) -> Error {
        let applied = if self.operation.retry == Retry::Safe { Applied::No } else { Applied::Yes };
        Error::new(Kind::Decode, message)
            .of(self.operation.id, self.operation.method, self.operation.path)
            .status_is(self.status)
            .body_is(&self.body)
            .hide(&self.token.as_deref().map(Carried::token).unwrap_or_default())
            .applied(applied)
            .attempts_made(self.attempts)
    }
}
