//! Recovery: from a directory of logs to memtables and a report.
//!
//! Files are parsed in parallel ([`parse`]); then, in the order of the log, it is decided what is recovered and where
//! one table ends and the next begins ([`assemble`]), which takes no look at most entries; then the tables are sorted
//! in parallel. Nothing in the second step depends on what ran when in the first, so the answer is the same for any
//! number of threads.

pub(crate) mod assemble;
mod entries;
pub(crate) mod options;
pub(crate) mod parallel;
pub(crate) mod parse;
pub(crate) mod progress;
pub(crate) mod report;

use crate::error::Error;
use crate::log::bytes::LogBytes;
use crate::log::directory;
use crate::log::place::MAX_LOG_LEN;
use crate::memory::refused;
use crate::memtable::filter::KeyHash;
use crate::memtable::frozen::{Frozen, Index};
use crate::memtable::gather::Ref;
use crate::memtable::order::Order;
use crate::memtable::table::Table;
use assemble::{Assembled, Assembly, Draft};
use entries::Entries;
use memmap2::MmapMut;
use options::Options;
use parse::{LogFile, Parsed};
use progress::{Callback, Progress};
use report::Report;
use std::path::Path;
use std::sync::Arc;

/// Bytes of a file that are read and parsed by one thread.
const PIECE_LEN: usize = 4 << 20;

/// What recovery brings back.
#[derive(Debug)]
pub(crate) struct Recovered {
    pub(crate) log: Arc<LogBytes>,
    pub(crate) order: Order,
    pub(crate) memtable_size: u64,
    /// Oldest first; at least one.
    pub(crate) tables: Vec<Table>,
    pub(crate) max_sequence: u64,
}

/// Rebuilds the memtables of the log in `wal_dir`.
pub(crate) fn recover(
    wal_dir: &Path,
    options: &Options,
    progress: Option<Callback<'_>>,
) -> (Result<Recovered, Error>, Report) {
    let mut report = Report::default();
    let recovered = run(wal_dir, options, progress, &mut report);
    (recovered, report)
}

fn run(
    wal_dir: &Path,
    options: &Options,
    progress: Option<Callback<'_>>,
    report: &mut Report,
) -> Result<Recovered, Error> {
    options.check()?;
    let listing = directory::list(wal_dir, options.include_set_aside)?;
    report.set_aside_directories = listing.set_aside;
    let files: Vec<LogFile> = listing.files.into_iter().map(LogFile::look).collect();
    let (log, parsed) = read_all(&files, options, progress)?;
    let count = parsed.iter().flat_map(|parsed| &parsed.gathered).map(|part| part.refs.len()).sum();
    let entries = Entries::with_capacity(count).map_err(|_| refused::<Ref>(count))?;
    let mut assembly = Assembly::new(options, &log, report, entries);
    for (file, parsed) in files.into_iter().zip(parsed) {
        if assembly.file(file, parsed)?.is_break() {
            break;
        }
    }
    let assembled = assembly.finish();
    let max_sequence = assembled.max_sequence;
    let tables = freeze(&log, assembled, options)?;
    Ok(Recovered { log, order: options.order, memtable_size: options.memtable_size, tables, max_sequence })
}

/// Reads and parses all files, into one stretch of memory.
fn read_all(
    files: &[LogFile],
    options: &Options,
    progress: Option<Callback<'_>>,
) -> Result<(Arc<LogBytes>, Vec<Parsed>), Error> {
    // Sparse files can claim more bytes, all together, than can be counted.
    let total = files.iter().fold(0, |total: u64, file| total.saturating_add(file.len()));
    let mut bytes = room(total)?;
    let progress = Progress::new(total, progress);
    let mut parsed = parse::parse_all(files, &mut bytes, PIECE_LEN, options.thread_count(), &progress)?;
    if progress.finish() {
        return Err(Error::Cancelled);
    }
    let batches = take_batches(&mut parsed)?;
    Ok((Arc::new(LogBytes::new(bytes, batches)), parsed))
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

fn room(total: u64) -> Result<MmapMut, Error> {
    let too_long = || Error::NoMemory(total);
    let len = usize::try_from(total).ok().filter(|_| total < MAX_LOG_LEN).ok_or_else(too_long)?;
    let room = MmapMut::map_anon(len).map_err(|_| too_long())?;
    let _ = room.advise(memmap2::Advice::HugePage);
    Ok(room)
}

/// Sorts the tables, each in its own part of the array of all references.
fn freeze(log: &Arc<LogBytes>, assembled: Assembled, options: &Options) -> Result<Vec<Table>, Error> {
    let Assembled { mut refs, hashes, drafts, .. } = assembled;
    let (mut rest, mut rest_of_hashes) = (refs.as_mut_slice(), hashes.as_slice());
    let mut jobs = Vec::with_capacity(drafts.len());
    for draft in &drafts {
        let (own, behind) = rest.split_at_mut(draft.len());
        let (own_hashes, behind_hashes) = rest_of_hashes.split_at(draft.len());
        jobs.push((draft, own, own_hashes));
        (rest, rest_of_hashes) = (behind, behind_hashes);
    }
    let with_filter = drafts.len() > 1;
    let sort = |scratch: &mut Vec<Ref>, (draft, refs, hashes): (&Draft, &mut [Ref], &[KeyHash])| {
        Index::sort(log, options.order, refs, hashes, &draft.blocks, with_filter, scratch)
            .map_err(|_| Error::NoMemory(size_of_val(refs) as u64))
    };
    let indexes = parallel::map(options.thread_count(), jobs, &mut Vec::new(), Vec::new, sort, |_| {})?;
    let indexes: Vec<Index> = indexes.into_iter().collect::<Result<_, _>>()?;
    drop(hashes);
    let (refs, count, mut start) = (Arc::new(refs), drafts.len(), 0);
    let table = |(number, (draft, index)): (usize, (Draft, Index))| {
        let own = start..start + draft.len();
        start = own.end;
        let base = Frozen::new(Arc::clone(log), options.order, number, Arc::clone(&refs), own, index);
        Table::new(number, options.order, base, &draft.totals(), number + 1 < count)
    };
    Ok(drafts.into_iter().zip(indexes).enumerate().map(table).collect())
}
