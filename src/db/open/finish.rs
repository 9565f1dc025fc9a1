//! What an opening changes on disk.

use super::known::Known;
use super::logs::{Recovered, TakenIn};
use super::look::{self, FoundLog};
use super::{Findings, Opening};
use crate::damage::{Cause, DamageKind};
use crate::db::database::{Database, Parts};
use crate::db::directory::DatabaseDirectory;
use crate::db::install::Edits;
use crate::db::kept::remove_or_keep;
use crate::db::log::{self, LogHead, NewLog, OpenLog};
use crate::db::options::SyncMode;
use crate::db::tables::{NewLiveTable, Tables};
use crate::db::version::Version;
use crate::disk::Disk;
use crate::error::Error;
use crate::kevo_directory::{self, KevoTable, Keys, order};
use crate::log::write::name::number_after;
use crate::log_memtable::{LogMemtable, Writer};
use crate::memory::{copied_path, push};
use crate::table::Table;
use crate::version::run::{LiveTable, Run};
use crate::versions::{Change, ListedFile, LogState, State, VersionsFile};
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What the name of a table of Kevo gets that cannot be read, and is not missed.
pub(in crate::db) const UNREADABLE: &[u8] = b".unreadable";

/// The first log after one that is not ours has no higher number, so that there are enough for those after it. Names
/// that are times get there in 2262.
const HIGHEST_LOG: u64 = 1 << 63;
/// Nor has any log of ours a higher one than this.
const HIGHEST_OF_OURS: u64 = HIGHEST_LOG + (1 << 62);

/// The tables of one age, and the level of their run.
pub(in crate::db) type Runs = BTreeMap<u64, (u32, Vec<Arc<LiveTable>>)>;

/// What Kevo can have put into tables that are new.
struct KevosTurn {
    logs_are_there: bool,
    /// There were tables of Kevo, or a crash may have brought them back, which Kevo could compact.
    had_tables: bool,
    /// There are logs that were taken in: a crash came before they had gone. Kevo reads and flushes them.
    had_old_logs: bool,
}

impl KevosTurn {
    fn of(known: &Known) -> Self {
        let state = &known.checked.state;
        let is_old = |log: &FoundLog| matches!(state.logs.get(log.name.as_bytes()), Some(LogState::TakenIn { .. }));
        Self {
            logs_are_there: known.logs.iter().any(|log| log.length > 0),
            had_tables: known.checked.had_foreign,
            had_old_logs: known.logs.iter().any(|log| !log.is_set_aside && is_old(log)),
        }
    }

    /// Whether a new table of this level may hold versions that are older than those of our runs. Without logs it may
    /// be the only place of what Kevo has written.
    fn may_be_older(&self, level: u32) -> bool {
        self.logs_are_there && (self.had_old_logs || (self.had_tables && level > 0))
    }
}

