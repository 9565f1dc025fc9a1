//! Frozen tables: a sorted array of references into the log, which never changes.

use super::bucket::Buckets;
use super::filter::{Filter, KeyHash};
use super::gather::{Block, Ref, Summary};
use super::order::{Order, Point, Rank};
use super::sort::Sorter;
use crate::key::{common_prefix_len, prefix};
use crate::log::bytes::LogBytes;
use crate::log::place::Place;
use crate::memory::copied;
use std::cmp::Ordering;
use std::collections::TryReserveError;
use std::ops::Range;
use std::sync::Arc;

/// The versions between two points of the log, sorted by key, the newest of a key first.
#[derive(Debug)]
pub(crate) struct Frozen {
    log: Arc<LogBytes>,
    order: Order,
    /// The table's number in its list.
    table: usize,
    /// The references of all tables, of which `own` are this one's.
    refs: Arc<Vec<Ref>>,
    own: Range<usize>,
    index: Index,
}

/// What a search in sorted references begins with.
#[derive(Debug, Default)]
pub(crate) struct Index {
    /// The bytes that all keys begin with, and that the prefixes leave out.
    shared: Vec<u8>,
    /// `None` of an empty table.
    buckets: Option<Buckets>,
    /// `None` where a lookup has no other table to turn to.
    filter: Option<Filter>,
    /// No entry has a lower sequence number than one in front of it in the log.
    ascending: bool,
}

impl Index {
    /// Sorts `refs`, which are in the order of the log and those of `blocks`, with their `hashes`. `scratch` is to work
    /// in.
    pub(crate) fn sort(
        log: &LogBytes,
        order: Order,
        refs: &mut [Ref],
        hashes: &[KeyHash],
        blocks: &[Block],
        with_filter: bool,
        scratch: &mut Vec<Ref>,
    ) -> Result<Self, TryReserveError> {
        let shared = bytes_shared_by_all(blocks)?;
        share_only(shared.len(), blocks, refs);
        let filter = with_filter.then(|| Filter::of(hashes)).transpose()?;
        let buckets = (!refs.is_empty()).then(|| Buckets::arrange(refs, scratch)).transpose()?;
        let sorter = Sorter { log, order };
        for range in buckets.iter().flat_map(Buckets::ranges) {
            sorter.sort(&mut refs[range], shared.len());
        }
        Ok(Self { shared, buckets, filter, ascending: ascending(blocks) })
    }
}

impl Frozen {
    /// `own` of `refs` are sorted, and `index` is what their sorting gave.
    pub(crate) fn new(
        log: Arc<LogBytes>,
        order: Order,
        table: usize,
        refs: Arc<Vec<Ref>>,
        own: Range<usize>,
        index: Index,
    ) -> Self {
        Self { log, order, table, refs, own, index }
    }

    /// The base of a table that was made for writes.
    pub(crate) fn empty(log: Arc<LogBytes>, order: Order, table: usize) -> Self {
        Self::new(log, order, table, Arc::default(), 0..0, Index::default())
    }

    #[inline]
    fn refs(&self) -> &[Ref] {
        &self.refs[self.own.clone()]
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.own.len()
    }

    /// Where the version number `index` is in the log.
    #[inline]
    pub(crate) fn place(&self, index: usize) -> Place {
        self.refs()[index].place
    }

    #[inline]
    pub(crate) fn key(&self, index: usize) -> &[u8] {
        self.log.key(self.place(index))
    }

    /// The bytes that all keys begin with.
    pub(crate) fn shared(&self) -> &[u8] {
        &self.index.shared
    }

    /// The reference to the version number `index`; its prefix leaves out the shared bytes.
    #[inline]
    pub(crate) fn reference(&self, index: usize) -> Ref {
        self.refs()[index]
    }

    /// Brings the version number `index` nearer, if there is one.
    #[inline]
    pub(crate) fn prefetch(&self, index: usize) {
        if let Some(reference) = self.refs().get(index) {
            self.log.prefetch(reference.place);
        }
    }

    /// The rank of the version at `place`, which must be one of this table's.
    #[inline]
    pub(crate) fn rank_of(&self, place: Place) -> Rank {
        let sequence = if self.order == Order::Sequence { self.log.sequence(place) } else { 0 };
        Rank::new(self.order, self.table, sequence, place)
    }

    /// False only if no version of the key is here.
    #[inline]
    pub(crate) fn may_contain(&self, hash: KeyHash) -> bool {
        self.index.filter.as_ref().is_none_or(|filter| filter.may_contain(hash))
    }

    /// The newest version of `key` with a sequence number of at most `bound`.
    #[inline]
    pub(crate) fn newest(&self, key: &[u8], bound: u64) -> Option<Place> {
        let first = self.lower_bound(Point::before(key));
        if first == self.len() || self.key(first) != key {
            return None;
        }
        let visible = |index: usize| self.log.sequence(self.place(index)) <= bound;
        if bound == u64::MAX || visible(first) {
            return Some(self.place(first));
        }
        let sequences_fall = self.order == Order::Sequence || self.index.ascending;
        let found = if sequences_fall {
            let behind = &self.refs()[first..];
            first + behind.partition_point(|r| self.log.key(r.place) == key && self.log.sequence(r.place) > bound)
        } else {
            (first..self.len()).find(|&index| self.key(index) != key || visible(index)).unwrap_or(self.len())
        };
        (found < self.len() && self.key(found) == key).then(|| self.place(found))
    }

    /// The number of the first version that is not in front of `point`.
    #[inline]
    pub(crate) fn lower_bound(&self, point: Point<'_>) -> usize {
        let Index { shared, buckets: Some(buckets), .. } = &self.index else { return 0 };
        let Some(tail) = point.key.strip_prefix(shared.as_slice()) else {
            return if point.key < shared.as_slice() { 0 } else { self.len() };
        };
        let wanted = prefix(tail);
        let range = buckets.range(wanted);
        let is_before = |r: &Ref| match r.prefix.cmp(&wanted) {
            Ordering::Equal => self.log.key(r.place)[shared.len()..].cmp(tail).then_with(|| {
                // Only a point inside a key's versions needs to know where each of them stands.
                if point.rank == Rank::NEWEST { Ordering::Greater } else { self.rank_of(r.place).cmp(&point.rank) }
            }),
            unequal => unequal,
        };
        range.start + self.refs()[range].partition_point(|r| is_before(r) == Ordering::Less)
    }
}

fn bytes_shared_by_all(blocks: &[Block]) -> Result<Vec<u8>, TryReserveError> {
    let Some(first) = blocks.first() else { return Ok(Vec::new()) };
    let len =
        blocks.iter().fold(first.shared.len(), |len, block| common_prefix_len(&first.shared[..len], &block.shared));
    copied(&first.shared[..len])
}

fn ascending(blocks: &[Block]) -> bool {
    let mut all = Summary::default();
    for block in blocks {
        all.join(&block.summary);
    }
    all.ascending
}

/// Leaves only `shared` bytes out of all prefixes.
fn share_only(shared: usize, blocks: &[Block], refs: &mut [Ref]) {
    let mut rest = refs;
    for block in blocks {
        let (own, behind) = rest.split_at_mut(block.len);
        block.share_only(shared, own);
        rest = behind;
    }
}

#[cfg(test)]
mod tests;
