//! The index itself: all items in order, and how a key is found among them.

use super::build;
use super::item::Item;
use super::segment::Segment;
use super::splitters::Splitters;
use crate::chunked::ChunkedVec;
use crate::error::Error;
use crate::key::prefix;
use crate::log::bytes::LogBytes;
use crate::log::row::Row;
use crate::order::{Point, Rank};
use crate::prefetch::prefetch;
use crate::recovered::boundaries::Boundaries;
use crate::recovered::reserve::Reserve;
use memmap2::MmapMut;
use std::cmp::Ordering;
use std::ops::Range;

/// In a bucket of so many items, a search goes from one to the next.
const SHORT_BUCKET: usize = 16;

/// All versions of a log, sorted.
#[derive(Debug)]
pub(crate) struct Index {
    /// The items.
    memory: MmapMut,
    splitters: Splitters,
    /// A part of each run that the splitters make, or one of all.
    segments: Vec<Segment>,
}

/// The numbers of items among which those of a key are, and the key's prefix in these.
#[derive(Clone, Debug)]
pub(crate) struct Bucket {
    wanted: u64,
    /// The prefix ends with the key or behind it: no other key as long as this one has it.
    has_whole_key: bool,
    range: Range<usize>,
}

impl Index {
    /// Sorts the entries of `rows`, in the memory that was reserved for their items.
    pub(crate) fn build(
        log: &LogBytes,
        rows: &ChunkedVec<Row>,
        boundaries: &Boundaries,
        threads: usize,
        reserve: &mut Reserve,
    ) -> Result<Self, Error> {
        let (splitters, segments) = build::sort(log, rows, boundaries, threads, reserve.items())?;
        Ok(Self { memory: reserve.take_items(), splitters, segments })
    }

    /// How many parts there are.
    #[cfg(test)]
    pub(crate) fn segments(&self) -> usize {
        self.segments.len()
    }

    #[inline]
    pub(crate) fn items(&self) -> &[Item] {
        bytemuck::cast_slice(&self.memory)
    }

    /// The number of the first item that is not in front of `point`.
    #[inline]
    pub(crate) fn lower_bound(&self, point: Point<'_>, log: &LogBytes, memtables: &Boundaries) -> usize {
        let Some(bucket) = self.bucket(point.key, log) else {
            return self.end_nearer_to(point.key, log);
        };
        // Only a point inside a key's versions needs to know where each of them stands.
        let is_newer =
            |item: &Item| point.rank != Rank::NEWEST && memtables.rank(item.position(), item.sequence) < point.rank;
        self.search(bucket, point.key, log, is_newer)
    }

    /// Brings nearer the key that a lookup in `bucket` compares with.
    #[inline]
    pub(crate) fn prefetch_keys(&self, bucket: &Bucket, log: &LogBytes) {
        if bucket.has_whole_key {
            return;
        }
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
        let found =
            equals.position(|item| item.key_len() == key.len() && (bucket.has_whole_key || item.key(log) == key))?;
        Some(&items[passed + found..])
    }

    /// Where the versions of `key` are, if there are any.
    #[inline(always)]
    pub(crate) fn bucket(&self, key: &[u8], log: &LogBytes) -> Option<Bucket> {
        let segment = self.segment_with(key, log)?;
        let wanted = prefix(key, segment.common.len);
        let range = segment.range(wanted, self.splitters.alphabet());
        // It begins in one line of the processor's cache and most often ends in the next.
        prefetch(&self.memory, range.start * size_of::<Item>());
        prefetch(&self.memory, (range.end * size_of::<Item>()).saturating_sub(1));
        let has_whole_key = key.len() <= segment.common.len + size_of_val(&wanted);
        Some(Bucket { wanted, has_whole_key, range })
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
        let Bucket { wanted, range, .. } = bucket;
        let is_before = |item: &Item| match item.prefix.cmp(&wanted).then_with(|| item.key(log).cmp(key)) {
            Ordering::Less => true,
            Ordering::Equal => is_passed(item),
            Ordering::Greater => false,
        };
        range.start + self.items()[range].partition_point(is_before)
    }

    /// The part that has `key`, or would have it; none if it is in front of all keys or behind them.
    #[inline(always)]
    fn segment_with(&self, key: &[u8], log: &LogBytes) -> Option<&Segment> {
        if let [segment] = &*self.segments {
            return segment.common.begins(key, log).then_some(segment);
        }
        self.segment_among_many(key, log)
    }

    #[inline(never)]
    fn segment_among_many(&self, key: &[u8], log: &LogBytes) -> Option<&Segment> {
        let number = self.splitters.partition_of(key, log);
        let segment = &self.segments[number];
        // Only at the ends it is not sure that the key begins as the part's keys do.
        let at_an_end = number == 0 || number + 1 == self.segments.len();
        (!at_an_end || segment.common.begins(key, log)).then_some(segment)
    }

    /// Of a key that is in no part.
    fn end_nearer_to(&self, key: &[u8], log: &LogBytes) -> usize {
        let is_behind = self.items().first().is_some_and(|item| key > item.key(log));
        if is_behind { self.items().len() } else { 0 }
    }
}
