//! For tests: a log of puts, and references to them.

use super::gather::{Gathered, Gatherer};
use super::order::Order;
use crate::log::bytes::LogBytes;
use crate::log::entry::Entry;
use crate::log::place::Place;
use crate::log::record::HEADER_LEN;
use crate::log::testing::{full, put};
use memmap2::MmapMut;
use std::sync::Arc;

/// A key and a sequence number.
pub(crate) type Version = (Vec<u8>, u64);

/// Writes the versions to a log, and gathers what it holds.
pub(crate) fn gather(versions: &[Version]) -> (Arc<LogBytes>, Gathered) {
    let entries: Vec<Vec<u8>> = versions.iter().map(|(key, sequence)| put(*sequence, key, "value")).collect();
    let log = entries.iter().map(full).collect::<Vec<_>>().concat();
    let mut gatherer = Gatherer::new(0, log.len());
    let mut record = 0;
    for entry in &entries {
        gatherer.push(&log, Place::of_entry(record + HEADER_LEN), &Entry::parse(entry).unwrap());
        record += HEADER_LEN + entry.len();
    }
    let gathered = gatherer.finish(&log);
    let mut bytes = MmapMut::map_anon(log.len()).unwrap();
    bytes.copy_from_slice(&log);
    (Arc::new(LogBytes::new(bytes, Vec::new())), gathered)
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
