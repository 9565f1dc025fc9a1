//! Recovery: from a directory of logs to memtables and a report.
//!
//! Files are parsed in parallel ([`parse`]); then, in the order of the log, it is decided what is recovered and where
//! one table ends and the next begins ([`assemble`]), which takes no look at most entries. Nothing in the second step
//! depends on what ran when in the first, so the answer is the same for any number of threads. Nothing is sorted
//! here: that is left to whoever first asks for a key.

pub(crate) mod assemble;
mod entries;
pub(crate) mod gather;
pub(crate) mod options;
pub(crate) mod parse;
pub(crate) mod progress;
pub(crate) mod report;

use crate::error::Error;
use crate::log::bytes::LogBytes;
use crate::log::directory;
use crate::log::position::MAX_LOG_LEN;
use crate::memory::{collected, refused};
use crate::memtable::stats::EntryStats;
use crate::recovered::boundaries::Boundaries;
use crate::recovered::log::RecoveredLog;
use crate::recovered::reserve::Reserve;
use assemble::{Assembled, Assembly, End};
use memmap2::MmapMut;
use options::Options;
use parse::{LogFile, Parsed};
use progress::{Callback, Progress};
use report::Report;
use std::ops::ControlFlow::{Break, Continue};
use std::path::Path;

/// Bytes of a file that are read and parsed by one thread.
const PIECE_LEN: usize = 4 << 20;

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
    wal_dir: &Path,
    options: &Options,
    progress: Option<Callback<'_>>,
) -> (Result<Recovered, Error>, Report) {
    let mut report = Report::default();
    let recovered = read_and_assemble(wal_dir, options, progress, &mut report);
    (recovered, report)
}

fn read_and_assemble(
    wal_dir: &Path,
    options: &Options,
    progress: Option<Callback<'_>>,
    report: &mut Report,
) -> Result<Recovered, Error> {
    options.check()?;
    let listing = directory::list(wal_dir, options.include_set_aside)?;
    report.set_aside_directories = listing.set_aside;
    let files = collected(listing.files.into_iter().map(LogFile::look))?;
    let (log, parsed) = read_all(&files, options, progress)?;
    let mut assembly = Assembly::new(options, &log, report);
    let left_out = take_files(&mut assembly, files.into_iter().zip(parsed))?;
    let assembled = assembly.finish()?;
    report.files_left_out = left_out as u64;
    recovered(log, assembled, options)
}

/// Reads and parses all files, into one stretch of memory.
fn read_all(
    files: &[LogFile],
    options: &Options,
    progress: Option<Callback<'_>>,
) -> Result<(LogBytes, Vec<Parsed>), Error> {
    // Sparse files can claim more bytes, all together, than can be counted.
    let total = files.iter().fold(0, |total: u64, file| total.saturating_add(file.len()));
    let mut bytes = buffer(total)?;
    let progress = Progress::new(total, progress);
    let mut parsed = parse::parse_all(files, &mut bytes, PIECE_LEN, options.thread_count(), &progress)?;
    if progress.finish() {
        return Err(Error::Cancelled);
    }
    let batches = take_batches(&mut parsed)?;
    Ok((LogBytes::new(bytes, batches), parsed))
}

/// Where batches start in the log.
fn take_batches(parsed: &mut [Parsed]) -> Result<Vec<usize>, Error> {
    let count = parsed.iter().map(|parsed| parsed.batches.len()).sum();
    let mut batches = Vec::new();
    batches.try_reserve_exact(count).map_err(|_| refused::<usize>(count))?;
    for parsed in parsed {
        batches.extend(std::mem::take(&mut parsed.batches));
    }
    Ok(batches)
}

fn buffer(total: u64) -> Result<MmapMut, Error> {
    let too_long = || Error::NoMemory(total);
    let len = usize::try_from(total).ok().filter(|_| total < MAX_LOG_LEN).ok_or_else(too_long)?;
    let buffer = MmapMut::map_anon(len).map_err(|_| too_long())?;
    let _ = buffer.advise(memmap2::Advice::HugePage);
    Ok(buffer)
}

/// Takes the files up to where recovery ends, and gives how many are left out behind that.
fn take_files(
    assembly: &mut Assembly<'_>,
    mut files: impl ExactSizeIterator<Item = (LogFile, Parsed)>,
) -> Result<usize, Error> {
    while let Some((file, parsed)) = files.next() {
        match assembly.file(file, parsed)? {
            Continue(()) => {}
            Break(End::InFrontOfFile) => return Ok(files.len() + 1),
            Break(End::InFile) => return Ok(files.len()),
        }
    }
    Ok(0)
}

fn recovered(log: LogBytes, assembled: Assembled, options: &Options) -> Result<Recovered, Error> {
    let Assembled { rows, memtables, ends, max_sequence } = assembled;
    let mut all = EntryStats::default();
    memtables.iter().for_each(|memtable| all.join(memtable));
    let reserve = Reserve::for_entries(all.len).map_err(|_| Error::NoMemory(Reserve::bytes(all.len)))?;
    let boundaries = Boundaries::new(options.order, ends);
    let log = RecoveredLog::new(log, rows, boundaries, all.ascending, options.thread_count(), reserve);
    Ok(Recovered { log, memtables, memtable_size: options.memtable_size, max_sequence })
}
