//! A recovered log as a row of sealed memtables. It never changes.
//!
//! Recovery only tells which entries there are. They are sorted when one of them is first asked for.

use super::boundaries::Boundaries;
use super::by_memtable::ByMemtable;
use super::index::item::Item;
use super::index::sorted::{Bucket, Index};
use super::reserve::Reserve;
use crate::chunked::ChunkedVec;
use crate::error::Error;
use crate::log::bytes::LogBytes;
use crate::log::format::entry::Entry;
use crate::log::position::Position;
use crate::log::row::Row;
use crate::order::{Order, Point, Rank};
use parking_lot::Mutex;
use std::ops::Range;
use std::sync::OnceLock;

/// The places of all versions.
const EVERYWHERE: Range<Position> = Position::FIRST..Position::LAST;

/// The versions of all recovered tables.
#[derive(Debug)]
pub(crate) struct RecoveredLog {
    pub(crate) log: LogBytes,
    /// All that were recovered, in the order of the log.
    rows: ChunkedVec<Row>,
    boundaries: Boundaries,
    /// No entry has a lower sequence number than one in front of it in the log.
    ascending: bool,
    /// How many threads may sort.
    threads: usize,
    /// For what is made on first use, until then.
    reserve: Mutex<Reserve>,
    index: OnceLock<Index>,
    by_memtable: OnceLock<ByMemtable>,
}

impl RecoveredLog {
    pub(crate) fn new(
        log: LogBytes,
        rows: ChunkedVec<Row>,
        boundaries: Boundaries,
        ascending: bool,
        threads: usize,
        reserve: Reserve,
    ) -> Self {
        let (index, by_memtable) = (OnceLock::new(), OnceLock::new());
        Self { log, rows, boundaries, ascending, threads, reserve: Mutex::new(reserve), index, by_memtable }
    }

    /// What makes a version of a key the newest.
    pub(crate) fn order(&self) -> Order {
        self.boundaries.order()
    }

    /// How many tables were recovered.
    pub(crate) fn memtables(&self) -> usize {
        self.boundaries.len()
    }

    /// How many entries were recovered.
    pub(crate) fn entry_count(&self) -> usize {
        self.rows.chunks().flatten().map(|row| row.len).sum()
    }

    /// The number that the first write after the log gets.
    pub(crate) fn next_write(&self) -> u64 {
        self.log.end().to_bits()
    }

