//! The core over a simulated network: each seed is a life of callers, servers and faults, and plays the same again.

mod network;
mod play;
mod server;
mod world;

use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

fn main() -> ExitCode {
    match options() {
        Ok((seeds, None)) => many(seeds),
        Ok((_, Some(seed))) => {
            let played = play::play(seed);
            println!("{}", played.trace.join("\n"));
            ExitCode::from(u8::from(!played.broken.is_empty()))
        }
        Err(error) => {
            eprintln!("druva-simulation: {error}\nusage: druva-simulation [--seeds N | --seed N]");
            ExitCode::from(2)
        }
    }
}

fn options() -> Result<(u64, Option<u64>), lexopt::Error> {
    use lexopt::ValueExt as _;
    let (mut seeds, mut seed) = (200, None);
    let mut arguments = lexopt::Parser::from_env();
    while let Some(argument) = arguments.next()? {
        match argument {
            lexopt::Arg::Long("seeds") => seeds = arguments.value()?.parse()?,
            lexopt::Arg::Long("seed") => seed = Some(arguments.value()?.parse()?),
            other => return Err(other.unexpected()),
        }
    }
    Ok((seeds, seed))
}

/// Plays each seed twice, on every core.
fn many(seeds: u64) -> ExitCode {
    let (next, failed) = (AtomicU64::new(0), AtomicBool::new(false));
    let work = || {
        while !failed.load(Ordering::Relaxed) {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds {
                return;
            }
            let mut played = play::play(seed);
            let again = play::play(seed);
            if let Some(line) = played.trace.iter().zip(&again.trace).position(|(one, other)| one != other) {
                played.broken.push(format!("played again, line {} is another", line + 1));
            } else if played != again {
                played.broken.push("played again, it is of another length".into());
            }
            if !played.broken.is_empty() {
                failed.store(true, Ordering::Relaxed);
                println!("seed {seed}:\n  {}", played.broken.join("\n  "));
                println!("  again: cargo run --profile quick -p druva-simulation --features run -- --seed {seed}");
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
    if failed.load(Ordering::Relaxed) {
        return ExitCode::FAILURE;
    }
    println!("{seeds} seeds, each played twice: nothing broken");
    ExitCode::SUCCESS
}
