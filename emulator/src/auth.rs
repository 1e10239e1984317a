//! The endpoints that give tokens and the check of those that come back, with the rules of Druva's clouds.

use crate::dice;
use crate::http::{Reply, Request, form};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use druva_api::Realm;
use serde_json::{Map, Value, json};
use std::collections::HashMap;

/// The operation that gives a customer's token for its provider's.
pub(crate) const CUSTOMER_TOKEN: &str = "msp.customers.create_token";
/// CloudRanger wants its key in every request.
const API_KEY: &str = "x-api-key";

/// Whose a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Of a credential of the cloud.
    Cloud,
    /// Of a managed-service provider.
    Msp,
    /// Of a provider's customer.
    Customer,
    /// Of CloudRanger's key.
    Key,
}

impl Kind {
    /// What the endpoint for credentials at that place gives.
    pub(crate) fn given_at(method: &str, path: &str, cloud: &str) -> Option<Kind> {
        match (method, path, cloud) {
            ("POST", "/token", "public" | "insync-gov" | "gov") => Some(Kind::Cloud),
            ("POST", "/msp/auth/v1/token", "public") => Some(Kind::Msp),
            ("GET", "/202004/authorize", "cloudranger") => Some(Kind::Key),
            _ => None,
        }
    }

    /// As logs and tests name it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Kind::Cloud => "cloud",
            Kind::Msp => "msp",
            Kind::Customer => "customer",
            Kind::Key => "key",
        }
    }

    /// Seconds for which such a token is good on that cloud.
    fn ttl(self, cloud: &str) -> f64 {
        if self == Kind::Msp || cloud == "insync-gov" { 900.0 } else { 1800.0 }
    }

    /// Whether calls of such a product may carry it.
    fn opens(self, realm: Realm) -> bool {
        (self == Kind::Msp) == (realm == Realm::Msp)
    }
}

/// Credentials and the tokens minted with them.
pub(crate) struct Tokens {
    seed: u64,
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
    pub(crate) api_key: String,
    live: HashMap<String, Live>,
    minted: u64,
    look: Look,
}

struct Live {
    kind: Kind,
    /// Whose it is, of a provider's customers.
    customer: Option<String>,
    expires: f64,
}

/// How token answers look.
#[derive(Default)]
pub(crate) struct Look {
    /// In place of the number of seconds; `"missing"` leaves it out.
    pub(crate) expires_in: Option<Value>,
    /// Further members, or others in place of the usual ones.
    pub(crate) extra: Map<String, Value>,
}

/// The answer of an endpoint that gives tokens.
pub(crate) struct Grant {
    pub(crate) reply: Reply,
    pub(crate) minted: Option<Kind>,
    pub(crate) violation: Option<String>,
}

/// How long tokens live: on which cloud, unless told otherwise.
#[derive(Clone, Copy)]
pub(crate) struct Lifetime<'a> {
    pub(crate) cloud: &'a str,
    pub(crate) told: Option<f64>,
}

/// What the gateway thinks of a request's token.
pub(crate) enum Bearer {
    Good,
    /// None was sent.
    Missing,
    /// Expired, or revoked.
    Stale,
    /// Not of this cloud, or not for such a call.
    Foreign,
    /// CloudRanger's key is missing, or wrong.
    Keyless,
}

impl Tokens {
    pub(crate) fn new(
        seed: u64,
        client_id: Option<String>,
        client_secret: Option<String>,
        api_key: Option<String>,
    ) -> Tokens {
        let made_up = |field: &str| {
            let digits = dice::hex(seed, "credential", 0, field, 24);
            format!("{}/{}+{}=", &digits[..8], &digits[8..16], &digits[16..])
        };
        Tokens {
            seed,
            client_id: client_id.unwrap_or_else(|| made_up("id")),
            client_secret: client_secret.unwrap_or_else(|| made_up("secret")),
            api_key: api_key.unwrap_or_else(|| dice::hex(seed, "credential", 0, "key", 40)),
            live: HashMap::new(),
            minted: 0,
            look: Look::default(),
        }
    }

    pub(crate) fn set_look(&mut self, look: Look) {
        self.look = look;
    }

    /// Every token given out so far, and whose it is.
    pub(crate) fn given_out(&self) -> Value {
        self.live.iter().map(|(token, live)| (token.clone(), json!(live.kind.name()))).collect()
    }

    /// Makes every token minted so far useless.
    pub(crate) fn revoke(&mut self) {
        self.live.values_mut().for_each(|live| live.expires = f64::NEG_INFINITY);
    }

    pub(crate) fn rotate(&mut self, client_secret: Option<String>, api_key: Option<String>) {
        self.client_secret = client_secret.unwrap_or_else(|| std::mem::take(&mut self.client_secret));
        self.api_key = api_key.unwrap_or_else(|| std::mem::take(&mut self.api_key));
        self.revoke();
    }

