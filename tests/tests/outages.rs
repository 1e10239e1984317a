//! Servers that are out, silent or endless, and connections that close as they are used again.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

use druva::{Call, Cancel, Client, Error, Kind};
use druva_emulator::{Emulator, Options};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const TOKEN: &str = r#"{"access_token":"t","token_type":"Bearer","expires_in":1800}"#;

fn emulator() -> Emulator {
    Emulator::start(Options { devices: 2, users: Some(2), ..Options::default() }).unwrap()
}

fn control(emulator: &Emulator, command: &Value) -> Value {
    serde_json::from_str(&emulator.control(&command.to_string()).unwrap()).unwrap()
}

fn client(url: &str) -> druva::Builder {
    Client::builder().client_id("id").client_secret("secret").base_url(url).backoff(Duration::from_millis(1))
}

fn of(emulator: &Emulator) -> druva::Builder {
    client(&emulator.url()).client_id(emulator.client_id()).client_secret(emulator.client_secret())
}

fn write(name: &str) -> Call {
    let arguments = json!({"userName": "Ann", "emailID": name, "profileID": 1, "storageID": 1});
    Call::by_id("insync.users.create").unwrap().args(arguments.to_string().as_bytes()).unwrap()
}

fn read() -> Call {
    Call::by_id("insync.devices.list").unwrap()
}

/// How many requests came for each call while everything was out.
async fn factor(out: &str) -> f64 {
    const CALLS: usize = 1000;
    let emulator = emulator();
    control(&emulator, &json!({"do": "fault", "operation": out, "status": 503, "count": null}));
    let client = of(&emulator).max_attempts(5).build().unwrap();
    for _ in 0..CALLS {
        client.execute(&read()).await.unwrap_err();
        // Who comes within `backoff` is told of the last failed fetch, and asks for nothing.
        client.advance_clock(Duration::from_millis(10));
    }
    let log = control(&emulator, &json!({"do": "log"}));
    let sent = log["requests"].as_array().unwrap().iter().filter(|request| request["operation"] == out).count();
    sent as f64 / CALLS as f64
}

#[tokio::test]
async fn an_outage_costs_little_more_than_a_request_for_each_call() {
    for out in ["insync.devices.list", "token"] {
        let factor = factor(out).await;
        println!("{out} is out: {factor:.3} requests for each of 1000 calls that may make 5 attempts");
        assert!((1.0..=1.102).contains(&factor), "{factor}");
    }
}

