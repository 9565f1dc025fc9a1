//! The threads of a database: one for flushes, some for compactions, one that brings the log to disk ahead of its
//! syncs, and one that hands buffered writes to the system.
//! An idle database uses no processor time: each thread sleeps until it is told that there is something to do.

use super::database::Inner;
use super::options::SyncMode;
use super::write::BUFFERED_FOR;
use crate::error::Error;
use crate::sync::blocking::thread::{self, JoinHandle};
use crate::sync::blocking::{Condvar, Instant, Mutex, MutexGuard};
use crate::sync::{AtomicBool, Memory};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

/// When no compaction was wanted for so long, what is left to gain is looked for.
const IDLE: Duration = Duration::from_secs(2);
/// After a compaction that failed, the next is tried so much later.
const RETRY: Duration = Duration::from_secs(10);

/// What the threads of a database are told.
#[derive(Debug, Default)]
pub(super) struct Background {
    state: Mutex<State>,
    /// There may be something to do, or to wait for no longer.
    changed: Condvar,
    is_stopping: AtomicBool,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

#[derive(Debug, Default)]
struct State {
    flush_wanted: bool,
    compactions_wanted: bool,
    /// When the database counts as idle, if that was not looked at since a compaction was wanted.
    idle_at: Option<Instant>,
    buffered: bool,
    /// A log that should be brought to disk.
    sync_ahead: Option<String>,
    /// How often it was paused and not continued since.
    pauses: usize,
    /// How many threads flush just now, and how many compact.
    working: [usize; 2],
    /// Whether a caller does that itself, so that no thread begins with it.
    is_alone: [bool; 2],
}

/// What threads do, and a caller can do in their place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Work {
    Flushes,
    Compactions,
}

/// A caller does some work itself, alone, until this is dropped.
pub(super) struct Alone<'b> {
    background: &'b Background,
    work: &'b [Work],
}

impl State {
    /// Whether a thread may begin with this work.
    fn may_begin(&self, work: Work) -> bool {
        self.pauses == 0 && !self.is_alone[work as usize]
    }

    fn is_working(&self) -> bool {
        self.working.iter().any(|&working| working > 0)
    }
}

/// What a thread does when it is told to.
#[derive(Clone, Copy, Debug)]
enum Duty {
    Flush,
    Compact,
    /// Hands to the system what was kept back.
    Buffered,
    /// Brings to disk what will have to be there soon.
    SyncAhead,
}

impl Background {
    /// Starts the threads of `inner`.
    pub(super) fn start(inner: &Arc<Inner>) -> Result<(), Error> {
        let compactions = std::iter::repeat_n(Duty::Compact, inner.settings.compaction_threads.max(1));
        let sync_ahead = (inner.settings.sync != SyncMode::Always).then_some(Duty::SyncAhead);
        let buffered = (inner.settings.sync == SyncMode::Buffered).then_some(Duty::Buffered);
        for duty in [Duty::Flush].into_iter().chain(compactions).chain(sync_ahead).chain(buffered) {
            let own = Arc::clone(inner);
            let name = match duty {
                Duty::Flush => "kevo-flush",
                Duty::Compact => "kevo-compact",
                Duty::Buffered => "kevo-buffered",
                Duty::SyncAhead => "kevo-sync",
            };
            let spawned = thread::Builder::new().name(name.to_owned()).spawn(move || own.background.run(&own, duty));
            match spawned {
                Ok(thread) => inner.background.threads.lock().push(thread),
                Err(error) => {
                    inner.background.stop();
                    return Err(Error::io(inner.directory.root(), None, error));
                }
            }
        }
        Ok(())
    }

    /// Ends all threads, and returns when they have ended, and so has what callers do in their place.
    pub(super) fn stop(&self) {
        self.is_stopping.store(true, Memory::Release);
        drop(self.state.lock());
        self.changed.notify_all();
        for thread in std::mem::take(&mut *self.threads.lock()) {
            // It has caught its own panic.
            let _ = thread.join();
        }
        let mut state = self.state.lock();
        while state.is_alone.contains(&true) {
            self.changed.wait(&mut state);
        }
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.is_stopping.load(Memory::Acquire)
    }

    /// There is a memtable to be flushed.
    pub(super) fn flush_wanted(&self) {
        self.tell(|state| state.flush_wanted = true);
    }

    /// There may be something to compact.
    pub(super) fn compactions_wanted(&self) {
        self.tell(|state| state.compactions_wanted = true);
    }

    /// A write was kept back.
    pub(super) fn buffered(&self) {
        let mut state = self.state.lock();
        if !std::mem::replace(&mut state.buffered, true) {
            self.changed.notify_all();
        }
    }

    /// The log of this name should be brought to disk, while it is written to.
    pub(super) fn sync_ahead(&self, log: &str) {
        self.tell(|state| state.sync_ahead = Some(log.to_owned()));
    }

    fn tell(&self, what: impl FnOnce(&mut State)) {
        what(&mut self.state.lock());
        self.changed.notify_all();
    }

    /// Begins no more flushes and compactions, and waits until those that have begun are done.
    pub(super) fn pause(&self) {
        let mut state = self.state.lock();
        state.pauses += 1;
        while state.is_working() && !self.is_stopping() {
            self.changed.wait(&mut state);
        }
    }

    pub(super) fn is_paused(&self) -> bool {
        self.state.lock().pauses > 0
    }

