//! What others write, at every door behind which the SDK reads it: the fuzzers of `fuzz/` without a fuzzer.

use druva::{Json, fuzzing};

#[path = "../../fuzz/damage.rs"]
mod damage;

/// A tenth of them of each kind at least, or the damage says little.
const ROUNDS: usize = 100_000;

#[test]
fn nothing_that_comes_in_breaks_a_promise() {
    for (name, door) in fuzzing::DOORS {
        let begun = std::time::Instant::now();
        let sense = damage::bring(name, door, ROUNDS);
        println!("{name}: {ROUNDS} damaged, {sense} of them made sense, {:.1} s", begun.elapsed().as_secs_f64());
        assert!((ROUNDS / 1_000..ROUNDS - ROUNDS / 1_000).contains(&sense), "{name}: the damage is of one kind only");
    }
}

#[test]
fn digits_stay_as_they_came() {
    for text in [
        r#"{"devices":[{"deviceID":12,"size":1.50,"big":123456789012345678901234567890},{}],"nextPageToken":"x/y="}"#,
        r#"[[],{},[null,true,false,-0,1e400,"12"," 7 "]]"#,
        r#""text""#,
    ] {
        assert_eq!(Json::parse(text.as_bytes()).map(|value| value.to_string()), Ok(text.to_owned()));
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
        // What a program puts around it is not lost.
        let around = Json::object().with("a", Json::parse(tower(height).as_bytes()).expect("JSON"));
        assert_eq!(around.to_string(), format!("{{\"a\":{}}}", tower(height)));
    }
}
