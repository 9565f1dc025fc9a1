//! What the logs hold: which parts of them are needed, and what comes of these.

use super::Opening;
use super::finish::make_directories;
use super::known::Known;
use super::look::FoundLog;
use crate::damage::{Cause, DamageKind};
use crate::db::flush::{SYNC_EVERY, add_memtable};
use crate::db::sealed::{Content, LogFile, Sealed};
use crate::db::set_writer::{Done, SetProperties, SetWriter};
use crate::db::tables::Tables;
use crate::db::version::MEMTABLE_ID;
use crate::error::Error;
use crate::memory::push;
use crate::recovery::ends::named_in;
use crate::recovery::parts::{End, FileRead, LogPart, Parts};
use crate::recovery::progress::Callback;
use crate::table::{LogUpTo, Properties};
use crate::versions::{LogState, State};
use std::collections::HashSet;
use std::sync::Arc;

/// Bytes of logs that are read at once, at least.
pub(in crate::db) const LEAST_WINDOW: u64 = 32 << 20;

/// What a database consists of before anything has changed on disk.
pub(super) struct Recovered {
    pub(super) known: Known,
    /// Tables of what the logs hold, without names.
    pub(super) done: Vec<Done>,
    /// What stays in memory.
    pub(super) sealed: Vec<Arc<Sealed>>,
    /// The logs of which nothing is needed when the opening is made.
    pub(super) taken_in: Vec<TakenIn>,
    pub(super) last_sequence: u64,
}

/// A log of which nothing is needed any more.
pub(super) struct TakenIn {
    pub(super) log: FoundLog,
    pub(super) is_ours: bool,
    /// It has no damage, and was read to its end.
    pub(super) is_clean: bool,
}

impl Opening<'_> {
    pub(super) fn recover(
        &mut self,
        known: Known,
        tables: &Tables,
        progress: Option<Callback<'_>>,
    ) -> Result<Recovered, Error> {
        let state = &known.checked.state;
        self.check_logs(&known)?;
        let parts = parts(state, &known.logs)?;
        let recovery = self.recovery();
        let limit = self.settings.memtable_size.max(LEAST_WINDOW);
        let disk = Arc::clone(&self.disk);
        let mut reader = Parts::open(&*disk, parts, &recovery, progress, self.report)?;
        let mut writer: Option<SetWriter<'_>> = None;
        let mut sealed = Vec::new();
        let mut last: Option<Content> = None;
        let mut windows = 0;
        let mut begin = || make_directories(&*self.disk, &self.directory, &mut self.made);
        while let Some(log) = reader.read(limit)? {
            match last.take() {
                Some(content) if self.settings.read_only => {
                    push(&mut sealed, Arc::new(Sealed { content, logs: Vec::new() }))?;
                }
                Some(full) => add_run(&mut writer, tables, &known, full, &mut begin)?,
                None => {}
            }
            let id = MEMTABLE_ID + windows;
            windows += 1;
            last = (log.entry_count() > 0).then(|| Content::Recovered(Arc::new(log.with_source_id(id))));
        }
        let (files, max_sequence) = reader.finish();
        let last_sequence = state.last_sequence.max(max_sequence);
        let stays = !self.settings.read_only && writer.is_none() && all_closed(state, &files);
        if let Some(rest) = last {
            if stays || self.settings.read_only {
                let logs = closed_logs(state, &known.logs);
                push(&mut sealed, Arc::new(Sealed { content: rest, logs }))?;
            } else {
                add_run(&mut writer, tables, &known, rest, &mut begin)?;
            }
        }
        let done = writer.map_or_else(|| Ok(Vec::new()), SetWriter::finish)?;
        let taken_in = taken_in(&known, &files, if sealed.is_empty() { &[] } else { &sealed[0].logs });
        Ok(Recovered { known, done, sealed, taken_in, last_sequence })
    }

    /// Whether each log that has to be there is: those that are closed and needed, and those that the start mark of an
    /// unknown log names.
    pub(in crate::db) fn check_logs(&mut self, known: &Known) -> Result<(), Error> {
        let there: HashSet<&str> = known.logs.iter().map(|log| log.name.as_str()).collect();
        let state = &known.checked.state;
        let closed = state.logs.iter().filter(|(_, log)| matches!(log, LogState::Closed { .. }));
        let mut wanted: Vec<String> = closed.map(|(name, _)| String::from_utf8_lossy(name).into_owned()).collect();
        for log in known.logs.iter().filter(|log| !state.logs.contains_key(log.name.as_bytes())) {
            let file = self.disk.open(&log.path).map_err(|error| Error::io(&log.path, None, error))?;
            let named = named_in(&*file, &log.path)?.map(|(name, _)| name.to_string_lossy().into_owned());
            wanted.extend(named.filter(|name| !state.logs.contains_key(name.as_bytes())));
        }
        for name in wanted.iter().filter(|name| !there.contains(name.as_str())) {
            let path = self.directory.wal().join(name);
            self.note(&path, DamageKind::Missing, Cause::LogMissing)?;
            if !self.skips_corrupted() {
                return Err(Error::Missing { path });
            }
        }
        Ok(())
    }
}

