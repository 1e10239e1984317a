//! A network that is not there: under this feature connections of a thread come from whoever runs the simulation.

use http::Uri;
use std::cell::{Cell, RefCell};
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};
use tokio::io::DuplexStream;
use tokio::time::Instant;

/// An attempt to connect.
pub type Dialed = Pin<Box<dyn Future<Output = io::Result<DuplexStream>> + Send>>;
type Dial = Box<dyn Fn(&Uri) -> Dialed>;

thread_local! {
    static DIAL: RefCell<Option<Dial>> = const { RefCell::new(None) };
    static BEGUN: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// From now on clients on this thread connect through `dial`, and what they leave to chance follows from `seed`.
pub fn begin(seed: u64, dial: impl Fn(&Uri) -> Dialed + 'static) {
    fastrand::seed(seed);
    BEGUN.set(Some(Instant::now()));
    DIAL.with_borrow_mut(|place| *place = Some(Box::new(dial)));
}

/// The time of day: in a simulation, of a day of its own.
pub fn wall() -> SystemTime {
    const DAY: Duration = Duration::from_secs(1_800_000_000);
    BEGUN.get().map_or_else(SystemTime::now, |begun| SystemTime::UNIX_EPOCH + DAY + begun.elapsed())
}

pub(crate) fn dial(uri: &Uri) -> Option<Dialed> {
    DIAL.with_borrow(|dial| dial.as_ref().map(|dial| dial(uri)))
}

static IN_HAND: Mutex<Option<Box<dyn FnOnce() + Send>>> = Mutex::new(None);

/// Does `then`, once, when a connection of any thread has a request in hand and has not begun to write it.
pub fn in_hand(then: impl FnOnce() + Send + 'static) {
    *IN_HAND.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(then));
}

pub(crate) fn has_in_hand() {
    let then = IN_HAND.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(then) = then {
        then();
    }
}
