//! The client: configuration, tokens and connections, shared by all its clones.

use crate::auth::cache::TokenCache;
use crate::auth::credential::Credential;
use crate::auth::exchange::Exchanger;
use crate::auth::grant::Grant;
use crate::auth::provider::Callback;
use crate::auth::store::Store;
use crate::call::arguments::percent_encode;
use crate::call::operation::Realm;
use crate::call::pages::Pages;
use crate::call::wait::Wait;
use crate::call::{Call, Response};
use crate::clock::Clock;
use crate::cloud::Cloud;
use crate::config::{Config, Settings};
use crate::error::{Error, Result};
use crate::redact::Carried;
use crate::secret::Secret;
use crate::transport::backoff::Budget;
use crate::transport::http::Http;
use crate::transport::pipeline::{Pipeline, Tokens};
use std::collections::HashMap;
use std::future::Future;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// A client of one credential on one cloud. Cheap to clone; clones share tokens, connections and the retry budget.
///
/// Nothing is sent before the first call. Calls need a Tokio runtime with IO and time enabled.
#[derive(Clone)]
pub struct Client(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) config: Arc<Config>,
    pub(crate) clock: Arc<Clock>,
    pub(crate) pipeline: Pipeline,
    pub(crate) store: Option<Arc<Store>>,
    /// Of a client of an MSP's customer: whose.
    pub(crate) customer: Option<String>,
    /// The clients of customers by id, each with its own token; none is ever thrown out.
    pub(crate) customers: Mutex<HashMap<String, Client>>,
}

impl Client {
    /// A client configured by the environment and the profile alone.
    ///
    /// # Errors
    /// `ConfigError`: something is missing or contradicts itself.
    pub fn from_env() -> Result<Client> {
        Client::builder().build()
    }

    /// A client configured by arguments first; what they leave open comes from the environment, then the profile.
    pub fn builder() -> Builder {
        Builder::default()
    }

    pub(crate) fn new(settings: Settings) -> Result<Client> {
        Client::with(settings.resolve()?)
    }

    pub(crate) fn with(config: Config) -> Result<Client> {
        let config = Arc::new(config);
        let clock = Arc::new(Clock::default());
        let http = Http::new(&config)?;
        let store = Store::open(&config)?;
        let budget = Arc::new(Budget::new());
        let cache = |grant| {
            let (http, config, clock, budget) = (http.clone(), config.clone(), clock.clone(), budget.clone());
            TokenCache::new(Exchanger { http, config, clock, grant, budget }, store.clone())
        };
        let msp = (config.cloud != Cloud::Cloudranger).then(|| cache(Grant::Msp));
        let tokens = Tokens { cloud: cache(Grant::Cloud), msp };
        let pipeline = Pipeline::new(config.clone(), http, tokens, budget)?;
        Ok(Client::of(config, clock, pipeline, store, None))
    }

    fn of(
        config: Arc<Config>,
        clock: Arc<Clock>,
        pipeline: Pipeline,
        store: Option<Arc<Store>>,
        customer: Option<String>,
    ) -> Client {
        Client(Arc::new(Inner { config, clock, pipeline, store, customer, customers: Mutex::default() }))
    }

    /// A client of one customer of a managed-service provider, made with the provider's own: its token is fetched with
    /// the provider's when it is first needed. Asking again gives the same client, so that a customer has one token.
    ///
    /// # Errors
    /// `ArgumentError` when the id is empty, or when this client is not a provider's.
    pub fn customer(&self, id: impl Into<String>) -> Result<Client> {
        let id = id.into();
        let Inner { config, clock, pipeline, store, .. } = &*self.0;
        let provider = match (&self.0.customer, &pipeline.tokens.msp) {
            (None, Some(provider)) if !id.is_empty() => provider.clone(),
            (None, Some(_)) => return Err(Error::argument("the customer's id is empty")),
            _ => return Err(Error::argument("only the client of a managed-service provider has customers")),
        };
        let mut customers = self.0.customers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(customer) = customers.get(&id) {
            return Ok(customer.clone());
        }
        let grant = Grant::Customer { id: percent_encode(&id).into_owned(), provider };
        let (http, budget) = (pipeline.http.clone(), pipeline.budget.clone());
        let exchanger = Exchanger { http, config: config.clone(), clock: clock.clone(), grant, budget };
        let cloud = TokenCache::new(exchanger, store.clone());
        let pipeline = pipeline.with(Tokens { cloud, msp: None });
        let customer = Client::of(config.clone(), clock.clone(), pipeline, store.clone(), Some(id.clone()));
        customers.insert(id, customer.clone());
        Ok(customer)
    }

