//! Clients and lists as JavaScript holds them.

use crate::completions::{Completions, Form, Running, closed};
use crate::provider::{self, Provider};
use crate::{Thrown, thrown};
use druva::Error;
use druva::embed::{self, CallOptions, WaitOptions};
use napi::bindgen_prelude::Function;
use napi_derive::napi;
use std::sync::Arc;
use std::time::Duration;

/// A client. Calls carry a number that JavaScript chose; their outcomes come through [`Completions`].
#[napi]
pub struct Client {
    /// None once it has been closed.
    handle: Option<embed::Handle>,
    running: Arc<Running>,
}

#[napi]
impl Client {
    /// Makes a client from a JSON object of settings. `provider` is called with a number when the credential is needed, and
    /// answers with [`Client::provided`].
    #[napi(factory, catch_unwind)]
    pub fn open(
        completions: &Completions,
        options: String,
        provider: Option<Function<'_, u32, ()>>,
    ) -> Result<Client, Thrown> {
        let handle = match provider
            .map(Provider::new)
            .transpose()
            .map_err(|error| thrown(&Error::internal(error.to_string())))?
        {
            None => embed::Handle::new(options.as_bytes()),
            Some(provider) => embed::Handle::with_provider(options.as_bytes(), move || provider.ask()),
        };
        let handle = handle.map_err(|error| thrown(&error))?;
        Ok(Client { handle: Some(handle), running: Running::new(Arc::clone(&completions.queue)) })
    }

    /// Answers what a provider was asked: with the JSON of the credential, or with what went wrong.
    #[napi(catch_unwind)]
    pub fn provided(number: u32, credential: Option<String>, failure: Option<String>) {
        provider::provided(number, credential, failure);
    }

    /// A client of one customer of a managed-service provider. Each is closed by itself.
    #[napi(catch_unwind)]
    pub fn customer(&self, id: String) -> Result<Client, Thrown> {
        let handle = self.open_handle().and_then(|handle| handle.customer(&id)).map_err(|error| thrown(&error))?;
        Ok(Client { handle: Some(handle), running: self.running.another() })
    }

    /// Starts a call. `arguments` is a JSON object, `timeout` counts seconds.
    #[napi(catch_unwind)]
    pub fn call(&self, number: u32, operation: String, arguments: String, timeout: Option<f64>, as_text: bool) {
        let (cancel, done) = self.running.begin(number, Form::of(as_text));
        match self.open_handle().and_then(|handle| Ok((handle, options(timeout)?))) {
            Ok((handle, options)) => {
                handle.submit(&operation, arguments.as_bytes(), &options, &cancel, |outcome| done(outcome.map(Some)))
            }
            Err(error) => done(Err(error)),
        }
    }

    /// Starts to wait for work to end. `interval` and `timeout` count seconds; states come before the outcome does.
    #[napi(catch_unwind)]
    pub fn wait(
        &self,
        number: u32,
        operation: String,
        arguments: String,
        interval: Option<f64>,
        timeout: Option<f64>,
        as_text: bool,
    ) {
        let (cancel, done) = self.running.begin(number, Form::of(as_text));
        match self.open_handle().and_then(|handle| Ok((handle, wait_options(interval, timeout)?))) {
            Ok((handle, options)) => {
                let progress = self.running.progress(number);
                handle.submit_wait(&operation, arguments.as_bytes(), &options, progress, &cancel, |outcome| {
                    done(outcome.map(Some))
                })
            }
            Err(error) => done(Err(error)),
        }
    }

    /// Begins a list; nothing is sent yet.
    #[napi(catch_unwind)]
    pub fn pages(&self, operation: String, arguments: String, timeout: Option<f64>) -> Result<Pages, Thrown> {
        let pages =
            self.open_handle().and_then(|handle| handle.pages(&operation, arguments.as_bytes(), &options(timeout)?));
        Ok(Pages { pages: pages.map_err(|error| thrown(&error))?, running: Arc::clone(&self.running) })
    }

    /// Cancels a call or the fetching of a page; one that is done already is left alone.
    #[napi(catch_unwind)]
    pub fn cancel(&self, number: u32) {
        self.running.cancel(number);
    }

    /// Cancels everything that is on its way and lets go of connections and tokens; a second time does nothing.
    #[napi(catch_unwind)]
    pub fn close(&mut self) {
        self.running.close();
        self.handle = None;
    }

    /// Moves the client's clock forward by seconds.
    #[napi(catch_unwind)]
    pub fn advance_clock(&self, seconds: f64) -> Result<(), Thrown> {
        let moved = self.open_handle().and_then(|handle| handle.advance_clock(duration("seconds", seconds)?));
        moved.map_err(|error| thrown(&error))
    }

    /// What may be shown of it, never a secret; nothing once it has been closed.
    #[napi(catch_unwind)]
    pub fn describe(&self) -> Option<Shown> {
        self.handle.as_ref().map(|handle| Shown {
            cloud: handle.cloud().to_owned(),
            base_url: handle.base_url(),
            customer: handle.customer_id(),
        })
    }

    fn open_handle(&self) -> Result<&embed::Handle, druva::Error> {
        self.handle.as_ref().ok_or_else(closed)
    }
}

/// How a client looks when it is printed.
#[napi(object)]
pub struct Shown {
    pub cloud: String,
    pub base_url: String,
    /// Of a customer's client: whose.
    pub customer: Option<String>,
}

impl Drop for Client {
    /// A worker thread that ends with calls in flight must not leave them running.
    fn drop(&mut self) {
        self.running.close();
    }
}

/// The pages of a list.
#[napi]
pub struct Pages {
    pages: embed::Pages,
    running: Arc<Running>,
}

#[napi]
impl Pages {
    /// Starts fetching the next page.
    #[napi(catch_unwind)]
    pub fn next(&self, number: u32, as_text: bool) {
        self.submit_next(number, Form::of(as_text));
    }

    /// Starts fetching the next page, for its items alone.
    #[napi(catch_unwind)]
    pub fn next_items(&self, number: u32) {
        self.submit_next(number, Form::Items);
    }

    fn submit_next(&self, number: u32, form: Form) {
        let (cancel, done) = self.running.begin(number, form);
        match self.running.check_open() {
            Ok(()) => self.pages.submit_next(&cancel, done),
            Err(error) => done(Err(error)),
        }
    }

    /// The last cursor that was not empty.
    #[napi(getter, catch_unwind)]
    pub fn cursor(&self) -> Option<String> {
        self.pages.cursor()
    }
}

fn options(timeout: Option<f64>) -> Result<CallOptions, druva::Error> {
    let timeout = timeout.map(|seconds| duration("timeout", seconds)).transpose()?;
    Ok(CallOptions { timeout, unparsed: true })
}

fn wait_options(interval: Option<f64>, timeout: Option<f64>) -> Result<WaitOptions, druva::Error> {
    let positive = |name: &str, seconds: Option<f64>| match seconds {
        Some(0.0) => Err(druva::Error::argument(format!("{name} is 0, and has to be more"))),
        seconds => seconds.map(|seconds| duration(name, seconds)).transpose(),
    };
    Ok(WaitOptions { interval: positive("interval", interval)?, timeout: positive("timeout", timeout)? })
}

fn duration(name: &str, seconds: f64) -> Result<Duration, druva::Error> {
    Duration::try_from_secs_f64(seconds)
        .map_err(|_| druva::Error::argument(format!("{name} is {seconds}, which is no number of seconds")))
}
