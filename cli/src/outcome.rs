//! How a command ends.

use druva::{Error, Kind};
use lexopt::Arg;
use std::io::{self, Write};

/// Why a command did not do what it should.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The command, an argument or the configuration is wrong; nothing was sent.
    Usage(String),
    /// The call failed.
    Call(String),
    /// Whoever read the output has had enough.
    ReaderGone,
    /// The command was only asked for its help.
    HelpWanted,
}

impl From<lexopt::Error> for Failure {
    fn from(error: lexopt::Error) -> Failure {
        Failure::Usage(error.to_string())
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        if error.is(Kind::Config) || error.is(Kind::Argument) {
            Failure::Usage(error.to_string())
        } else {
            Failure::Call(error.to_string())
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        if error.kind() == io::ErrorKind::BrokenPipe { Failure::ReaderGone } else { Failure::Call(error.to_string()) }
    }
}

/// What comes of an argument that a command does not know; each is asked for help in the same words.
pub(crate) fn unexpected(arg: lexopt::Arg<'_>) -> Failure {
    match arg {
        Arg::Short('h') | Arg::Long("help") => Failure::HelpWanted,
        other => other.unexpected().into(),
    }
}

/// Writes to standard output, at once.
pub(crate) fn print(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    Ok(out.flush()?)
}