    /// Sends a call and gives its answer.
    ///
    /// # Errors
    /// Any of [`crate::Kind`]; [`Error::may_have_been_applied`] says whether anything was changed.
    pub async fn execute(&self, call: &Call) -> Result<Response> {
        let operation = call.operation;
        // Tests plant a panic here, to see that it stays on this side of a language's boundary. Releases have none of it.
        // It says all that a defect could.
        #[cfg(debug_assertions)]
        assert!(
            std::env::var_os("DRUVA_PLANTED_PANIC").is_none_or(|id| id != operation.id),
            "a planted panic, with {call:?}, {:?}, {:?}",
            self.0.pipeline,
            self.0.store,
        );
        let prepared = self
            .check_place(call)
            .and_then(|()| call.prepare(self.cloud()))
            .map_err(|error| error.of(operation.id, operation.method, operation.path))?;
        let sent = self.0.pipeline.send(operation, &prepared, &call.options).await;
        sent.map_err(|error| self.hide(call, error))
    }

    /// Takes out of an error what the call carried beside its token.
    pub(crate) fn hide(&self, call: &Call, error: Error) -> Error {
        error.hide(&Carried::beside(call, self.0.config.credential.known().as_deref()))
    }

    /// Begins a list. Nothing is sent before the first page is asked for.
    ///
    /// # Errors
    /// `ArgumentError` when the operation is no list or the arguments do not fit.
    pub fn pages(&self, call: Call) -> Result<Pages> {
        Pages::new(self.clone(), call)
    }

    /// Waits for the work that a call reads to come to its end. Nothing is sent before it is awaited.
    pub fn wait(&self, call: Call) -> Wait<Response> {
        Wait::new(self.clone(), call)
    }

    /// Makes sure that there is a token of the cloud (of a customer's client, the customer's), and says for how long it will be used.
    ///
    /// # Errors
    /// `AuthError`, `ConfigError`, `ConnectionError`, `TimeoutError`.
    pub async fn authenticate(&self) -> Result<Duration> {
        let token = tokio::time::timeout(self.0.config.timeout, self.0.pipeline.tokens.cloud.get()).await;
        let token = token.map_err(|_| Error::new(crate::Kind::Timeout, "no token within the deadline"))??;
        Ok(self.0.clock.now().until(token.mandatory))
    }

    /// Of a client of a managed-service provider's customer, the customer's id.
    pub fn customer_id(&self) -> Option<&str> {
        self.0.customer.as_deref()
    }

    /// The cloud it talks to.
    pub fn cloud(&self) -> Cloud {
        self.0.config.cloud
    }

    /// Scheme and host of its requests.
    pub fn base_url(&self) -> &str {
        &self.0.config.base_url
    }

    /// Closes the connections; the client would open others.
    #[cfg(feature = "embed")]
    pub(crate) fn disconnect(&self) {
        self.0.pipeline.http.disconnect();
    }

    /// Moves the client's clock forward, so that a test of token expiry need not wait.
    pub fn advance_clock(&self, by: Duration) {
        self.0.clock.advance(by);
    }

