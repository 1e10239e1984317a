//! `druva call`, `druva list`, `druva wait` and `druva doctor`.

use crate::operations;
use crate::outcome::{Failure, print, unexpected};
use druva::embed::{CallOptions, Handle, WaitOptions};
use druva::{Cancel, Diagnosis, Json, Response};
use serde_json::{Map, Value, json};
use std::ffi::OsString;
use std::io::Read;
use std::time::Duration;

/// Options of the command line that are options of the client.
const CLIENT_OPTIONS: &[&str] = &["cloud", "base-url", "profile", "config-file", "timeout"];

/// What a command line says about a call.
#[derive(Default)]
struct Request {
    operation: Option<String>,
    /// `name=value`, as given.
    pairs: Vec<String>,
    object: Map<String, Value>,
    limit: Option<usize>,
    wait: WaitOptions,
    customer: Option<String>,
    client: Map<String, Value>,
}

pub(crate) fn call(parser: &mut lexopt::Parser) -> Result<(), Failure> {
    let request = Request::read(parser)?;
    request.refuse_limit()?;
    request.refuse_waiting()?;
    let (id, _) = request.operation()?;
    let arguments = request.arguments()?;
    show(&request.handle()?.call(&id, arguments.as_slice(), &CallOptions::default(), &Cancel::new(), None)?)
}

/// The states go to standard error as they change, the last answer to standard output.
pub(crate) fn wait(parser: &mut lexopt::Parser) -> Result<(), Failure> {
    let request = Request::read(parser)?;
    request.refuse_limit()?;
    let (id, _) = request.operation()?;
    let arguments = request.arguments()?;
    let mut last = String::new();
    let progress = move |state: &str| {
        if last != state {
            eprintln!("druva: {state}");
            state.clone_into(&mut last);
        }
    };
    show(&request.handle()?.wait(&id, arguments.as_slice(), &request.wait, progress, &Cancel::new(), None)?)
}

fn show(answer: &Response) -> Result<(), Failure> {
    print(&answer.body)?;
    // Text on a terminal ends with a line end; a file is written as it came.
    let is_json = answer.header("content-type").is_some_and(|media| media.contains("json"));
    if is_json && !answer.body.ends_with(b"\n") { print(b"\n") } else { Ok(()) }
}

pub(crate) fn list(parser: &mut lexopt::Parser) -> Result<(), Failure> {
    let request = Request::read(parser)?;
    request.refuse_waiting()?;
    let (id, operation) = request.operation()?;
    let path = operation["items"].as_str().unwrap_or_default();
    let arguments = request.arguments()?;
    let pages = request.handle()?.pages(&id, arguments.as_slice(), &CallOptions::default())?;
    let mut left = request.limit.unwrap_or(usize::MAX);
    let cancel = Cancel::new();
    let mut end = Ok(());
    while left > 0 {
        match pages.next(&cancel, None) {
            Ok(Some(page)) => left -= print_items(&page, path, left)?,
            Ok(None) => break,
            // What was printed is done: a feed goes on behind it.
            Err(error) => {
                end = Err(error.into());
                break;
            }
        }
    }
    let is_feed = operation["paging"] == "tracker";
    if let Some(tracker) = pages.cursor().filter(|_| is_feed && left > 0) {
        eprintln!("druva: go on later with --arg {}={tracker}", operation["cursor"].as_str().unwrap_or_default());
    }
    end
}

/// Prints at most so many items of a page, each as it came, and says how many.
fn print_items(page: &Response, path: &str, most: usize) -> Result<usize, Failure> {
    let items = path.split('.').try_fold(page.json()?, |value, name| value.get(name));
    let lines: Vec<String> = items.iter().flat_map(Json::elements).take(most).map(|item| format!("{item}\n")).collect();
    print(lines.concat().as_bytes())?;
    Ok(lines.len())
}

/// Exit status 1 when something stands in the way, the configuration included.
pub(crate) fn doctor(parser: &mut lexopt::Parser) -> Result<(), Failure> {
    let request = Request::read(parser)?;
    if request.operation.is_some() || !request.pairs.is_empty() || !request.object.is_empty() || request.limit.is_some()
    {
        return Err(Failure::Usage("druva doctor takes no operation and no arguments".into()));
    }
    request.refuse_waiting()?;
    let diagnosis = match request.open() {
        Ok(handle) => handle.doctor(&Cancel::new(), None)?,
        Err(error) => Diagnosis::of_configuration(&error),
    };
    print(format!("{diagnosis}\n").as_bytes())?;
    if diagnosis.ok() { Ok(()) } else { Err(Failure::Call("something stands in the way".into())) }
}

