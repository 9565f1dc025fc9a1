//! Logs as sources: each window of them becomes a run of tables in the new directory, for as long as it is needed.

use super::choose::{LogAge, Origin, Retired, Source, Standing};
use super::progress::Progress;
use crate::db::directory::DatabaseDirectory;
use crate::db::flush::{SYNC_EVERY, add_memtable};
use crate::db::open::{FoundLog, Known, LEAST_WINDOW, names, parts};
use crate::db::sealed::{Content, Sealed};
use crate::db::set_writer::{SetProperties, SetWriter};
use crate::db::tables::Tables;
use crate::db::version::MEMTABLE_ID;
use crate::disk::{Disk, FileKind};
use crate::error::Error;
use crate::memory::push;
use crate::recovery::options::Options;
use crate::recovery::parts::{End, FileRead, LogPart, Parts};
use crate::recovery::report::Report;
use crate::table::Properties;
use crate::version::run::Run;
use crate::versions::LogState;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

/// Reads logs.
pub(super) struct Reader<'r, 'p> {
    pub(super) disk: &'r dyn Disk,
    /// Where what they hold is written to.
    pub(super) tables: &'r Tables,
    pub(super) options: Options,
    pub(super) progress: &'r mut Progress<'p>,
    /// The highest sequence number that was read.
    pub(super) max_sequence: u64,
}

/// What came of some logs that were read together.
struct Window {
    /// Nothing if there is no entry.
    run: Option<Arc<Run>>,
}

impl Reader<'_, '_> {
    /// The logs that are needed, the newest first. If `VERSIONS` did not say which these are, some may be older than
    /// tables.
    pub(super) fn needed(&mut self, known: &Known, report: &mut Report) -> Result<Vec<Source>, Error> {
        let parts = parts(&known.checked.state, &known.logs)?;
        let mut sources = Vec::new();
        if known.must_write && !known.checked.state.tables.is_empty() {
            self.read_each(parts, report, |age, _| Standing::Log(age), &mut sources)?;
        } else {
            let (windows, _) = self.read(parts, LEAST_WINDOW, report)?;
            for run in windows.into_iter().filter_map(|window| window.run) {
                push(&mut sources, Source { run, standing: Standing::Log(LogAge::Newest) })?;
            }
        }
        sources.reverse();
        Ok(sources)
    }

    /// The logs that were taken in, and are there. More may stand in such a log after that, which is needed: it is read
    /// twice.
    pub(super) fn retired(&mut self, known: &Known, directory: &DatabaseDirectory) -> Result<Vec<Source>, Error> {
        let mut logs = Vec::new();
        let is_taken_in = |log: &&FoundLog| {
            let state = known.checked.state.logs.get(log.name.as_bytes());
            matches!(state, Some(LogState::TakenIn { .. }))
        };
        for log in known.logs.iter().filter(is_taken_in) {
            push(&mut logs, log.clone())?;
        }
        kept(self.disk, &directory.kept(), &mut logs)?;
        logs.sort_by(|one, other| one.name.cmp(&other.name));
        self.progress.expect(logs.iter().map(|log| log.length).sum());
        let mut parts = Vec::new();
        for FoundLog { path, .. } in logs {
            push(&mut parts, LogPart { path, from: 0, end: End::Unknown })?;
        }
        let mut sources = Vec::new();
        let retired = |age, file: &FileRead| {
            let name = file.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let origin = Origin::Log { name, age };
            Standing::Retired(Box::new(Retired {
                path: file.path.clone(),
                origin,
                is_unfinished: false,
                is_used: false,
            }))
        };
        // Damage in what is not needed is of no account.
        self.read_each(parts, &mut Report::default(), retired, &mut sources)?;
        Ok(sources)
    }

    /// Reads each log by itself, so that it is known what came from which.
    fn read_each(
        &mut self,
        parts: Vec<LogPart>,
        report: &mut Report,
        standing: impl Fn(LogAge, &FileRead) -> Standing,
        sources: &mut Vec<Source>,
    ) -> Result<(), Error> {
        let (windows, files) = self.read(parts, 0, report)?;
        // Windows of no bytes have one file, but empty ones that follow each other are read together.
        let is_empty = |file: &FileRead| file.length <= file.from;
        let mut highest = 0;
        for (window, files) in windows.into_iter().zip(files.chunk_by(|one, next| is_empty(one) && is_empty(next))) {
            highest = files.iter().map(|file| file.max_sequence).fold(highest, u64::max);
            let age = if files[0].is_ours { LogAge::BySequence } else { LogAge::Above(highest) };
            if let Some(run) = window.run {
                push(sources, Source { run, standing: standing(age, &files[0]) })?;
            }
        }
        Ok(())
    }

    fn read(
        &mut self,
        parts: Vec<LogPart>,
        limit: u64,
        report: &mut Report,
    ) -> Result<(Vec<Window>, Vec<FileRead>), Error> {
        let mut windows = Vec::new();
        let mut last = 0;
        let progress = &mut *self.progress;
        let mut tell = |done, _| {
            last = done;
            progress.tell(done)
        };
        let mut reader = Parts::open(self.disk, parts, &self.options, Some(&mut tell), report)?;
        while let Some(log) = reader.read(limit)? {
            let run = if log.entry_count() > 0 {
                let content = Content::Recovered(Arc::new(log.with_source_id(MEMTABLE_ID)));
                Some(write(self.tables, content)?)
            } else {
                None
            };
            push(&mut windows, Window { run })?;
        }
        let (files, max_sequence) = reader.finish();
        self.max_sequence = self.max_sequence.max(max_sequence);
        self.progress.add(last)?;
        Ok((windows, files))
    }
}

/// Writes the newest version of each key of a window.
fn write(tables: &Tables, content: Content) -> Result<Arc<Run>, Error> {
    let set = SetProperties { properties: Properties::default(), table_size: u64::MAX, sync_every: SYNC_EVERY };
    let age = tables.next_age();
    let mut writer = SetWriter::new(tables, set, age, 0);
    add_memtable(&mut writer, &Arc::new(Sealed { content, logs: Vec::new() }))?;
    let live = tables.publish(writer.finish()?)?;
    Ok(Arc::new(Run::new(age, 0, live.into_iter().map(|live| live.table).collect())))
}

/// Adds the logs that are kept for readers of the feed.
fn kept(disk: &dyn Disk, directory: &Path, logs: &mut Vec<FoundLog>) -> Result<(), Error> {
    for name in names(disk, directory)? {
        let Some(name) = name.to_str().filter(|name| name.as_bytes().ends_with(b".wal")) else { continue };
        let path = directory.join(name);
        match disk.info(&path) {
            Ok(info) if info.kind == FileKind::Regular => {
                push(logs, FoundLog { path, name: name.to_owned(), length: info.length, is_set_aside: false })?;
            }
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(Error::io(&path, None, error)),
        }
    }
    Ok(())
}
