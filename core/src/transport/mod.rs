//! From a request to an answer: connections, attempts, waits.
//!
//! Order of one call: deadline and cancel around everything, then for each attempt a token, the request, and the
//! judgement whether what came back is an answer, a reason to try again, or an error.

pub(crate) mod backoff;
pub(crate) mod connect;
pub(crate) mod http;
pub(crate) mod pace;
pub(crate) mod pipeline;
pub(crate) mod refusal;
pub(crate) mod tls;

/// A time as a message shows it: nobody wants the nanoseconds of a deadline.
fn to_the_millisecond(time: std::time::Duration) -> std::time::Duration {
    std::time::Duration::from_millis(u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
}

/// The innermost cause says what happened; the layers around it say "client error (Connect)".
fn root_cause(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
