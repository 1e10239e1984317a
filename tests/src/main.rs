//! `druva-conformance`: plays the scenarios in one language or in all.

use druva_conformance::arguments;
use druva_conformance::languages::{self, Language};
use druva_conformance::play::{Player, allow_many_sockets};
use druva_conformance::scenario;
use std::collections::BTreeSet;
use std::process::ExitCode;

const HELP: &str = "\
Plays tests/scenarios in every language of tests/languages.toml.

  --lang NAME       only this language (may be repeated)
  --runner COMMAND  its runner, instead of the one in the table (words parted by spaces)
  --scenario TEXT   only scenarios whose file or name contains it (may be repeated)
  --crowd N         so many callers where a scenario says $crowd; default 300
  --verbose         show every scenario, request and answer";

#[derive(Default)]
struct Arguments {
    languages: BTreeSet<String>,
    runner: Option<String>,
    scenarios: Vec<String>,
    crowd: Option<u64>,
    verbose: bool,
}

fn main() -> ExitCode {
    druva_conformance::ended("druva-conformance", parsed().and_then(run))
}

fn parsed() -> Result<Arguments, String> {
    use lexopt::ValueExt as _;
    let mut read = Arguments::default();
    arguments::read(HELP, |name, given| {
        match name {
            "verbose" => read.verbose = true,
            "lang" => drop(read.languages.insert(given.value()?.string()?)),
            "runner" => read.runner = Some(given.value()?.string()?),
            "scenario" => read.scenarios.push(given.value()?.string()?),
            "crowd" => read.crowd = Some(given.value()?.parse()?),
            _ => return arguments::unknown(name),
        }
        Ok(())
    })?;
    Ok(read)
}

/// Whether everything was as the scenarios say.
fn run(arguments: Arguments) -> Result<bool, String> {
    allow_many_sockets();
    let mut cases = scenario::load(&scenario::folder())?;
    if !arguments.scenarios.is_empty() {
        cases
            .retain(|case| arguments.scenarios.iter().any(|text| case.name.contains(text) || case.file.contains(text)));
    }
    if cases.is_empty() {
        return Err("no such scenario".to_owned());
    }
    let home = tempfile::tempdir().map_err(|error| error.to_string())?;
    let mut summary = Vec::new();
    for language in chosen(&arguments)? {
        let mut player = Player::new(&language, home.path(), arguments.verbose);
        player.crowd = arguments.crowd.unwrap_or(player.crowd);
        let mut failed = 0;
        for case in &cases {
            if arguments.verbose {
                println!("{}: {}:{} {}", language.name, case.file, case.line(), case.name);
            }
            let failures = player.play(case);
            failed += usize::from(!failures.is_empty());
            for failure in failures {
                println!("{}: {}: {}: {}", language.name, failure.place, failure.scenario, failure.why);
            }
        }
        summary.push((language.name, cases.len() - failed, failed));
    }
    for (name, passed, failed) in &summary {
        println!("{name}: {passed} passed, {failed} failed");
    }
    Ok(summary.iter().all(|(_, _, failed)| *failed == 0))
}

fn chosen(arguments: &Arguments) -> Result<Vec<Language>, String> {
    if let Some(command) = &arguments.runner {
        let (Some(name), 1) = (arguments.languages.first(), arguments.languages.len()) else {
            return Err("--runner goes with exactly one --lang".to_owned());
        };
        let runner = command.split_whitespace().map(str::to_owned).collect();
        return Ok(vec![Language { name: name.clone(), runner, example: None }]);
    }
    languages::chosen(languages::load()?, &arguments.languages)
}
