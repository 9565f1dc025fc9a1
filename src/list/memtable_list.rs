//! The list of all memtables. The last one is open for writes.

use super::handle::MemtableHandle;
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
/// Reads take no lock. Writes of several threads wait for each other. Bytes that a read has given stay valid as long as
/// the list lives.
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

    /// The highest sequence number of all entries that were recovered or written.
    pub fn max_sequence(&self) -> u64 {
        self.shared.max_sequence()
    }

    /// The memtable with the number `index`. The oldest one has the number 0.
    pub fn memtable(&self, index: usize) -> Option<MemtableHandle> {
        let memtable = self.shared.memtable(index)?;
        Some(MemtableHandle::new(Arc::clone(&self.shared), memtable))
    }

    /// Whether what was recovered has been sorted. The first lookup or iterator does that.
    #[inline]
    pub(crate) fn is_sorted(&self) -> bool {
        self.shared.recovered().is_sorted()
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

    /// Looks up the keys in turn, as [`get`](Self::get) does, and gives each result to `take`. Faster than single
    /// lookups if there are many keys.
    ///
    /// # Errors
    ///
    /// If the lookups cannot go on. `take` may have been called for some of the keys.
    pub fn multi_get<'k>(
        &self,
        keys: impl Iterator<Item = &'k [u8]>,
        max_sequence: u64,
        take: impl FnMut(Result<Lookup<'_>, Error>),
    ) -> Result<(), Error> {
        self.shared.multi_get(keys, max_sequence, take)
    }

    /// An iterator over the entries that `scan` asks for, as they are now.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get).
    pub fn scan(&self, scan: &Scan) -> Result<Iter, Error> {
        let snapshot = self.shared.snapshot();
        let owner = Arc::clone(&self.shared);
        Iter::new(owner, snapshot.version().sources(), snapshot.end(), scan)
    }

    /// Writes the entries of all memtables, as they are now, as a clean log into the directory `out_dir`. The directory
    /// must be empty; if it does not exist, it is made. The entries are numbered from 1 on, in the order of writes (if
    /// the list has [`Order::Sequence`](crate::Order::Sequence), in that order). With `newest_only`, only the last put
    /// or delete of each key is written.
    ///
    /// # Errors
    ///
    /// If the system cannot write the log, or if there is not enough memory. Then there is no log in `out_dir`, except
    /// if the last step failed, which syncs the name of the directory to disk.
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
    /// If the key or the value is longer than 2^32 - 1 bytes, or there is not enough memory.
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
