//! For tests: a log of puts, and what was recovered of it.

use super::gather::{Gathered, Gatherer};
use super::index::tables::Tables;
use super::logged::Logged;
use super::order::Order;
use super::room::Room;
use super::summary::Summary;
use crate::log::bytes::LogBytes;
use crate::log::entry::Entry;
use crate::log::place::Place;
use crate::log::record::HEADER_LEN;
use crate::log::testing::{full, log_of, put};
use crate::pile::Pile;

/// A key and a sequence number.
pub(crate) type Version = (Vec<u8>, u64);

/// Writes the versions to a log, and gathers what it holds; and the place of each version.
pub(crate) fn gather(versions: &[Version]) -> (LogBytes, Gathered, Vec<Place>) {
    let entries: Vec<Vec<u8>> = versions.iter().map(|(key, sequence)| put(*sequence, key, "value")).collect();
    let log = entries.iter().map(full).collect::<Vec<_>>().concat();
    let (mut gatherer, mut places, mut record) = (Gatherer::new(0), Vec::new(), 0);
    for entry in &entries {
        let place = Place::of_entry(record + HEADER_LEN);
        gatherer.push(place, &Entry::parse(entry).unwrap());
        places.push(place);
        record += HEADER_LEN + entry.len();
    }
    (log_of(&log, Vec::new()), gatherer.finish(), places)
}

/// The versions recovered, each table up to one of `ends`, which are their numbers; and the place of each version.
pub(crate) fn logged(versions: &[Version], order: Order, ends: &[usize], threads: usize) -> (Logged, Vec<Place>) {
    let (log, gathered, places) = gather(versions);
    let mut all = Summary::default();
    gathered.blocks.iter().for_each(|block| all.join(&block.summary));
    let end = log.end();
    let tables = Tables::new(order, ends.iter().map(|&end_of| places.get(end_of).copied().unwrap_or(end)).collect());
    let room = Room::reserve(versions.len()).unwrap();
    let mut rows = Pile::default();
    gathered.rows.into_iter().for_each(|row| rows.push(row).unwrap());
    (Logged::new(log, rows, tables, all.ascending, threads, room), places)
}

/// The numbers of the versions as a table has them: by rising keys, the newest of a key first.
pub(crate) fn sorted(versions: &[Version], order: Order) -> Vec<usize> {
    let mut numbers: Vec<usize> = (0..versions.len()).rev().collect();
    numbers.sort_by(|&a, &b| {
        let (a, b) = (&versions[a], &versions[b]);
        a.0.cmp(&b.0).then(if order == Order::Sequence { b.1.cmp(&a.1) } else { std::cmp::Ordering::Equal })
    });
    numbers
}
