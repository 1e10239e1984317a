//! Connections that delay, hold, break and lose what is sent.

use crate::server;
use crate::world::{Weather, World};
use std::io;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, duplex, split};

const BUFFER: usize = 1 << 16;

/// Opens a connection to a host.
pub(crate) async fn connect(world: World, host: usize) -> io::Result<DuplexStream> {
    world.pass(30).await;
    let now = world.weather(host, |weather| !weather.held).await;
    if now.down {
        world.note(format_args!("{host} refuses a connection"));
        return Err(io::ErrorKind::ConnectionRefused.into());
    }
    let (near, left) = duplex(BUFFER);
    let (right, far) = duplex(BUFFER);
    tokio::spawn(server::converse(world.clone(), host, now.number, far));
    tokio::spawn(async move {
        let (from_client, to_client) = split(left);
        let (from_server, to_server) = split(right);
        let up = carry(&world, host, true, from_client, to_server);
        let down = carry(&world, host, false, from_server, to_client);
        tokio::select! {
            biased;
            _ = world.weather(host, |weather| weather.number != now.number) => world.note(format_args!("{host} connection broken")),
            Err(error) = async { tokio::try_join!(up, down) } => world.note(format_args!("{host} connection ends: {error}")),
            else => {}
        }
    });
    Ok(near)
}

/// Carries one direction until it ends.
async fn carry(
    world: &World,
    host: usize,
    up: bool,
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
) -> io::Result<()> {
    let mut buffer = vec![0; BUFFER];
    loop {
        let length = from.read(&mut buffer).await?;
        if length == 0 {
            return to.shutdown().await;
        }
        let bytes = &buffer[..length];
        if up {
            world.leaves(host, bytes);
        }
        world.pass(if world.strikes(20) { 20_000 } else { 40 }).await;
        world.weather(host, |weather| !weather.held).await;
        if world.strikes(40) {
            return Err(io::Error::other("lost"));
        }
        if world.strikes(40) {
            to.write_all(&bytes[..length / 2]).await?;
            return Err(io::Error::other("cut"));
        }
        to.write_all(bytes).await?;
    }
}

/// Holds, breaks, takes down and brings back, until the storm ends.
pub(crate) async fn storm(world: World) {
    loop {
        world.pass(20_000).await;
        let hosts = world.lock().hosts.len() as u64;
        let host = world.number(hosts) as usize;
        match world.number(4) {
            0 => {
                world.change(host, "held", |weather| weather.held = true);
                world.pass(40_000).await;
                world.change(host, "released", |weather| weather.held = false);
            }
            1 => world.change(host, "breaks", |weather| weather.number += 1),
            2 => {
                world.lock().hosts[host].tokens.clear();
                world.note(format_args!("{host} takes no old token"));
            }
            _ => {
                world.change(host, "crashes", |weather| {
                    weather.down = true;
                    weather.number += 1;
                });
                tokio::time::sleep(Duration::from_secs(1 + world.number(30))).await;
                world.change(host, "is back", |weather| weather.down = false);
            }
        }
    }
}

/// Ends every fault.
pub(crate) fn calm(world: &World) {
    world.lock().storm = false;
    let hosts = world.lock().hosts.len();
    for host in 0..hosts {
        world.change(host, "calm", |weather| *weather = Weather { number: weather.number, ..Weather::default() });
    }
}
