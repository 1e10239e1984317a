//! YAML files of the repository.

use crate::Error;
use serde::de::DeserializeOwned;
use std::path::Path;

/// Reads the YAML file at `path` below `root`.
///
/// # Errors
/// If the file cannot be read or does not have the shape of `T`; with the line.
pub fn read<T: DeserializeOwned>(root: &Path, path: &str) -> Result<T, Error> {
    let text = std::fs::read_to_string(root.join(path)).map_err(|error| Error::at(path, 0, error.to_string()))?;
    parse(&text, path)
}

/// Reads YAML text that stands in the file `path`.
///
/// # Errors
/// If it does not have the shape of `T`; with the line.
pub fn parse<T: DeserializeOwned>(text: &str, path: &str) -> Result<T, Error> {
    serde_saphyr::from_str(text).map_err(|error| {
        let line = error.location().map_or(0, |location| location.line() as usize);
        Error::at(path, line, error.to_string())
    })
}
