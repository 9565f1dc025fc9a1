//! Writes go on after a failure.

use super::background::Work;
use super::close::current_length;
use super::database::Inner;
use super::log::{self, NewLog};
use super::options::LogLevel;
use super::sealed::{Content, LogFile, Sealed};
use crate::error::Error;
use crate::log::write::name::number_after;
use crate::log_memtable::LogMemtable;
use crate::memory::push;
use crate::sync::blocking::Instant;
use crate::table::TableName;
use crate::versions::{Change, State};
use std::ops::ControlFlow;
use std::sync::Arc;

impl Inner {
    /// Makes durable anew what memory holds, and takes writes again. A database without a failure stays as it is. A
    /// flush or a compaction that runs just now is waited for: if it fails, that is one more failure to resume after.
    pub(crate) fn resume(&self) -> Result<(), Error> {
        self.check_readable()?;
        if self.settings.read_only {
            return Err(Error::ReadOnly);
        }
        let alone = self.background.alone(&[Work::Flushes, Work::Compactions]).ok_or(Error::Closed)?;
        let resumed = self.resume_alone();
        if resumed.is_ok() {
            // It is tried again now, and told anew if it fails again.
            *self.compaction_failure.lock() = None;
        }
        drop(alone);
        if resumed.is_ok() {
            self.background.flush_wanted();
            self.background.compactions_wanted();
        }
        resumed
    }

    fn resume_alone(&self) -> Result<(), Error> {
        let began = Instant::now();
        let mut state = self.write.lock();
        // Each call that waits has to learn of the failure before it is gone: its group counts as written afterwards.
        while state.is_led() || (self.poison.is_set() && state.waiting > 0) {
            self.written.wait(&mut state);
        }
        if !self.poison.is_set() {
            return Ok(());
        }
        // Nobody appends to this log any more, so what is there of what failed stays out of account.
        let length = current_length(&*self.disk, &self.directory.wal().join(&state.log.name))?;
        let mut logs = std::mem::take(&mut state.ended_logs);
        logs.push(LogFile { name: state.log.name.clone(), length });
        let content = Content::Written(Arc::clone(state.writer.memtable()));
        let active = Arc::new(Sealed { content, logs: logs.clone() });
        state.ended_logs.clone_from(&logs);
        let result = self.resume_with(&active, &logs, &mut state);
        if result.is_ok() {
            state.ended_logs.clear();
        }
        drop(state);
        if result.is_ok() {
            self.tell_resumed(began);
        }
        result
    }

    fn resume_with(
        &self,
        active: &Arc<Sealed>,
        logs: &[LogFile],
        state: &mut super::write::WriteState,
    ) -> Result<(), Error> {
        let version = self.published.load_full();
        let mut done = Vec::new();
        for sealed in version.sealed.iter().chain([active]) {
            done.extend(self.write_sealed(sealed, self.tables.next_age(), self.set_properties(sealed)?)?);
        }
        let mut edits = self.edits.lock();
        let (live, mut changes) = self.begin_edit(&mut edits, done)?;
        let last_sequence = state.writer.next_sequence() - 1;
        let taken: Vec<LogFile> =
            version.sealed.iter().flat_map(|sealed| sealed.logs.iter().cloned()).chain(logs.iter().cloned()).collect();
        changes.extend(taken.iter().map(|log| Change::LogTakenIn { name: log.name.as_bytes(), length: log.length }));
        changes.push(Change::LastSequence(last_sequence));
        edits.make_anew(self, &changes)?;
        self.remove_unnamed(&edits.state);
        let number = number_after(&state.log.name);
        // What failed has had numbers that nobody saw: a reader of the feed does not miss them.
        let seen = state.writer.memtable().visible_end() - 1;
        let new = NewLog { number, last_sequence: seen, before: None, is_mapped: self.settings.log_mapped };
        let (open_log, head) = log::create(&*self.disk, self.directory.wal(), new)?;
        let (memtable, writer) = LogMemtable::new(last_sequence + 1, self.settings.memtable_size)?;
        *self.log.lock() = Some(open_log);
        state.start_anew(writer, head);
        self.publish(|version| {
            version.sealed.clear();
            version.active = memtable;
            version.add_tables(&live);
        });
        self.poison.clear();
        self.counters.resumes.add(1);
        drop(edits);
        // What failed is in the last one, which is not kept for readers of the feed.
        let (ended, failed) = taken.split_at(taken.len() - 1);
        self.remove_logs(ended, self.settings.log_retention > 0);
        self.remove_logs(failed, false);
        Ok(())
    }

    /// Removes the tables that edits which failed would have added. If `VERSIONS` was lost later, they would be taken
    /// for tables of edits that were made. Nobody else makes tables now.
    fn remove_unnamed(&self, state: &State) {
        let (sst, mut unnamed) = (self.directory.sst(), Vec::new());
        let listed = self.disk.list(sst, &mut |name| {
            let table = name.to_str().and_then(TableName::parse);
            if table.is_some_and(|table| !state.tables.contains_key(&table.number))
                && push(&mut unnamed, sst.join(name)).is_err()
            {
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        });
        let removed = unnamed.iter().try_for_each(|path| self.disk.remove(path));
        if let Err(error) = listed.and(removed) {
            self.tell(LogLevel::Warning, format_args!("{}: a table cannot be removed: {error}", sst.display()));
        }
    }
}
