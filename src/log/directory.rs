//! A WAL directory: which files are the log, and in what order.

use crate::error::Error;
use std::ffi::OsStr;
use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

const LOG_SUFFIX: &[u8] = b".wal";
/// Kevo moves its logs into directories of such names when it fails to recover, and never reads them again.
const SET_ASIDE_PREFIX: &[u8] = b"backup_";

/// The log files of a directory in the order of the log, and how many set-aside directories there are in it.
#[derive(Debug)]
pub(crate) struct Listing {
    pub(crate) files: Vec<PathBuf>,
    pub(crate) set_aside: u64,
}

/// Lists `wal_dir`; with `include_set_aside` also the logs in its set-aside directories, all by their names.
pub(crate) fn list(wal_dir: &Path, include_set_aside: bool) -> Result<Listing, Error> {
    let live = names(wal_dir)?;
    let mut files: Vec<PathBuf> = live.iter().filter(|path| is_log(path)).cloned().collect();
    let set_aside: Vec<&PathBuf> = live.iter().filter(|path| is_set_aside(path)).collect();
    if include_set_aside {
        for directory in &set_aside {
            files.extend(names(directory)?.into_iter().filter(|path| is_log(path)));
        }
    }
    // Of two files of one name, the one in a set-aside directory was there first.
    files.sort_by_cached_key(|path| (name(path).to_vec(), path.parent() == Some(wal_dir), path.clone()));
    Ok(Listing { set_aside: set_aside.len() as u64, files })
}

/// Bytes of a log file, which must be a regular one, links being followed. Never blocks.
pub(crate) fn length(path: &Path) -> Result<u64, Error> {
    let found = fs::metadata(path).and_then(|metadata| regular_length(&metadata));
    found.map_err(|error| Error::io(path, None, error))
}

/// Opens a log file for reading. Never blocks, even if the file has become a pipe since it was listed.
pub(crate) fn open(path: &Path) -> io::Result<fs::File> {
    let file = fs::OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY).open(path)?;
    regular_length(&file.metadata()?)?;
    Ok(file)
}

fn regular_length(metadata: &fs::Metadata) -> io::Result<u64> {
    if metadata.is_file() {
        Ok(metadata.len())
    } else {
        Err(io::Error::new(ErrorKind::InvalidInput, "its name ends in .wal, but it is not a regular file"))
    }
}

fn names(directory: &Path) -> Result<Vec<PathBuf>, Error> {
    let read = || -> io::Result<Vec<PathBuf>> {
        fs::read_dir(directory)?.map(|entry| Ok(directory.join(entry?.file_name()))).collect()
    };
    read().map_err(|error| Error::io(directory, None, error))
}

fn name(path: &Path) -> &[u8] {
    path.file_name().map_or(b"", OsStr::as_encoded_bytes)
}

fn is_log(path: &Path) -> bool {
    name(path).ends_with(LOG_SUFFIX)
}

fn is_set_aside(path: &Path) -> bool {
    name(path).starts_with(SET_ASIDE_PREFIX) && path.is_dir()
}

#[cfg(test)]
mod tests;
