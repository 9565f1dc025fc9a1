//! Frozen tables: a sorted array of references into the log, which never changes.

use super::block::{Block, Ref, Summary};
use super::bucket::Buckets;
use super::filter::{Filter, KeyHash};
use super::order::{Order, Point, Rank};
use super::sort::Sorter;
use crate::key::{common_prefix_len, prefix};
use crate::log::bytes::LogBytes;
use crate::log::place::Place;
use std::cmp::Ordering;
use std::collections::TryReserveError;
use std::sync::Arc;

/// The versions between two points of the log, sorted by key, the newest of a key first.
#[derive(Debug)]
pub(crate) struct Frozen {
    log: Arc<LogBytes>,
    order: Order,
    /// The table's number in its list.
    table: usize,
    /// The bytes that all keys begin with, and that the prefixes leave out.
    shared: Vec<u8>,
    refs: Vec<Ref>,
    /// `None` of an empty table.
    buckets: Option<Buckets>,
    /// `None` where a lookup has no other table to turn to.
    filter: Option<Filter>,
    /// A key's versions stand by falling sequence numbers.
    sequences_fall: bool,
}

impl Frozen {
    /// Sorts the entries of `blocks`, which are in the order of the log and hold no merges.
    pub(crate) fn build(
        log: Arc<LogBytes>,
        order: Order,
        table: usize,
        blocks: Vec<Block>,
        with_filter: bool,
    ) -> Result<Self, TryReserveError> {
        let shared = bytes_shared_by_all(&blocks);
        let len = blocks.iter().map(|block| block.refs.len()).sum();
        let filter = with_filter.then(|| build_filter(&blocks, len));
        let sequences_fall = order == Order::Sequence || ascending(&blocks);
        let mut refs = Vec::new();
        refs.try_reserve_exact(len)?;
        let buckets = (len > 0).then(|| scatter(&mut refs, blocks, shared.len(), len));
        let sorter = Sorter { log: &log, order };
        for range in buckets.iter().flat_map(Buckets::ranges) {
            sorter.sort(&mut refs[range], shared.len());
        }
        Ok(Self { log, order, table, shared, refs, buckets, filter, sequences_fall })
    }

    /// The base of a table that was made for writes.
    pub(crate) fn empty(log: Arc<LogBytes>, order: Order, table: usize) -> Self {
        let (shared, refs) = (Vec::new(), Vec::new());
        Self { log, order, table, shared, refs, buckets: None, filter: None, sequences_fall: true }
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.refs.len()
    }

    /// Where the version number `index` is in the log.
    #[inline]
    pub(crate) fn place(&self, index: usize) -> Place {
        self.refs[index].place
    }

    #[inline]
    pub(crate) fn key(&self, index: usize) -> &[u8] {
        self.log.key(self.place(index))
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
        self.filter.as_ref().is_none_or(|filter| filter.may_contain(hash))
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
        let found = if self.sequences_fall {
            let behind = &self.refs[first..];
            first + behind.partition_point(|r| self.log.key(r.place) == key && self.log.sequence(r.place) > bound)
        } else {
            (first..self.len()).find(|&index| self.key(index) != key || visible(index)).unwrap_or(self.len())
        };
        (found < self.len() && self.key(found) == key).then(|| self.place(found))
    }

    /// The number of the first version that is not in front of `point`.
    #[inline]
    pub(crate) fn lower_bound(&self, point: Point<'_>) -> usize {
        let Some(buckets) = &self.buckets else { return 0 };
        let Some(tail) = point.key.strip_prefix(self.shared.as_slice()) else {
            return if point.key < self.shared.as_slice() { 0 } else { self.len() };
        };
        let wanted = prefix(tail);
        let range = buckets.range(wanted);
        let is_before = |r: &Ref| match r.prefix.cmp(&wanted) {
            Ordering::Equal => self.log.key(r.place)[self.shared.len()..].cmp(tail).then_with(|| {
                // Only a point inside a key's versions needs to know where each of them stands.
                if point.rank == Rank::NEWEST { Ordering::Greater } else { self.rank_of(r.place).cmp(&point.rank) }
            }),
            unequal => unequal,
        };
        range.start + self.refs[range].partition_point(|r| is_before(r) == Ordering::Less)
    }
}

fn bytes_shared_by_all(blocks: &[Block]) -> Vec<u8> {
    let Some(first) = blocks.first() else { return Vec::new() };
    let len =
        blocks.iter().fold(first.shared.len(), |len, block| common_prefix_len(&first.shared[..len], &block.shared));
    first.shared[..len].to_vec()
}

fn build_filter(blocks: &[Block], len: usize) -> Filter {
    let mut filter = Filter::new(len);
    blocks.iter().flat_map(|block| &block.hashes).for_each(|&hash| filter.insert(hash));
    filter
}

fn ascending(blocks: &[Block]) -> bool {
    let mut all = Summary::default();
    blocks.iter().for_each(|block| all.join(&block.summary));
    all.ascending
}

/// Puts the references into their buckets, those of later entries first, and frees the blocks.
fn scatter(refs: &mut Vec<Ref>, mut blocks: Vec<Block>, shared: usize, len: usize) -> Buckets {
    blocks.iter_mut().for_each(|block| block.share_only(shared));
    let buckets = Buckets::count(blocks.iter().flat_map(|block| &block.refs).map(|r| r.prefix), len);
    let mut cursors = buckets.cursors();
    refs.resize(len, Ref { prefix: 0, place: Place::LAST });
    for block in blocks.into_iter().rev() {
        for reference in block.refs.into_iter().rev() {
            refs[cursors.take(reference.prefix)] = reference;
        }
    }
    buckets
}
