//! Transactions: see the life of one in `docs/architecture.md`.
//!
//! ```text
//! mod         what a caller does with one     reads      what was read, and whether it still is so
//! commit      the check, and the batch        exclusive  the slot of those that wait for each other
//! expiry      time limits
//! ```

mod commit;
mod exclusive;
pub(super) mod expiry;
mod reads;

use super::batch::Batch;
use super::database::{Database, Inner};
use super::read::{Got, Snapshot};
use super::write::WriteOptions;
use crate::error::Error;
use crate::log_memtable::{LogMemtable, Operation, Writer};
use crate::memory::push;
use crate::scan::Scan;
use crate::sync::blocking::{Instant, MappedMutexGuard, Mutex, MutexGuard};
use crate::table;
use crate::view::iterator::Iter;
pub(super) use exclusive::Exclusive;
use exclusive::Slot;
use reads::Reads;
use std::ops::Bound;
use std::sync::{Arc, Weak};
use std::time::Duration;

/// How a transaction is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TransactionOptions {
    /// It writes nothing.
    pub read_only: bool,
    /// It waits for other exclusive ones, and never conflicts with them.
    pub exclusive: bool,
    /// How long that takes at most, and how long the transaction may live; `None` for any time.
    pub timeout: Option<Duration>,
}

/// Reads and writes that happen at one moment, or not at all. When it is dropped, it is rolled back.
#[derive(Debug)]
pub struct Transaction {
    database: Weak<Inner>,
    state: Arc<Mutex<State>>,
    /// When it expires.
    deadline: Option<Instant>,
    read_only: bool,
}

#[derive(Debug)]
enum State {
    Open(Box<Open>),
    /// It was committed or rolled back, or its commit has failed.
    Over,
    Expired,
}

#[derive(Debug)]
struct Open {
    snapshot: Snapshot,
    /// What it writes, in its order.
    batch: Batch,
    /// The same as a memtable.
    own: Writer,
    reads: Reads,
    /// To how many operations of the batch each of them goes back.
    savepoints: Vec<usize>,
    /// Held until it ends.
    _slot: Option<Slot>,
}

impl Database {
    /// Begins a transaction.
    ///
    /// # Errors
    ///
    /// [`Error::Busy`] if others that are exclusive took longer than the time limit; [`Error::Closed`];
    /// [`Error::NoMemory`].
    pub fn begin(&self, options: TransactionOptions) -> Result<Transaction, Error> {
        let deadline = options.timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        self.inner.check_readable()?;
        let slot = if options.exclusive { Some(self.inner.exclusive.take(deadline)?) } else { None };
        let snapshot = self.inner.snapshot()?;
        let own = own_memtable(&snapshot)?;
        let (batch, reads, savepoints) = Default::default();
        let open = Open { snapshot, batch, own, reads, savepoints, _slot: slot };
        let state = Arc::new(Mutex::new(State::Open(Box::new(open))));
        if let Some(deadline) = deadline {
            self.inner.expiry.watch(&self.inner, deadline, &state)?;
        }
        let read_only = options.read_only || self.inner.settings.read_only;
        Ok(Transaction { database: Arc::downgrade(&self.inner), state, deadline, read_only })
    }
}

/// An empty memtable for what is written on top of a snapshot.
fn own_memtable(snapshot: &Snapshot) -> Result<Writer, Error> {
    LogMemtable::new(snapshot.end, 1).map(|(_, writer)| writer)
}

