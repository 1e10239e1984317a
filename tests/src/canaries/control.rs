//! The control: a runner that shows a canary on every surface and in every form, so that the search is seen to find.

use super::planted;
use super::search::{Form, Surface};
use serde_json::json;
use std::collections::BTreeSet;
use std::io::{BufRead, Write};

/// The argument that makes the program that runner.
pub const ARGUMENT: &str = "--leak";

/// Plays the runner: each answer shows the secret in the next form.
///
/// # Errors
/// Input or output is gone.
pub fn leak() -> std::io::Result<()> {
    let secret = planted::text(planted::CLIENT_SECRET);
    // Cut as messages are: the beginning alone, then the end alone.
    let cuts = [&secret[..], &secret[..12], &secret[secret.len() - 12..]];
    let mut shown = cuts.iter().flat_map(|cut| Form::ALL.map(|form| form.write(cut.as_bytes()))).cycle();
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

/// The surfaces and forms in which the leaking runner's secret was not found.
pub fn missed(found: &BTreeSet<(Surface, Form)>) -> Vec<String> {
    let all = Surface::ALL.into_iter().flat_map(|surface| Form::ALL.map(|form| (surface, form)));
    all.filter(|pair| !found.contains(pair)).map(|(surface, form)| format!("{} as {form:?}", surface.name())).collect()
}
