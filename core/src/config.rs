//! Where settings come from: arguments, then the environment, then a profile of the configuration file.

use crate::cloud::Cloud;
use crate::error::{Error, Result};
use crate::generated::{ConfigOption, OPTIONS, OptionKind};
#[cfg(feature = "embed")]
use crate::json::Json;
use crate::secret::Secret;
use http::Uri;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Everything a client needs to know, checked.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    pub(crate) credential: Credential,
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

/// What a client shows to get tokens.
#[derive(Debug, Clone)]
pub(crate) enum Credential {
    /// A client id and its secret.
    Pair { id: String, secret: Secret },
    /// CloudRanger's API key.
    Key(Secret),
}

/// Settings given as arguments, not yet completed. Every value is held as a secret, since some are.
#[derive(Debug, Clone, Default)]
pub(crate) struct Settings(BTreeMap<&'static str, Secret>);

impl Settings {
    pub(crate) fn set(&mut self, name: &'static str, value: impl Into<String>) {
        debug_assert!(OPTIONS.iter().any(|option| option.name == name));
        self.0.insert(name, Secret::new(value));
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
        for option in OPTIONS {
            if let Some(value) = option.env.and_then(|name| std::env::var(name).ok()).filter(|value| !value.is_empty())
            {
                self.0.entry(option.name).or_insert_with(|| Secret::new(value));
            }
        }
        self.add_profile()?;
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
        let own = concat!("druva-sdk/", env!("CARGO_PKG_VERSION"));
        Ok(Config {
            credential: self.credential(cloud)?,
            cloud,
            base_url,
            timeout: self.seconds("timeout", 300.0)?,
            attempt_timeout: self.seconds("attempt_timeout", 60.0)?,
            connect_timeout: self.seconds("connect_timeout", 10.0)?,
            max_attempts,
            backoff: self.seconds("backoff", 0.5)?,
            max_retry_after: self.seconds("max_retry_after", 60.0)?,
            proxy: self.0.get("proxy").cloned(),
            ca_file: self.text("ca_file").map(PathBuf::from),
            client_cert_file: self.text("client_cert_file").map(PathBuf::from),
            client_key_file: self.text("client_key_file").map(PathBuf::from),
            user_agent: self.text("user_agent").map_or_else(|| own.to_owned(), |agent| format!("{agent} {own}")),
            token_store: self.0.get("token_store").cloned(),
        })
    }

    fn credential(&self, cloud: Cloud) -> Result<Credential> {
        if cloud == Cloud::Cloudranger {
            return Ok(Credential::Key(self.needed("api_key", "DRUVA_API_KEY")?.clone()));
        }
        let id = self.needed("client_id", "DRUVA_CLIENT_ID")?.expose().to_owned();
        Ok(Credential::Pair { id, secret: self.needed("client_secret", "DRUVA_CLIENT_SECRET")?.clone() })
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(Secret::expose)
    }

    fn needed(&self, name: &str, env: &str) -> Result<&Secret> {
        self.0.get(name).filter(|value| !value.expose().is_empty()).ok_or_else(|| {
            Error::config(format!("no {name}"))
                .hint(format!("Pass {name}, set {env}, or put it into the profile. API credentials are made in the Druva Cloud console."))
        })
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
        let named = self.0.contains_key("profile") || self.0.contains_key("config_file");
        let path = match self.text("config_file") {
            Some(path) => PathBuf::from(path),
            None => match default_file() {
                Some(path) => path,
                None => return Ok(()),
            },
        };
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && !named => return Ok(()),
            Err(error) => return Err(Error::config(format!("cannot read {}: {error}", path.display()))),
        };
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
        let file_secret = profile_secret(profile, &path)?;
        for (key, value) in profile {
            if SECRET_SOURCES.contains(&key.as_str()) {
                continue;
            }
            let option = option(key)
                .filter(|option| !matches!(option.name, "profile" | "config_file"))
                .ok_or_else(|| unknown(key, &format!("the profile `{name}` of {}", path.display())))?;
            let value = match value {
                toml::Value::String(text) => text.clone(),
                toml::Value::Integer(number) => number.to_string(),
                toml::Value::Float(number) => number.to_string(),
                _ => return Err(Error::config(format!("{}: `{key}` is neither text nor a number", path.display()))),
            };
            self.0.entry(option.name).or_insert_with(|| Secret::new(value));
        }
        if !self.0.contains_key("client_secret")
            && let Some(source) = file_secret
        {
            self.0.insert("client_secret", source.read()?);
        }
        Ok(())
    }
}

/// Profile keys that say where the secret is instead of what it is.
const SECRET_SOURCES: [&str; 2] = ["client_secret_file", "client_secret_command"];

enum SecretSource {
    File(PathBuf),
    Command(String),
}

fn profile_secret(profile: &toml::Table, path: &Path) -> Result<Option<SecretSource>> {
    let text = |key: &str| match profile.get(key) {
        None => Ok(None),
        Some(toml::Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(Error::config(format!("{}: `{key}` is not text", path.display()))),
    };
    if let Some(file) = text(SECRET_SOURCES[0])? {
        let folder = path.parent().unwrap_or(Path::new("."));
        return Ok(Some(SecretSource::File(folder.join(file))));
    }
    Ok(text(SECRET_SOURCES[1])?.map(SecretSource::Command))
}

impl SecretSource {
    fn read(self) -> Result<Secret> {
        let secret = match self {
            SecretSource::File(path) => std::fs::read_to_string(&path).map_err(|error| {
                Error::config(format!("cannot read client_secret_file {}: {error}", path.display()))
            })?,
            SecretSource::Command(command) => {
                let shell = if cfg!(windows) { ["cmd", "/C"] } else { ["sh", "-c"] };
                let output = std::process::Command::new(shell[0])
                    .args([shell[1], &command])
                    .stdin(std::process::Stdio::null())
                    .stderr(std::process::Stdio::inherit())
                    .output()
                    .map_err(|error| Error::config(format!("cannot run client_secret_command: {error}")))?;
                if !output.status.success() {
                    return Err(Error::config(format!("client_secret_command ended with {}", output.status)));
                }
                String::from_utf8(output.stdout)
                    .map_err(|_| Error::config("client_secret_command printed something that is not UTF-8"))?
            }
        };
        Ok(Secret::new(secret.trim_end_matches(['\r', '\n'])))
    }
}

fn default_file() -> Option<PathBuf> {
    let folder = std::env::var_os("XDG_CONFIG_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let folder = folder.or_else(|| std::env::home_dir().map(|home| home.join(".config")))?;
    Some(folder.join("druva").join("config.toml"))
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
    if uri.query().is_some() {
        return Err(refused("must not have a query"));
    }
    match uri.scheme_str() {
        Some("https") => Ok(url.to_owned()),
        Some("http") if is_loopback(authority.host()) => Ok(url.to_owned()),
        Some("http") => Err(refused("is http: tokens only travel over https, or over http on loopback")),
        _ => Err(refused("needs the scheme https")),
    }
}

pub(crate) fn is_loopback(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}