/// Reads a request whole; its body.
fn request(reader: &mut BufReader<TcpStream>) -> Option<(String, Vec<u8>)> {
    let (mut first, mut length) = (String::new(), 0);
    reader.read_line(&mut first).ok().filter(|read| *read > 0)?;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line == "\r\n" {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((first, body))
}

fn answer(stream: &mut TcpStream, body: &str) -> std::io::Result<()> {
    let head = format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n", body.len());
    stream.write_all((head + body).as_bytes())
}

/// A server whose connections close as they may be used again; what it has done, by name.
fn closing() -> (String, Arc<Mutex<HashMap<String, usize>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let done = Arc::<Mutex<HashMap<String, usize>>>::default();
    let journal = done.clone();
    std::thread::spawn(move || {
        for (at, stream) in listener.incoming().map_while(Result::ok).enumerate() {
            let journal = journal.clone();
            std::thread::spawn(move || {
                stream.set_nodelay(true).unwrap();
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                let mut stream = stream;
                let carry_out = |body: &[u8]| {
                    let body: Value = serde_json::from_slice(body).unwrap_or_default();
                    if let Some(name) = body["emailID"].as_str() {
                        *journal.lock().unwrap().entry(name.to_owned()).or_default() += 1;
                    }
                };
                for _ in 0..if at % 10 > 6 { 5 } else { 1 } {
                    let Some((first, body)) = request(&mut reader) else { return };
                    carry_out(&body);
                    let text = if first.contains("token") { TOKEN } else { r#"{"devices":[]}"# };
                    if answer(&mut stream, text).is_err() {
                        return;
                    }
                }
                match at % 10 {
                    // One byte of the next request is read: closing with the others unread resets.
                    0 => drop(stream.read(&mut [0])),
                    // The next request is carried out, and nobody answers it.
                    1 => drop(request(&mut reader).map(|(_, body)| carry_out(&body))),
                    _ => {}
                }
            });
        }
    });
    (url, done)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_close_as_they_are_used_again_cost_no_read_and_double_no_write() {
    const EACH: usize = 500;
    let (url, done) = closing();
    let client = client(&url).max_attempts(6).build().unwrap();
    let callers: Vec<_> = (0..8)
        .map(|caller| {
            let client = client.clone();
            tokio::spawn(async move {
                let mut told = Vec::new();
                for at in 0..EACH {
                    client.execute(&read()).await.unwrap();
                    let name = format!("{caller}-{at}");
                    told.push((name.clone(), client.execute(&write(&name)).await.map(drop)));
                }
                told
            })
        })
        .collect();
    let mut told: Vec<(String, Result<(), Error>)> = Vec::new();
    for caller in callers {
        told.extend(caller.await.unwrap());
    }
    let done = done.lock().unwrap();
    let mut unknown = 0;
    for (name, outcome) in &told {
        let times = done.get(name).copied().unwrap_or_default();
        let right = match outcome.as_ref().map_err(|error| error.may_have_been_applied().as_str()) {
            Ok(()) => times == 1,
            Err("unknown") => times <= 1,
            Err(_) => times == 0,
        };
        assert!(right, "{name} was done {times} times: {outcome:?}");
        unknown += usize::from(outcome.is_err());
    }
    println!("{} reads went well; of {} writes {unknown} ended in doubt, 0 were done twice", told.len(), told.len());
    assert!(unknown * 4 < told.len(), "{unknown} writes in doubt");
}

/// Calls with a deadline and then with a cancel: either strikes in time, and nothing was done.
async fn nothing_was_sent(what: &str, client: &Client) {
    for timeout in [true, false] {
        let cancel = Cancel::new();
        let (call, expected) = match timeout {
            true => (write("a").timeout(Duration::from_millis(200)), Kind::Timeout),
            false => (write("a").cancel(cancel.clone()), Kind::Cancelled),
        };
        let later = async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            cancel.cancel();
            std::future::pending().await
        };
        let begun = Instant::now();
        let error = tokio::select! {
            ended = client.execute(&call) => ended.map(drop).unwrap_err(),
            () = later => unreachable!(),
        };
        assert_eq!((error.kind(), error.may_have_been_applied().as_str()), (expected, "no"), "{what}: {error}");
        assert!(begun.elapsed() < Duration::from_secs(5), "{what}: {:?}", begun.elapsed());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_not_sent_is_known_not_to_be_done() {
    // Accepts by the kernel's hand alone: nobody ever answers.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap();
    nothing_was_sent("TLS that never answers", &client(&format!("https://{address}")).build().unwrap()).await;
    let proxied = client("https://druva.invalid").proxy(format!("http://{address}")).build().unwrap();
    nothing_was_sent("a proxy that never answers", &proxied).await;

    let emulator = emulator();
    control(&emulator, &json!({"do": "fault", "operation": "token", "delay": 20, "count": null}));
    nothing_was_sent("a token that never comes", &of(&emulator).build().unwrap()).await;
    control(&emulator, &json!({"do": "reset"}));
    let limited = of(&emulator).max_attempts(1).build().unwrap();
    let wish =
        json!({"do": "fault", "operation": "insync.users.create", "status": 429, "headers": {"retry-after": "30"}});
    control(&emulator, &wish);
    limited.execute(&write("first")).await.unwrap_err();
    nothing_was_sent("a turn that never comes", &limited).await;
    let log = control(&emulator, &json!({"do": "log"}));
    assert!(
        log["requests"]
            .as_array()
            .unwrap()
            .iter()
            .all(|request| request["operation"] == "token" || request["fault"] == true)
    );

    // Gives a token and closes; then its queue of connections is full, and no further one is opened.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let full = socket.listen(0).unwrap();
    let address = full.local_addr().unwrap();
    let client = client(&format!("http://{address}")).build().unwrap();
    let first = client.clone();
    let first = tokio::spawn(async move { first.execute(&write("a").timeout(Duration::from_millis(500))).await });
    let stream = full.accept().await.unwrap().0.into_std().unwrap();
    stream.set_nonblocking(false).unwrap();
    tokio::task::block_in_place(|| {
        let mut stream = stream;
        request(&mut BufReader::new(stream.try_clone().unwrap())).unwrap();
        // The queue fills before the client can take a place in it.
        let hold: Vec<_> = (0..4).map(|_| TcpStream::connect_timeout(&address, Duration::from_millis(50))).collect();
        let head = format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{TOKEN}", TOKEN.len());
        stream.write_all(head.as_bytes()).unwrap();
        std::mem::forget(hold);
    });
    let error = first.await.unwrap().map(drop).unwrap_err();
    assert_eq!((error.kind(), error.may_have_been_applied().as_str()), (Kind::Timeout, "no"), "{error}");
    nothing_was_sent("a connection that never opens", &client).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endless_answer_is_an_error_and_is_not_asked_for_again() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (asked, written) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (count, sum) = (asked.clone(), written.clone());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let (count, sum) = (count.clone(), sum.clone());
            std::thread::spawn(move || {
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                while let Some((first, _)) = request(&mut reader) {
                    if first.contains("token") {
                        answer(&mut stream, TOKEN).unwrap();
                        continue;
                    }
                    count.fetch_add(1, Ordering::Relaxed);
                    let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
                    let chunk = [&b"100000\r\n"[..], &vec![b' '; 1 << 20], b"\r\n"].concat();
                    let mut sent = stream.write_all(head.as_bytes());
                    while sent.is_ok() {
                        sent = stream.write_all(&chunk);
                        sum.fetch_add(1, Ordering::Relaxed);
                    }
                    return;
                }
            });
        }
    });
    let error = client(&url).build().unwrap().execute(&read()).await.map(drop).unwrap_err();
    assert!(error.message().contains("larger than 256 MiB"), "{error}");
    let (asked, written) = (asked.load(Ordering::Relaxed), written.load(Ordering::Relaxed));
    println!("{asked} request, {written} MiB written before the client went away");
    assert_eq!(asked, 1);
    assert!(written < 300, "{written} MiB");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_calls_at_once_do_not_need_a_thousand_connections() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (open, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (opened, highest) = (open.clone(), most.clone());
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let (open, most) = (opened.clone(), highest.clone());
            std::thread::spawn(move || {
                most.fetch_max(open.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                answer_slowly(stream);
                open.fetch_sub(1, Ordering::SeqCst);
            });
        }
    });
    let client = client(&url).build().unwrap();
    let calls = (0..1_000).map(|_| {
        let client = client.clone();
        tokio::spawn(async move { client.execute(&read()).await.map(drop) })
    });
    for call in calls.collect::<Vec<_>>() {
        call.await.unwrap().unwrap();
    }
    let most = most.load(Ordering::SeqCst);
    println!("1000 calls at once: at most {most} connections");
    // The pool opens one more where a request finds none idle, and another comes free meanwhile.
    assert!((100..=256).contains(&most), "{most} connections");
}

/// Answers every request of a connection, each after a while.
fn answer_slowly(mut stream: TcpStream) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    while let Some((first, _)) = request(&mut reader) {
        std::thread::sleep(Duration::from_millis(10));
        let body = if first.contains("token") { TOKEN } else { r#"{"devices":[]}"# };
        if answer(&mut stream, body).is_err() {
            return;
        }
    }
}
