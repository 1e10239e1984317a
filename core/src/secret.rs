//! Text that must not be seen.

use bytes::Bytes;
use http::HeaderValue;
use std::fmt;
use zeroize::Zeroizing;

/// A secret: wiped from memory when dropped, never shown by `Debug`, and without `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Wraps a secret.
    pub fn new(secret: impl Into<String>) -> Secret {
        Secret(Zeroizing::new(secret.into()))
    }

    /// The secret itself, to be put on the wire and nowhere else.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

/// A header's value that is wiped as its text is, and marked so that nobody logs it; `None` when no header can carry it.
pub(crate) fn header(text: Zeroizing<String>) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_maybe_shared(Bytes::from_owner(text)).ok()?;
    value.set_sensitive(true);
    Some(value)
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}

impl<T: Into<String>> From<T> for Secret {
    fn from(secret: T) -> Secret {
        Secret::new(secret)
    }
}
