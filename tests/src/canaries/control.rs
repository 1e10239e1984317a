//! The control: a runner that shows a canary on every surface and in every form, so that the search is seen to find.

use super::planted::{self, Canary};
use super::search::{Finding, Form, Surface};
use serde_json::json;
use std::collections::BTreeSet;
use std::io::{BufRead, Write};

/// The argument that makes the program that runner.
pub const ARGUMENT: &str = "--leak";

/// What is shown: every secret whole, and of one the beginning alone, of one the end, as messages are cut.
fn leaks() -> Vec<(Canary, Vec<u8>)> {
    let shown = planted::all().into_iter().map(|canary| {
        let text = canary.text.as_bytes();
        let text = match canary.name.as_str() {
            planted::REFUSED_SECRET => &text[..12],
            planted::SECRET_FILE => &text[text.len() - 12..],
            _ => text,
        };
        (canary.clone(), text.to_vec())
    });
    shown.collect()
}

/// Plays the runner: each answer shows the next secret in every form.
///
/// # Errors
/// Input or output is gone.
pub fn leak() -> std::io::Result<()> {
    let leaks = leaks().into_iter().map(|(_, text)| Form::ALL.map(|form| form.write(&text)).join("\n"));
    let mut shown = leaks.collect::<Vec<_>>().into_iter().cycle();
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
    let leaks = leaks();
    let everywhere = leaks.iter().flat_map(|(canary, _)| {
        let surfaces = Surface::ALL.into_iter().filter(|surface| surface.forbids(canary.kind));
        surfaces.flat_map(|surface| Form::ALL.map(|form| (surface, form, canary.name.as_str())))
    });
    let all: Vec<_> = everywhere.collect();
    let missed = all.iter().filter(|leak| !found.contains(leak));
    let missed = missed.map(|(surface, form, name)| format!("{}: {name} as {form:?}", surface.name())).collect();
    (all.len(), missed)
}
