//! What a client leaves behind in memory: not its secret.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test")]

use druva::Client;
use druva_emulator::{Emulator, Options};
use std::io::{Read, Seek, SeekFrom};

/// The secret under a mask, so that this program's own text does not hold it.
const MASKED: &[u8] = b"jvt_qtl5r_^q6rlos^zcmr8^kokx";

fn letter(at: usize) -> u8 {
    MASKED[at] ^ 0x05
}

/// Its end is looked for: what frees memory writes over the beginning.
const END: std::ops::Range<usize> = 16..MASKED.len();

/// How often the secret stands in this process's memory.
fn occurrences() -> usize {
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    let mut memory = std::fs::File::open("/proc/self/mem").unwrap();
    let mut found = 0;
    for line in maps.lines().filter(|line| line.contains(" rw")) {
        let (from, to) = line.split_once(' ').unwrap().0.split_once('-').unwrap();
        let (from, to) = (u64::from_str_radix(from, 16).unwrap(), u64::from_str_radix(to, 16).unwrap());
        let mut bytes = vec![0; usize::try_from(to - from).unwrap()];
        if memory.seek(SeekFrom::Start(from)).is_err() || memory.read_exact(&mut bytes).is_err() {
            continue;
        }
        // Compared letter by letter: a needle would be found as well.
        found +=
            bytes.windows(END.len()).filter(|window| END.zip(*window).all(|(at, byte)| *byte == letter(at))).count();
        bytes.fill(0);
    }
    found
}

#[test]
fn a_closed_client_leaves_no_secret_in_memory() {
    let emulator = Emulator::start(Options { devices: 1, ..Options::default() }).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let secret = String::from_utf8((0..MASKED.len()).map(letter).collect()).unwrap();
    let client = Client::builder().client_id("id").client_secret(secret).base_url(emulator.url()).build().unwrap();
    assert!(occurrences() > 0, "the search finds the secret of a client that is open");
    // Refused: the emulator does not know it, so that what it keeps is not found either.
    let refused = runtime.block_on(client.insync().devices().list().items().next()).unwrap().unwrap_err();
    assert_eq!(refused.class(), "InvalidCredentialsError");
    drop((client, refused));
    assert_eq!(occurrences(), 0, "pieces of a closed client");
}
