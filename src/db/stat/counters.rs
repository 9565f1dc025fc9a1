//! What the database counts.

use std::sync::atomic::{AtomicU64, Ordering};

/// A number that rises.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    #[inline]
    pub(crate) fn add(&self, amount: u64) {
        self.0.fetch_add(amount, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// What has happened since the database was opened.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    /// Operations that were written, and the bytes of their keys and values.
    pub(crate) operations: Counter,
    pub(crate) user_bytes: Counter,
    /// Bytes that were written, by what wrote them.
    pub(crate) log_bytes: Counter,
    pub(crate) flush_bytes: Counter,
    pub(crate) compaction_bytes: Counter,
    pub(crate) compaction_read_bytes: Counter,
    pub(crate) syncs: Counter,
    pub(crate) groups: Counter,
    pub(crate) flushes: Counter,
    pub(crate) compactions: Counter,
    /// Times that a writer waited for a flush, and for how long.
    pub(crate) stalls: Counter,
    pub(crate) stall_microseconds: Counter,
    /// Times that a writer was slowed, and by how much.
    pub(crate) slowdowns: Counter,
    pub(crate) slowdown_microseconds: Counter,
    pub(crate) resumes: Counter,
    pub(crate) failed_compactions: Counter,
}