    /// Lets the calling thread do this work, paused or not, when nobody else does it; nothing if the threads are being
    /// ended.
    pub(super) fn alone<'b>(&'b self, work: &'b [Work]) -> Option<Alone<'b>> {
        let mut state = self.state.lock();
        let is_done = |state: &State, work: Work| state.working[work as usize] > 0 || state.is_alone[work as usize];
        while !self.is_stopping() && work.iter().any(|&work| is_done(&state, work)) {
            self.changed.wait(&mut state);
        }
        if self.is_stopping() {
            return None;
        }
        for &work in work {
            state.is_alone[work as usize] = true;
        }
        Some(Alone { background: self, work })
    }

    /// Takes back one pause; false if there is none.
    pub(super) fn go_on(&self) -> bool {
        let mut state = self.state.lock();
        let was_paused = state.pauses > 0;
        state.pauses = state.pauses.saturating_sub(1);
        self.changed.notify_all();
        was_paused
    }

    fn run(&self, inner: &Arc<Inner>, duty: Duty) {
        // Nothing is half done that is looked at again: a panic poisons the database.
        let ended = catch_unwind(AssertUnwindSafe(|| match duty {
            Duty::Flush => self.run_flushes(inner),
            Duty::Compact => self.run_compactions(inner),
            Duty::Buffered => self.run_buffered(inner),
            Duty::SyncAhead => self.run_sync_ahead(inner),
        }));
        if ended.is_err() {
            inner
                .poison
                .set(Error::InvalidArgument("an error in the library itself: a thread of the database panicked"));
        }
    }

    fn run_flushes(&self, inner: &Arc<Inner>) {
        while self.wait_for(Work::Flushes, |state| std::mem::take(&mut state.flush_wanted)) {
            while !self.is_stopping() && inner.flush_oldest() {}
            self.done(Work::Flushes);
        }
    }

    fn run_compactions(&self, inner: &Arc<Inner>) {
        while let Some(is_idle) = self.wait_for_compaction() {
            let compacted = if is_idle { inner.compact_idle() } else { inner.compact_once() };
            if matches!(compacted, Ok(true)) {
                // Another thread can look for more at the same time.
                self.compactions_wanted();
            }
            self.done(Work::Compactions);
            if compacted.is_err() {
                self.sleep(RETRY);
                self.compactions_wanted();
            }
        }
    }

    fn run_buffered(&self, inner: &Arc<Inner>) {
        while self.wait_until(|state| state.buffered.then_some(())).is_some() {
            thread::sleep(BUFFERED_FOR / 2);
            self.state.lock().buffered = false;
            inner.write_buffered();
        }
    }

    fn run_sync_ahead(&self, inner: &Arc<Inner>) {
        while let Some(log) = self.wait_until(|state| state.sync_ahead.take()) {
            // If it fails, the sync that counts fails as well.
            let _ = inner.disk.sync_ahead(&inner.directory.wal().join(log));
        }
    }

    /// Waits until there is something to do, and gives it; `None` if the thread has to end.
    fn wait_until<T>(&self, mut is_due: impl FnMut(&mut State) -> Option<T>) -> Option<T> {
        let mut state = self.state.lock();
        while !self.is_stopping() {
            if let Some(due) = is_due(&mut state) {
                return Some(due);
            }
            self.changed.wait(&mut state);
        }
        None
    }

    /// Waits until compactions are wanted, or nothing was for a while: whether that is so; `None` if the thread has
    /// to end.
    fn wait_for_compaction(&self) -> Option<bool> {
        let mut state = self.state.lock();
        loop {
            if self.is_stopping() {
                return None;
            }
            let may_begin = state.may_begin(Work::Compactions);
            let is_wanted = may_begin && std::mem::take(&mut state.compactions_wanted);
            let idle_at = state.idle_at.filter(|_| may_begin);
            let is_idle = idle_at.is_some_and(|at| at <= Instant::now());
            if is_wanted || is_idle {
                // What comes of this one decides whether there is more to do.
                state.idle_at = if is_wanted { Some(Instant::now() + IDLE) } else { None };
                state.working[Work::Compactions as usize] += 1;
                return Some(!is_wanted);
            }
            match idle_at {
                Some(at) => drop(self.changed.wait_until(&mut state, at)),
                None => self.changed.wait(&mut state),
            }
        }
    }

    /// Waits until this work may begin and `is_due` holds, and counts this thread as working; false if it has to end.
    fn wait_for(&self, work: Work, mut is_due: impl FnMut(&mut State) -> bool) -> bool {
        let begun = self.wait_until(|state| {
            let begins = state.may_begin(work) && is_due(state);
            state.working[work as usize] += usize::from(begins);
            begins.then_some(())
        });
        begun.is_some()
    }

    fn done(&self, work: Work) {
        let mut state: MutexGuard<'_, State> = self.state.lock();
        state.working[work as usize] -= 1;
        self.changed.notify_all();
    }

    fn sleep(&self, time: Duration) {
        let mut state = self.state.lock();
        let until = Instant::now() + time;
        while !self.is_stopping() && !self.changed.wait_until(&mut state, until).timed_out() {}
    }
}

impl Drop for Alone<'_> {
    fn drop(&mut self) {
        let mut state = self.background.state.lock();
        self.work.iter().for_each(|&work| state.is_alone[work as usize] = false);
        self.background.changed.notify_all();
    }
}
