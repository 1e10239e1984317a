//! `druva-sweep`: every operation and every model in one language or in all.

use druva_api::Model;
use druva_conformance::languages;
use druva_conformance::play::allow_many_sockets;
use druva_conformance::sweep::{calls, lenient};
use std::collections::BTreeSet;
use std::process::ExitCode;

const HELP: &str = "\
Calls every operation of the model through the typed surface of every language, against the emulator, and decodes every
model with odd values in every field.

  --lang NAME       only this language (may be repeated)
  --product NAME    only this product
  --only WHAT       calls or models";

#[derive(Default)]
struct Arguments {
    languages: BTreeSet<String>,
    product: Option<String>,
    only: Option<String>,
}

fn main() -> ExitCode {
    match arguments().and_then(|arguments| arguments.map_or(Ok(true), |arguments| run(&arguments))) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            eprintln!("druva-sweep: {why}");
            ExitCode::from(2)
        }
    }
}

fn arguments() -> Result<Option<Arguments>, String> {
    use lexopt::prelude::*;
    let mut arguments = Arguments::default();
    let mut parser = lexopt::Parser::from_env();
    let failed = |error: lexopt::Error| error.to_string();
    while let Some(argument) = parser.next().map_err(failed)? {
        match argument {
            Long("help") => {
                println!("{HELP}");
                return Ok(None);
            }
            Long(name) => {
                let name = name.to_owned();
                let value = parser.value().and_then(|value| value.string()).map_err(failed)?;
                match name.as_str() {
                    "lang" => drop(arguments.languages.insert(value)),
                    "product" => arguments.product = Some(value),
                    "only" => arguments.only = Some(value),
                    _ => return Err(format!("there is no option --{name}")),
                }
            }
            other => return Err(other.unexpected().to_string()),
        }
    }
    Ok(Some(arguments))
}

/// Whether nothing was found.
fn run(arguments: &Arguments) -> Result<bool, String> {
    allow_many_sockets();
    let model = Model::load();
    let product = arguments.product.as_deref();
    let home = tempfile::tempdir().map_err(|error| error.to_string())?;
    let wanted = |what: &str| arguments.only.as_deref().is_none_or(|only| only == what);
    let mut sound = true;
    for language in languages::load()? {
        if !arguments.languages.is_empty() && !arguments.languages.contains(&language.name) {
            continue;
        }
        let mut failures = Vec::new();
        let mut line = format!("{}:", language.name);
        if wanted("calls") {
            let outcome = calls::sweep(&model, &language, home.path(), product)?;
            let (operations, calls, pages) = (outcome.operations.len(), outcome.calls, outcome.pages);
            line += &format!(" {operations} operations, {calls} calls, {pages} pages;");
            failures.extend(outcome.failures);
        }
        if wanted("models") {
            let outcome = lenient::sweep(&model, &language, home.path(), product)?;
            line += &format!(" {} models, {} odd objects;", outcome.models, outcome.objects);
            failures.extend(outcome.failures);
        }
        failures.iter().for_each(|failure| println!("{failure}"));
        println!("{line} {} failures", failures.len());
        sound &= failures.is_empty();
    }
    Ok(sound)
}
