//! What stops the generator.

use std::fmt;

/// One thing that is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file, relative to the repository.
    pub file: String,
    /// The line, from 1; 0 where the file as a whole is meant.
    pub line: usize,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.file.as_str(), self.line) {
            ("", _) => write!(f, "{}", self.message),
            (file, 0) => write!(f, "{file}: {}", self.message),
            (file, line) => write!(f, "{file}:{line}: {}", self.message),
        }
    }
}

/// Everything that stops the generator; one line each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// Never empty.
    pub problems: Vec<Problem>,
}

impl Error {
    /// A single problem.
    pub fn at(file: impl Into<String>, line: usize, message: impl Into<String>) -> Error {
        Error { problems: vec![Problem { file: file.into(), line, message: message.into() }] }
    }

    /// A problem that belongs to no file.
    pub fn new(message: impl Into<String>) -> Error {
        Error::at("", 0, message)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}
