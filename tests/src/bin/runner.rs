//! The runner of Rust: carries out the commands of a scenario over the public API.

use druva::{Call, Cancel, Client, Cloud, Credential, Error, Json, Response};
use druva_conformance::generated;
use druva_conformance::typed::{self, Arguments};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, HashMap};
use std::error::Error as _;
use std::fmt::Debug;
use std::future::{Future, poll_fn};
use std::io::{BufRead, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::Duration;

/// An answer, or the object that goes back instead of it.
type Answer = Result<Value, Value>;

/// How what came of a request looks when it is printed, and its members.
static SHOWN: Mutex<(String, String)> = Mutex::new((String::new(), String::new()));

fn shows(printed: &impl Debug, members: &str) {
    let mut shown = SHOWN.lock().unwrap_or_else(PoisonError::into_inner);
    shown.0 += &format!("{printed:?} {printed:#?}\n");
    shown.1 += members;
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    if std::env::var_os("RUST_LOG").is_some() {
        // Everything that any library here says.
        let trace = tracing_subscriber::filter::LevelFilter::TRACE;
        tracing_subscriber::fmt().with_max_level(trace).with_writer(std::io::stderr).init();
    }
    let mut clients = HashMap::new();
    for line in std::io::stdin().lock().lines() {
        let request = serde_json::from_str::<Value>(&line?);
        let answer = match &request {
            Ok(request) => survived(answer(&mut clients, request)).await,
            Err(error) => Err(json!({"unsupported": error.to_string()})),
        };
        let mut answer = answer.map_or_else(|error| error, |ok| json!({"ok": ok}));
        let (shown, whole) = std::mem::take(&mut *SHOWN.lock().unwrap_or_else(PoisonError::into_inner));
        if request.is_ok_and(|request| request["show"] == true) {
            answer["shown"] = shown.into();
            answer["whole"] = whole.into();
        }
        let mut output = std::io::stdout().lock();
        writeln!(output, "{answer}")?;
        output.flush()?;
    }
    Ok(())
}

/// In Rust a panic stays a panic, which the caller may catch; it is told here as the other languages tell it.
async fn survived(work: impl Future<Output = Answer>) -> Answer {
    let mut work = Box::pin(work);
    poll_fn(|context| {
        catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context))).unwrap_or_else(|panic| {
            let message = panic.downcast_ref::<String>().map_or("", String::as_str);
            Poll::Ready(Err(json!({"error": {"class": "InternalError", "message": message}})))
        })
    })
    .await
}

async fn answer(clients: &mut HashMap<String, Client>, request: &Value) -> Answer {
    let name = request["client"].as_str().unwrap_or("a").to_owned();
    let what = request["do"].as_str().unwrap_or_default();
    if what == "decode" {
        return decode(request);
    }
    if what == "open" {
        clients.remove(&name);
        clients.insert(name, open(&request["options"], request["provide"].as_str())?);
        return Ok(Value::Null);
    }
    if what == "customer" {
        let provider =
            clients.get(request["of"].as_str().unwrap_or("a")).ok_or_else(|| json!({"unsupported": "of"}))?;
        let customer = provider.customer(request["id"].as_str().unwrap_or_default()).map_err(failure)?;
        clients.insert(name, customer);
        return Ok(Value::Null);
    }
    let client = clients.get(&name).ok_or_else(|| json!({"unsupported": format!("no client {name} is open")}))?.clone();
    match what {
        "call" => call(client, request).await,
        "customers" => customers(client, request).await,
        "typed" => typed(client, request).await,
        "pages" => pages(client, request).await,
        "wait" => wait(client, request).await,
        "devices" => devices(client, &request["arguments"]).await,
        "doctor" => {
            let diagnosis = client.doctor().await;
            serde_json::from_str(&diagnosis.to_json().to_string())
                .map_err(|error| json!({"unsupported": error.to_string()}))
        }
        "advance" => {
            client.advance_clock(Duration::from_secs_f64(request["seconds"].as_f64().unwrap_or_default()));
            Ok(Value::Null)
        }
        "show" => Ok(json!({"text": format!("{client:?} {client:#?}")})),
        "close" => {
            clients.remove(&name);
            Ok(Value::Null)
        }
        other => Err(json!({"unsupported": other})),
    }
}

/// The credential in a file, as a program's own function might get it.
fn provided(path: &str) -> Result<Credential, Box<dyn std::error::Error + Send + Sync>> {
    let object: Value = serde_json::from_str(&std::fs::read_to_string(path)?)?;
    let member = |name: &str| object[name].as_str().unwrap_or_default().to_owned();
    Ok(Credential::pair(member("client_id"), member("client_secret")))
}

