//! Rounds of writes: the emulator's log against what the callers were told.

use super::callers::{self, Write};
use super::plan::{WRITE, Whim, fault};
use super::relay::Relay;
use crate::languages::Language;
use crate::server::Server;
use fastrand::Rng;
use serde_json::json;
use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::path::Path;

/// The writes of a round. A client that met a 429 takes turns: a round has a client of its own.
const WRITES: usize = 200;

/// What the writes came to.
#[derive(Debug, Default)]
pub struct Tally {
    /// How many ended in which way, and how many of these were done.
    pub endings: BTreeMap<String, (u64, u64)>,
    /// Requests that the emulator received.
    pub requests: u64,
    /// Done more than once.
    pub doubled: Vec<String>,
    /// Done, and the caller was told that it was not.
    pub unreported: Vec<String>,
    /// Not done, and the caller was told that it was.
    pub lost: Vec<String>,
}

impl Tally {
    /// Whether no write was done twice, and no caller told wrongly.
    pub fn is_sound(&self) -> bool {
        self.doubled.is_empty() && self.unreported.is_empty() && self.lost.is_empty()
    }

    /// How many writes there were.
    pub fn writes(&self) -> u64 {
        self.endings.values().map(|(count, _)| count).sum()
    }

    /// Adds those of another.
    pub fn add(&mut self, other: Tally) {
        for (ending, (count, done)) in other.endings {
            let sum = self.endings.entry(ending).or_default();
            *sum = (sum.0 + count, sum.1 + done);
        }
        self.requests += other.requests;
        self.doubled.extend(other.doubled);
        self.unreported.extend(other.unreported);
        self.lost.extend(other.lost);
    }

    fn note(&mut self, write: String, ending: String, done: u64) {
        let sum = self.endings.entry(ending.clone()).or_default();
        *sum = (sum.0 + 1, sum.1 + u64::from(done > 0));
        let write = format!("{write}, done {done} times, the caller was told {ending:?}");
        match ending.rsplit(' ').next() {
            _ if done > 1 => self.doubled.push(write),
            Some("no") if done > 0 => self.unreported.push(write),
            Some("ok" | "yes") if done == 0 => self.lost.push(write),
            _ => {}
        }
    }
}

/// Plays one round of a language, or of the crate itself.
///
/// # Errors
/// An emulator, a relay or a runner that does not work, or a connection that is left.
async fn play(
    server: &Server,
    seed: u64,
    count: usize,
    language: Option<&Language>,
    home: &Path,
) -> Result<Tally, String> {
    let mut rng = Rng::with_seed(seed);
    server.control(&json!({"do": "reset"}))?;
    let example = server.control(&json!({"do": "example", "operation": WRITE}))?;
    let address: SocketAddr =
        server.url().trim_start_matches("http://").parse().map_err(|error| format!("the emulator's URL: {error}"))?;
    let relay = Relay::start(address, rng.fork()).await.map_err(|error| format!("the relay: {error}"))?;
    if rng.u32(0..5) == 0 {
        server.control(&json!({"do": "fault", "operation": "token", "status": 503}))?;
    }
    // Some are sent again.
    for _ in 0..count * 3 / 2 {
        server.control(&fault(&mut rng))?;
    }
    let name = |at: usize| format!("{seed}-{at}@example.com");
    let writes: Vec<Write> = (0..count)
        .map(|at| {
            let mut arguments = example.clone();
            arguments["emailID"] = json!(name(at));
            (arguments, Whim::draw(&mut rng))
        })
        .collect();
    let credential = (server.client_id().to_owned(), server.client_secret().to_owned());
    let told = match language {
        None => callers::rust(credential, relay.url(), writes).await?,
        Some(language) => {
            let url = relay.url();
            tokio::task::block_in_place(|| callers::runner(language, home, credential, &url, &writes))?
        }
    };
    relay.end().await.map_err(|why| format!("seed {seed}: {why}"))?;
    let log = server.log()?;
    let requests = log["requests"].as_array().map_or(&[][..], Vec::as_slice);
    let mut done: HashMap<&str, u64> = HashMap::new();
    for request in requests.iter().filter(|request| request["applied"] == true) {
        if let Some(name) = request["body"]["emailID"].as_str() {
            *done.entry(name).or_default() += 1;
        }
    }
    if log["violations"] != 0 {
        return Err(format!("seed {seed}: the emulator saw violations: {}", log["violations"]));
    }
    let mut tally = Tally { requests: requests.len() as u64, ..Tally::default() };
    for (at, ending) in told.into_iter().enumerate() {
        let write = name(at);
        let times = done.get(write.as_str()).copied().unwrap_or_default();
        tally.note(write, ending, times);
    }
    Ok(tally)
}

/// Rounds one after the other on a server of their own: every `step`th from `first` on.
///
/// # Errors
/// As [`play`].
pub async fn lane(
    writes: usize,
    seed: u64,
    first: usize,
    step: usize,
    language: Option<&Language>,
    home: &Path,
) -> Result<Tally, String> {
    let options = json!({"devices": 2, "users": 2});
    let server = Server::start(options.as_object().cloned().unwrap_or_default())?;
    let mut tally = Tally::default();
    for round in (first..writes.div_ceil(WRITES)).step_by(step) {
        let count = WRITES.min(writes - round * WRITES);
        tally.add(play(&server, seed.wrapping_add(round as u64), count, language, home).await?);
    }
    Ok(tally)
}
