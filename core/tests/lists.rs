//! Lists whose pages are not what was hoped for, and where to go on from.

mod common;

use druva::{Client, Kind};
use druva_emulator::{Emulator, Options};

/// A client, and an emulator that answers these bodies to the event feed, one after the other.
fn start(pages: &[&str]) -> (Emulator, Client) {
    let emulator = Emulator::start(Options { devices: 1, ..Options::default() }).expect("a free port");
    for page in pages {
        let fault = format!(r#"{{"do":"fault","operation":"insync.events.list","status":200,"body":{page}}}"#);
        emulator.control(&fault).expect("a command");
    }
    let client = common::client(&emulator).build().expect("a complete configuration");
    (emulator, client)
}

#[tokio::test]
async fn the_cursor_never_skips_what_was_not_given() -> druva::Result<()> {
    let (_emulator, client) = start(&[
        r#"{"events":[{"eventID":1},{"eventID":2}],"tracker":"k1","nextPageExists":true}"#,
        r#"{"events":[{"eventID":3},{"eventID":4}],"tracker":"k2","nextPageExists":false}"#,
    ]);
    let mut events = client.insync().events().list().items();
    let mut cursors = Vec::new();
    while let Some(event) = events.next().await {
        let event = event?;
        cursors.push((event.event_id(), events.cursor().map(str::to_owned)));
    }
    let behind = |cursor: &str| Some(cursor.to_owned());
    let expected = [(Some(1), None), (Some(2), behind("k1")), (Some(3), behind("k1")), (Some(4), behind("k2"))];
    assert_eq!(cursors, expected);
    Ok(())
}

#[tokio::test]
async fn a_list_that_cannot_go_on_never_looks_finished() {
    let page = r#"{"events":[{"eventID":1}],"tracker":"k1+secret","nextPageExists":true}"#;
    let (_emulator, client) = start(&[page, page, page]);
    let mut events = client.insync().events().list().items();
    assert!(matches!(events.next().await, Some(Ok(_))));
    for _ in 0..2 {
        let error = events.next().await.expect("an error").expect_err("the tracker has been there before");
        assert_eq!(error.kind(), Kind::Decode);
        let body = String::from_utf8_lossy(error.body().expect("the answer"));
        assert!(body.contains("***") && !body.contains("k1+secret"), "{body}");
    }
}

#[tokio::test]
async fn half_a_pair_of_surrogates_costs_no_page() -> druva::Result<()> {
    // As text, which goes out as it is: the emulator's own parser would refuse it.
    let page = r#"{"events":[{"initiator":"a\ud800b"},{"initiator":"c"}],"tracker":"k1","nextPageExists":false}"#;
    let (_emulator, client) = start(&[&format!("{page:?}")]);
    let mut events = client.insync().events().list().items();
    let mut initiators = Vec::new();
    while let Some(event) = events.next().await {
        initiators.push(event?.initiator().map(|initiator| initiator.into_owned()));
    }
    assert_eq!(initiators, [Some("a\u{fffd}b".to_owned()), Some("c".to_owned())]);
    Ok(())
}
