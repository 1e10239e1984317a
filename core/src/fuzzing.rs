//! Every reader of what others wrote, each behind a door for bytes: the fuzzers in `fuzz/` and the tests go in here.
//!
//! A door takes any bytes and says whether they made sense. It panics where a promise is broken, so that whoever came
//! with the bytes has found something.

use crate::auth::credential::Credential;
use crate::auth::store::{Store, reply, unpack};
use crate::auth::token::Token;
use crate::call::arguments::Prepared;
use crate::call::{Call, Known, Response};
use crate::client::Client;
use crate::clock::Clock;
use crate::config::{Config, Settings};
use crate::error::{Error, Kind, Result};
use crate::redact::Carried;
use crate::scan::scan;
use crate::transport::backoff::{self, Backoff};
use crate::transport::connect::matcher;
use crate::{Cloud, Json, Operation, Secret, api};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Uri, header};
use std::path::Path;
use std::pin::pin;
use std::sync::{Arc, LazyLock};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

/// One of those below.
pub type Door = fn(&[u8]) -> bool;

/// Every door, by the name of its seeds in `fuzz/seeds`.
pub const DOORS: [(&str, Door); 12] = [
    ("json", json),
    ("answer", answer),
    ("token", token),
    ("credential", credential),
    ("retry_after", retry_after),
    ("pages", pages),
    ("arguments", arguments),
    ("options", options),
    ("proxy", proxy),
    ("stored", stored),
    ("redis", redis),
    ("redact", redact),
];

/// A client that is never asked to send anything.
static CLIENT: LazyLock<(Client, Config)> = LazyLock::new(|| {
    let options = br#"{"client_id": "id", "client_secret": "secret", "base_url": "http://127.0.0.1:9"}"#;
    let config = Settings::from_json(options).and_then(Settings::complete).expect("good options");
    (Client::with(config.clone()).expect("a client"), config)
});

/// JSON text: what is refused is no JSON, and what is read is written back as it was read.
pub fn json(text: &[u8]) -> bool {
    let Ok(value) = Json::parse(text) else {
        assert!(serde_json::from_slice::<serde_json::Value>(text).is_err(), "refused, but JSON");
        return false;
    };
    assert!(serde_json::from_slice::<serde::de::IgnoredAny>(text).is_ok(), "no JSON, but read");
    read_all(&value);
    let written = value.to_string();
    assert_eq!(Json::parse(written.as_bytes()).map(|again| again.to_string()), Ok(written));
    let found = scan(text, ["data.rows", "nextPageToken", "data"]).expect("JSON");
    for found in found.into_iter().flatten() {
        assert!(Json::parse(&text[found.at]).is_ok(), "what was found is no value");
    }
    true
}

/// Every reader of every value; what they say is not asked, only that they say it.
fn read_all(value: &Json) {
    let _ = (value.as_str(), value.as_i64(), value.as_f64(), value.as_bool(), value.at(0), value.path("data.rows"));
    for (name, member) in value.members() {
        let _ = (value.read_str(name), value.read::<i64>(name), value.read::<Vec<String>>(name));
        let _ = (value.read_object(name), value.read_list::<bool>(name).count());
        read_all(&member);
    }
    value.elements().for_each(|element| read_all(&element));
}

/// The first byte leads to a status, the rest is the body of an error.
pub fn answer(data: &[u8]) -> bool {
    let (first, body) = data.split_first().unwrap_or((&0, &[]));
    let error = Error::answer(300 + u16::from(*first), &Bytes::copy_from_slice(body));
    says(&error, |kind| kind.is(Kind::Api));
    assert!(error.message().chars().count() <= 503, "the message has no end");
    error.code().is_some()
}

/// Every error says something, and crosses a boundary whole.
fn says(error: &Error, of: impl Fn(Kind) -> bool) {
    assert!(!error.message().trim().is_empty(), "an error without a word");
    assert!(of(error.kind()), "{error:?}");
    let json = Json::parse(error.to_json().as_bytes()).expect("JSON");
    assert_eq!(json.read::<String>("message"), Some(error.to_string()));
    assert_eq!(json.read::<String>("code").as_deref(), error.code());
}

/// The answer of a token endpoint.
pub fn token(body: &[u8]) -> bool {
    let now = Clock::default().now();
    match Token::parse(&Bytes::copy_from_slice(body), "access_token", now, false, 1.0) {
        Ok(token) => {
            assert!(token.life <= Duration::from_secs(86_400));
            assert!(token.advisory.until(token.mandatory) <= token.life);
            assert!(!token.advisory.reached(token.mandatory) || token.life.is_zero(), "never fetched ahead");
            assert!(!token.header.is_empty() && token.header.is_sensitive());
            true
        }
        Err(error) => {
            says(&error, |kind| kind == Kind::Auth);
            false
        }
    }
}