fn open(options: &Value, provide: Option<&str>) -> Result<Client, Value> {
    let mut builder = Client::builder();
    if let Some(path) = provide.map(str::to_owned) {
        builder = builder.credential_provider(move || std::future::ready(provided(&path)));
    }
    if let (Some(chain), Some(key)) = (options["client_cert_file"].as_str(), options["client_key_file"].as_str()) {
        builder = builder.client_certificate(chain, key);
    }
    for (name, value) in options.as_object().into_iter().flatten() {
        let text = || value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let seconds = || Duration::from_secs_f64(value.as_f64().unwrap_or_default());
        builder = match name.as_str() {
            "client_id" => builder.client_id(text()),
            "client_secret" => builder.client_secret(text()),
            "client_secret_file" => builder.client_secret_file(text()),
            "client_secret_command" => builder.client_secret_command(text()),
            "api_key" => builder.api_key(text()),
            "cloud" => builder.cloud(Cloud::from_name(&text()).ok_or_else(|| json!({"unsupported": text()}))?),
            "base_url" => builder.base_url(text()),
            "profile" => builder.profile(text()),
            "config_file" => builder.config_file(text()),
            "timeout" => builder.timeout(seconds()),
            "attempt_timeout" => builder.attempt_timeout(seconds()),
            "connect_timeout" => builder.connect_timeout(seconds()),
            "max_attempts" => {
                builder.max_attempts(value.as_u64().and_then(|count| u32::try_from(count).ok()).unwrap_or(u32::MAX))
            }
            "backoff" => builder.backoff(seconds()),
            "max_retry_after" => builder.max_retry_after(seconds()),
            "proxy" => builder.proxy(text()),
            "ca_file" => builder.ca_file(text()),
            "token_store" => builder.token_store(text()),
            "user_agent" => builder.user_agent(text()),
            "client_cert_file" | "client_key_file" => builder,
            other => return Err(json!({"unsupported": other})),
        };
    }
    shows(&builder, "");
    builder.build().inspect(|client| shows(client, "")).map_err(failure)
}

fn prepared(request: &Value) -> Result<Call, Value> {
    let call = Call::by_id(request["operation"].as_str().unwrap_or_default()).map_err(failure)?;
    call.args(request["arguments"].to_string().as_bytes()).map_err(failure)
}

async fn call(client: Client, request: &Value) -> Answer {
    let mut call = prepared(request)?;
    if let Some(seconds) = request["timeout"].as_f64() {
        call = call.timeout(Duration::from_secs_f64(seconds));
    }
    call = cancelled_later(call, request);
    shows(&call, "");
    match request["concurrent"].as_u64().unwrap_or(1) {
        1 => client.execute(&call).await.map(|response| plain(&response)).map_err(failure),
        count => Ok(at_once((0..count).map(|_| (client.clone(), call.clone())).collect()).await),
    }
}

/// Every customer's callers, each with a client of its own.
async fn customers(provider: Client, request: &Value) -> Answer {
    let argument = request["argument"].as_str().unwrap_or_default();
    let mut calls = Vec::new();
    let mut listed = provider.msp().customers().list().items();
    while let Some(customer) = listed.next().await {
        let customer = customer.map_err(failure)?;
        let id = customer.id().unwrap_or_default();
        let call = prepared(&json!({"operation": request["operation"], "arguments": {argument: id}}))?;
        for _ in 0..request["concurrent"].as_u64().unwrap_or(1) {
            calls.push((provider.customer(id.as_ref()).map_err(failure)?, call.clone()));
        }
    }
    Ok(at_once(calls).await)
}

/// Makes all these calls at once, and says how many ended in which way.
async fn at_once(calls: Vec<(Client, Call)>) -> Value {
    let calls: Vec<_> =
        calls.into_iter().map(|(client, call)| tokio::spawn(async move { client.execute(&call).await })).collect();
    let mut results = BTreeMap::new();
    for call in calls {
        let class = match call.await {
            Ok(Ok(_)) => "ok".to_owned(),
            Ok(Err(error)) => error.class().to_owned(),
            Err(panic) if panic.is_panic() => "InternalError".to_owned(),
            Err(error) => error.to_string(),
        };
        *results.entry(class).or_insert(0) += 1;
    }
    json!({"results": results})
}

async fn typed(client: Client, request: &Value) -> Answer {
    let operation = request["operation"].as_str().unwrap_or_default();
    let outcome = generated::call(&client, operation, &Arguments::new(&request["arguments"])).await;
    outcome.ok_or_else(|| json!({"unsupported": operation}))?.map_err(failure)
}

