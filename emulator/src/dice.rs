//! Chance that comes out the same every time: a number from (seed, table, row, field).

/// An evenly spread number that depends on nothing but its arguments.
pub(crate) fn roll(seed: u64, table: &str, index: u64, field: &str) -> u64 {
    let mut state = mix(seed ^ 0x9e37_79b9_7f4a_7c15);
    for part in [table, field] {
        for chunk in part.as_bytes().chunks(8) {
            let word = chunk.iter().fold(0u64, |word, byte| word << 8 | u64::from(*byte));
            state = mix(state ^ word);
        }
        state = mix(state ^ part.len() as u64);
    }
    mix(state ^ index.wrapping_mul(0xd6e8_feb8_6659_fd93))
}

/// That many hexadecimal digits.
pub(crate) fn hex(seed: u64, table: &str, index: u64, field: &str, digits: usize) -> String {
    let mut text = String::with_capacity(digits + 16);
    let mut state = roll(seed, table, index, field);
    while text.len() < digits {
        text.push_str(&format!("{state:016x}"));
        state = mix(state);
    }
    text.truncate(digits);
    text
}

/// The finisher of splitmix64.
fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}
