//! `druva-stores`: one token for many processes, in every language.

use druva_conformance::languages;
use druva_conformance::play::allow_many_sockets;
use druva_conformance::stores::{crowd, holders};
use std::process::ExitCode;
use std::time::Instant;

const HELP: &str = "\
Starts processes of every language over one token store and counts the tokens that the emulator mints.

  --processes N     so many at once; default 24";

fn main() -> ExitCode {
    druva_conformance::ended("druva-stores", run())
}

/// Whether every round minted one token.
fn run() -> Result<bool, String> {
    use lexopt::prelude::*;
    let failed = |error: lexopt::Error| error.to_string();
    let mut count = 24;
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next().map_err(failed)? {
        match argument {
            Long("help") => {
                println!("{HELP}");
                return Ok(true);
            }
            Long("processes") => count = parser.value().and_then(|value| value.parse()).map_err(failed)?,
            other => return Err(other.unexpected().to_string()),
        }
    }
    allow_many_sockets();
    let languages = languages::load()?;
    let home = tempfile::tempdir().map_err(|error| error.to_string())?;
    let begun = Instant::now();
    let minted =
        crowd::rounds(&languages, count, home.path(), &format!("file:{}", home.path().join("crowd").display()))?;
    let each: Vec<String> = minted.iter().map(|(round, minted)| format!("{round} {minted}")).collect();
    println!(
        "file: {count} processes of {} languages; tokens minted: {}; {:.1} s",
        languages.len(),
        each.join(", "),
        begun.elapsed().as_secs_f64()
    );
    let begun = Instant::now();
    for language in &languages {
        holders::killed_and_stopped(language, home.path()).map_err(|why| format!("{}: {why}", language.name))?;
    }
    if let Some(python) = languages.iter().find(|language| language.name == "python") {
        holders::forked(python, home.path()).map_err(|why| format!("a fork in mid-fetch: {why}"))?;
    }
    println!(
        "file: holders killed and stopped in {} languages, and forked: nobody blocked; {:.1} s",
        languages.len(),
        begun.elapsed().as_secs_f64()
    );
    Ok(minted.iter().all(|(_, minted)| *minted == 1))
}
