//! `languages.toml`: how each language's programs are started.

use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// A language that takes part.
#[derive(Debug, Clone)]
pub struct Language {
    /// `rust`, `python`, `python-async`, `node`, `c`, `go`.
    pub name: String,
    /// The runner's command line, relative to the repository.
    pub runner: Vec<String>,
    /// The example program's command line; none for a second way into the same language.
    pub example: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Commands {
    runner: Vec<String>,
    example: Option<Vec<String>>,
}

/// The repository's folder.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_owned).unwrap_or_default()
}

/// Reads the table, in the order in which `languages.toml` lists them.
///
/// # Errors
/// The table cannot be read.
pub fn load() -> Result<Vec<Language>, String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("languages.toml");
    let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let table: BTreeMap<String, Commands> =
        toml::from_str(&text).map_err(|error| format!("tests/languages.toml: {error}"))?;
    let place = |name: &String| text.find(&format!("[{name}]"));
    let mut languages: Vec<Language> = table
        .into_iter()
        .map(|(name, commands)| Language {
            name,
            runner: located(commands.runner),
            example: commands.example.map(located),
        })
        .collect();
    languages.sort_by_key(|language| place(&language.name));
    Ok(languages)
}

/// Those that are named, in their order; all where none is.
///
/// # Errors
/// A name that none of them has.
pub fn chosen(mut languages: Vec<Language>, names: &BTreeSet<String>) -> Result<Vec<Language>, String> {
    if let Some(name) = names.iter().find(|name| languages.iter().all(|language| language.name != **name)) {
        return Err(format!("there is no language {name}"));
    }
    languages.retain(|language| names.is_empty() || names.contains(&language.name));
    Ok(languages)
}

/// Replaces `$bin` by the folder that holds the programs cargo has built.
fn located(command: Vec<String>) -> Vec<String> {
    let folder = binaries();
    command.into_iter().map(|word| word.replace("$bin", &folder)).collect()
}

/// Where cargo puts programs: beside this one, or one above where it puts tests.
fn binaries() -> String {
    let program = std::env::current_exe().unwrap_or_default();
    let mut folder = program.parent().unwrap_or(Path::new(".")).to_owned();
    if folder.ends_with("deps") {
        folder.pop();
    }
    folder.to_string_lossy().into_owned()
}
