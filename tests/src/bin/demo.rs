//! `make demo`: the main job in five languages against a Druva that lives in this process, and what came of it.
//!
//! `demo [--devices N] [program argument...]`: with a program, that one alone.

use druva_conformance::expect::short;
use druva_conformance::languages::{self, repository};
use druva_conformance::server::Server;
use serde_json::{Value, json};
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

const NEW_EVENTS: u64 = 3;

/// A name and a command.
type Example = (String, Vec<String>);

/// What a program did.
struct Run {
    /// The line it printed: devices, pages, report_rows, events.
    said: Value,
    calls: usize,
    tokens: u64,
    took: Duration,
}

fn main() -> ExitCode {
    match demo() {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("demo: {why}");
            ExitCode::FAILURE
        }
    }
}

fn demo() -> Result<(), String> {
    let (devices, examples) = arguments(std::env::args().skip(1).collect())?;
    let options = json!({"seed": 1, "devices": devices});
    let server = Server::start(options.as_object().cloned().unwrap_or_default())?;
    println!("A Druva with {devices} devices listens on {} until this ends.\n", server.url());
    let mut runs: Vec<(String, Run)> = Vec::new();
    let mut problems = Vec::new();
    for (name, example) in examples {
        println!("{name}: {}", shown(&example));
        match twice(&example, devices, &server) {
            Ok(run) => runs.push((name, run)),
            Err(why) => {
                println!("  {why}\n");
                problems.push(name);
            }
        }
    }
    table(&runs);
    if !problems.is_empty() {
        return Err(format!("something was wrong with {}", problems.join(", ")));
    }
    match runs.windows(2).find(|pair| pair[0].1.said["report_rows"] != pair[1].1.said["report_rows"]) {
        Some(pair) => Err(format!("{} and {} got different reports", pair[0].0, pair[1].0)),
        None => Ok(()),
    }
}

/// How many devices there are, and the programs to run, with a name for each.
fn arguments(mut given: Vec<String>) -> Result<(u64, Vec<Example>), String> {
    let mut devices = 10_000;
    if given.first().is_some_and(|first| first == "--devices") {
        let number = given.get(1).and_then(|number| number.parse().ok());
        devices = number.ok_or("--devices takes a number")?;
        given.drain(..2);
    }
    if !given.is_empty() {
        return Ok((devices, vec![("program".to_owned(), given)]));
    }
    let table = languages::load()?.into_iter();
    Ok((devices, table.filter_map(|language| Some((language.name, language.example?))).collect()))
}

/// Runs a program, and again after some new events; returns the first run.
fn twice(example: &[String], devices: u64, server: &Server) -> Result<Run, String> {
    server.control(&json!({"do": "reset"}))?;
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let first = run(example, server, folder.path())?;
    println!("  {}", first.said);
    check(&first, devices, folder.path())?;
    server.control(&json!({"do": "emit_events", "count": NEW_EVENTS}))?;
    let second = run(example, server, folder.path())?;
    println!("  {}  <- again, after {NEW_EVENTS} new events\n", second.said);
    if second.said["events"] == NEW_EVENTS {
        Ok(first)
    } else {
        Err(format!("the second run should bring {NEW_EVENTS} events"))
    }
}

