//! How long to wait before the next attempt, and when to stop attempting.

use crate::clock::wall;
use crate::config::Config;
use http::HeaderMap;
use http::header::RETRY_AFTER;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// The longest wait that the SDK chooses by itself.
const CAP: Duration = Duration::from_secs(20);

/// Exponential backoff with full jitter.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Backoff {
    initial: Duration,
    longest_asked: Duration,
}

impl Backoff {
    pub(crate) fn new(config: &Config) -> Backoff {
        Backoff { initial: config.backoff, longest_asked: config.max_retry_after }
    }

    /// The wait after this attempt (from 1); `None` when Druva asks for longer than allowed.
    pub(crate) fn wait(&self, attempt: u32, asked: Option<Duration>) -> Option<Duration> {
        if let Some(asked) = asked {
            return (asked <= self.longest_asked).then_some(asked);
        }
        let bound = self.initial.saturating_mul(1 << (attempt - 1).min(16)).min(CAP);
        Some(bound.mul_f64(fastrand::f64()))
    }
}

/// What `Retry-After` asks for: seconds or a date.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than a number has are still a wish to wait.
        return Some(Duration::from_secs(text.parse().unwrap_or(u64::MAX)));
    }
    // No standard allows a fraction, but whoever writes one means it.
    let fraction = text.split_once('.').filter(|(whole, rest)| !whole.is_empty() && !rest.is_empty());
    if fraction.is_some() && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    }
    let date = httpdate::parse_http_date(text).ok()?;
    Some(date.duration_since(wall()).unwrap_or_default())
}

/// Retries that all clones of a client may still make: in an outage they stop adding to it.
///
/// The figures are those of the AWS SDKs: 500 to spend, 5 for a retry, 1 back with each success.
#[derive(Debug)]
pub(crate) struct Budget(AtomicU32);

impl Budget {
    const FULL: u32 = 500;
    const PRICE: u32 = 5;
    pub(crate) const SPENT: &str = "Too many recent calls failed: this client stopped retrying until some succeed.";

    pub(crate) fn new() -> Budget {
        Budget(AtomicU32::new(Budget::FULL))
    }

    /// Pays for a retry; false when the budget is spent.
    pub(crate) fn spend(&self) -> bool {
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(Budget::PRICE)).is_ok()
    }

    pub(crate) fn earn(&self) {
        // A full budget is the common case: no write to shared memory then.
        if self.0.load(Ordering::Relaxed) < Budget::FULL {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
}
