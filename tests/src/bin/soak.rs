//! `druva-soak`: every language at once at modest work for a long time, and what its processes hold meanwhile.

use druva_conformance::arguments;
use druva_conformance::languages::{self, Language, repository};
use druva_conformance::play::allow_many_sockets;
use druva_conformance::runner::Runner;
use druva_conformance::server::Server;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

const HELP: &str = "\
Keeps every language at calls, lists, errors, cancelled calls and new clients, and samples memory, files and threads.
What the fourth quarter of the time holds more than the third must be less than 2 MB, four files and four threads.

  --lang NAME       only this language; may be repeated
  --minutes N       for so long; default 30. Below 5 minutes memory is told, but not judged
  --rate N          so many requests a second in each language; default 100";

/// How many concurrent calls one step makes.
const TOGETHER: u64 = 10;
/// What memory may grow from the third quarter to the fourth, in bytes.
const GROWTH: u64 = 2 << 20;
/// By how many files or threads two medians differ by chance: connections come and go.
const FEW: u64 = 3;
/// The shortest run whose memory is judged: allocators and collectors need some minutes to find their size.
const JUDGED: Duration = Duration::from_secs(300);

/// What a process holds.
#[derive(Clone, Copy, Default)]
struct Sample {
    bytes: u64,
    files: u64,
    threads: u64,
}

fn main() -> ExitCode {
    druva_conformance::ended("druva-soak", run())
}

/// Whether every language stayed flat.
fn run() -> Result<bool, String> {
    use lexopt::ValueExt as _;
    let (mut only, mut minutes, mut rate) = (BTreeSet::new(), 30.0, 100.0);
    arguments::read(HELP, |name, given| {
        match name {
            "lang" => drop(only.insert(given.value()?.string()?)),
            "minutes" => minutes = given.value()?.parse()?,
            "rate" => rate = given.value()?.parse()?,
            _ => return arguments::unknown(name),
        }
        Ok(())
    })?;
    allow_many_sockets();
    let length = Duration::try_from_secs_f64(60.0 * minutes).map_err(|error| error.to_string())?;
    let home = tempfile::tempdir().map_err(|error| error.to_string())?;
    let server = Server::start(druva_conformance::play::object(json!({"seed": 1, "devices": 12, "page_size": 4})))?;
    // Calls of this operation are there to be cancelled.
    server.control(&json!({"do": "fault", "operation": "insync.users.list", "delay": 0.2, "count": null}))?;
    let ends = Instant::now() + length;
    let languages = languages::chosen(languages::load()?, &only)?;
    let outcomes: Vec<_> = std::thread::scope(|scope| {
        let working: Vec<_> = languages
            .iter()
            .map(|language| scope.spawn(|| work(language, &server, home.path(), length, rate)))
            .collect();
        while Instant::now() < ends && !working.iter().any(|language| language.is_finished()) {
            // The emulator's own memory is not looked at, but need not grow either.
            let _ = server.control(&json!({"do": "clear_log"}));
            std::thread::sleep(Duration::from_millis(500));
        }
        working.into_iter().map(|language| language.join().unwrap_or_else(|_| Err("panicked".to_owned()))).collect()
    });
    let mut flat = true;
    for (language, outcome) in languages.iter().zip(outcomes) {
        let (requests, samples) = outcome.map_err(|why| format!("{}: {why}", language.name))?;
        flat &= report(&language.name, requests, &samples, length >= JUDGED);
    }
    Ok(flat)
}

