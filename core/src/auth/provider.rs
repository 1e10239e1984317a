//! Where the credential comes from: given once, or asked for when it is needed, since secrets are rotated.

use super::credential::Credential;
use crate::cloud::Cloud;
use crate::error::{Error, Kind, Result};
use crate::secret::Secret;
use arc_swap::ArcSwapOption;
use std::future::Future;
use std::io::Read as _;
use std::path::PathBuf;
use std::pin::Pin;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;

/// More than any credential, and little enough to be read at once.
const LONGEST: u64 = 64 * 1024;

/// What a program's own function says of its failure.
type Cause = Box<dyn std::error::Error + Send + Sync>;

type Asking = Pin<Box<dyn Future<Output = std::result::Result<Credential, Cause>> + Send>>;

/// A program's own function that gives the credential.
#[derive(Clone)]
pub(crate) struct Callback(Arc<dyn Fn() -> Asking + Send + Sync>);

impl Callback {
    pub(crate) fn new<A>(ask: impl Fn() -> A + Send + Sync + 'static) -> Callback
    where
        A: Future<Output = std::result::Result<Credential, Cause>> + Send + 'static,
    {
        Callback(Arc::new(move || Box::pin(ask())))
    }
}

impl std::fmt::Debug for Callback {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Callback")
    }
}

/// Where the credential comes from.
#[derive(Debug, Clone)]
pub(crate) enum Source {
    Fixed(Credential),
    /// A file that holds the secret or the whole credential, and the id that goes with a secret alone.
    File(PathBuf, Option<String>),
    /// A command line that prints it.
    Command(Secret, Option<String>),
    Callback(Callback),
}

/// The credential of a client, asked for when it is first needed, and once more when it is refused.
#[derive(Debug)]
pub(crate) struct Provider {
    source: Source,
    cloud: Cloud,
    patience: Duration,
    held: ArcSwapOption<Credential>,
    /// Held while it is asked for, so that it is asked for once.
    asking: tokio::sync::Mutex<()>,
}

impl Provider {
    pub(crate) fn new(source: Source, cloud: Cloud, patience: Duration) -> Provider {
        let held = match &source {
            Source::Fixed(credential) => Some(Arc::new(credential.clone())),
            _ => None,
        };
        Provider { source, cloud, patience, held: ArcSwapOption::new(held), asking: tokio::sync::Mutex::default() }
    }

    /// The credential, if it has been asked for.
    pub(crate) fn known(&self) -> Option<Arc<Credential>> {
        self.held.load_full()
    }

    pub(crate) async fn get(&self) -> Result<Arc<Credential>> {
        if let Some(credential) = self.known() {
            return Ok(credential);
        }
        let _asking = self.asking.lock().await;
        if let Some(credential) = self.known() {
            return Ok(credential);
        }
        let credential = Arc::new(self.ask().await?);
        self.held.store(Some(credential.clone()));
        Ok(credential)
    }

    /// Asks again, since a credential was refused. False when it is still the same.
    pub(crate) async fn refuse(&self, refused: &Arc<Credential>) -> Result<bool> {
        if matches!(self.source, Source::Fixed(_)) {
            return Ok(false);
        }
        let _asking = self.asking.lock().await;
        // Another token's fetch may have asked meanwhile.
        if self.known().is_some_and(|known| known != *refused) {
            return Ok(true);
        }
        let credential = Arc::new(self.ask().await?);
        let changed = credential != *refused;
        self.held.store(Some(credential));
        tracing::debug!(changed, "the credential was refused, and asked for again");
        Ok(changed)
    }

    async fn ask(&self) -> Result<Credential> {
        let (name, answer) = match &self.source {
            Source::Fixed(credential) => return Ok(credential.clone()),
            Source::File(path, id) => {
                let name = format!("client_secret_file {}", path.display());
                let path = path.clone();
                let read = self.aside(move || text(std::fs::File::open(path)?)).await;
                (name, read.and_then(|text| Credential::read(&text, id.as_deref())))
            }
            Source::Command(line, id) => {
                let name = "client_secret_command".to_owned();
                (name, self.run(line).await.and_then(|text| Credential::read(&text, id.as_deref())))
            }
            Source::Callback(callback) => {
                let asked = tokio::time::timeout(self.patience, (callback.0)()).await;
                let answer = asked.map_err(|_| self.late());
                let answer = answer.and_then(|given| given.map_err(|cause| Error::new(Kind::Auth, cause.to_string())));
                ("the credential provider".to_owned(), answer)
            }
        };
        answer.and_then(|credential| credential.fit(self.cloud)).map_err(|error| {
            let named = Error::new(error.kind(), format!("{name}: {}", error.message()));
            match error.kind() {
                Kind::Auth => named.could_be_retried(true).hint("No token was asked for."),
                _ => named.hint("No token was asked for. It has to give the secret alone, or a JSON object of client_id and client_secret, or of api_key."),
            }
        })
    }

    async fn run(&self, line: &Secret) -> Result<Secret> {
        let shell = if cfg!(windows) { ["cmd", "/C"] } else { ["sh", "-c"] };
        let mut child = Command::new(shell[0])
            .args([shell[1], line.expose()])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .map_err(|error| Error::config(format!("it cannot be run: {error}")))?;
        let output = child.stdout.take().ok_or_else(|| Error::internal("a child without an output"))?;
        let child = Running(Arc::new(Mutex::new(child)));
        let theirs = child.0.clone();
        let ended = self.aside(move || {
            let text = text(output)?;
            let status = theirs.lock().unwrap_or_else(PoisonError::into_inner).wait()?;
            Ok((text, status))
        });
        let (text, status) = ended.await?;
        match status.success() {
            true => Ok(text),
            false => Err(Error::config(format!("it ended with {status}"))),
        }
    }

    /// Does what may never end on a thread of its own: a runtime that closes waits for the threads that it lends.
    async fn aside<T: Send + 'static>(&self, work: impl FnOnce() -> std::io::Result<T> + Send + 'static) -> Result<T> {
        let (done, outcome) = oneshot::channel();
        let thread = std::thread::Builder::new().name("druva-secret".to_owned());
        let work = move || {
            // Nobody may be waiting any more.
            let _ = done.send(work());
        };
        thread.spawn(work).map_err(|error| Error::config(format!("there is no thread for it: {error}")))?;
        match tokio::time::timeout(self.patience, outcome).await {
            Ok(Ok(done)) => done.map_err(|error| Error::config(error.to_string())),
            Ok(Err(_)) => Err(Error::internal("the reading of the credential was dropped")),
            Err(_) => Err(self.late()),
        }
    }

    fn late(&self) -> Error {
        Error::new(Kind::Auth, format!("there was nothing within {:?}", self.patience))
    }
}

/// A command under way, killed when nobody waits for it any more.
struct Running(Arc<Mutex<Child>>);

impl Drop for Running {
    fn drop(&mut self) {
        // Its lock is only held to wait for it, after it has closed its output.
        if let Ok(mut child) = self.0.try_lock() {
            let _ = child.kill();
        }
    }
}

fn text(from: impl std::io::Read) -> std::io::Result<Secret> {
    let mut text = String::new();
    from.take(LONGEST).read_to_string(&mut text)?;
    Ok(Secret::new(text))
}
