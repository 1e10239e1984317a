//! `druva-faults`: every fault at every place, in one language or in all.

use druva_conformance::arguments;
use druva_conformance::faults::cells::{Field, Place};
use druva_conformance::faults::list;
use druva_conformance::languages::{self, Language, repository};
use druva_conformance::runner::Runner;
use serde_json::Map;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

const HELP: &str = "\
Lets every fault happen at every place of a conversation, and compares what comes of it with docs/faults.md.

  --lang NAME       only this language (may be repeated)
  --record          write docs/faults.md; look at what changed";

const INTRODUCTION: &str = "\
# What comes of each fault

Written by `make faults RECORD=1`, compared by `make faults` (part of `make test`). Each fault happens to one answer of
the emulator: that to the request for a token, to the first, second or third page of a list, to a read of one object, or
to a write.

A cell says what the caller gets, and how many requests of this kind the server received: `ok 2` is the right answer,
at the second attempt; `Timeout 3 no` is a `TimeoutError` after three requests, whose `may_have_been_applied` says
`no`; `accepted 1` is an answer of status 200 that is not what was asked for and is taken for good all the same: the caller gets
other data, a list that ends early, or a write that was not done as if it were. After a semicolon stands what comes of it when the fault does not pass. At most 3 attempts are allowed, of 0.5 s.

Whatever the table says, it is a failure if a call takes longer than 8 s, an `ok` has other data than without the fault,
a write that was not done is `ok`, a write was done and its error says `no`, a read says anything but
`no`, an error counts other attempts than the server, or a socket is left when the client was closed.

";

fn main() -> ExitCode {
    druva_conformance::ended("druva-faults", run())
}

/// Whether everything was as the table says.
fn run() -> Result<bool, String> {
    use lexopt::ValueExt as _;
    let (mut only, mut record) = (BTreeSet::new(), false);
    arguments::read(HELP, |name, given| {
        match name {
            "record" => record = true,
            "lang" => drop(only.insert(given.value()?.string()?)),
            _ => return arguments::unknown(name),
        }
        Ok(())
    })?;
    let path = repository().join("docs/faults.md");
    let home = tempfile::tempdir().map_err(|error| error.to_string())?;
    let languages = languages::chosen(languages::load()?, &only)?;
    let begun = Instant::now();
    // Side by side: most of the time is spent in waiting.
    let tables: Vec<_> = std::thread::scope(|scope| {
        let home = home.path();
        let running = languages.iter().map(|language| scope.spawn(move || table(language, home)));
        let running: Vec<_> = running.collect();
        running.into_iter().map(|table| table.join().unwrap_or_else(|_| Err("a panic".to_owned()))).collect()
    });
    let mut sound = true;
    for (language, table) in languages.iter().zip(tables) {
        let (table, cells, failures) = table.map_err(|why| format!("{}: {why}", language.name))?;
        failures.iter().for_each(|failure| println!("{}: {failure}", language.name));
        if record && failures.is_empty() {
            std::fs::write(&path, &table).map_err(|error| format!("{}: {error}", path.display()))?;
        }
        let expected = std::fs::read_to_string(&path).unwrap_or_default();
        let other = table.lines().filter(|line| !expected.lines().any(|there| there == *line));
        let other: Vec<&str> = other.collect();
        other.iter().for_each(|line| println!("{}: not in docs/faults.md: {line}", language.name));
        println!("{}: {cells} cells, {} failures", language.name, failures.len() + other.len());
        sound &= failures.is_empty() && table == expected;
    }
    println!("{:.0} s", begun.elapsed().as_secs_f64());
    Ok(sound)
}

/// The table as a language has it, its cells, and what must never be.
fn table(language: &Language, home: &Path) -> Result<(String, usize, Vec<String>), String> {
    let mut field = Field::new(Runner::start(&language.runner, &repository(), home, &Map::new())?)?;
    let mut table = INTRODUCTION.to_owned();
    table += "| Fault | Token | First page | Middle page | Last page | Read | Write |\n|---|---|---|---|---|---|---|\n";
    let (mut cells, mut failures) = (0, Vec::new());
    'faults: for fault in list::all() {
        table += &format!("| {} |", fault.name);
        for place in Place::ALL {
            let mut cell = String::new();
            if fault.places.contains(&place) {
                cells += 1;
                match field.cell(&fault, place) {
                    Ok(text) => cell = text,
                    Err(why) => failures.push(format!("{}, {place:?}: {why}", fault.name)),
                }
                if field.is_stuck() {
                    failures.push("nothing after it was played".to_owned());
                    break 'faults;
                }
            }
            table += &format!(" {cell} |");
        }
        table += "\n";
    }
    if !field.is_stuck() {
        failures.extend(field.end().err());
    }
    Ok((table, cells, failures))
}
