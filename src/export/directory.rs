//! The directory that an export goes into. It is written in another one beside it, which then takes its place: a
//! directory is renamed at once, however many files are in it.

use crate::log::directory::is_empty;
use rustix::fs::getxattr;
use rustix::io::Errno;
use std::env;
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};

/// A directory with nothing in it, which is to be replaced. If it is not, all is left as it was.
#[derive(Debug)]
pub(super) struct OutDir {
    /// With no links in it.
    path: PathBuf,
    /// It was made for this.
    is_new: bool,
    /// What takes its place.
    stage: Option<PathBuf>,
    /// What both are in. Opened before anything is written: a parent that cannot be brought to disk is known then.
    parent: Option<File>,
}

impl OutDir {
    /// Makes it if it is not there.
    pub(super) fn claim(path: &Path) -> io::Result<Self> {
        let is_new = make(path)?;
        let mut claimed = Self { path: path.to_owned(), is_new, stage: None, parent: None };
        claimed.path = fs::canonicalize(path)?;
        if is_empty(&claimed.path)? { Ok(claimed) } else { Err(Errno::NOTEMPTY.into()) }
    }

    /// Makes what takes its place, with the same owner and mode. Its name is that of the first `number` that is free.
    pub(super) fn stage(&mut self, number: u64) -> io::Result<&Path> {
        let replaced = fs::metadata(&self.path)?;
        // The root is in none.
        let parent = File::open(self.path.parent().ok_or_else(busy)?)?;
        let is_current = env::current_dir().is_ok_and(|current| current == self.path);
        // Of what is in a mount point or the working directory, another directory of the same name is not seen.
        if is_current || parent.metadata()?.dev() != replaced.dev() {
            return Err(busy());
        }
        if !self.is_new && has_access_list(&self.path) {
            let why = "it has an access control list, which what takes its place would not have";
            return Err(io::Error::new(ErrorKind::Unsupported, why));
        }
        self.parent = Some(parent);
        let mut names = (number..).map(|number| self.path.with_file_name(format!("kevo-export-{number}.partial")));
        let stage = names.find_map(|stage| match make(&stage) {
            Ok(is_new) => is_new.then_some(Ok(stage)),
            Err(error) => Some(Err(error)),
        });
        let stage = self.stage.insert(stage.ok_or(ErrorKind::AlreadyExists)??);
        chown(&stage, Some(replaced.uid()), Some(replaced.gid())).map_err(|error| match error.kind() {
            ErrorKind::PermissionDenied => foreign(),
            _ => error,
        })?;
        fs::set_permissions(&stage, replaced.permissions())?;
        Ok(stage)
    }

    /// Puts what was staged in its place.
    pub(super) fn replace(mut self) -> io::Result<()> {
        if let Some(stage) = &self.stage {
            sync(&File::open(stage)?)?;
            // A directory mounted from the same device is told by this alone.
            fs::rename(stage, &self.path).map_err(|error| match error.kind() {
                ErrorKind::ResourceBusy => busy(),
                _ => error,
            })?;
        }
        (self.is_new, self.stage) = (false, None);
        self.parent.as_ref().map_or(Ok(()), sync)
    }
}

impl Drop for OutDir {
    fn drop(&mut self) {
        // Why it comes to this has been told; that something stays behind would hide it.
        if let Some(stage) = &self.stage {
            let _ = fs::remove_dir_all(stage);
        }
        if self.is_new {
            let _ = fs::remove_dir(&self.path);
        }
    }
}

/// Makes a directory; false if something of its name is there.
fn make(directory: &Path) -> io::Result<bool> {
    match fs::create_dir(directory) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    }
}

fn busy() -> io::Error {
    io::Error::new(ErrorKind::ResourceBusy, "it is a mount point or the working directory, which cannot be replaced")
}

fn foreign() -> io::Error {
    let why = "it belongs to another user or group, and only the superuser can make one like it to take its place";
    io::Error::new(ErrorKind::PermissionDenied, why)
}

/// Whether more than owner and mode say who may do what in a directory, or in what is made there.
fn has_access_list(directory: &Path) -> bool {
    let lists = ["system.posix_acl_access", "system.posix_acl_default"];
    lists.into_iter().any(|list| getxattr(directory, list, &mut [0_u8; 0]).is_ok())
}

/// Brings the names in a directory to disk, on file systems that do so on request.
fn sync(directory: &File) -> io::Result<()> {
    match directory.sync_all() {
        Err(error) if error.kind() == ErrorKind::InvalidInput => Ok(()),
        synced => synced,
    }
}

#[cfg(test)]
mod tests;
