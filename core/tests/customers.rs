//! The tokens of a provider's customers: one for each, however many call at once, against the emulator.
#![allow(clippy::unwrap_used, reason = "a test")]

use druva::{Call, Client, Json};
use druva_emulator::{Emulator, Options};
use std::collections::BTreeMap;

const CALLERS: u64 = 5;

/// `CUSTOMERS=2000` for the long form.
fn count() -> usize {
    std::env::var("CUSTOMERS").map_or(100, |count| count.parse().unwrap())
}

#[tokio::test]
async fn each_customers_callers_share_its_own_token() {
    let emulator = Emulator::start(Options { devices: 1, customers: count(), ..Options::default() }).unwrap();
    let client = Client::builder()
        .client_id(emulator.client_id())
        .client_secret(emulator.client_secret())
        .base_url(emulator.url())
        .build()
        .unwrap();
    let mut customers = Vec::new();
    let mut listed = client.msp().customers().list().items();
    while let Some(customer) = listed.next().await {
        customers.push(customer.unwrap().id().unwrap().to_string());
    }
    assert_eq!(customers.len(), count());
    emulator.control(r#"{"do":"clear_log"}"#).unwrap();

    let mut calls = Vec::new();
    for _ in 0..CALLERS {
        for (nth, id) in customers.iter().enumerate() {
            // Clients of one customer, each made for its caller.
            let customer = client.customer(id).unwrap();
            calls.push(tokio::spawn(async move {
                // The argument says in the log whose call it was.
                let call =
                    Call::by_id("insync.devices.list")?.args(format!(r#"{{"deviceIDs":[{nth}]}}"#).as_bytes())?;
                customer.execute(&call).await.map(drop)
            }));
        }
    }
    for call in calls {
        call.await.unwrap().unwrap();
    }

    let log = Json::parse(emulator.control(r#"{"do":"log"}"#).unwrap().as_bytes()).unwrap();
    let number = |json: &Json, name: &str| json.get(name).and_then(|count| count.as_f64()).unwrap();
    assert_eq!(number(&log.get("tokens_by_kind").unwrap(), "customer"), count() as f64, "tokens of customers");
    assert_eq!(number(&log, "token_customers"), count() as f64, "customers with a token");
    let mut carried: BTreeMap<(String, String), u64> = BTreeMap::new();
    for request in log.get("requests").unwrap().elements() {
        let text = |json: &Json, name: &str| json.get(name).and_then(|text| Some(text.as_str()?.into_owned()));
        if let Some(nth) = text(&request.get("query").unwrap(), "deviceIDs") {
            *carried.entry((nth, text(&request, "customer").unwrap_or_default())).or_default() += 1;
        }
    }
    let own = customers.into_iter().enumerate().map(|(nth, id)| ((nth.to_string(), id), CALLERS));
    assert!(carried == own.collect(), "whose token the calls for each customer carried");
}
