//! A recovered log as a sequence of sealed memtables. It never changes.
//!
//! Recovery only finds the entries. They are sorted when one of them is first read.

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

/// The range of all positions.
const ALL_POSITIONS: Range<Position> = Position::FIRST..Position::LAST;

/// The entries of all recovered memtables.
#[derive(Debug)]
pub(crate) struct RecoveredLog {
    pub(crate) bytes: LogBytes,
    /// All recovered entries, in the order of the log.
    rows: ChunkedVec<Row>,
    boundaries: Boundaries,
    /// No entry has a lower sequence number than an entry before it in the log.
    ascending: bool,
    /// How many threads may sort.
    threads: usize,
    /// Memory for the index and for `by_memtable`, until they are built.
    reserve: Mutex<Reserve>,
    index: OnceLock<Index>,
    by_memtable: OnceLock<ByMemtable>,
}

impl RecoveredLog {
    pub(crate) fn new(
        bytes: LogBytes,
        rows: ChunkedVec<Row>,
        boundaries: Boundaries,
        ascending: bool,
        threads: usize,
        reserve: Reserve,
    ) -> Self {
        let (index, by_memtable) = (OnceLock::new(), OnceLock::new());
        Self { bytes, rows, boundaries, ascending, threads, reserve: Mutex::new(reserve), index, by_memtable }
    }

    /// The same, as a source beside others: it has this id.
    pub(crate) fn with_source_id(self, id: u64) -> Self {
        Self { boundaries: self.boundaries.with_first_id(id), ..self }
    }

    /// What decides which version of a key is the newest.
    pub(crate) fn order(&self) -> Order {
        self.boundaries.order()
    }

    /// How many memtables were recovered.
    pub(crate) fn memtable_count(&self) -> usize {
        self.boundaries.memtable_count()
    }

    /// How many entries were recovered.
    pub(crate) fn entry_count(&self) -> usize {
        self.rows.chunks().flatten().map(|row| row.len).sum()
    }

    /// The number that the first write after the log gets.
    pub(crate) fn next_write(&self) -> u64 {
        self.bytes.end().to_bits()
    }

