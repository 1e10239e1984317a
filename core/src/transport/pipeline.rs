//! The attempts of one call, and what is made of each.

use super::backoff::{Backoff, Budget, retry_after};
use super::http::{Base, Exchange, Failed, Http, OnItsWay, Request, Sent};
use super::pace::Pace;
use super::to_the_millisecond;
use crate::auth::cache::TokenCache;
use crate::auth::grant::API_KEY;
use crate::auth::token::Token;
use crate::call::arguments::Prepared;
use crate::call::operation::{Answer, Operation, Realm, Retry};
use crate::call::{CallOptions, Known, Response};
use crate::cancel::cancelled;
use crate::config::Config;
use crate::error::{Applied, Error, Kind, Result};
use crate::redact::Carried;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST};
use http::{HeaderValue, Method, Uri};
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Duration;
use tokio::time::Instant;

/// A deadline further away than a hundred years is one that no clock can tell.
const LONGEST: Duration = Duration::from_secs(100 * 365 * 86_400);

/// How often a call goes out again with another token: with one from the store, then with one of which it is known that it is new.
const REPLAYS: u32 = 2;

/// Sends calls with a token, again where that is safe.
#[derive(Debug)]
pub(crate) struct Pipeline {
    config: Arc<Config>,
    base: Base,
    pub(crate) http: Http,
    pub(crate) tokens: Tokens,
    /// Shared with the clients of customers: they all meet the same outage.
    pub(crate) budget: Arc<Budget>,
    /// Shared as the budget is.
    pace: Arc<Pace>,
}

/// The tokens of a client.
#[derive(Debug)]
pub(crate) struct Tokens {
    /// The cloud's, or a customer's.
    pub(crate) cloud: Arc<TokenCache>,
    /// The managed-service provider's; none where there can be none.
    pub(crate) msp: Option<Arc<TokenCache>>,
}

impl Tokens {
    fn of(&self, operation: &Operation) -> Result<&Arc<TokenCache>> {
        match operation.realm {
            Realm::Cloud => Ok(&self.cloud),
            Realm::Msp => self.msp.as_ref().ok_or_else(|| Error::argument("this client is not a provider's")),
        }
    }
}

/// How far a call got: what a deadline or a cancel that strikes in the middle has to tell.
#[derive(Debug, Default)]
struct Progress {
    attempts: AtomicU32,
    /// The attempt that runs now.
    way: OnItsWay,
    /// Whether an earlier one may have changed something.
    doubt: AtomicBool,
    /// What the next one waits for, of [`WAITS`].
    waits: AtomicUsize,
}

/// What an attempt waits for before it is sent.
const WAITS: [&str; 3] =
    ["its turn, after Druva had limited the rate (429)", "a token", "one of the many requests on their way to end"];

impl Progress {
    fn attempts(&self) -> u32 {
        self.attempts.load(Ordering::Relaxed)
    }

    /// What is known when the call stops here.
    fn applied(&self, operation: &Operation) -> Applied {
        let unknown =
            operation.retry != Retry::Safe && (self.doubt.load(Ordering::Relaxed) || self.way.stop() == Sent::Maybe);
        if unknown { Applied::Unknown } else { Applied::No }
    }

    fn waits(&self) -> &'static str {
        WAITS[self.waits.load(Ordering::Relaxed)]
    }

    /// The error of a call that is stopped where it is.
    fn stopped(&self, operation: &Operation, error: Error) -> Error {
        error.attempts_made(self.attempts()).applied(self.applied(operation))
    }
}

/// What an attempt without success came to.
enum Outcome {
    /// 401 or 403, perhaps because the token is over.
    Refused(Error),
    /// An error, and whether another attempt is allowed; `asked` is the server's wish to wait.
    Error { error: Error, again: bool, asked: Option<Duration> },
}

impl Pipeline {
    pub(crate) fn new(config: Arc<Config>, http: Http, tokens: Tokens, budget: Arc<Budget>) -> Result<Pipeline> {
        let base = Base::new(&config.base_url)?;
        Ok(Pipeline { config, base, http, tokens, budget, pace: Arc::default() })
    }

    /// The same with other tokens.
    pub(crate) fn with(&self, tokens: Tokens) -> Pipeline {
        let Pipeline { config, base, http, budget, pace, .. } = self;
        let (config, base, http) = (config.clone(), base.clone(), http.clone());
        Pipeline { config, base, http, tokens, budget: budget.clone(), pace: pace.clone() }
    }

