//! The files that the generator emits, before they meet the disk.

use crate::Error;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Text by path (relative to the repository, with `/`), to be written or compared.
#[derive(Debug)]
pub struct Tree {
    root: PathBuf,
    files: BTreeMap<String, String>,
    folders: BTreeSet<String>,
}

impl Tree {
    /// An empty tree over the repository at `root`.
    pub fn new(root: impl Into<PathBuf>) -> Tree {
        Tree { root: root.into(), files: BTreeMap::new(), folders: BTreeSet::new() }
    }

    /// The repository.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Puts a file in; a second one at the same path replaces the first.
    pub fn file(&mut self, path: impl Into<String>, text: impl Into<String>) {
        self.files.insert(path.into(), text.into());
    }

    /// Declares that everything below `folder` is generated: files there that the tree does not have are stale.
    pub fn own(&mut self, folder: impl Into<String>) {
        self.folders.insert(folder.into());
    }

    /// Replaces what stands between two marker lines of a file that is otherwise written by hand. A file that does not
    /// exist is left alone.
    ///
    /// # Errors
    /// If the file cannot be read or lacks a marker.
    pub fn section(&mut self, path: &str, begin: &str, end: &str, text: &str) -> Result<(), Error> {
        let current = match self.files.get(path) {
            Some(text) => text.clone(),
            None => match self.read(path)? {
                Some(text) => text,
                None => return Ok(()),
            },
        };
        let missing = |marker: &str| Error::at(path, 0, format!("has no line `{marker}`"));
        let (head, rest) = current.split_once(begin).ok_or_else(|| missing(begin))?;
        let (_, tail) = rest.split_once(end).ok_or_else(|| missing(end))?;
        self.file(path, format!("{head}{begin}\n{text}{end}{tail}"));
        Ok(())
    }

    /// The file that was put in at `path`.
    pub fn get(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }

    /// The paths, sorted.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// Writes what differs, deletes what is stale, and returns the paths touched.
    ///
    /// # Errors
    /// If the disk does not let it.
    pub fn write(&self) -> Result<Vec<String>, Error> {
        let differences = self.differences()?;
        for path in &differences {
            let target = self.root.join(path);
            let done = match self.files.get(path) {
                Some(text) => {
                    fs::create_dir_all(target.parent().unwrap_or(&self.root)).and_then(|()| fs::write(&target, text))
                }
                None => fs::remove_file(&target),
            };
            done.map_err(|error| Error::at(path, 0, error.to_string()))?;
        }
        Ok(differences)
    }

    /// The paths at which the disk differs from the tree, stale files included.
    ///
    /// # Errors
    /// If the disk cannot be read.
    pub fn differences(&self) -> Result<Vec<String>, Error> {
        let mut differing = BTreeSet::new();
        for (path, text) in &self.files {
            if self.read(path)?.as_deref() != Some(text) {
                differing.insert(path.clone());
            }
        }
        for folder in &self.folders {
            self.stale(folder, &mut differing)?;
        }
        Ok(differing.into_iter().collect())
    }

    fn stale(&self, folder: &str, found: &mut BTreeSet<String>) -> Result<(), Error> {
        let failed = |error: std::io::Error| Error::at(folder, 0, error.to_string());
        let entries = match fs::read_dir(self.root.join(folder)) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            entries => entries.map_err(failed)?,
        };
        for entry in entries {
            let entry = entry.map_err(failed)?;
            let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
            if entry.file_type().map_err(failed)?.is_dir() {
                // What Python leaves behind is nobody's file.
                if entry.file_name() != "__pycache__" {
                    self.stale(&path, found)?;
                }
            } else if !self.files.contains_key(&path) {
                found.insert(path);
            }
        }
        Ok(())
    }

    fn read(&self, path: &str) -> Result<Option<String>, Error> {
        match fs::read_to_string(self.root.join(path)) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::at(path, 0, error.to_string())),
        }
    }
}
