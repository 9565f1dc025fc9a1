//! The cache of blocks: one for any number of tables and threads, with a limit in bytes.
//!
//! Each table keeps a *slot* for each of its units, which leads to the block if that is in memory. A lookup that
//! finds it takes no lock but that of the slot, and computes no hash: it knows the unit by the table's index. Only what
//! is put in and what has to go is decided together, under one lock, by `queue`.
//!
//! What a table keeps in memory as long as it is open (index, filter, slots) counts against the same limit: it is
//! *reserved*, and blocks have the rest. When a table is dropped its blocks leave at once, and its reservation ends.

mod counts;
mod queue;
#[cfg(test)]
mod tests;

use std::collections::TryReserveError;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize};

use super::block::{Block, Header};
use crate::memory;
use crate::sync::Mutex;
use crate::thin_arc::Slot;
use counts::{Count, Counts};
use queue::Queue;

/// A cache of blocks, which any number of tables and threads share.
pub struct BlockCache {
    limit: u64,
    queue: Mutex<Queue>,
    counts: Counts,
}

/// A cache in numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CacheStat {
    /// What it may take, in bytes.
    pub limit: u64,
    /// Bytes that open tables take without their blocks. They may be more than the limit.
    pub reserved: u64,
    /// Bytes of the blocks that are in it.
    pub bytes: u64,
    /// How many blocks are in it.
    pub blocks: u64,
    /// How often a block was asked for that was in it.
    pub hits: u64,
    /// How often one was asked for that was not.
    pub misses: u64,
    /// How many lookups in tables ended at a filter.
    pub filtered: u64,
    /// How many passed it, or met none, and found nothing.
    pub passed_in_vain: u64,
}

impl BlockCache {
    /// A cache of `limit` bytes. Blocks always have a sixteenth of it, however much tables reserve; of 0 bytes they
    /// have none, and every block is read when it is asked for.
    pub fn new(limit: u64) -> Self {
        Self { limit, queue: Mutex::new(Queue::new(limit)), counts: Counts::default() }
    }

    /// Its numbers now. While other threads use it they need not be of one moment.
    pub fn stat(&self) -> CacheStat {
        let queue = self.queue.lock();
        let (reserved, bytes, blocks) = (queue.reserved(), queue.bytes(), queue.blocks());
        CacheStat {
            limit: self.limit,
            reserved,
            bytes,
            blocks,
            hits: self.counts.get(Count::Hits),
            misses: self.counts.get(Count::Misses),
            filtered: self.counts.get(Count::Filtered),
            passed_in_vain: self.counts.get(Count::PassedInVain),
        }
    }

    /// A lookup in a table has found nothing: it ended at the filter, or passed it in vain.
    #[inline]
    pub(super) fn note_absent(&self, is_filtered: bool) {
        self.counts.add_one(if is_filtered { Count::Filtered } else { Count::PassedInVain });
    }

    /// A place for the blocks of a table with so many units, which takes `memory` bytes besides. A cache that keeps
    /// nothing needs no slots.
    pub(super) fn register(self: &Arc<Self>, units: usize, memory: usize) -> Result<CachedBlocks, TryReserveError> {
        let slots = Arc::new(Slots::new(if self.limit > 0 { units } else { 0 })?);
        let reserved = memory.saturating_add(slots.weight()) as u64;
        self.queue.lock().reserve(reserved);
        Ok(CachedBlocks { cache: self.clone(), slots, reserved })
    }
}

impl fmt::Debug for BlockCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("BlockCache").field(&self.stat()).finish()
    }
}

/// What reading a unit does to the cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Caching {
    /// A block that was not there is put in, if there is room for it or it was wanted not long before.
    Fill,
    /// A block that was not there is put in, if there is room for it.
    FillRoom,
    /// The cache stays as it is.
    Leave,
}

/// The blocks of one table that are in the cache. When it is dropped they are not there any more.
pub(super) struct CachedBlocks {
    cache: Arc<BlockCache>,
    slots: Arc<Slots>,
    reserved: u64,
}

impl CachedBlocks {
    /// The block of a unit, if it is there.
    #[inline]
    pub(super) fn get(&self, unit: usize, caching: Caching) -> Option<Block> {
        let counts = caching != Caching::Leave;
        let found = self.slots.blocks.get(unit).and_then(|slot| slot.get(counts));
        if counts {
            self.cache.counts.add_one(if found.is_some() { Count::Hits } else { Count::Misses });
        }
        found.map(Block::from)
    }

    /// Whether the block of a unit, which was not there, is to come in, as far as its bytes in the file tell.
    pub(super) fn admits(&self, unit: usize, bytes: u64, caching: Caching) -> bool {
        if caching == Caching::Leave || self.slots.blocks.is_empty() {
            return false;
        }
        self.cache.queue.lock().admits(&self.slots, unit, bytes + bytes / 8, caching)
    }

    /// Takes in the block of a unit; or leaves it, if it takes more memory than there is room for, or another thread was
    /// faster.
    pub(super) fn insert(&self, unit: usize, block: &Block, caching: Caching) {
        self.cache.queue.lock().insert(&self.slots, unit, block, caching);
    }
}

impl Drop for CachedBlocks {
    fn drop(&mut self) {
        self.cache.queue.lock().close(&self.slots, self.reserved);
    }
}

/// What the cache knows of one table.
struct Slots {
    /// Leads to the block of a unit, if that is in memory: exactly if an entry in the queue stands for it. Otherwise it
    /// has the time at which the block was last wanted and not taken in, by the clock of the queue; 0 if never.
    blocks: Vec<Slot<Header>>,
    /// Bytes of its blocks, their number, and whether the table is gone. These change under the lock of the queue only.
    bytes: AtomicU64,
    entries: AtomicUsize,
    is_closed: AtomicBool,
}

impl Slots {
    fn new(units: usize) -> Result<Self, TryReserveError> {
        let blocks = memory::defaults(units)?;
        let (bytes, entries, is_closed) = Default::default();
        Ok(Self { blocks, bytes, entries, is_closed })
    }

    fn weight(&self) -> usize {
        self.blocks.len() * size_of::<Slot<Header>>()
    }
}
