//! From a directory of logs to a list.

use super::MemtableList;
use super::shared::Shared;
use crate::disk::{Disk, RealDisk};
use crate::error::Error;
use crate::recovery::options::Options;
use crate::recovery::progress::Callback;
use crate::recovery::read_log;
use crate::recovery::report::Report;
use std::path::Path;
use std::sync::Arc;

/// Rebuilds the memtables of a write-ahead log.
///
/// `wal_dir` is the directory that holds it. Nothing in it is changed, access times included where the system lets us.
/// `progress`, if given, is called on the calling thread with the bytes read so far and the bytes to be read, and
/// cancels recovery by returning true.
///
/// # Errors
///
/// What a reader that goes through the log once would meet first. The report is there even then.
pub fn recover(
    wal_dir: &Path,
    options: &Options,
    progress: Option<Callback<'_>>,
) -> (Result<MemtableList, Error>, Report) {
    recover_on(&RealDisk, wal_dir, options, progress)
}

/// [`recover`] on any disk.
///
/// # Errors
///
/// As [`recover`].
#[doc(hidden)]
pub fn recover_on(
    disk: &dyn Disk,
    wal_dir: &Path,
    options: &Options,
    progress: Option<Callback<'_>>,
) -> (Result<MemtableList, Error>, Report) {
    let (recovered, report) = read_log(disk, wal_dir, options, progress);
    let list = recovered.and_then(Shared::new).map(|shared| MemtableList::new(Arc::new(shared)));
    (list, report)
}