/// What is needed of the logs: first of those that are known, then of the others.
pub(in crate::db) fn parts(state: &State, logs: &[FoundLog]) -> Result<Vec<LogPart>, Error> {
    let (mut parts, mut unknown) = (Vec::new(), Vec::new());
    for log in logs.iter().filter(|log| is_needed(state, log)) {
        let part = |from, end| LogPart { path: log.path.clone(), from, end };
        match state.logs.get(log.name.as_bytes()) {
            None => push(&mut unknown, part(0, End::Unknown))?,
            Some(&LogState::TakenIn { length }) => push(&mut parts, part(length, End::Kevo))?,
            Some(&LogState::Closed { end, length }) => {
                push(&mut parts, part(0, End::Known(end)))?;
                if log.length > length {
                    push(&mut parts, part(length, End::Kevo))?;
                }
            }
        }
    }
    parts.append(&mut unknown);
    Ok(parts)
}

/// Whether all that was read was closed, and has nothing after its end.
fn all_closed(state: &State, files: &[FileRead]) -> bool {
    files.iter().all(|file| {
        let name = file.path.file_name().unwrap_or_default().as_encoded_bytes();
        let closed = state.logs.get(name);
        file.is_clean
            && matches!(closed, Some(&LogState::Closed { end, length }) if end == length && length == file.length)
    })
}

fn closed_logs(state: &State, logs: &[FoundLog]) -> Vec<LogFile> {
    let closed = logs.iter().filter(|log| matches!(state.logs.get(log.name.as_bytes()), Some(LogState::Closed { .. })));
    closed.map(|log| LogFile { name: log.name.clone(), length: log.length }).collect()
}

fn taken_in(known: &Known, files: &[FileRead], needed: &[LogFile]) -> Vec<TakenIn> {
    let is_needed = |log: &&FoundLog| needed.iter().any(|needed| needed.name == log.name);
    let logs = known.logs.iter().filter(|log| !is_needed(log));
    let read = |log: &FoundLog| files.iter().filter(|file| file.path == log.path).collect::<Vec<_>>();
    let taken_in = logs.map(|log| {
        let read = read(log);
        TakenIn {
            log: log.clone(),
            is_ours: read.iter().any(|file| file.is_ours),
            is_clean: read.iter().all(|file| file.is_clean),
        }
    });
    taken_in.collect()
}

/// Adds the newest version of each key of a window, as a run of its own, to the set of the opening. `begin` is called
/// before the first.
fn add_run<'t>(
    writer: &mut Option<SetWriter<'t>>,
    tables: &'t Tables,
    known: &Known,
    window: Content,
    begin: &mut dyn FnMut() -> Result<(), Error>,
) -> Result<(), Error> {
    let age = tables.next_age();
    let writer = if let Some(writer) = writer {
        writer.next_run(age, 0);
        writer
    } else {
        begin()?;
        writer.insert(SetWriter::new(tables, set_properties(known)?, age, 0))
    };
    add_memtable(writer, &Arc::new(Sealed { content: window, logs: Vec::new() }))
}

/// The tables of an opening are made from all logs of which something is needed.
fn set_properties(known: &Known) -> Result<SetProperties, Error> {
    let state = &known.checked.state;
    let logs = known.logs.iter().filter(|log| is_needed(state, log));
    let logs = logs.map(|log| LogUpTo { length: log.length, name: log.name.clone().into_bytes() });
    let properties = Properties { source_logs: logs.collect(), ..state.properties()? };
    Ok(SetProperties { properties, table_size: u64::MAX, sync_every: SYNC_EVERY })
}

fn is_needed(state: &State, log: &FoundLog) -> bool {
    !matches!(state.logs.get(log.name.as_bytes()), Some(&LogState::TakenIn { length }) if length >= log.length)
}
