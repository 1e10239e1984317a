//! Real programs that tests meet where they are installed.

use std::io::Write as _;

/// Says what is left out because something is missing, past what captures a test's output.
///
/// # Errors
/// It must not be missing: `DRUVA_COUNTERPARTS` is `required`, as `.ci/run` has it where it could install them.
pub fn left_out(what: &str, missing: &str) -> Result<(), String> {
    let why = format!("{what}, since {missing} is missing");
    if std::env::var("DRUVA_COUNTERPARTS").is_ok_and(|wish| wish == "required") {
        return Err(format!("would leave out {why}"));
    }
    writeln!(std::io::stderr(), "left out: {why}").map_err(|error| error.to_string())
}
