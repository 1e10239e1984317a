//! What stands in for the fuzzers in `make test`: each seed as it is, and many times damaged.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;

/// Brings a door its seeds, then damaged ones for so many rounds, and gives how many of these made sense. What breaks a
/// promise is shown as it was brought.
pub(crate) fn bring(name: &str, door: fn(&[u8]) -> bool, rounds: usize) -> usize {
    let seeds = seeds(name);
    let mut state = 1;
    let mut sense = 0;
    for round in 0..seeds.len() + rounds {
        let seed = &seeds[round % seeds.len()];
        let data = if round < seeds.len() { seed.clone() } else { damaged(seed, &seeds, &mut state) };
        match catch_unwind(AssertUnwindSafe(|| door(&data))) {
            Ok(made_sense) => sense += usize::from(made_sense && round >= seeds.len()),
            Err(broken) => {
                eprintln!("{name}, round {round}: b\"{}\"", data.escape_ascii());
                resume_unwind(broken);
            }
        }
    }
    sense
}

/// The seeds of a door, in the order of their names.
fn seeds(name: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/seeds").join(name);
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    assert!(!paths.is_empty(), "{} is empty", folder.display());
    paths.iter().map(|path| std::fs::read(path).expect("a seed")).collect()
}

/// SplitMix64: the same rounds each time, so that a failure comes again.
fn random(state: &mut u64) -> usize {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (mixed ^ (mixed >> 31)) as usize
}

/// Some bytes overwritten, left out, doubled, the rest cut off, or put in place of another seed's.
fn damaged(seed: &[u8], seeds: &[Vec<u8>], state: &mut u64) -> Vec<u8> {
    const TELLING: &[u8] = b"{}[]\",:\\u0eE-+.tfn \x00\x7f\x80\xc3\xed\xff\n%&;=/?#@$\r9";
    let mut bytes = seed.to_vec();
    for _ in 0..=random(state) % 4 {
        let at = random(state) % bytes.len().max(1);
        match random(state) % 6 {
            _ if bytes.is_empty() => {}
            0 => bytes[at] = TELLING[random(state) % TELLING.len()],
            1 => drop(bytes.remove(at)),
            2 => bytes.insert(at, TELLING[random(state) % TELLING.len()]),
            3 => bytes.truncate(at),
            4 => {
                let other = &seeds[random(state) % seeds.len()];
                bytes.truncate(at);
                bytes.extend(&other[random(state) % (other.len() + 1)..]);
            }
            _ => bytes.insert(at, bytes[at]),
        }
    }
    bytes
}