impl Opening<'_> {
    /// Opens the tables that are there, and gives ages to those of Kevo that are new.
    pub(in crate::db) fn open_all(&mut self, known: &mut Known, tables: &Tables) -> Result<Runs, Error> {
        let mut runs = Runs::new();
        let turn = KevosTurn::of(known);
        let checked = &mut known.checked;
        tables.begin_at(checked.state.next_number, checked.state.highest_age());
        self.open_tables(&checked.state, tables, &mut runs)?;
        self.adopt(&checked.new_foreign, &turn, &mut checked.state, tables, &mut runs)?;
        Ok(runs)
    }

    pub(super) fn finish(&mut self, findings: Findings, tables: Tables) -> Result<Database, Error> {
        if self.settings.read_only {
            let (version, writer, edits) = findings.for_reading()?;
            return self.start(version, writer, None, edits, tables, None);
        }
        let Findings { recovered, runs } = findings;
        let Recovered { known, done, sealed, taken_in, last_sequence } = recovered;
        let must_write = known.must_write;
        let mut state = known.checked.state;
        state.last_sequence = state.last_sequence.max(last_sequence);
        let number = self.next_log_number(&state, &taken_in)?;
        make_directories(&*self.disk, &self.directory, &mut self.made)?;
        self.set_unreadable_aside(&tables)?;
        if must_write {
            VersionsFile::create(&*self.disk, self.directory.root(), &state)?;
        }
        let live = tables.publish(done)?;
        let before = sealed.iter().filter_map(|sealed| sealed.logs.last()).next_back();
        let before = before.map(|log| (log.name.as_str(), log.length));
        let is_mapped = self.settings.log_mapped;
        let new = NewLog { number, last_sequence: state.last_sequence, before, is_mapped };
        let log = log::create(&*self.disk, self.directory.wal(), new)?;
        let taken = taken_in.iter().map(|taken| &taken.log);
        let taken = taken.map(|log| Change::LogTakenIn { name: log.name.as_bytes(), length: log.length });
        let changes = live.iter().map(NewLiveTable::change).chain([Change::NextNumber(tables.numbers_end())]);
        apply(&mut state, changes)?;
        apply(&mut state, taken)?;
        forget_logs(&mut state, &known.logs);
        let file = VersionsFile::create(&*self.disk, self.directory.root(), &state)?;
        let manifest = self.manifest.renew(&*self.disk, self.directory.root(), &self.manifest_settings())?;
        self.remove_leftovers(&known.checked.leftovers, &taken_in);
        let (active, writer) = LogMemtable::new(state.last_sequence.saturating_add(1), self.settings.memtable_size)?;
        let mut version = Version { active, sealed, runs: into_runs(runs) };
        version.add_tables(&live);
        self.start(version, writer, Some(log), Edits::new(state, Some(file)), tables, Some(manifest))
    }

    fn start(
        &mut self,
        version: Version,
        writer: Writer,
        log: Option<(OpenLog, LogHead)>,
        edits: Edits,
        tables: Tables,
        manifest: Option<u32>,
    ) -> Result<Database, Error> {
        Database::start(Parts {
            disk: Arc::clone(&self.disk),
            directory: self.directory.clone(),
            settings: self.settings.clone(),
            reading: self.settings.read_only.then(|| self.options.clone()),
            manifest,
            version,
            writer,
            log,
            edits,
            tables,
            lock: self.lock.take(),
        })
    }

    /// Opens the tables that the database has.
    fn open_tables(&mut self, state: &State, tables: &Tables, runs: &mut Runs) -> Result<(), Error> {
        for table in state.tables.values() {
            let live = self.open_table(tables, &table.name.to_string(), table.length)?;
            let run = runs.entry(table.name.age).or_insert_with(|| (table.level, Vec::new()));
            run.1.extend(live);
        }
        for (name, table) in &state.foreign_tables {
            let live = self.open_table(tables, &String::from_utf8_lossy(name), table.length)?;
            let run = runs.entry(table.age).or_insert_with(|| (table.level, Vec::new()));
            run.1.extend(live);
        }
        Ok(())
    }

    /// A table that is open already, or is opened now.
    fn open_once(&self, tables: &Tables, name: &str, length: u64) -> Result<Arc<LiveTable>, Error> {
        match self.open_tables.binary_search_by(|live| live.name.as_str().cmp(name)) {
            Ok(at) if self.open_tables[at].length == length => Ok(Arc::clone(&self.open_tables[at])),
            _ => tables.open(name, length).map(Arc::new),
        }
    }

    /// Opens a table. One that cannot be read is left out, and told, if damage is to be skipped.
    pub(in crate::db) fn open_table(
        &mut self,
        tables: &Tables,
        name: &str,
        length: u64,
    ) -> Result<Option<Arc<LiveTable>>, Error> {
        match self.open_once(tables, name, length) {
            Ok(live) => {
                let path = live.path();
                for damage in live.table.passed_over() {
                    let (offset, length) = (damage.offset, damage.length);
                    self.report.add_corruption(&path, Cause::TableDamaged, offset, length)?;
                }
                if !live.table.passed_over().is_empty() {
                    self.note(&path, DamageKind::Doubt, Cause::TableOlderValues)?;
                }
                Ok(Some(live))
            }
            Err(error) => {
                let path = tables.path(name);
                match &error {
                    Error::CorruptTable { offset, length, .. } => {
                        self.report.add_corruption(&path, Cause::TableDamaged, *offset, *length)?;
                    }
                    Error::Io { .. } if self.skips_corrupted() && self.disk.info(&path).is_err() => return Ok(None),
                    _ => return Err(error),
                }
                if !self.skips_corrupted() {
                    return Err(error);
                }
                self.note(&path, DamageKind::Doubt, Cause::TableOlderValues)?;
                Ok(None)
            }
        }
    }

    /// Gives Kevo's new tables their ages: above all runs, since they hold what Kevo has written. Those that may be
    /// older than ours get ages below all runs: what else they hold is in Kevo's logs.
    fn adopt(
        &mut self,
        new: &[ListedFile],
        turn: &KevosTurn,
        state: &mut State,
        tables: &Tables,
        runs: &mut Runs,
    ) -> Result<(), Error> {
        let mut opened = Vec::new();
        for file in new {
            let live = self.open_foreign(tables, file, turn.logs_are_there)?;
            let highest = live.as_ref().map_or(Ok(0), |live| highest_sequence(&live.table))?;
            state.last_sequence = state.last_sequence.max(highest);
            opened.push(live);
        }
        let candidates: Vec<KevoTable<'_>> =
            new.iter().zip(&opened).map(|(file, live)| candidate(file, live.as_ref())).collect();
        let order = order(&candidates)?;
        // A key that a log has is newest there, whatever tables say.
        for doubt in order.doubts.iter().filter(|_| !turn.logs_are_there) {
            self.note_order(&new[doubt.older], tables)?;
        }
        let is_old = |run: &Vec<usize>| run.iter().all(|&index| turn.may_be_older(level(&new[index])));
        let mut low_ages = ages_below(state, order.runs.iter().filter(|run| is_old(run)).count() as u64);
        for run in order.runs {
            let low_age = if is_old(&run) { low_ages.next() } else { None };
            let age = low_age.unwrap_or_else(|| tables.next_age());
            for index in run {
                let file = &new[index];
                let ListedFile { name, length } = file;
                if low_age.is_some() {
                    self.note_order(file, tables)?;
                }
                if opened[index].is_none() && !self.skips_corrupted() {
                    let path = tables.path(&String::from_utf8_lossy(name));
                    push(&mut self.unreadable, path)?;
                    continue;
                }
                let change = Change::Foreign { name, age, level: level(file), length: *length };
                apply(state, [change])?;
                runs.entry(age).or_insert_with(|| (level(file), Vec::new())).1.extend(opened[index].take());
            }
        }
        Ok(())
    }

    fn note_order(&mut self, file: &ListedFile, tables: &Tables) -> Result<(), Error> {
        self.note(&tables.path(&String::from_utf8_lossy(&file.name)), DamageKind::Doubt, Cause::TableOrder)
    }

    /// Opens a new table of Kevo. One that Kevo broke when it wrote it is left out, if the logs have what it held.
    fn open_foreign(
        &mut self,
        tables: &Tables,
        file: &ListedFile,
        logs_are_there: bool,
    ) -> Result<Option<Arc<LiveTable>>, Error> {
        let name = String::from_utf8_lossy(&file.name);
        match self.open_once(tables, &name, file.length) {
            Err(Error::CorruptTable { offset, length, .. }) if logs_are_there && !self.skips_corrupted() => {
                self.report.add_corruption(&tables.path(&name), Cause::TableDamaged, offset, length)?;
                Ok(None)
            }
            Ok(live) if live.table.passed_over().is_empty() => Ok(Some(live)),
            Ok(_) | Err(_) => self.open_table(tables, &name, file.length),
        }
    }

    /// Gives names to tables of Kevo that were passed over under which neither Kevo nor we look at them: when the
    /// logs are taken in, nothing says any more that these tables are not missed.
    fn set_unreadable_aside(&self, tables: &Tables) -> Result<(), Error> {
        for path in &self.unreadable {
            let name = path.file_name().unwrap_or_default().as_bytes();
            let aside = OsStr::from_bytes(&[name, UNREADABLE].concat()).to_owned();
            let renamed = self.disk.rename(path, &path.with_file_name(aside));
            renamed.map_err(|error| Error::io(path, None, error))?;
        }
        if self.unreadable.is_empty() { Ok(()) } else { tables.sync_names() }
    }

    /// A number above that of every log that is there or known.
    fn next_log_number(&self, state: &State, taken_in: &[TakenIn]) -> Result<u64, Error> {
        let (there, _) = look::logs(&*self.disk, self.directory.wal(), true)?;
        let is_ours = |name: &str| {
            state.logs.contains_key(name.as_bytes()) || taken_in.iter().any(|log| log.is_ours && log.log.name == name)
        };
        let is_too_high = there.iter().any(|log| number_after(&log.name) > HIGHEST_LOG && !is_ours(&log.name));
        let kept = look::names(&*self.disk, &self.directory.kept())?;
        let kept = kept.iter().filter_map(|name| name.to_str()).filter(|name| name.as_bytes().ends_with(b".wal"));
        let there = there.iter().map(|log| log.name.as_str()).chain(kept).map(number_after);
        let known = state.logs.keys().map(|name| number_after(&String::from_utf8_lossy(name)));
        let number = there.chain(known).max().unwrap_or(0);
        if is_too_high || number > HIGHEST_OF_OURS {
            return Err(Error::TooLarge("a log has so high a number that there may be none above it; rename it"));
        }
        Ok(number)
    }

    /// What `MANIFEST` is to say: what options have set.
    fn manifest_settings(&self) -> kevo_directory::Settings {
        let sync = match self.settings.sync {
            SyncMode::None | SyncMode::Buffered => kevo_directory::Sync::None,
            SyncMode::Bytes(bytes) => kevo_directory::Sync::Bytes(bytes),
            SyncMode::Always => kevo_directory::Sync::Always,
        };
        kevo_directory::Settings {
            memtable_size: self.options.memtable_size,
            max_memtables: self.options.max_memtables.map(|count| count as u64),
            sync: Some(sync),
        }
    }

    /// Removes what is not needed any more. What cannot be removed now goes at the next opening.
    fn remove_leftovers(&self, leftovers: &[Vec<u8>], taken_in: &[TakenIn]) {
        for name in leftovers {
            let _ = self.disk.remove(&self.directory.sst().join(&*String::from_utf8_lossy(name)));
        }
        let mut set_aside = None;
        for log in taken_in.iter().filter(|log| !log.log.is_set_aside) {
            if log.is_ours || log.is_clean {
                let limit = self.settings.log_retention;
                let _ = remove_or_keep(&*self.disk, &self.directory, &log.log.name, limit);
            } else {
                let directory = set_aside.get_or_insert_with(|| self.set_aside_directory());
                let _ = self.disk.rename(&log.log.path, &directory.join(&log.log.name));
            }
        }
        self.remove_temporary_logs();
    }

    /// A directory as Kevo makes one for logs that it sets aside.
    fn set_aside_directory(&self) -> PathBuf {
        let now = crate::log::write::name::time_of_creation();
        let directory = self.directory.wal().join(format!("backup_libkevo_{now}"));
        let _ = self.disk.create_directory(&directory);
        directory
    }

    fn remove_temporary_logs(&self) {
        let wal = self.directory.wal();
        for name in look::names(&*self.disk, wal).unwrap_or_default() {
            let is_temporary = name.as_bytes().starts_with(b".") && name.as_bytes().ends_with(b".tmp");
            if is_temporary {
                let _ = self.disk.remove(&wal.join(Path::new(&name)));
            }
        }
    }
}

