//! The list: all memtables together, of which the last is open for writes.

use super::MemtableHandle;
use super::history::History;
use super::shared::Shared;
use crate::disk::{Disk, RealDisk};
use crate::error::Error;
use crate::export::{Exported, export};
use crate::log::format::entry::{Entry, Op};
use crate::scan::Scan;
use crate::view::iterator::Iter;
use crate::view::lookup::Lookup;
use std::path::Path;
use std::sync::Arc;

/// All memtables of a log, the oldest first. Clones share one list.
///
/// Reads take no lock; writes are one at a time. What a read gives stays where it is for as long as the list lives.
#[derive(Clone, Debug)]
pub struct MemtableList {
    shared: Arc<Shared>,
}

impl MemtableList {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// How many memtables there are; at least one.
    pub fn count(&self) -> usize {
        self.shared.count()
    }

    /// The highest sequence number of all that was recovered or written.
    pub fn max_sequence(&self) -> u64 {
        self.shared.max_sequence()
    }

    /// The memtable number `index`, the oldest being 0.
    pub fn memtable(&self, index: usize) -> Option<MemtableHandle> {
        let memtable = self.shared.memtable(index)?;
        Some(MemtableHandle::new(Arc::clone(&self.shared), memtable))
    }

    /// The newest version of `key` with a sequence number of at most `max_sequence`.
    ///
    /// # Errors
    ///
    /// If what is stored cannot be read, or there is not enough memory.
    #[inline]
    pub fn get(&self, key: &[u8], max_sequence: u64) -> Result<Lookup<'_>, Error> {
        self.shared.get(key, max_sequence)
    }

    /// Looks up one key after the other as [`get`](Self::get) does, faster where there are many.
    ///
    /// # Errors
    ///
    /// If no key can be looked up; `take` may have been called for some.
    pub fn multi_get<'k>(
        &self,
        keys: impl Iterator<Item = &'k [u8]>,
        max_sequence: u64,
        take: impl FnMut(Result<Lookup<'_>, Error>),
    ) -> Result<(), Error> {
        self.shared.multi_get(keys, max_sequence, take)
    }

    /// An iterator over what `scan` asks for, as it is now.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get).
    pub fn scan(&self, scan: &Scan) -> Result<Iter, Error> {
        let snapshot = self.shared.snapshot();
        let owner = Arc::clone(&self.shared);
        Iter::new(owner, snapshot.version().sources(), snapshot.end(), scan)
    }

    /// Writes what is in all memtables, as it is now, as a clean log into the directory `out_dir`, which is made, or is
    /// there and empty. In the order of writes (of a list in [`Order::Sequence`](crate::Order::Sequence), in that of
    /// its versions), numbered from 1 up; with `newest_only` only the last put or delete of each key.
    ///
    /// # Errors
    ///
    /// If the system does not let it be written; then there is no log in `out_dir`, unless what fails is the last step,
    /// which brings its name to disk. If there is not enough memory.
    pub fn export(&self, out_dir: &Path, newest_only: bool) -> Result<Exported, Error> {
        self.export_on(&RealDisk, out_dir, newest_only)
    }

    /// [`export`](Self::export) on any disk.
    ///
    /// # Errors
    ///
    /// As [`export`](Self::export).
    #[doc(hidden)]
    pub fn export_on(&self, disk: &dyn Disk, out_dir: &Path, newest_only: bool) -> Result<Exported, Error> {
        let history = History::of(&self.shared)?;
        if newest_only { export(disk, out_dir, history.newest()?) } else { export(disk, out_dir, history.all()) }
    }

    /// Gives `key` a value.
    ///
    /// # Errors
    ///
    /// If key or value are longer than 2^32 - 1 bytes, or there is not enough memory.
    pub fn put(&self, key: &[u8], value: &[u8], sequence: u64) -> Result<(), Error> {
        self.shared.write(&Entry { op: Op::Put, sequence, key, value }, None)
    }

    /// Deletes `key`.
    ///
    /// # Errors
    ///
    /// If the key is longer than 2^32 - 1 bytes, or there is not enough memory.
    pub fn delete(&self, key: &[u8], sequence: u64) -> Result<(), Error> {
        self.shared.write(&Entry { op: Op::Delete, sequence, key, value: &[] }, None)
    }
}
