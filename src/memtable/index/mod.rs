//! The index: all versions of the log, of all tables, by key, the newest of a key first.
//!
//! Each version is an [`Item`](item::Item) of 32 bytes, which has everything but the bytes of its key and its value. So a
//! scan goes through the index alone, from front to back, and a lookup finds its item in one place and its key in one
//! other, however many tables there are. Keys are cut into [`Part`](part::Part)s of about the same length by
//! [`splitters`]; what all keys of a part share is left out of its items' prefixes, so that these tell keys apart.

pub(crate) mod item;
pub(crate) mod tables;

mod build;
mod census;
mod part;
mod sort;
mod splitters;

use super::order::{Point, Rank};
use crate::key::prefix;
use crate::log::bytes::LogBytes;
use crate::log::place::Place;
use crate::log::row::Row;
use crate::pile::Pile;
use crate::prefetch::prefetch;
use item::Item;
use memmap2::MmapMut;
use part::Part;
use splitters::Splitters;
use std::cmp::Ordering;
use std::ops::Range;
use tables::Tables;

/// In a bucket of so many items, a search goes from one to the next.
const SHORT_BUCKET: usize = 16;

/// All versions of a log, sorted.
#[derive(Debug)]
pub(crate) struct Index {
    /// The items.
    room: MmapMut,
    splitters: Splitters,
    parts: Vec<Part>,
    /// `None` of no items.
    edges: Option<Edges>,
}

/// The numbers of items among which those of a key are, and the key's prefix in these.
struct Bucket {
    wanted: u64,
    range: Range<usize>,
}

/// Versions of the lowest key and of the highest.
#[derive(Clone, Copy, Debug)]
struct Edges {
    lowest: Place,
    highest: Place,
}

impl Edges {
    fn join(self, other: Self, log: &LogBytes) -> Self {
        let lowest = if log.key(other.lowest) < log.key(self.lowest) { other.lowest } else { self.lowest };
        let highest = if log.key(other.highest) > log.key(self.highest) { other.highest } else { self.highest };
        Self { lowest, highest }
    }
}

impl Index {
    /// Sorts the entries of `rows`. `room` has as many bytes as their items take.
    pub(crate) fn build(log: &LogBytes, rows: &Pile<Row>, tables: &Tables, threads: usize, room: MmapMut) -> Self {
        build::build(log, rows, tables, threads, room)
    }

    #[inline]
    pub(crate) fn items(&self) -> &[Item] {
        bytemuck::cast_slice(&self.room)
    }

    /// The number of the first item that is not in front of `point`.
    #[inline]
    pub(crate) fn lower_bound(&self, point: Point<'_>, log: &LogBytes, tables: &Tables) -> usize {
        let Some(bucket) = self.bucket(point.key, log) else {
            return self.end_nearer_to(point.key, log);
        };
        // Only a point inside a key's versions needs to know where each of them stands.
        let is_newer =
            |item: &Item| point.rank != Rank::NEWEST && tables.rank(item.place(), item.sequence) < point.rank;
        self.search(bucket, point.key, log, is_newer)
    }

    /// The number of the newest version of `key`.
    #[inline]
    pub(crate) fn newest(&self, key: &[u8], log: &LogBytes) -> Option<usize> {
        let bucket = self.bucket(key, log)?;
        if bucket.range.len() > SHORT_BUCKET {
            return self.newest_in_long_bucket(bucket, key, log);
        }
        let Bucket { wanted, range } = bucket;
        // All of it is there at once.
        let items = &self.items()[range.clone()];
        let passed = items.iter().take_while(|item| item.prefix < wanted).count();
        let mut equals = items[passed..].iter().take_while(|item| item.prefix == wanted);
        let found = equals.position(|item| item.key(log) == key)?;
        Some(range.start + passed + found)
    }

    /// Brings the items nearer among which the versions of `key` are, if there are any.
    pub(crate) fn prefetch_items(&self, key: &[u8], log: &LogBytes) {
        if let Some(Bucket { range, .. }) = self.bucket(key, log) {
            prefetch(&self.room, range.start * size_of::<Item>());
        }
    }

    /// Brings the key nearer that `key` will be compared with, by way of its item, which is near.
    pub(crate) fn prefetch_key(&self, key: &[u8], log: &LogBytes) {
        let Some(Bucket { wanted, range }) = self.bucket(key, log) else { return };
        let mut items = self.items()[range].iter().take(SHORT_BUCKET);
        if let Some(item) = items.find(|item| item.prefix >= wanted) {
            item.prefetch(log);
        }
    }

    /// Where the versions of `key` are, if there are any.
    #[inline]
    fn bucket(&self, key: &[u8], log: &LogBytes) -> Option<Bucket> {
        let part = self.part_with(key, log)?;
        let wanted = prefix(&key[part.shared..]);
        Some(Bucket { wanted, range: part.range(wanted) })
    }

    #[cold]
    fn newest_in_long_bucket(&self, bucket: Bucket, key: &[u8], log: &LogBytes) -> Option<usize> {
        let found = self.search(bucket, key, log, |_| false);
        self.items().get(found).filter(|item| item.key(log) == key).map(|_| found)
    }

    /// The number of the first item of the bucket of `key` that is neither of a key in front of it nor of a version of it
    /// that `is_passed`.
    #[inline]
    fn search(&self, bucket: Bucket, key: &[u8], log: &LogBytes, is_passed: impl Fn(&Item) -> bool) -> usize {
        let Bucket { wanted, range } = bucket;
        let is_before = |item: &Item| match item.prefix.cmp(&wanted).then_with(|| item.key(log).cmp(key)) {
            Ordering::Less => true,
            Ordering::Equal => is_passed(item),
            Ordering::Greater => false,
        };
        range.start + self.items()[range].partition_point(is_before)
    }

    /// The part that has `key`, or would have it; none if it is in front of all keys or behind them.
    #[inline]
    fn part_with(&self, key: &[u8], log: &LogBytes) -> Option<&Part> {
        let number = self.splitters.part_of(key, log);
        // Only at the ends it is not sure that the key shares what the part's keys share.
        let inside = (number > 0 || log.key(self.edges?.lowest) <= key)
            && (number + 1 < self.parts.len() || key <= log.key(self.edges?.highest));
        inside.then(|| &self.parts[number])
    }

    fn end_nearer_to(&self, key: &[u8], log: &LogBytes) -> usize {
        let is_behind = self.edges.is_some_and(|edges| key > log.key(edges.highest));
        if is_behind { self.items().len() } else { 0 }
    }
}
