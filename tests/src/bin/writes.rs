//! `druva-writes`: writes under faults, and the emulator's log against what their callers were told.

use druva_conformance::arguments;
use druva_conformance::languages;
use druva_conformance::writes::round::{Tally, lane};
use std::collections::BTreeSet;
use std::process::ExitCode;
use std::time::Instant;

const HELP: &str = "\
Makes writes while everything goes wrong: none may be done twice, none done that its caller believes was not.

  --writes N        so many in each language; default 1000
  --lang NAME       only this language (may be repeated)
  --seed N          another plan of faults; default 1";

/// Emulators at work at once: the crate has many callers on each, a runner is one, which mostly waits.
const CRATE_LANES: usize = 4;
const RUNNER_LANES: usize = 12;

fn main() -> ExitCode {
    druva_conformance::ended("druva-writes", run())
}

/// Whether no caller was told wrongly.
fn run() -> Result<bool, String> {
    use lexopt::ValueExt as _;
    let (mut writes, mut seed, mut only) = (1000, 1, BTreeSet::new());
    arguments::read(HELP, |name, given| {
        match name {
            "writes" => writes = given.value()?.parse()?,
            "lang" => drop(only.insert(given.value()?.string()?)),
            "seed" => seed = given.value()?.parse()?,
            _ => return arguments::unknown(name),
        }
        Ok(())
    })?;
    let home = tempfile::tempdir().map_err(|error| error.to_string())?;
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|error| error.to_string())?;
    let mut sound = true;
    for language in languages::chosen(languages::load()?, &only)? {
        let name = language.name.clone();
        let begun = Instant::now();
        let (language, lanes) = match name.as_str() {
            "rust" => (None, CRATE_LANES),
            _ => (Some(language), RUNNER_LANES),
        };
        let lanes: Vec<_> = (0..lanes)
            .map(|first| {
                let (home, language) = (home.path().to_owned(), language.clone());
                runtime.spawn(async move { lane(writes, seed, first, lanes, language.as_ref(), &home).await })
            })
            .collect();
        let mut tally = Tally::default();
        for lane in lanes {
            let played = runtime.block_on(lane).map_err(|panic| panic.to_string())?;
            tally.add(played.map_err(|why| format!("{name}: {why}"))?);
        }
        sound &= report(&name, &tally, begun);
    }
    Ok(sound)
}

fn report(language: &str, tally: &Tally, begun: Instant) -> bool {
    for (what, writes) in [("doubled", &tally.doubled), ("unreported", &tally.unreported), ("lost", &tally.lost)] {
        writes.iter().take(10).for_each(|write| println!("{language}: {what}: {write}"));
    }
    println!(
        "{language}: {} writes, {} requests: {} doubled, {} unreported, {} lost; {:.0} s",
        tally.writes(),
        tally.requests,
        tally.doubled.len(),
        tally.unreported.len(),
        tally.lost.len(),
        begun.elapsed().as_secs_f64()
    );
    for (ending, (count, done)) in &tally.endings {
        println!("  {ending:<28} {count:>7}, of them {done:>7} done");
    }
    tally.is_sound()
}
