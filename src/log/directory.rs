//! A WAL directory: which files are the log, and in what order.

use crate::error::Error;
use rustix::fs::{Dir, OFlags};
use std::ffi::OsStr;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

const LOG_SUFFIX: &[u8] = b".wal";
/// Kevo moves its logs into directories of such names when it fails to recover, and never reads them again.
const SET_ASIDE_PREFIX: &[u8] = b"backup_";

/// Leaves the access time as it is. Only the owner and the superuser may ask for that.
#[cfg(any(target_os = "linux", target_os = "android"))]
const UNTOUCHED: OFlags = OFlags::NOATIME;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const UNTOUCHED: OFlags = OFlags::empty();

/// The log files of a directory in the order of the log, and how many set-aside directories there are in it.
#[derive(Debug)]
pub(crate) struct Listing {
    pub(crate) files: Vec<PathBuf>,
    pub(crate) set_aside: u64,
}

/// A log file as it was when recovery began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// In bytes.
    pub(crate) length: u64,
    device: u64,
    inode: u64,
}

/// Lists `wal_dir`; with `include_set_aside` also the logs in its set-aside directories, all by their names.
pub(crate) fn list(wal_dir: &Path, include_set_aside: bool) -> Result<Listing, Error> {
    let live = names(wal_dir)?;
    let mut files: Vec<PathBuf> = live.iter().filter(|path| is_log(path)).cloned().collect();
    let mut set_aside = 0;
    for path in live.iter().filter(|path| name(path).starts_with(SET_ASIDE_PREFIX)) {
        if !include_set_aside {
            set_aside += u64::from(path.is_dir());
        } else if is_directory(path)? {
            set_aside += 1;
            files.extend(names(path)?.into_iter().filter(|path| is_log(path)));
        }
    }
    // Of two files of one name, the one in a set-aside directory was there first.
    files.sort_by_cached_key(|path| (name(path).to_vec(), path.parent() == Some(wal_dir), path.clone()));
    Ok(Listing { files, set_aside })
}

/// Looks at a log file, which must be a regular one, links being followed. Never blocks.
pub(crate) fn look(path: &Path) -> Result<Found, Error> {
    let found = fs::metadata(path).and_then(|metadata| Found::of(&metadata));
    found.map_err(|error| Error::io(path, None, error))
}

/// Opens for reading the log file that was `found`. Never blocks, even if it has become a pipe since.
pub(crate) fn open(path: &Path, found: &Found) -> io::Result<File> {
    let file = open_untouched(path, OFlags::NOCTTY)?;
    let opened = Found::of(&file.metadata()?)?;
    // Some network file systems number files anew at any time, so another number alone says nothing.
    let is_another = (opened.device, opened.inode) != (found.device, found.inode) && opened.length != found.length;
    if is_another {
        return Err(io::Error::other("another file took its position while the log was read"));
    }
    Ok(file)
}

impl Found {
    fn of(metadata: &Metadata) -> io::Result<Self> {
        if metadata.is_file() {
            Ok(Self { length: metadata.len(), device: metadata.dev(), inode: metadata.ino() })
        } else {
            Err(io::Error::new(ErrorKind::InvalidInput, "its name ends in .wal, but it is not a regular file"))
        }
    }
}

/// Whether there is nothing in a directory.
pub(crate) fn is_empty(directory: &Path) -> io::Result<bool> {
    Ok(read(directory)?.next().transpose()?.is_none())
}

fn names(directory: &Path) -> Result<Vec<PathBuf>, Error> {
    read(directory).and_then(Iterator::collect).map_err(|error| Error::io(directory, None, error))
}

/// What is in a directory.
fn read(directory: &Path) -> io::Result<impl Iterator<Item = io::Result<PathBuf>>> {
    let entries = Dir::new(open_untouched(directory, OFlags::DIRECTORY)?)?;
    Ok(entries.filter_map(move |entry| {
        let path = |name: &[u8]| directory.join(OsStr::from_bytes(name));
        match entry {
            Ok(entry) if matches!(entry.file_name().to_bytes(), b"." | b"..") => None,
            entry => Some(entry.map(|entry| path(entry.file_name().to_bytes())).map_err(io::Error::from)),
        }
    }))
}

/// Opens for reading. Never blocks, and leaves the access time as it is where the system lets us.
fn open_untouched(path: &Path, flags: OFlags) -> io::Result<File> {
    let open = |flags: OFlags| {
        let flags = flags | OFlags::NONBLOCK;
        OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path)
    };
    match open(flags | UNTOUCHED) {
        Err(error) if error.kind() == ErrorKind::PermissionDenied => open(flags),
        opened => opened,
    }
}

fn name(path: &Path) -> &[u8] {
    path.file_name().map_or(b"", OsStr::as_encoded_bytes)
}

fn is_log(path: &Path) -> bool {
    name(path).ends_with(LOG_SUFFIX)
}

/// Whether there is a directory; a link that leads nowhere is none. Where that cannot be told, logs could be missed.
fn is_directory(path: &Path) -> Result<bool, Error> {
    match fs::metadata(path) {
        Ok(metadata) => Ok(metadata.is_dir()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(Error::io(path, None, error)),
    }
}

#[cfg(test)]
mod tests;
