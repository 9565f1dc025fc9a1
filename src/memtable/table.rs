//! One memtable: a frozen base, and over it what was written since.

use super::filter::KeyHash;
use super::frozen::Frozen;
use super::order::{Order, Rank};
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
    Logged(Place),
    /// In memory of its own.
    Written(Arc<Version>),
}

impl VersionRef {
    #[inline]
    pub(crate) fn entry<'a>(&'a self, log: &'a LogBytes) -> Entry<'a> {
        match self {
            Self::Logged(place) => log.entry(*place),
            Self::Written(version) => version.entry(),
        }
    }
}

/// What is known of a table's versions without looking at them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Totals {
    /// Approximate size, in bytes.
    pub(crate) size: u64,
    pub(crate) entries: u64,
    /// One more than the highest sequence number, at most `u64::MAX`; 0 of an empty table.
    pub(crate) next_sequence: u64,
    /// No version has a lower sequence number. Of an empty table, `u64::MAX`.
    pub(crate) lowest_sequence: u64,
}

impl Totals {
    /// Those of no versions.
    pub(crate) const EMPTY: Self = Self { size: 0, entries: 0, next_sequence: 0, lowest_sequence: u64::MAX };
}

/// A memtable. It is read by any number of threads; writes are one at a time, which whoever holds it sees to.
#[derive(Debug)]
pub(crate) struct Table {
    /// Its number in the list, the oldest being 0.
    pub(crate) number: usize,
    pub(crate) base: Frozen,
    pub(crate) written: Written,
    order: Order,
    immutable: AtomicBool,
    size: AtomicU64,
    entries: AtomicU64,
    next_sequence: AtomicU64,
    lowest_sequence: AtomicU64,
    created: Instant,
}

impl Table {
    pub(crate) fn new(number: usize, order: Order, base: Frozen, totals: &Totals, immutable: bool) -> Self {
        Self {
            number,
            base,
            written: Written::default(),
            order,
            immutable: AtomicBool::new(immutable),
            size: AtomicU64::new(totals.size),
            entries: AtomicU64::new(totals.entries),
            next_sequence: AtomicU64::new(totals.next_sequence),
            lowest_sequence: AtomicU64::new(totals.lowest_sequence),
            created: Instant::now(),
        }
    }

    /// Adds a version; `place` must be higher than that of any before. Only one thread may be in here at a time.
    pub(crate) fn write(&self, entry: &Entry<'_>, place: Place) -> Result<(), TryReserveError> {
        let rank = Rank::new(self.order, self.number, entry.sequence, place);
        let version = Version::new(rank, place, entry)?;
        // Ordered before the insert: whoever finds the version must not rule it out by its number.
        self.lowest_sequence.fetch_min(entry.sequence, Memory::Release);
        self.size.fetch_add(version.approximate_size(), Memory::Relaxed);
        self.entries.fetch_add(1, Memory::Relaxed);
        self.next_sequence.fetch_max(entry.sequence.saturating_add(1), Memory::Relaxed);
        self.written.insert(version);
        Ok(())
    }

    /// The newest version of `key` with a sequence number of at most `bound`.
    #[inline]
    pub(crate) fn newest(&self, key: &[u8], hash: KeyHash, bound: u64) -> Option<VersionRef> {
        if bound < self.lowest_sequence.load(Memory::Acquire) {
            return None;
        }
        let written = (!self.written.is_empty()).then(|| self.newest_written(key, bound)).flatten();
        match (written, self.order) {
            // What was written after the log is newer than it.
            (Some(version), Order::Log) => Some(VersionRef::Written(version)),
            (written, _) => self.newer(written, self.newest_logged(key, hash, bound)),
        }
    }

    fn newest_written(&self, key: &[u8], bound: u64) -> Option<Arc<Version>> {
        let from = match self.order {
            Order::Log => Rank::NEWEST,
            Order::Sequence => Rank::new(self.order, self.number, bound, Place::LAST),
        };
        self.written.newest(key, from, bound)
    }

    #[inline]
    fn newest_logged(&self, key: &[u8], hash: KeyHash, bound: u64) -> Option<Place> {
        self.base.may_contain(hash).then(|| self.base.newest(key, bound)).flatten()
    }

    #[inline]
    fn newer(&self, written: Option<Arc<Version>>, logged: Option<Place>) -> Option<VersionRef> {
        match (written, logged) {
            (None, logged) => logged.map(VersionRef::Logged),
            (Some(version), Some(place)) if self.base.rank_of(place) < version.point().rank => {
                Some(VersionRef::Logged(place))
            }
            (Some(version), _) => Some(VersionRef::Written(version)),
        }
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
