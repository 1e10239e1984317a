//! Where settings come from: arguments, then the environment, then a profile of the configuration file.

use crate::auth::credential::Credential;
use crate::auth::provider::{Callback, Provider, Source};
use crate::cloud::Cloud;
use crate::error::{Error, Result};
use crate::generated::{ConfigOption, OPTIONS, OptionKind};
#[cfg(feature = "embed")]
use crate::json::Json;
use crate::secret::Secret;
use http::Uri;
use http::uri::Authority;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Everything a client needs to know, checked.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    pub(crate) credential: Arc<Provider>,
    pub(crate) cloud: Cloud,
    /// Scheme, host and an optional path prefix, without a slash at the end.
    pub(crate) base_url: String,
    pub(crate) timeout: Duration,
    pub(crate) attempt_timeout: Duration,
    pub(crate) connect_timeout: Duration,
    pub(crate) max_attempts: u32,
    pub(crate) backoff: Duration,
    pub(crate) max_retry_after: Duration,
    pub(crate) proxy: Option<Secret>,
    pub(crate) ca_file: Option<PathBuf>,
    pub(crate) client_cert_file: Option<PathBuf>,
    pub(crate) client_key_file: Option<PathBuf>,
    pub(crate) user_agent: String,
    pub(crate) token_store: Option<Secret>,
}

/// Settings given as arguments, not yet completed. Every value is held as a secret, since some are.
#[derive(Debug, Clone, Default)]
pub(crate) struct Settings {
    values: BTreeMap<&'static str, Secret>,
    callback: Option<Callback>,
    /// What the places after the arguments say of the secret, and what they are called.
    further: Vec<(String, BTreeMap<&'static str, Secret>)>,
}

/// The options that give the secret: of those only one counts, from the first place that has one for the cloud.
const SECRET: [&str; 4] = ["client_secret", "client_secret_file", "client_secret_command", "api_key"];

impl Settings {
    pub(crate) fn set(&mut self, name: &'static str, value: impl Into<String>) {
        debug_assert!(OPTIONS.iter().any(|option| option.name == name));
        self.values.insert(name, Secret::new(value));
    }

    pub(crate) fn ask(&mut self, callback: Callback) {
        self.callback = Some(callback);
    }

    /// Reads a JSON object of option names and values; `null` leaves an option out.
    #[cfg(feature = "embed")]
    pub(crate) fn from_json(text: &[u8]) -> Result<Settings> {
        let mut settings = Settings::default();
        if text.is_empty() {
            return Ok(settings);
        }
        // The text may hold the secret: what the parser says of it stays here.
        let object = Json::parse(text)
            .ok()
            .filter(Json::is_object)
            .ok_or_else(|| Error::config("the options are not a JSON object"))?;
        for (name, value) in object.members() {
            let option = option(name).ok_or_else(|| unknown(name, "the options"))?;
            if value.is_null() {
                continue;
            }
            let value = value
                .as_str()
                .ok_or_else(|| Error::config(format!("the option `{name}` is neither text nor a number")))?;
            settings.set(option.name, value);
        }
        Ok(settings)
    }

    /// Completes the arguments with the environment and the profile, and checks everything.
    pub(crate) fn resolve(mut self) -> Result<Config> {
        let environment = OPTIONS.iter().filter_map(|option| {
            let value = std::env::var(option.env?).ok().filter(|value| !value.is_empty())?;
            Some((option.name, Secret::new(value)))
        });
        self.add(environment.collect(), "the environment");
        self.add_profile()?;
        self.complete()
    }

    /// Checks everything, when nothing is added any more.
    pub(crate) fn complete(self) -> Result<Config> {
        let cloud = match self.text("cloud") {
            None => Cloud::Public,
            Some(name) => Cloud::from_name(name).ok_or_else(|| {
                Error::config(format!("`{name}` is not a cloud; there are {}", Cloud::ALL.map(Cloud::name).join(", ")))
            })?,
        };
        let base_url = match self.text("base_url") {
            None => cloud.base_url().to_owned(),
            Some(url) => check_base_url(url)?,
        };
        let max_attempts = match self.text("max_attempts") {
            None => 3,
            Some(text) => text
                .parse()
                .ok()
                .filter(|attempts| (1..=100).contains(attempts))
                .ok_or_else(|| bad("max_attempts", text, "a whole number from 1 to 100"))?,
        };
        let attempt_timeout = self.seconds("attempt_timeout", 60.0)?;
        let own = concat!("druva-sdk/", env!("CARGO_PKG_VERSION"));
        Ok(Config {
            credential: Arc::new(Provider::new(self.credential(cloud)?, cloud, attempt_timeout)),
            cloud,
            base_url,
            timeout: self.seconds("timeout", 300.0)?,
            attempt_timeout,
            connect_timeout: self.seconds("connect_timeout", 10.0)?,
            max_attempts,
            backoff: self.seconds("backoff", 0.5)?,
            max_retry_after: self.seconds("max_retry_after", 60.0)?,
            proxy: self.values.get("proxy").cloned(),
            ca_file: self.text("ca_file").map(PathBuf::from),
            client_cert_file: self.text("client_cert_file").map(PathBuf::from),
            client_key_file: self.text("client_key_file").map(PathBuf::from),
            user_agent: self.text("user_agent").map_or_else(|| own.to_owned(), |agent| format!("{agent} {own}")),
            token_store: self.values.get("token_store").cloned(),
        })
    }