impl Transaction {
    fn open(&self) -> Result<MappedMutexGuard<'_, Open>, Error> {
        let mut state = self.state.lock();
        if self.deadline.is_some_and(|deadline| deadline <= Instant::now()) {
            state.expire();
        }
        let over = match &*state {
            State::Open(_) => None,
            State::Over => Some(Error::InvalidArgument("the transaction is over")),
            State::Expired => Some(Error::Expired),
        };
        let open = MutexGuard::try_map(state, |state| match state {
            State::Open(open) => Some(&mut **open),
            State::Over | State::Expired => None,
        });
        open.map_err(|_| over.unwrap_or(Error::Expired))
    }

    /// Gives a key a value in this transaction.
    ///
    /// # Errors
    ///
    /// [`Error::TooLarge`], [`Error::ReadOnly`], [`Error::Expired`], [`Error::NoMemory`]; then nothing has changed.
    pub fn put(&self, key: &[u8], value: &[u8]) -> Result<(), Error> {
        self.writable()?.add(Operation::Put { key, value })
    }

    /// Deletes a key in this transaction.
    ///
    /// # Errors
    ///
    /// As [`put`](Self::put).
    pub fn delete(&self, key: &[u8]) -> Result<(), Error> {
        self.writable()?.add(Operation::Delete { key })
    }

    /// Deletes every key that the transaction sees from `begin` on and below `end`, or up to the last. Returns how
    /// many.
    ///
    /// # Errors
    ///
    /// As [`put`](Self::put), and as reading does; then nothing has changed, but that the range has been read.
    pub fn delete_range(&self, begin: &[u8], end: Option<&[u8]>) -> Result<u64, Error> {
        let mut open = self.writable()?;
        let upper = end.map_or(Bound::Unbounded, |end| Bound::Excluded(end.to_vec()));
        let mut entries = open.iterator(&Scan { lower: Bound::Included(begin.to_vec()), upper, ..Scan::default() })?;
        let mut deletes = Batch::new();
        while entries.next()? {
            entries.entry().map_or(Ok(()), |entry| deletes.delete(entry.key))?;
        }
        let count = open.batch.len();
        for delete in deletes.operations() {
            if let Err(error) = open.add(delete) {
                open.go_back_to(count)?;
                return Err(error);
            }
        }
        Ok(deletes.len() as u64)
    }

    /// A copy of the value that a key has in this transaction.
    ///
    /// # Errors
    ///
    /// [`Error::Expired`]; otherwise as reading files does.
    pub fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        self.look_up(key, |got| got.as_ref().and_then(|got| got.value().map(<[u8]>::to_vec)))
    }

    /// What the transaction has for a key, while `take` looks at it.
    pub(crate) fn look_up<R>(&self, key: &[u8], take: impl FnOnce(Option<Got<'_>>) -> R) -> Result<R, Error> {
        let mut open = self.open()?;
        let Open { snapshot, own, reads, .. } = &mut *open;
        let memtable = own.memtable();
        if let Some(entry) = memtable.newest(key, table::hash(key), memtable.visible_end()) {
            return Ok(take(Some(Got::Written(memtable, entry))));
        }
        let got = snapshot.get(key)?;
        reads.add_key(key, got.as_ref())?;
        Ok(take(got))
    }

    /// An iterator over what the transaction sees now: it does not see what is written later. The range of the scan
    /// counts as read, all of it.
    ///
    /// # Errors
    ///
    /// As [`Snapshot::iterator`]; [`Error::Expired`].
    pub fn iterator(&self, scan: &Scan) -> Result<Iter, Error> {
        self.open()?.iterator(scan)
    }

    /// Sets a savepoint, to which [`rollback_to_savepoint`](Self::rollback_to_savepoint) goes back.
    ///
    /// # Errors
    ///
    /// [`Error::Expired`], [`Error::NoMemory`].
    pub fn savepoint(&self) -> Result<(), Error> {
        let mut open = self.open()?;
        let count = open.batch.len();
        push(&mut open.savepoints, count)
    }

    /// Takes back what was written since the last savepoint, and takes that away. False if there is none.
    ///
    /// # Errors
    ///
    /// [`Error::Expired`], [`Error::NoMemory`]; then nothing has changed.
    pub fn rollback_to_savepoint(&self) -> Result<bool, Error> {
        let mut open = self.open()?;
        let Some(&count) = open.savepoints.last() else { return Ok(false) };
        open.go_back_to(count)?;
        open.savepoints.pop();
        Ok(true)
    }

    /// Writes all of it at one moment, and gives the sequence number of its last operation, or of the last write that
    /// it could see if there is none. The transaction is over, whatever comes of it.
    ///
    /// # Errors
    ///
    /// [`Error::Conflict`]; [`Error::Expired`]; [`Error::Closed`]; otherwise as a write, and as reading does.
    pub fn commit(&self, options: WriteOptions) -> Result<u64, Error> {
        drop(self.open()?);
        let mut state = self.state.lock();
        let State::Open(open) = std::mem::replace(&mut *state, State::Over) else {
            return Err(Error::Expired);
        };
        drop(state);
        let database = self.database.upgrade().ok_or(Error::Closed)?;
        database.check_readable()?;
        if open.batch.is_empty() {
            return Ok(open.snapshot.sequence());
        }
        database.commit(&open, self.deadline, options)
    }

    /// Ends it without writing anything.
    ///
    /// # Errors
    ///
    /// [`Error::Expired`], or [`Error::InvalidArgument`] if it is over already.
    pub fn rollback(&self) -> Result<(), Error> {
        drop(self.open()?);
        *self.state.lock() = State::Over;
        Ok(())
    }

    fn writable(&self) -> Result<MappedMutexGuard<'_, Open>, Error> {
        let open = self.open()?;
        if self.read_only { Err(Error::ReadOnly) } else { Ok(open) }
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        *self.state.lock() = State::Over;
    }
}

impl State {
    /// Releases what it holds. A commit that is under way goes on.
    fn expire(&mut self) {
        if matches!(self, Self::Open(_)) {
            *self = Self::Expired;
        }
    }
}

impl Open {
    fn add(&mut self, operation: Operation<'_>) -> Result<(), Error> {
        let count = self.batch.len();
        self.batch.add(operation)?;
        let added = self.own.append(operation);
        match added {
            Ok(sequence) => self.own.memtable().publish(sequence + 1),
            Err(_) => self.batch.truncate(count),
        }
        added.map(drop)
    }

    /// Takes back all operations but the first `count`.
    fn go_back_to(&mut self, count: usize) -> Result<(), Error> {
        let mut own = own_memtable(&self.snapshot)?;
        for operation in self.batch.operations().take(count) {
            own.append(operation)?;
        }
        own.memtable().publish(own.next_sequence());
        self.batch.truncate(count);
        self.own = own;
        Ok(())
    }

    fn iterator(&mut self, scan: &Scan) -> Result<Iter, Error> {
        let memtable = Arc::clone(self.own.memtable());
        let iterator = self.snapshot.iterator_with(&memtable, scan)?;
        self.reads.add_range(scan)?;
        Ok(iterator)
    }
}
