//! The entries of a memtable, in a skip list that can be read while it grows.

use super::stats::approximate_size;
use crate::key::prefix;
use crate::log::format::entry::{Entry, Op};
use crate::order::{Point, Rank};
use crate::sync::{SkipEntry, SkipMap};
use std::borrow::Borrow;
use std::cmp::Ordering;
use std::collections::TryReserveError;
use std::ops::Bound;
use std::sync::Arc;

/// An entry with its own memory. The bytes do not move while anything refers to the entry.
#[derive(Debug)]
pub(crate) struct StoredEntry {
    rank: Rank,
    op: Op,
    sequence: u64,
    key_len: usize,
    /// The key, followed by the value.
    bytes: Box<[u8]>,
}

impl StoredEntry {
    pub(super) fn new(rank: Rank, entry: &Entry<'_>) -> Result<Self, TryReserveError> {
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(entry.key.len() + entry.value.len())?;
        bytes.extend_from_slice(entry.key);
        bytes.extend_from_slice(entry.value);
        let bytes = bytes.into_boxed_slice();
        Ok(Self { rank, op: entry.op, sequence: entry.sequence, key_len: entry.key.len(), bytes })
    }

    pub(crate) fn point(&self) -> Point<'_> {
        Point { key: &self.bytes[..self.key_len], rank: self.rank }
    }

    pub(crate) fn rank(&self) -> Rank {
        self.rank
    }

    /// The number of the write that made the entry.
    pub(crate) fn write(&self) -> u64 {
        self.rank.write()
    }

    pub(crate) fn entry(&self) -> Entry<'_> {
        let (key, value) = self.bytes.split_at(self.key_len);
        Entry { op: self.op, sequence: self.sequence, key, value }
    }

    pub(super) fn approximate_size(&self) -> u64 {
        let entry = self.entry();
        approximate_size(entry.key, entry.value)
    }
}

/// Something that has a point. With it, the skip list can be searched for a point without making an entry.
trait HasPoint {
    fn prefix(&self) -> u64;
    fn point(&self) -> Point<'_>;
}

/// A point to search for.
struct Target<'a> {
    prefix: u64,
    point: Point<'a>,
}

impl<'a> Target<'a> {
    fn new(point: Point<'a>) -> Self {
        Self { prefix: prefix(point.key, 0), point }
    }
}

impl HasPoint for Target<'_> {
    fn prefix(&self) -> u64 {
        self.prefix
    }

    fn point(&self) -> Point<'_> {
        self.point
    }
}

/// An entry as a key of the skip list, ordered by its point. Each entry was made by another write, so no two are equal.
/// That matters: an insert would replace an equal entry, whose bytes a reader may still hold.
#[derive(Debug)]
struct Keyed {
    /// [`prefix`] of the key. Most comparisons need only this, and not the key, which is elsewhere in memory.
    prefix: u64,
    entry: Arc<StoredEntry>,
}

impl HasPoint for Keyed {
    fn prefix(&self) -> u64 {
        self.prefix
    }

    fn point(&self) -> Point<'_> {
        self.entry.point()
    }
}

/// The order of points.
#[inline]
fn compare(a: &(impl HasPoint + ?Sized), b: &(impl HasPoint + ?Sized)) -> Ordering {
    a.prefix().cmp(&b.prefix()).then_with(|| a.point().cmp(&b.point()))
}

impl<'a> Borrow<dyn HasPoint + 'a> for Keyed {
    fn borrow(&self) -> &(dyn HasPoint + 'a) {
        self
    }
}

impl PartialEq for dyn HasPoint + '_ {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for dyn HasPoint + '_ {}

impl PartialOrd for dyn HasPoint + '_ {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for dyn HasPoint + '_ {
    fn cmp(&self, other: &Self) -> Ordering {
        compare(self, other)
    }
}

impl PartialEq for Keyed {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Keyed {}

impl PartialOrd for Keyed {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Keyed {
    fn cmp(&self, other: &Self) -> Ordering {
        compare(self, other)
    }
}

/// Versions by key, the newest of a key first.
#[derive(Debug, Default)]
pub(crate) struct MemtableEntries {
    entries: SkipMap<Keyed, ()>,
}

impl MemtableEntries {
    pub(super) fn insert(&self, entry: Arc<StoredEntry>) {
        let prefix = prefix(entry.point().key, 0);
        self.entries.insert(Keyed { prefix, entry }, ());
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The entries from `from` on, in ascending order.
    pub(crate) fn ascending<'a>(&'a self, from: Point<'a>) -> impl Iterator<Item = Arc<StoredEntry>> + 'a {
        let first = self.entries.lower_bound(Bound::Included(&Target::new(from) as &dyn HasPoint));
        std::iter::successors(first, SkipEntry::next).map(|entry| Arc::clone(&entry.key().entry))
    }

    /// The entries before `before`, or all of them if it is `None`, in descending order.
    pub(super) fn descending<'a>(&'a self, before: Option<Point<'a>>) -> impl Iterator<Item = Arc<StoredEntry>> + 'a {
        let last = match before {
            Some(point) => self.entries.upper_bound(Bound::Excluded(&Target::new(point) as &dyn HasPoint)),
            None => self.entries.back(),
        };
        std::iter::successors(last, SkipEntry::prev).map(|entry| Arc::clone(&entry.key().entry))
    }

    /// The newest version of `key` for which `is_wanted` holds. It must not hold for a version before `from`.
    pub(super) fn newest(
        &self,
        key: &[u8],
        from: Rank,
        is_wanted: impl Fn(&StoredEntry) -> bool,
    ) -> Option<Arc<StoredEntry>> {
        self.ascending(Point { key, rank: from })
            .take_while(|entry| entry.point().key == key)
            .find(|entry| is_wanted(entry))
    }
}

#[cfg(test)]
mod tests;
