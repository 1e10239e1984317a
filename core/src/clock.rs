//! Time as the client sees it: it can be moved, so that tests of expiry need no sleep.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};
use tokio::time::Instant;

/// The time of day.
pub(crate) fn wall() -> SystemTime {
    #[cfg(feature = "simulation")]
    return crate::simulation::wall();
    #[cfg(not(feature = "simulation"))]
    SystemTime::now()
}

/// A clock that runs with the machine's and can be moved forward.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    ahead_ms: AtomicU64,
}

/// A moment on both of the machine's clocks.
///
/// The monotonic one stands still while a laptop sleeps, the wall clock jumps when it is set: a span has passed as soon
/// as either says so.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment {
    monotonic: Instant,
    wall: SystemTime,
}

impl Clock {
    pub(crate) fn now(&self) -> Moment {
        let ahead = Duration::from_millis(self.ahead_ms.load(Ordering::Relaxed));
        Moment { monotonic: Instant::now() + ahead, wall: wall() + ahead }
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.ahead_ms.fetch_add(by.as_millis() as u64, Ordering::Relaxed);
    }
}

impl Moment {
    /// The moment this much later.
    pub(crate) fn after(self, later: Duration) -> Moment {
        Moment { monotonic: self.monotonic + later, wall: self.wall + later }
    }

    /// How long until `other`; nothing when it has been reached.
    pub(crate) fn until(self, other: Moment) -> Duration {
        other.monotonic.saturating_duration_since(self.monotonic)
    }

    /// The wall clock's time, in milliseconds since 1970.
    pub(crate) fn unix_ms(self) -> u64 {
        self.wall.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64)
    }

    /// The moment of this time of the wall clock; `None` when no clock of this machine can tell it.
    pub(crate) fn at_unix_ms(ms: u64, now: Moment) -> Option<Moment> {
        let wall = SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(ms))?;
        let monotonic = match now.wall.duration_since(wall) {
            Ok(age) => now.monotonic.checked_sub(age)?,
            Err(ahead) => now.monotonic.checked_add(ahead.duration())?,
        };
        Some(Moment { monotonic, wall })
    }

    /// Is it later than `other`?
    pub(crate) fn is_beyond(self, other: Moment) -> bool {
        self.wall > other.wall
    }

    /// Has `other` been reached?
    pub(crate) fn reached(self, other: Moment) -> bool {
        self.monotonic >= other.monotonic || self.wall >= other.wall
    }
}
