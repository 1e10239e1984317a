//! TLS, proxies and where a bearer goes: the client against real servers over real sockets.
#![allow(clippy::unwrap_used, missing_docs, reason = "a test")]

mod authority;
mod bearers;
mod certificates;
mod doctor;
mod openssl;
mod options;
mod proxies;
mod redis;
mod servers;

use druva::{Builder, Client, Error};
use druva_emulator::{Emulator, Options};
use std::time::Duration;

fn emulator() -> Emulator {
    Emulator::start(Options { devices: 3, ..Options::default() }).unwrap()
}

/// A client that knows the emulator's credential.
fn client(emulator: &Emulator) -> Builder {
    Client::builder()
        .client_id(emulator.client_id())
        .client_secret(emulator.client_secret())
        .backoff(Duration::from_millis(1))
        .timeout(Duration::from_secs(20))
}

/// Needs a token and reads something.
async fn read(client: &Client) -> Result<(), Error> {
    client.insync().devices().list().items().next().await.unwrap().map(drop)
}
