//! One memtable: what is known of it, and what was written to it since recovery.

use super::index::item::Item;
use super::order::{Order, Rank};
use super::summary::Summary;
use super::written::{Version, Written};
use crate::log::bytes::LogBytes;
use crate::log::entry::Entry;
use crate::log::place::Place;
use crate::sync::{AtomicBool, AtomicU64, Memory};
use std::collections::TryReserveError;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Where a version is.
#[derive(Clone, Debug)]
pub(crate) enum VersionRef {
    /// In the log.
    Logged(Item),
    /// In memory of its own.
    Written(Arc<Version>),
}

impl VersionRef {
    #[inline]
    pub(crate) fn entry<'a>(&'a self, log: &'a LogBytes) -> Entry<'a> {
        match self {
            Self::Logged(item) => item.entry(log),
            Self::Written(version) => version.entry(),
        }
    }
}

/// A memtable. It is read by any number of threads; writes are one at a time, which whoever holds it sees to.
#[derive(Debug)]
pub(crate) struct Table {
    /// Its number in the list, the oldest being 0.
    pub(crate) number: usize,
    pub(crate) written: Written,
    order: Order,
    immutable: AtomicBool,
    size: AtomicU64,
    entries: AtomicU64,
    next_sequence: AtomicU64,
    created: Instant,
}

impl Table {
    /// With what was recovered into it.
    pub(crate) fn new(number: usize, order: Order, recovered: &Summary, immutable: bool) -> Self {
        let next_sequence = if recovered.len == 0 { 0 } else { recovered.highest_sequence.saturating_add(1) };
        Self {
            number,
            written: Written::default(),
            order,
            immutable: AtomicBool::new(immutable),
            size: AtomicU64::new(recovered.size),
            entries: AtomicU64::new(recovered.len as u64),
            next_sequence: AtomicU64::new(next_sequence),
            created: Instant::now(),
        }
    }

    /// Adds a version; `place` must be higher than that of any before. Only one thread may be in here at a time.
    pub(crate) fn write(&self, entry: &Entry<'_>, place: Place) -> Result<(), TryReserveError> {
        let rank = Rank::new(self.order, self.number, entry.sequence, place);
        let version = Version::new(rank, place, entry)?;
        self.size.fetch_add(version.approximate_size(), Memory::Relaxed);
        self.entries.fetch_add(1, Memory::Relaxed);
        self.next_sequence.fetch_max(entry.sequence.saturating_add(1), Memory::Relaxed);
        self.written.insert(version);
        Ok(())
    }

    /// The newest version of `key` with a sequence number of at most `bound` that was written since recovery, in front
    /// of the place `end`.
    #[inline]
    pub(crate) fn newest_written(&self, key: &[u8], bound: u64, end: Place) -> Option<Arc<Version>> {
        if self.written.is_empty() {
            return None;
        }
        let from = match self.order {
            Order::Log => Rank::new(self.order, self.number, bound, end),
            Order::Sequence => Rank::new(self.order, self.number, bound, Place::LAST),
        };
        self.written.newest(key, from, |version| version.entry().sequence <= bound && version.place < end)
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
        self.entries.load(Memory::Relaxed)
    }

    pub(crate) fn next_sequence(&self) -> u64 {
        self.next_sequence.load(Memory::Relaxed)
    }

    pub(crate) fn age(&self) -> Duration {
        self.created.elapsed()
    }
}
