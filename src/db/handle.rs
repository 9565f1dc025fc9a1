//! The database, for Rust programs. `c` has the same for C.

use super::batch::Batch;
use super::database::Database;
use super::open::open;
use super::options::DbOptions;
use super::read::{Got, Snapshot};
use super::salvage::salvage;
use super::sealed::is_tombstone;
use super::stat::Stat;
use super::transaction::{Transaction, TransactionOptions};
use super::write::WriteOptions;
use crate::disk::{Disk, RealDisk};
use crate::error::Error;
use crate::log_memtable::Operation;
use crate::recovery::options::Options;
use crate::recovery::progress::Callback;
use crate::recovery::report::Report;
use crate::scan::Scan;
use crate::view::iterator::Iter;
use std::path::Path;
use std::sync::Arc;

impl Database {
    /// Opens the database in the directory `path`, or makes one. The report says what recovery found, also on failure.
    /// On failure nothing in the directory has changed.
    ///
    /// # Errors
    ///
    /// [`Error::Locked`], [`Error::NotADatabase`], [`Error::Exists`], [`Error::Unsupported`]; if something is damaged
    /// or missing; otherwise as the system says.
    pub fn open(path: &Path, options: &DbOptions, progress: Option<Callback<'_>>) -> (Result<Self, Error>, Report) {
        Self::open_on(Arc::new(RealDisk), path, options, progress)
    }

    /// [`open`](Self::open) on any disk.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    #[doc(hidden)]
    #[allow(clippy::needless_pass_by_value)] // The disk is the database's from now on.
    pub fn open_on(
        disk: Arc<dyn Disk>,
        path: &Path,
        options: &DbOptions,
        progress: Option<Callback<'_>>,
    ) -> (Result<Self, Error>, Report) {
        open(&disk, path, options, progress)
    }

    /// Makes a database in `into` of whatever is left of the one in `path`, of which nothing changes. `into` must be
    /// empty or not there; it is there whole or not at all. Of `options` the threads count, and whether logs that
    /// Kevo set aside are read. The report says what is damaged, missing or in doubt, also on failure.
    ///
    /// # Errors
    ///
    /// [`Error::NotADatabase`], [`Error::Locked`], [`Error::Exists`], [`Error::Cancelled`], [`Error::Unsupported`];
    /// otherwise as the system says.
    pub fn salvage(
        path: &Path,
        into: &Path,
        options: &Options,
        progress: Option<Callback<'_>>,
    ) -> (Result<(), Error>, Report) {
        Self::salvage_on(&(Arc::new(RealDisk) as Arc<dyn Disk>), path, into, options, progress)
    }

    /// [`salvage`](Self::salvage) on any disk.
    ///
    /// # Errors
    ///
    /// As [`salvage`](Self::salvage).
    #[doc(hidden)]
    pub fn salvage_on(
        disk: &Arc<dyn Disk>,
        path: &Path,
        into: &Path,
        options: &Options,
        progress: Option<Callback<'_>>,
    ) -> (Result<(), Error>, Report) {
        salvage(disk, path, into, options, progress)
    }

    /// Gives a key a value, and returns the sequence number of this put.
    ///
    /// # Errors
    ///
    /// [`Error::TooLarge`], [`Error::ReadOnly`], [`Error::Closed`], [`Error::Busy`]; [`Error::Io`] if this write
    /// failed, and [`Error::Failed`] if an earlier one did.
    pub fn put(&self, key: &[u8], value: &[u8], options: WriteOptions) -> Result<u64, Error> {
        self.inner.write(std::iter::once(Operation::Put { key, value }), options)
    }

    /// Deletes a key.
    ///
    /// # Errors
    ///
    /// As [`put`](Self::put).
    pub fn delete(&self, key: &[u8], options: WriteOptions) -> Result<u64, Error> {
        self.inner.write(std::iter::once(Operation::Delete { key }), options)
    }

    /// Writes a batch, and returns the sequence number of its last operation.
    ///
    /// # Errors
    ///
    /// As [`put`](Self::put).
    pub fn write(&self, batch: &Batch, options: WriteOptions) -> Result<u64, Error> {
        self.inner.write(batch.operations(), options)
    }

    /// Deletes every key from `begin` on and below `end`, or up to the last key, that is there now, as one batch.
    /// Returns how many there were.
    ///
    /// # Errors
    ///
    /// As [`put`](Self::put), and as reading does.
    pub fn delete_range(&self, begin: &[u8], end: Option<&[u8]>, options: WriteOptions) -> Result<u64, Error> {
        self.inner.delete_range(begin, end, options)
    }

