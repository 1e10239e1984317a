//! What a client shows to get tokens.

use crate::cloud::Cloud;
use crate::error::{Error, Result};
use crate::json::Json;
use crate::secret::{self, Secret};
use http::HeaderValue;
use zeroize::Zeroizing;

/// What a client shows to get tokens.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Credential {
    /// A client id and its secret.
    Pair {
        /// The id of an API credential.
        id: String,
        /// Its secret key.
        secret: Secret,
    },
    /// CloudRanger's API key.
    Key(Secret),
}

/// Without the id too: it stands in no log.
impl std::fmt::Debug for Credential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Credential::Pair { .. } => "Pair(***)",
            Credential::Key(_) => "Key(***)",
        })
    }
}

impl Credential {
    /// A client id and its secret.
    pub fn pair(id: impl Into<String>, secret: impl Into<Secret>) -> Credential {
        Credential::Pair { id: id.into(), secret: secret.into() }
    }

    /// CloudRanger's API key.
    pub fn key(key: impl Into<Secret>) -> Credential {
        Credential::Key(key.into())
    }

    /// Reads what a file, a command or a callback gave: the secret alone, which belongs to the id that is `known`, or a
    /// JSON object of `client_id` and `client_secret`, or of `api_key`.
    pub(crate) fn read(text: &Secret, known: Option<&str>) -> Result<Credential> {
        let text = text.expose().trim();
        if text.is_empty() {
            return Err(Error::config("it is empty"));
        }
        if !text.starts_with('{') {
            return Ok(match known {
                Some("") => return Err(Error::config("it has no client_id, and none is set")),
                Some(id) => Credential::pair(id, text),
                None => Credential::key(text),
            });
        }
        // What a parser says could quote the secret.
        let json = Json::parse(text.as_bytes()).map_err(|_| Error::config("it is not JSON"))?;
        let member = |name: &str| json.read::<String>(name).filter(|value| !value.is_empty());
        // A file may hold both, for clients of either kind; what goes with an id is a secret.
        let wants_secret = known.is_some() && member("client_secret").is_some();
        if let Some(key) = member("api_key").filter(|_| !wants_secret) {
            return Ok(Credential::key(key));
        }
        let known = known.filter(|id| !id.is_empty()).map(str::to_owned);
        match (member("client_id").or(known), member("client_secret")) {
            (Some(id), Some(secret)) => Ok(Credential::pair(id, secret)),
            (None, Some(_)) => Err(Error::config("it has no client_id, and none is set")),
            (_, None) => Err(Error::config("it has neither client_secret nor api_key")),
        }
    }

    /// Refuses a credential of another kind than the cloud wants.
    pub(crate) fn fit(self, cloud: Cloud) -> Result<Credential> {
        match (&self, cloud == Cloud::Cloudranger) {
            (Credential::Key(_), true) | (Credential::Pair { .. }, false) => Ok(self),
            (Credential::Key(_), false) => {
                Err(Error::config(format!("it is an API key; the cloud {cloud} wants an id and a secret")))
            }
            (Credential::Pair { .. }, true) => {
                Err(Error::config("it is an id and a secret; the cloud cloudranger wants an API key"))
            }
        }
    }

    /// Of an API key, the header that every request carries beside the token.
    pub(crate) fn key_header(&self) -> Result<Option<HeaderValue>> {
        match self {
            Credential::Key(key) => key_header(key).map(Some),
            Credential::Pair { .. } => Ok(None),
        }
    }
}

/// The key as a header.
pub(super) fn key_header(key: &Secret) -> Result<HeaderValue> {
    secret::header(Zeroizing::new(key.expose().to_owned()))
        .ok_or_else(|| Error::config("api_key has characters that a header cannot carry"))
}
