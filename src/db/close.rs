//! Closing a database.

use super::database::Inner;
use super::sealed::LogFile;
use super::write::WriteState;
use crate::disk::Disk;
use crate::error::Error;
use crate::log::format::mark::{self, Synced};
use crate::sync::Memory;
use crate::sync::blocking::{Instant, MutexGuard};
use crate::versions::Change;
use std::path::Path;

impl Inner {
    /// Ends all calls, flushes what waits, ends the log and says so in `VERSIONS`, and releases the lock. The second
    /// time it does nothing.
    pub(crate) fn close(&self) -> Result<(), Error> {
        if self.process.is_other() || self.is_closed.swap(true, Memory::AcqRel) {
            return Ok(());
        }
        let began = Instant::now();
        let closed = if self.settings.read_only { Ok(()) } else { self.close_writable() };
        self.background.stop();
        self.exclusive.close();
        self.expiry.stop();
        *self.lock.lock() = None;
        if closed.is_ok() {
            self.tell_closed(began);
        }
        closed
    }

    fn close_writable(&self) -> Result<(), Error> {
        let ended = self.end_writes();
        self.background.stop();
        ended?;
        while self.flush_oldest() {}
        self.poison.check_first()?;
        self.end_last_log()
    }

    /// Takes no more writes, and waits for those that have begun.
    fn end_writes(&self) -> Result<(), Error> {
        let mut state = self.write.lock();
        state.is_closed = true;
        self.room.notify_all();
        self.written.notify_all();
        self.poison.check_first()?;
        // What exceeds one memtable of Kevo's, by Kevo's count, it would not answer, or set aside. Its memtables may be
        // smaller than ours: what MANIFEST says is made sensible for us only.
        let most = self.settings.memtable_size.min(self.settings.kevos_memtable_size);
        let is_full = state.writer.memtable().approximate_size() >= most;
        state = self.bring_to_disk(state)?;
        while is_full && !state.writer.memtable().is_empty() {
            state = self.end_log(state, true)?;
        }
        drop(state);
        Ok(())
    }

    fn bring_to_disk<'s>(&'s self, mut state: MutexGuard<'s, WriteState>) -> Result<MutexGuard<'s, WriteState>, Error> {
        while !state.is_on_disk() {
            self.poison.check_first()?;
            state = self.sync_group(state);
        }
        Ok(state)
    }

    /// The last mark of the log says that it is closed, and `VERSIONS` says how long it is.
    fn end_last_log(&self) -> Result<(), Error> {
        let mut state = self.write.lock();
        drop(state.writer.take_unwritten());
        let (end, last_sequence) = (state.log.synced, state.writer.next_sequence() - 1);
        let closed = mark::synced(state.log.identity, end, last_sequence, Synced { up_to: end, closed: true });
        self.log.lock().as_mut().ok_or(Error::ReadOnly)?.end(&closed)?;
        let end = end + closed.len() as u64;
        let name = state.log.name.clone();
        let mut ended = state.ended_logs.clone();
        drop(state);
        let mut changes = Vec::new();
        ended.push(LogFile { name, length: end });
        for log in &ended {
            changes.push(Change::LogClosed { name: log.name.as_bytes(), end: log.length, length: log.length });
        }
        changes.push(Change::NextNumber(self.tables.numbers_end()));
        changes.push(Change::LastSequence(last_sequence));
        self.edits.lock().make(self, &changes)?;
        self.bring_removals_to_disk()
    }

    /// The next opening would know what a crash brings back of logs and tables that were removed. Kevo would not: it
    /// would take their old values for new ones.
    fn bring_removals_to_disk(&self) -> Result<(), Error> {
        let wal = self.directory.wal();
        let synced = self.disk.open_directory(wal).and_then(|wal| wal.sync());
        synced.map_err(|error| Error::io(wal, None, error))?;
        self.tables.sync_names()
    }
}

/// How many bytes a file has now.
pub(super) fn current_length(disk: &dyn Disk, path: &Path) -> Result<u64, Error> {
    disk.info(path).map(|info| info.length).map_err(|error| Error::io(path, None, error))
}
