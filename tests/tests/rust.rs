//! Rust plays every scenario: `cargo test` holds it to what all languages promise.

use druva_conformance::languages::Language;
use druva_conformance::play::{Player, allow_many_sockets};
use druva_conformance::scenario;

#[test]
fn rust_plays_every_scenario() {
    allow_many_sockets();
    let rust =
        Language { name: "rust".to_owned(), runner: vec![env!("CARGO_BIN_EXE_runner").to_owned()], example: None };
    let home = tempfile::tempdir().expect("a temporary folder");
    let cases = scenario::load(&scenario::folder()).expect("the scenarios can be read");
    assert!(cases.len() > 100, "only {} scenarios were found", cases.len());
    let mut player = Player::new(&rust, home.path(), false);
    let failures: Vec<String> = cases
        .iter()
        .flat_map(|case| player.play(case))
        .map(|failure| format!("{}: {}: {}", failure.place, failure.scenario, failure.why))
        .collect();
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
}
