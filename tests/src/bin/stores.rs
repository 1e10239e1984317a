//! `druva-stores`: one token for many processes, in every language.

use druva_conformance::arguments;
use druva_conformance::languages;
use druva_conformance::play::allow_many_sockets;
use druva_conformance::stores::redis::Redis;
use druva_conformance::stores::{crowd, holders};
use std::collections::BTreeSet;
use std::process::ExitCode;
use std::time::Instant;

const HELP: &str = "\
Starts processes of every language over one token store and counts the tokens that the emulator mints.

  --processes N     so many at once; default 24
  --lang NAME       only processes of this language (may be repeated)";

fn main() -> ExitCode {
    druva_conformance::ended("druva-stores", run())
}

/// Whether every round minted one token.
fn run() -> Result<bool, String> {
    use lexopt::ValueExt as _;
    let (mut count, mut only) = (24, BTreeSet::new());
    arguments::read(HELP, |name, given| {
        match name {
            "processes" => count = given.value()?.parse()?,
            "lang" => drop(only.insert(given.value()?.string()?)),
            _ => return arguments::unknown(name),
        }
        Ok(())
    })?;
    allow_many_sockets();
    let languages = languages::chosen(languages::load()?, &only)?;
    let home = tempfile::tempdir().map_err(|error| error.to_string())?;
    let redis = Redis::start(&[])?;
    let stores = [Some(format!("file:{}", home.path().join("crowd").display())), redis.as_ref().map(Redis::url)];
    let mut one_each = true;
    for store in stores.iter().flatten() {
        let begun = Instant::now();
        let minted = crowd::rounds(&languages, count, home.path(), store)?;
        let each: Vec<String> = minted.iter().map(|(round, minted)| format!("{round} {minted}")).collect();
        println!(
            "{}: {count} processes of {} languages; tokens minted: {}; {:.1} s",
            store.split(':').next().unwrap_or_default(),
            languages.len(),
            each.join(", "),
            begun.elapsed().as_secs_f64()
        );
        one_each &= minted.iter().all(|(_, minted)| *minted == 1);
    }
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
    if let Some(redis) = &redis {
        let begun = Instant::now();
        holders::killed_over_redis(&languages, home.path(), &redis.url())?;
        println!(
            "redis: holders killed in {} languages: nobody waited beyond the lease; {:.1} s",
            languages.len(),
            begun.elapsed().as_secs_f64()
        );
    }
    Ok(one_each)
}
