//! Room for more: writers are slowed where flushes or compactions are behind, full memtables are sealed, and long logs
//! ended.

use super::WriteOptions;
use super::state::{Leader, WriteState};
use crate::db::database::Inner;
use crate::db::log::{self, NewLog, OpenLog};
use crate::db::pacing;
use crate::db::sealed::{Content, LogFile, Sealed};
use crate::error::Error;
use crate::log::write::name::number_after;
use crate::log_memtable::LogMemtable;
use crate::sync::blocking::{Instant, MutexGuard, thread};
use std::sync::Arc;
use std::time::Duration;

impl Inner {
    /// Waits until there is room in the active memtable and in the log; ends them if they are full.
    pub(in crate::db) fn make_room<'s>(
        &'s self,
        mut state: MutexGuard<'s, WriteState>,
        options: WriteOptions,
    ) -> Result<MutexGuard<'s, WriteState>, Error> {
        loop {
            self.check_writable(&state)?;
            if state.leader == Leader::Ends {
                self.written.wait(&mut state);
                continue;
            }
            let seal = state.writer.memtable().approximate_size() >= self.settings.memtable_size;
            // A log has at least one group, however small logs are to be.
            let is_long = state.log.len >= self.settings.log_size && state.log.len > state.log.start;
            if !seal && !is_long {
                return Ok(state);
            }
            if seal && self.is_full() {
                if options.no_wait {
                    return Err(Error::Busy("max_memtables wait for their flush"));
                }
                self.stall(&mut state);
                continue;
            }
            state = self.end_log(state, seal)?;
        }
    }

    /// Waits until there is room, and all that was encoded is in the log and visible.
    pub(in crate::db) fn make_room_when_written<'s>(
        &'s self,
        mut state: MutexGuard<'s, WriteState>,
        options: WriteOptions,
    ) -> Result<MutexGuard<'s, WriteState>, Error> {
        loop {
            state = self.make_room(state, options)?;
            if !state.is_led() && !state.has_unwritten() {
                return Ok(state);
            }
            state = self.lead_or_wait(state);
        }
    }

    /// Sleeps if writers are to be slowed, and this one has come to a time that is worth it.
    pub(in crate::db) fn slow_down<'s>(
        &'s self,
        mut state: MutexGuard<'s, WriteState>,
        bytes: u64,
        options: WriteOptions,
    ) -> MutexGuard<'s, WriteState> {
        let delay = self.pacing.delay(bytes);
        if delay.is_zero() || options.no_wait {
            return state;
        }
        state.delay += delay;
        if state.delay >= pacing::SHORTEST {
            let delay = std::mem::take(&mut state.delay).min(pacing::LONGEST);
            MutexGuard::unlocked(&mut state, || thread::sleep(delay));
            self.counters.slowdowns.add(1);
            self.counters.slowdown_microseconds.add(delay.as_micros() as u64);
        }
        state
    }

    /// Whether no more memtables may wait for their flush.
    fn is_full(&self) -> bool {
        self.published.load().sealed.len() >= self.settings.max_memtables
    }

    fn stall(&self, state: &mut MutexGuard<'_, WriteState>) {
        let began = Instant::now();
        self.background.flush_wanted();
        // A flush may have ended between the look at the version and now, without this lock.
        self.room.wait_for(state, Duration::from_millis(100));
        self.counters.stalls.add(1);
        self.counters.stall_microseconds.add(began.elapsed().as_micros() as u64);
    }

    /// Ends the log, and with `seal` the memtable, and starts new ones. All that was encoded is written and synced
    /// first.
    pub(in crate::db) fn end_log<'s>(
        &'s self,
        mut state: MutexGuard<'s, WriteState>,
        seal: bool,
    ) -> Result<MutexGuard<'s, WriteState>, Error> {
        if state.is_led() {
            self.written.wait(&mut state);
            return Ok(state);
        }
        if !state.is_on_disk() {
            state = self.sync_group(state);
            self.poison.check_first()?;
            return Ok(state);
        }
        state.leader = Leader::Ends;
        let ended = self.next_log(&mut state, seal);
        state.leader = Leader::Nobody;
        self.written.notify_all();
        match ended {
            Ok(()) => Ok(state),
            Err(error) => {
                self.fail(error);
                self.poison.check_first().map(|()| state)
            }
        }
    }

    /// Starts a log, and with `seal` a memtable. All that was encoded is on disk, but for a mark that says so, which
    /// the start mark of the new log makes needless.
    fn next_log(&self, state: &mut MutexGuard<'_, WriteState>, seal: bool) -> Result<(), Error> {
        drop(state.writer.take_unwritten());
        let (ended, last_sequence) = (state.log.clone(), state.last_sequence());
        let number = number_after(&ended.name);
        let (log, head) = MutexGuard::unlocked(state, || {
            self.log.lock().as_mut().map_or(Ok(()), OpenLog::cut)?;
            let before = Some((ended.name.as_str(), ended.synced));
            let new = NewLog { number, last_sequence, before, is_mapped: self.settings.log_mapped };
            log::create(&*self.disk, self.directory.wal(), new)
        })?;
        let sealed = if seal { Some(LogMemtable::new(last_sequence + 1, self.settings.memtable_size)?) } else { None };
        *self.log.lock() = Some(log);
        state.log = head;
        (state.mark_len, state.unsynced, state.synced_ahead) = (0, 0, 0);
        state.ended_logs.push(LogFile { name: ended.name, length: ended.synced });
        if let Some((memtable, writer)) = sealed {
            let content = Content::Written(Arc::clone(state.writer.memtable()));
            let sealed = Sealed { content, logs: std::mem::take(&mut state.ended_logs) };
            state.writer = writer;
            self.publish(|version| {
                version.sealed.push(Arc::new(sealed));
                version.active = memtable;
            });
            self.background.flush_wanted();
        }
        Ok(())
    }
}