impl Request {
    fn read(parser: &mut lexopt::Parser) -> Result<Request, Failure> {
        use lexopt::prelude::*;
        let mut request = Request::default();
        while let Some(arg) = parser.next()? {
            match arg {
                Long("arg") => request.pairs.push(text(parser.value()?)?),
                Long("json") => request.object.extend(object(&text(parser.value()?)?)?),
                Long("limit") => request.limit = Some(parser.value()?.parse()?),
                Long("customer") => request.customer = Some(text(parser.value()?)?),
                Long("interval") => request.wait.interval = Some(seconds(&text(parser.value()?)?)?),
                Long("at-most") => request.wait.timeout = Some(seconds(&text(parser.value()?)?)?),
                Long(name) if CLIENT_OPTIONS.contains(&name) => {
                    let name = name.replace('-', "_");
                    let value = text(parser.value()?)?;
                    let value = if name == "timeout" {
                        value.parse::<f64>().map_or_else(|_| json!(value), |seconds| json!(seconds))
                    } else {
                        json!(value)
                    };
                    request.client.insert(name, value);
                }
                Value(operation) if request.operation.is_none() => request.operation = Some(text(operation)?),
                other => return Err(unexpected(other)),
            }
        }
        Ok(request)
    }

    fn operation(&self) -> Result<(String, Value), Failure> {
        let id = self
            .operation
            .clone()
            .ok_or_else(|| Failure::Usage("name an operation; druva operations lists them".into()))?;
        let operation = operations::find(&id)?;
        Ok((id, operation))
    }

    fn handle(&self) -> Result<Handle, Failure> {
        Ok(self.open()?)
    }

    fn open(&self) -> druva::Result<Handle> {
        let handle = Handle::new(Value::Object(self.client.clone()).to_string().as_bytes())?;
        match &self.customer {
            Some(id) => handle.customer(id),
            None => Ok(handle),
        }
    }

    fn refuse_limit(&self) -> Result<(), Failure> {
        if self.limit.is_some() { Err(Failure::Usage("--limit is for druva list".into())) } else { Ok(()) }
    }

    fn refuse_waiting(&self) -> Result<(), Failure> {
        let given = self.wait.interval.is_some() || self.wait.timeout.is_some();
        if given { Err(Failure::Usage("--interval and --at-most are for druva wait".into())) } else { Ok(()) }
    }

    /// The arguments as JSON; `--arg` wins over `--json`.
    fn arguments(&self) -> Result<Vec<u8>, Failure> {
        let (_, operation) = self.operation()?;
        let mut arguments = self.object.clone();
        for pair in &self.pairs {
            let (name, text) =
                pair.split_once('=').ok_or_else(|| Failure::Usage(format!("--arg takes name=value, not {pair:?}")))?;
            let params = operation["params"].as_array().map_or(&[][..], Vec::as_slice);
            let ty = params
                .iter()
                .find(|param| param["name"] == name)
                .and_then(|param| param["type"].as_str())
                .unwrap_or("json");
            arguments.insert(name.to_owned(), value(ty, text));
        }
        Ok(Value::Object(arguments).to_string().into_bytes())
    }
}

/// A value of the command line; what does not fit its type goes on as text, and the client says what is wrong.
fn value(ty: &str, text: &str) -> Value {
    match ty.strip_prefix("list of ") {
        Some(item) if !text.trim_start().starts_with('[') => {
            Value::Array(text.split(',').map(|part| value(item, part)).collect())
        }
        None if ty == "string" || ty == "date-time" => json!(text),
        _ => serde_json::from_str(text).unwrap_or_else(|_| json!(text)),
    }
}

fn seconds(text: &str) -> Result<Duration, Failure> {
    let seconds = text.parse().ok().filter(|seconds| *seconds > 0.0);
    let duration = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    duration.ok_or_else(|| Failure::Usage(format!("{text:?} is no number of seconds")))
}

fn object(given: &str) -> Result<Map<String, Value>, Failure> {
    let mut read = String::new();
    let source = if given == "-" {
        std::io::stdin().read_to_string(&mut read)?;
        &read
    } else {
        given
    };
    match serde_json::from_str(source) {
        Ok(Value::Object(object)) => Ok(object),
        _ => Err(Failure::Usage("--json takes a JSON object".into())),
    }
}

fn text(value: OsString) -> Result<String, Failure> {
    value.into_string().map_err(|_| Failure::Usage("an argument is not valid Unicode".into()))
}
