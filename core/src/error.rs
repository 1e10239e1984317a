//! What went wrong, as data.

pub use crate::generated::Kind;

use crate::json::Json;
use crate::redact::Carried;
use crate::transport::http::Stage;
use bytes::Bytes;
#[cfg(feature = "embed")]
use std::any::Any;
use std::fmt;
use std::time::Duration;

/// As much of an error's body as is kept.
const BODY_LIMIT: usize = 64 * 1024;

/// Whether the request that failed may have changed anything at Druva.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Applied {
    /// Nothing was changed: it was not sent, it was refused, or it only reads.
    #[default]
    No,
    /// It was sent and no answer tells. Look before doing it again.
    Unknown,
    /// It was carried out; only the answer could not be used.
    Yes,
}

impl Applied {
    /// `no`, `unknown` or `yes`.
    pub fn as_str(self) -> &'static str {
        match self {
            Applied::No => "no",
            Applied::Unknown => "unknown",
            Applied::Yes => "yes",
        }
    }
}

/// Anything that went wrong. `Display` is useful alone; the accessors are for programs.
#[derive(Clone)]
pub struct Error(Box<Inner>);

/// What an error is made of. Nothing in here is secret: what the request carried is taken out of what the server says.
#[derive(Clone)]
struct Inner {
    kind: Kind,
    message: String,
    operation: Option<&'static str>,
    method: Option<&'static str>,
    path: Option<String>,
    status: Option<u16>,
    code: Option<String>,
    retryable: bool,
    stated: Option<bool>,
    attempts: u32,
    applied: Applied,
    retry_after: Option<Duration>,
    hint: Option<String>,
    body: Option<Bytes>,
    /// Where the last exchange broke.
    stage: Option<Stage>,
}

