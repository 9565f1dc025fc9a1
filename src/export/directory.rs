//! The directory that an export goes into. It is written in another one beside it, which then takes its place: a
//! directory is renamed at once, however many files are in it.

use crate::disk::{Directory, Disk, FileInfo};
use crate::log::directory::is_empty;
use crate::path;
use rustix::io::Errno;
use std::collections::TryReserveError;
use std::io::{self, ErrorKind, Write};
use std::ops::ControlFlow::Continue;
use std::path::{Path, PathBuf};

/// No file that is staged has a longer name, in bytes.
const MAX_NAME_LEN: usize = 255;
/// A name of a staged directory is not longer, in bytes: its number has at most 20 digits.
const MAX_STAGE_NAME_LEN: usize = 48;

/// A directory with nothing in it, which is to be replaced. If it is not, all is left as it was.
#[derive(Debug)]
pub(super) struct OutDir<'a> {
    disk: &'a dyn Disk,
    /// Absolute, and the last name is its own and no link.
    path: PathBuf,
    /// It was made for this.
    is_new: bool,
    stage: Option<Stage>,
    /// What both are in. Opened before anything is written: a parent that cannot be brought to disk is known then.
    parent: Option<Box<dyn Directory>>,
}

/// A directory that takes the place of another one.
#[derive(Debug)]
struct Stage {
    path: PathBuf,
    /// Memory for the path of any file in it, so that nothing is left for want of memory.
    path_in_it: PathBuf,
}

impl<'a> OutDir<'a> {
    /// Makes it if it is not there.
    pub(super) fn claim(disk: &'a dyn Disk, path: &Path) -> io::Result<Self> {
        let given = path::copied(path)?;
        let is_new = make(disk, path)?;
        let mut claimed = Self { disk, path: given, is_new, stage: None, parent: None };
        claimed.path = disk.canonical(path)?;
        if is_empty(disk, &claimed.path)? { Ok(claimed) } else { Err(Errno::NOTEMPTY.into()) }
    }

    /// Makes what takes its place, with the same owner and mode. Its name is that of the first `number` that is free.
    pub(super) fn stage(&mut self, number: u64) -> io::Result<&Path> {
        let disk = self.disk;
        let replaced = disk.info(&self.path)?;
        // The root is in none.
        let parent = self.path.parent().ok_or_else(busy)?;
        self.parent = Some(disk.open_directory(parent)?);
        let is_current = disk.info(Path::new(".")).is_ok_and(|current| current.id == replaced.id);
        // Of what is in a mount point or the working directory, another directory of the same name is not seen.
        if is_current || disk.info(parent)?.id.device != replaced.id.device {
            return Err(busy());
        }
        if !self.is_new && disk.has_access_list(&self.path) {
            let why = "it has an access control list, which what takes its place would not have";
            return Err(io::Error::new(ErrorKind::Unsupported, why));
        }
        let stage = self.stage.insert(Stage::make(disk, parent, number)?);
        stage.liken(disk, &replaced)?;
        Ok(&stage.path)
    }

    /// Puts what was staged in its place.
    pub(super) fn replace(mut self) -> io::Result<()> {
        if let Some(Stage { path: stage, .. }) = &self.stage {
            self.disk.open_directory(stage)?.sync()?;
            // A directory mounted from the same device is told by this alone.
            self.disk.rename(stage, &self.path).map_err(|error| match error.kind() {
                ErrorKind::ResourceBusy => busy(),
                _ => error,
            })?;
        }
        (self.is_new, self.stage) = (false, None);
        self.parent.as_ref().map_or(Ok(()), |parent| parent.sync())
    }
}

impl Drop for OutDir<'_> {
    fn drop(&mut self) {
        // The caller has been told why it comes to this, which another error would hide.
        if let Some(stage) = &mut self.stage {
            stage.remove(self.disk);
        }
        if self.is_new {
            let _ = self.disk.remove_directory(&self.path);
        }
    }
}

impl Stage {
    fn make(disk: &dyn Disk, parent: &Path, number: u64) -> io::Result<Self> {
        for number in number.. {
            let path = stage_path(parent, number)?;
            let mut path_in_it = PathBuf::new();
            path_in_it.try_reserve_exact(path.as_os_str().len() + 1 + MAX_NAME_LEN)?;
            if make(disk, &path)? {
                return Ok(Self { path, path_in_it });
            }
        }
        Err(ErrorKind::AlreadyExists.into())
    }

    /// Gives it the owner and the mode of what it replaces.
    fn liken(&self, disk: &dyn Disk, replaced: &FileInfo) -> io::Result<()> {
        disk.set_owner(&self.path, replaced.user, replaced.group).map_err(|error| match error.kind() {
            ErrorKind::PermissionDenied => foreign(),
            _ => error,
        })?;
        disk.set_mode(&self.path, replaced.mode)
    }

    /// Removes it and the files in it.
    fn remove(&mut self, disk: &dyn Disk) {
        // While files are removed some may be passed over, which are found the next time.
        let mut more = true;
        while more && disk.remove_directory(&self.path).is_err() {
            more = false;
            let _ = disk.list(&self.path, &mut |name| {
                self.path_in_it.as_mut_os_string().clear();
                self.path_in_it.push(&self.path);
                self.path_in_it.push(name);
                more |= disk.remove(&self.path_in_it).is_ok();
                Continue(())
            });
        }
    }
}

fn stage_path(parent: &Path, number: u64) -> Result<PathBuf, TryReserveError> {
    let mut name = [0; MAX_STAGE_NAME_LEN];
    let mut rest = name.as_mut_slice();
    let written = write!(rest, "kevo-export-{number}.partial");
    debug_assert!(written.is_ok(), "every number has room");
    let len = MAX_STAGE_NAME_LEN - rest.len();
    path::joined(parent, std::str::from_utf8(&name[..len]).unwrap_or_default().as_ref())
}

/// Makes a directory; false if something of its name is there.
fn make(disk: &dyn Disk, directory: &Path) -> io::Result<bool> {
    match disk.create_directory(directory) {
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

#[cfg(test)]
mod tests;
