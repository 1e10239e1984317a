//! `druva-canaries`: secrets that must be seen nowhere, in every language.

use druva_api::Model;
use druva_conformance::arguments;
use druva_conformance::canaries::run::{self, Scope};
use druva_conformance::canaries::{command, control};
use druva_conformance::languages::{self, Language};
use druva_conformance::play::allow_many_sockets;
use std::collections::BTreeSet;
use std::process::ExitCode;
use std::time::Instant;

const HELP: &str = "\
Plants secrets, carries them through every fault in every language, and searches all that can be read for them.

  --lang NAME       only this language (may be repeated)
  --all             every operation, not one of each shape";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let played = match arguments.first().map(String::as_str) {
        Some(control::ARGUMENT) => Some(control::leak()),
        Some(command::ARGUMENT) => Some(command::play()),
        _ => None,
    };
    if let Some(played) = played {
        return if played.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    druva_conformance::ended("druva-canaries", parsed().and_then(|(only, scope)| run_all(&only, scope)))
}

fn parsed() -> Result<(BTreeSet<String>, Scope), String> {
    use lexopt::ValueExt as _;
    let (mut only, mut scope) = (BTreeSet::new(), Scope::Shapes);
    arguments::read(HELP, |name, given| {
        match name {
            "all" => scope = Scope::All,
            "lang" => drop(only.insert(given.value()?.string()?)),
            _ => return arguments::unknown(name),
        }
        Ok(())
    })?;
    Ok((only, scope))
}

/// Whether nothing was seen, and the control's leaks were.
fn run_all(only: &BTreeSet<String>, scope: Scope) -> Result<bool, String> {
    allow_many_sockets();
    let model = Model::load();
    let mut all = languages::load()?;
    all.push(own("command", command::ARGUMENT)?);
    let languages = languages::chosen(all, only)?;
    let mut sound = controlled(&model)?;
    for language in languages {
        let begun = Instant::now();
        // A process for each call: one operation must do.
        let scope = if language.name == "command" { Scope::One } else { scope };
        let outcome = run::run(&model, &language, scope).map_err(|why| format!("{}: {why}", language.name))?;
        let findings = &outcome.searched.findings;
        for finding in findings.iter().take(40) {
            println!("{}: {}", language.name, run::line(finding));
        }
        let bytes: usize = outcome.searched.bytes.values().sum();
        let each: Vec<String> =
            outcome.searched.bytes.iter().map(|(surface, bytes)| format!("{} {bytes}", surface.name())).collect();
        println!(
            "{}: {} canaries, {} operations, {} faults, {} cells, {} answers with a secret taken out; {bytes} bytes searched ({}); {} found, {:.1} s",
            language.name,
            outcome.canaries.len(),
            outcome.operations.len(),
            outcome.faults.len(),
            outcome.cells,
            outcome.hidden,
            each.join(", "),
            findings.len(),
            begun.elapsed().as_secs_f64(),
        );
        // Where nothing was taken out, no server has quoted anything, and the search has proven nothing.
        sound &= findings.is_empty() && outcome.hidden > 0;
    }
    Ok(sound)
}

/// A runner that this program plays itself.
fn own(name: &str, argument: &str) -> Result<Language, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let runner = vec![program.to_string_lossy().into_owned(), argument.to_owned()];
    Ok(Language { name: name.to_owned(), runner, example: None })
}

/// Whether the search finds what the leaking runner shows.
fn controlled(model: &Model) -> Result<bool, String> {
    let outcome = run::run(model, &own("control", control::ARGUMENT)?, Scope::Control)?;
    let (leaks, missed) = control::missed(&outcome.searched.findings);
    for leak in &missed {
        println!("control: a leak was not found: {leak}");
    }
    println!("control: {} of {leaks} leaks found", leaks - missed.len());
    Ok(missed.is_empty())
}
