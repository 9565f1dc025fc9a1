//! One memtable: its entries, and what is known of them.

use super::entries::{MemtableEntries, StoredEntry};
use super::stats::EntryStats;
use crate::error::Error;
use crate::log::format::entry::Entry;
use crate::memory::refused;
use crate::order::{Order, Rank};
use crate::sync::{AtomicBool, AtomicU64, Memory};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A memtable. Any number of threads read it. Writes are one at a time, which is up to the caller.
#[derive(Debug)]
pub(crate) struct Memtable {
    /// A newer memtable has a higher id. It never changes.
    id: u64,
    order: Order,
    entries: Arc<MemtableEntries>,
    /// Writes with a lower number are complete, in this memtable and in all older ones.
    complete: AtomicU64,
    immutable: AtomicBool,
    size: AtomicU64,
    count: AtomicU64,
    next_sequence: AtomicU64,
    created: Instant,
}

impl Memtable {
    /// An empty memtable. `complete` is the number of its first write. `recovered` is counted as part of it, and is
    /// held elsewhere.
    pub(crate) fn new(id: u64, order: Order, complete: u64, recovered: &EntryStats) -> Self {
        let next_sequence = if recovered.len == 0 { 0 } else { recovered.highest_sequence.saturating_add(1) };
        Self {
            id,
            order,
            entries: Arc::default(),
            complete: AtomicU64::new(complete),
            immutable: AtomicBool::new(false),
            size: AtomicU64::new(recovered.size),
            count: AtomicU64::new(recovered.len as u64),
            next_sequence: AtomicU64::new(next_sequence),
            created: Instant::now(),
        }
    }

    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    pub(crate) fn entries(&self) -> &Arc<MemtableEntries> {
        &self.entries
    }

    /// Writes with a lower number are complete. Only the writing thread may rely on it staying so.
    #[inline]
    pub(crate) fn complete(&self) -> u64 {
        self.complete.load(Memory::Acquire)
    }

    /// Adds a version, which is visible when this returns. Only one thread may be in here at a time.
    pub(crate) fn write(&self, entry: &Entry<'_>) -> Result<(), Error> {
        // This thread is the only one that changes it.
        let write = self.complete.load(Memory::Relaxed);
        let rank = Rank::new(self.order, self.id, entry.sequence, write);
        let stored = StoredEntry::new(rank, entry).map_err(|_| refused::<u8>(entry.key.len() + entry.value.len()))?;
        self.size.fetch_add(stored.approximate_size(), Memory::Relaxed);
        self.count.fetch_add(1, Memory::Relaxed);
        self.next_sequence.fetch_max(entry.sequence.saturating_add(1), Memory::Relaxed);
        self.entries.insert(Arc::new(stored));
        self.complete.store(write + 1, Memory::Release);
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

    /// In bytes: of every put and delete, its key, its value and 16.
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
