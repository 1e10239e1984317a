//! Calls that end in the instant in which a connection has their request in hand: none of it is written.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

use druva::{Call, Cancel, Client};
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::thread::JoinHandle;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(20);
const SHORT: Duration = Duration::from_millis(200);
const ANSWER: &str = r#"{"access_token":"t","expires_in":1800,"devices":[]}"#;

#[derive(Debug, Clone, Copy, PartialEq)]
enum Ends {
    Deadline,
    Cancel,
    /// One attempt ends; the call goes on with another, over another connection.
    Attempt,
}

/// Says the same to everybody; with all that it was told when it is over.
struct Server {
    address: SocketAddr,
    over: Arc<AtomicBool>,
    heard: JoinHandle<String>,
}

impl Server {
    fn start(close: bool) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, over) = (listener.local_addr().unwrap(), Arc::<AtomicBool>::default());
        let ended = over.clone();
        let heard = std::thread::spawn(move || {
            let streams = listener.incoming().flatten().take_while(|_| !ended.load(Ordering::SeqCst));
            let connections: Vec<_> =
                streams.map(|stream| std::thread::spawn(move || converse(stream, close))).collect();
            connections.into_iter().map(|connection| connection.join().unwrap()).collect()
        });
        Server { address, over, heard }
    }

    /// When the client's connections are closed: what they brought.
    fn heard(self) -> String {
        self.over.store(true, Ordering::SeqCst);
        TcpStream::connect(self.address).unwrap();
        self.heard.join().unwrap()
    }
}

fn converse(mut stream: TcpStream, close: bool) -> String {
    let (mut heard, mut buffer) = (String::new(), [0; 4096]);
    // A request is short enough to come in one piece.
    while let Ok(length @ 1..) = stream.read(&mut buffer) {
        heard += &String::from_utf8_lossy(&buffer[..length]);
        let end = if close { "connection: close\r\n" } else { "" };
        let answer = format!("HTTP/1.1 200 -\r\n{end}content-length: {}\r\n\r\n{ANSWER}", ANSWER.len());
        if stream.write_all(answer.as_bytes()).is_err() || close {
            break;
        }
    }
    heard
}

/// How often a write was sent that was given up, and what its caller was told.
fn sent(ends: Ends, close: bool) -> (usize, Result<(), &'static str>) {
    let server = Server::start(close);
    let client =
        Client::builder().client_id("id").client_secret("secret").base_url(format!("http://{}", server.address));
    let client = client.attempt_timeout(if ends == Ends::Attempt { SHORT } else { PATIENCE }).build().unwrap();
    let cancel = Cancel::new();
    let write = Call::by_id("insync.devices.decommission").unwrap().arg("deviceID", 1).cancel(cancel.clone());
    let write = write.timeout(if ends == Ends::Deadline { SHORT } else { PATIENCE });
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    // Now there is a token, and a connection that may be used again.
    runtime.block_on(client.execute(&Call::by_id("insync.devices.list").unwrap())).unwrap();
    let (told, ended) = channel();
    druva::simulation::in_hand(move || {
        if ends == Ends::Cancel {
            cancel.cancel();
        }
        // The connection stands still until the call has ended.
        ended.recv_timeout(PATIENCE).unwrap();
    });
    let result = runtime.block_on(client.execute(&write));
    told.send(()).unwrap();
    // Ends the connections, each when it has done what it was about to do.
    drop((client, runtime));
    let times = server.heard().matches("/decommission").count();
    (times, result.map(drop).map_err(|error| error.may_have_been_applied().as_str()))
}

#[test]
fn what_is_given_up_in_the_hand_of_its_connection_is_never_written() {
    for close in [false, true] {
        assert_eq!(sent(Ends::Deadline, close), (0, Err("no")), "connections used once: {close}");
        assert_eq!(sent(Ends::Cancel, close), (0, Err("no")), "connections used once: {close}");
        assert_eq!(sent(Ends::Attempt, close), (1, Ok(())), "connections used once: {close}");
    }
}
