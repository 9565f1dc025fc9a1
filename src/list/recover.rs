//! Recovers a list from a directory of logs.

use super::memtable_list::MemtableList;
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
/// `wal_dir` is the directory of the log. Nothing in it is changed, not even access times if the system allows that.
/// `progress`, if given, is called on the calling thread with the number of bytes read so far and of all bytes to read.
/// It cancels recovery by returning true.
///
/// # Errors
///
/// If several things are wrong, the error is the first one in the order of the log. The report is returned even then.
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
