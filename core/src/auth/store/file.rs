//! Tokens in files of the user's own: one folder, a file and a lock for each token.

use crate::error::{Error, Result};
use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// No token is longer; a file that is has not been written by this.
const LONGEST: u64 = 64 * 1024;

#[derive(Debug)]
pub(crate) struct FileStore {
    folder: PathBuf,
}

impl FileStore {
    /// Makes the folder when it is missing, and makes sure that nobody else can read or write in it.
    pub(super) fn open(folder: PathBuf) -> Result<FileStore> {
        let refused = |why: &dyn std::fmt::Display| {
            Error::config(format!("token_store: the folder {} {why}", folder.display()))
                .hint("It has to be a folder of your own that nobody else may enter (mode 0700): name another, or let it be made.")
        };
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&folder).map_err(|error| refused(&format!("cannot be made: {error}")))?;
        let found = std::fs::symlink_metadata(&folder).map_err(|error| refused(&format!("cannot be read: {error}")))?;
        if !found.is_dir() {
            return Err(refused(&"is a symbolic link"));
        }
        // Who is able to write is seen by writing; the file's owner is who this process is.
        let probe = folder.join(format!("{:016x}.probe", fastrand::u64(..)));
        let own = create(&probe).and_then(|file| file.metadata());
        let own = own.map_err(|error| refused(&format!("cannot be written: {error}")))?;
        // What is left of it does no harm.
        let _ = std::fs::remove_file(&probe);
        only_owner(&found, &own).map_err(|why| refused(&why))?;
        Ok(FileStore { folder })
    }

    /// The file's content; `None` when there is none.
    pub(super) fn read(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        let file = match self.look(OpenOptions::new().read(true), name) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            opened => opened?,
        };
        let mut content = Vec::new();
        file.take(LONGEST).read_to_end(&mut content)?;
        Ok(Some(content))
    }

    /// Puts `content` in place of what is there, whole or not at all.
    pub(super) fn write(&self, name: &str, content: &[u8]) -> io::Result<()> {
        // One name for all: whoever was killed while writing leaves no more than one file. Two writers at once could
        // mix them; what comes of it cannot be opened and is replaced.
        let new = self.folder.join(format!("{name}.new"));
        remove(&new)?;
        create(&new)?.write_all(content)?;
        std::fs::rename(&new, self.folder.join(name))
    }

    pub(super) fn remove(&self, name: &str) -> io::Result<()> {
        remove(&self.folder.join(name))
    }

    /// The lock of a token; `None` while another process has it.
    pub(super) fn try_lock(&self, name: &str) -> io::Result<Option<Lock>> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let file = self.look(&mut options, &format!("{name}.lock"))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Lock(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Opens a file that is plain and nobody else's.
    fn look(&self, options: &mut OpenOptions, name: &str) -> io::Result<File> {
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            // A pipe in its place must not keep the caller waiting.
            options.mode(0o600).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK);
        }
        let file = options.open(self.folder.join(name))?;
        let found = file.metadata()?;
        if !found.is_file() {
            return Err(io::Error::other("it is no plain file"));
        }
        let folder = std::fs::symlink_metadata(&self.folder)?;
        only_owner(&found, &folder).map_err(io::Error::other)?;
        Ok(file)
    }
}

/// Held while a token is fetched. The system frees it when the process ends, however it ends.
#[derive(Debug)]
pub(super) struct Lock(File);

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing is not enough: a child forked meanwhile has the file open as well. What fails here ends with the processes.
        let _ = self.0.unlock();
    }
}

fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn remove(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

/// Is it `own`'s owner's, and closed to everybody else?
#[cfg(unix)]
fn only_owner(found: &std::fs::Metadata, own: &std::fs::Metadata) -> std::result::Result<(), String> {
    use std::os::unix::fs::MetadataExt;
    if found.uid() != own.uid() {
        return Err("belongs to another user".to_owned());
    }
    match found.mode() & 0o077 {
        0 => Ok(()),
        _ => Err(format!("is open to others: its mode is {:04o}", found.mode() & 0o7777)),
    }
}

/// Elsewhere a folder under the user's own is closed to others by inheritance.
#[cfg(not(unix))]
fn only_owner(_: &std::fs::Metadata, _: &std::fs::Metadata) -> std::result::Result<(), String> {
    Ok(())
}

/// Where tokens are kept when no folder is named.
pub(super) fn default_folder() -> Option<PathBuf> {
    let folder = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let folder = folder.or_else(|| std::env::home_dir().map(|home| home.join(".cache")))?;
    Some(folder.join("druva").join("tokens"))
}
