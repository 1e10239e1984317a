//! What a stored token looks like: sealed with a key made of the client's own secret, and bound to its place.

use crate::auth::credential::Credential;
use crate::auth::grant::Grant;
use crate::auth::token::Token;
use crate::clock::{Clock, Moment};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::secret;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{SecureRandom, SystemRandom};
use ring::{digest, hkdf};
use std::time::Duration;
use zeroize::Zeroizing;

/// The form of what is stored. Another one is not read, but replaced.
const FORM: &[u8] = b"druva-token-1\n";

/// Minted, life, after a refusal; the header follows.
const FACTS: usize = 8 + 8 + 1;

/// How far another machine's clock may be ahead of this one. A token from further ahead is not believed: then a clock
/// has been moved, and nobody knows how old the token is.
const CLOCKS_DIFFER: Duration = Duration::from_secs(30);

/// Where a token is kept: its name, and the key that seals it.
#[derive(Debug)]
pub(super) struct Place {
    /// Of letters and digits; says nothing of the credential.
    pub(super) name: String,
    /// What the token is for. It is sealed in, so that a token put in another one's place cannot be opened.
    bound: Vec<u8>,
    key: LessSafeKey,
}

impl Place {
    /// The place of the tokens that a grant asks for with a credential.
    pub(super) fn new(config: &Config, credential: &Credential, grant: &Grant) -> Result<Place> {
        let (grant, customer) = match grant {
            Grant::Cloud => ("cloud", ""),
            Grant::Msp => ("msp", ""),
            Grant::Customer { id, .. } => ("customer", id.as_str()),
        };
        let (id, secret) = match credential {
            Credential::Pair { id, secret } => (id.as_str(), secret),
            Credential::Key(key) => ("", key),
        };
        let root = hkdf::Salt::new(hkdf::HKDF_SHA256, FORM).extract(secret.expose().as_bytes());
        let failed = |_| Error::internal("no key could be made for the token store");
        let key = root.expand(&[b"seal"], &AES_256_GCM).map(UnboundKey::from).map_err(failed)?;
        // An API key has no id beside it: what is derived from it stands in, so that two keys have two places.
        let mut own = [0; digest::SHA256_OUTPUT_LEN];
        if id.is_empty() {
            root.expand(&[b"name"], hkdf::HKDF_SHA256).and_then(|okm| okm.fill(&mut own)).map_err(failed)?;
        }
        let mut bound = FORM.to_vec();
        for part in [config.base_url.as_bytes(), grant.as_bytes(), id.as_bytes(), customer.as_bytes(), &own] {
            bound.extend(part.len().to_be_bytes());
            bound.extend(part);
        }
        let hash = digest::digest(&digest::SHA256, &bound);
        let name = hash.as_ref().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        Ok(Place { name, bound, key: LessSafeKey::new(key) })
    }

    pub(super) fn seal(&self, token: &Token) -> Result<Vec<u8>> {
        let header = token.header.as_bytes();
        // With room for all of it: what grows leaves pieces of itself behind. Sealing is done in place.
        let mut text = Vec::with_capacity(FACTS + header.len() + AES_256_GCM.tag_len());
        text.extend(token.minted.unix_ms().to_be_bytes());
        text.extend((token.life.as_millis() as u64).to_be_bytes());
        text.push(token.after_refusal.into());
        text.extend(header);
        let failed = |_| Error::internal("the token could not be sealed");
        let mut nonce = [0; NONCE_LEN];
        SystemRandom::new().fill(&mut nonce).map_err(failed)?;
        self.key
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(&self.bound), &mut text)
            .map_err(failed)?;
        Ok([FORM, &nonce, &text].concat())
    }

    /// The token, when it was sealed here with the same secret and can still be used.
    pub(super) fn open(&self, stored: &[u8], clock: &Clock) -> Option<Token> {
        let (nonce, sealed) = stored.strip_prefix(FORM)?.split_at_checked(NONCE_LEN)?;
        let mut text = Zeroizing::new(sealed.to_vec());
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        unpack(self.key.open_in_place(nonce, Aad::from(&self.bound), &mut text).ok()?, clock)
    }
}

/// The token that was sealed, when it can still be used.
pub(crate) fn unpack(text: &[u8], clock: &Clock) -> Option<Token> {
    let (minted, text) = text.split_first_chunk()?;
    let (life, text) = text.split_first_chunk()?;
    let (&after_refusal, header) = text.split_first()?;
    let header = Zeroizing::new(String::from_utf8(header.to_vec()).ok()?);
    let (minted, life) = (u64::from_be_bytes(*minted), Duration::from_millis(u64::from_be_bytes(*life)));
    let now = clock.now();
    let minted = Moment::at_unix_ms(minted, now).filter(|minted| !minted.is_beyond(now.after(CLOCKS_DIFFER)))?;
    let token = Token::new(secret::header(header)?, minted, life, after_refusal != 0, fastrand::f64());
    (!now.reached(token.mandatory)).then_some(token)
}
