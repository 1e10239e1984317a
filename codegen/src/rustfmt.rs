//! Emitted Rust goes through rustfmt, so that it obeys the repository's own settings.

use crate::Error;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// Formats Rust text with the settings of the repository at `root`.
///
/// # Errors
/// If rustfmt is not installed or cannot read the text.
pub fn format(text: &str, root: &Path) -> Result<String, Error> {
    let failed = |error: std::io::Error| Error::new(format!("rustfmt: {error}"));
    let mut child = Command::new("rustfmt")
        .args(["--edition", "2024", "--emit", "stdout"])
        .current_dir(root)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    // rustfmt reads everything before it writes, so one after the other cannot block.
    if let Some(mut input) = child.stdin.take() {
        input.write_all(text.as_bytes()).map_err(failed)?;
    }
    let output = child.wait_with_output().map_err(failed)?;
    if !output.status.success() {
        return Err(Error::new(format!("rustfmt: {}", String::from_utf8_lossy(&output.stderr).trim())));
    }
    String::from_utf8(output.stdout).map_err(|error| Error::new(format!("rustfmt: {error}")))
}
