//! The index: all versions of the log, of all tables, by key, the newest of a key first.
//!
//! Each version is an [`Item`](item::Item) of 32 bytes, which has everything but the bytes of its key and its value. So
//! a scan goes through the index alone, from front to back, and a lookup finds its item in one place and its key in one
//! other, however many tables there are. Keys are cut into [`Part`](part::Part)s of about the same length by
//! [`splitters`]; what all keys of a part share is left out of its items' prefixes, so that these tell keys apart.

pub(crate) mod item;
pub(crate) mod tables;

mod alphabet;
mod buckets;
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
#[derive(Clone, Debug)]
pub(crate) struct Bucket {
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

    /// Brings nearer the key that a lookup in `bucket` compares with.
    #[inline]
    pub(crate) fn approach(&self, bucket: &Bucket, log: &LogBytes) {
        let mut items = self.items()[bucket.range.clone()].iter().take(SHORT_BUCKET);
        if let Some(item) = items.find(|item| item.prefix >= bucket.wanted) {
            item.prefetch(log);
        }
    }

    /// The items from the newest version of `key` on, whose bucket this is.
    #[inline(always)]
    pub(crate) fn newest(&self, bucket: Bucket, key: &[u8], log: &LogBytes) -> Option<&[Item]> {
        if bucket.range.len() > SHORT_BUCKET {
            return self.newest_in_long_bucket(bucket, key, log);
        }
        // All of it is there at once. To count is to guess nothing, so that the next lookup can begin meanwhile.
        let items = &self.items()[bucket.range.start..];
        let in_bucket = &items[..bucket.range.len()];
        let passed = in_bucket.iter().filter(|item| item.prefix < bucket.wanted).count();
        let mut equals = in_bucket[passed..].iter().take_while(|item| item.prefix == bucket.wanted);
        let found = equals.position(|item| item.key(log) == key)?;
        Some(&items[passed + found..])
    }

    /// Where the versions of `key` are, if there are any.
    #[inline(always)]
    pub(crate) fn bucket(&self, key: &[u8], log: &LogBytes) -> Option<Bucket> {
        let part = self.part_with(key, log)?;
        let wanted = prefix(key, part.shared);
        let range = part.range(wanted, self.splitters.alphabet());
        // It begins in one line of the processor's cache and most often ends in the next.
        prefetch(&self.room, range.start * size_of::<Item>());
        prefetch(&self.room, (range.end * size_of::<Item>()).saturating_sub(1));
        Some(Bucket { wanted, range })
    }

    #[cold]
    fn newest_in_long_bucket(&self, bucket: Bucket, key: &[u8], log: &LogBytes) -> Option<&[Item]> {
        let items = &self.items()[self.search(bucket, key, log, |_| false)..];
        items.first().filter(|item| item.key(log) == key).map(|_| items)
    }

    /// The number of the first item of the bucket of `key` that is neither of a key in front of it nor of a version of
    /// it that `is_passed`.
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
    #[inline(always)]
    fn part_with(&self, key: &[u8], log: &LogBytes) -> Option<&Part> {
        let number = self.splitters.part_of(key, log);
        // Only at the ends it is not sure that the key shares what the part's keys share.
        let at_an_end = number == 0 || number + 1 == self.parts.len();
        (!at_an_end || self.is_between_edges(key, log)).then(|| &self.parts[number])
    }

    #[inline(never)]
    fn is_between_edges(&self, key: &[u8], log: &LogBytes) -> bool {
        self.edges.is_some_and(|edges| log.key(edges.lowest) <= key && key <= log.key(edges.highest))
    }

    fn end_nearer_to(&self, key: &[u8], log: &LogBytes) -> usize {
        let is_behind = self.edges.is_some_and(|edges| key > log.key(edges.highest));
        if is_behind { self.items().len() } else { 0 }
    }
}
