//! What the language bindings share: a client with the runtime that drives it, and the waist in JSON and bytes.
//!
//! One current-thread runtime serves all clients of a process. A blocking call drives it on the caller's own thread;
//! submitted calls are driven by one thread that starts with the first of them. After a fork the child gets a runtime,
//! connections and tokens of its own: the parent's are left untouched, since both share the sockets below them.

mod engine;
mod log;
mod pages;

pub use crate::Cancel;
use crate::auth::provider::Callback;
use crate::call::CallOptions as CoreOptions;
use crate::call::wait::Wait;
use crate::client::Client;
use crate::config::Settings;
use crate::doctor::{Diagnosis, OPERATION};
use crate::json::Json;
use crate::{Call, Credential, Error, Response, Result, Secret};
use arc_swap::ArcSwap;
use engine::{block_on, spawn};
pub use pages::Pages;
use std::borrow::Cow;
use std::future::IntoFuture as _;
use std::sync::Arc;
use std::time::Duration;

/// Per-call settings.
#[derive(Debug, Clone, Default)]
pub struct CallOptions {
    /// Replaces the client's total deadline.
    pub timeout: Option<Duration>,
    /// The language makes values of the body itself: the core only looks whether it could.
    pub unparsed: bool,
}

/// The arguments of a call: the text of a JSON object keyed by the parameters' names, where no text means none; or the
/// values themselves.
#[derive(Debug)]
pub enum Arguments<'a> {
    /// A JSON object.
    Text(&'a [u8]),
    /// By the parameters' names.
    Values(Vec<(Cow<'static, str>, Json)>),
}

impl<'a> From<&'a [u8]> for Arguments<'a> {
    fn from(text: &'a [u8]) -> Arguments<'a> {
        Arguments::Text(text)
    }
}

impl From<Vec<(Cow<'static, str>, Json)>> for Arguments<'_> {
    fn from(values: Vec<(Cow<'static, str>, Json)>) -> Self {
        Arguments::Values(values)
    }
}

/// How to wait for work to end.
#[derive(Debug, Clone, Default)]
pub struct WaitOptions {
    /// Between two looks; 5 s without it.
    pub interval: Option<Duration>,
    /// Altogether; an hour without it.
    pub timeout: Option<Duration>,
}

/// Called on the blocked caller's thread about every 50 ms. Python checks for Ctrl-C here.
pub type Tick<'a> = Option<&'a mut dyn FnMut() -> Ticked>;

/// How a blocking call goes on after a tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ticked {
    /// As before.
    Again,
    /// Without ticks: there is nothing to look for on this thread, and thousands of threads need not wake for it.
    NeverAgain,
    /// Cancelled.
    Cancel,
}

/// A client as a language binding holds it. Clones are the same client.
#[derive(Clone)]
pub struct Handle(Arc<Held>);

struct Held {
    origin: Origin,
    /// The process that it was made in, and the client.
    current: ArcSwap<(u32, Client)>,
}

impl Drop for Held {
    /// Closes the connections here: lists that nobody has let go of hold the client as well, in languages that collect
    /// garbage for long. Closing the parent's client would wake its runtime, whose locks may have been held when the process
    /// forked.
    fn drop(&mut self) {
        self.disconnect();
        let current = self.current.load_full();
        if current.0 != std::process::id() {
            std::mem::forget(current);
        }
    }
}

impl Held {
    fn disconnect(&self) {
        let current = self.current.load();
        // A customer's are those of its provider, which it keeps.
        if current.0 == std::process::id() && matches!(self.origin, Origin::Settings(_)) {
            current.1.disconnect();
            engine::settle();
        }
    }
}

/// What a client is made from, in each process anew.
enum Origin {
    Settings(Settings),
    Customer { provider: Handle, id: String },
}

impl Origin {
    fn client(&self) -> Result<Client> {
        match self {
            Origin::Settings(settings) => Client::new(settings.clone()),
            Origin::Customer { provider, id } => provider.client()?.customer(id),
        }
    }
}

impl Handle {
    /// Makes a client from a JSON object of option names (`api/contract.yaml`) and values; what is missing comes from
    /// the environment and the profile.
    ///
    /// # Errors
    /// `ConfigError`.
    pub fn new(options: &[u8]) -> Result<Handle> {
        log::start();
        Handle::of(Origin::Settings(Settings::from_json(options)?))
    }

    /// The same with a function that gives the credential: a JSON object of `client_id` and `client_secret` (or of
    /// `api_key`), or the words of its failure. It is called on a thread of its own, which it may block, when the
    /// credential is first needed and when Druva has refused it.
    ///
    /// # Errors
    /// `ConfigError`.
    pub fn with_provider(
        options: &[u8],
        provider: impl Fn() -> std::result::Result<Secret, String> + Send + Sync + 'static,
    ) -> Result<Handle> {
        log::start();
        let mut settings = Settings::from_json(options)?;
        let provider = Arc::new(provider);
        settings.ask(Callback::new(move || {
            let provider = provider.clone();
            async move {
                let given = tokio::task::spawn_blocking(move || provider()).await?;
                Ok(Credential::read(&given?, None).map_err(|error| error.message().to_owned())?)
            }
        }));
        Handle::of(Origin::Settings(settings))
    }

    fn of(origin: Origin) -> Result<Handle> {
        let current = ArcSwap::from_pointee((std::process::id(), origin.client()?));
        Ok(Handle(Arc::new(Held { origin, current })))
    }

    /// A client of one customer of a managed-service provider.
    ///
    /// # Errors
    /// `ArgumentError` when this is not the client of a provider, or the id is empty.
    pub fn customer(&self, id: &str) -> Result<Handle> {
        Handle::of(Origin::Customer { provider: self.clone(), id: id.to_owned() })
    }

    /// The id of the customer whose client it is.
    pub fn customer_id(&self) -> Option<String> {
        self.0.current.load().1.customer_id().map(str::to_owned)
    }

    /// Calls an operation and blocks until it is done.
    ///
    /// # Errors
    /// Any.
    pub fn call<'a>(
        &self,
        operation: &str,
        arguments: impl Into<Arguments<'a>>,
        options: &CallOptions,
        cancel: &Cancel,
        tick: Tick<'_>,
    ) -> Result<Response> {
        let (client, call) = self.prepare(operation, arguments, options, cancel)?;
        block_on(answer(client, call), cancel, tick)
    }

    /// Starts a call. `done` is called exactly once, on the runtime's thread or, when the arguments are refused, on this
    /// one: it must be quick and must not block.
    pub fn submit<'a>(
        &self,
        operation: &str,
        arguments: impl Into<Arguments<'a>>,
        options: &CallOptions,
        cancel: &Cancel,
        done: impl FnOnce(Result<Response>) + Send + 'static,
    ) {
        match self.prepare(operation, arguments, options, cancel) {
            Err(error) => done(Err(error)),
            Ok((client, call)) => spawn(answer(client, call), done),
        }
    }

    /// Waits for the work that an operation reports on to end, and gives the last answer. `progress` is called with the
    /// state after each look, on this thread or on the one that drives the runtime.
    ///
    /// # Errors
    /// Any; `ArgumentError` when the operation reports on no work.
    pub fn wait<'a>(
        &self,
        operation: &str,
        arguments: impl Into<Arguments<'a>>,
        options: &WaitOptions,
        progress: impl FnMut(&str) + Send + 'static,
        cancel: &Cancel,
        tick: Tick<'_>,
    ) -> Result<Response> {
        let wait = self.waiting(operation, arguments, options, cancel)?.progress(progress);
        block_on(wait.into_future(), cancel, tick)
    }

    /// Starts to wait; `done` as in [`Handle::submit`], `progress` as in [`Handle::wait`].
    pub fn submit_wait<'a>(
        &self,
        operation: &str,
        arguments: impl Into<Arguments<'a>>,
        options: &WaitOptions,
        progress: impl FnMut(&str) + Send + 'static,
        cancel: &Cancel,
        done: impl FnOnce(Result<Response>) + Send + 'static,
    ) {
        match self.waiting(operation, arguments, options, cancel) {
            Err(error) => done(Err(error)),
            Ok(wait) => spawn(wait.progress(progress).into_future(), done),
        }
    }

    /// Begins a list. Nothing is sent before the first page is asked for.
    ///
    /// # Errors
    /// `ArgumentError`.
    pub fn pages<'a>(
        &self,
        operation: &str,
        arguments: impl Into<Arguments<'a>>,
        options: &CallOptions,
    ) -> Result<Pages> {
        let (client, call) = self.prepare(operation, arguments, options, &Cancel::new())?;
        let pages = client.pages(call)?;
        Ok(Pages::new(pages))
    }

    /// [`Client::doctor`], blocking. The bindings ask for it as for an operation, `doctor`, whose answer is
    /// [`Diagnosis::to_json`]: so it is there blocking and submitted without a way of its own.
    ///
    /// # Errors
    /// When it is cancelled, or misused.
    pub fn doctor(&self, cancel: &Cancel, tick: Tick<'_>) -> Result<Diagnosis> {
        let client = self.client()?;
        block_on(examine(client, cancel.clone()), cancel, tick)
    }

    /// Closes the connections, as letting go of the last handle does: for languages in which something may hold on to one.
    /// Calls under way go on.
    pub fn disconnect(&self) {
        self.0.disconnect();
    }

    /// The name of its cloud.
    pub fn cloud(&self) -> &'static str {
        self.0.current.load().1.cloud().name()
    }

    /// Scheme and host of its requests.
    pub fn base_url(&self) -> String {
        self.0.current.load().1.base_url().to_owned()
    }

    /// Moves the client's clock forward: tests of token expiry need no sleep.
    ///
    /// # Errors
    /// `ConfigError` when the client cannot be made again after a fork.
    pub fn advance_clock(&self, by: Duration) -> Result<()> {
        self.client()?.advance_clock(by);
        Ok(())
    }

    fn prepare<'a>(
        &self,
        operation: &str,
        arguments: impl Into<Arguments<'a>>,
        options: &CallOptions,
        cancel: &Cancel,
    ) -> Result<(Client, Call)> {
        let call = if operation == OPERATION.id { Call::new(&OPERATION) } else { Call::by_id(operation)? };
        let mut call = match arguments.into() {
            Arguments::Text(text) => call.args(text)?,
            Arguments::Values(values) => values.into_iter().fold(call, |call, (name, value)| call.arg(name, value)),
        };
        call.options =
            CoreOptions { timeout: options.timeout, cancel: Some(cancel.clone()), unparsed: options.unparsed };
        Ok((self.client()?, call))
    }

    fn waiting<'a>(
        &self,
        operation: &str,
        arguments: impl Into<Arguments<'a>>,
        options: &WaitOptions,
        cancel: &Cancel,
    ) -> Result<Wait<Response>> {
        let (client, call) = self.prepare(operation, arguments, &CallOptions::default(), cancel)?;
        let wait = Wait::new(client, call);
        let wait = options.interval.into_iter().fold(wait, Wait::every);
        Ok(options.timeout.into_iter().fold(wait, Wait::at_most))
    }

    /// The client of this process.
    fn client(&self) -> Result<Client> {
        let current = self.0.current.load();
        if current.0 == std::process::id() {
            return Ok(current.1.clone());
        }
        let client = self.0.origin.client()?;
        let parents = self.0.current.swap(Arc::new((std::process::id(), client.clone())));
        // Dropping the parent's connections would take them out of the epoll set that both processes share.
        std::mem::forget(parents);
        Ok(client)
    }
}

