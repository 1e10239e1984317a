//! `druva-sweep`: every operation and every model in one language or in all.

use druva_api::Model;
use druva_conformance::arguments;
use druva_conformance::languages;
use druva_conformance::play::allow_many_sockets;
use druva_conformance::sweep::{calls, lenient};
use serde_json::json;
use std::collections::BTreeSet;
use std::process::ExitCode;

const HELP: &str = "\
Calls every operation of the model through the typed surface of every language, against the emulator, and decodes every
model with odd values in every field.

  --lang NAME       only this language (may be repeated)
  --product NAME    only this product
  --only WHAT       calls or models
  --record          write the numbers to tests/sweep.json, from where they go into COVERAGE.md";

#[derive(Default)]
struct Arguments {
    languages: BTreeSet<String>,
    product: Option<String>,
    only: Option<String>,
    record: bool,
}

fn main() -> ExitCode {
    druva_conformance::ended("druva-sweep", parsed().and_then(|arguments| run(&arguments)))
}

fn parsed() -> Result<Arguments, String> {
    use lexopt::ValueExt as _;
    let mut read = Arguments::default();
    arguments::read(HELP, |name, given| {
        match name {
            "record" => read.record = true,
            "lang" => drop(read.languages.insert(given.value()?.string()?)),
            "product" => read.product = Some(given.value()?.string()?),
            "only" => read.only = Some(given.value()?.string()?),
            _ => return arguments::unknown(name),
        }
        Ok(())
    })?;
    Ok(read)
}

/// Whether nothing was found.
fn run(arguments: &Arguments) -> Result<bool, String> {
    allow_many_sockets();
    let model = Model::load();
    let product = arguments.product.as_deref();
    let home = tempfile::tempdir().map_err(|error| error.to_string())?;
    let wanted = |what: &str| arguments.only.as_deref().is_none_or(|only| only == what);
    let mut sound = true;
    let mut record = Vec::new();
    for language in languages::chosen(languages::load()?, &arguments.languages)? {
        let mut failures = Vec::new();
        let mut line = format!("{}:", language.name);
        let mut numbers = json!({ "language": language.name });
        if wanted("calls") {
            let outcome = calls::sweep(&model, &language, home.path(), product)?;
            let (operations, calls, pages) = (outcome.operations.len(), outcome.calls, outcome.pages);
            line += &format!(" {operations} operations, {calls} calls, {pages} pages;");
            numbers["operations"] = operations.into();
            numbers["calls"] = calls.into();
            numbers["pages"] = pages.into();
            failures.extend(outcome.failures);
        }
        if wanted("models") {
            let outcome = lenient::sweep(&model, &language, home.path(), product)?;
            line += &format!(" {} models, {} odd objects;", outcome.models, outcome.objects);
            numbers["models"] = outcome.models.into();
            numbers["objects"] = outcome.objects.into();
            failures.extend(outcome.failures);
        }
        failures.iter().for_each(|failure| println!("{failure}"));
        println!("{line} {} failures", failures.len());
        sound &= failures.is_empty();
        record.push(numbers);
    }
    if arguments.record && sound {
        let path = languages::repository().join("tests/sweep.json");
        let text = serde_json::to_string_pretty(&record).map_err(|error| error.to_string())?;
        std::fs::write(&path, text + "\n").map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(sound)
}