    /// Sends a prepared call within its deadline.
    pub(crate) async fn send(
        &self,
        operation: &'static Operation,
        prepared: &Prepared,
        options: &CallOptions,
    ) -> Result<Response> {
        let started = Instant::now();
        let timeout = options.timeout.unwrap_or(self.config.timeout).min(LONGEST);
        let progress = Progress::default();
        let result = tokio::select! {
            biased;
            () = cancelled(options.cancel.as_ref()) => Err(progress.stopped(operation, Error::cancelled())),
            result = self.attempts(operation, prepared, &progress, started, timeout) => result,
        };
        match result {
            Ok((Exchange { status, headers, body }, token)) => {
                let (attempts, elapsed) = (progress.attempts(), started.elapsed());
                let known = Known::Nothing;
                let token = Some(token);
                let mut response = Response { status, body, attempts, elapsed, headers, operation, token, known };
                response.check(options.unparsed)?;
                Ok(response)
            }
            Err(error) => Err(error.of(operation.id, operation.method, &prepared.path)),
        }
    }

    async fn attempts(
        &self,
        operation: &'static Operation,
        prepared: &Prepared,
        progress: &Progress,
        started: Instant,
        timeout: Duration,
    ) -> Result<(Exchange, Arc<Token>)> {
        let deadline = started + timeout;
        let late = || {
            let within = to_the_millisecond(timeout);
            let message = match progress.attempts() {
                0 => format!("not sent within {within:?}: it waited for {}", progress.waits()),
                _ => format!("no answer within {within:?}"),
            };
            progress.stopped(operation, Error::new(Kind::Timeout, message).could_be_retried(true))
        };
        let tokens = self.tokens.of(operation)?;
        let backoff = Backoff::new(&self.config);
        let mut tries = 0;
        let mut now = started;
        let mut replays = 0;
        // What an earlier attempt left unknown stays unknown, whatever the last one says.
        let mut doubt = Applied::No;
        loop {
            let uri = self.base.join(&prepared.path, &prepared.query)?;
            let ready = async {
                progress.waits.store(0, Ordering::Relaxed);
                let turn = self.pace.turn().await;
                // After the turn: a token may end while one waits.
                progress.waits.store(1, Ordering::Relaxed);
                let token = tokens.get().await?;
                progress.waits.store(2, Ordering::Relaxed);
                Ok::<_, Error>((turn, token, self.http.place().await))
            };
            let mut ready = pin!(ready);
            // Most have nothing to wait for: then neither a timer is made nor the clock read again.
            let at_once = poll_fn(|context| Poll::Ready(ready.as_mut().poll(context))).await;
            let (turn, token, place) = match at_once {
                Poll::Ready(ready) => ready?,
                Poll::Pending => {
                    let waited = tokio::time::timeout_at(deadline, ready).await.map_err(|_| late())??;
                    now = Instant::now();
                    waited
                }
            };
            let attempt = progress.attempts.fetch_add(1, Ordering::Relaxed) + 1;
            let request = request(operation, prepared, uri, &token)?.header(HOST, self.base.host.clone());
            // One timer for both deadlines: timers are a good part of what a call costs.
            let limit = self.config.attempt_timeout.min(deadline.saturating_duration_since(now));
            let sent = self.http.send(request, place, now, limit, &progress.way).await;
            if sent.as_ref().is_err_and(|failed| failed.timed_out) && Instant::now() >= deadline {
                return Err(late());
            }
            let outcome = match sent {
                Ok(exchange) if (200..300).contains(&exchange.status) => {
                    self.budget.earn();
                    self.pace.granted();
                    tracing::debug!(operation = operation.id, attempt, status = exchange.status, "answered");
                    return Ok((exchange, token));
                }
                sent => judge(operation, sent),
            };
            let (error, again, asked) = match outcome {
                Outcome::Refused(error) => {
                    if replays < REPLAYS && tokens.refuse(&token) {
                        tracing::debug!(
                            operation = operation.id,
                            status = error.status(),
                            "token refused, replaying with a new one"
                        );
                        replays += 1;
                        progress.way.settled();
                        now = Instant::now();
                        continue;
                    }
                    (diagnose(error), false, None)
                }
                Outcome::Error { error, again, asked } => (error, again, asked),
            };
            tries += 1;
            doubt = if error.may_have_been_applied() == Applied::No { doubt } else { error.may_have_been_applied() };
            progress.doubt.store(doubt == Applied::Unknown, Ordering::Relaxed);
            progress.way.settled();
            let error = error.attempts_made(attempt).applied(doubt).hide(&Carried::token(&token));
            if error.status() == Some(429) {
                // A longer wish fails its own call at once; it must not stop the others.
                self.pace.limited(turn, asked.filter(|asked| *asked <= self.config.max_retry_after));
            }
            tracing::debug!(
                operation = operation.id,
                attempt,
                kind = error.kind().as_str(),
                status = error.status(),
                again,
                "attempt failed"
            );
            if !again || tries >= self.config.max_attempts {
                return Err(error);
            }
            let Some(wait) = backoff.wait(tries, asked) else {
                return Err(error.hint("Druva asks to wait longer than max_retry_after allows: see retry_after."));
            };
            if Instant::now() + wait >= deadline {
                return Err(error.hint("The next attempt would have come after the deadline."));
            }
            if !self.budget.spend() {
                return Err(error.hint(Budget::SPENT));
            }
            tokio::time::sleep(wait).await;
            now = Instant::now();
        }
    }
}

