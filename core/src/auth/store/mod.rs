//! One token for many processes: a store beside the memory of each, and a lock around the fetch.
//!
//! A store makes nothing less available: when it cannot be read, locked or written, the process fetches a token of its
//! own and says so in the log.

mod access;
mod file;
#[cfg(feature = "redis")]
mod redis;
mod seal;

pub(crate) use self::access::Store;
#[cfg(feature = "fuzzing")]
pub(crate) use self::{redis::reply, seal::unpack};

use self::access::{Access, Lock};
use self::seal::Place;
use super::credential::Credential;
use super::exchange::Exchanger;
use super::token::Token;
use crate::clock::Moment;
use crate::error::Result;
use std::fmt::Display;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Bounds of the pause between two looks at a lock that another process has.
const PAUSE_MS: std::ops::Range<u64> = 5..40;

/// The place of one token in a store.
#[derive(Debug)]
pub(crate) struct Shelf<'a> {
    store: &'a Store,
    exchanger: &'a Exchanger,
    credential: Arc<Credential>,
    place: Place,
}

impl<'a> Shelf<'a> {
    /// The place of the token that belongs to the present credential.
    pub(crate) async fn new(store: &'a Store, exchanger: &'a Exchanger) -> Result<Shelf<'a>> {
        let credential = exchanger.config.credential.get().await?;
        let place = Place::new(&exchanger.config, &credential, &exchanger.grant)?;
        Ok(Shelf { store, exchanger, credential, place })
    }

    /// The token that another process has stored, or one that is fetched and stored. Never `spent`, of which the caller
    /// knows that it was refused (and when) or is about to end.
    pub(crate) async fn fetch(&self, spent: Option<&Token>, refused: Option<Moment>) -> Result<Token> {
        let after_refusal = refused.is_some();
        let exchanger = self.exchanger;
        // A holder that stands still must not take everybody's time: a fetch that takes longer has failed an attempt.
        let patience = Instant::now() + exchanger.config.attempt_timeout;
        let mut store = match self.store.access().await {
            Ok(store) => store,
            Err(error) => {
                self.warn(format!("cannot be reached: {error}"));
                return exchanger.fetch(after_refusal).await;
            }
        };
        let lock = loop {
            if let Some(token) = self.stored(&mut store, spent, refused).await {
                return Ok(token);
            }
            match store.try_lock(&self.place.name).await {
                Ok(Some(lock)) => break Some(lock),
                Ok(None) if Instant::now() < patience => {
                    tokio::time::sleep(Duration::from_millis(fastrand::u64(PAUSE_MS))).await;
                }
                Ok(None) => {
                    self.warn("another process has held the lock for too long");
                    break None;
                }
                Err(error) => {
                    self.warn(format!("cannot be locked: {error}"));
                    break None;
                }
            }
        };
        // It may have been stored between the look and the lock.
        let fetched = match self.stored(&mut store, spent, refused).await {
            Some(token) => Ok(token),
            None => {
                if after_refusal && lock.is_some() {
                    self.forget(&mut store, spent).await;
                }
                let fetched = exchanger.fetch(after_refusal).await;
                if let Ok(token) = &fetched
                    && let Err(error) = self.keep(&mut store, token, lock.as_ref()).await
                {
                    self.warn(format!("cannot be written: {error}"));
                }
                fetched
            }
        };
        if let Some(lock) = lock
            && let Err(error) = store.unlock(&self.place.name, lock).await
        {
            self.warn(format!("cannot be unlocked: {error}"));
        }
        fetched
    }

    async fn keep(&self, store: &mut Access<'_>, token: &Token, lock: Option<&Lock>) -> io::Result<()> {
        // The credential may have been rotated meanwhile: the token belongs where those look who have the new one.
        let now = Shelf::new(self.store, self.exchanger).await.map_err(io::Error::other)?;
        let sealed = now.place.seal(token).map_err(io::Error::other)?;
        let life = self.exchanger.clock.now().until(token.mandatory);
        let lock = lock.filter(|_| now.place.name == self.place.name);
        store.write(&now.place.name, &sealed, life, lock).await
    }

    async fn stored(&self, store: &mut Access<'_>, spent: Option<&Token>, refused: Option<Moment>) -> Option<Token> {
        let (_, mut token) = self.read(store).await?;
        if spent.is_some_and(|spent| spent.header == token.header) {
            return None;
        }
        // One that was minted before the refusal may have been revoked with it.
        token.after_refusal |= refused.is_some_and(|refused| token.minted.is_beyond(refused));
        token.key = self.credential.key_header().ok()?;
        tracing::debug!("token taken from the store");
        Some(token)
    }

    /// What is stored, sealed and opened.
    async fn read(&self, store: &mut Access<'_>) -> Option<(Vec<u8>, Token)> {
        match store.read(&self.place.name).await {
            Ok(stored) => {
                let stored = stored?;
                let token = self.place.open(&stored, &self.exchanger.clock)?;
                Some((stored, token))
            }
            Err(error) => {
                self.warn(format!("cannot be read: {error}"));
                None
            }
        }
    }

    /// Takes a token that was refused from everybody, before another is asked for: that may fail.
    async fn forget(&self, store: &mut Access<'_>, refused: Option<&Token>) {
        let Some((stored, token)) = self.read(store).await else { return };
        if refused.is_some_and(|refused| refused.header == token.header)
            && let Err(error) = store.remove(&self.place.name, &stored).await
        {
            self.warn(format!("keeps a token that was refused: {error}"));
        }
    }

    fn warn(&self, what: impl Display) {
        tracing::warn!(
            token = self.place.name,
            "the token store: {what}; this process goes on with a token of its own"
        );
    }
}
