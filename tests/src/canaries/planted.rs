//! The canaries: each a text that occurs nowhere else.

/// What a canary stands for, and so where it may be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The client's id: a name, not a secret. A client that is printed shows it; logs, files and messages do not.
    Id,
    /// What opens something, or was given as a secret argument: nowhere.
    Secret,
    /// What an answer holds (a created token, a cookie, the cursor of a list): only where a program reads answers.
    Answer,
}

/// A text to look for.
#[derive(Debug, Clone)]
pub struct Canary {
    /// What it is.
    pub name: String,
    /// What it stands for.
    pub kind: Kind,
    /// The text.
    pub text: String,
}

impl Canary {
    /// A canary with that text.
    pub fn new(name: impl Into<String>, kind: Kind, text: impl Into<String>) -> Canary {
        Canary { name: name.into(), kind, text: text.into() }
    }
}

/// The canaries that are known before anything runs, with what some of them need in their middle: characters that look
/// different in each form.
const PLANTED: &[(&str, Kind, &str)] = &[
    (CLIENT_ID, Kind::Id, "/+="),
    (CLIENT_SECRET, Kind::Secret, "+/:="),
    (REFUSED_SECRET, Kind::Secret, "/=+"),
    (API_KEY, Kind::Secret, "-_."),
    (REFUSED_KEY, Kind::Secret, "."),
    (PROXY_USER, Kind::Secret, ""),
    (PROXY_PASSWORD, Kind::Secret, ""),
    (ENVIRONMENT_PROXY, Kind::Secret, ""),
    (BROKEN_PROXY, Kind::Secret, ""),
    (STORE_PASSWORD, Kind::Secret, ""),
    (REDIS_PASSWORD, Kind::Secret, ""),
    (BASE_URL_PASSWORD, Kind::Secret, ""),
    (BASE_URL_TOKEN, Kind::Secret, ""),
    (PRIVATE_KEY, Kind::Secret, ""),
    (PROFILE_SECRET, Kind::Secret, "+/"),
    (BROKEN_PROFILE, Kind::Secret, "+/"),
    (SECRET_FILE, Kind::Secret, "+/"),
    (SECRET_COMMAND, Kind::Secret, "+/"),
    (FAILED_COMMAND, Kind::Secret, ""),
    (SECRET_CALLBACK, Kind::Secret, "+/"),
    (FAILED_CALLBACK, Kind::Secret, ""),
    (KEY_OF_TWO_LINES, Kind::Secret, "\n"),
    (PASSWORD, Kind::Secret, "\"\\<&>%"),
    (CURSOR, Kind::Secret, "+/="),
    (UNUSABLE_TOKEN, Kind::Secret, "\u{7f}"),
    (ANSWER, Kind::Answer, "\"+/"),
    (BROKEN_ANSWER, Kind::Answer, "+/"),
    (COOKIE, Kind::Answer, "="),
    (LOCATION, Kind::Answer, "="),
];

pub(super) const CLIENT_ID: &str = "client id";
pub(super) const CLIENT_SECRET: &str = "client secret";
pub(super) const REFUSED_SECRET: &str = "client secret that is refused";
pub(super) const API_KEY: &str = "API key";
pub(super) const REFUSED_KEY: &str = "API key that is refused";
pub(super) const PROXY_USER: &str = "user of the proxy";
pub(super) const PROXY_PASSWORD: &str = "password of the proxy";
pub(super) const ENVIRONMENT_PROXY: &str = "password of the proxy in the environment";
pub(super) const BROKEN_PROXY: &str = "password in a proxy that is no URL";
pub(super) const STORE_PASSWORD: &str = "password of a token store";
pub(super) const REDIS_PASSWORD: &str = "password of a Redis";
pub(super) const BASE_URL_PASSWORD: &str = "password in base_url";
pub(super) const BASE_URL_TOKEN: &str = "token in the query of base_url";
pub(super) const PRIVATE_KEY: &str = "private key of a client certificate";
pub(super) const PROFILE_SECRET: &str = "client secret in a profile";
pub(super) const BROKEN_PROFILE: &str = "client secret in a profile that is no TOML";
pub(super) const SECRET_FILE: &str = "client secret from a file";
pub(super) const SECRET_COMMAND: &str = "client secret from a command";
pub(super) const FAILED_COMMAND: &str = "what a command printed before it failed";
pub(super) const SECRET_CALLBACK: &str = "client secret from a callback";
pub(super) const FAILED_CALLBACK: &str = "what a callback gave that is no credential";
pub(super) const KEY_OF_TWO_LINES: &str = "API key that no header can carry";
pub(super) const PASSWORD: &str = "password among the arguments";
pub(super) const CURSOR: &str = "cursor that a list is begun with";
pub(super) const UNUSABLE_TOKEN: &str = "token that no header can carry";
pub(super) const ANSWER: &str = "secret in an answer";
pub(super) const BROKEN_ANSWER: &str = "secret in an answer that is no JSON";
pub(super) const COOKIE: &str = "cookie that is set";
pub(super) const LOCATION: &str = "secret in the address of a redirect";

/// Every canary that is known before anything runs.
pub fn all() -> Vec<Canary> {
    PLANTED.iter().map(|(name, kind, _)| Canary::new(*name, *kind, text(name))).collect()
}

/// The text of a planted canary.
pub fn text(name: &str) -> String {
    let middle = PLANTED.iter().find(|(planted, ..)| *planted == name).map_or("", |(.., middle)| middle);
    format!("{}{middle}{}", letters(name, 1), letters(name, 2))
}

/// Fourteen letters and digits that only this name gives.
fn letters(name: &str, part: u64) -> String {
    // FNV-1a, drawn on: the same on every machine.
    let mut state = name
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325 ^ part, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    let mut draw = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(b"abcdefghjkmnpqrstuvwxyz23456789ABCDEFGHJKLMNPQRSTUVWXYZ"[(state >> 33) as usize % 55])
    };
    (0..14).map(|_| draw()).collect()
}
