//! One seed: callers in a storm, a calm, and what must hold of both.

use crate::network;
use crate::server::{PAGES, QUIET, ROWS};
use crate::world::World;
use druva::{Applied, Call, Client, Error, Json};
use std::path::Path;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::Instant;

const HOSTS: usize = 2;
const CALLERS: u64 = 4;
const TIMEOUT: Duration = Duration::from_secs(30);

/// What happened, line by line, and what should not have.
#[derive(PartialEq)]
pub(crate) struct Played {
    pub(crate) trace: Vec<String>,
    pub(crate) broken: Vec<String>,
}

/// A write and what its caller was told: `None` when it did not wait.
type Told = (u64, Option<Result<(), Applied>>);

pub(crate) fn play(seed: u64) -> Played {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    let folder = tempfile::tempdir().unwrap_or_else(|error| panic!("no folder: {error}"));
    runtime.unwrap_or_else(|error| panic!("no runtime: {error}")).block_on(async {
        let world = World::new(seed, HOSTS);
        let dialed = world.clone();
        druva::simulation::begin(seed, move |uri| {
            let host = usize::from(uri.port_u16().unwrap_or(1)) - 1;
            Box::pin(network::connect(dialed.clone(), host))
        });
        if tokio::time::timeout(Duration::from_secs(86_400), live(&world, folder.path())).await.is_err() {
            world.broken("something never ended");
        }
        let mut state = world.lock();
        Played { trace: std::mem::take(&mut state.trace), broken: std::mem::take(&mut state.broken) }
    })
}

async fn live(world: &World, folder: &Path) {
    let client = |host: usize| {
        let builder = Client::builder()
            .client_id(format!("id-{host}"))
            .client_secret("secret")
            .base_url(format!("http://127.0.0.1:{}", host + 1))
            .timeout(TIMEOUT)
            .attempt_timeout(Duration::from_secs(10))
            .connect_timeout(Duration::from_secs(5));
        let store = format!("file:{}", folder.join(host.to_string()).display());
        let builder = if world.lock().hosts[host].shared { builder.token_store(store) } else { builder };
        builder.build().unwrap_or_else(|error| panic!("{error}"))
    };
    // Of a host that is shared two, which know of each other's tokens by their store alone.
    let clients = |host: usize| {
        let shared = world.number(2) == 0;
        world.lock().hosts[host].shared = shared;
        (0..if shared { 2 } else { 1 }).map(|_| client(host)).collect::<Vec<_>>()
    };
    let clients: Vec<_> = (0..HOSTS).map(clients).collect();
    let storm = tokio::spawn(network::storm(world.clone()));
    let mut callers = JoinSet::new();
    for (host, clients) in clients.iter().enumerate() {
        for (caller, client) in (0..CALLERS).zip(clients.iter().cycle()) {
            callers.spawn(calls(world.clone(), client.clone(), host, caller));
        }
    }
    let told: Vec<Vec<Told>> = callers.join_all().await;
    storm.abort();
    network::calm(world);
    tokio::time::sleep(QUIET).await;
    writes(world, told.into_iter().flatten());
    afterwards(world, &clients).await;
}

/// What one caller does; ids of writes are its own.
async fn calls(world: World, client: Client, host: usize, caller: u64) -> Vec<Told> {
    let mut told = Vec::new();
    for step in 0..5 {
        world.pass(15_000).await;
        if world.number(2) == 0 {
            if let Err(error) = list(&world, &client).await {
                world.note(format_args!("{host}.{caller} list: {error}"));
            }
            continue;
        }
        let id = (host as u64 * CALLERS + caller) * 100 + step;
        let write = operation("insync.devices.decommission").arg("deviceID", id as i64);
        // Some callers go away in the middle.
        let patience = Duration::from_millis(if world.number(5) == 0 { world.number(3000) } else { 86_400_000 });
        let answer = tokio::time::timeout(patience, in_time(&world, client.execute(&write))).await;
        let result = answer.ok().map(|result| result.map(|_| ()).map_err(|error| error.may_have_been_applied()));
        world.note(format_args!("{host}.{caller} write {id}: {result:?}"));
        told.push((id, result));
    }
    told
}

fn operation(id: &str) -> Call {
    Call::by_id(id).unwrap_or_else(|error| panic!("{error}"))
}

/// Holds a call to its deadline.
async fn in_time<T>(world: &World, call: impl Future<Output = T>) -> T {
    let begun = Instant::now();
    let result = call.await;
    // Timers count whole milliseconds.
    if begun.elapsed() > TIMEOUT + Duration::from_millis(2) {
        world.broken(format_args!("a call took {:?}", begun.elapsed()));
    }
    result
}

/// Reads the whole list, or fails.
async fn list(world: &World, client: &Client) -> Result<(), Error> {
    let mut pages = client.pages(operation("insync.devices.list"))?;
    let mut ids = Vec::new();
    while let Some(page) = in_time(world, pages.next()).await? {
        let rows = page.json()?.get("devices").unwrap_or_else(Json::null);
        ids.extend(rows.elements().filter_map(|row| row.read::<i64>("deviceID")));
    }
    if !ids.iter().copied().eq(0..(PAGES * ROWS) as i64) {
        world.broken(format_args!("a list that ended well has {ids:?}"));
    }
    Ok(())
}

/// Compares what callers were told of their writes with what was done.
fn writes(world: &World, told: impl Iterator<Item = Told>) {
    for (id, told) in told {
        let done: u32 = world.lock().hosts.iter().filter_map(|host| host.written.get(&id)).sum();
        let right = match told {
            Some(Ok(())) => done == 1,
            Some(Err(Applied::No)) => done == 0,
            _ => done <= 1,
        };
        if !right {
            world.broken(format_args!("write {id} was done {done} times, and its caller was told {told:?}"));
        }
    }
}

/// When everything works again, everything succeeds, with one new token for all.
async fn afterwards(world: &World, clients: &[Vec<Client>]) {
    for (host, clients) in clients.iter().enumerate() {
        world.lock().hosts[host].asked = 0;
        let mut callers = JoinSet::new();
        for (_, client) in (0..CALLERS).zip(clients.iter().cycle()) {
            let (world, client) = (world.clone(), client.clone());
            callers.spawn(async move {
                if let Err(error) = list(&world, &client).await {
                    world.broken(format_args!("a list failed in the calm: {error}"));
                }
            });
        }
        callers.join_all().await;
        let asked = world.lock().hosts[host].asked;
        if asked != 1 {
            world.broken(format_args!("{CALLERS} callers asked host {host} for {asked} tokens"));
        }
    }
}
