//! What a token is asked for with: one request for each kind of credential.

use super::cache::TokenCache;
use super::credential::{Credential, key_header};
use super::token::Token;
use crate::cloud::Cloud;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::secret::{self, Secret};
use crate::transport::http::Request;
use base64::Engine as _;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Uri, header};
use std::sync::Arc;
use zeroize::Zeroizing;

/// CloudRanger wants its key beside the token in every request.
pub(crate) const API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// Where a token comes from.
#[derive(Debug)]
pub(crate) enum Grant {
    /// The cloud's own endpoint: an id and secret, or CloudRanger's key.
    Cloud,
    /// The managed-service provider's endpoint: an id and secret.
    Msp,
    /// The endpoint that gives a customer's token for that of its provider.
    Customer { id: String, provider: Arc<TokenCache> },
}

/// A request for a token, and what it carries.
pub(super) struct Asked {
    pub(super) request: Request,
    pub(super) with: With,
}

/// What a request for a token carries.
pub(super) enum With {
    Credential(Arc<Credential>),
    /// The provider's, in a request for a customer's.
    Token(Arc<Token>),
}

impl Grant {
    /// The request for a token. For a customer's it waits for the provider's own, for others it asks for the credential.
    pub(super) async fn ask(&self, config: &Config) -> Result<Asked> {
        let base = &config.base_url;
        match self {
            Grant::Cloud | Grant::Msp => {
                let credential = config.credential.get().await?;
                let (path, body) = match self {
                    Grant::Msp => ("/msp/auth/v1/token", "grant_type=client_credentials"),
                    _ => ("/token", "grant_type=client_credentials&scope=read"),
                };
                let request = match &*credential {
                    Credential::Pair { id, secret } => {
                        form(&format!("{base}{path}"), basic(id, secret)?, Bytes::from_static(body.as_bytes()))?
                    }
                    Credential::Key(key) => Request::new(Method::GET, uri(&format!("{base}/202004/authorize"))?)
                        .header(API_KEY, key_header(key)?),
                };
                Ok(Asked { request, with: With::Credential(credential) })
            }
            Grant::Customer { id, provider } => {
                let token = provider.get().await?;
                let url = format!("{base}/msp/v2/customers/{id}/token");
                let body = Bytes::from_static(b"grant_type=client_credentials");
                Ok(Asked { request: form(&url, token.header.clone(), body)?, with: With::Token(token) })
            }
        }
    }

    /// Forgets what a request carried that was refused; false when that is of no use, since the next would carry the same.
    pub(super) async fn refuse(&self, config: &Config, with: &With) -> Result<bool> {
        match (self, with) {
            (Grant::Customer { provider, .. }, With::Token(token)) => Ok(provider.refuse(token)),
            (_, With::Credential(credential)) => config.credential.refuse(credential).await,
            _ => Ok(false),
        }
    }

    /// The member of the endpoint's answer that is the token.
    pub(super) fn member(&self, config: &Config) -> &'static str {
        match (self, config.cloud) {
            (Grant::Cloud, Cloud::Cloudranger) => "token",
            _ => "access_token",
        }
    }

    /// What to do about a refusal.
    pub(super) fn advice(&self, config: &Config) -> &'static str {
        match (self, config.cloud) {
            (Grant::Cloud, Cloud::Cloudranger) => "The API key was refused: check it in CloudRanger's settings.",
            (Grant::Cloud, _) => {
                "The credential was refused: check the id and the secret, the cloud they belong to, and whether the credential is limited to other IP addresses. \
                 A regenerated secret revokes the old one at once. A managed-service provider's credential is for `msp` and for clients of its customers."
            }
            (Grant::Msp, _) => {
                "The credential was refused: check that it is one of the Managed Services Center, its id and its secret, and whether it is limited to other IP addresses. \
                 A regenerated secret revokes the old one at once."
            }
            (Grant::Customer { .. }, _) => {
                "The provider's token is good, but gives none for this customer: check the customer's id and what the credential may manage."
            }
        }
    }
}

fn uri(url: &str) -> Result<Uri> {
    url.parse().map_err(|_| Error::internal("the token endpoint's URL is none"))
}

fn form(url: &str, authorization: HeaderValue, body: Bytes) -> Result<Request> {
    Ok(Request::new(Method::POST, uri(url)?)
        .header(header::AUTHORIZATION, authorization)
        .header(header::CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"))
        .body(body))
}

/// Raw bytes in base64: ids and secrets hold `/`, `+` and `=`, and Druva wants them unescaped.
fn basic(id: &str, secret: &Secret) -> Result<HeaderValue> {
    // With room for all of it: text that grows leaves pieces of itself behind.
    let mut pair = Zeroizing::new(String::with_capacity(id.len() + 1 + secret.expose().len()));
    pair.extend([id, ":", secret.expose()]);
    let mut basic = Zeroizing::new(String::with_capacity("Basic ".len() + pair.len().div_ceil(3) * 4));
    basic.push_str("Basic ");
    base64::engine::general_purpose::STANDARD.encode_string(pair.as_bytes(), &mut basic);
    secret::header(basic).ok_or_else(|| Error::internal("base64 is not a header value"))
}