    /// Refuses a call that cannot be meant, without sending it.
    pub(crate) fn check(&self, call: &Call) -> Result<()> {
        let operation = call.operation;
        self.check_place(call)
            .and_then(|()| call.prepare(self.cloud()).map(|_| ()))
            .map_err(|error| error.of(operation.id, operation.method, operation.path))
    }

    fn check_place(&self, call: &Call) -> Result<()> {
        let cloud = self.cloud();
        if call.operation.clouds.contains(&cloud) {
            return match (&self.0.customer, call.operation.realm) {
                (Some(_), Realm::Msp) => Err(Error::argument("a customer's client has no operations of the provider")
                    .hint("Call it with the client that the customer's was made with.")),
                _ => Ok(()),
            };
        }
        let clouds: Vec<&str> = call.operation.clouds.iter().map(|cloud| cloud.name()).collect();
        Err(Error::argument(format!("the cloud {cloud} does not have this operation"))
            .hint(format!("It exists on {}.", clouds.join(", "))))
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client")
            .field("cloud", &self.cloud().name())
            .field("base_url", &self.base_url())
            .field("customer", &self.0.customer)
            .finish_non_exhaustive()
    }
}

/// Settings of a client that is being made. Each has an environment variable and a key in the profile of the same name.
#[derive(Debug, Clone, Default)]
#[must_use = "a builder makes nothing before `build`"]
pub struct Builder(Settings);

impl Builder {
    /// The id of an API credential (`DRUVA_CLIENT_ID`).
    pub fn client_id(self, id: impl Into<String>) -> Builder {
        self.set("client_id", id)
    }

    /// Its secret key (`DRUVA_CLIENT_SECRET`).
    pub fn client_secret(self, secret: impl Into<Secret>) -> Builder {
        let secret: Secret = secret.into();
        self.set("client_secret", secret.expose())
    }

    /// CloudRanger's API key (`DRUVA_API_KEY`), instead of id and secret.
    pub fn api_key(self, key: impl Into<Secret>) -> Builder {
        let key: Secret = key.into();
        self.set("api_key", key.expose())
    }

    /// A file that holds the secret (`DRUVA_CLIENT_SECRET_FILE`), read when it is first needed and again when Druva refuses
    /// the credential: the secret alone, or a JSON object of `client_id` and `client_secret`.
    pub fn client_secret_file(self, path: impl AsRef<Path>) -> Builder {
        self.set("client_secret_file", path.as_ref().to_string_lossy())
    }

    /// A command line that prints the secret (`DRUVA_CLIENT_SECRET_COMMAND`), run by the shell like the file is read.
    pub fn client_secret_command(self, command: impl Into<Secret>) -> Builder {
        let command: Secret = command.into();
        self.set("client_secret_command", command.expose())
    }