    /// All recovered entries in the order of the log, each with the number of its write. This does not sort them.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (u64, Entry<'_>)> {
        self.positions().map(|(position, entry)| (position.to_bits(), entry))
    }

    /// The entry that the write with this number made. The number must be that of an entry in the log.
    pub(crate) fn entry(&self, write: u64) -> Entry<'_> {
        self.bytes.entry(Position::from_bits(write))
    }

    /// The ranks of all recovered entries, in the order of the log.
    pub(crate) fn ranks(&self) -> impl Iterator<Item = Rank> {
        self.positions().map(|(position, entry)| self.boundaries.rank(position, entry.sequence))
    }

    fn positions(&self) -> impl Iterator<Item = (Position, Entry<'_>)> {
        self.rows.chunks().flatten().flat_map(|row| row.entries(&self.bytes))
    }

    #[inline]
    pub(crate) fn is_sorted(&self) -> bool {
        self.index.get().is_some()
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
            let index = Index::build(&self.bytes, &self.rows, &self.boundaries, self.threads, &mut reserve)?;
            let _ = self.index.set(index);
        }
        self.index.get().ok_or(Error::NoMemory(0))
    }

    fn by_memtable(&self) -> Result<&ByMemtable, Error> {
        let index = self.index()?;
        let mut reserve = self.reserve.lock();
        if self.by_memtable.get().is_none() {
            let _ = self.by_memtable.set(ByMemtable::of(index.items(), &self.boundaries, &mut reserve)?);
        }
        self.by_memtable.get().ok_or(Error::NoMemory(0))
    }

    /// The rank of a version.
    #[inline]
    pub(crate) fn rank(&self, item: &Item) -> Rank {
        self.boundaries.rank(item.position(), item.sequence)
    }

    /// The bucket of `key`, whose items are prefetched. `None` if there is certainly no version of the key.
    #[inline]
    pub(crate) fn locate(&self, key: &[u8]) -> Result<Option<Bucket>, Error> {
        Ok(self.index()?.bucket(key, &self.bytes))
    }

    /// Prefetches the key in the log that [`newest_located`](Self::newest_located) compares with.
    #[inline]
    pub(crate) fn prefetch_keys(&self, bucket: &Bucket) -> Result<(), Error> {
        self.index()?.prefetch_keys(bucket, &self.bytes);
        Ok(())
    }

    /// The newest version of `key` with a sequence number of at most `max_sequence`, in any memtable.
    #[inline]
    pub(crate) fn newest(&self, key: &[u8], max_sequence: u64) -> Result<Option<&Item>, Error> {
        let index = self.index()?;
        let Some(bucket) = index.bucket(key, &self.bytes) else { return Ok(None) };
        Ok(self.newest_in(index, bucket, key, max_sequence, ALL_POSITIONS))
    }

    /// The same for a key whose bucket has been located.
    #[inline]
    pub(crate) fn newest_located(&self, bucket: Bucket, key: &[u8], max_sequence: u64) -> Result<Option<&Item>, Error> {
        Ok(self.newest_in(self.index()?, bucket, key, max_sequence, ALL_POSITIONS))
    }

    /// The same as [`newest`](Self::newest), but only in one memtable.
    pub(crate) fn newest_of_memtable(
        &self,
        memtable: usize,
        key: &[u8],
        max_sequence: u64,
    ) -> Result<Option<&Item>, Error> {
        let index = self.index()?;
        let Some(bucket) = index.bucket(key, &self.bytes) else { return Ok(None) };
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
        let versions = index.newest(bucket, key, &self.bytes)?;
        let is_wanted = |item: &Item| positions.contains(&item.position()) && item.sequence <= max_sequence;
        let newest = versions.first()?;
        if is_wanted(newest) {
            return Some(newest);
        }
        self.first_wanted(versions, key, is_wanted, |item| {
            item.position() >= positions.end || item.sequence > max_sequence
        })
    }

    /// The first version of `key` for which `is_wanted` holds. `versions` begins with the versions of the key. If
    /// sequence numbers descend, `is_too_new` holds for all versions before that one.
    #[cold]
    fn first_wanted<'a>(
        &self,
        versions: &'a [Item],
        key: &[u8],
        is_wanted: impl Fn(&Item) -> bool,
        is_too_new: impl Fn(&Item) -> bool,
    ) -> Option<&'a Item> {
        let has_key = |item: &Item| item.key(&self.bytes) == key;
        let descending = self.ascending || !self.boundaries.rank_by_position() && self.boundaries.memtable_count() == 1;
        if descending {
            let passed = gallop(versions, |item| has_key(item) && is_too_new(item));
            versions.get(passed).filter(|item| has_key(item) && is_wanted(item))
        } else {
            versions.iter().take_while(|item| has_key(item)).find(|item| is_wanted(item))
        }
    }
}

/// For how many items at the start `holds` is true. It must be false for all items after these. The smaller the number,
/// the faster this is.
fn gallop(items: &[Item], holds: impl Fn(&Item) -> bool) -> usize {
    let mut end = 1;
    while end < items.len() && holds(&items[end]) {
        end *= 2;
    }
    items[..end.min(items.len())].partition_point(holds)
}

/// Which entries of a recovered log a walk shows.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Selection {
    All,
    /// The entries of the memtable with this number.
    Memtable(usize),
}

/// Entries of a recovered log sorted by key, the newest version of a key first.
#[derive(Clone, Copy, Debug)]
pub(super) struct SortedEntries<'a> {
    recovered: &'a RecoveredLog,
    index: &'a Index,
    /// The numbers of the selected items in the index; `None` if all are selected.
    selected: Option<&'a [u64]>,
}

impl RecoveredLog {
    /// The selected entries, sorted.
    #[inline]
    pub(super) fn sorted(&self, selection: Selection) -> Result<SortedEntries<'_>, Error> {
        let selected = match selection {
            Selection::All => None,
            Selection::Memtable(memtable) => Some(self.by_memtable()?.item_numbers(memtable)),
        };
        Ok(SortedEntries { recovered: self, index: self.index()?, selected })
    }
}

impl SortedEntries<'_> {
    /// How many entries there are.
    pub(super) fn len(&self) -> usize {
        self.selected.map_or_else(|| self.index.items().len(), <[u64]>::len)
    }

    /// The entry with this number.
    #[inline]
    pub(super) fn item(&self, number: usize) -> Item {
        self.index.items()[self.selected.map_or(number, |selected| selected[number] as usize)]
    }

    /// The number of the first entry that is not before `point`.
    pub(super) fn lower_bound(&self, point: Point<'_>) -> usize {
        let number = self.index.lower_bound(point, &self.recovered.bytes, &self.recovered.boundaries);
        self.selected.map_or(number, |selected| selected.partition_point(|&selected| selected < number as u64))
    }
}

#[cfg(test)]
mod tests;