/// The result of everything that can fail here.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Error {
        Error(Box::new(Inner {
            kind,
            message: message.into(),
            operation: None,
            method: None,
            path: None,
            status: None,
            code: None,
            retryable: false,
            stated: None,
            attempts: 0,
            applied: Applied::No,
            retry_after: None,
            hint: None,
            body: None,
            stage: None,
        }))
    }

    pub(crate) fn config(message: impl Into<String>) -> Error {
        Error::new(Kind::Config, message)
    }

    pub(crate) fn cancelled() -> Error {
        Error::new(Kind::Cancelled, "cancelled")
    }

    /// An argument that does not fit: for the typed surfaces and bindings, which find some before the core does.
    pub fn argument(message: impl Into<String>) -> Error {
        Error::new(Kind::Argument, message)
    }

    /// A defect of the SDK.
    pub fn internal(message: impl Into<String>) -> Error {
        Error::new(Kind::Internal, message).hint("This is a defect of the SDK. Please report it with this message.")
    }

    /// What becomes of a panic that was caught at a boundary.
    #[cfg(feature = "embed")]
    pub fn panicked(panic: &(dyn Any + Send)) -> Error {
        let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
        Error::internal(format!("panicked: {}", text.unwrap_or("without a message")))
    }

    /// An answer with an error status, read leniently: every envelope that Druva, its gateway or a proxy sends.
    pub(crate) fn answer(status: u16, body: &Bytes) -> Error {
        let envelope = Json::parse(body).ok().filter(Json::is_object);
        let text = |name: &str| {
            envelope.as_ref()?.read_str(name).map(|text| text.into_owned()).filter(|text| !text.is_empty())
        };
        let code = text("code").or_else(|| text("errorCode")).or_else(|| text("error"));
        let said = text("message").or_else(|| text("error_description"));
        let mut message = match (&said, &code) {
            (Some(said), Some(code)) => format!("Druva answered {status}: {said} ({code})"),
            (Some(said), None) => format!("Druva answered {status}: {said}"),
            (None, Some(code)) => format!("Druva answered {status} ({code})"),
            (None, None) if body.is_empty() => format!("Druva answered {status} without a body"),
            (None, None) => format!("Druva answered {status} with a body that is not an error message of its own"),
        };
        if let Some((cut, _)) = message.char_indices().nth(500) {
            message.truncate(cut);
            message.push_str("...");
        }
        let mut error = Error::new(Kind::from_status(status), message);
        error.0.status = Some(status);
        error.0.code = code;
        error.0.body = Some(body.slice(..body.len().min(BODY_LIMIT)));
        error.0.stated = envelope.and_then(|envelope| envelope.read("retryable"));
        error.0.retryable = error.0.stated.unwrap_or(matches!(status, 408 | 425 | 429 | 500 | 502 | 503 | 504));
        error
    }

    /// What Druva itself says of trying again, where it says something.
    pub(crate) fn stated_retryable(&self) -> Option<bool> {
        self.0.stated
    }

    pub(crate) fn at(mut self, stage: Stage) -> Error {
        self.0.stage = Some(stage);
        self
    }

    pub(crate) fn stage(&self) -> Option<Stage> {
        self.0.stage
    }

    pub(crate) fn kind_is(mut self, kind: Kind) -> Error {
        self.0.kind = kind;
        self
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Error {
        self.0.hint = Some(hint.into());
        self
    }

    pub(crate) fn applied(mut self, applied: Applied) -> Error {
        self.0.applied = applied;
        self
    }

    pub(crate) fn attempts_made(mut self, attempts: u32) -> Error {
        self.0.attempts = attempts;
        self
    }

    pub(crate) fn retry_after_is(mut self, wait: Option<Duration>) -> Error {
        self.0.retry_after = wait;
        self
    }

    pub(crate) fn could_be_retried(mut self, retryable: bool) -> Error {
        self.0.retryable = retryable;
        self
    }

    pub(crate) fn body_is(mut self, body: &Bytes) -> Error {
        self.0.body = Some(body.slice(..body.len().min(BODY_LIMIT)));
        self
    }

    pub(crate) fn status_is(mut self, status: u16) -> Error {
        self.0.status = Some(status);
        self
    }

    /// Takes out what the server quotes of the request's secrets.
    pub(crate) fn hide(mut self, carried: &Carried) -> Error {
        let hidden = |text: &str| Some(String::from_utf8_lossy(&carried.hide(text.as_bytes())?).into_owned());
        let inner = &mut *self.0;
        for text in [Some(&mut inner.message), inner.code.as_mut(), inner.hint.as_mut()].into_iter().flatten() {
            if let Some(hidden) = hidden(text) {
                *text = hidden;
            }
        }
        if let Some(hidden) = inner.body.as_ref().and_then(|body| carried.hide(body)) {
            inner.body = Some(hidden.into());
        }
        self
    }

    /// Says which request it was about. The path is the template filled in; the query may hold private data and stays out.
    pub(crate) fn of(mut self, operation: &'static str, method: &'static str, path: &str) -> Error {
        self.0.operation = Some(operation);
        self.0.method = Some(method);
        self.0.path = Some(path.to_owned());
        self
    }

    /// What kind of thing went wrong. A new release may add kinds: match with `_`, or ask [`Error::is`].
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// Whether it is of this kind or a case of it: `error.is(Kind::Api)` holds for every status Druva answers.
    pub fn is(&self, kind: Kind) -> bool {
        self.0.kind.is(kind)
    }

    /// The class's name in every language: `RateLimitedError`.
    pub fn class(&self) -> &'static str {
        self.0.kind.class()
    }

    /// What happened, without the hint.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The operation's id.
    pub fn operation(&self) -> Option<&'static str> {
        self.0.operation
    }

    /// The HTTP status, where there was an answer.
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// Druva's own error code, such as `InsyncEndpoints-1006`.
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// Whether trying the same again later may work. Says nothing of whether that is safe: see
    /// [`Error::may_have_been_applied`].
    pub fn retryable(&self) -> bool {
        self.0.retryable
    }

    /// How often the request was sent or tried to be sent.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// Whether anything may have been changed.
    pub fn may_have_been_applied(&self) -> Applied {
        self.0.applied
    }

    /// How long Druva asked to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// What to do about it.
    pub fn advice(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// The answer's body, at most 64 KiB of it. What it quotes of the request's secrets reads `***`.
    pub fn body(&self) -> Option<&Bytes> {
        self.0.body.as_ref()
    }

    /// Everything as a JSON object, for the language bindings.
    pub fn to_json(&self) -> String {
        let inner = &*self.0;
        let text = |value: Option<&str>| value.map_or_else(Json::null, Json::from);
        let body = inner.body.as_ref().map(|body| String::from_utf8_lossy(body).into_owned());
        Json::from_iter([
            ("kind", Json::from(inner.kind.as_str())),
            ("class", Json::from(inner.kind.class())),
            ("message", Json::from(self.to_string())),
            ("operation", text(inner.operation)),
            ("method", text(inner.method)),
            ("path", text(inner.path.as_deref())),
            ("status", inner.status.map_or_else(Json::null, |status| Json::from(u32::from(status)))),
            ("code", text(inner.code.as_deref())),
            ("retryable", Json::from(inner.retryable)),
            ("attempts", Json::from(inner.attempts)),
            ("may_have_been_applied", Json::from(inner.applied.as_str())),
            ("retry_after", inner.retry_after.map_or_else(Json::null, |wait| Json::from(wait.as_secs_f64()))),
            ("hint", text(inner.hint.as_deref())),
            ("body", text(body.as_deref())),
        ])
        .to_string()
    }
}

/// What happened, to which call, how often, whether anything was changed, and what to do.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.0;
        if let Some(operation) = inner.operation {
            write!(f, "{operation}: ")?;
        }
        f.write_str(&inner.message)?;
        if inner.attempts > 1 {
            write!(f, ", after {} attempts", inner.attempts)?;
        }
        match inner.applied {
            Applied::No => {}
            Applied::Unknown => f.write_str("; the request may have been carried out")?,
            Applied::Yes => f.write_str("; the request was carried out")?,
        }
        match &inner.hint {
            Some(hint) => write!(f, ". {hint}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.0;
        f.debug_struct("Error")
            .field("kind", &inner.kind)
            .field("message", &inner.message)
            .field("operation", &inner.operation)
            .field("status", &inner.status)
            .field("code", &inner.code)
            .field("retryable", &inner.retryable)
            .field("attempts", &inner.attempts)
            .field("applied", &inner.applied)
            .field("retry_after", &inner.retry_after)
            .field("hint", &inner.hint)
            .finish_non_exhaustive()
    }
}

impl std::error::Error for Error {}
