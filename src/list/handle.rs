//! A handle on one memtable of a list.

use super::shared::Shared;
use crate::error::Error;
use crate::log::format::entry::{Entry, Op};
use crate::memtable::Memtable;
use crate::scan::Scan;
use crate::view::iterator::Iter;
use crate::view::lookup::Lookup;
use std::sync::Arc;
use std::time::Duration;

/// One memtable of a list. It keeps its list alive.
#[derive(Clone, Debug)]
pub struct MemtableHandle {
    shared: Arc<Shared>,
    memtable: Arc<Memtable>,
}

impl MemtableHandle {
    pub(super) fn new(shared: Arc<Shared>, memtable: Arc<Memtable>) -> Self {
        Self { shared, memtable }
    }

    /// Whether what was recovered has been sorted. The first lookup or iterator does that.
    #[inline]
    pub(crate) fn is_sorted(&self) -> bool {
        self.shared.recovered().is_sorted()
    }

    /// The newest version of `key` in this memtable with a sequence number of at most `max_sequence`.
    ///
    /// # Errors
    ///
    /// If what is stored cannot be read, or there is not enough memory.
    pub fn get(&self, key: &[u8], max_sequence: u64) -> Result<Lookup<'_>, Error> {
        self.shared.get_in_memtable(&self.memtable, key, max_sequence)
    }

    /// An iterator over the entries that `scan` asks for, as they are now.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get).
    pub fn scan(&self, scan: &Scan) -> Result<Iter, Error> {
        let (owner, sources) = (Arc::clone(&self.shared), self.shared.sources_of(&self.memtable));
        Iter::new(owner, sources, self.memtable.next_write(), scan)
    }

    /// Gives `key` a value. The memtable takes it even if it has reached its size.
    ///
    /// # Errors
    ///
    /// If the memtable is immutable, the key or the value is longer than 2^32 - 1 bytes, or there is not enough memory.
    pub fn put(&self, key: &[u8], value: &[u8], sequence: u64) -> Result<(), Error> {
        self.shared.write(&Entry { op: Op::Put, sequence, key, value }, Some(&self.memtable))
    }

    /// Deletes `key`. The memtable takes the delete even if it has reached its size.
    ///
    /// # Errors
    ///
    /// If the memtable is immutable, the key is longer than 2^32 - 1 bytes, or there is not enough memory.
    pub fn delete(&self, key: &[u8], sequence: u64) -> Result<(), Error> {
        self.shared.write(&Entry { op: Op::Delete, sequence, key, value: &[] }, Some(&self.memtable))
    }

    /// Makes the memtable immutable: from now on it takes no more writes.
    pub fn set_immutable(&self) {
        self.shared.set_immutable(&self.memtable);
    }

    /// Whether the memtable takes no more writes.
    pub fn is_immutable(&self) -> bool {
        self.memtable.is_immutable()
    }

    /// The approximate size in bytes: for each put and delete, superseded ones included, key length + value length +
    /// 16.
    pub fn approximate_size(&self) -> u64 {
        self.memtable.approximate_size()
    }

    /// How many puts and deletes are in the memtable, superseded ones included.
    pub fn entry_count(&self) -> u64 {
        self.memtable.entry_count()
    }

    /// One more than the highest sequence number in the memtable, at most `u64::MAX`; 0 if the memtable is empty.
    pub fn next_sequence(&self) -> u64 {
        self.memtable.next_sequence()
    }

    /// How long ago the memtable was made.
    pub fn age(&self) -> Duration {
        self.memtable.age()
    }
}
