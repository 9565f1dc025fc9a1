//! Which logs there are: in the directory, and where the database keeps those that it needs no more.

use crate::disk::{Disk, ReadFile};
use crate::error::Error;
use crate::log::format::mark::{KEY_END, log_start, may_be_mark};
use crate::memory::push;
use std::ffi::{OsStr, OsString};
use std::io::ErrorKind;
use std::ops::ControlFlow::Continue;
use std::path::{Path, PathBuf};

/// Where flushed logs are kept, beside the others.
const KEPT: &str = "kept";
/// A start mark with the longest name that a file system allows fits into so many bytes.
const HEAD_LEN: usize = 4096;

/// The name of a log. The order of names is that of the logs, wherever they are.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct LogName {
    name: OsString,
    is_kept: bool,
}

impl LogName {
    pub(super) fn file_name(&self) -> &OsStr {
        &self.name
    }

    pub(super) fn path(&self, wal: &Path) -> PathBuf {
        if self.is_kept { wal.join(KEPT).join(&self.name) } else { wal.join(&self.name) }
    }
}

/// All logs, the oldest first. One that is moved meanwhile is there once.
pub(super) fn list(disk: &dyn Disk, wal: &Path) -> Result<Vec<LogName>, Error> {
    let mut logs = Vec::new();
    // One that is moved in between is in the second listing.
    add(disk, wal, false, &mut logs)?;
    match add(disk, &wal.join(KEPT), true, &mut logs) {
        Err(Error::Io { source, .. }) if source.kind() == ErrorKind::NotFound => {}
        added => added?,
    }
    logs.sort_unstable();
    logs.dedup_by(|later, earlier| {
        let is_same = later.name == earlier.name;
        // It has been moved since the first listing.
        earlier.is_kept |= is_same && later.is_kept;
        is_same
    });
    Ok(logs)
}

fn add(disk: &dyn Disk, directory: &Path, is_kept: bool, logs: &mut Vec<LogName>) -> Result<(), Error> {
    let mut refused = Ok(());
    let listed = disk.list(directory, &mut |name| {
        if refused.is_ok() && name.as_encoded_bytes().ends_with(b".wal") {
            refused = push(logs, LogName { name: name.to_owned(), is_kept });
        }
        Continue(())
    });
    listed.map_err(|error| Error::io(directory, None, error))?;
    refused
}

/// What a log of ours begins with.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) identity: crate::log::format::mark::LogIdentity,
    /// The highest sequence number before it.
    pub(super) sequence: u64,
    /// The log before it, and where that ends.
    pub(super) before: Option<(OsString, u64)>,
}

/// What a log begins with; nothing if it is not one of ours.
pub(super) fn head(file: &dyn ReadFile, path: &Path) -> Result<Option<Head>, Error> {
    let failed = |(offset, error)| Error::io(path, Some(offset), error);
    let mut head = [0; HEAD_LEN];
    let read = file.read_full(&mut head[..KEY_END], 0).map_err(failed)?;
    if !may_be_mark(&head[..read]) {
        return Ok(None);
    }
    let read = file.read_full(&mut head, 0).map_err(failed)?;
    Ok(log_start(&head[..read]).map(|(identity, sequence, before)| Head {
        identity,
        sequence,
        before: before.map(|(name, end)| (name.to_owned(), end)),
    }))
}
