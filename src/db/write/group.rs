//! Groups: what has been encoded and is not yet in the log, the thread that leads one there, and those who wait for it.

use super::state::{Leader, WriteState};
use crate::db::database::Inner;
use crate::db::options::SyncMode;
use crate::error::Error;
use crate::log_memtable::Unwritten;
use crate::sync::blocking::{Instant, MutexGuard, thread};
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

/// After so many bytes of log a thread begins to bring it to disk, so that the sync at its end does not take long: all
/// writers wait for that one. Near the end it begins after fewer.
const SYNC_AHEAD: RangeInclusive<u64> = 512 << 10..=8 << 20;
/// What [`SyncMode::Buffered`] keeps back at most.
const BUFFERED_LEN: u64 = 64 << 10;
/// And for how long.
pub(in crate::db) const BUFFERED_FOR: Duration = Duration::from_millis(10);

impl Inner {
    /// Waits until the group that is being encoded is in the log, and leads it there if nobody else does.
    pub(in crate::db) fn wait_until_written<'s>(
        &'s self,
        mut state: MutexGuard<'s, WriteState>,
    ) -> Result<MutexGuard<'s, WriteState>, Error> {
        let group = state.group;
        state.waiting += 1;
        let written = loop {
            if state.written >= group {
                break Ok(());
            }
            if let Err(failure) = self.poison.check_first() {
                break Err(failure);
            }
            state = self.lead_or_wait(state);
        };
        state.waiting -= 1;
        if self.poison.is_set() {
            // A resume waits for that.
            self.written.notify_all();
        }
        written.map(|()| state)
    }

    /// Writes and syncs what was encoded, or waits for the thread that writes.
    pub(in crate::db) fn sync_group<'s>(&'s self, mut state: MutexGuard<'s, WriteState>) -> MutexGuard<'s, WriteState> {
        state.sync_wanted |= !state.is_led();
        self.lead_or_wait(state)
    }

    /// Leads the group that is being encoded to the log, or waits until the thread that leads has done that with its
    /// own.
    pub(super) fn lead_or_wait<'s>(&'s self, mut state: MutexGuard<'s, WriteState>) -> MutexGuard<'s, WriteState> {
        if state.is_led() {
            self.written.wait(&mut state);
            return state;
        }
        self.lead(state)
    }

    /// Appends all that has been encoded to the log, syncs it if that is wanted or due, and makes it visible. A failure
    /// poisons the database.
    fn lead<'s>(&'s self, mut state: MutexGuard<'s, WriteState>) -> MutexGuard<'s, WriteState> {
        state.leader = Leader::Appends;
        if state.sync_wanted {
            wait_for_company(&mut state);
        }
        let (unwritten, end) = (state.writer.take_unwritten(), state.writer.next_sequence());
        let memtable = Arc::clone(state.writer.memtable());
        let group = state.group;
        state.group += 1;
        self.counters.groups.add(1);
        state.unsynced += unwritten.len();
        let is_due = matches!(self.settings.sync, SyncMode::Bytes(bytes) if state.unsynced >= bytes);
        let sync = std::mem::take(&mut state.sync_wanted) || is_due;
        let end_in_log = state.log.len;
        state.mark_len = 0;
        if sync {
            // It is the first of the next group, which is appended only if this one is synced.
            state.encode_synced_mark(end_in_log);
            (state.unsynced, state.synced_ahead) = (0, end_in_log);
        } else {
            self.sync_ahead(&mut state);
        }
        state.appending = unwritten.len();
        let departed = sync.then(|| (state.company.depart(), Instant::now()));
        let written = MutexGuard::unlocked(&mut state, || self.append(unwritten, sync));
        (state.leader, state.appending) = (Leader::Nobody, 0);
        match written {
            Ok(()) => {
                // Buffered writes that came meanwhile are visible already.
                memtable.publish(end.max(memtable.visible_end()));
                state.written = group;
                if let Some((members, began)) = departed {
                    state.log.synced = end_in_log;
                    state.company.release(members, began.elapsed());
                }
            }
            Err(error) => self.fail(error),
        }
        self.written.notify_all();
        state
    }

    /// Has the log brought to disk meanwhile, if there is much of it that is not.
    fn sync_ahead(&self, state: &mut WriteState) {
        let of_memtable = self.settings.memtable_size.saturating_sub(state.writer.memtable().approximate_size());
        let left = self.settings.log_size.saturating_sub(state.log.len).min(of_memtable);
        if state.log.len > state.synced_ahead + (left / 4).clamp(*SYNC_AHEAD.start(), *SYNC_AHEAD.end()) {
            state.synced_ahead = state.log.len;
            self.background.sync_ahead(&state.log.name);
        }
    }

    fn append(&self, unwritten: Unwritten, sync: bool) -> Result<(), Error> {
        self.counters.log_bytes.add(unwritten.len());
        let mut log = self.log.lock();
        let log = log.as_mut().ok_or(Error::ReadOnly)?;
        log.append(unwritten)?;
        if sync {
            self.counters.syncs.add(1);
            log.sync()?;
        }
        Ok(())
    }

    /// Makes what was encoded visible before it is in the log, and hands it to the system if it has become much.
    pub(super) fn acknowledge_buffered<'s>(&'s self, mut state: MutexGuard<'s, WriteState>) -> Result<(), Error> {
        let end = state.writer.next_sequence();
        state.writer.memtable().publish(end);
        // What is being appended is not in the log yet: a crash of the process loses it, too.
        while state.appending + state.writer.unwritten_len() >= BUFFERED_LEN {
            self.poison.check_first()?;
            state = self.lead_or_wait(state);
        }
        drop(state);
        self.background.buffered();
        Ok(())
    }

    /// Hands to the system what was kept back.
    pub(in crate::db) fn write_buffered(&self) {
        let mut state = self.write.lock();
        while state.has_unwritten() && self.poison.check_first().is_ok() {
            state = self.lead_or_wait(state);
        }
    }
}

/// Lets others encode their operations first, who will write soon.
fn wait_for_company(state: &mut MutexGuard<'_, WriteState>) {
    let patience = state.company.patience();
    if patience.is_zero() {
        return;
    }
    let began = Instant::now();
    while !state.company.is_complete() && began.elapsed() < patience {
        MutexGuard::unlocked(state, thread::yield_now);
    }
    state.company.waited();
}
