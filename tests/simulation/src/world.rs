//! What the network and the servers are at this moment, and what they have seen.

use fastrand::Rng;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;

/// How long a token lives.
pub(crate) const LIFE: Duration = Duration::from_secs(60);

/// A token with more life than this left is no reason to ask for another: the early refresh begins 12 to 15 s before
/// the end, of a life that the client counts from before its request, which took 10 s at most.
const FRESH: Duration = Duration::from_secs(25);

/// As long as a client with a store waits for another to fetch a token, and then for a connection.
const PATIENCE: Duration = Duration::from_secs(20);

/// What every connection of a host has to follow.
#[derive(Clone, Copy, Default)]
pub(crate) struct Weather {
    /// Nothing arrives until this ends.
    pub(crate) held: bool,
    /// Nobody listens.
    pub(crate) down: bool,
    /// Connections of an earlier number are broken.
    pub(crate) number: u64,
}

pub(crate) struct Host {
    pub(crate) weather: Weather,
    /// Tells of a change of it. Not a `watch`, which wakes in an order of its own each time.
    pub(crate) changed: Arc<Notify>,
    /// The tokens that are taken, until when.
    pub(crate) tokens: HashMap<String, Instant>,
    pub(crate) minted: u32,
    /// How often each write was done.
    pub(crate) written: BTreeMap<u64, u32>,
    /// When writes that were turned away may come again.
    pub(crate) wishes: BTreeMap<u64, Instant>,
    /// Requests for tokens that left the client.
    pub(crate) asked: u32,
    /// The token that a client sent last, since when, and when one was refused last.
    used: (String, Instant),
    pub(crate) refused: Option<Instant>,
    /// Two clients share their tokens in a store.
    pub(crate) shared: bool,
}

pub(crate) struct State {
    pub(crate) rng: Rng,
    /// Faults happen.
    pub(crate) storm: bool,
    pub(crate) hosts: Vec<Host>,
    pub(crate) trace: Vec<String>,
    pub(crate) broken: Vec<String>,
    began: Instant,
}

#[derive(Clone)]
pub(crate) struct World(Arc<Mutex<State>>);

impl World {
    pub(crate) fn new(seed: u64, hosts: usize) -> World {
        let host = |_| Host {
            weather: Weather::default(),
            changed: Arc::default(),
            tokens: HashMap::new(),
            minted: 0,
            written: BTreeMap::new(),
            wishes: BTreeMap::new(),
            asked: 0,
            used: (String::new(), Instant::now()),
            shared: false,
            refused: None,
        };
        World(Arc::new(Mutex::new(State {
            rng: Rng::with_seed(seed),
            storm: true,
            hosts: (0..hosts).map(host).collect(),
            trace: Vec::new(),
            broken: Vec::new(),
            began: Instant::now(),
        })))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// In a storm, once in `times`.
    pub(crate) fn strikes(&self, times: u32) -> bool {
        let mut state = self.lock();
        state.storm && state.rng.u32(0..times) == 0
    }

    pub(crate) fn number(&self, below: u64) -> u64 {
        self.lock().rng.u64(0..below)
    }

    /// Lets up to so many milliseconds pass.
    pub(crate) async fn pass(&self, ms: u64) {
        let wait = self.number(ms);
        tokio::time::sleep(Duration::from_millis(wait)).await;
    }

    /// Waits for a host's weather to become like that.
    pub(crate) async fn weather(&self, host: usize, fits: impl Fn(&Weather) -> bool) -> Weather {
        let changed = self.lock().hosts[host].changed.clone();
        loop {
            // Created before the look, so that no change in between is missed.
            let change = changed.notified();
            let now = self.lock().hosts[host].weather;
            if fits(&now) {
                return now;
            }
            change.await;
        }
    }

    pub(crate) fn change(&self, host: usize, what: &str, to: impl FnOnce(&mut Weather)) {
        self.note(format_args!("{host} {what}"));
        let mut state = self.lock();
        to(&mut state.hosts[host].weather);
        state.hosts[host].changed.notify_waiters();
    }

    pub(crate) fn note(&self, what: impl std::fmt::Display) {
        let mut state = self.lock();
        let line = format!("{:>7} {what}", state.began.elapsed().as_millis());
        state.trace.push(line);
    }

    pub(crate) fn broken(&self, what: impl std::fmt::Display) {
        self.note(format_args!("BROKEN {what}"));
        self.lock().broken.push(what.to_string());
    }

    /// Looks at what a client sends, before the network does anything to it.
    pub(crate) fn leaves(&self, host: usize, bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes);
        let now = Instant::now();
        if let Some((_, token)) = text.split_once("Bearer ") {
            let token = token.split("\r\n").next().unwrap_or_default();
            if !token.starts_with(&format!("token-{host}-")) {
                self.broken(format_args!("host {host} was sent {token}"));
            }
            let used = &mut self.lock().hosts[host].used;
            if used.0 != token {
                *used = (token.to_owned(), now);
            }
        }
        if text.starts_with("POST /token") {
            let mut state = self.lock();
            let at = &mut state.hosts[host];
            at.asked += 1;
            let fresh = at.tokens.get(&at.used.0).is_some_and(|end| *end > now + FRESH);
            // A client that has waited for another's token too long may ask for its own just as that comes.
            let fresh = fresh && !(at.shared && now < at.used.1 + PATIENCE);
            let refused = at.refused.is_some_and(|when| now < when + LIFE);
            drop(state);
            if fresh && !refused {
                self.broken(format_args!("host {host} was asked for a token without need"));
            }
        }
    }
}
