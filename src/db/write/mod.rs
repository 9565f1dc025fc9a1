//! Writes. Callers queue; the first writes for all that wait.
//!
//! A caller takes the lock, encodes its operations into the active memtable, whose bytes are those of the log, and
//! then waits until they are in the log. If no thread is writing to the log, the caller *leads*: it takes all that
//! has been encoded and is not yet in the log, its *group*, lets go of the lock, appends the group, syncs it if
//! anyone in it asked for that, and makes it visible. Meanwhile other callers encode the next group.
//!
//! ```text
//! state    what writers share        group    who leads, who waits
//! rotate   full memtables, long logs company  who joins a group before its sync
//! ```

mod company;
mod group;
mod rotate;
mod state;

use super::batch::Batch;
use super::database::Inner;
use super::options::SyncMode;
use crate::error::Error;
use crate::log_memtable::Operation;
use crate::scan::Scan;
use std::ops::Bound;

pub(super) use group::BUFFERED_FOR;
pub(super) use state::WriteState;

/// The longest key, value and batch, in bytes.
pub(crate) const MAX_KEY_LEN: usize = 16 << 20;
pub(crate) const MAX_VALUE_LEN: usize = 1 << 30;
pub(crate) const MAX_BATCH_LEN: u64 = 4 << 30;

/// How one write is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WriteOptions {
    /// Whether it is on disk when the call returns; `None` as the database's mode says.
    pub sync: Option<bool>,
    /// Fail rather than wait for a flush.
    pub no_wait: bool,
}

impl Inner {
    /// Writes operations as one batch, and gives the sequence number of the last, or of the last ever if there are
    /// none.
    pub(crate) fn write<'a>(
        &self,
        operations: impl Iterator<Item = Operation<'a>> + Clone,
        options: WriteOptions,
    ) -> Result<u64, Error> {
        let (count, bytes) = check_batch(operations.clone())?;
        let mut state = self.write.lock();
        if count == 0 {
            return self.check_writable(&state).map(|()| state.last_sequence());
        }
        state = self.slow_down(state, bytes, options);
        state = self.make_room(state, options)?;
        state.encode(operations)?;
        let last = state.last_sequence();
        self.counters.operations.add(count);
        self.counters.user_bytes.add(bytes);
        let sync = self.wants_sync(options);
        if self.settings.sync == SyncMode::Buffered && !sync {
            self.acknowledge_buffered(state)?;
        } else {
            state.join(sync);
            drop(self.wait_until_written(state)?);
        }
        Ok(last)
    }

    /// Whether a write is to be on disk when its call returns.
    pub(super) fn wants_sync(&self, options: WriteOptions) -> bool {
        options.sync.unwrap_or(self.settings.sync == SyncMode::Always)
    }

    /// Brings to disk all that was acknowledged before.
    pub(crate) fn sync(&self) -> Result<(), Error> {
        let mut state = self.write.lock();
        self.check_writable(&state)?;
        // A group that is being written now may end without a sync.
        if !state.is_led() && state.unsynced == 0 && !state.has_unwritten() {
            return Ok(());
        }
        state.sync_wanted = true;
        self.wait_until_written(state).map(drop)
    }

    /// Deletes all keys that are there from `begin` on and below `end`, as one batch. Other writers wait meanwhile,
    /// so that it happens at one moment.
    pub(crate) fn delete_range(&self, begin: &[u8], end: Option<&[u8]>, options: WriteOptions) -> Result<u64, Error> {
        let mut state = self.make_room_when_written(self.write.lock(), options)?;
        let batch = self.deletes(begin, end)?;
        if batch.is_empty() {
            return Ok(0);
        }
        if batch.log_len() > MAX_BATCH_LEN {
            return Err(Error::TooLarge("the range has keys of more than 4 GiB; delete it in pieces"));
        }
        state.encode(batch.operations())?;
        self.counters.operations.add(batch.len() as u64);
        state.join(self.wants_sync(options));
        drop(self.wait_until_written(state)?);
        Ok(batch.len() as u64)
    }

    fn deletes(&self, begin: &[u8], end: Option<&[u8]>) -> Result<Batch, Error> {
        let upper = end.map_or(Bound::Unbounded, |end| Bound::Excluded(end.to_vec()));
        let scan = Scan { lower: Bound::Included(begin.to_vec()), upper, ..Scan::default() };
        let mut entries = self.snapshot()?.iterator(&scan)?;
        let mut batch = Batch::new();
        while entries.next()? {
            entries.entry().map_or(Ok(()), |entry| batch.delete(entry.key))?;
        }
        Ok(batch)
    }

    /// Why nothing can be written, if that is so.
    pub(super) fn check_writable(&self, state: &WriteState) -> Result<(), Error> {
        if state.is_closed || self.process.is_other() {
            return Err(Error::Closed);
        }
        if self.settings.read_only {
            return Err(Error::ReadOnly);
        }
        self.poison.check()
    }
}

/// How many operations a batch has, and the bytes of their keys and values.
pub(super) fn check_batch<'a>(operations: impl Iterator<Item = Operation<'a>>) -> Result<(u64, u64), Error> {
    let (mut count, mut bytes) = (0_u64, 0_u64);
    for operation in operations {
        bytes += checked_len(operation)?;
        count += 1;
    }
    // Each record of a batch has a header and lengths of its own.
    if bytes + 64 * count > MAX_BATCH_LEN || count > u64::from(u32::MAX) {
        return Err(Error::TooLarge("a batch has at most 4 GiB of log and 4294967295 operations"));
    }
    Ok((count, bytes))
}

/// The bytes of an operation's key and value.
fn checked_len(operation: Operation<'_>) -> Result<u64, Error> {
    let (key, value) = match operation {
        Operation::Put { key, value } => (key, value),
        Operation::Delete { key } => (key, &[][..]),
    };
    if key.len() > MAX_KEY_LEN {
        return Err(Error::TooLarge("a key has at most 16 MiB"));
    }
    if value.len() > MAX_VALUE_LEN {
        return Err(Error::TooLarge("a value has at most 1 GiB"));
    }
    Ok((key.len() + value.len()) as u64)
}