    /// From the first place that has one that the cloud can use.
    fn credential(&self, cloud: Cloud) -> Result<Source> {
        if let Some(callback) = &self.callback {
            only_one("the arguments", &self.values, 1)?;
            return Ok(Source::Callback(callback.clone()));
        }
        let key = cloud == Cloud::Cloudranger;
        let id = || match (key, self.text("client_id")) {
            // A file and a command may name the id themselves.
            (false, id) => Some(id.unwrap_or_default().to_owned()),
            (true, _) => None,
        };
        let places = std::iter::once(("the arguments", &self.values));
        for (place, values) in places.chain(self.further.iter().map(|(place, values)| (&**place, values))) {
            only_one(place, values, 0)?;
            if let Some(path) = values.get("client_secret_file") {
                return Ok(Source::File(PathBuf::from(path.expose()), id()));
            }
            if let Some(command) = values.get("client_secret_command") {
                return Ok(Source::Command(command.clone(), id()));
            }
            let given = |name| values.get(name).filter(|value: &&Secret| !value.expose().is_empty());
            match (key, given("api_key"), given("client_secret")) {
                (true, Some(key), _) => return Ok(Source::Fixed(Credential::key(key.clone()))),
                (false, _, Some(secret)) => {
                    let id = self.text("client_id").filter(|id| !id.is_empty());
                    let id = id.ok_or_else(|| missing("client_id", "DRUVA_CLIENT_ID"))?;
                    return Ok(Source::Fixed(Credential::pair(id, secret.clone())));
                }
                _ => {}
            }
        }
        Err(match (key, self.text("client_id")) {
            (true, _) => missing("api_key", "DRUVA_API_KEY"),
            (false, None | Some("")) => missing("client_id", "DRUVA_CLIENT_ID"),
            (false, Some(_)) => missing("client_secret", "DRUVA_CLIENT_SECRET"),
        })
    }

    /// Adds what a further place says of options that are still open.
    fn add(&mut self, values: BTreeMap<&'static str, Secret>, place: &str) {
        let (secrets, others) = values.into_iter().partition(|(name, _)| SECRET.contains(name));
        self.further.push((place.to_owned(), secrets));
        for (name, value) in others {
            self.values.entry(name).or_insert(value);
        }
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(Secret::expose)
    }

    fn seconds(&self, name: &str, default: f64) -> Result<Duration> {
        let Some(text) = self.text(name) else { return Ok(Duration::from_secs_f64(default)) };
        text.parse()
            .ok()
            .filter(|seconds: &f64| (0.001..=86_400.0).contains(seconds))
            .map(Duration::from_secs_f64)
            .ok_or_else(|| bad(name, text, "seconds from 0.001 to 86400"))
    }

    /// Adds what the profile says of options that are still open.
    fn add_profile(&mut self) -> Result<()> {
        let named = self.values.contains_key("profile") || self.values.contains_key("config_file");
        let path = match self.text("config_file") {
            Some(path) => PathBuf::from(path),
            None => match default_file() {
                Some(path) => path,
                None => return Ok(()),
            },
        };
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            // A service may have no home that it can enter: who named no file needs none.
            Err(error) if !named && is_out_of_reach(&error) => {
                tracing::debug!(path = %path.display(), %error, "no configuration file");
                return Ok(());
            }
            Err(error) => return Err(Error::config(format!("cannot read {}: {error}", path.display()))),
        };
        self.read_profile(&text, &path, named)
    }

