//! The entries that were written to a memtable: a skip list that grows while it is read.

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

/// An entry in memory of its own. It stays where it is for as long as anything refers to it.
#[derive(Debug)]
pub(crate) struct StoredEntry {
    rank: Rank,
    op: Op,
    sequence: u64,
    key_len: usize,
    /// The key, and after it the value.
    bytes: Box<[u8]>,
}

impl StoredEntry {
    pub(crate) fn new(rank: Rank, entry: &Entry<'_>) -> Result<Self, TryReserveError> {
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

    /// The number of the write that made it.
    pub(crate) fn write(&self) -> u64 {
        self.rank.write()
    }

    pub(crate) fn entry(&self) -> Entry<'_> {
        let (key, value) = self.bytes.split_at(self.key_len);
        Entry { op: self.op, sequence: self.sequence, key, value }
    }

    pub(crate) fn approximate_size(&self) -> u64 {
        let entry = self.entry();
        approximate_size(entry.key, entry.value)
    }
}

/// Something that stands at a point, so that the skip list can be asked for a point without making an entry.
trait AtPoint {
    fn prefix(&self) -> u64;
    fn point(&self) -> Point<'_>;
}

/// A point to look for.
struct Sought<'a> {
    prefix: u64,
    point: Point<'a>,
}

impl<'a> Sought<'a> {
    fn new(point: Point<'a>) -> Self {
        Self { prefix: prefix(point.key, 0), point }
    }
}

impl AtPoint for Sought<'_> {
    fn prefix(&self) -> u64 {
        self.prefix
    }

    fn point(&self) -> Point<'_> {
        self.point
    }
}

/// An entry as the skip list's key: ordered by its point. Each was made by another write, so no two are equal: an insert
/// would replace an equal one, and with it bytes that a reader may hold.
#[derive(Debug)]
struct Keyed {
    /// [`prefix`] of its key, which is in memory of its own: most comparisons need not go there.
    prefix: u64,
    entry: Arc<StoredEntry>,
}

impl AtPoint for Keyed {
    fn prefix(&self) -> u64 {
        self.prefix
    }

    fn point(&self) -> Point<'_> {
        self.entry.point()
    }
}

/// The order of points.
#[inline]
fn compare(a: &(impl AtPoint + ?Sized), b: &(impl AtPoint + ?Sized)) -> Ordering {
    a.prefix().cmp(&b.prefix()).then_with(|| a.point().cmp(&b.point()))
}

impl<'a> Borrow<dyn AtPoint + 'a> for Keyed {
    fn borrow(&self) -> &(dyn AtPoint + 'a) {
        self
    }
}

impl PartialEq for dyn AtPoint + '_ {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for dyn AtPoint + '_ {}

impl PartialOrd for dyn AtPoint + '_ {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for dyn AtPoint + '_ {
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

    /// The entries from `from` on, in their order.
    pub(crate) fn ascending<'a>(&'a self, from: Point<'a>) -> impl Iterator<Item = Arc<StoredEntry>> + 'a {
        let first = self.entries.lower_bound(Bound::Included(&Sought::new(from) as &dyn AtPoint));
        std::iter::successors(first, SkipEntry::next).map(|entry| Arc::clone(&entry.key().entry))
    }

    /// The entries before `before`, or all of them, backwards.
    pub(crate) fn descending<'a>(&'a self, before: Option<Point<'a>>) -> impl Iterator<Item = Arc<StoredEntry>> + 'a {
        let last = match before {
            Some(point) => self.entries.upper_bound(Bound::Excluded(&Sought::new(point) as &dyn AtPoint)),
            None => self.entries.back(),
        };
        std::iter::successors(last, SkipEntry::prev).map(|entry| Arc::clone(&entry.key().entry))
    }

    /// The newest version of `key` that is sought. None before `from` may be.
    pub(super) fn newest(
        &self,
        key: &[u8],
        from: Rank,
        is_sought: impl Fn(&StoredEntry) -> bool,
    ) -> Option<Arc<StoredEntry>> {
        self.ascending(Point { key, rank: from })
            .take_while(|entry| entry.point().key == key)
            .find(|entry| is_sought(entry))
    }
}

#[cfg(test)]
mod tests;
