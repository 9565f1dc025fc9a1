//! What a caller asks of an open database besides reads and writes.

use super::background::Work;
use super::database::Inner;
use crate::error::Error;
use crate::sync::Memory;
use std::time::Duration;

impl Inner {
    /// All that was written before is in tables when this returns.
    pub(crate) fn flush_all(&self) -> Result<(), Error> {
        let mut state = self.write.lock();
        let memtable = std::sync::Arc::clone(state.writer.memtable());
        loop {
            self.check_writable(&state)?;
            let is_active = std::sync::Arc::ptr_eq(state.writer.memtable(), &memtable);
            if !is_active || memtable.is_empty() {
                break;
            }
            state = self.end_log(state, true)?;
        }
        // Those that wait now were written before.
        let wanted = self.published.load().sealed.last().cloned();
        let Some(wanted) = wanted else { return Ok(()) };
        loop {
            self.check_writable(&state)?;
            if !self.published.load().sealed.iter().any(|sealed| std::sync::Arc::ptr_eq(sealed, &wanted)) {
                return Ok(());
            }
            if self.background.is_paused() {
                drop(state);
                self.flush_as_caller()?;
                state = self.write.lock();
                continue;
            }
            self.background.flush_wanted();
            self.room.wait_for(&mut state, Duration::from_millis(100));
        }
    }

    /// A caller that asks for a flush gets it while the threads are paused, too.
    fn flush_as_caller(&self) -> Result<(), Error> {
        let _alone = self.background.alone(&[Work::Flushes]).ok_or(Error::Closed)?;
        self.flush_oldest();
        Ok(())
    }

    /// Begins no more flushes and compactions until [`go_on`](Self::go_on) was called as often, and waits until those
    /// that have begun are done.
    pub(crate) fn pause(&self) -> Result<(), Error> {
        self.check_readable()?;
        self.background.pause();
        Ok(())
    }

    /// Takes back one pause.
    pub(crate) fn go_on(&self) -> Result<(), Error> {
        self.check_readable()?;
        if self.background.go_on() { Ok(()) } else { Err(Error::InvalidArgument("the database is not paused")) }
    }

    /// The highest sequence number that is visible.
    pub(crate) fn last_sequence(&self) -> u64 {
        self.published.load().active.visible_end() - 1
    }

    /// Why writes fail, or what the last compaction failed with, if anything is wrong.
    pub(crate) fn status(&self) -> Result<(), Error> {
        if self.is_closed.load(Memory::Acquire) || self.process.is_other() {
            return Err(Error::Closed);
        }
        self.poison.check()?;
        self.compaction_failure.lock().as_ref().map_or(Ok(()), |failure| Err(failure.again()))
    }

    /// About how many bytes of files the keys from `begin` on and below `end` take.
    pub(crate) fn approximate_size(&self, begin: &[u8], end: Option<&[u8]>) -> Result<u64, Error> {
        self.check_readable()?;
        let version = self.published.load();
        let mut bytes = 0;
        for table in version.runs.iter().flat_map(|run| &run.tables) {
            bytes += table.table.approximate_size(begin, end)?;
        }
        Ok(bytes)
    }
}
