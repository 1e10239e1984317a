//! Waiting for work, against the emulator, whose clock is moved instead of the test's time.

mod common;

use druva::{Client, Kind};
use druva_emulator::{Emulator, Options};
use std::sync::{Arc, Mutex};
use std::time::Duration;

fn start() -> (Arc<Emulator>, Client) {
    let options = Options { devices: 5, ..Options::default() };
    let emulator = Emulator::start(options).expect("a free port");
    let client = common::client(&emulator).build().expect("a complete configuration");
    (Arc::new(emulator), client)
}

async fn begin_restore(client: &Client) -> druva::Result<i64> {
    let started =
        client.insync().restores().create().device_id(1).target_device_id(1).restore_location("Desktop").await?;
    Ok(started.restores().next().and_then(|restore| restore.restore_id()).expect("a restore with an id"))
}

#[tokio::test]
async fn a_restore_is_waited_for_until_it_ends() -> druva::Result<()> {
    let (emulator, client) = start();
    let id = begin_restore(&client).await?;
    let states = Arc::new(Mutex::new(Vec::new()));
    let (seen, clock) = (states.clone(), emulator.clone());
    let restore = client
        .insync()
        .restores()
        .get(id)
        .wait()
        .every(Duration::from_millis(1))
        .progress(move |state| {
            seen.lock().expect("no panic").push(state.to_owned());
            clock.control(r#"{"do":"advance","seconds":60}"#).expect("a command");
        })
        .await?;
    assert_eq!(restore.status().as_deref(), Some("Successful"));
    assert_eq!(*states.lock().expect("no panic"), ["Ongoing", "Ongoing", "Successful"]);
    Ok(())
}

#[tokio::test]
async fn a_wait_that_is_over_says_how_things_stand() -> druva::Result<()> {
    let (_emulator, client) = start();
    let id = begin_restore(&client).await?;
    let looks = Arc::new(Mutex::new(0));
    let looked = looks.clone();
    let wait = client.insync().restores().get(id).wait().every(Duration::from_secs(3600));
    let wait = wait.progress(move |_| *looked.lock().expect("no panic") += 1);
    let error = wait.at_most(Duration::from_secs(1)).await.expect_err("it goes on");
    assert_eq!(error.kind(), Kind::Timeout);
    assert!(error.message().contains("Ongoing"), "{error}");
    // At the beginning, and shortly before the end.
    assert_eq!(*looks.lock().expect("no panic"), 2);
    Ok(())
}

#[tokio::test]
async fn a_look_that_hangs_ends_with_the_wait() -> druva::Result<()> {
    let (emulator, client) = start();
    let id = begin_restore(&client).await?;
    emulator.control(r#"{"do":"fault","operation":"insync.restores.get","delay":3600}"#).expect("a command");
    let wait = client.insync().restores().get(id).wait();
    let error = wait.at_most(Duration::from_millis(100)).await.expect_err("no answer");
    assert_eq!(error.kind(), Kind::Timeout);
    assert!(error.message().contains("no answer within 100ms"), "{error}");
    Ok(())
}

#[tokio::test]
async fn what_reports_on_no_work_cannot_be_waited_for() {
    let (_emulator, client) = start();
    let error = client.insync().devices().get(1).wait().await.expect_err("no waiter");
    assert_eq!(error.kind(), Kind::Argument);
    assert_eq!(error.operation(), Some("insync.devices.get"));
}