fn request(operation: &'static Operation, prepared: &Prepared, uri: Uri, token: &Token) -> Result<Request> {
    let method = Method::from_bytes(operation.method.as_bytes()).map_err(|error| Error::internal(error.to_string()))?;
    let accepted = match operation.answer {
        Answer::Json(_) | Answer::Empty => "application/json",
        Answer::Bytes(_) => "*/*",
    };
    let mut request = Request::new(method, uri)
        .header(ACCEPT, HeaderValue::from_static(accepted))
        .header(AUTHORIZATION, token.header.clone());
    if let Some(key) = &token.key {
        request = request.header(API_KEY, key.clone());
    }
    for (name, value) in &prepared.headers {
        request = request.header(name.clone(), value.clone());
    }
    let media = if operation.form { "application/x-www-form-urlencoded" } else { "application/json" };
    match &prepared.body {
        None => Ok(request),
        Some(body) => Ok(request.header(CONTENT_TYPE, HeaderValue::from_static(media)).body(body.clone())),
    }
}

fn judge(operation: &Operation, sent: std::result::Result<Exchange, Failed>) -> Outcome {
    let changes = operation.retry != Retry::Safe;
    let repeatable = operation.retry != Retry::Never;
    let exchange = match sent {
        Ok(exchange) => exchange,
        Err(failed) => {
            let kind = if failed.timed_out { Kind::Timeout } else { Kind::Connection };
            let nothing_sent = failed.sent == Sent::No;
            let applied = if changes && !nothing_sent { Applied::Unknown } else { Applied::No };
            let error = Error::new(kind, failed.message)
                .at(failed.stage)
                .applied(applied)
                .could_be_retried(failed.advice.is_none());
            let error = match failed.advice {
                Some(advice) => return Outcome::Error { error: error.hint(advice), again: false, asked: None },
                None => error,
            };
            tracing::debug!(operation = operation.id, stage = ?failed.stage, "no answer");
            let error = if applied == Applied::Unknown {
                error.hint("Look whether it was before doing it again.")
            } else {
                error
            };
            return Outcome::Error { error, again: nothing_sent || repeatable, asked: None };
        }
    };
    let status = exchange.status;
    let error = Error::answer(status, &exchange.body);
    let unrouted = error.message().contains("Missing Authentication Token");
    if matches!(status, 401 | 403) && !unrouted {
        return Outcome::Refused(error);
    }
    // Redirects and refusals say that nothing was done, and so does a server that does not know how. Of the rest, such as
    // 408 and statuses of no meaning, nobody knows.
    let refused = matches!(status, 300..=407 | 409..=499 | 501);
    let applied = if changes && !refused { Applied::Unknown } else { Applied::No };
    let again = match status {
        // Too early to be looked at, or too many: turned away, not done.
        425 | 429 => true,
        // Druva's word promises that another try may work, not that the first did nothing.
        _ if error.stated_retryable() == Some(true) => repeatable || refused,
        500 => repeatable && error.stated_retryable() != Some(false),
        408 | 502..=504 => repeatable,
        _ => false,
    };
    let asked = retry_after(&exchange.headers);
    let error = error.retry_after_is(asked).applied(applied);
    let error = match status {
        300..=399 => error.hint("Redirects are not followed: a token goes to no other host. Check base_url."),
        403 => error.hint("The gateway knows no such path: check base_url and whether this cloud serves the product."),
        _ if applied == Applied::Unknown => error.hint("Look whether it was before doing it again."),
        _ => error,
    };
    Outcome::Error { error, again, asked }
}

/// Says what a refusal of a fresh token means.
fn diagnose(error: Error) -> Error {
    let deny = error.message().contains("explicit deny");
    match error.status() {
        Some(401) => error.hint("A fresh token was refused too. Check that base_url and cloud are the credential's own."),
        _ if deny && error.code().is_none() => {
            error.kind_is(Kind::WrongCloud).hint("The credential probably belongs to another cloud; or it is limited to a role that may not call this product.")
        }
        _ => error.hint("A fresh token was refused too: the credential's role does not allow this, or a setting in the console forbids it."),
    }
}
