//! Stands between clients and the emulator, and breaks connections where the emulator cannot.

use fastrand::Rng;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy, sink};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, JoinSet};

/// How long connections may take to end when their clients have gone.
const PATIENCE: Duration = Duration::from_secs(10);

/// A relay to one server.
#[derive(Debug)]
pub struct Relay {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    work: JoinHandle<io::Result<()>>,
}

impl Relay {
    /// Listens on loopback.
    ///
    /// # Errors
    /// No port.
    pub async fn start(target: SocketAddr, rng: Rng) -> io::Result<Relay> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (stop, stopped) = oneshot::channel();
        Ok(Relay { address, stop, work: tokio::spawn(serve(listener, address, target, rng, stopped)) })
    }

    /// Its base URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Ends when every connection has: what was sent before has then been looked at by the server.
    ///
    /// # Errors
    /// A connection that its client left open.
    pub async fn end(self) -> Result<(), String> {
        let _ = self.stop.send(());
        match tokio::time::timeout(PATIENCE, self.work).await {
            Ok(Ok(ended)) => ended.map_err(|error| format!("the relay: {error}")),
            Ok(Err(panic)) => Err(format!("the relay: {panic}")),
            Err(_) => Err("a client that was closed left a connection open".to_owned()),
        }
    }
}

async fn serve(
    listener: TcpListener,
    address: SocketAddr,
    target: SocketAddr,
    mut rng: Rng,
    mut stopped: oneshot::Receiver<()>,
) -> io::Result<()> {
    let mut open = JoinSet::new();
    {
        // Closed before the wait for what is open.
        let mut listener = listener;
        loop {
            let client = tokio::select! {
                _ = &mut stopped => break,
                accepted = listener.accept() => accepted?.0,
            };
            match rng.u32(0..100) {
                0..4 => {
                    // Nobody listens for a moment: connections are refused.
                    drop((client, listener));
                    listener = tokio::select! {
                        _ = &mut stopped => break,
                        again = listen_again(address) => again?,
                    };
                }
                4..10 => client.set_zero_linger()?,
                10..30 => drop(open.spawn(carry(client, target, rng.u64(1..4000)))),
                _ => drop(open.spawn(carry(client, target, u64::MAX))),
            }
        }
    }
    while open.join_next().await.is_some() {}
    Ok(())
}

/// Listens a moment later; where the system has lent the port to a connection meanwhile, when that has ended.
async fn listen_again(address: SocketAddr) -> io::Result<TcpListener> {
    loop {
        tokio::time::sleep(Duration::from_millis(2)).await;
        match TcpListener::bind(address).await {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
            listener => return listener,
        }
    }
}

/// Carries bytes to and fro until one side closes, or that many were sent: in the middle of a request or between two.
async fn carry(mut client: TcpStream, target: SocketAddr, cut: u64) -> io::Result<()> {
    let mut server = TcpStream::connect(target).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let broken = {
        let (from, mut to) = client.split();
        let (mut answers, mut requests) = server.split();
        let mut from = from.take(cut);
        tokio::select! {
            sent = copy(&mut from, &mut requests) => sent.is_ok_and(|sent| sent == cut),
            answered = copy(&mut answers, &mut to) => answered.is_err(),
        }
    };
    if broken {
        client.set_zero_linger()?;
    }
    drop(client);
    server.shutdown().await?;
    copy(&mut server, &mut sink()).await.map(drop)
}