    /// A copy of the value of a key.
    ///
    /// # Errors
    ///
    /// [`Error::Closed`]; otherwise as reading files does.
    pub fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        self.inner.get_with(key, |got| got.as_ref().and_then(Got::copied))
    }

    /// Runs `body` in a transaction and commits, and does both again as long as the commit conflicts. So `body` may run
    /// several times, and should change nothing but the transaction. An error of `body` rolls back and comes out.
    ///
    /// # Errors
    ///
    /// What `body` gives; otherwise as [`begin`](Self::begin) and [`Transaction::commit`], but no [`Error::Conflict`].
    pub fn transact<T>(
        &self,
        options: TransactionOptions,
        mut body: impl FnMut(&Transaction) -> Result<T, Error>,
    ) -> Result<T, Error> {
        loop {
            let transaction = self.begin(options)?;
            let outcome = body(&transaction)?;
            match transaction.commit(WriteOptions::default()) {
                Err(Error::Conflict) => {}
                committed => return committed.map(|_| outcome),
            }
        }
    }

    /// What the database counts and consists of: each number with its name, such as "bytes-flushed".
    pub fn stats(&self) -> impl Iterator<Item = (&'static str, u64)> {
        Stat::ALL.iter().map(|of| (of.name.to_str().unwrap_or_default(), self.inner.stat(of.stat)))
    }

    /// All of these, in the form that Prometheus collects.
    pub fn stat_text(&self) -> String {
        let mut text = String::new();
        let _ = self.inner.write_stats(&mut text);
        text
    }

    /// The database as it is now.
    ///
    /// # Errors
    ///
    /// [`Error::Closed`].
    pub fn snapshot(&self) -> Result<Snapshot, Error> {
        self.inner.snapshot()
    }

    /// An iterator over the database as it is now.
    ///
    /// # Errors
    ///
    /// As [`Snapshot::iterator`].
    pub fn iterator(&self, scan: &Scan) -> Result<Iter, Error> {
        self.snapshot()?.iterator(scan)
    }

    /// Brings a database that was opened read-only to what another process has written since. Snapshots and iterators
    /// stay as they are.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open); then the database is as it was.
    pub fn catch_up(&self) -> Result<(), Error> {
        self.inner.catch_up()
    }

    /// Brings to disk all that was acknowledged before.
    ///
    /// # Errors
    ///
    /// As [`put`](Self::put).
    pub fn sync(&self) -> Result<(), Error> {
        self.inner.sync()
    }

    /// Brings into tables all that was written before.
    ///
    /// # Errors
    ///
    /// As [`put`](Self::put).
    pub fn flush(&self) -> Result<(), Error> {
        self.inner.flush_all()
    }

    /// Merges the tables that have keys from `begin` on and below `end`, or up to the last key.
    ///
    /// # Errors
    ///
    /// As [`put`](Self::put), and as reading does; [`Error::Cancelled`] if the database is closed meanwhile.
    pub fn compact(&self, begin: &[u8], end: Option<&[u8]>) -> Result<(), Error> {
        self.inner.compact_range(begin, end, &mut |_, _| false)
    }

    /// Makes a second database in `path`, which must be empty or not there: it has all that was written before. It is
    /// there whole, and on disk, or not at all.
    ///
    /// # Errors
    ///
    /// [`Error::Exists`]; [`Error::Io`]; otherwise as [`flush`](Self::flush).
    pub fn checkpoint(&self, path: &Path) -> Result<(), Error> {
        self.inner.checkpoint(path, &mut |_, _| false)
    }

    /// Reads every byte of every file that the database needs, and lists all damage in the report.
    ///
    /// # Errors
    ///
    /// [`Error::Corrupt`] or [`Error::Missing`] if there is any, of the first; otherwise as reading does.
    pub fn verify(&self) -> (Result<(), Error>, Report) {
        let mut report = Report::default();
        (self.inner.verify(&mut report, &mut |_, _| false), report)
    }

    /// Takes writes again after a failure.
    ///
    /// # Errors
    ///
    /// If the cause is still there.
    pub fn resume(&self) -> Result<(), Error> {
        self.inner.resume()
    }

    /// Why nothing is written, or what the last compaction failed with.
    ///
    /// # Errors
    ///
    /// That.
    pub fn status(&self) -> Result<(), Error> {
        self.inner.status()
    }

    /// Closes the database. Snapshots and iterators can still be read. Calls that are running end as usual, or with
    /// [`Error::Closed`], and so does every later call but this one, which does nothing then.
    ///
    /// # Errors
    ///
    /// If something that was not synced may not be on disk. The database is closed all the same.
    pub fn close(&self) -> Result<(), Error> {
        self.inner.close()
    }
}

impl Snapshot {
    /// A copy of the value of a key.
    ///
    /// # Errors
    ///
    /// As reading files does.
    pub fn get_copy(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        Ok(self.get(key)?.as_ref().and_then(Got::copied))
    }
}

impl Got<'_> {
    /// The value, if it is not a tombstone.
    pub(crate) fn value(&self) -> Option<&[u8]> {
        match self {
            Self::Written(_, entry) | Self::Recovered(_, entry) => (!is_tombstone(entry)).then_some(entry.value),
            Self::Table(found) => found.entry().value,
        }
    }

    /// Its sequence number.
    pub(crate) fn sequence(&self) -> u64 {
        match self {
            Self::Written(_, entry) | Self::Recovered(_, entry) => entry.sequence,
            Self::Table(found) => found.entry().sequence,
        }
    }

    fn copied(&self) -> Option<Vec<u8>> {
        self.value().map(<[u8]>::to_vec)
    }
}
