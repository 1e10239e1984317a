//! Reads `api/contract.yaml`.

use crate::Error;
use druva_api::{ConfigOption, ErrorClass};
use serde::Deserialize;
use std::path::Path;

/// What is the same in every language and not Druva's but ours.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contract {
    /// Error classes, parents before children.
    pub errors: Vec<ErrorClass>,
    /// The configuration.
    pub options: Vec<ConfigOption>,
}

/// Reads the contract of the repository at `root`.
///
/// # Errors
/// If the file cannot be read, or an error class comes before its parent.
pub fn read(root: &Path) -> Result<Contract, Error> {
    const PATH: &str = "api/contract.yaml";
    let contract: Contract = crate::yaml::read(root, PATH)?;
    for (index, error) in contract.errors.iter().enumerate() {
        if let Some(parent) = &error.parent
            && !contract.errors[..index].iter().any(|other| other.class == *parent)
        {
            return Err(Error::at(PATH, 0, format!("{}: its parent {parent} must come before it", error.class)));
        }
    }
    Ok(contract)
}
