//! Pages that are fetched while the one before is worked on, against the emulator.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use druva::{Call, Cancel, Client, Json, Kind, Pages};
use druva_emulator::{Emulator, Options};
use std::time::{Duration, Instant};

fn start() -> (Emulator, Client) {
    let emulator = Emulator::start(Options { devices: 10, page_size: 2, ..Options::default() }).unwrap();
    let client = common::client(&emulator).build().unwrap();
    (emulator, client)
}

/// How many pages the emulator was asked for.
fn asked_for(emulator: &Emulator) -> usize {
    let log = Json::parse(emulator.control(r#"{"do":"log"}"#).unwrap().as_bytes()).unwrap();
    let of_list =
        |request: &Json| request.read_str("operation").is_some_and(|operation| operation == "insync.devices.list");
    log.read_list::<Json>("requests").filter(of_list).count()
}

async fn asked_for_within_time(emulator: &Emulator, pages: usize) -> bool {
    let begun = Instant::now();
    while asked_for(emulator) < pages {
        if begun.elapsed() > Duration::from_secs(10) {
            return false;
        }
        tokio::task::yield_now().await;
    }
    true
}

async fn next_items(pages: &mut Pages) -> usize {
    pages.next().await.unwrap().unwrap().json().unwrap().get("devices").unwrap().len()
}

#[tokio::test]
async fn whoever_took_two_pages_finds_the_third_on_its_way() {
    let (emulator, client) = start();
    let mut pages = client.pages(Call::by_id("insync.devices.list").unwrap()).unwrap();
    assert_eq!(next_items(&mut pages).await, 2);
    assert_eq!(asked_for(&emulator), 1);
    assert_eq!(next_items(&mut pages).await, 2);
    let cursor = pages.cursor().map(str::to_owned);
    assert!(asked_for_within_time(&emulator, 3).await, "the third page is not asked for");
    assert_eq!(pages.cursor().map(str::to_owned), cursor, "the cursor is that of the page that was handed out");
    let mut more = 0;
    while pages.next().await.unwrap().is_some() {
        more += 1;
    }
    assert_eq!(more, 3);
    assert_eq!(asked_for(&emulator), 5);
}

#[tokio::test]
async fn cancelling_reaches_a_page_that_was_on_its_way() {
    let (emulator, client) = start();
    emulator.control(r#"{"do":"fault","operation":"insync.devices.list","skip":2,"delay":60}"#).unwrap();
    let cancel = Cancel::new();
    let mut pages = client.pages(Call::by_id("insync.devices.list").unwrap().cancel(cancel.clone())).unwrap();
    next_items(&mut pages).await;
    next_items(&mut pages).await;
    assert!(asked_for_within_time(&emulator, 3).await, "the third page is not asked for");
    let (page, ()) = tokio::join!(pages.next(), async { cancel.cancel() });
    assert_eq!(page.unwrap_err().kind(), Kind::Cancelled);
}

#[tokio::test]
async fn a_page_that_failed_on_its_way_can_be_asked_for_again() {
    let (emulator, client) = start();
    emulator.control(r#"{"do":"fault","operation":"insync.devices.list","skip":2,"status":404,"body":{}}"#).unwrap();
    let mut pages = client.pages(Call::by_id("insync.devices.list").unwrap()).unwrap();
    next_items(&mut pages).await;
    next_items(&mut pages).await;
    assert_eq!(pages.next().await.unwrap_err().kind(), Kind::NotFound);
    assert_eq!(next_items(&mut pages).await, 2);
    assert_eq!(asked_for(&emulator), 4);
}
