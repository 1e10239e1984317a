//! One cloud with canaries for credentials: every fault with every operation.

use super::faults::{self, Fault};
use super::planted;
use super::run::{Field, Scope};
use crate::server::Server;
use druva_api::{Cursor, Model, Operation, Product, Realm};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The operations to call on a cloud, each on the first that has it.
pub(super) fn chosen<'a>(model: &'a Model, cloud: &str, scope: Scope) -> Vec<(&'a Product, &'a Operation)> {
    let mut shapes = BTreeSet::new();
    let mut shape = |product: &Product, operation: &Operation| {
        let places: BTreeSet<String> = operation.params.iter().map(|param| format!("{:?}", param.place)).collect();
        let cursor = operation.pages.as_ref().map(|pages| std::mem::discriminant(&pages.cursor));
        let (answer, method) = (std::mem::discriminant(&operation.answer), &operation.method);
        shapes.insert(format!("{:?}{:?}", (cursor, answer, operation.form, product.realm), (method, places)))
    };
    let here = model.operations().filter(|(_, operation)| operation.clouds.first().is_some_and(|first| first == cloud));
    match scope {
        Scope::Control | Scope::One => here.filter(|(_, operation)| operation.id == "insync.devices.list").collect(),
        Scope::All => here.collect(),
        Scope::Shapes => here
            .filter(|(product, operation)| {
                // Not `||`: what is called anyhow still stands for its shape.
                shape(product, operation) | !secret_arguments(operation).is_empty()
            })
            .collect(),
    }
}

/// The operation to plant a panic in: one that takes a secret.
pub(super) fn panicking(model: &Model) -> Option<&Operation> {
    let public = model.operations().filter(|(_, operation)| operation.clouds.iter().any(|cloud| cloud == "public"));
    public.map(|(_, operation)| operation).find(|operation| !secret_arguments(operation).is_empty())
}

/// The arguments that are secret by their names.
fn secret_arguments(operation: &Operation) -> Vec<&str> {
    let cursor = cursor(operation);
    let secret = |name: &str| {
        Some(name) != cursor && ["password", "secret"].iter().any(|word| name.to_ascii_lowercase().contains(word))
    };
    let texts = operation.params.iter().filter(|param| matches!(param.ty, druva_api::Type::String { .. }));
    texts.map(|param| param.name.as_str()).filter(|name| secret(name)).collect()
}

/// The argument that takes the cursor of a list.
fn cursor(operation: &Operation) -> Option<&str> {
    match &operation.pages.as_ref()?.cursor {
        Cursor::Token { param, .. } | Cursor::Tracker { param, .. } => Some(param),
        _ => None,
    }
}

/// An emulator with canaries for credentials.
pub(super) struct Stage<'a> {
    cloud: &'a str,
    server: Server,
}

