//! One token for many processes: a store beside the memory of each, and a lock around the fetch.
//!
//! A store makes nothing less available: when it cannot be read, locked or written, the process fetches a token of its
//! own and says so in the log.

mod file;
mod seal;

use self::file::FileStore;
use self::seal::Place;
use super::credential::Credential;
use super::exchange::Exchanger;
use super::token::Token;
use crate::config::Config;
use crate::error::{Error, Result};
use std::fmt::Display;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Bounds of the pause between two looks at a lock that another process has.
const PAUSE_MS: std::ops::Range<u64> = 5..40;

/// A store that was asked for.
#[derive(Debug)]
pub(crate) struct Store {
    files: FileStore,
}

impl Store {
    /// Opens the store that the configuration names, if it names one.
    pub(crate) fn open(config: &Config) -> Result<Option<Arc<Store>>> {
        let Some(named) = &config.token_store else { return Ok(None) };
        let files = match named.expose().split_once(':') {
            None if named.expose() == "file" => {
                let folder = file::default_folder()
                    .ok_or_else(|| Error::config("token_store: this user has no home for the folder of tokens"))?;
                FileStore::open(folder)?
            }
            Some(("file", folder)) if !folder.is_empty() => {
                FileStore::open(PathBuf::from(folder.strip_prefix("//").unwrap_or(folder)))?
            }
            // It is not shown: it may hold a password.
            _ => {
                return Err(Error::config("token_store is neither `file` nor `file:` with a folder")
                    .hint("`file` keeps tokens in the user's cache folder, `file:/path` in a folder of your choice."));
            }
        };
        Ok(Some(Arc::new(Store { files })))
    }
}

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
    /// knows that it was refused or is about to end.
    pub(crate) async fn fetch(&self, spent: Option<&Token>, after_refusal: bool) -> Result<Token> {
        let exchanger = self.exchanger;
        // A holder that stands still must not take everybody's time: a fetch that takes longer has failed an attempt.
        let patience = Instant::now() + exchanger.config.attempt_timeout;
        let lock = loop {
            if let Some(token) = self.stored(spent, after_refusal) {
                return Ok(token);
            }
            match self.store.files.try_lock(&self.place.name) {
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
        if let Some(token) = self.stored(spent, after_refusal) {
            return Ok(token);
        }
        if after_refusal && lock.is_some() {
            self.forget(spent);
        }
        let token = exchanger.fetch(after_refusal).await?;
        // The credential may have been rotated meanwhile: the token belongs where those look who have the new one.
        let now = Shelf::new(self.store, exchanger).await?;
        match now.place.seal(&token) {
            Ok(sealed) => {
                if let Err(error) = self.store.files.write(&now.place.name, &sealed) {
                    self.warn(format!("cannot be written: {error}"));
                }
            }
            Err(error) => self.warn(error),
        }
        Ok(token)
    }

    fn stored(&self, spent: Option<&Token>, after_refusal: bool) -> Option<Token> {
        let mut token = self.read()?;
        if spent.is_some_and(|spent| spent.header == token.header) {
            return None;
        }
        token.after_refusal |= after_refusal;
        token.key = self.credential.key_header().ok()?;
        tracing::debug!("token taken from the store");
        Some(token)
    }

    fn read(&self) -> Option<Token> {
        match self.store.files.read(&self.place.name) {
            Ok(stored) => self.place.open(&stored?, &self.exchanger.clock),
            Err(error) => {
                self.warn(format!("cannot be read: {error}"));
                None
            }
        }
    }

    /// Takes a token that was refused from everybody, before another is asked for: that may fail.
    fn forget(&self, refused: Option<&Token>) {
        let same = |token: &Token| refused.is_some_and(|refused| refused.header == token.header);
        if self.read().as_ref().is_some_and(same)
            && let Err(error) = self.store.files.remove(&self.place.name)
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
