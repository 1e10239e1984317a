//! One token for everybody.
//!
//! Readers take the token without a lock. Whoever finds it missing starts the fetch or joins the one under way; the
//! fetch is a task of its own, so a caller that gives up does not take it from the others.

use super::exchange::Exchanger;
use super::store::{Shelf, Store};
use super::token::Token;
use crate::clock::Moment;
use crate::error::{Error, Kind, Result};
use arc_swap::ArcSwapOption;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// How long a refused credential is not tried again.
const REFUSED_FOR: Duration = Duration::from_secs(60);

/// A token minted after a refusal that is refused within this time is not to blame: the caller lacks the permission.
const PROVEN_FOR: Duration = Duration::from_secs(60);

/// How long the caller that refreshes early waits for it: its token is still good.
const REFRESH_PATIENCE: Duration = Duration::from_secs(1);

/// How long a failed early refresh is not tried again.
const REFRESH_PAUSE: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub(crate) struct TokenCache {
    exchanger: Exchanger,
    /// Where other processes find the token, when that was asked for.
    store: Option<Arc<Store>>,
    current: ArcSwapOption<Token>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    flight: Option<Arc<Flight>>,
    /// The last token, when it was refused by an operation, and since when.
    refused_token: Option<(Arc<Token>, Moment)>,
    /// Why no token is asked for until then.
    refused: Option<(Moment, Error)>,
    no_refresh_before: Option<Moment>,
}

/// A fetch that was booked.
struct Departure {
    flight: Arc<Flight>,
    /// The token that it replaces.
    spent: Option<Arc<Token>>,
    /// When Druva refused it.
    refused: Option<Moment>,
}

/// A fetch under way.
#[derive(Debug, Default)]
struct Flight {
    /// `None` when its task was dropped with its runtime: someone else has to try.
    landed: OnceLock<Option<Result<Arc<Token>>>>,
    wake: Notify,
}

impl TokenCache {
    pub(crate) fn new(exchanger: Exchanger, store: Option<Arc<Store>>) -> Arc<TokenCache> {
        Arc::new(TokenCache { exchanger, store, current: ArcSwapOption::empty(), state: Mutex::default() })
    }

    /// A token that can be used now.
    pub(crate) async fn get(self: &Arc<Self>) -> Result<Arc<Token>> {
        let now = self.exchanger.clock.now();
        let Some(token) = self.current.load_full() else { return self.fetched().await };
        if !now.reached(token.advisory) {
            return Ok(token);
        }
        if now.reached(token.mandatory) {
            return self.fetched().await;
        }
        // One caller refreshes, and waits a little; until the token is really over, the others and any failure go on with it.
        let refresh = {
            let mut state = self.lock();
            let paused = state.no_refresh_before.is_some_and(|until| !now.reached(until));
            (state.flight.is_none() && !paused).then(|| self.depart(&mut state))
        };
        let refresh = refresh.map(|departure| self.launch(departure));
        match refresh {
            None => Ok(token),
            Some(flight) => match tokio::time::timeout(REFRESH_PATIENCE, flight.wait()).await {
                Ok(Some(Ok(fresh))) => Ok(fresh),
                Ok(Some(Err(_)) | None) | Err(_) => Ok(token),
            },
        }
    }

    /// A token from a fetch: the one under way, or a new one.
    async fn fetched(self: &Arc<Self>) -> Result<Arc<Token>> {
        loop {
            let flight = {
                let mut state = self.lock();
                let now = self.exchanger.clock.now();
                // Another caller's fetch may have landed between the look and the lock.
                if let Some(token) = self.current.load_full().filter(|token| !now.reached(token.mandatory)) {
                    return Ok(token);
                }
                if let Some((until, error)) = &state.refused {
                    if !now.reached(*until) {
                        return Err(error.clone());
                    }
                    state.refused = None;
                }
                match &state.flight {
                    Some(flight) => Ok(flight.clone()),
                    None => Err(self.depart(&mut state)),
                }
            };
            let flight = flight.unwrap_or_else(|departure| self.launch(departure));
            if let Some(result) = flight.wait().await {
                return result;
            }
        }
    }

