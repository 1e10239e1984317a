//! The token endpoint and the bearer check, with the rules of Druva's clouds.

use crate::dice;
use crate::http::{Reply, Request, form};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use std::collections::HashMap;

/// Credentials and the tokens minted with them.
pub(crate) struct Tokens {
    seed: u64,
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
    live: HashMap<String, f64>,
    minted: u64,
    look: Look,
}

/// How token answers look.
#[derive(Default)]
pub(crate) struct Look {
    /// In place of the number of seconds; `"missing"` leaves it out.
    pub(crate) expires_in: Option<Value>,
    /// Further members, or others in place of the usual ones.
    pub(crate) extra: Map<String, Value>,
}

/// The answer of the token endpoint.
pub(crate) struct Grant {
    pub(crate) reply: Reply,
    pub(crate) minted: bool,
    pub(crate) violation: Option<String>,
}

/// What the gateway thinks of a request's token.
pub(crate) enum Bearer {
    Good,
    /// None was sent.
    Missing,
    /// Expired, or revoked.
    Stale,
    /// Not of this cloud.
    Foreign,
}

impl Tokens {
    pub(crate) fn new(seed: u64, client_id: Option<String>, client_secret: Option<String>) -> Tokens {
        let made_up = |field: &str| {
            let digits = dice::hex(seed, "credential", 0, field, 24);
            format!("{}/{}+{}=", &digits[..8], &digits[8..16], &digits[16..])
        };
        Tokens {
            seed,
            client_id: client_id.unwrap_or_else(|| made_up("id")),
            client_secret: client_secret.unwrap_or_else(|| made_up("secret")),
            live: HashMap::new(),
            minted: 0,
            look: Look::default(),
        }
    }

    pub(crate) fn set_look(&mut self, look: Look) {
        self.look = look;
    }

    /// Makes every token minted so far useless.
    pub(crate) fn revoke(&mut self) {
        self.live.values_mut().for_each(|expires| *expires = f64::NEG_INFINITY);
    }

    pub(crate) fn rotate(&mut self, client_secret: String) {
        self.client_secret = client_secret;
        self.revoke();
    }

    /// Answers `POST /token`.
    pub(crate) fn grant(&mut self, request: &Request, now: f64, ttl: f64) -> Grant {
        let refuse = |error: &str, violation: Option<&str>| Grant {
            reply: Reply::json(400, &json!({ "error": error })),
            minted: false,
            violation: violation.map(str::to_owned),
        };
        if request.media_type() != "application/x-www-form-urlencoded" {
            return refuse(
                "invalid_request",
                Some("a token request is a form: Content-Type application/x-www-form-urlencoded"),
            );
        }
        let fields = form(&String::from_utf8_lossy(&request.body));
        let field = |name: &str| fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        if field("grant_type") != Some("client_credentials") {
            return refuse("unsupported_grant_type", Some("a token request says grant_type=client_credentials"));
        }
        if field("scope") != Some("read") {
            return refuse("invalid_scope", Some("a token request says scope=read"));
        }
        if let Some((name, _)) = fields.iter().find(|(name, _)| name != "grant_type" && name != "scope") {
            let name: String = name.chars().take(40).collect();
            return refuse("invalid_request", Some(&format!("a token request has no field {name:?}")));
        }
        let Some(credentials) = request.header("authorization").and_then(|value| value.strip_prefix("Basic ")) else {
            return refuse("invalid_client", Some("a token request carries Authorization: Basic"));
        };
        if STANDARD.encode(format!("{}:{}", self.client_id, self.client_secret)) != credentials {
            return refuse("invalid_grant", None);
        }
        Grant { reply: Reply::json(200, &self.mint(now, ttl)), minted: true, violation: None }
    }

    fn mint(&mut self, now: f64, ttl: f64) -> Value {
        self.minted += 1;
        // Letters that a client must send on as they are: whoever parses or escapes a token is found out.
        let digits = dice::hex(self.seed, "token", self.minted, "", 48);
        let token = format!("{}:{}+{}/{}==", &digits[..4], &digits[4..20], &digits[20..36], &digits[36..]);
        self.live.insert(token.clone(), now + ttl);
        let mut answer = Map::new();
        answer.insert("access_token".into(), json!(token));
        answer.insert("token_type".into(), json!("bearer"));
        match &self.look.expires_in {
            None => {
                answer.insert("expires_in".into(), json!(ttl as u64));
            }
            Some(Value::String(missing)) if missing == "missing" => {}
            Some(value) => {
                answer.insert("expires_in".into(), value.clone());
            }
        }
        answer.extend(self.look.extra.clone());
        Value::Object(answer)
    }

    pub(crate) fn check(&self, request: &Request, now: f64) -> Bearer {
        let Some(header) = request.header("authorization") else { return Bearer::Missing };
        match header.split_once(' ') {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => match self.live.get(token) {
                Some(expires) if *expires > now => Bearer::Good,
                Some(_) => Bearer::Stale,
                None => Bearer::Foreign,
            },
            _ => Bearer::Missing,
        }
    }
}

/// What the gateway answers in place of the operation.
pub(crate) fn refusal(bearer: &Bearer, expired_status: u16) -> Option<Reply> {
    let denied = "User is not authorized to access this resource with an explicit deny";
    match (bearer, expired_status) {
        (Bearer::Good, _) => None,
        (Bearer::Missing, 401) => Some(Reply::json(401, &json!({ "message": "Unauthorized" }))),
        (Bearer::Stale, 401) => Some(Reply::json(401, &json!({ "message": "The incoming token has expired" }))),
        (Bearer::Missing | Bearer::Stale | Bearer::Foreign, _) => Some(Reply::json(403, &json!({ "message": denied }))),
    }
}