/// What a file, a command or a callback gives for a credential.
pub fn credential(text: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(text) else { return false };
    let read = [None, Some(""), Some("id")].map(|known| Credential::read(&Secret::new(text), known));
    for error in read.iter().filter_map(|read| read.as_ref().err()) {
        says(error, |kind| kind == Kind::Config);
    }
    read.iter().any(Result::is_ok)
}

/// The value of a header `Retry-After`.
pub fn retry_after(value: &[u8]) -> bool {
    let Ok(value) = HeaderValue::from_bytes(value) else { return false };
    let asked = backoff::retry_after(&HeaderMap::from_iter([(header::RETRY_AFTER, value)]));
    for attempt in [1, 2, 40, u32::MAX] {
        if let Some(wait) = wait(attempt, asked) {
            assert!(wait <= CLIENT.1.max_retry_after.max(Duration::from_secs(20)), "{wait:?}");
        }
    }
    asked.is_some()
}

/// How long to wait after this attempt when Druva asked for that.
pub fn wait(attempt: u32, asked: Option<Duration>) -> Option<Duration> {
    Backoff::new(&CLIENT.1).wait(attempt, asked)
}

/// The operation of this id, or some other one.
fn operation(id: &[u8], of: impl Fn(&Operation) -> bool) -> &'static Operation {
    let all: Vec<_> = api::operations().filter(|operation| of(operation)).collect();
    let other = id.iter().fold(0_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(usize::from(*byte))) % all.len();
    all.iter().find(|operation| operation.id.as_bytes() == id).unwrap_or(&all[other])
}

/// A list over answers that come again and again: the first line leads to the list, the second is its arguments, each
/// further one the body of an answer.
pub fn pages(data: &[u8]) -> bool {
    let mut lines = data.split(|byte| *byte == b'\n');
    let operation = operation(lines.next().unwrap_or_default(), |operation| operation.pages.is_some());
    let arguments = lines.next().unwrap_or_default();
    let bodies: Vec<Bytes> = lines.map(Bytes::copy_from_slice).collect();
    match list(operation, arguments, &bodies) {
        Ok(pages) => pages > 0,
        Err(error) => {
            says(&error, |kind| matches!(kind, Kind::Argument | Kind::Decode));
            false
        }
    }
}

/// How many pages a list has whose answers come again and again.
///
/// # Errors
/// That of the arguments, or of the page that ends it.
///
/// # Panics
/// When it goes on for ever.
pub fn list(operation: &'static Operation, arguments: &[u8], bodies: &[Bytes]) -> Result<usize> {
    let mut pages = CLIENT.0.pages(Call::new(operation).args(arguments)?)?;
    let bearer = HeaderValue::from_static("Bearer token");
    let token = Arc::new(Token::new(bearer, Clock::default().now(), Duration::ZERO, false, 0.0));
    let mut count = 0;
    for body in bodies.iter().cycle() {
        let mut page = Response {
            status: 200,
            headers: HeaderMap::new(),
            body: body.clone(),
            attempts: 1,
            elapsed: Duration::ZERO,
            operation,
            token: Some(token.clone()),
            known: Known::Nothing,
        };
        page.check(false)?;
        pages.take(&page)?;
        count += 1;
        if pages.over() {
            break;
        }
        assert!(count <= bodies.len(), "a list without an end");
    }
    Ok(count)
}

/// The first line leads to an operation, the rest is its arguments in JSON.
pub fn arguments(data: &[u8]) -> bool {
    let mut lines = data.splitn(2, |byte| *byte == b'\n');
    let operation = operation(lines.next().unwrap_or_default(), |_| true);
    let object = lines.next().unwrap_or_default();
    operation.clouds.iter().all(|cloud| match prepared(operation, *cloud, object) {
        Ok(prepared) => {
            let url = format!("{}{}?{}", CLIENT.1.base_url, prepared.path, prepared.query);
            assert!(url.parse::<Uri>().is_ok(), "no URL: {url}");
            let parts = |path: &str| path.split('/').count();
            assert_eq!(parts(&prepared.path), parts(operation.path_on(*cloud)), "another path: {url}");
            assert!(!prepared.path.contains(['?', '#', '{', ' ']), "another path: {url}");
            if let Some(body) = prepared.body.filter(|_| !operation.form) {
                assert!(Json::parse(&body).is_ok_and(|body| !body.is_null()), "a body of nothing");
            }
            true
        }
        Err(error) => {
            says(&error, |kind| kind == Kind::Argument);
            false
        }
    })
}

/// A request as it goes over the wire.
pub struct Written {
    /// Its path.
    pub path: String,
    /// Its query, without `?`.
    pub query: String,
    /// Its body.
    pub body: Option<Bytes>,
}

