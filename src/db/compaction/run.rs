//! Does a compaction.

use super::task::Task;
use super::{leveled, tiered};
use crate::db::database::Inner;
use crate::db::events::Outcome;
use crate::db::flush::SYNC_EVERY;
use crate::db::options::{CompactionStyle, LogLevel};
use crate::db::sealed::is_tombstone;
use crate::db::set_writer::{SetProperties, SetWriter};
use crate::db::version::Version;
use crate::error::Error;
use crate::memory::push;
use crate::scan::Scan;
use crate::sync::blocking::{Instant, thread};
use crate::table::{Properties, SourceTable};
use crate::version::run::Run;
use crate::version::source::{Purpose, Source};
use crate::view::iterator::Iter;
use std::sync::Arc;
use std::time::Duration;

/// Entries that are taken from the merge at once.
const AT_ONCE: usize = 256;

/// Told how much is done, in bytes; true ends the compaction.
pub(in crate::db) type Progress<'p> = &'p mut dyn FnMut(u64, u64) -> bool;

impl Inner {
    /// Does the compaction that is due first; false if none is.
    pub(in crate::db) fn compact_once(&self) -> Result<bool, Error> {
        if self.poison.is_set() {
            return Ok(false);
        }
        self.compact_picked(|is_claimed| self.pick(is_claimed))
    }

    /// Does a compaction that saves space, when nothing else is to be done; false if there is none.
    pub(in crate::db) fn compact_idle(&self) -> Result<bool, Error> {
        if self.poison.is_set() || self.settings.compaction != CompactionStyle::Tiered {
            return Ok(false);
        }
        self.compact_picked(|is_claimed| tiered::pick_idle(&self.published.load(), is_claimed))
    }

    fn compact_picked(&self, pick: impl FnOnce(&dyn Fn(u64) -> bool) -> Option<Task>) -> Result<bool, Error> {
        let Some(claim) = self.claims.take(pick) else { return Ok(false) };
        let compacted = self.compact(&claim.task, &mut |_, _| false);
        match compacted {
            Err(Error::Cancelled) => Ok(false),
            Err(error) => {
                self.tell(LogLevel::Error, format_args!("a compaction failed, and is tried again later: {error}"));
                let error = Arc::new(error);
                *self.compaction_failure.lock() = Some(Arc::clone(&error));
                self.counters.failed_compactions.add(1);
                Err(Error::Failed(error))
            }
            Ok(()) => {
                *self.compaction_failure.lock() = None;
                Ok(true)
            }
        }
    }

    fn pick(&self, is_claimed: &dyn Fn(u64) -> bool) -> Option<Task> {
        let (version, size) = (self.published.load(), self.settings.memtable_size);
        match self.settings.compaction {
            CompactionStyle::None => None,
            style => pick_foreign(&version, is_claimed).or_else(|| match style {
                CompactionStyle::Tiered => tiered::pick(&version, size, is_claimed),
                CompactionStyle::Leveled => leveled::pick(&version, size, is_claimed),
                CompactionStyle::None => None,
            }),
        }
    }

    /// Merges the tables of a task, and puts the outcome in their place.
    pub(in crate::db) fn compact(&self, task: &Task, progress: Progress<'_>) -> Result<(), Error> {
        let (version, began) = (self.published.load_full(), Instant::now());
        self.tables.promise_age(task.age);
        let (mut writer, mut sources) =
            (SetWriter::new(&self.tables, self.set_of(task)?, task.age, task.level), Vec::new());
        for run in task.inputs.iter().rev() {
            check_whole(run)?;
            push(&mut sources, Source::Run(Arc::new(run.clone()), Purpose::Rewriting))?;
        }
        let scan = Scan { tombstones: true, ..Scan::default() };
        let mut entries = Iter::new(Arc::new(()), sources.into_iter(), u64::MAX, &scan)?;
        let (older, total) = (task.older(&version), task.bytes());
        let (mut read, mut pace) = (0, Pace::new(self.settings.compaction_rate));
        loop {
            let mut added = Ok(());
            let count = entries.next_batch(AT_ONCE, |_, entry| {
                read += (entry.key.len() + entry.value.len()) as u64;
                if added.is_ok() && !(is_tombstone(&entry) && is_needless(entry.key, &older)) {
                    let value = (!is_tombstone(&entry)).then_some(entry.value);
                    added = writer.add(entry.key, entry.sequence, value);
                }
            })?;
            added?;
            if count == 0 {
                break;
            }
            if self.background.is_stopping() || progress(read.min(total), total) {
                return Err(Error::Cancelled);
            }
            pace.keep(writer.written());
        }
        let (done, replaced) = (writer.finish()?, task.tables());
        let outcome = Outcome::of(&done);
        self.counters.compaction_bytes.add(outcome.bytes);
        self.counters.compaction_read_bytes.add(total);
        self.install_compaction(&replaced, done)?;
        self.counters.compactions.add(1);
        self.tell_compaction(task.level, (replaced.len(), total), outcome, began);
        Ok(())
    }

    fn set_of(&self, task: &Task) -> Result<SetProperties, Error> {
        let mut source_tables = Vec::new();
        for table in task.tables() {
            let name = table.name.clone().into_bytes();
            push(&mut source_tables, SourceTable { length: table.length, set: table.set, name })?;
        }
        let properties = Properties { source_tables, ..self.edits.lock().state.properties()? };
        Ok(SetProperties { properties, table_size: self.settings.table_size, sync_every: SYNC_EVERY })
    }
}

/// Tables of Kevo are merged with all that is older, so that none is left.
fn pick_foreign(version: &Version, is_claimed: &dyn Fn(u64) -> bool) -> Option<Task> {
    let is_foreign = |run: &Arc<Run>| run.tables.iter().any(|table| table.number.is_none());
    let newest = version.runs.iter().position(is_foreign)?;
    let inputs = &version.runs[newest..];
    if inputs.iter().any(|run| is_claimed(run.age)) {
        return None;
    }
    let newer = newest.checked_sub(1).map(|newer| &*version.runs[newer]);
    Task::merging(inputs, newer, tiered::FANOUT as u32)
}

/// Whether no older run has a version of the key that a tombstone has to hide.
fn is_needless(key: &[u8], older: &[Run]) -> bool {
    !older.iter().any(|run| run.may_have(key))
}

/// A table of which a part was passed over when it was opened is not written anew: the part would be lost in silence.
fn check_whole(run: &Run) -> Result<(), Error> {
    for table in &run.tables {
        if let Some(damage) = table.table.passed_over().first() {
            let (offset, length, what) = (damage.offset, damage.length, damage.what);
            return Err(Error::CorruptTable { path: table.path(), offset, length, what });
        }
    }
    Ok(())
}

/// Keeps a compaction below a number of bytes a second.
struct Pace {
    rate: u64,
    began: Instant,
}

impl Pace {
    fn new(rate: u64) -> Self {
        Self { rate, began: Instant::now() }
    }

    fn keep(&mut self, written: u64) {
        if let Some(due) = written.saturating_mul(1000).checked_div(self.rate) {
            let due = Duration::from_millis(due);
            thread::sleep(due.saturating_sub(self.began.elapsed()).min(Duration::from_millis(100)));
        }
    }
}
