//! One memtable: its entries and what is counted about them.

use super::entries::{MemtableEntries, StoredEntry};
use super::stats::EntryStats;
use crate::error::Error;
use crate::log::format::entry::Entry;
use crate::memory::{probe, refused};
use crate::order::{Order, Rank};
use crate::sync::{AtomicBool, AtomicU64, Memory};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Bytes that an entry takes beside its key and value at most: its counts of references, and the skip list's node.
/// Their allocations cannot be refused one by one.
const SMALL_ALLOCATIONS: usize = 512;

/// A memtable. Any number of threads may read it at the same time. Only one thread at a time may write; the caller
/// ensures that.
#[derive(Debug)]
pub(crate) struct Memtable {
    /// It never changes. A newer memtable has a higher id.
    id: u64,
    order: Order,
    entries: Arc<MemtableEntries>,
    /// The number of the next write. All writes with a lower number are complete, in this memtable and in all older
    /// ones.
    next_write: AtomicU64,
    immutable: AtomicBool,
    size: AtomicU64,
    count: AtomicU64,
    next_sequence: AtomicU64,
    created: Instant,
}

impl Memtable {
    /// An empty memtable. `next_write` is the number of its first write. The entries of `recovered` are counted as part
    /// of it, but are held elsewhere.
    pub(crate) fn new(id: u64, order: Order, next_write: u64, recovered: &EntryStats, created: Instant) -> Self {
        let next_sequence = if recovered.len == 0 { 0 } else { recovered.highest_sequence.saturating_add(1) };
        Self {
            id,
            order,
            entries: Arc::default(),
            next_write: AtomicU64::new(next_write),
            immutable: AtomicBool::new(false),
            size: AtomicU64::new(recovered.size),
            count: AtomicU64::new(recovered.len as u64),
            next_sequence: AtomicU64::new(next_sequence),
            created,
        }
    }

    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    pub(crate) fn entries(&self) -> &Arc<MemtableEntries> {
        &self.entries
    }

    /// The number of the next write: all writes with a lower number are complete. Other threads than the one that
    /// writes must expect it to rise at any time.
    #[inline]
    pub(crate) fn next_write(&self) -> u64 {
        self.next_write.load(Memory::Acquire)
    }

    /// Adds a version, which is visible when this returns. Only one thread may call this at a time.
    pub(crate) fn write(&self, entry: &Entry<'_>) -> Result<(), Error> {
        // Relaxed is enough: only this thread changes it.
        let write = self.next_write.load(Memory::Relaxed);
        let rank = Rank::new(self.order, self.id, entry.sequence, write);
        let stored = StoredEntry::new(rank, entry).map_err(|_| refused::<u8>(entry.key.len() + entry.value.len()))?;
        probe(SMALL_ALLOCATIONS)?;
        self.size.fetch_add(stored.approximate_size(), Memory::Relaxed);
        self.count.fetch_add(1, Memory::Relaxed);
        self.next_sequence.fetch_max(entry.sequence.saturating_add(1), Memory::Relaxed);
        self.entries.insert(Arc::new(stored));
        self.next_write.store(write + 1, Memory::Release);
        Ok(())
    }

    /// The newest version of `key` with a sequence number of at most `max_sequence`, among the writes with a number
    /// below `end`.
    #[inline]
    pub(crate) fn newest(&self, key: &[u8], max_sequence: u64, end: u64) -> Option<Arc<StoredEntry>> {
        if self.entries.is_empty() {
            return None;
        }
        let from = match self.order {
            Order::Log => Rank::new(self.order, self.id, max_sequence, end),
            Order::Sequence => Rank::new(self.order, self.id, max_sequence, u64::MAX),
        };
        self.entries.newest(key, from, |stored| stored.entry().sequence <= max_sequence && stored.write() < end)
    }

    pub(crate) fn set_immutable(&self) {
        self.immutable.store(true, Memory::Release);
    }

    pub(crate) fn is_immutable(&self) -> bool {
        self.immutable.load(Memory::Acquire)
    }

    /// In bytes: for each put and delete, key length + value length + 16.
    pub(crate) fn approximate_size(&self) -> u64 {
        self.size.load(Memory::Relaxed)
    }

    pub(crate) fn entry_count(&self) -> u64 {
        self.count.load(Memory::Relaxed)
    }

    pub(crate) fn next_sequence(&self) -> u64 {
        self.next_sequence.load(Memory::Relaxed)
    }

    pub(crate) fn age(&self) -> Duration {
        self.created.elapsed()
    }
}
