//! Tokens in a real Redis, shared by clients that know nothing of each other, against the emulator.
#![allow(clippy::unwrap_used, missing_docs, reason = "a test")]

use druva::{Builder, Call, Client, Kind};
use druva_conformance::stores::redis::{Redis, free_port};
use druva_emulator::{Emulator, Options};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::time::{Duration, Instant};

fn redis() -> Option<Redis> {
    Redis::start(&[]).unwrap()
}

fn ask(redis: &Redis, words: &[&str]) -> String {
    redis.ask(words).unwrap()
}

/// The names of what is stored.
fn keys(redis: &Redis) -> String {
    ask(redis, &["KEYS", "druva:*"])
}

fn builder(emulator: &Emulator, store: impl Into<String>) -> Builder {
    Client::builder()
        .client_id(emulator.client_id())
        .client_secret(emulator.client_secret())
        .base_url(emulator.url())
        .timeout(Duration::from_secs(20))
        .token_store(store.into())
}

fn emulator() -> Emulator {
    Emulator::start(Options { devices: 5, ..Options::default() }).unwrap()
}

async fn call(client: &Client) -> druva::Result<()> {
    client.execute(&Call::by_id("insync.devices.list")?).await.map(drop)
}

async fn newcomer(emulator: &Emulator, store: impl Into<String>) {
    call(&builder(emulator, store).build().unwrap()).await.unwrap();
}

fn minted(emulator: &Emulator) -> u64 {
    let log = emulator.control(r#"{"do":"log"}"#).unwrap();
    druva::Json::parse(log.as_bytes()).unwrap().get("tokens_minted").and_then(|count| count.as_f64()).unwrap() as u64
}

#[tokio::test]
async fn many_clients_mint_one_and_one_after_a_refusal() {
    let Some(redis) = redis() else { return };
    let emulator = emulator();
    emulator.control(r#"{"do":"fault","operation":"token","delay":0.3,"count":null}"#).unwrap();
    let clients: Vec<Client> = (0..50).map(|_| builder(&emulator, redis.url()).build().unwrap()).collect();
    for wanted in [1, 2] {
        let calls: Vec<_> =
            clients.iter().cloned().map(|client| tokio::spawn(async move { call(&client).await })).collect();
        for call in calls {
            call.await.unwrap().unwrap();
        }
        assert_eq!(minted(&emulator), wanted);
        emulator.control(r#"{"do":"revoke"}"#).unwrap();
    }
    // The lock is gone, and the token goes when it is over.
    let key = keys(&redis);
    assert!(!key.contains(":lock") && !key.is_empty(), "{key}");
    let left: u64 = ask(&redis, &["PTTL", &key]).parse().unwrap();
    assert!((1_000_000..=1_770_000).contains(&left), "{left}");
}

#[tokio::test]
async fn garbage_is_replaced_and_a_dead_holder_costs_a_lease() {
    let Some(redis) = redis() else { return };
    let emulator = emulator();
    newcomer(&emulator, redis.url()).await;
    let key = keys(&redis);
    ask(&redis, &["SET", &key, "garbage"]);
    newcomer(&emulator, redis.url()).await;
    newcomer(&emulator, redis.url()).await;
    assert_eq!(minted(&emulator), 2);
    ask(&redis, &["DEL", &key]);
    ask(&redis, &["SET", &format!("{key}:lock"), "dead", "PX", "1000"]);
    let short = builder(&emulator, redis.url()).timeout(Duration::from_millis(200)).build().unwrap();
    assert_eq!(call(&short).await.unwrap_err().kind(), Kind::Timeout);
    assert_eq!(minted(&emulator), 2, "minted beside the holder");
    newcomer(&emulator, redis.url()).await;
    assert_eq!(minted(&emulator), 3);
}

#[tokio::test]
async fn a_lock_that_went_to_another_stores_nothing() {
    let Some(redis) = redis() else { return };
    let emulator = emulator();
    emulator.control(r#"{"do":"fault","operation":"token","delay":0.5}"#).unwrap();
    let client = builder(&emulator, redis.url()).build().unwrap();
    let late = tokio::spawn(async move { call(&client).await });
    let begun = Instant::now();
    while minted(&emulator) == 0 {
        assert!(begun.elapsed() < Duration::from_secs(10));
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let lock = keys(&redis);
    ask(&redis, &["SET", &lock, "another", "PX", "60000"]);
    late.await.unwrap().unwrap();
    assert_eq!(keys(&redis), lock, "a token was stored without the lock");
    assert_eq!(ask(&redis, &["GET", &lock]), "another", "another's lock was freed");
}

#[tokio::test]
async fn a_redis_that_is_away_refuses_or_talks_nonsense_stops_nobody() {
    let emulator = emulator();
    let free = free_port().unwrap();
    newcomer(&emulator, format!("redis://127.0.0.1:{free}")).await;
    for answer in ["+hello\r\n", "$99999999999\r\n", "\0\0\0\n", "$5\r\nab", ""] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let _ = stream.read(&mut [0; 1024]);
                let _ = stream.write_all(answer.as_bytes());
            }
        });
        newcomer(&emulator, format!("redis://127.0.0.1:{port}")).await;
    }
    // It takes connections and never answers.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    newcomer(&emulator, format!("redis://127.0.0.1:{}", silent.local_addr().unwrap().port())).await;
    let Some(redis) = redis() else { return };
    newcomer(&emulator, format!("redis://:wrong@127.0.0.1:{}", redis.port())).await;
    assert_eq!(ask(&redis, &["DBSIZE"]), "0");
    let client = builder(&emulator, redis.url()).build().unwrap();
    drop(redis);
    call(&client).await.unwrap();
}

#[tokio::test]
async fn an_address_that_is_none_is_a_config_error_and_not_shown() {
    for address in ["redis://", "redis:hunter2", "redis://:hunter2@host/one", "redis://:hunter2%2@host"] {
        let error = builder(&emulator(), address).build().map(drop).unwrap_err();
        assert!(error.kind() == Kind::Config && !error.to_string().contains("hunter2"), "{error}");
    }
}
