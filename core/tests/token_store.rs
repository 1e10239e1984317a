//! Tokens in files, shared by clients that know nothing of each other, against the emulator.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use druva::{Builder, Client, Kind};
use druva_emulator::{Emulator, Options};
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::time::Duration;

struct Stage {
    emulator: Emulator,
    folder: tempfile::TempDir,
}

impl Stage {
    fn new() -> Stage {
        let emulator = Emulator::start(Options { devices: 5, ..Options::default() }).unwrap();
        Stage { emulator, folder: tempfile::tempdir().unwrap() }
    }

    fn store(&self) -> PathBuf {
        self.folder.path().join("tokens")
    }

    fn builder(&self) -> Builder {
        common::client(&self.emulator).token_store(format!("file:{}", self.store().display()))
    }

    fn client(&self) -> Client {
        self.builder().build().unwrap()
    }

    /// A client of its own makes a call.
    async fn newcomer(&self) {
        call(&self.client()).await.unwrap();
    }

    fn control(&self, command: &str) -> String {
        self.emulator.control(command).unwrap()
    }

    fn minted(&self) -> u64 {
        let log = druva::Json::parse(self.control(r#"{"do":"log"}"#).as_bytes()).unwrap();
        log.get("tokens_minted").and_then(|count| count.as_f64()).unwrap() as u64
    }

    /// The only file whose name ends so.
    fn file(&self, suffix: &str) -> PathBuf {
        let name = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().into_owned();
        let mut found: Vec<PathBuf> = fs::read_dir(self.store()).unwrap().map(|entry| entry.unwrap().path()).collect();
        found.retain(|path| if suffix.is_empty() { !name(path).contains('.') } else { name(path).ends_with(suffix) });
        assert_eq!(found.len(), 1, "{found:?}");
        found.remove(0)
    }
}

async fn call(client: &Client) -> druva::Result<()> {
    client.execute(&druva::Call::by_id("insync.devices.list")?).await.map(drop)
}

#[tokio::test]
async fn a_token_is_shared_sealed_and_closed_to_others() {
    let stage = Stage::new();
    stage.newcomer().await;
    stage.newcomer().await;
    assert_eq!(stage.minted(), 1);
    assert_eq!(fs::metadata(stage.store()).unwrap().mode() & 0o777, 0o700);
    for file in [stage.file(""), stage.file(".lock")] {
        assert_eq!(fs::metadata(file).unwrap().mode() & 0o777, 0o600);
    }
    let stored = fs::read(stage.file("")).unwrap();
    let holds = |text: &str| stored.windows(text.len()).any(|window| window == text.as_bytes());
    let tokens = stage.control(r#"{"do":"tokens"}"#);
    let token = tokens.split('"').find(|part| part.len() > 20).unwrap();
    assert!(!holds(token) && !holds(&stage.emulator.client_id()) && !holds(&stage.emulator.client_secret()));
    assert_eq!(fs::read_dir(stage.store()).unwrap().count(), 2);
}

/// Spoils the stored token; who comes next must mint, and replace it so that the one after need not.
async fn spoiled(what: &str, spoil: impl FnOnce(&Path)) {
    let stage = Stage::new();
    stage.newcomer().await;
    spoil(&stage.file(""));
    stage.newcomer().await;
    assert_eq!(stage.minted(), 2, "{what}: believed");
    stage.newcomer().await;
    assert_eq!(stage.minted(), 2, "{what}: not replaced");
    let stored = fs::symlink_metadata(stage.file("")).unwrap();
    assert!(stored.is_file() && stored.mode() & 0o777 == 0o600, "{what}");
}

#[tokio::test]
async fn what_is_no_token_of_ours_is_replaced() {
    let rewrite = |change: fn(&mut Vec<u8>)| {
        move |path: &Path| {
            let mut content = fs::read(path).unwrap();
            change(&mut content);
            fs::write(path, content).unwrap();
        }
    };
    spoiled("empty", rewrite(Vec::clear)).await;
    spoiled("cut off", rewrite(|content| content.truncate(content.len() / 2))).await;
    spoiled("one bit", rewrite(|content| *content.last_mut().unwrap() ^= 1)).await;
    spoiled("a newer form", rewrite(|content| content[12] = b'2')).await;
    spoiled("huge", rewrite(|content| content.resize(1 << 20, 0))).await;
    spoiled("open to others", |path| fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap()).await;
    spoiled("a pipe", |path| {
        fs::remove_file(path).unwrap();
        assert!(std::process::Command::new("mkfifo").arg("-m600").arg(path).status().unwrap().success());
    })
    .await;
    spoiled("a symbolic link", |path| {
        let elsewhere = path.parent().unwrap().with_file_name("elsewhere");
        fs::rename(path, &elsewhere).unwrap();
        symlink(elsewhere, path).unwrap();
    })
    .await;
    let stage = Stage::new();
    stage.newcomer().await;
    match std::os::unix::fs::chown(stage.file(""), Some(65_534), None) {
        Ok(()) => spoiled("another user's", |path| std::os::unix::fs::chown(path, Some(65_534), None).unwrap()).await,
        Err(_) => println!("left out: a file of another user, which only root can make"),
    }
}

#[tokio::test]
async fn one_tokens_file_is_not_anothers() {
    let stage = Stage::new();
    stage.newcomer().await;
    let first = stage.file("");
    let content = fs::read(&first).unwrap();
    fs::remove_file(first).unwrap();
    // The same secret with another id has the same key, but another place.
    let other = Emulator::start(Options {
        client_id: Some("another".to_owned()),
        client_secret: Some(stage.emulator.client_secret()),
        ..Options::default()
    })
    .unwrap();
    let open = || stage.builder().base_url(other.url()).client_id("another").build().unwrap();
    call(&open()).await.unwrap();
    fs::write(stage.file(""), content).unwrap();
    call(&open()).await.unwrap();
    let log = other.control(r#"{"do":"log"}"#).unwrap();
    assert!(log.contains(r#""tokens_minted":2"#), "the token of another host and id was believed");
    assert!(!log.contains(r#""status":401"#), "the token of another host and id was sent");
}

#[tokio::test]
async fn a_link_in_the_locks_place_is_not_followed() {
    let stage = Stage::new();
    stage.newcomer().await;
    let (lock, elsewhere) = (stage.file(".lock"), stage.folder.path().join("elsewhere"));
    fs::remove_file(&lock).unwrap();
    fs::remove_file(stage.file("")).unwrap();
    symlink(&elsewhere, lock).unwrap();
    stage.newcomer().await;
    assert!(!elsewhere.exists());
}

#[tokio::test]
async fn a_folder_that_cannot_serve_is_a_config_error() {
    let stage = Stage::new();
    let folder = stage.store();
    let refused = |why: &str| {
        let error = stage.builder().build().map(drop).unwrap_err();
        assert!(error.kind() == Kind::Config && error.to_string().contains(why), "{error}");
    };
    fs::create_dir(&folder).unwrap();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
    refused("is open to others");
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).unwrap();
    match std::os::unix::fs::chown(&folder, Some(65_534), None) {
        Ok(()) => refused("belongs to another user"),
        Err(_) => println!("left out: a folder of another user, which only root can make"),
    }
    let real = stage.folder.path().join("real");
    fs::rename(&folder, &real).unwrap();
    symlink(&real, &folder).unwrap();
    refused("is a symbolic link");
    fs::remove_file(&folder).unwrap();
    fs::write(&folder, "").unwrap();
    refused("cannot be made");
    let error = stage.builder().token_store("keyring:hunter2").build().map(drop).unwrap_err();
    assert!(error.kind() == Kind::Config && !error.to_string().contains("hunter2"), "{error}");
}

#[tokio::test]
async fn a_store_that_fails_later_stops_nobody() {
    let stage = Stage::new();
    let client = stage.client();
    fs::remove_dir(stage.store()).unwrap();
    fs::write(stage.store(), "").unwrap();
    call(&client).await.unwrap();
}

#[tokio::test]
async fn a_refused_token_is_replaced_once_for_all() {
    let stage = Stage::new();
    let clients: Vec<Client> = (0..8).map(|_| stage.client()).collect();
    for client in &clients {
        call(client).await.unwrap();
    }
    stage.control(r#"{"do":"revoke"}"#);
    for client in &clients {
        call(client).await.unwrap();
    }
    assert_eq!(stage.minted(), 2);
}

#[tokio::test]
async fn a_stored_token_that_was_revoked_as_well_is_replaced() {
    let stage = Stage::new();
    let client = stage.client();
    call(&client).await.unwrap();
    // Another process mints, as if the client's token were about to end; nobody has been refused yet.
    fs::remove_file(stage.file("")).unwrap();
    stage.newcomer().await;
    stage.control(r#"{"do":"revoke"}"#);
    call(&client).await.unwrap();
    assert_eq!(stage.minted(), 3, "its own, the other's, and one after both were refused");
}

#[tokio::test]
async fn a_refused_token_goes_even_when_no_other_comes() {
    let stage = Stage::new();
    let client = stage.client();
    call(&client).await.unwrap();
    stage.control(r#"{"do":"revoke"}"#);
    stage.control(r#"{"do":"fault","operation":"token","status":400,"body":{}}"#);
    assert!(call(&client).await.is_err());
    stage.control(r#"{"do":"clear_log"}"#);
    stage.newcomer().await;
    assert!(!stage.control(r#"{"do":"log"}"#).contains(r#""status":401"#), "a refused token stayed in the store");
}

#[tokio::test]
async fn a_rotated_secret_reads_no_old_token_and_mints_once() {
    let stage = Stage::new();
    stage.newcomer().await;
    stage.control(r#"{"do":"rotate","client_secret":"new"}"#);
    stage.control(r#"{"do":"clear_log"}"#);
    for _ in 0..8 {
        call(&stage.builder().client_secret("new").build().unwrap()).await.unwrap();
    }
    let log = stage.control(r#"{"do":"log"}"#);
    assert!(!log.contains(r#""status":401"#), "an old secret's token was read");
    assert_eq!(log.matches(r#""operation":"token""#).count(), 1);
}

#[tokio::test]
async fn expiry_goes_with_the_clients_clock() {
    let stage = Stage::new();
    stage.newcomer().await;
    let late = || {
        let client = stage.client();
        client.advance_clock(Duration::from_secs(1790));
        client
    };
    stage.control(r#"{"do":"advance","seconds":1790}"#);
    call(&late()).await.unwrap();
    call(&late()).await.unwrap();
    assert_eq!(stage.minted(), 2, "one for all of a later time");
    // For a clock that was set back, the token is from the future: nobody knows how old it is.
    stage.newcomer().await;
    assert_eq!(stage.minted(), 3);
}

#[tokio::test]
async fn a_holder_that_stands_still_costs_time_and_nothing_else() {
    let stage = Stage::new();
    stage.newcomer().await;
    fs::remove_file(stage.file("")).unwrap();
    let lock = fs::File::open(stage.file(".lock")).unwrap();
    lock.lock().unwrap();
    let error = call(&stage.builder().timeout(Duration::from_millis(200)).build().unwrap()).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Timeout);
    assert_eq!(stage.minted(), 1, "fetched beside the holder");
    call(&stage.builder().attempt_timeout(Duration::from_millis(200)).build().unwrap()).await.unwrap();
    assert_eq!(stage.minted(), 2);
}

#[tokio::test]
async fn providers_and_customers_share_theirs() {
    let stage = Stage::new();
    let id = stage.client().msp().customers().list().items().next().await.unwrap().unwrap();
    for _ in 0..4 {
        call(&stage.client().customer(id.id().unwrap()).unwrap()).await.unwrap();
    }
    let log = stage.control(r#"{"do":"log"}"#);
    assert_eq!(stage.minted(), 2, "the provider's and the customer's");
    assert_eq!(log.matches(r#""operation":"msp.customers.create_token""#).count(), 1);
}
