//! YAML files of the repository, read with the lines in which things stand.

use crate::Error;
use indexmap::IndexMap;
use serde::de::{Deserialize, DeserializeOwned, Deserializer, MapAccess, Visitor};
use serde_saphyr::Spanned;
use std::fmt;
use std::marker::PhantomData;
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
    // The limits guard against hostile files; these are our own, and some are large.
    let options = serde_saphyr::options! { budget: None, with_snippet: false };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| {
        let line = error.location().map_or(0, |location| location.line() as usize);
        Error::at(path, line, error.to_string())
    })
}

/// A mapping in its own order, each entry with the line of its key.
#[derive(Debug, Clone)]
pub struct Entries<T>(pub IndexMap<String, Entry<T>>);

/// One entry of a mapping.
#[derive(Debug, Clone)]
pub struct Entry<T> {
    /// The line of its key, from 1.
    pub line: usize,
    /// What it holds.
    pub value: T,
}

impl<T> Entries<T> {
    /// The entry called `name`.
    pub fn get(&self, name: &str) -> Option<&Entry<T>> {
        self.0.get(name)
    }

    /// Names and entries.
    pub fn iter(&self) -> impl Iterator<Item = (&String, &Entry<T>)> {
        self.0.iter()
    }
}

impl<T> Default for Entries<T> {
    fn default() -> Self {
        Entries(IndexMap::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Entries<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Collect<T> {
            type Value = Entries<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a mapping")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = IndexMap::new();
                while let Some(name) = map.next_key::<Spanned<String>>()? {
                    let line = name.referenced.line() as usize;
                    entries.insert(name.value, Entry { line, value: map.next_value()? });
                }
                Ok(Entries(entries))
            }
        }

        deserializer.deserialize_map(Collect(PhantomData))
    }
}