/// What an operation's arguments in JSON are written as.
///
/// # Errors
/// `ArgumentError`.
pub fn prepared(operation: &'static Operation, cloud: Cloud, arguments: &[u8]) -> Result<Written> {
    let Prepared { path, query, body, .. } = Call::new(operation).args(arguments)?.prepare(cloud)?;
    Ok(Written { path, query, body })
}

/// Options in JSON, a NUL, and the text of a configuration file.
pub fn options(data: &[u8]) -> bool {
    let (options, file) = halves(data);
    let Ok(file) = std::str::from_utf8(file) else { return false };
    let config = Settings::from_json(options).and_then(|mut settings| {
        settings.read_profile(file, Path::new("config.toml"), false)?;
        settings.complete()
    });
    match config {
        Ok(config) => {
            let token: Uri = format!("{}/token", config.base_url).parse().expect("a URL");
            assert!(token.path().ends_with("/token"), "base_url swallows what comes behind it");
            assert!((1..=100).contains(&config.max_attempts) && !config.timeout.is_zero());
            // Files would be made, and authorities read for `rediss`.
            if config.token_store.as_ref().is_some_and(|store| store.expose().starts_with("redis:"))
                && let Err(error) = Store::open(&config)
            {
                says(&error, |kind| kind == Kind::Config);
            }
            true
        }
        Err(error) => {
            says(&error, |kind| kind == Kind::Config);
            false
        }
    }
}

/// What comes before the first NUL, and what after it.
fn halves(data: &[u8]) -> (&[u8], &[u8]) {
    let at = data.iter().position(|byte| *byte == 0).unwrap_or(data.len());
    (&data[..at], data.get(at + 1..).unwrap_or_default())
}

/// A proxy's URL, a NUL, the hosts that go without it, a NUL, and the host that is called.
pub fn proxy(data: &[u8]) -> bool {
    let (url, rest) = halves(data);
    let (no, host) = halves(rest);
    let [Ok(url), Ok(no), Ok(host)] = [url, no, host].map(std::str::from_utf8) else { return false };
    let Ok(uri) = format!("https://{host}/token").parse::<Uri>() else { return false };
    match matcher("proxy", url, no.to_owned()) {
        Ok(matcher) => {
            let Some(way) = matcher.intercept(&uri) else { return !no.is_empty() };
            assert_eq!(way.uri().scheme_str(), Some("http"), "the password would go elsewhere");
            assert!(
                way.uri().host().is_some() && !no.split(',').any(|host| host.trim() == "*"),
                "no way round the proxy"
            );
            true
        }
        Err(error) => {
            says(&error, |kind| kind == Kind::Config);
            false
        }
    }
}

/// What was sealed in a token store.
pub fn stored(text: &[u8]) -> bool {
    unpack(text, &Clock::default()).is_some_and(|token| !token.header.is_empty() && token.header.is_sensitive())
}

/// The answers of a Redis, one after the other.
pub fn redis(mut stream: &[u8]) -> bool {
    let mut good = false;
    loop {
        let before = stream.len();
        // All of it is there, so that nothing is waited for.
        match pin!(reply(&mut stream)).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(Ok(_)) => good = true,
            Poll::Ready(Err(_)) => return good,
            Poll::Pending => panic!("waits for what is there"),
        }
        assert!(stream.len() < before, "an answer of nothing");
    }
}

/// A secret, a NUL, and a text that is then looked through as it is and with the secret in its middle.
pub fn redact(data: &[u8]) -> bool {
    let (secret, text) = halves(data);
    let Ok(secret) = std::str::from_utf8(secret) else { return false };
    // Stars and what is too short are of the text.
    if secret.len() < 4 || secret.contains('*') {
        return false;
    }
    for text in [text, &[text, secret.as_bytes(), text].concat()] {
        let shown = hidden(secret, text);
        let quotes = shown.windows(secret.len()).any(|part| part == secret.as_bytes());
        assert!(!quotes, "shown: {}", String::from_utf8_lossy(&shown));
    }
    let shown = hidden(secret, &[text, secret.as_bytes()].concat());
    assert!(shown.ends_with(b"***"), "the end is shown: {}", String::from_utf8_lossy(&shown));
    true
}

/// A text without what it says of a secret.
pub fn hidden(secret: &str, text: &[u8]) -> Vec<u8> {
    let call = Call::new(api::operations().next().expect("an operation"));
    let carried = Carried::beside(&call, Some(&Credential::key(secret)));
    carried.hide(text).unwrap_or_else(|| text.to_owned())
}

/// What `Retry-After` asks for.
pub fn asked(value: &str) -> Option<Duration> {
    backoff::retry_after(&HeaderMap::from_iter([(header::RETRY_AFTER, HeaderValue::from_str(value).ok()?)]))
}

/// An error made of an answer.
pub fn error(status: u16, body: &[u8]) -> Error {
    Error::answer(status, &Bytes::copy_from_slice(body))
}
