//! Druva's REST APIs from Rust.
#[cfg(feature = "embed")]
pub mod embed;
use std::time::Duration;

/// An answer.
#[derive(Debug)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// Header names (lower case) and values.
    pub headers: Vec<(String, String)>,
    /// The body as it came.
    pub body: bytes::Bytes,
    /// Attempts made, the successful one included.
    pub attempts: u32,
    /// From the call to the whole answer.
    pub elapsed: Duration,
}

/// What went wrong.
#[derive(Debug)]
pub struct Error {}

impl Error {
    /// The error class's name in api/contract.yaml: `RateLimitedError`.
    pub fn class(&self) -> &'static str { todo!() }
    /// Its kind: `rate_limited`.
    pub fn kind(&self) -> Kind { todo!() }
    /// The whole error as a JSON object.
    pub fn to_json(&self) -> String { todo!() }
    /// A defect of the SDK: what bindings turn a caught panic into.
    pub fn internal(_message: String) -> Error { todo!() }
    /// A bad argument found by a binding.
    pub fn argument(_message: String) -> Error { todo!() }
    /// May the request have been applied: `no`, `unknown`, `yes`.
    pub fn may_have_been_applied(&self) -> &'static str { todo!() }
}
impl std::fmt::Display for Error { fn fmt(&self, _f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { todo!() } }
impl std::error::Error for Error {}

/// Kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind { /// generated from contract.yaml
    Error }
impl Kind { /// `rate_limited`
    pub fn as_str(self) -> &'static str { todo!() }
    /// C's result code.
    pub fn code(self) -> i32 { todo!() } }
