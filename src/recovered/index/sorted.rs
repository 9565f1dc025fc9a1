//! The index itself: all items in order, and the search for a key among them.

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

/// In a bucket of at most this many items, a lookup reads all of them.
const SHORT_BUCKET: usize = 16;

/// All entries of a log, sorted.
#[derive(Debug)]
pub(in crate::recovered) struct Index {
    /// The items.
    memory: MmapMut,
    splitters: Splitters,
    /// One segment for each partition that the splitters make, or a single one for all.
    segments: Vec<Segment>,
}

/// The range of items among which the versions of a key are, and the prefix of the key in them.
#[derive(Clone, Debug)]
pub(crate) struct Bucket {
    wanted: u64,
    /// The prefix has all the rest of the key, so no other key of the same length has the same prefix.
    has_whole_key: bool,
    range: Range<usize>,
}

impl Index {
    /// Sorts the entries of `rows`, in the memory that was reserved for their items.
    pub(in crate::recovered) fn build(
        log: &LogBytes,
        rows: &ChunkedVec<Row>,
        boundaries: &Boundaries,
        threads: usize,
        reserve: &mut Reserve,
    ) -> Result<Self, Error> {
        let (splitters, segments) = build::sort(log, rows, boundaries, threads, reserve.items())?;
        Ok(Self { memory: reserve.take_items(), splitters, segments })
    }

    /// How many segments there are.
    #[cfg(test)]
    pub(in crate::recovered) fn segment_count(&self) -> usize {
        self.segments.len()
    }

    #[inline]
    pub(in crate::recovered) fn items(&self) -> &[Item] {
        bytemuck::cast_slice(&self.memory)
    }

    /// The number of the first item that is not before `point`.
    #[inline]
    pub(in crate::recovered) fn lower_bound(&self, point: Point<'_>, log: &LogBytes, boundaries: &Boundaries) -> usize {
        let Some(bucket) = self.bucket(point.key, log) else {
            return self.end_beside(point.key, log);
        };
        // Ranks are needed only for a point between two versions of the key.
        let is_newer =
            |item: &Item| point.rank != Rank::NEWEST && boundaries.rank(item.position(), item.sequence) < point.rank;
        self.search(bucket, point.key, log, is_newer)
    }

    /// Prefetches the key that a lookup in `bucket` compares with.
    #[inline]
    pub(in crate::recovered) fn prefetch_keys(&self, bucket: &Bucket, log: &LogBytes) {
        if bucket.has_whole_key {
            return;
        }
        let mut items = self.items()[bucket.range.clone()].iter().take(SHORT_BUCKET);
        if let Some(item) = items.find(|item| item.prefix >= bucket.wanted) {
            item.prefetch(log);
        }
    }

    /// The items from the newest version of `key` on. `bucket` must be the bucket of the key.
    #[inline(always)]
    pub(in crate::recovered) fn newest(&self, bucket: Bucket, key: &[u8], log: &LogBytes) -> Option<&[Item]> {
        if bucket.range.len() > SHORT_BUCKET {
            return self.newest_in_long_bucket(bucket, key, log);
        }
        // All items of the bucket have been prefetched. Counting has no branches that the processor could predict
        // wrong, so it can begin the next lookup meanwhile.
        let items = &self.items()[bucket.range.start..];
        let in_bucket = &items[..bucket.range.len()];
        let passed = in_bucket.iter().filter(|item| item.prefix < bucket.wanted).count();
        let mut equals = in_bucket[passed..].iter().take_while(|item| item.prefix == bucket.wanted);
        let found =
            equals.position(|item| item.key_len() == key.len() && (bucket.has_whole_key || item.key(log) == key))?;
        Some(&items[passed + found..])
    }

    /// The bucket of `key`. `None` if the key is before or after all keys of the index.
    #[inline(always)]
    pub(in crate::recovered) fn bucket(&self, key: &[u8], log: &LogBytes) -> Option<Bucket> {
        let segment = self.segment_with(key, log)?;
        let wanted = prefix(key, segment.common.len);
        let range = segment.range(wanted, self.splitters.alphabet());
        // The bucket starts in one line of the processor's cache, and mostly ends in the next one.
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

    /// The number of the first item in the bucket of `key` that has no lower key, and is no version of the key for
    /// which `is_passed` holds.
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

    /// The segment that has `key` or would have it; `None` if the key is before or after all keys.
    #[inline(always)]
    fn segment_with(&self, key: &[u8], log: &LogBytes) -> Option<&Segment> {
        if let [segment] = &*self.segments {
            return segment.common.is_prefix_of(key, log).then_some(segment);
        }
        self.segment_among_many(key, log)
    }

    #[inline(never)]
    fn segment_among_many(&self, key: &[u8], log: &LogBytes) -> Option<&Segment> {
        let number = self.splitters.partition_of(key, log);
        let segment = &self.segments[number];
        // In all other segments, the key is between two splitters, so it begins with their common prefix.
        let at_an_end = number == 0 || number + 1 == self.segments.len();
        (!at_an_end || segment.common.is_prefix_of(key, log)).then_some(segment)
    }

    /// The start or the end of the index, whichever is on the side of a key that is in no segment.
    fn end_beside(&self, key: &[u8], log: &LogBytes) -> usize {
        let is_after = self.items().first().is_some_and(|item| key > item.key(log));
        if is_after { self.items().len() } else { 0 }
    }
}
