//! The memtable, as readers see it.

use super::chunks::Chunks;
use super::index::Index;
use super::runs::{SortedRun, SortedRuns};
use super::sorted_entries::NewestEntries;
use super::writer::Writer;
use crate::error::Error;
use crate::log::format::entry::Entry;
use crate::memory::probe;
use crate::sync::{AtomicU64, AtomicUsize, Memory};
use std::fmt;
use std::sync::Arc;

/// A memtable whose storage is the bytes of the log. Any number of threads may read it, and none of them waits for the
/// [`Writer`].
///
/// A reader names an `end`: the first sequence number that it does not see. What is below must have been appended
/// before the reader began, which is so for every end that was given to [`publish`](Self::publish).
pub struct LogMemtable {
    first_sequence: u64,
    index: Index,
    chunks: Chunks,
    counts: Counts,
    runs: SortedRuns,
    visible_end: VisibleEnd,
}

/// What the writer counts. It is apart from what lookups read, so that these find that in their processor's cache.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(super) struct Counts {
    /// Rows that have been filled in, and whose entries are published.
    pub(super) rows: AtomicUsize,
    pub(super) size: AtomicU64,
    pub(super) log_len: AtomicU64,
    pub(super) chunk_memory: AtomicUsize,
}

/// Apart from all else for the same reason: it changes with every group.
#[derive(Debug)]
#[repr(align(128))]
struct VisibleEnd(AtomicU64);

impl LogMemtable {
    /// An empty memtable, and its one writer. The operation number i, from 0, has the sequence number
    /// `first_sequence` + i. `size_hint` is about how large it will be, as [`approximate_size`](Self::approximate_size)
    /// counts: one that gets much larger is slower.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidArgument`] if `first_sequence` is 0; [`Error::NoMemory`].
    pub fn new(first_sequence: u64, size_hint: u64) -> Result<(Arc<Self>, Writer), Error> {
        if first_sequence == 0 {
            return Err(Error::InvalidArgument("sequence numbers begin with 1"));
        }
        probe(2 * size_of::<Self>())?;
        let memtable = Arc::new(Self {
            first_sequence,
            index: Index::new(size_hint)?,
            chunks: Chunks::default(),
            counts: Counts::default(),
            runs: SortedRuns::new(),
            visible_end: VisibleEnd(AtomicU64::new(first_sequence)),
        });
        let writer = Writer::new(&memtable, size_hint)?;
        Ok((memtable, writer))
    }

    /// The sequence number of its first operation.
    pub fn first_sequence(&self) -> u64 {
        self.first_sequence
    }

    /// Makes visible what has a sequence number below `end`, all of which has been appended. `end` never falls; the
    /// caller sees to that.
    pub fn publish(&self, end: u64) {
        self.visible_end.0.store(end, Memory::Release);
    }

    /// What was published last.
    #[inline]
    pub fn visible_end(&self) -> u64 {
        self.visible_end.0.load(Memory::Acquire)
    }

    /// The newest version of `key` below `end`; its value is lent by the memtable. `hash` is `table::hash(key)`.
    #[inline]
    pub fn newest(&self, key: &[u8], hash: u64, end: u64) -> Option<Entry<'_>> {
        let rows = self.rows_below(end);
        // A bucket is a cache line that is not at hand.
        if rows == 0 {
            return None;
        }
        let row = self.index.newest(hash, rows, |place| self.chunks.key(place) == key)?;
        Some(self.entry(row))
    }

    /// Asks for what a lookup of a key with this hash needs first. For many lookups together.
    #[inline]
    pub fn prefetch(&self, hash: u64) {
        self.index.prefetch_bucket(hash);
    }

    /// The versions below `end`, in runs, each sorted by key, the newest version of a key first. There may be versions
    /// from `end` on, too. What is not yet in a run is sorted now, by this thread.
    ///
    /// # Errors
    ///
    /// [`Error::NoMemory`].
    pub fn sorted(&self, end: u64) -> Result<Vec<Arc<SortedRun>>, Error> {
        self.runs.covering(self, self.rows_below(end).min(self.len()))
    }

    /// The newest version of every key below `end`, deletes included, in the order of the keys.
    ///
    /// # Errors
    ///
    /// [`Error::NoMemory`].
    pub fn newest_of_each_key(&self, end: u64) -> Result<NewestEntries<'_>, Error> {
        Ok(NewestEntries::new(
            self,
            self.runs.merged(self, self.rows_below(end).min(self.len()))?,
            self.rows_below(end),
        ))
    }

    /// In bytes: for each put and delete, key length + value length + 16.
    pub fn approximate_size(&self) -> u64 {
        self.counts.size.load(Memory::Relaxed)
    }

    /// Bytes of memory that it holds.
    pub fn memory(&self) -> u64 {
        let chunks = self.counts.chunk_memory.load(Memory::Relaxed);
        (chunks + self.index.memory(self.len()) + self.runs.memory() + size_of::<Self>()) as u64
    }

    /// How many operations have been appended.
    pub fn len(&self) -> usize {
        self.counts.rows.load(Memory::Acquire)
    }

    /// Whether no operation has been appended.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes of all records that have been appended.
    pub fn log_len(&self) -> u64 {
        self.counts.log_len.load(Memory::Relaxed)
    }

    /// How many rows are below a sequence number.
    #[inline]
    pub(super) fn rows_below(&self, end: u64) -> usize {
        end.saturating_sub(self.first_sequence) as usize
    }

    #[inline]
    pub(super) fn sequence(&self, row: u32) -> u64 {
        self.first_sequence + u64::from(row)
    }

    /// The key of a row that has been counted or linked.
    #[inline]
    pub(super) fn key(&self, row: u32) -> &[u8] {
        self.chunks.key(self.index.place(row))
    }

    /// The entry of a row that has been counted or linked.
    #[inline]
    pub(super) fn entry(&self, row: u32) -> Entry<'_> {
        self.chunks.entry(self.index.place(row), self.sequence(row))
    }

    /// Brings the start of an entry into the processor's cache.
    #[inline]
    pub(super) fn prefetch_entry(&self, row: u32) {
        self.chunks.prefetch(self.index.place(row));
    }

    #[inline]
    pub(super) fn index(&self) -> &Index {
        &self.index
    }

    #[inline]
    pub(super) fn chunks(&self) -> &Chunks {
        &self.chunks
    }

    #[inline]
    pub(super) fn counts(&self) -> &Counts {
        &self.counts
    }
}

impl fmt::Debug for LogMemtable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogMemtable")
            .field("first_sequence", &self.first_sequence)
            .field("counts", &self.counts)
            .finish_non_exhaustive()
    }
}
