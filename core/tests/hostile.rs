//! JSON that nobody promised to be JSON: read without a panic, and written back as it came.

use druva::Json;

const SEEDS: [&str; 5] = [
    r#"{"access_token":"a+/=","token_type":"Bearer","expires_in":1799}"#,
    r#"{"code":1100010002,"message":"not \"found\" \u00e9\ud83d\ude00","retryable":"true","data":null}"#,
    r#"{"devices":[{"deviceID":12,"size":1.50,"big":123456789012345678901234567890},{}],"nextPageToken":"x/y="}"#,
    r#"[[],{},[null,true,false,-0,1e400,"12"," 7 "]]"#,
    r#""text""#,
];

/// SplitMix64: the same rounds each time, so that a failure comes again.
fn random(state: &mut u64) -> usize {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (mixed ^ (mixed >> 31)) as usize
}

/// Some bytes of a seed overwritten, left out, doubled, or the rest cut off.
fn damaged(seed: &str, state: &mut u64) -> Vec<u8> {
    const TELLING: &[u8] = b"{}[]\",:\\u0eE-+.tfn \x00\x7f\x80\xc3\xed\xff";
    let mut bytes = seed.as_bytes().to_vec();
    for _ in 0..=random(state) % 4 {
        let at = random(state) % bytes.len().max(1);
        match random(state) % 4 {
            _ if bytes.is_empty() => {}
            0 => bytes[at] = TELLING[random(state) % TELLING.len()],
            1 => drop(bytes.remove(at)),
            2 => bytes.insert(at, TELLING[random(state) % TELLING.len()]),
            _ => bytes.truncate(at),
        }
    }
    bytes
}

/// Every reader of every value; what they say of damaged text is not asked, only that they say it.
fn read_all(value: &Json) {
    let _ = (value.as_str(), value.as_i64(), value.as_f64(), value.as_bool());
    for (_, member) in value.members() {
        read_all(&member);
    }
    let mut index = 0;
    while let Some(item) = value.at(index).filter(|_| value.is_array()) {
        read_all(&item);
        index += 1;
    }
}

#[test]
fn damaged_text_is_refused_or_written_back_as_it_was_read() {
    let mut state = 1;
    let (mut read, mut refused) = (0, 0);
    for round in 0..100_000 {
        let text = damaged(SEEDS[round % SEEDS.len()], &mut state);
        let Ok(value) = Json::parse(&text) else {
            let other = serde_json::from_slice::<serde_json::Value>(&text);
            assert!(other.is_err(), "refused, but JSON: {:?}", String::from_utf8_lossy(&text));
            refused += 1;
            continue;
        };
        let other = serde_json::from_slice::<serde::de::IgnoredAny>(&text);
        assert!(other.is_ok(), "no JSON, but read: {:?}", String::from_utf8_lossy(&text));
        read += 1;
        read_all(&value);
        let written = value.to_string();
        let again = Json::parse(written.as_bytes()).unwrap_or_else(|error| panic!("{written:?}: {error}"));
        assert_eq!(again.to_string(), written, "from {:?}", String::from_utf8_lossy(&text));
    }
    assert!(read > 1_000 && refused > 1_000, "the damage is of one kind only: {read} read, {refused} refused");
}

#[test]
fn digits_stay_as_they_came() {
    for seed in &SEEDS[2..] {
        assert_eq!(Json::parse(seed.as_bytes()).map(|value| value.to_string()), Ok((*seed).to_owned()));
    }
}

#[test]
fn a_tower_of_brackets_does_not_end_the_process() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}"), ("[{\"a\":", "}]")] {
        let tower = |height: usize| format!("{}1{}", open.repeat(height), close.repeat(height));
        assert!(Json::parse(tower(100_000).as_bytes()).is_err());
        assert!(Json::parse(open.repeat(100_000).as_bytes()).is_err());
        let height = 128 / close.len();
        assert_eq!(Json::parse(tower(height).as_bytes()).map(|value| value.to_string()), Ok(tower(height)));
        assert!(Json::parse(tower(height + 1).as_bytes()).is_err());
    }
}