/// Keeps one language at work; how many requests it made, and what it held from time to time.
fn work(
    language: &Language,
    server: &Server,
    home: &Path,
    length: Duration,
    rate: f64,
) -> Result<(u64, Vec<Sample>), String> {
    let mut runner = Runner::start(&language.runner, &repository(), home, &Map::new())?;
    let options = json!({"client_id": server.client_id(), "client_secret": server.client_secret(),
        "base_url": server.url(), "backoff": 0.001});
    let open = |client: &str| json!({"do": "open", "client": client, "options": options});
    let get = |client: &str, id: u64, count: u64| {
        json!({"do": "call", "client": client, "operation": "insync.devices.get", "arguments": {"deviceID": id},
            "concurrent": count})
    };
    let good = get("a", 1, TOGETHER);
    let round = [
        (good.clone(), "ok", TOGETHER),
        (json!({"do": "pages", "client": "a", "operation": "insync.devices.list", "arguments": {}}), "ok", 3),
        (good.clone(), "ok", TOGETHER),
        (get("a", 999, 1), "NotFoundError", 1),
        (
            json!({"do": "call", "client": "a", "operation": "insync.users.list", "arguments": {}, "cancel_after": 0.01}),
            "CancelledError",
            1,
        ),
        (good, "ok", TOGETHER),
        (open("b"), "ok", 0),
        (get("b", 2, 1), "ok", 2),
        (json!({"do": "close", "client": "b"}), "ok", 0),
    ];
    expect(&mut runner, &open("a"), "ok")?;
    let begun = Instant::now();
    let pause = length / 200;
    let mut requests = 0;
    let mut samples = Vec::new();
    while begun.elapsed() < length {
        for (request, outcome, count) in &round {
            expect(&mut runner, request, outcome)?;
            requests += count;
        }
        if begun.elapsed() >= pause * u32::try_from(samples.len()).unwrap_or(u32::MAX) {
            // What a collector has not come to yet is no leak, and hides one.
            runner.ask(&json!({"do": "collect"}))?;
            samples.push(held(runner.id())?);
        }
        #[allow(clippy::cast_precision_loss, reason = "millions are exact")]
        let due = Duration::from_secs_f64(requests as f64 / rate);
        std::thread::sleep(due.saturating_sub(begun.elapsed()));
    }
    Ok((requests, samples))
}

/// Asks, and wants every outcome to be of one class.
fn expect(runner: &mut Runner, request: &Value, class: &str) -> Result<(), String> {
    let answer = runner.ask(request).map_err(|why| format!("{request}: {why}"))?;
    let results = &answer["ok"]["results"];
    let as_wanted = match class {
        "ok" if !results.is_null() => results.as_object().is_some_and(|results| results.keys().all(|key| key == "ok")),
        "ok" => answer.get("ok").is_some(),
        class => answer["error"]["class"] == class,
    };
    if as_wanted { Ok(()) } else { Err(format!("{request} was to give {class}, and gave {answer}")) }
}

fn held(process: u32) -> Result<Sample, String> {
    let folder = format!("/proc/{process}");
    let status = std::fs::read_to_string(format!("{folder}/status")).map_err(|error| error.to_string())?;
    let number = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or_default()
    };
    let files = std::fs::read_dir(format!("{folder}/fd")).map_err(|error| error.to_string())?.count() as u64;
    Ok(Sample { bytes: number("VmRSS:") << 10, files, threads: number("Threads:") })
}

/// Prints what a language held, and judges it.
fn report(name: &str, requests: u64, samples: &[Sample], judge_memory: bool) -> bool {
    let quarter = (samples.len() / 4).max(1);
    let median = |part: usize, of: fn(&Sample) -> u64| {
        let mut values: Vec<u64> = samples.iter().skip(part * quarter).take(quarter).map(of).collect();
        values.sort_unstable();
        values.get(values.len() / 2).copied().unwrap_or_default()
    };
    let both = |of: fn(&Sample) -> u64| (median(2, of), median(3, of));
    let (bytes, files, threads) =
        (both(|sample| sample.bytes), both(|sample| sample.files), both(|sample| sample.threads));
    let grown = bytes.1.saturating_sub(bytes.0) >= GROWTH && judge_memory;
    let flat = !grown && files.1 <= files.0 + FEW && threads.1 <= threads.0 + FEW;
    println!(
        "{name}: {requests} requests; third and fourth quarter: {} and {} KB, {} and {} files, {} and {} threads{}",
        bytes.0 >> 10,
        bytes.1 >> 10,
        files.0,
        files.1,
        threads.0,
        threads.1,
        if flat { "" } else { "  GROWS" }
    );
    flat
}
