//! The scenario files.

use crate::values::{self, Variables};
use serde::Deserialize;
use serde_json::{Map, Value};
use serde_saphyr::Spanned;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// One situation, what a caller does in it, and what must come of it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// A short sentence; unique in its file.
    pub name: Spanned<String>,
    /// The reason in one line: what goes wrong for a user without it.
    pub why: String,
    /// Rows of variables: the scenario is played once for each.
    #[serde(default)]
    pub each: Vec<Variables>,
    /// Options of the emulator that differ from [`crate::play::emulator_defaults`].
    #[serde(default)]
    pub emulator: Map<String, Value>,
    /// Options of the client that differ from the defaults; `null` takes a default away.
    #[serde(default)]
    pub client: Map<String, Value>,
    /// Environment of a runner process of its own. Clients then have no default options.
    #[serde(default)]
    pub env: Option<Map<String, Value>>,
    /// Files to write into `$folder` first.
    #[serde(default)]
    pub files: BTreeMap<String, String>,
    /// What happens, in order: see [`crate::step::Step`].
    pub steps: Vec<Spanned<Value>>,
    /// What the server must have received in the end: see [`crate::log`].
    #[serde(default)]
    pub log: Option<Spanned<Value>>,
}

/// A scenario with its place and the variables of one of its rows.
#[derive(Debug, Clone)]
pub struct Case {
    /// The scenario's name with the row's variables filled in.
    pub name: String,
    /// The file, as shown to people.
    pub file: String,
    /// The scenario.
    pub scenario: Scenario,
    /// The row.
    pub row: Variables,
}

impl Case {
    /// Where the scenario begins.
    pub fn line(&self) -> u64 {
        self.scenario.name.referenced.line()
    }
}

/// The folder that holds the scenarios of this project.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios")
}

/// Reads every scenario of a folder, rows spread out, in the order of file names.
///
/// # Errors
/// A file that cannot be read or is no list of scenarios; a name that is used twice.
pub fn load(folder: &Path) -> Result<Vec<Case>, String> {
    let entries = std::fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut paths: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|ext| ext == "yaml"))
        .collect();
    paths.sort();
    let mut cases: Vec<Case> = Vec::new();
    for path in paths {
        let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let file = format!("tests/scenarios/{}", path.file_name().unwrap_or_default().to_string_lossy());
        let scenarios: Vec<Scenario> = serde_saphyr::from_str(&text).map_err(|error| format!("{file}: {error}"))?;
        for scenario in scenarios {
            spread(&file, scenario, &mut cases)?;
        }
    }
    Ok(cases)
}

fn spread(file: &str, scenario: Scenario, cases: &mut Vec<Case>) -> Result<(), String> {
    let rows = if scenario.each.is_empty() { vec![Variables::new()] } else { scenario.each.clone() };
    for row in rows {
        let at = |why: String| format!("{file}:{}: {why}", scenario.name.referenced.line());
        let name = values::fill_text(&scenario.name.value, &row).map_err(at)?;
        if cases.iter().any(|case| case.file == file && case.name == name) {
            return Err(at(format!("the name {name:?} is used twice")));
        }
        cases.push(Case { name, file: file.to_owned(), scenario: scenario.clone(), row });
    }
    Ok(())
}
