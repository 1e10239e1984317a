//! One emulated cloud: decides what becomes of each request.

use crate::auth::{self, Kind, Lifetime, Tokens};
use crate::clock::Clock;
use crate::faults::{Faults, Wound};
use crate::http::{Reply, Request};
use crate::log::{Fate, Log};
use crate::options::Options;
use crate::paging::EndMarker;
use crate::refusal::{Refusal, unrouted};
use crate::route::{Found, Router};
use crate::world::World;
use crate::{check, control};
use druva_api::Model;
use serde_json::json;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

/// Everything behind the sockets.
pub(crate) struct State {
    model: Arc<Model>,
    initial: Options,
    options: Options,
    router: Router,
    clock: Clock,
    world: World,
    pub(crate) tokens: Tokens,
    pub(crate) faults: Faults,
    pub(crate) log: Log,
}

/// An answer and what happens to it on its way.
pub(crate) struct Exchange {
    pub(crate) reply: Reply,
    pub(crate) delay: Duration,
    pub(crate) wound: Wound,
    pub(crate) linger: Duration,
}

impl Exchange {
    fn whole(reply: Reply) -> Exchange {
        Exchange { reply, delay: Duration::ZERO, wound: Wound::None, linger: Duration::ZERO }
    }
}

/// What was asked for.
enum Target {
    Token(Kind),
    Operation(Found),
    Nothing,
}

impl State {
    pub(crate) fn new(model: Arc<Model>, options: Options) -> State {
        let clock = Clock::new();
        State {
            router: Router::new(&model, &options.cloud),
            world: World::new(Arc::clone(&model), &options, clock.now()),
            tokens: Tokens::new(
                options.seed,
                options.client_id.clone(),
                options.client_secret.clone(),
                options.api_key.clone(),
            ),
            faults: Faults::default(),
            log: Log::default(),
            initial: options.clone(),
            options,
            clock,
            model,
        }
    }

    pub(crate) fn reset(&mut self) {
        *self = State::new(Arc::clone(&self.model), self.initial.clone());
    }

    pub(crate) fn options(&self) -> &Options {
        &self.options
    }

    pub(crate) fn set_options(&mut self, options: Options) {
        self.router = Router::new(&self.model, &options.cloud);
        self.world.page_size = options.page_size;
        self.options = options;
    }

    /// Whether a fault may name it.
    pub(crate) fn knows(&self, operation: &str) -> bool {
        ["*", "token"].contains(&operation) || self.model.operations().any(|(_, known)| known.id == operation)
    }

    pub(crate) fn advance(&mut self, seconds: f64) {
        self.clock.advance(seconds);
        self.world.grow(seconds, self.clock.now());
    }

    pub(crate) fn emit_events(&mut self, count: usize) {
        self.world.emit_events(count, self.clock.now());
    }

    /// The arguments of a call that can be made.
    pub(crate) fn example(&mut self, operation: &str, all: bool) -> Option<serde_json::Value> {
        let model = Arc::clone(&self.model);
        let (product, operation) = model.operations().find(|(_, known)| known.id == operation)?;
        Some(self.world.example(product, operation, all).into())
    }

    pub(crate) fn set_paging(&mut self, end_marker: EndMarker, empty_page_at: Option<u64>, repeat_token: bool) {
        self.world.paging.set(end_marker, empty_page_at, repeat_token);
    }

    /// Carries a control command out.
    pub(crate) fn control(&mut self, command: &str) -> Result<String, String> {
        control::run(self, command).map(|answer| answer.to_string())
    }

    /// Answers a request.
    pub(crate) fn serve(&mut self, request: &Request) -> Exchange {
        if request.path == "/_emulator/control" {
            return Exchange::whole(self.control_request(request));
        }
        let model = Arc::clone(&self.model);
        let (method, path) = (request.method.as_str(), request.path.as_str());
        let target = match Kind::given_at(method, path, &self.options.cloud) {
            Some(kind) => Target::Token(kind),
            None => self.router.find(method, path).map_or(Target::Nothing, Target::Operation),
        };
        let name = match &target {
            Target::Token(_) => Some("token"),
            Target::Operation(found) => {
                model.operations().nth(found.operation).map(|(_, operation)| operation.id.as_str())
            }
            Target::Nothing => None,
        };
        let fault = self.faults.next(self.options.seed, name);
        let (real, violation) = if fault.as_ref().is_none_or(|fault| fault.applies()) {
            let (reply, violation) = self.carry_out(&model, &target, request);
            (Some(reply), violation)
        } else {
            (None, None)
        };
        let applied = real.as_ref().is_some_and(|reply| (200..300).contains(&reply.status));
        let mut exchange = match &fault {
            Some(fault) => Exchange {
                reply: fault.dress(real, request),
                delay: fault.delay(),
                wound: fault.wound(),
                linger: fault.linger(),
            },
            None => Exchange::whole(real.unwrap_or_else(unrouted)),
        };
        let now = UNIX_EPOCH + Duration::from_secs_f64(self.clock.now().max(0.0));
        exchange.reply.default_header("date", &httpdate::fmt_http_date(now));
        let answered = !matches!(exchange.wound, Wound::Silence | Wound::Head | Wound::Garbage | Wound::Reset);
        let fate = Fate {
            operation: name,
            customer: self.tokens.customer(request),
            status: answered.then_some(exchange.reply.status),
            applied,
            at: self.clock.elapsed(),
            fault: fault.is_some(),
            violation: violation.as_deref(),
        };
        self.log.record(request, &fate);
        exchange
    }

    fn carry_out(&mut self, model: &Model, target: &Target, request: &Request) -> (Reply, Option<String>) {
        let now = self.clock.now();
        let lifetime = Lifetime { cloud: &self.options.cloud, told: self.options.token_ttl };
        let found = match target {
            Target::Token(kind) => {
                let grant = self.tokens.grant(*kind, request, now, lifetime);
                if let Some(kind) = grant.minted {
                    self.log.mint(kind, None);
                }
                return (grant.reply, grant.violation);
            }
            Target::Operation(found) => found,
            Target::Nothing => {
                return (unrouted(), Some(format!("no document has {} {}", request.method, request.path)));
            }
        };
        let Some((product, operation)) = model.operations().nth(found.operation) else {
            return (unrouted(), None);
        };
        let bearer = self.tokens.check(request, product.realm, &self.options.cloud, now);
        if let Some(reply) = auth::refusal(&bearer, self.options.expired_status) {
            return (reply, None);
        }
        let outcome = check::arguments(product, operation, &found.path, request).map_err(Refusal::violation).and_then(
            |arguments| {
                let reply = self.world.answer(product, operation, &arguments, now)?;
                if operation.id != auth::CUSTOMER_TOKEN {
                    return Ok(reply);
                }
                if arguments.text("grant_type").is_some_and(|grant| grant != "client_credentials") {
                    return Err(Refusal::violation("a token request says grant_type=client_credentials"));
                }
                let customer = arguments.text("customerID");
                self.log.mint(Kind::Customer, customer.clone());
                Ok(self.tokens.mint(Kind::Customer, customer, now, lifetime).reply)
            },
        );
        match outcome {
            Ok(reply) => (reply, None),
            Err(refusal) => (refusal.reply(&request.path), refusal.violation.then_some(refusal.message)),
        }
    }

    fn control_request(&mut self, request: &Request) -> Reply {
        match self.control(&String::from_utf8_lossy(&request.body)) {
            Ok(answer) => Reply::text(200, "application/json", answer),
            Err(message) => Reply::json(400, &json!({ "message": message })),
        }
    }
}
