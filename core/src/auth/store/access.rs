//! What files and Redis have in common.

use super::file::{self, FileStore};
#[cfg(feature = "redis")]
use super::redis::{Connection, RedisStore};
use crate::config::Config;
use crate::error::{Error, Result};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// A store that was asked for.
#[derive(Debug)]
pub(crate) enum Store {
    Files(FileStore),
    #[cfg(feature = "redis")]
    Redis(RedisStore),
}

/// A store, for as long as one fetch takes.
pub(super) enum Access<'a> {
    Files(&'a FileStore),
    #[cfg(feature = "redis")]
    Redis(Connection),
}

/// The right to fetch a token.
pub(super) enum Lock {
    File(file::Lock),
    #[cfg(feature = "redis")]
    Redis(String),
}

impl Store {
    /// Opens the store that the configuration names, if it names one.
    pub(crate) fn open(config: &Config) -> Result<Option<Arc<Store>>> {
        let Some(named) = &config.token_store else { return Ok(None) };
        let store = match named.expose().split_once(':') {
            None if named.expose() == "file" => {
                let folder = file::default_folder()
                    .ok_or_else(|| Error::config("token_store: this user has no home for the folder of tokens"))?;
                Store::Files(FileStore::open(folder)?)
            }
            Some(("file", folder)) if !folder.is_empty() => {
                Store::Files(FileStore::open(PathBuf::from(folder.strip_prefix("//").unwrap_or(folder)))?)
            }
            #[cfg(feature = "redis")]
            Some(("redis" | "rediss", _)) => Store::Redis(RedisStore::open(named.expose(), config)?),
            #[cfg(not(feature = "redis"))]
            Some(("redis" | "rediss", _)) => {
                return Err(Error::config("token_store names a Redis, and this program was built without")
                    .hint("Build it with the feature `redis` of the crate `druva`."));
            }
            // It is not shown: it may hold a password.
            _ => {
                return Err(Error::config("token_store names no store that there is").hint(
                    "`file` keeps tokens in the user's cache folder, `file:/path` in a folder of your choice, \
                     `redis://` or `rediss://` and an address in a Redis.",
                ));
            }
        };
        Ok(Some(Arc::new(store)))
    }

    pub(super) async fn access(&self) -> io::Result<Access<'_>> {
        match self {
            Store::Files(files) => Ok(Access::Files(files)),
            #[cfg(feature = "redis")]
            Store::Redis(redis) => redis.connect().await.map(Access::Redis),
        }
    }
}

#[cfg_attr(
    not(feature = "redis"),
    allow(unused_variables, clippy::unused_async, reason = "files need less than Redis")
)]
impl Access<'_> {
    pub(super) async fn read(&mut self, name: &str) -> io::Result<Option<Vec<u8>>> {
        match self {
            Access::Files(files) => files.read(name),
            #[cfg(feature = "redis")]
            Access::Redis(connection) => connection.read(name).await,
        }
    }

    /// `None` while another process has it.
    pub(super) async fn try_lock(&mut self, name: &str) -> io::Result<Option<Lock>> {
        match self {
            Access::Files(files) => Ok(files.try_lock(name)?.map(Lock::File)),
            #[cfg(feature = "redis")]
            Access::Redis(connection) => Ok(connection.try_lock(name).await?.map(Lock::Redis)),
        }
    }

    /// Puts a token in place of what is there; in Redis only while the lock, if there is one, still is the caller's.
    pub(super) async fn write(
        &mut self,
        name: &str,
        content: &[u8],
        life: Duration,
        lock: Option<&Lock>,
    ) -> io::Result<()> {
        match self {
            // A file tells itself how long it is good.
            Access::Files(files) => files.write(name, content),
            #[cfg(feature = "redis")]
            Access::Redis(connection) => {
                let lock = lock.and_then(|lock| if let Lock::Redis(lock) = lock { Some(lock.as_str()) } else { None });
                connection.write(name, content, life, lock).await
            }
        }
    }

    /// Takes a token from everybody, if it is still the given one. A file is under the caller's lock.
    pub(super) async fn remove(&mut self, name: &str, content: &[u8]) -> io::Result<()> {
        match self {
            Access::Files(files) => files.remove(name),
            #[cfg(feature = "redis")]
            Access::Redis(connection) => connection.remove(name, content).await,
        }
    }

    pub(super) async fn unlock(&mut self, name: &str, lock: Lock) -> io::Result<()> {
        match lock {
            Lock::File(lock) => drop(lock),
            #[cfg(feature = "redis")]
            Lock::Redis(lock) => {
                if let Access::Redis(connection) = self {
                    connection.unlock(name, &lock).await?;
                }
            }
        }
        Ok(())
    }
}