impl Findings {
    /// What a read-only handle has of it.
    pub(super) fn for_reading(self) -> Result<(Version, Writer, Edits), Error> {
        let Recovered { known, sealed, last_sequence, .. } = self.recovered;
        let mut state = known.checked.state;
        state.last_sequence = state.last_sequence.max(last_sequence);
        let (active, writer) = LogMemtable::new(state.last_sequence.saturating_add(1), 1)?;
        Ok((Version { active, sealed, runs: into_runs(self.runs) }, writer, Edits::new(state, None)))
    }
}

/// Makes the directories for logs and tables, if they lack, and adds them to `made`.
pub(super) fn make_directories(
    disk: &dyn Disk,
    directory: &DatabaseDirectory,
    made: &mut Vec<PathBuf>,
) -> Result<(), Error> {
    let before = made.len();
    for directory in [directory.wal(), directory.sst()] {
        match disk.create_directory(directory) {
            Ok(()) => push(made, copied_path(directory)?)?,
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(Error::io(directory, None, error)),
        }
    }
    if made.len() > before {
        let root = directory.root();
        let synced = disk.open_directory(root).and_then(|root| root.sync());
        synced.map_err(|error| Error::io(root, None, error))?;
    }
    Ok(())
}

/// The highest sequence number in a table of Kevo: no lower one is given from here on.
fn highest_sequence(table: &Arc<Table>) -> Result<u64, Error> {
    let mut cursor = table.cursor()?.leaving_cache();
    let (mut highest, mut moved) = (0, cursor.first());
    loop {
        match moved {
            Ok(true) => highest = cursor.entry().map_or(0, |entry| entry.sequence).max(highest),
            Ok(false) => return Ok(highest),
            // Whether that is to be minded is for its readers to say.
            Err(Error::CorruptTable { .. }) => {}
            Err(error) => return Err(error),
        }
        moved = cursor.next();
    }
}

