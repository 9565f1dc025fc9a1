//! A WAL directory: which files are the log, and in what order.

use crate::disk::{Disk, FileId, FileInfo, FileKind, ReadFile};
use crate::error::Error;
use crate::log::read::input::read_unmeasured;
use crate::log::write::name::SUFFIX;
use crate::path;
use std::ffi::OsStr;
use std::io::{self, ErrorKind, Read};
use std::ops::ControlFlow::{Break, Continue};
use std::path::{Path, PathBuf};

/// Kevo moves its logs into directories of such names when it fails to recover, and never reads them again.
const SET_ASIDE_PREFIX: &[u8] = b"backup_";
/// A file that is said to be empty may have this many bytes: more than one log of Kevo's has that holds many entries.
const MAX_UNMEASURED_LEN: usize = 1 << 30;

/// The log files of a directory in the order of the log, and how many set-aside directories there are in it.
#[derive(Debug)]
pub(crate) struct Listing {
    pub(crate) files: Vec<PathBuf>,
    pub(crate) set_aside: u64,
}

/// A log file as it was when recovery began.
#[derive(Debug)]
pub(crate) struct Found {
    /// In bytes.
    pub(crate) length: u64,
    id: FileId,
    /// What is in it, if that had to be read to know how long it is.
    pub(crate) contents: Option<Contents>,
}

/// A file that has been read.
#[derive(Debug)]
pub(crate) struct Contents {
    bytes: Vec<u8>,
    info: FileInfo,
}

/// Lists `wal_dir`; with `include_set_aside` also the logs in its set-aside directories, all by their names.
pub(crate) fn list(disk: &dyn Disk, wal_dir: &Path, include_set_aside: bool) -> Result<Listing, Error> {
    let (mut files, mut candidates, mut set_aside) = (Vec::new(), Vec::new(), 0);
    for_each_name(disk, wal_dir, |name| {
        if is_log(name) {
            push(&mut files, wal_dir, name)?;
        }
        if is_set_aside(name) {
            push(&mut candidates, wal_dir, name)?;
        }
        Ok(())
    })?;
    for directory in candidates {
        match is_directory(disk, &directory) {
            Ok(true) => set_aside += 1,
            // Where that cannot be told, logs could be missed.
            Err(error) if include_set_aside => return Err(error),
            Ok(false) | Err(_) => continue,
        }
        if include_set_aside {
            for_each_name(
                disk,
                &directory,
                |name| {
                    if is_log(name) { push(&mut files, &directory, name) } else { Ok(()) }
                },
            )?;
        }
    }
    files.sort_unstable_by(|a, b| {
        // Of two files of one name, the one in a set-aside directory was there first.
        let is_live = |path: &Path| path.parent() == Some(wal_dir);
        name(a).cmp(name(b)).then_with(|| is_live(a).cmp(&is_live(b)).then_with(|| a.cmp(b)))
    });
    Ok(Listing { files, set_aside })
}

/// Looks at a log file, which must be a regular one, links being followed. Never blocks.
pub(crate) fn look(disk: &dyn Disk, path: &Path) -> Result<Found, Error> {
    let found = disk.info(path).and_then(|info| Found::of(&info));
    let mut found = found.map_err(|error| Error::io(path, None, error))?;
    if found.length == 0 {
        found.measure(disk, path)?;
    }
    Ok(found)
}

/// Opens for reading the log file that was `found`. Never blocks, even if it has become a pipe since.
pub(crate) fn open(disk: &dyn Disk, path: &Path, found: &Found) -> io::Result<Box<dyn ReadFile>> {
    let file = disk.open(path)?;
    let opened = Found::of(&file.info()?)?;
    // Some network file systems number files anew at any time, so another number alone says nothing.
    if opened.id != found.id && opened.length != found.length {
        return Err(io::Error::other("another file took its place while the log was read"));
    }
    Ok(file)
}

impl Found {
    fn of(info: &FileInfo) -> io::Result<Self> {
        if info.kind == FileKind::Regular {
            Ok(Self { length: info.length, id: info.id, contents: None })
        } else {
            Err(io::Error::new(ErrorKind::InvalidInput, "its name ends in .wal, but it is not a regular file"))
        }
    }

    /// Reads a file that is said to be empty: some file systems (procfs, some in user space) say that of any file.
    fn measure(&mut self, disk: &dyn Disk, path: &Path) -> Result<(), Error> {
        let opened = open(disk, path, self).and_then(|file| Ok((file.info()?, file)));
        let (info, file) = opened.map_err(|error| Error::io(path, None, error))?;
        let bytes = read_unmeasured(&*file, MAX_UNMEASURED_LEN);
        let bytes = bytes.map_err(|(offset, error)| Error::io(path, Some(offset), error))?;
        self.length = bytes.len() as u64;
        self.contents = Some(Contents { info: FileInfo { length: self.length, ..info }, bytes });
        Ok(())
    }
}

impl ReadFile for Contents {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.bytes.get(offset as usize..).unwrap_or_default().read(buffer)
    }

    fn info(&self) -> io::Result<FileInfo> {
        Ok(self.info)
    }
}

/// Whether there is nothing in a directory.
pub(crate) fn is_empty(disk: &dyn Disk, directory: &Path) -> io::Result<bool> {
    let mut is_empty = true;
    disk.list(directory, &mut |_| {
        is_empty = false;
        Break(())
    })?;
    Ok(is_empty)
}

/// Calls `take` with every name in a directory, until it fails.
fn for_each_name(
    disk: &dyn Disk,
    directory: &Path,
    mut take: impl FnMut(&OsStr) -> io::Result<()>,
) -> Result<(), Error> {
    let mut taken = Ok(());
    let listed = disk.list(directory, &mut |name| {
        taken = take(name);
        if taken.is_ok() { Continue(()) } else { Break(()) }
    });
    listed.and(taken).map_err(|error| Error::io(directory, None, error))
}

fn push(paths: &mut Vec<PathBuf>, directory: &Path, name: &OsStr) -> io::Result<()> {
    paths.try_reserve(1)?;
    paths.push(path::joined(directory, name)?);
    Ok(())
}

fn name(path: &Path) -> &[u8] {
    path.file_name().map_or(b"", OsStr::as_encoded_bytes)
}

fn is_log(name: &OsStr) -> bool {
    name.as_encoded_bytes().ends_with(SUFFIX.as_bytes())
}

fn is_set_aside(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(SET_ASIDE_PREFIX)
}

/// Whether there is a directory; a link that leads nowhere is none.
fn is_directory(disk: &dyn Disk, path: &Path) -> Result<bool, Error> {
    match disk.info(path) {
        Ok(info) => Ok(info.kind == FileKind::Directory),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(Error::io(path, None, error)),
    }
}

#[cfg(test)]
mod tests;