async fn answer(client: Client, call: Call) -> Result<Response> {
    if !std::ptr::eq(call.operation, &OPERATION) {
        return client.execute(&call).await;
    }
    // Boxed: it is large, and every call would make room for it.
    let diagnosis = Box::pin(examine(client, call.options.cancel.unwrap_or_default())).await?;
    Ok(Response::made(&OPERATION, &diagnosis.to_json()))
}

async fn examine(client: Client, cancel: Cancel) -> Result<Diagnosis> {
    tokio::select! {
        biased;
        () = crate::cancel::cancelled(Some(&cancel)) => Err(Error::cancelled()),
        diagnosis = client.doctor() => Ok(diagnosis),
    }
}

impl std::fmt::Debug for Handle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.current.load().1.fmt(f)
    }
}

/// The JSON object in which a provider gives a client id and its secret, or without an id an API key.
pub fn credential_json(client_id: Option<&str>, secret: &str) -> Secret {
    let members = match client_id {
        Some(id) => vec![("client_id", Json::from(id)), ("client_secret", Json::from(secret))],
        None => vec![("api_key", Json::from(secret))],
    };
    Secret::new(members.into_iter().collect::<Json>().to_string())
}

/// Every operation as a JSON array: `id, product, method, path, routes, summary, params (name, wire, place, type, required),
/// answer, paging, cursor, items, state, retry, clouds, documents, deprecated`.
pub fn operations_json() -> String {
    let operations: Json = crate::api::operations().map(crate::call::describe::describe).collect();
    operations.to_string()
}