fn candidate<'a>(file: &'a ListedFile, live: Option<&'a Arc<LiveTable>>) -> KevoTable<'a> {
    let keys = match live {
        Some(live) if live.entries > 0 => Keys::Between(&live.lower, &live.upper),
        Some(_) => Keys::None,
        None => Keys::Unknown,
    };
    KevoTable { name: &file.name, keys }
}

fn level(file: &ListedFile) -> u32 {
    kevo_directory::TableName::parse(&file.name).map_or(0, |name| name.level)
}

/// So many ages below those of all runs, ascending; none if there is no room for them.
fn ages_below(state: &State, count: u64) -> impl Iterator<Item = u64> + use<> {
    let first = state.lowest_age().and_then(|lowest| lowest.checked_sub(count)).filter(|age| *age > 0);
    first.into_iter().flat_map(move |age| age..age + count)
}

/// Changes what is going to be written.
fn apply<'c>(state: &mut State, changes: impl IntoIterator<Item = Change<'c>>) -> Result<(), Error> {
    state.apply(changes).map_err(Error::from)
}

/// Logs that are gone need not be known any more, if the log after them is gone, too.
fn forget_logs(state: &mut State, there: &[FoundLog]) {
    let mut gone: Vec<Vec<u8>> = state.logs.keys().cloned().collect();
    gone.retain(|name| !there.iter().any(|log| log.name.as_bytes() == name.as_slice()));
    gone.retain(|name| matches!(state.logs.get(name), Some(LogState::TakenIn { .. })));
    gone.sort_unstable();
    // The last of them may be named by the start mark of a log that is there.
    gone.pop();
    for name in gone {
        state.logs.remove(&name);
    }
}

/// The newest first.
fn into_runs(runs: Runs) -> Vec<Arc<Run>> {
    let runs = runs.into_iter().rev().filter(|(_, (_, tables))| !tables.is_empty());
    runs.map(|(age, (level, tables))| Arc::new(Run::new(age, level, tables))).collect()
}