/// Runs a program as its user would: all it gets is the environment and an output folder.
fn run(example: &[String], server: &Server, folder: &Path) -> Result<Run, String> {
    let (program, arguments) = example.split_first().ok_or("an example without a command")?;
    server.control(&json!({"do": "clear_log"}))?;
    let begun = Instant::now();
    let output = Command::new(program)
        .args(arguments)
        .arg(folder)
        .current_dir(repository())
        .env("DRUVA_CLIENT_ID", server.client_id())
        .env("DRUVA_CLIENT_SECRET", server.client_secret())
        .env("DRUVA_BASE_URL", server.url())
        .output()
        .map_err(|error| format!("cannot start {program}: {error}"))?;
    let took = begun.elapsed();
    let printed = String::from_utf8_lossy(&output.stdout);
    let complaints = String::from_utf8_lossy(&output.stderr);
    if printed.contains(server.client_secret()) || complaints.contains(server.client_secret()) {
        return Err("it printed the secret".to_owned());
    }
    if !output.status.success() {
        return Err(format!("it ended with {}\n{printed}{complaints}", output.status));
    }
    let said = printed.lines().next_back().and_then(|line| serde_json::from_str(line).ok());
    let said = said.ok_or_else(|| format!("it should print one JSON line, not {printed:?}"))?;
    let log = server.log()?;
    if log["violations"] != 0 {
        return Err(format!("it sent requests that Druva's documents do not allow: {}", short(&log)));
    }
    let calls =
        log["requests"].as_array().into_iter().flatten().filter(|request| request["operation"] != "token").count();
    Ok(Run { said, calls, tokens: log["tokens_minted"].as_u64().unwrap_or_default(), took })
}

/// Whether the output is whole: every device, and the report's rows in both files.
fn check(run: &Run, devices: u64, folder: &Path) -> Result<(), String> {
    let csv = rows_of_csv(&folder.join("report.csv"))?;
    let sqlite = rows_of_sqlite(&folder.join("report.sqlite")).map_err(|error| format!("report.sqlite: {error}"))?;
    let rows = &run.said["report_rows"];
    let facts = [
        (run.said["devices"] == devices, format!("{} devices instead of {devices}", run.said["devices"])),
        (rows.as_u64().is_some_and(|rows| rows > 0), "the report is empty".to_owned()),
        (*rows == csv, format!("{csv} rows in report.csv instead of {rows}")),
        (*rows == sqlite, format!("{sqlite} rows in report.sqlite instead of {rows}")),
        (run.said["events"].as_u64().is_some_and(|events| events > 0), "no events".to_owned()),
        (run.tokens == 1, format!("{} tokens instead of one", run.tokens)),
        (folder.join("tracker").exists(), "the tracker of the events was not kept".to_owned()),
    ];
    match facts.into_iter().find(|(holds, _)| !holds) {
        Some((_, why)) => Err(why),
        None => Ok(()),
    }
}

/// Records after the header; a quoted field may hold line breaks.
fn rows_of_csv(path: &Path) -> Result<usize, String> {
    let mut reader = csv::Reader::from_path(path).map_err(|error| format!("report.csv: {error}"))?;
    reader
        .records()
        .map(|record| record.map(|_| 1))
        .sum::<Result<_, _>>()
        .map_err(|error| format!("report.csv: {error}"))
}

fn rows_of_sqlite(path: &Path) -> rusqlite::Result<usize> {
    let database = rusqlite::Connection::open(path)?;
    let table: String =
        database.query_row("SELECT name FROM sqlite_master WHERE type = 'table'", [], |row| row.get(0))?;
    database
        .query_row(&format!("SELECT count(*) FROM \"{table}\""), [], |row| row.get::<_, i64>(0))
        .map(|rows| usize::try_from(rows).unwrap_or_default())
}

fn table(runs: &[(String, Run)]) {
    println!(
        "{:<10} {:>8} {:>6} {:>12} {:>7} {:>6} {:>7} {:>8}",
        "language", "devices", "pages", "report rows", "events", "calls", "tokens", "seconds"
    );
    for (name, run) in runs {
        let number = |member: &str| run.said[member].to_string();
        println!(
            "{name:<10} {:>8} {:>6} {:>12} {:>7} {:>6} {:>7} {:>8.2}",
            number("devices"),
            number("pages"),
            number("report_rows"),
            number("events"),
            run.calls,
            run.tokens,
            run.took.as_secs_f64()
        );
    }
}

/// The command as one can type it, relative to the repository.
fn shown(command: &[String]) -> String {
    let folder = format!("{}/", repository().display());
    command.iter().map(|word| word.replace(&folder, "")).collect::<Vec<_>>().join(" ")
}
