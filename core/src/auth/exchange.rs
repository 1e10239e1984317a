//! The exchange of a credential for a token: asked again while that may help, judged when it does not.

use super::grant::{Asked, Grant, With};
use super::token::Token;
use crate::clock::Clock;
use crate::config::Config;
use crate::error::{Error, Kind, Result};
use crate::transport::backoff::{Backoff, Budget, retry_after};
use crate::transport::http::{Exchange, Http, OnItsWay, Request, Stage};
use std::sync::Arc;
use tokio::time::Instant;

/// Fetches tokens for one credential.
#[derive(Debug)]
pub(crate) struct Exchanger {
    pub(crate) http: Http,
    pub(crate) config: Arc<Config>,
    pub(crate) clock: Arc<Clock>,
    pub(crate) grant: Grant,
    /// The client's: an outage of the token endpoint is one as well.
    pub(crate) budget: Arc<Budget>,
}

impl Exchanger {
    /// Fetches a token. Asking twice does no harm, so whatever may pass is tried again.
    pub(crate) async fn fetch(&self, after_refusal: bool) -> Result<Token> {
        let backoff = Backoff::new(&self.config);
        let mut attempt = 1;
        let mut replayed = false;
        loop {
            let Asked { request, with } = self.grant.ask(&self.config).await?;
            let outcome = self.attempt(request, after_refusal).await;
            if let Err(Failure { error, .. }) = &outcome
                && error.kind() == Kind::InvalidCredentials
                && !replayed
                && self.grant.refuse(&self.config, &with).await?
            {
                replayed = true;
                continue;
            }
            let (error, wait) = match outcome {
                Ok(token) => {
                    self.budget.earn();
                    tracing::debug!(attempt, "token fetched");
                    let key = match &with {
                        With::Credential(credential) => credential.key_header()?,
                        With::Token(_) => None,
                    };
                    return Ok(Token { key, ..token });
                }
                Err(Failure { error, wait }) => (error.attempts_made(attempt), wait),
            };
            tracing::debug!(
                attempt,
                kind = error.kind().as_str(),
                status = error.status(),
                "token refused or not reached"
            );
            match wait {
                Some(wait) if attempt < self.config.max_attempts => {
                    let Some(wait) = backoff.wait(attempt, wait.asked) else {
                        return Err(error.hint("Druva asks to wait longer than max_retry_after allows."));
                    };
                    if !self.budget.spend() {
                        return Err(error.hint(Budget::SPENT));
                    }
                    tokio::time::sleep(wait).await;
                    attempt += 1;
                }
                _ => return Err(error),
            }
        }
    }

    async fn attempt(&self, request: Request, after_refusal: bool) -> std::result::Result<Token, Failure> {
        let place = self.http.place().await;
        // Expiry counts from before the request: a token is never believed longer than Druva does.
        let asked = self.clock.now();
        let again = |error: Error| Failure { error: error.could_be_retried(true), wait: Some(Wait { asked: None }) };
        let carried = request.carried();
        let exchange = match self
            .http
            .send(request, place, Instant::now(), self.config.attempt_timeout, &OnItsWay::default())
            .await
        {
            Ok(exchange) => exchange,
            // No token is an error of its own, but a network that is down is a network that is down.
            Err(failed) => {
                let error = Error::new(Kind::Connection, format!("no token: {}", failed.message)).at(failed.stage);
                return Err(match failed.advice {
                    Some(advice) => Failure::from(error.hint(advice)),
                    None => again(error),
                });
            }
        };
        let Exchange { status, headers, body } = exchange;
        if (200..300).contains(&status) {
            return Token::parse(&body, self.grant.member(&self.config), asked, after_refusal, fastrand::f64())
                .map_err(|error| Failure::from(error.at(Stage::Body)));
        }
        let error = Error::answer(status, &body).hide(&carried);
        match status {
            400 | 401 | 403 => {
                Err(Failure::from(error.kind_is(Kind::InvalidCredentials).hint(self.grant.advice(&self.config))))
            }
            404 if matches!(self.grant, Grant::Customer { .. }) => {
                Err(Failure::from(error.kind_is(Kind::Auth).hint(self.grant.advice(&self.config))))
            }
            429 | 500..=599 => {
                let asked = retry_after(&headers);
                Err(Failure {
                    error: error.kind_is(Kind::Auth).could_be_retried(true).retry_after_is(asked),
                    wait: Some(Wait { asked }),
                })
            }
            300..=399 => Err(Failure::from(
                error
                    .kind_is(Kind::Auth)
                    .hint("The token endpoint redirects; credentials are never sent along. Check base_url."),
            )),
            _ => Err(Failure::from(
                error.kind_is(Kind::Auth).hint("Check base_url: this does not look like a token endpoint."),
            )),
        }
    }
}

/// A failed attempt, and whether another one makes sense.
struct Failure {
    error: Error,
    wait: Option<Wait>,
}

struct Wait {
    asked: Option<std::time::Duration>,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure { error, wait: None }
    }
}
