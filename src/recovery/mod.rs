//! Recovery: from a directory of logs to memtables and a report.
//!
//! A log is read in windows ([`windows`]): consecutive files, as many as fit into so many bytes. The files of a window
//! are parsed in parallel ([`parse`]); then, in the order of the log, it is decided what is recovered and where one
//! memtable ends and the next begins ([`assemble`]), which takes no look at most entries. Nothing in the second step
//! depends on what ran when in the first, so the answer is the same for any number of threads, and it is the same for
//! windows of any length. Nothing is sorted here: the first lookup or scan does that.

mod assemble;
pub(crate) mod ends;
mod entries;
pub(crate) mod gather;
pub(crate) mod options;
mod parse;
pub(crate) mod parts;
pub(crate) mod progress;
pub(crate) mod report;
mod windows;

use crate::disk::Disk;
use crate::error::Error;
use crate::log::bytes::LogBytes;
use crate::memtable::stats::EntryStats;
use crate::recovered::boundaries::Boundaries;
use crate::recovered::log::RecoveredLog;
use crate::recovered::reserve::Reserve;
use assemble::Assembled;
use options::Options;
use progress::Callback;
use report::Report;
use std::path::Path;
use windows::Windows;

/// What recovery brings back.
#[derive(Debug)]
pub(crate) struct Recovered {
    pub(crate) log: RecoveredLog,
    /// What is known of each memtable, the oldest first. There is at least one.
    pub(crate) memtables: Vec<EntryStats>,
    pub(crate) memtable_size: u64,
    pub(crate) max_sequence: u64,
}

/// Reads the log in `wal_dir`, and tells what it found.
pub(crate) fn read_log(
    disk: &dyn Disk,
    wal_dir: &Path,
    options: &Options,
    progress: Option<Callback<'_>>,
) -> (Result<Recovered, Error>, Report) {
    let mut report = Report::default();
    let recovered = read_in_one_window(disk, wal_dir, options, progress, &mut report);
    (recovered, report)
}

fn read_in_one_window(
    disk: &dyn Disk,
    wal_dir: &Path,
    options: &Options,
    progress: Option<Callback<'_>>,
    report: &mut Report,
) -> Result<Recovered, Error> {
    let mut windows = Windows::open(disk, wal_dir, options, progress, report)?;
    // Answers need all bytes.
    let (log, assembled) = windows.read(u64::MAX)?;
    debug_assert!(windows.is_over());
    recovered(log, assembled, windows.max_sequence(), options)
}

fn recovered(log: LogBytes, assembled: Assembled, max_sequence: u64, options: &Options) -> Result<Recovered, Error> {
    let Assembled { rows, memtables, ends } = assembled;
    let mut all = EntryStats::default();
    for memtable in &memtables {
        all.join(memtable);
    }
    let reserve = Reserve::for_entries(all.len).map_err(|_| Error::NoMemory(Reserve::bytes(all.len)))?;
    let boundaries = Boundaries::new(options.order, ends);
    let log = RecoveredLog::new(log, rows, boundaries, all.ascending, options.thread_count(), reserve);
    Ok(Recovered { log, memtables, memtable_size: options.memtable_size, max_sequence })
}