    /// Books a fetch, to be launched when the lock has been given back.
    fn depart(&self, state: &mut State) -> Departure {
        let flight = Arc::new(Flight::default());
        state.flight = Some(flight.clone());
        let (token, refused) = state.refused_token.take().unzip();
        let spent = token.or_else(|| self.current.load_full());
        Departure { flight, spent, refused }
    }

    /// Starts a fetch. The task outlives the caller that started it. A runtime that is closing drops it at once, and with
    /// it the landing, which takes the lock.
    fn launch(self: &Arc<Self>, Departure { flight, spent, refused }: Departure) -> Arc<Flight> {
        let landing = Landing { cache: self.clone(), flight: flight.clone(), landed: false };
        tokio::spawn(async move {
            let TokenCache { exchanger, store, .. } = &*landing.cache;
            let fetched = match store {
                None => exchanger.fetch(refused.is_some()).await,
                Some(store) => match Shelf::new(store, exchanger).await {
                    Ok(shelf) => shelf.fetch(spent.as_deref(), refused).await,
                    Err(error) => Err(error),
                },
            };
            landing.land(fetched.map(Arc::new));
        });
        flight
    }

    /// Forgets a token that Druva refused, unless another caller has done so already. False when that is of no use: the
    /// token was fresh, minted after a refusal as well.
    pub(crate) fn refuse(&self, used: &Arc<Token>) -> bool {
        let mut state = self.lock();
        let Some(current) = self.current.load_full() else { return true };
        if !Arc::ptr_eq(&current, used) {
            return true;
        }
        let now = self.exchanger.clock.now();
        let proven = !now.reached(used.minted.after(PROVEN_FOR));
        if used.after_refusal && proven {
            return false;
        }
        self.current.store(None);
        state.refused_token = Some((current, now));
        // What a fetch that began before the refusal brings may be refused just as well: the next caller begins another.
        state.flight = None;
        true
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Every write under this lock is a single assignment: a panic leaves nothing half done.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Flight {
    async fn wait(&self) -> Option<Result<Arc<Token>>> {
        loop {
            // Created before the look, so that a landing in between wakes it.
            let woken = self.wake.notified();
            if let Some(landed) = self.landed.get() {
                return landed.clone();
            }
            woken.await;
        }
    }
}

/// Lands a flight even when its task is dropped or panics.
struct Landing {
    cache: Arc<TokenCache>,
    flight: Arc<Flight>,
    landed: bool,
}

impl Landing {
    fn land(mut self, result: Result<Arc<Token>>) {
        self.landed = true;
        self.finish(Some(result));
    }

    fn finish(&self, result: Option<Result<Arc<Token>>>) {
        let mut state = self.cache.lock();
        let now = self.cache.exchanger.clock.now();
        let latest = state.flight.as_ref().is_some_and(|flight| Arc::ptr_eq(flight, &self.flight));
        match &result {
            // Its own callers get what it brings, but nobody else.
            _ if !latest => {}
            Some(Ok(token)) => {
                self.cache.current.store(Some(token.clone()));
                state.refused = None;
                state.no_refresh_before = None;
            }
            Some(Err(error)) => {
                let config = &self.cache.exchanger.config;
                let pause = match (error.kind(), error.retry_after()) {
                    (Kind::InvalidCredentials, _) => REFUSED_FOR,
                    // What the endpoint asks of one caller holds for all, but an absurd wish stops nobody for good.
                    (_, Some(asked)) => asked.min(config.max_retry_after),
                    // Of a crowd, those who come a moment too late to have waited would each ask for themselves.
                    (_, None) => config.backoff,
                };
                state.no_refresh_before = Some(now.after(REFRESH_PAUSE.max(pause)));
                state.refused = Some((now.after(pause), error.clone()));
            }
            None => {}
        }
        if latest {
            state.flight = None;
        }
        // A flight lands once: only its own task, or the drop of it, gets here.
        let _ = self.flight.landed.set(result);
        drop(state);
        self.flight.wake.notify_waiters();
    }
}

impl Drop for Landing {
    fn drop(&mut self) {
        if !self.landed {
            self.finish(None);
        }
    }
}
