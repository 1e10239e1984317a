//! A server that grants so many requests a second, and a client that learns it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

use druva::Client;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// One request in this time is granted; at most `BURST` that nobody used are kept.
const GRANT: Duration = Duration::from_millis(20);
const BURST: u32 = 5;

/// When each call came, and what it was answered.
type Journal = Arc<Mutex<Vec<(Instant, u16)>>>;

/// Starts the server; `retry_after` stands in every 429 where it is given.
fn server(retry_after: Option<&'static str>) -> (String, Journal) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let journal = Journal::default();
    let bucket = Arc::new(Mutex::new((Instant::now(), BURST)));
    let written = journal.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let (journal, bucket) = (written.clone(), bucket.clone());
            std::thread::spawn(move || serve(stream, &journal, &bucket, retry_after));
        }
    });
    (url, journal)
}

fn serve(mut stream: TcpStream, journal: &Journal, bucket: &Mutex<(Instant, u32)>, retry_after: Option<&str>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    loop {
        let (mut first, mut length) = (String::new(), 0);
        if reader.read_line(&mut first).unwrap_or(0) == 0 {
            return;
        }
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            if line == "\r\n" {
                break;
            }
        }
        reader.read_exact(&mut vec![0; length]).unwrap();
        let token = first.contains("token");
        let granted = token || {
            let mut bucket = bucket.lock().unwrap();
            while bucket.0.elapsed() >= GRANT {
                bucket.0 += GRANT;
                bucket.1 = (bucket.1 + 1).min(BURST);
            }
            let granted = bucket.1 > 0;
            bucket.1 = bucket.1.saturating_sub(1);
            granted
        };
        if !token {
            journal.lock().unwrap().push((Instant::now(), if granted { 200 } else { 429 }));
        }
        let body = if token { r#"{"access_token":"t","token_type":"Bearer","expires_in":1800}"# } else { "{}" };
        let status = if granted { "200 OK" } else { "429 Too Many Requests" };
        let wish = retry_after.filter(|_| !granted).map(|wish| format!("retry-after: {wish}\r\n")).unwrap_or_default();
        let answer = format!(
            "HTTP/1.1 {status}\r\ncontent-type: application/json\r\n{wish}content-length: {}\r\n\r\n{body}",
            body.len()
        );
        if stream.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

fn client(url: &str) -> Client {
    Client::builder().client_id("id").client_secret("secret").base_url(url).build().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clones_learn_together_what_a_server_grants() {
    let (url, journal) = server(None);
    let client = client(&url);
    let tasks: Vec<_> = (0..32)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move {
                let mut lost = 0;
                for _ in 0..10 {
                    lost += usize::from(client.insync().devices().get(1).await.is_err());
                }
                lost
            })
        })
        .collect();
    let mut lost = 0;
    for task in tasks {
        lost += task.await.unwrap();
    }
    let journal = journal.lock().unwrap();
    let refused = journal.iter().filter(|(_, status)| *status == 429).count();
    println!("lost {lost} of 320 calls; {} requests, {refused} refused", journal.len());
    assert!(lost <= 16, "{lost} of 320 calls were lost");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_clone_sends_before_the_time_that_a_429_names() {
    let (url, journal) = server(Some("1"));
    // Without a second attempt: whoever waits does so for what another clone was told.
    let client =
        Client::builder().client_id("id").client_secret("secret").base_url(&url).max_attempts(1).build().unwrap();
    let one = |client: Client| async move { client.insync().devices().get(1).await.map(drop) };
    let all: Vec<_> = (0..24).map(|_| tokio::spawn(one(client.clone()))).collect();
    for call in all {
        let _answered_or_refused = call.await.unwrap();
    }
    one(client.clone()).await.unwrap();
    let journal = journal.lock().unwrap();
    let (refused, _) = journal.iter().find(|(_, status)| *status == 429).unwrap();
    let after: Vec<Duration> = journal.iter().map(|(at, _)| at.saturating_duration_since(*refused)).collect();
    // What was on its way with the refused one comes a little later.
    let (soon, named) = (Duration::from_millis(500), Duration::from_millis(990));
    let early: Vec<_> = after.iter().filter(|after| (soon..named).contains(after)).collect();
    assert!(early.is_empty() && after.last() >= Some(&named), "sent after {after:?}");
}
