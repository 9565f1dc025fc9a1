//! Edits: how one version becomes the next, on disk and in memory.

use super::database::Inner;
use super::kept::remove_or_keep;
use super::options::LogLevel;
use super::sealed::{LogFile, Sealed};
use super::set_writer::Done;
use super::tables::NewLiveTable;
use super::version::Version;
use crate::error::Error;
use crate::memory::push;
use crate::version::run::{LiveTable, Run};
use crate::versions::{Change, State, VersionsFile};
use std::io;
use std::path::Path;
use std::sync::Arc;

/// When so many logs have been removed, they are forgotten. Every table that is written names all that are not.
const FORGOTTEN_AT_ONCE: usize = 16;

/// What is in `VERSIONS`, and the file.
#[derive(Debug)]
pub(super) struct Edits {
    pub(super) state: State,
    /// `None` if the database is read-only.
    pub(super) file: Option<VersionsFile>,
    /// Tables that were replaced, and have their names still, the oldest first.
    replaced: Vec<Arc<LiveTable>>,
    /// Logs that were removed, and are known still, the oldest first.
    removed_logs: Vec<String>,
}

impl Edits {
    pub(super) fn new(state: State, file: Option<VersionsFile>) -> Self {
        Self { state, file, replaced: Vec::new(), removed_logs: Vec::new() }
    }

    /// Takes their names from tables that edits have replaced. Before the names of an edit are brought to disk, those
    /// of what was replaced before have to be gone, so this comes first in each edit.
    pub(super) fn take_names(&mut self) -> Result<(), Error> {
        while let Some(table) = self.replaced.first() {
            table.replaced.replace().map_err(|error| Error::io(&table.path(), None, error))?;
            self.replaced.remove(0);
        }
        Ok(())
    }