fn decode(request: &Value) -> Answer {
    let model = request["type"].as_str().unwrap_or_default();
    let values: Vec<Json> = request["values"].as_array().into_iter().flatten().map(typed::plain).collect();
    generated::decode(model, &values).map(Value::Array).ok_or_else(|| json!({"unsupported": model}))
}

/// Cancels a call after the time that the request asks for.
fn cancelled_later(call: Call, request: &Value) -> Call {
    let Some(seconds) = request["cancel_after"].as_f64() else { return call };
    let cancel = Cancel::new();
    let call = call.cancel(cancel.clone());
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs_f64(seconds)).await;
        cancel.cancel();
    });
    call
}

async fn wait(client: Client, request: &Value) -> Answer {
    let states = Arc::new(Mutex::new(Vec::new()));
    let seen = states.clone();
    let mut wait = client.wait(cancelled_later(prepared(request)?, request)).progress(move |state| {
        seen.lock().unwrap_or_else(PoisonError::into_inner).push(state.to_owned());
    });
    if let Some(seconds) = request["interval"].as_f64() {
        wait = wait.every(Duration::from_secs_f64(seconds));
    }
    if let Some(seconds) = request["timeout"].as_f64() {
        wait = wait.at_most(Duration::from_secs_f64(seconds));
    }
    let mut answer = plain(&wait.await.map_err(failure)?);
    answer["states"] = json!(*states.lock().unwrap_or_else(PoisonError::into_inner));
    Ok(answer)
}

async fn pages(client: Client, request: &Value) -> Answer {
    let limit = request["limit"].as_u64().unwrap_or(u64::MAX);
    let mut call = cancelled_later(prepared(request)?, request);
    if let Some(seconds) = request["timeout"].as_f64() {
        call = call.timeout(Duration::from_secs_f64(seconds));
    }
    let mut pages = client.pages(call).map_err(failure)?;
    shows(&pages, "");
    let mut counts = Vec::new();
    let mut items = 0;
    loop {
        let page = match pages.next().await {
            Ok(Some(page)) => page,
            Ok(None) => break,
            Err(error) => {
                let mut answer = failure(error);
                answer["pages"] = json!(counts);
                answer["items"] = json!(items);
                return Err(answer);
            }
        };
        shows(&page, "");
        shows(&pages, "");
        let json = page.json().map_err(failure)?;
        let list = pages.items_path().split('.').try_fold(json, |value, name| value.get(name));
        let count = list.map_or(0, |list| list.elements().count()) as u64;
        counts.push(count);
        items += count;
        if items >= limit {
            break;
        }
    }
    Ok(json!({"pages": counts, "items": items, "cursor": pages.cursor()}))
}

async fn devices(client: Client, arguments: &Value) -> Answer {
    let mut list = client.insync().devices().list();
    for (name, value) in arguments.as_object().into_iter().flatten() {
        list = match name.as_str() {
            "deviceIDs" => {
                list.device_ids(value.as_array().into_iter().flatten().filter_map(Value::as_i64).collect::<Vec<_>>())
            }
            other => return Err(json!({"unsupported": other})),
        };
    }
    let mut items = list.items();
    let mut devices = Vec::new();
    while let Some(device) = items.next().await {
        let device = device.map_err(failure)?;
        devices.push(json!({
            "deviceID": device.device_id(),
            "deviceName": device.device_name(),
            "deviceStatus": device.device_status(),
            "userID": device.user_id(),
            "totalBackupDataInBytes": device.total_backup_data_in_bytes(),
            "lastConnected": device.last_connected(),
            "deviceMarkedInactive": device.device_marked_inactive(),
            "raw": typed::value(device.raw()),
        }));
    }
    Ok(json!({"devices": devices}))
}

/// A response as the protocol writes it.
fn plain(response: &Response) -> Value {
    shows(response, "");
    let mut answer = Map::new();
    answer.insert("status".to_owned(), response.status.into());
    answer.insert("attempts".to_owned(), response.attempts.into());
    match response.json() {
        Ok(json) => answer.insert("json".to_owned(), typed::value(&json)),
        Err(_) => answer.insert("text".to_owned(), String::from_utf8_lossy(&response.body).into()),
    };
    Value::Object(answer)
}

fn failure(error: Error) -> Value {
    shows(&error, &error.to_json());
    shows(&(error.to_string(), error.source().map(ToString::to_string)), "");
    json!({"error": serde_json::from_str::<Value>(&error.to_json()).unwrap_or_default()})
}