impl<'a> Stage<'a> {
    pub(super) fn new(cloud: &'a str) -> Result<Stage<'a>, String> {
        let options = json!({
            "seed": 7, "devices": 6, "users": 3, "page_size": 2, "cloud": cloud,
            "client_id": planted::text(planted::CLIENT_ID), "client_secret": planted::text(planted::CLIENT_SECRET),
            "api_key": planted::text(planted::API_KEY),
        });
        Ok(Stage { cloud, server: Server::start(options.as_object().cloned().unwrap_or_default())? })
    }

    /// Options of a client; `refused` gives a credential that is none.
    fn options(&self, refused: bool) -> Value {
        let base = json!({"base_url": self.server.url(), "cloud": self.cloud, "backoff": 0.001, "max_attempts": 2});
        let credential = match (self.cloud, refused) {
            ("cloudranger", false) => json!({"api_key": planted::text(planted::API_KEY)}),
            ("cloudranger", true) => json!({"api_key": planted::text(planted::REFUSED_KEY)}),
            (_, refused) => {
                let secret = if refused { planted::REFUSED_SECRET } else { planted::CLIENT_SECRET };
                json!({"client_id": planted::text(planted::CLIENT_ID), "client_secret": planted::text(secret)})
            }
        };
        let members = [base, credential].into_iter().flat_map(|part| part.as_object().cloned().unwrap_or_default());
        Value::Object(members.collect())
    }

    pub(super) fn play(
        &self,
        field: &mut Field,
        operations: &[(&Product, &Operation)],
        scope: Scope,
    ) -> Result<(), String> {
        let mut customers = None;
        for (at, (product, operation)) in operations.iter().enumerate() {
            field.ask("opening", json!({"do": "open", "client": "a", "options": self.options(false)}))?;
            self.call_with_faults(field, operation, "a", at == 0, scope)?;
            self.search(field)?;
            let first_of_realm = operations.iter().position(|(other, _)| other.realm == product.realm) == Some(at);
            if first_of_realm && scope != Scope::Control {
                self.tokens_with_faults(field, operation, None)?;
                self.stored(field, operation)?;
                // The runners' callbacks give pairs.
                if self.cloud != "cloudranger" {
                    self.provided(field, operation)?;
                }
                if product.realm == Realm::Msp {
                    customers = Some(operation);
                }
            }
        }
        if customers.is_some()
            && let Some((_, operation)) = operations.iter().find(|(product, _)| product.realm == Realm::Cloud)
        {
            let example = json!({"do": "example", "operation": "msp.customers.get"});
            let example = self.server.control(&example)?;
            let id = example.as_object().and_then(|members| members.values().next()).cloned().unwrap_or_default();
            let id = id.as_str().map_or_else(|| id.to_string(), str::to_owned);
            self.tokens_with_faults(field, operation, Some(&id))?;
        }
        self.search(field)
    }

    /// Calls an operation under every fault; a list also with the fault at its second page.
    fn call_with_faults(
        &self,
        field: &mut Field,
        operation: &Operation,
        client: &str,
        late: bool,
        scope: Scope,
    ) -> Result<(), String> {
        let mut arguments = self.server.control(&json!({"do": "example", "operation": operation.id, "all": true}))?;
        for name in secret_arguments(operation) {
            arguments[name] = planted::text(planted::PASSWORD).into();
        }
        let skips = if operation.pages.is_some() { 0..2 } else { 0..1 };
        for fault in faults::of_calls(self.cloud) {
            // It takes its time: once is enough.
            if fault.timeout.is_some() && !late {
                continue;
            }
            for skip in skips.clone() {
                self.fault(&operation.id, &fault, skip)?;
                let about = format!("{} under {}", operation.id, fault.name);
                field.ask(&about, request(operation, client, &arguments, &fault))?;
            }
            field.outcome.faults.insert(fault.name);
        }
        // The other ways into the same call, each with an answer that quotes.
        let fault = faults::of_calls(self.cloud).swap_remove(1);
        let mut ways = Vec::new();
        if scope != Scope::One {
            ways.push("typed");
            ways.extend(operation.waiter.as_ref().map(|_| "wait"));
        }
        for way in ways {
            self.fault(&operation.id, &fault, 0)?;
            let mut request = request(operation, client, &arguments, &fault);
            request["do"] = way.into();
            field.ask(&format!("{} {way} under {}", operation.id, fault.name), request)?;
        }
        if let Some(name) = secret_arguments(operation).first() {
            let password = planted::text(planted::PASSWORD);
            let unfit =
                [json!(password), json!([password]), json!({*name: [password]}), json!({*name: {"is": password}})];
            for arguments in unfit {
                let request = json!({"do": "call", "client": client, "operation": operation.id, "arguments": arguments, "show": true});
                field.ask(&format!("{} with arguments that do not fit", operation.id), request)?;
            }
        }
        if let Some(cursor) = cursor(operation) {
            arguments[cursor] = planted::text(planted::CURSOR).into();
            self.fault(&operation.id, &fault, 0)?;
            field.ask(&format!("{} from a cursor", operation.id), request(operation, client, &arguments, &fault))?;
        }
        field.outcome.operations.insert(operation.id.clone());
        self.server.control(&json!({"do": "clear_faults"})).map(drop)
    }

    /// Lets every fault happen to the token of a call, and of one for a customer; each with a client that has none.
    fn tokens_with_faults(
        &self,
        field: &mut Field,
        operation: &Operation,
        customer: Option<&str>,
    ) -> Result<(), String> {
        let arguments = self.server.control(&json!({"do": "example", "operation": operation.id}))?;
        let (of, client) = customer.map_or(("token", "a"), |_| ("msp.customers.create_token", "b"));
        for fault in faults::of_tokens(self.cloud) {
            let about = format!("the token of {} under {}", operation.id, fault.name);
            field.ask(&about, json!({"do": "open", "client": "a", "options": self.options(false), "show": true}))?;
            if let Some(id) = customer {
                field.ask(&about, json!({"do": "customer", "client": "b", "of": "a", "id": id, "show": true}))?;
            }
            self.fault(of, &fault, 0)?;
            field.ask(&about, request(operation, client, &arguments, &fault))?;
            field.ask(&about, json!({"do": "show", "client": client}))?;
            field.outcome.faults.insert(format!("token: {}", fault.name));
        }
        self.server.control(&json!({"do": "clear_faults"}))?;
        field.ask("opening", json!({"do": "open", "client": "a", "options": self.options(true), "show": true}))?;
        let nothing = Fault { name: String::new(), command: None, timeout: None };
        field.ask("a refused credential", request(operation, "a", &arguments, &nothing))
    }

    /// Keeps a token in files, and takes it from there.
    fn stored(&self, field: &mut Field, operation: &Operation) -> Result<(), String> {
        let arguments = self.server.control(&json!({"do": "example", "operation": operation.id}))?;
        let mut options = self.options(false);
        options["token_store"] = "file".into();
        let nothing = Fault { name: String::new(), command: None, timeout: None };
        let about = format!("a stored token of {}", operation.id);
        for _ in 0..2 {
            field.ask(&about, json!({"do": "open", "client": "a", "options": options, "show": true}))?;
            field.ask(&about, request(operation, "a", &arguments, &nothing))?;
            field.ask(&about, json!({"do": "show", "client": "a"}))?;
        }
        Ok(())
    }

    /// Gets its credential from callbacks: one that is refused in words that quote it, and some that are none.
    fn provided(&self, field: &mut Field, operation: &Operation) -> Result<(), String> {
        let arguments = self.server.control(&json!({"do": "example", "operation": operation.id}))?;
        let file = tempfile::NamedTempFile::new().map_err(|error| error.to_string())?;
        let about = format!("a callback of {}", operation.id);
        let options = json!({"base_url": self.server.url(), "cloud": self.cloud, "backoff": 0.001, "max_attempts": 2});
        let (id, none) = (planted::text(planted::CLIENT_ID), planted::text(planted::FAILED_CALLBACK));
        let refused = json!({"client_id": id, "client_secret": planted::text(planted::SECRET_CALLBACK)});
        let refusals = faults::quoting(planted::SECRET_CALLBACK).into_iter().take(3).map(|fault| (&refused, fault));
        let nothing = || Fault { name: String::new(), command: None, timeout: None };
        let unfit = [json!({"client_id": id, "client_secret": [none]}), json!({"secret": none}), json!(none)];
        for (given, fault) in refusals.chain(unfit.iter().map(|given| (given, nothing()))) {
            std::fs::write(file.path(), given.to_string()).map_err(|error| error.to_string())?;
            let open = json!({"do": "open", "client": "a", "options": options, "provide": file.path(), "show": true});
            field.ask(&about, open)?;
            self.fault("token", &fault, 0)?;
            field.ask(&about, request(operation, "a", &arguments, &fault))?;
            field.ask(&about, json!({"do": "show", "client": "a"}))?;
        }
        self.server.control(&json!({"do": "clear_faults"})).map(drop)
    }

    /// Calls an operation in which a panic is planted, with a client that has all that one may have.
    pub(super) fn panics(&self, field: &mut Field, operation: &Operation) -> Result<(), String> {
        let mut arguments = self.server.control(&json!({"do": "example", "operation": operation.id, "all": true}))?;
        for name in secret_arguments(operation) {
            arguments[name] = planted::text(planted::PASSWORD).into();
        }
        let mut options = self.options(false);
        options["token_store"] = format!("redis://:{}@127.0.0.1:1", planted::text(planted::REDIS_PASSWORD)).into();
        let (user, password) = (planted::text(planted::PROXY_USER), planted::text(planted::PROXY_PASSWORD));
        options["proxy"] = format!("http://{user}:{password}@127.0.0.1:1").into();
        let nothing = Fault { name: String::new(), command: None, timeout: None };
        field.ask("a planted panic", json!({"do": "open", "client": "a", "options": options, "show": true}))?;
        field.ask(
            "a planted panic",
            json!({"do": "call", "client": "a", "operation": "insync.devices.list", "arguments": {}}),
        )?;
        for way in ["call", "typed"] {
            let mut request = request(operation, "a", &arguments, &nothing);
            request["do"] = way.into();
            field.ask("a planted panic", request)?;
        }
        if !field.said("a planted panic, with Call") {
            return Err("the planted panic did not come".to_owned());
        }
        self.search(field)
    }

    fn fault(&self, operation: &str, fault: &Fault, skip: u64) -> Result<(), String> {
        self.server.control(&json!({"do": "clear_faults"}))?;
        let Some(mut command) = fault.command.clone() else { return Ok(()) };
        for (name, value) in [("do", json!("fault")), ("operation", json!(operation)), ("skip", json!(skip))] {
            command[name] = value;
        }
        self.server.control(&command).map(drop)
    }

    /// Searches what can be read of the calls so far.
    fn search(&self, field: &mut Field) -> Result<(), String> {
        let tokens = self.server.control(&json!({"do": "tokens"}))?;
        for (token, whose) in tokens.as_object().into_iter().flatten() {
            field.secrets.insert(token.clone(), format!("token ({})", whose.as_str().unwrap_or_default()));
        }
        field.search()
    }
}

fn request(operation: &Operation, client: &str, arguments: &Value, fault: &Fault) -> Value {
    let what = if operation.pages.is_some() { "pages" } else { "call" };
    json!({
        "do": what, "client": client, "operation": operation.id, "arguments": arguments, "timeout": fault.timeout,
        "limit": 5, "show": true,
    })
}
