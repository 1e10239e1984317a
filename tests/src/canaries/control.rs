//! The control: a runner that shows a canary on every surface and in every form, so that the search is seen to find.

use super::planted;
use super::search::{Finding, Form, Surface};
use serde_json::json;
use std::collections::BTreeSet;
use std::io::{BufRead, Write};

/// The argument that makes the program that runner.
pub const ARGUMENT: &str = "--leak";

type Cut = fn(&str) -> &[u8];

/// What is shown: one secret whole, of one the beginning alone, of one the end, as messages are cut.
const LEAKS: [(&str, Cut); 3] = [
    (planted::CLIENT_SECRET, |secret| secret.as_bytes()),
    (planted::REFUSED_SECRET, |secret| &secret.as_bytes()[..12]),
    (planted::SECRET_FILE, |secret| &secret.as_bytes()[secret.len() - 12..]),
];

/// Plays the runner: each answer shows a secret in the next form.
///
/// # Errors
/// Input or output is gone.
pub fn leak() -> std::io::Result<()> {
    let leaks = LEAKS.iter().flat_map(|(name, cut)| Form::ALL.map(|form| form.write(cut(&planted::text(name)))));
    let mut shown = leaks.cycle();
    let folder = std::env::temp_dir();
    for (at, line) in std::io::stdin().lock().lines().enumerate() {
        line?;
        let leak = shown.next().unwrap_or_default();
        eprintln!("druva TRACE sent={leak}");
        std::fs::write(folder.join(at.to_string()), &leak)?;
        let answer =
            json!({"error": {"class": "ApiError", "message": leak, "body": leak}, "shown": leak, "whole": leak});
        let mut output = std::io::stdout().lock();
        writeln!(output, "{answer}")?;
        output.flush()?;
    }
    Ok(())
}

/// What the leaking runner showed, and what of it was not found.
pub fn missed(findings: &BTreeSet<Finding>) -> (usize, Vec<String>) {
    let found: BTreeSet<_> =
        findings.iter().map(|finding| (finding.surface, finding.form, finding.canary.as_str())).collect();
    let leaks = LEAKS.iter().flat_map(|(name, _)| Form::ALL.map(|form| (form, *name)));
    let all: Vec<_> = leaks.flat_map(|(form, name)| Surface::ALL.map(|surface| (surface, form, name))).collect();
    let missed = all.iter().filter(|leak| !found.contains(leak));
    let missed = missed.map(|(surface, form, name)| format!("{}: {name} as {form:?}", surface.name())).collect();
    (all.len(), missed)
}