    /// Adds what the profile in a file's text says; one that was named must be there.
    pub(crate) fn read_profile(&mut self, text: &str, path: &Path, named: bool) -> Result<()> {
        // A parser's message shows the line, and the line may hold the secret.
        let file: toml::Table = text.parse().map_err(|error: toml::de::Error| {
            let line =
                error.span().map_or(1, |span| text.get(..span.start).map_or(1, |before| before.lines().count().max(1)));
            Error::config(format!("{}:{line}: not TOML", path.display()))
        })?;
        let name = self.text("profile").unwrap_or("default").to_owned();
        let Some(profile) = file.get(&name) else {
            return match named {
                true => Err(Error::config(format!("{} has no profile `{name}`", path.display()))),
                false => Ok(()),
            };
        };
        let profile =
            profile.as_table().ok_or_else(|| Error::config(format!("{}: `{name}` is not a table", path.display())))?;
        let place = format!("the profile `{name}` of {}", path.display());
        let mut values = BTreeMap::new();
        for (key, value) in profile {
            let option = option(key)
                .filter(|option| !matches!(option.name, "profile" | "config_file"))
                .ok_or_else(|| unknown(key, &place))?;
            let value = match value {
                // A path beside the file that names it.
                toml::Value::String(text) if option.name.ends_with("_file") => {
                    path.parent().unwrap_or(Path::new(".")).join(text).to_string_lossy().into_owned()
                }
                toml::Value::String(text) => text.clone(),
                toml::Value::Integer(number) => number.to_string(),
                toml::Value::Float(number) => number.to_string(),
                _ => return Err(Error::config(format!("{}: `{key}` is neither text nor a number", path.display()))),
            };
            values.insert(option.name, Secret::new(value));
        }
        self.add(values, &place);
        Ok(())
    }
}

/// Refuses two sources of the secret in one place: nobody could tell which of them counts. An API key may lie beside a
/// secret, since the cloud says which of them is wanted.
fn only_one(place: &str, values: &BTreeMap<&'static str, Secret>, callbacks: usize) -> Result<()> {
    let named = SECRET[..3].iter().copied().filter(|name| values.contains_key(name));
    let given: Vec<&str> = named.chain(std::iter::repeat_n("credential_provider", callbacks)).collect();
    match given.len() {
        0 | 1 => Ok(()),
        _ => Err(Error::config(format!("{place} give {}: only one of them can count", given.join(" and ")))),
    }
}

fn missing(name: &str, env: &str) -> Error {
    Error::config(format!("no {name}")).hint(format!(
        "Pass {name}, set {env}, or put it into the profile. API credentials are made in the Druva Cloud console."
    ))
}

fn default_file() -> Option<PathBuf> {
    let folder = std::env::var_os("XDG_CONFIG_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let folder = folder.or_else(|| std::env::home_dir().map(|home| home.join(".config")))?;
    Some(folder.join("druva").join("config.toml"))
}

fn is_out_of_reach(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{NotADirectory, NotFound, PermissionDenied};
    matches!(error.kind(), NotFound | NotADirectory | PermissionDenied)
}

fn option(name: &str) -> Option<&'static ConfigOption> {
    OPTIONS.iter().find(|option| option.name == name)
}

fn unknown(name: &str, place: &str) -> Error {
    let names: Vec<&str> = OPTIONS.iter().map(|option| option.name).collect();
    Error::config(format!("`{name}` in {place} is not an option")).hint(format!("There are {}.", names.join(", ")))
}

fn bad(name: &str, text: &str, wanted: &str) -> Error {
    let secret = option(name).is_some_and(|option| option.kind == OptionKind::Secret);
    let shown = if secret { "***" } else { text };
    Error::config(format!("the option `{name}` is `{shown}`, not {wanted}"))
}

/// https, or http on loopback: a token must not cross a network in the clear.
fn check_base_url(url: &str) -> Result<String> {
    let url = url.trim_end_matches('/');
    let refused = |why: &str| Error::config(format!("base_url {why}")).hint("It looks like https://apis.druva.com.");
    let uri: Uri = url.parse().map_err(|_| refused("is not a URL"))?;
    let authority = uri.authority().ok_or_else(|| refused("has no host"))?;
    if authority.as_str().contains('@') {
        return Err(refused("must not hold a user name or password"));
    }
    if !names_host(authority) {
        return Err(refused("has no host, or a port that is no number up to 65535"));
    }
    // Paths are put behind it; the parser passes over a fragment.
    if uri.query().is_some() || url.contains('#') {
        return Err(refused("must not have a query or a fragment"));
    }
    match uri.scheme_str() {
        Some("https") => Ok(url.to_owned()),
        Some("http") if is_loopback(authority.host()) => Ok(url.to_owned()),
        Some("http") => Err(refused("is http: tokens only travel over https, or over http on loopback")),
        _ => Err(refused("needs the scheme https")),
    }
}

/// Does it have a host, and a port only if that is one? The parser looks at neither; without a port the scheme's own is used.
pub(crate) fn names_host(authority: &Authority) -> bool {
    let has_port = authority.as_str().rsplit(['@', ']']).next().is_some_and(|end| end.contains(':'));
    !authority.host().is_empty() && (!has_port || authority.port_u16().is_some())
}

pub(crate) fn is_loopback(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}