    /// What was recovered, in the order of the log, each entry with the number of its write. Nothing is sorted for this.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (u64, Entry<'_>)> {
        self.positions().map(|(position, entry)| (position.to_bits(), entry))
    }

    /// The entry that the write of this number made, which must be one of the log's.
    pub(crate) fn entry(&self, write: u64) -> Entry<'_> {
        self.log.entry(Position::from_bits(write))
    }

    /// The ranks of what was recovered, in the order of the log.
    pub(crate) fn ranks(&self) -> impl Iterator<Item = Rank> {
        self.positions().map(|(position, entry)| self.boundaries.rank(position, entry.sequence))
    }

    fn positions(&self) -> impl Iterator<Item = (Position, Entry<'_>)> {
        self.rows.chunks().flatten().flat_map(|row| row.entries(&self.log))
    }

    #[inline]
    fn index(&self) -> Result<&Index, Error> {
        match self.index.get() {
            Some(index) => Ok(index),
            None => self.sort(),
        }
    }

    #[cold]
    fn sort(&self) -> Result<&Index, Error> {
        let mut reserve = self.reserve.lock();
        if self.index.get().is_none() {
            let index = Index::build(&self.log, &self.rows, &self.boundaries, self.threads, &mut reserve)?;
            let _ = self.index.set(index);
        }
        self.index.get().ok_or_else(|| Error::NoMemory(0))
    }

    fn by_memtable(&self) -> Result<&ByMemtable, Error> {
        let index = self.index()?;
        let mut reserve = self.reserve.lock();
        if self.by_memtable.get().is_none() {
            let _ = self.by_memtable.set(ByMemtable::of(index.items(), &self.boundaries, &mut reserve)?);
        }
        self.by_memtable.get().ok_or_else(|| Error::NoMemory(0))
    }

    /// The rank of a version.
    #[inline]
    pub(crate) fn rank(&self, item: &Item) -> Rank {
        self.boundaries.rank(item.position(), item.sequence)
    }

    /// Where the versions of `key` are, if there are any. They are prefetched.
    #[inline]
    pub(crate) fn locate(&self, key: &[u8]) -> Result<Option<Bucket>, Error> {
        Ok(self.index()?.bucket(key, &self.log))
    }

    /// Prefetches what [`newest_located`](Self::newest_located) reads of the log.
    #[inline]
    pub(crate) fn prefetch_keys(&self, bucket: &Bucket) -> Result<(), Error> {
        self.index()?.prefetch_keys(bucket, &self.log);
        Ok(())
    }

    /// The newest version of `key` with a sequence number of at most `max_sequence`, in any memtable.
    #[inline]
    pub(crate) fn newest(&self, key: &[u8], max_sequence: u64) -> Result<Option<&Item>, Error> {
        let index = self.index()?;
        let Some(bucket) = index.bucket(key, &self.log) else { return Ok(None) };
        Ok(self.newest_in(index, bucket, key, max_sequence, EVERYWHERE))
    }

    /// The same for a key that was located.
    #[inline]
    pub(crate) fn newest_located(&self, bucket: Bucket, key: &[u8], max_sequence: u64) -> Result<Option<&Item>, Error> {
        Ok(self.newest_in(self.index()?, bucket, key, max_sequence, EVERYWHERE))
    }

    /// The same in one memtable.
    pub(crate) fn newest_of_memtable(
        &self,
        memtable: usize,
        key: &[u8],
        max_sequence: u64,
    ) -> Result<Option<&Item>, Error> {
        let index = self.index()?;
        let Some(bucket) = index.bucket(key, &self.log) else { return Ok(None) };
        Ok(self.newest_in(index, bucket, key, max_sequence, self.boundaries.range(memtable)))
    }

    #[inline(always)]
    fn newest_in<'a>(
        &self,
        index: &'a Index,
        bucket: Bucket,
        key: &[u8],
        max_sequence: u64,
        positions: Range<Position>,
    ) -> Option<&'a Item> {
        let versions = index.newest(bucket, key, &self.log)?;
        let is_sought = |item: &Item| positions.contains(&item.position()) && item.sequence <= max_sequence;
        let newest = versions.first()?;
        if is_sought(newest) {
            return Some(newest);
        }
        self.first_of_versions(versions, key, is_sought, |item| {
            item.position() >= positions.end || item.sequence > max_sequence
        })
    }

    /// The first that is sought among the versions of `key`, with which `versions` begin. `is_too_new` holds for all in
    /// front of it, where sequence numbers fall.
    #[cold]
    fn first_of_versions<'a>(
        &self,
        versions: &'a [Item],
        key: &[u8],
        is_sought: impl Fn(&Item) -> bool,
        is_too_new: impl Fn(&Item) -> bool,
    ) -> Option<&'a Item> {
        let has_key = |item: &Item| item.key(&self.log) == key;
        let falling = self.ascending || !self.boundaries.rank_by_position() && self.boundaries.len() == 1;
        if falling {
            let passed = gallop(versions, |item| has_key(item) && is_too_new(item));
            versions.get(passed).filter(|item| has_key(item) && is_sought(item))
        } else {
            versions.iter().take_while(|item| has_key(item)).find(|item| is_sought(item))
        }
    }
}

/// How many items at the start `holds` holds for, where it holds for none behind. As quick as that number is small.
fn gallop(items: &[Item], holds: impl Fn(&Item) -> bool) -> usize {
    let mut end = 1;
    while end < items.len() && holds(&items[end]) {
        end *= 2;
    }
    items[..end.min(items.len())].partition_point(holds)
}

/// Which versions of a recovered log are walked through.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Selection {
    All,
    /// Those of the memtable of this number.
    Memtable(usize),
}

/// Versions of a recovered log by key, the newest of a key first.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SortedEntries<'a> {
    recovered: &'a RecoveredLog,
    index: &'a Index,
    /// Where in the index the selected versions are, if they are not all of it.
    selected: Option<&'a [u64]>,
}

impl RecoveredLog {
    /// The selected versions, sorted.
    #[inline]
    pub(crate) fn sorted(&self, selection: Selection) -> Result<SortedEntries<'_>, Error> {
        let selected = match selection {
            Selection::All => None,
            Selection::Memtable(memtable) => Some(self.by_memtable()?.positions(memtable)),
        };
        Ok(SortedEntries { recovered: self, index: self.index()?, selected })
    }
}

impl SortedEntries<'_> {
    /// How many versions there are.
    pub(crate) fn len(&self) -> usize {
        self.selected.map_or_else(|| self.index.items().len(), <[u64]>::len)
    }

    /// The version of this number.
    #[inline]
    pub(crate) fn item(&self, number: usize) -> Item {
        self.index.items()[self.selected.map_or(number, |selected| selected[number] as usize)]
    }

    /// The number of the first version that is not before `point`.
    pub(crate) fn lower_bound(&self, point: Point<'_>) -> usize {
        let number = self.index.lower_bound(point, &self.recovered.log, &self.recovered.boundaries);
        self.selected.map_or(number, |selected| selected.partition_point(|&own| own < number as u64))
    }
}

#[cfg(test)]
mod tests;
