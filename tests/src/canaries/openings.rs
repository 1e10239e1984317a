//! Clients that are opened with secrets in the wrong places, or get theirs from elsewhere.

use super::planted::{self, text};
use super::run::Field;
use super::tls::Tls;
use base64::Engine as _;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Once;

/// Said once, not for each language.
static LEFT_OUT: Once = Once::new();

/// Opens them, calls where that is possible, and searches what can be read of it.
pub(super) fn play(field: &mut Field, folder: &Path, proxy: SocketAddr) -> Result<(), String> {
    let failed = |error: std::io::Error| error.to_string();
    let redis = super::redis::start().map_err(failed)?;
    let mut options = options(folder, proxy, redis).map_err(failed)?;
    // It ends with this function.
    let tls = Tls::start(folder).map_err(failed)?;
    if let Some(tls) = &tls {
        let key = std::fs::read_to_string(&tls.key).map_err(failed)?;
        let lines = key.lines().filter(|line| !line.starts_with('-'));
        field.secrets.extend(lines.map(|line| (line.to_owned(), "private key in use".to_owned())));
        let own = json!({
            // Its token is asked for with GET, which is all that the server answers.
            "cloud": "cloudranger", "api_key": text(planted::API_KEY), "max_attempts": 1, "attempt_timeout": 5.0,
            "base_url": tls.url, "ca_file": tls.certificate, "client_cert_file": tls.certificate, "client_key_file": tls.key});
        options.push(("a client certificate", own));
    } else {
        LEFT_OUT
            .call_once(|| println!("left out: a connection with a client certificate, since openssl is not installed"));
    }
    for (about, options) in options {
        field.ask(about, json!({"do": "open", "client": "o", "options": options, "show": true}))?;
        if field.opened {
            for _ in 0..super::proxy::ANSWERS {
                let operation =
                    if options["cloud"] == "cloudranger" { "aws_native.accounts.list" } else { "insync.devices.list" };
                field.ask(
                    about,
                    json!({"do": "call", "client": "o", "operation": operation, "arguments": {}, "show": true}),
                )?;
            }
            field.ask(about, json!({"do": "show", "client": "o"}))?;
            field.ask(about, json!({"do": "close", "client": "o"}))?;
        }
    }
    field.search()
}

fn options(folder: &Path, proxy: SocketAddr, redis: SocketAddr) -> std::io::Result<Vec<(&'static str, Value)>> {
    let nowhere = "https://127.0.0.1:1";
    let pair = |more: Value| {
        let mut options = json!({
            "client_id": text(planted::CLIENT_ID), "client_secret": text(planted::CLIENT_SECRET),
            "base_url": nowhere, "max_attempts": 1, "backoff": 0.001, "connect_timeout": 1.0,
        });
        for (name, value) in more.as_object().into_iter().flatten() {
            options[name] = value.clone();
        }
        options
    };
    let write = |name: &str, text: String| -> std::io::Result<String> {
        let path = folder.join(name);
        std::fs::write(&path, text)?;
        Ok(path.to_string_lossy().into_owned())
    };
    let key = base64::engine::general_purpose::STANDARD.encode(text(planted::PRIVATE_KEY));
    let key = write("key.pem", format!("-----BEGIN PRIVATE KEY-----\n{key}\n-----END PRIVATE KEY-----\n"))?;
    let certificate =
        write("certificate.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".to_owned())?;
    write("secret", text(planted::SECRET_FILE) + "\n")?;
    let profile = |name: &str, lines: String| {
        let lines = format!("[default]\nclient_id = \"x\"\nbase_url = \"{nowhere}\"\nmax_attempts = 1\n{lines}\n");
        Ok::<_, std::io::Error>(json!({"config_file": write(name, lines)?}))
    };
    let command = format!("client_secret_command = \"echo {}\"", text(planted::SECRET_COMMAND));
    let failing = format!("client_secret_command = \"echo {}; exit 3\"", text(planted::FAILED_COMMAND));
    let user_and_password = format!("{}:{}", text(planted::PROXY_USER), text(planted::PROXY_PASSWORD));
    Ok(vec![
        (
            "a store that is none",
            pair(json!({"token_store": format!("none://:{}@127.0.0.1", text(planted::STORE_PASSWORD))})),
        ),
        (
            "a Redis that quotes",
            pair(json!({"token_store": format!("redis://:{}@{redis}", text(planted::REDIS_PASSWORD))})),
        ),
        (
            "a Redis that has no such address",
            pair(json!({"token_store": format!("redis://:{}@{redis}/x", text(planted::REDIS_PASSWORD))})),
        ),
        ("a secret that is a list", pair(json!({"client_secret": [text(planted::CLIENT_SECRET)]}))),
        (
            "a password in base_url",
            pair(json!({"base_url": format!("https://user:{}@127.0.0.1:1", text(planted::BASE_URL_PASSWORD))})),
        ),
        (
            "a token in base_url",
            pair(json!({"base_url": format!("{nowhere}/?token={}", text(planted::BASE_URL_TOKEN))})),
        ),
        ("a proxy that is no URL", pair(json!({"proxy": format!("no url {}", text(planted::BROKEN_PROXY))}))),
        (
            "a proxy of another kind",
            pair(json!({"proxy": format!("ftp://user:{}@127.0.0.1", text(planted::BROKEN_PROXY))})),
        ),
        ("a proxy", pair(json!({"proxy": format!("http://{user_and_password}@{proxy}")}))),
        ("the proxy of the environment", pair(json!({}))),
        (
            "a key of two lines",
            json!({"cloud": "cloudranger", "base_url": nowhere, "api_key": text(planted::KEY_OF_TWO_LINES)}),
        ),
        ("a private key that is none", pair(json!({"client_cert_file": certificate, "client_key_file": key}))),
        ("a private key for a certificate", pair(json!({"client_cert_file": key, "client_key_file": key}))),
        ("a profile", profile("profile.toml", format!("client_secret = \"{}\"", text(planted::PROFILE_SECRET)))?),
        (
            "a profile that is no TOML",
            profile("broken.toml", format!("client_secret = \"{}", text(planted::BROKEN_PROFILE)))?,
        ),
        (
            "a secret that is a number of lists",
            profile("list.toml", format!("client_secret = [\"{}\"]", text(planted::BROKEN_PROFILE)))?,
        ),
        ("a secret from a file", profile("file.toml", "client_secret_file = \"secret\"".to_owned())?),
        ("a secret from a command", profile("command.toml", command)?),
        ("a command that fails", profile("failing.toml", failing)?),
    ])
}
