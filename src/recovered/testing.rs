//! For tests: a log of puts, and the recovered log that it gives.

use super::boundaries::Boundaries;
use super::log::RecoveredLog;
use super::reserve::Reserve;
use crate::chunked::ChunkedVec;
use crate::log::bytes::LogBytes;
use crate::log::format::entry::Entry;
use crate::log::format::record::HEADER_LEN;
use crate::log::position::Position;
use crate::log::testing::{full, log_of, put};
use crate::memtable::stats::EntryStats;
use crate::order::Order;
use crate::recovery::gather::{Gathered, Gatherer};

/// A key and a sequence number.
pub(crate) type Version = (Vec<u8>, u64);

/// Writes the versions to a log. Gives the log, its gathered entries, and the position of each version.
pub(crate) fn gather(versions: &[Version]) -> (LogBytes, Gathered, Vec<Position>) {
    let entries: Vec<Vec<u8>> = versions.iter().map(|(key, sequence)| put(*sequence, key, "value")).collect();
    let log = entries.iter().map(full).collect::<Vec<_>>().concat();
    let (mut gatherer, mut positions, mut record) = (Gatherer::new(0), Vec::new(), 0);
    for entry in &entries {
        let position = Position::of_entry(record + HEADER_LEN);
        gatherer.push(position, &Entry::parse(entry).unwrap());
        positions.push(position);
        record += HEADER_LEN + entry.len();
    }
    (log_of(&log, Vec::new()), gatherer.finish(), positions)
}

/// Recovers the versions into memtables. `ends` are the numbers of the versions after the last of each memtable. Gives
/// the recovered log and the position of each version.
pub(crate) fn recovered(
    versions: &[Version],
    order: Order,
    ends: &[usize],
    threads: usize,
) -> (RecoveredLog, Vec<Position>) {
    let (log, gathered, positions) = gather(versions);
    let mut all = EntryStats::default();
    gathered.groups.iter().for_each(|group| all.join(&group.stats));
    let end = log.end();
    let boundaries =
        Boundaries::new(order, ends.iter().map(|&version| positions.get(version).copied().unwrap_or(end)).collect());
    let reserve = Reserve::for_entries(versions.len()).unwrap();
    let mut rows = ChunkedVec::default();
    gathered.rows.into_iter().for_each(|row| rows.push(row).unwrap());
    (RecoveredLog::new(log, rows, boundaries, all.ascending, threads, reserve), positions)
}

/// The numbers of the versions in the order of a memtable: by ascending keys, the newest version of a key first.
pub(crate) fn sorted(versions: &[Version], order: Order) -> Vec<usize> {
    let mut numbers: Vec<usize> = (0..versions.len()).rev().collect();
    numbers.sort_by(|&a, &b| {
        let (a, b) = (&versions[a], &versions[b]);
        a.0.cmp(&b.0).then(if order == Order::Sequence { b.1.cmp(&a.1) } else { std::cmp::Ordering::Equal })
    });
    numbers
}
