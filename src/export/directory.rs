//! The directory that an export goes into. It is written in another one beside it, which then takes its place: a
//! directory is renamed at once, however many files are in it.

use rustix::io::Errno;
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};

/// A directory with nothing in it, to be replaced.
#[derive(Debug)]
pub(super) struct OutDir {
    /// With no links in it.
    path: PathBuf,
    /// It was not there before.
    is_new: bool,
    /// The directory that takes its place.
    stage: PathBuf,
}

impl OutDir {
    /// Makes `path` if it is not there. `unique` tells this export from others.
    pub(super) fn claim(path: &Path, unique: u64) -> io::Result<Self> {
        let is_new = match fs::create_dir(path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => false,
            made => made.map(|()| true)?,
        };
        let path = fs::canonicalize(path)?;
        if fs::read_dir(&path)?.next().is_some() {
            return Err(Errno::NOTEMPTY.into());
        }
        let stage = path.with_file_name(format!("kevo-export-{unique}.partial"));
        Ok(Self { path, is_new, stage })
    }

    /// Makes the directory to write into. Owner and mode are those of the one that it replaces.
    pub(super) fn stage(&self) -> io::Result<&Path> {
        let replaced = fs::metadata(&self.path)?;
        if self.cannot_be_replaced(replaced.dev())? {
            return Err(io::Error::new(
                ErrorKind::ResourceBusy,
                "a file system is mounted there, or it is the working directory, and it cannot be replaced by another",
            ));
        }
        fs::create_dir(&self.stage)?;
        chown(&self.stage, Some(replaced.uid()), Some(replaced.gid()))?;
        fs::set_permissions(&self.stage, replaced.permissions())?;
        Ok(&self.stage)
    }

    /// Puts what was written in its place; or, if that failed, leaves all as it was.
    pub(super) fn settle<T>(self, written: io::Result<T>) -> io::Result<T> {
        let settled = written.and_then(|written| self.replace().map(|()| written));
        if settled.is_err() {
            // That it failed is what is told.
            let _ = fs::remove_dir_all(&self.stage);
            if self.is_new {
                let _ = fs::remove_dir(&self.path);
            }
        }
        settled
    }

    fn replace(&self) -> io::Result<()> {
        sync(&self.stage)?;
        fs::rename(&self.stage, &self.path)?;
        self.path.parent().map_or(Ok(()), sync)
    }

    /// Whether it is a mount point, or the directory that paths are relative to: whoever is in it would not see what
    /// takes its place.
    fn cannot_be_replaced(&self, device: u64) -> io::Result<bool> {
        let Some(parent) = self.path.parent() else { return Ok(true) };
        Ok(fs::metadata(parent)?.dev() != device || std::env::current_dir().is_ok_and(|current| current == self.path))
    }
}

/// Brings the names in a directory to disk, on file systems that do so on request.
fn sync(directory: &Path) -> io::Result<()> {
    match File::open(directory)?.sync_all() {
        Err(error) if error.kind() == ErrorKind::InvalidInput => Ok(()),
        synced => synced,
    }
}
