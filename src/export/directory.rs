//! The directory that an export, or a database, goes into. It is written in another one beside it, which then takes its
//! place: a directory is renamed at once, however many files are in it.

use crate::disk::{Directory, Disk, FileInfo};
use crate::log::directory::is_empty;
use crate::path;
use rustix::io::Errno;
use std::collections::TryReserveError;
use std::io::{self, ErrorKind, Write};
use std::ops::ControlFlow::{Break, Continue};
use std::path::{Path, PathBuf};

/// No file that is staged has a longer name, in bytes.
const MAX_NAME_LEN: usize = 255;
/// A name of a staged directory is not longer, in bytes: its number has at most 20 digits.
const MAX_STAGE_NAME_LEN: usize = 48;

/// What the staged directory is called, and what is made in it.
#[derive(Debug)]
pub(crate) struct Staging {
    /// Its name begins with this; a number follows.
    pub(crate) prefix: &'static str,
    /// The directories in it, which have files in them and no directories.
    pub(crate) directories: &'static [&'static str],
}

/// That of an export: all files are in the directory itself.
pub(super) const EXPORT: Staging = Staging { prefix: "kevo-export", directories: &[] };

/// A directory that is empty or not there, and is to be replaced. If it is not, all is left as it was.
#[derive(Debug)]
pub(crate) struct OutDir<'a> {
    disk: &'a dyn Disk,
    /// Absolute, and the last name is its own and no link.
    path: PathBuf,
    is_new: bool,
    stage: Option<Stage>,
    /// What both are in. Opened before anything is written: a parent that cannot be brought to disk is known then.
    parent: Option<Box<dyn Directory>>,
}

/// A directory that takes the place of another one.
#[derive(Debug)]
struct Stage {
    path: PathBuf,
    directories: &'static [&'static str],
    /// Memory for the path of any file in it, so that nothing is left for want of memory.
    path_in_it: PathBuf,
}

impl<'a> OutDir<'a> {
    /// Nothing is made yet: what is killed before all is there leaves nothing under this name.
    pub(crate) fn claim(disk: &'a dyn Disk, path: &Path) -> io::Result<Self> {
        let (path, is_new) = match disk.canonical(path) {
            Ok(path) => (path, false),
            Err(error) if error.kind() == ErrorKind::NotFound => (in_canonical_parent(disk, path, error)?, true),
            Err(error) => return Err(error),
        };
        if is_new || is_empty(disk, &path)? {
            Ok(Self { disk, path, is_new, stage: None, parent: None })
        } else {
            Err(Errno::NOTEMPTY.into())
        }
    }

    /// Its path, which is absolute.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Makes what takes its place, with the same owner and mode. Its name is that of the first `number` that is free.
    pub(crate) fn stage(&mut self, staging: &Staging, number: u64) -> io::Result<&Path> {
        let disk = self.disk;
        // The root is in none.
        let parent = self.path.parent().ok_or_else(busy)?;
        self.parent = Some(disk.open_directory(parent)?);
        let replaced = if self.is_new { None } else { Some(replaceable(disk, &self.path, parent)?) };
        let stage = self.stage.insert(Stage::make(disk, parent, staging, number)?);
        if let Some(replaced) = replaced {
            stage.liken(disk, &replaced)?;
        }
        for directory in staging.directories {
            disk.create_directory(&path::joined(&stage.path, directory.as_ref())?)?;
        }
        Ok(&stage.path)
    }

    /// Puts what was staged in its place.
    pub(crate) fn replace(mut self) -> io::Result<()> {
        if let Some(Stage { path: stage, .. }) = &self.stage {
            self.disk.open_directory(stage)?.sync()?;
            // A directory mounted from the same device is told by this alone.
            self.disk.rename(stage, &self.path).map_err(|error| match error.kind() {
                ErrorKind::ResourceBusy => busy(),
                _ => error,
            })?;
        }
        self.stage = None;
        self.parent.as_ref().map_or(Ok(()), |parent| parent.sync())
    }
}

impl Drop for OutDir<'_> {
    fn drop(&mut self) {
        // The caller has been told why it comes to this, which another error would hide.
        if let Some(stage) = &mut self.stage {
            stage.remove(self.disk);
        }
    }
}

/// The path of what is not there, in a parent that is.
fn in_canonical_parent(disk: &dyn Disk, path: &Path, missing: io::Error) -> io::Result<PathBuf> {
    let Some(wanted) = path.file_name() else { return Err(missing) };
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let parent = disk.canonical(parent)?;
    let mut leads_nowhere = false;
    disk.list(&parent, &mut |name| {
        leads_nowhere |= name == wanted;
        if leads_nowhere { Break(()) } else { Continue(()) }
    })?;
    // A link: no directory can be renamed onto it.
    if leads_nowhere { Err(missing) } else { Ok(path::joined(&parent, wanted)?) }
}

/// Says what a directory is like that another one is to replace, and refuses one that cannot be replaced.
fn replaceable(disk: &dyn Disk, directory: &Path, parent: &Path) -> io::Result<FileInfo> {
    let replaced = disk.info(directory)?;
    let is_current = disk.info(Path::new(".")).is_ok_and(|current| current.id == replaced.id);
    // Of what is in a mount point or the working directory, another directory of the same name is not seen.
    if is_current || disk.info(parent)?.id.device != replaced.id.device {
        return Err(busy());
    }
    if disk.has_access_list(directory) {
        let why = "it has an access control list, which what takes its place would not have";
        return Err(io::Error::new(ErrorKind::Unsupported, why));
    }
    Ok(replaced)
}

impl Stage {
    fn make(disk: &dyn Disk, parent: &Path, staging: &Staging, number: u64) -> io::Result<Self> {
        let directories = staging.directories;
        let longest = directories.iter().map(|directory| directory.len() + 1).max().unwrap_or(0) + 1 + MAX_NAME_LEN;
        for number in number.. {
            let path = stage_path(parent, staging.prefix, number)?;
            let mut path_in_it = PathBuf::new();
            path_in_it.try_reserve_exact(path.as_os_str().len() + longest)?;
            if make(disk, &path)? {
                return Ok(Self { path, directories, path_in_it });
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

    /// Removes it and what is in it.
    fn remove(&mut self, disk: &dyn Disk) {
        for directory in self.directories {
            if let Ok(path) = path::joined(&self.path, directory.as_ref()) {
                remove_with_files(disk, &path, &mut self.path_in_it);
            }
        }
        remove_with_files(disk, &self.path, &mut self.path_in_it);
    }
}

/// Removes a directory and the files in it. The path of each is put together in `path_in_it`.
fn remove_with_files(disk: &dyn Disk, directory: &Path, path_in_it: &mut PathBuf) {
    // While files are removed some may be passed over, which are found the next time.
    let mut more = true;
    while more && disk.remove_directory(directory).is_err() {
        more = false;
        let _ = disk.list(directory, &mut |name| {
            path_in_it.as_mut_os_string().clear();
            path_in_it.push(directory);
            path_in_it.push(name);
            more |= disk.remove(path_in_it).is_ok();
            Continue(())
        });
    }
}

fn stage_path(parent: &Path, prefix: &str, number: u64) -> Result<PathBuf, TryReserveError> {
    let mut name = [0; MAX_STAGE_NAME_LEN];
    let mut rest = name.as_mut_slice();
    let written = write!(rest, "{prefix}-{number}.partial");
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