    /// A function that gives the credential, instead of id and secret: called when it is first needed, and once more when
    /// Druva refuses what it gave. When it fails, the calls that wait for it fail with `AuthError` and its words.
    ///
    /// ```
    /// # fn vault() -> std::io::Result<(String, String)> { Ok(("id".into(), "secret".into())) }
    /// let client = druva::Client::builder().credential_provider(|| async {
    ///     let (id, secret) = vault()?;
    ///     Ok(druva::Credential::pair(id, secret))
    /// });
    /// ```
    pub fn credential_provider<A>(mut self, provider: impl Fn() -> A + Send + Sync + 'static) -> Builder
    where
        A: Future<Output = std::result::Result<Credential, Box<dyn std::error::Error + Send + Sync>>> + Send + 'static,
    {
        self.0.ask(Callback::new(provider));
        self
    }

    /// The cloud (`DRUVA_CLOUD`, default `public`).
    pub fn cloud(self, cloud: Cloud) -> Builder {
        self.set("cloud", cloud.name())
    }

    /// Replaces scheme and host of every request, tokens included (`DRUVA_BASE_URL`). https, or http on loopback.
    pub fn base_url(self, url: impl Into<String>) -> Builder {
        self.set("base_url", url)
    }

    /// The table of the configuration file to read (`DRUVA_PROFILE`, default `default`).
    pub fn profile(self, name: impl Into<String>) -> Builder {
        self.set("profile", name)
    }

    /// The configuration file (`DRUVA_CONFIG_FILE`, default `~/.config/druva/config.toml`).
    pub fn config_file(self, path: impl AsRef<Path>) -> Builder {
        self.set("config_file", path.as_ref().to_string_lossy())
    }

    /// Deadline of one call over token, attempts and waiting (`DRUVA_TIMEOUT`, default 300 s).
    pub fn timeout(self, timeout: Duration) -> Builder {
        self.seconds("timeout", timeout)
    }

    /// Deadline of one attempt (`DRUVA_ATTEMPT_TIMEOUT`, default 60 s).
    pub fn attempt_timeout(self, timeout: Duration) -> Builder {
        self.seconds("attempt_timeout", timeout)
    }

    /// Deadline of connecting, TLS included (`DRUVA_CONNECT_TIMEOUT`, default 10 s).
    pub fn connect_timeout(self, timeout: Duration) -> Builder {
        self.seconds("connect_timeout", timeout)
    }

    /// Attempts for one request, the first included (`DRUVA_MAX_ATTEMPTS`, default 3).
    pub fn max_attempts(self, attempts: u32) -> Builder {
        self.set("max_attempts", attempts.to_string())
    }

    /// Upper bound of the first wait between attempts (`DRUVA_BACKOFF`, default 0.5 s).
    pub fn backoff(self, bound: Duration) -> Builder {
        self.seconds("backoff", bound)
    }

    /// The longest `Retry-After` that is waited for (`DRUVA_MAX_RETRY_AFTER`, default 60 s).
    pub fn max_retry_after(self, wait: Duration) -> Builder {
        self.seconds("max_retry_after", wait)
    }

    /// URL of an HTTP proxy, with credentials if it wants them (`DRUVA_PROXY`).
    pub fn proxy(self, url: impl Into<Secret>) -> Builder {
        let url: Secret = url.into();
        self.set("proxy", url.expose())
    }

    /// PEM file of further authorities to trust (`DRUVA_CA_FILE`).
    pub fn ca_file(self, path: impl AsRef<Path>) -> Builder {
        self.set("ca_file", path.as_ref().to_string_lossy())
    }

    /// PEM files of a client certificate chain and its key (`DRUVA_CLIENT_CERT_FILE`, `DRUVA_CLIENT_KEY_FILE`).
    pub fn client_certificate(self, chain: impl AsRef<Path>, key: impl AsRef<Path>) -> Builder {
        self.set("client_cert_file", chain.as_ref().to_string_lossy())
            .set("client_key_file", key.as_ref().to_string_lossy())
    }

    /// Put before the SDK's own User-Agent (`DRUVA_USER_AGENT`).
    pub fn user_agent(self, agent: impl Into<String>) -> Builder {
        self.set("user_agent", agent)
    }

    /// Where this client's tokens are kept for other processes as well (`DRUVA_TOKEN_STORE`): `file` for the user's cache
    /// folder, `file:` and a folder, or, with the feature `redis`, a URL with `redis://` or `rediss://`. They are sealed
    /// with the secret. Without it they stay in this process's memory.
    pub fn token_store(self, store: impl Into<Secret>) -> Builder {
        let store: Secret = store.into();
        self.set("token_store", store.expose())
    }

    /// Completes the settings, checks them and makes the client. Nothing is sent.
    ///
    /// # Errors
    /// `ConfigError`: something is missing or contradicts itself.
    pub fn build(self) -> Result<Client> {
        Client::new(self.0)
    }

    fn set(mut self, name: &'static str, value: impl Into<String>) -> Builder {
        self.0.set(name, value);
        self
    }

    fn seconds(self, name: &'static str, value: Duration) -> Builder {
        self.set(name, value.as_secs_f64().to_string())
    }
}
