//! Cancelling from elsewhere.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::Notify;

/// Cancels the calls it was given to, from any thread. Clones are hands on the same switch.
#[derive(Debug, Clone, Default)]
pub struct Cancel(Arc<State>);

#[derive(Debug, Default)]
struct State {
    cancelled: AtomicBool,
    wake: Notify,
}

impl Cancel {
    /// A switch that has not been used.
    pub fn new() -> Cancel {
        Cancel::default()
    }

    /// Cancels. A second time does nothing.
    pub fn cancel(&self) {
        self.0.cancelled.store(true, Ordering::Release);
        self.0.wake.notify_waiters();
    }

    /// Has it been used?
    pub fn is_cancelled(&self) -> bool {
        self.0.cancelled.load(Ordering::Acquire)
    }

    /// Ends when it is used.
    async fn used(&self) {
        // `notified` counts from its creation, so that nothing is missed between the look and the wait.
        let woken = self.0.wake.notified();
        if !self.is_cancelled() {
            woken.await;
        }
    }
}

/// Ends when the switch is used; without one, never.
pub(crate) async fn cancelled(switch: Option<&Cancel>) {
    match switch {
        Some(switch) => switch.used().await,
        None => std::future::pending().await,
    }
}
