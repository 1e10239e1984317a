//! A token and what is known of its life.

use crate::clock::Moment;
use crate::error::{Error, Kind, Result};
use crate::json::Json;
use crate::secret::header;
use bytes::Bytes;
use http::HeaderValue;
use std::time::Duration;
use zeroize::Zeroizing;

/// How long a token is believed whose answer does not say.
const UNSTATED_LIFE: Duration = Duration::from_secs(300);

/// A bearer token. Opaque: never parsed, never shown.
pub(crate) struct Token {
    /// `Bearer ...`, ready to be sent and marked sensitive.
    pub(crate) header: HeaderValue,
    /// CloudRanger's key, which travels beside the token that was minted with it.
    pub(crate) key: Option<HeaderValue>,
    pub(crate) minted: Moment,
    /// How long Druva said it lives.
    pub(crate) life: Duration,
    /// From here on one caller fetches the next while the others go on with this one.
    pub(crate) advisory: Moment,
    /// From here on it is not used any more.
    pub(crate) mandatory: Moment,
    /// It was minted because Druva had refused the one before.
    pub(crate) after_refusal: bool,
}

impl Token {
    /// Reads a token endpoint's answer, whose token is its `member`. `jitter` (0 to 1) spreads the refreshes of many processes.
    pub(crate) fn parse(body: &Bytes, member: &str, now: Moment, after_refusal: bool, jitter: f64) -> Result<Token> {
        // What the parser says could quote the token.
        let json = Json::parse(body).ok().filter(Json::is_object).ok_or_else(|| unusable("is not a JSON object"))?;
        let token = json.get(member).filter(|token| !token.is_null());
        let token = token.ok_or_else(|| unusable(&format!("has no {member}")))?;
        let token = token.is_string().then(|| token.as_str().map(|token| Zeroizing::new(token.into_owned()))).flatten();
        let token = token.ok_or_else(|| unusable(&format!("has a {member} that is no text")))?;
        if token.is_empty() {
            return Err(unusable(&format!("has an empty {member}")));
        }
        let mut bearer = Zeroizing::new(String::with_capacity("Bearer ".len() + token.len()));
        bearer.push_str("Bearer ");
        bearer.push_str(&token);
        let header =
            header(bearer).ok_or_else(|| unusable("has a token with characters that a header cannot carry"))?;
        let life = match json.get("expires_in").filter(|life| !life.is_null()) {
            None => UNSTATED_LIFE,
            Some(life) => {
                let seconds = life
                    .as_f64()
                    .filter(|seconds| *seconds >= 0.0)
                    .ok_or_else(|| unusable("has an expires_in that is no number"))?;
                Duration::from_secs_f64(seconds.min(86_400.0))
            }
        };
        Ok(Token::new(header, now, life, after_refusal, jitter))
    }

    /// A token that has lived since `minted`.
    pub(crate) fn new(header: HeaderValue, minted: Moment, life: Duration, after_refusal: bool, jitter: f64) -> Token {
        // Short lives keep short windows, or they would be over before they begin.
        let advisory = Duration::from_secs(300).min(life / 5);
        let advisory = advisory + advisory.mul_f64(jitter * 0.2);
        let mandatory = Duration::from_secs(30).min(life / 10);
        let advisory = minted.after(life.saturating_sub(advisory));
        let mandatory = minted.after(life.saturating_sub(mandatory));
        Token { header, key: None, minted, life, advisory, mandatory, after_refusal }
    }
}

fn unusable(what: &str) -> Error {
    Error::new(Kind::Auth, format!("the token endpoint's answer {what}"))
        .hint("Nothing was sent with it. Check that base_url and proxy lead to Druva.")
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(***)")
    }
}