    /// Answers an endpoint that gives tokens for credentials.
    pub(crate) fn grant(&mut self, kind: Kind, request: &Request, now: f64, lifetime: Lifetime<'_>) -> Grant {
        let refuse = |status: u16, error: &str, violation: Option<String>| Grant {
            reply: Reply::json(status, &json!({ "error": error })),
            minted: None,
            violation,
        };
        if kind == Kind::Key {
            if !request.query.is_empty() || !request.body.is_empty() {
                return refuse(
                    400,
                    "invalid_request",
                    Some("the key is all that a token of it is asked for with".into()),
                );
            }
            return match request.header(API_KEY) {
                Some(key) if key == self.api_key => self.mint(kind, None, now, lifetime),
                Some(_) => refuse(403, "invalid_key", None),
                None => refuse(403, "invalid_key", Some(format!("a request for a token carries {API_KEY}"))),
            };
        }
        if let Err((error, violation)) = check_form(kind, request) {
            return refuse(400, error, Some(violation));
        }
        let Some(credentials) = request.header("authorization").and_then(|value| value.strip_prefix("Basic ")) else {
            return refuse(400, "invalid_client", Some("a token request carries Authorization: Basic".into()));
        };
        if STANDARD.encode(format!("{}:{}", self.client_id, self.client_secret)) != credentials {
            return refuse(400, "invalid_grant", None);
        }
        self.mint(kind, None, now, lifetime)
    }

    /// A new token.
    pub(crate) fn mint(&mut self, kind: Kind, customer: Option<String>, now: f64, lifetime: Lifetime<'_>) -> Grant {
        self.minted += 1;
        let ttl = lifetime.told.unwrap_or_else(|| kind.ttl(lifetime.cloud));
        // Letters that a client must send on as they are: whoever parses or escapes a token is found out.
        let digits = dice::hex(self.seed, "token", self.minted, "", 48);
        let token = format!("{}:{}+{}/{}==", &digits[..4], &digits[4..20], &digits[20..36], &digits[36..]);
        self.live.insert(token.clone(), Live { kind, customer, expires: now + ttl });
        let mut answer = Map::new();
        if kind == Kind::Key {
            answer.insert("token".into(), json!(token));
        } else {
            answer.insert("access_token".into(), json!(token));
            answer.insert("token_type".into(), json!("bearer"));
        }
        match &self.look.expires_in {
            None if kind == Kind::Key => {}
            None => {
                answer.insert("expires_in".into(), json!(ttl as u64));
            }
            Some(Value::String(missing)) if missing == "missing" => {}
            Some(value) => {
                answer.insert("expires_in".into(), value.clone());
            }
        }
        answer.extend(self.look.extra.clone());
        Grant { reply: Reply::json(200, &Value::Object(answer)), minted: Some(kind), violation: None }
    }

    /// The customer whose token a request carries.
    pub(crate) fn customer(&self, request: &Request) -> Option<&str> {
        let (_, token) = request.header("authorization")?.split_once(' ')?;
        self.live.get(token)?.customer.as_deref()
    }

    /// What a request carries that wants to call a product of that realm.
    pub(crate) fn check(&self, request: &Request, realm: Realm, cloud: &str, now: f64) -> Bearer {
        if cloud == "cloudranger" && request.header(API_KEY) != Some(&self.api_key) {
            return Bearer::Keyless;
        }
        let Some(header) = request.header("authorization") else { return Bearer::Missing };
        match header.split_once(' ') {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => match self.live.get(token) {
                Some(live) if !live.kind.opens(realm) => Bearer::Foreign,
                Some(live) if live.expires > now => Bearer::Good,
                Some(_) => Bearer::Stale,
                None => Bearer::Foreign,
            },
            _ => Bearer::Missing,
        }
    }
}

/// Whether a form asks for a token in the way of the documents; else the error, and why.
fn check_form(kind: Kind, request: &Request) -> Result<(), (&'static str, String)> {
    if request.media_type() != "application/x-www-form-urlencoded" {
        let why = "a token request is a form: Content-Type application/x-www-form-urlencoded";
        return Err(("invalid_request", why.into()));
    }
    let fields = form(&String::from_utf8_lossy(&request.body));
    let field = |name: &str| fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    if field("grant_type") != Some("client_credentials") {
        return Err(("unsupported_grant_type", "a token request says grant_type=client_credentials".into()));
    }
    let is_known = |name: &str| name == "grant_type" || (name == "scope" && kind == Kind::Cloud);
    if kind == Kind::Cloud && field("scope") != Some("read") {
        return Err(("invalid_scope", "a token request says scope=read".into()));
    }
    if let Some((name, _)) = fields.iter().find(|(name, _)| !is_known(name)) {
        let name: String = name.chars().take(40).collect();
        return Err(("invalid_request", format!("a token request has no field {name:?}")));
    }
    Ok(())
}

/// What the gateway answers in place of the operation.
pub(crate) fn refusal(bearer: &Bearer, expired_status: u16) -> Option<Reply> {
    let denied = "User is not authorized to access this resource with an explicit deny";
    match (bearer, expired_status) {
        (Bearer::Good, _) => None,
        (Bearer::Keyless, _) => Some(Reply::json(403, &json!({ "message": "Forbidden" }))),
        (Bearer::Missing, 401) => Some(Reply::json(401, &json!({ "message": "Unauthorized" }))),
        (Bearer::Stale, 401) => Some(Reply::json(401, &json!({ "message": "The incoming token has expired" }))),
        (Bearer::Missing | Bearer::Stale | Bearer::Foreign, _) => Some(Reply::json(403, &json!({ "message": denied }))),
    }
}
