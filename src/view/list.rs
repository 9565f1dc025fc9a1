//! The list: all memtables together, of which the last is open for writes.

use super::history::History;
use super::iterator::Iter;
use super::lookup::Lookup;
use super::memtable::Memtable;
use super::scan::Scan;
use super::shared::Shared;
use crate::error::Error;
use crate::export::{Exported, export};
use crate::log::entry::{Entry, Op};
use crate::recovery::options::Options;
use crate::recovery::progress::Callback;
use crate::recovery::report::Report;
use crate::recovery::{self, Recovered};
use std::path::Path;
use std::sync::Arc;

/// Rebuilds the memtables of a write-ahead log.
///
/// `wal_dir` is the directory that holds it; nothing in it is changed, access times included where the system lets us.
/// `progress`, if given, is called on the calling thread with the bytes read so far and the bytes to be read, and
/// cancels recovery by returning true.
///
/// # Errors
///
/// Whatever a reader that goes through the log once would come upon first; the report is there even then.
pub fn recover(
    wal_dir: &Path,
    options: &Options,
    progress: Option<Callback<'_>>,
) -> (Result<MemtableList, Error>, Report) {
    let (recovered, report) = recovery::recover(wal_dir, options, progress);
    (recovered.map(MemtableList::new), report)
}

/// All memtables of a log, oldest first. Clones share one list.
///
/// Reads take no lock; writes are one at a time. What a read gives stays where it is for as long as the list lives.
#[derive(Clone, Debug)]
pub struct MemtableList {
    shared: Arc<Shared>,
}

impl MemtableList {
    fn new(recovered: Recovered) -> Self {
        Self { shared: Arc::new(Shared::new(recovered)) }
    }

    /// How many memtables there are; at least one.
    pub fn count(&self) -> usize {
        self.shared.tables().len()
    }

    /// The highest sequence number of all that was recovered or written.
    pub fn max_sequence(&self) -> u64 {
        self.shared.max_sequence()
    }

    /// The memtable number `index`, the oldest being 0.
    pub fn table(&self, index: usize) -> Option<Memtable> {
        let table = Arc::clone(self.shared.tables().get(index)?);
        Some(Memtable::new(Arc::clone(&self.shared), table))
    }

    /// The newest version of `key` with a sequence number of at most `bound`.
    #[inline]
    pub fn get(&self, key: &[u8], bound: u64) -> Lookup<'_> {
        self.shared.get(key, bound)
    }

    /// Looks up one key after the other as [`get`](Self::get) does, faster where there are many.
    pub fn multi_get<'k>(&self, keys: impl Iterator<Item = &'k [u8]>, bound: u64, take: impl FnMut(Lookup<'_>)) {
        self.shared.multi_get(keys, bound, take);
    }

    /// An iterator over what `scan` asks for, as it is now.
    pub fn scan(&self, scan: &Scan) -> Iter {
        Iter::over_list(&self.shared, scan)
    }

    /// Writes what is in all memtables, as it is now, as a clean log into the directory `out_dir`, which is made, or is
    /// there and empty. In the order of writes (of a list in [`Order::Sequence`](crate::Order::Sequence), in that of
    /// its versions), numbered from 1 up; with `newest_only` of each key only its last put or delete.
    ///
    /// # Errors
    ///
    /// If the system does not let it be written; then there is no log in `out_dir`, unless what fails is the last step,
    /// which brings its name to disk. If there is not enough memory.
    pub fn export(&self, out_dir: &Path, newest_only: bool) -> Result<Exported, Error> {
        let history = History::of(&self.shared)?;
        if newest_only { export(out_dir, history.newest()?) } else { export(out_dir, history.all()) }
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
