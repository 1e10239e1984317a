//! `druva emulator`: a Druva on loopback until a signal ends it.

use crate::outcome::{Failure, print, unexpected};
use druva_emulator::{Emulator, Options};
use serde_json::{Map, Value, json};

const NUMBERS: &[&str] = &["port", "seed", "devices", "users", "customers", "token-ttl", "page-size", "expired-status"];
const TEXTS: &[&str] = &["client-id", "client-secret", "api-key", "cloud"];

pub(crate) fn run(parser: &mut lexopt::Parser) -> Result<(), Failure> {
    use lexopt::Arg::Long;
    use lexopt::ValueExt;
    let mut options = Map::new();
    while let Some(arg) = parser.next()? {
        let Long(name) = arg else { return Err(unexpected(arg)) };
        let (name, is_number) = (name.to_owned(), NUMBERS.contains(&name));
        if !is_number && !TEXTS.contains(&name.as_str()) {
            return Err(unexpected(Long(&name)));
        }
        let text = parser.value()?.string()?;
        let value = if is_number {
            serde_json::from_str::<Value>(&text).ok().filter(Value::is_number)
        } else {
            Some(json!(text))
        };
        let value = value.ok_or_else(|| Failure::Usage(format!("--{name} takes a number, not {text:?}")))?;
        options.insert(name.replace('-', "_"), value);
    }
    let options = Options::from_json(&Value::Object(options).to_string()).map_err(Failure::Usage)?;
    let emulator = Emulator::start(options)?;
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(serve(&emulator))
}

/// Tells where the emulator is, and waits for Ctrl-C or a request to terminate.
async fn serve(emulator: &Emulator) -> Result<(), Failure> {
    let line = json!({
        "url": emulator.url(), "client_id": emulator.client_id(), "client_secret": emulator.client_secret(),
        "api_key": emulator.api_key(),
    });
    let line = format!("{line}\n");
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        print(line.as_bytes())?;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    }
    #[cfg(not(unix))]
    {
        print(line.as_bytes())?;
        tokio::signal::ctrl_c().await?;
    }
    Ok(())
}
