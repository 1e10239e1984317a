//! A token goes to the host that it was meant for.

use super::{client, emulator};
use druva::{Client, Error};
use druva_emulator::Emulator;
use serde_json::json;
use std::io::ErrorKind;
use std::net::TcpListener;

/// A host that must hear nothing.
struct Stranger(TcpListener);

impl Stranger {
    fn new() -> Stranger {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        Stranger(listener)
    }

    fn url(&self) -> String {
        format!("http://{}/insync/endpoints/v1/devices", self.0.local_addr().unwrap())
    }

    fn heard(&self) -> bool {
        match self.0.accept() {
            Ok(_) => true,
            Err(error) if error.kind() == ErrorKind::WouldBlock => false,
            Err(error) => panic!("{error}"),
        }
    }
}

async fn all_pages(client: &Client) -> Result<usize, Error> {
    let mut items = client.insync().devices().list().items();
    let mut count = 0;
    while let Some(item) = items.next().await {
        item?;
        count += 1;
    }
    Ok(count)
}

async fn write(client: &Client) -> Result<(), Error> {
    client.insync().restores().create().device_id(1).target_device_id(1).restore_location("Desktop").await.map(drop)
}

fn fault(emulator: &Emulator, operation: &str, skip: u32, status: u16, location: &str) {
    let fault = json!({
        "do": "fault", "operation": operation, "status": status, "headers": {"location": location}, "body": "",
        "skip": skip, "count": 100,
    });
    emulator.control(&fault.to_string()).unwrap();
}

#[tokio::test]
async fn a_redirect_to_another_host_gets_no_token() {
    let stranger = Stranger::new();
    for status in [301, 302, 303, 307, 308] {
        for operation in ["token", "insync.devices.list", "insync.restores.create"] {
            let emulator = emulator();
            let client = client(&emulator).base_url(emulator.url()).build().unwrap();
            fault(&emulator, operation, 0, status, &stranger.url());
            let error = if operation == "insync.restores.create" {
                write(&client).await.unwrap_err()
            } else {
                all_pages(&client).await.unwrap_err()
            };
            assert_eq!(error.status(), Some(status), "{operation}: {error}");
            assert!(!stranger.heard(), "{status} of {operation}");
        }
    }
}

#[tokio::test]
async fn a_later_page_that_redirects_or_a_cursor_that_is_a_url_leads_nowhere_else() {
    let stranger = Stranger::new();
    let emulator = emulator();
    emulator.control(r#"{"do": "set", "page_size": 1}"#).unwrap();
    let client = client(&emulator).base_url(emulator.url()).build().unwrap();
    assert!(all_pages(&client).await.unwrap() > 1);
    fault(&emulator, "insync.devices.list", 1, 302, &stranger.url());
    assert_eq!(all_pages(&client).await.unwrap_err().status(), Some(302));
    assert!(!stranger.heard());
    emulator.control(r#"{"do": "clear_faults"}"#).unwrap();
    emulator.control(r#"{"do": "clear_log"}"#).unwrap();
    // Put behind the host of `base_url` as it is, the second would make a user of that.
    for cursor in [stranger.url(), format!("@{}", stranger.url().trim_start_matches("http://"))] {
        let page = json!({
            "do": "fault", "operation": "insync.devices.list", "status": 200, "count": 1,
            "body": {"devices": [], "nextPageToken": cursor, "next": cursor, "links": {"next": cursor}},
        });
        emulator.control(&page.to_string()).unwrap();
        // The emulator refuses a token that it did not give out: it was asked, and nobody else.
        assert_eq!(all_pages(&client).await.unwrap_err().class(), "BadRequestError");
        assert!(!stranger.heard());
        assert!(emulator.control(r#"{"do": "log"}"#).unwrap().contains(&cursor), "{cursor}");
    }
}

#[test]
fn a_base_url_with_a_user_or_in_the_clear_is_refused() {
    for url in ["https://apis.druva.com@evil.example", "https://user:pass@apis.druva.com", "http://apis.druva.com"] {
        let error = Client::builder().client_id("id").client_secret("secret").base_url(url).build().unwrap_err();
        assert_eq!(error.class(), "ConfigError", "{url}");
    }
}