    /// Makes an edit: appends it, syncs it, and takes it in. A failure poisons the database, for the edit may be in the
    /// file or not.
    pub(super) fn make(&mut self, inner: &Inner, changes: &[Change<'_>]) -> Result<(), Error> {
        let Some(file) = &mut self.file else { return Err(Error::ReadOnly) };
        let made = file.append(changes).and_then(|()| Ok(self.state.apply(changes.iter().copied())?));
        if let Err(error) = made {
            inner.fail(error);
            return inner.poison.check_first();
        }
        if file.is_overgrown()
            && let Err(error) = file.rewrite(&*inner.disk, &self.state)
        {
            // The edit is made all the same.
            inner.fail(error);
        }
        Ok(())
    }

    /// Makes an edit that writes the file anew, whatever has failed before.
    pub(super) fn make_anew(&mut self, inner: &Inner, changes: &[Change<'_>]) -> Result<(), Error> {
        let mut state = self.state.copied()?;
        state.apply(changes.iter().copied())?;
        let Some(file) = &mut self.file else { return Err(Error::ReadOnly) };
        file.rewrite(&*inner.disk, &state)?;
        self.state = state;
        // A sync may have failed, and a later one does not say that these are gone.
        self.removed_logs.clear();
        Ok(())
    }

    /// Forgets logs that were removed, the oldest first, whose directory has been synced since, but for the last: the
    /// start mark of the log after it names it.
    fn forget_logs(&mut self, mut removed: Vec<String>) {
        self.removed_logs.extend(removed.pop());
        for name in removed {
            self.state.logs.remove(name.as_bytes());
        }
    }
}

impl Inner {
    /// Publishes the tables of an edit, and begins the changes that it consists of.
    pub(super) fn begin_edit(
        &self,
        edits: &mut Edits,
        done: Vec<Done>,
    ) -> Result<(Vec<NewLiveTable>, Vec<Change<'static>>), Error> {
        edits.take_names()?;
        let (live, mut changes) = (self.tables.publish(done)?, Vec::new());
        for table in &live {
            push(&mut changes, table.change())?;
        }
        push(&mut changes, Change::NextNumber(self.tables.numbers_end()))?;
        Ok((live, changes))
    }

    /// Puts tables in the place of the oldest sealed memtable.
    pub(super) fn install_flush(&self, sealed: &Arc<Sealed>, done: Vec<Done>) -> Result<(), Error> {
        let mut edits = self.edits.lock();
        let (live, mut changes) = self.begin_edit(&mut edits, done)?;
        for log in &sealed.logs {
            push(&mut changes, Change::LogTakenIn { name: log.name.as_bytes(), length: log.length })?;
        }
        push(&mut changes, Change::LastSequence(self.last_sequence()))?;
        edits.make(self, &changes)?;
        self.publish(|version| {
            version.sealed.retain(|other| !Arc::ptr_eq(other, sealed));
            version.add_tables(&live);
        });
        drop(edits);
        self.remove_logs(&sealed.logs, self.settings.log_retention > 0);
        Ok(())
    }

    /// Puts tables in the place of others, which are given the oldest first.
    pub(super) fn install_compaction(&self, replaced: &[Arc<LiveTable>], done: Vec<Done>) -> Result<(), Error> {
        let mut edits = self.edits.lock();
        let (live, mut changes) = self.begin_edit(&mut edits, done)?;
        for table in replaced {
            let gone = match table.number {
                Some(number) => Change::TableGone { number },
                None => Change::ForeignGone { name: table.name.as_bytes() },
            };
            push(&mut changes, gone)?;
        }
        edits.make(self, &changes)?;
        self.publish(|version| {
            version.remove_tables(replaced);
            version.add_tables(&live);
        });
        // The oldest first: if a crash leaves some of them, what is newer is still there to hide them.
        edits.replaced.extend(replaced.iter().cloned());
        let mut gone = edits.take_names();
        if live.is_empty() {
            // No table says what these were replaced by, if `VERSIONS` is lost.
            gone = gone.and_then(|()| self.tables.sync_names());
        }
        if let Err(error) = gone {
            self.tell(LogLevel::Warning, format_args!("a table that was replaced keeps its name for now: {error}"));
        }
        Ok(())
    }

    /// Removes logs of ours of which nothing is needed any more, the oldest first, or keeps them where Kevo does not
    /// look. What cannot be removed goes at the next opening.
    pub(super) fn remove_logs(&self, logs: &[LogFile], keeps: bool) {
        let mut removed = Vec::new();
        for log in logs {
            let path = self.directory.wal().join(Path::new(&log.name));
            let limit = if keeps { self.settings.log_retention } else { 0 };
            match remove_or_keep(&*self.disk, &self.directory, &log.name, limit) {
                Ok(()) => removed.push(log.name.clone()),
                Err(error) => {
                    self.tell(LogLevel::Warning, format_args!("{}: cannot be removed: {error}", path.display()));
                }
            }
        }
        if let Err(error) = self.forget_logs(removed) {
            self.tell(LogLevel::Warning, format_args!("logs that are removed stay known: {error}"));
        }
    }

    /// Forgets logs that were removed, some at once. A crash must not bring back one that is not known any more, so
    /// their directory is synced before.
    fn forget_logs(&self, removed: Vec<String>) -> io::Result<()> {
        let mut edits = self.edits.lock();
        edits.removed_logs.extend(removed);
        if edits.removed_logs.len() >= FORGOTTEN_AT_ONCE {
            // If the sync fails, they stay known: a later one would not say that they are gone.
            let removed = std::mem::take(&mut edits.removed_logs);
            self.disk.open_directory(self.directory.wal())?.sync()?;
            edits.forget_logs(removed);
        }
        Ok(())
    }
}

impl Version {
    fn remove_tables(&mut self, gone: &[Arc<LiveTable>]) {
        let is_gone = |table: &Arc<LiveTable>| gone.iter().any(|other| Arc::ptr_eq(other, table));
        for run in self.runs.iter_mut().filter(|run| run.tables.iter().any(is_gone)) {
            *run = Arc::new(run.keeping(|table| !is_gone(table)));
        }
        self.runs.retain(|run| !run.tables.is_empty());
    }

    /// Adds tables to the runs of their ages.
    pub(super) fn add_tables(&mut self, new: &[NewLiveTable]) {
        for new in new.chunk_by(|one, other| one.name.age == other.name.age) {
            let (age, level) = (new[0].name.age, new[0].level);
            let new = new.iter().map(|new| Arc::clone(&new.table));
            match self.runs.binary_search_by(|run| age.cmp(&run.age)) {
                Ok(at) => {
                    let tables = self.runs[at].tables.iter().cloned().chain(new).collect();
                    self.runs[at] = Arc::new(Run::new(age, level, tables));
                }
                Err(at) => self.runs.insert(at, Arc::new(Run::new(age, level, new.collect()))),
            }
        }
    }
}
