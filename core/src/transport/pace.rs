//! How fast calls may follow each other, learned from 429: all clones and customers' clients take turns.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// The gap between two requests after the first 429, and the longest and shortest that is kept.
const FIRST: Duration = Duration::from_millis(20);
const LONGEST: Duration = Duration::from_secs(1);
const SHORTEST: Duration = Duration::from_millis(1);

/// Turns for requests. Nobody waits while nothing was limited: then it costs one load.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    limited: AtomicBool,
    /// Held by the first in the line; the others wait for it in their order, and leave no gap when they give up.
    line: tokio::sync::Mutex<()>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    gap: Duration,
    /// The next free turn.
    next: Option<Instant>,
    /// When the gap grew last: a 429 of a request from before says nothing new.
    grown: Option<Instant>,
}

impl Pace {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next free turn, where it is not now.
    fn later(&self) -> Option<Instant> {
        self.state().next.filter(|next| *next > Instant::now())
    }

    /// Waits for a turn, and says when it came: `None` while nothing is limited, and so before any growth of the gap.
    pub(crate) async fn turn(&self) -> Option<Instant> {
        if !self.limited.load(Ordering::Relaxed) {
            return None;
        }
        let _first = self.line.lock().await;
        // Whoever was ahead may have been told to wait longer.
        while let Some(next) = self.later() {
            tokio::time::sleep_until(next).await;
        }
        let now = Instant::now();
        let mut state = self.state();
        state.next = Some(now + state.gap);
        Some(now)
    }

    /// A request of that turn got a 429: the gap doubles, and nobody goes before the server's wish.
    pub(crate) fn limited(&self, turn: Option<Instant>, asked: Option<Duration>) {
        let now = Instant::now();
        let mut state = self.state();
        if state.grown.is_none_or(|grown| turn > Some(grown)) {
            state.gap = (state.gap * 2).clamp(FIRST, LONGEST);
            state.grown = Some(now);
        }
        let free = now + asked.unwrap_or(state.gap);
        state.next = Some(state.next.map_or(free, |next| next.max(free)));
        self.limited.store(true, Ordering::Relaxed);
    }

    /// A request went through: the gap shrinks, until there is none.
    pub(crate) fn granted(&self) {
        if !self.limited.load(Ordering::Relaxed) {
            return;
        }
        let mut state = self.state();
        state.gap = state.gap.mul_f64(0.98);
        if state.gap < SHORTEST {
            *state = State::default();
            self.limited.store(false, Ordering::Relaxed);
        }
    }
}
