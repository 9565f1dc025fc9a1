//! Salvage: a sound database out of whatever is left of one.
//!
//! It is an opening with other rules: all damage is passed over, nothing changes where the database is, and all that is
//! found goes into one run of a new directory. `docs/versions.md`, "Salvage", has the rules.
//!
//! ```text
//! readable   the source: nothing is changed there, and what cannot be read is damage
//! tables     tables: those that count, those that are damaged, those that were replaced
//! logs       logs: those that are needed, those that are not
//! merge      from key to key                      choose     which version of a key is taken
//! output     the new directory                    progress   how far it is
//! ```

mod choose;
mod logs;
mod merge;
mod output;
mod progress;
mod readable;
mod tables;

use super::directory::DatabaseDirectory;
use super::open::{Opening, Place, place};
use super::options::DbOptions;
use super::sealed::is_tombstone;
use crate::damage::{Cause, DamageKind};
use crate::disk::{Disk, Lock, Locked};
use crate::error::Error;
use crate::memory::{copied_path, push};
use crate::recovery::options::{Mode, Options};
use crate::recovery::progress::Callback;
use crate::recovery::report::Report;
use crate::scan::Scan;
use crate::version::source::{Purpose, Source as RunSource};
use crate::view::iterator::Iter;
use choose::{Chooser, Source, Standing};
use merge::KeyMerge;
use output::Output;
use progress::Progress;
use readable::Readable;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

/// Bytes of entries after which progress is told.
const TELL_EVERY: u64 = 256 << 10;

/// Makes a database in `into`, which must be empty or not there, of what is left of the one in `path`, of which
/// nothing changes. Of `options` the number of threads counts, and whether logs that were set aside are read. The
/// report is set on failure, too.
pub(crate) fn salvage(
    disk: &Arc<dyn Disk>,
    path: &Path,
    into: &Path,
    options: &Options,
    progress: Option<Callback<'_>>,
) -> (Result<(), Error>, Report) {
    let mut report = Report::default();
    let recovery = Options { mode: Mode::SkipCorrupted, ..*options };
    let options = DbOptions { read_only: true, recovery, ..DbOptions::default() };
    let made = options.check().and_then(|()| make(disk, path, into, &options, progress, &mut report));
    (made, report)
}

fn make(
    disk: &Arc<dyn Disk>,
    path: &Path,
    into: &Path,
    options: &DbOptions,
    callback: Option<Callback<'_>>,
    report: &mut Report,
) -> Result<(), Error> {
    let directory = DatabaseDirectory::new(path);
    check_is_database(&**disk, &directory)?;
    let _locked = lock(&**disk, &directory)?;
    let mut output = Output::begin(disk, path, into, options)?;
    let readable: Arc<dyn Disk> = Arc::new(Readable(Arc::clone(disk)));
    let mut opening = Opening::begin(Arc::clone(&readable), directory.clone(), options, report, None)?;
    let mut progress = Progress::new(callback);
    let (mut chooser, mut last_sequence) = sources(&*readable, &directory, &mut opening, &output, &mut progress)?;
    merge(&mut chooser, &mut output, &mut last_sequence, &mut progress)?;
    tell(&chooser, &mut opening)?;
    // Files that are not needed any more are closed before they are removed.
    drop(chooser);
    output.finish(opening.manifest(), last_sequence)?;
    progress.end();
    Ok(())
}

fn check_is_database(disk: &dyn Disk, directory: &DatabaseDirectory) -> Result<(), Error> {
    let what = match place(disk, directory)? {
        Place::Database => return Ok(()),
        Place::Missing => "there is nothing",
        Place::Empty => "the directory is empty",
        Place::Other(what) => what,
    };
    Err(Error::NotADatabase { path: copied_path(directory.root())?, what })
}

/// Locks the database, if there is a file for that: none is made.
fn lock(disk: &dyn Disk, directory: &DatabaseDirectory) -> Result<Option<Box<dyn Lock>>, Error> {
    let path = directory.lock();
    match disk.info(&path) {
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::io(&path, None, error)),
    }
    match disk.lock(&path) {
        Ok(Locked::Mine(lock)) => Ok(Some(lock)),
        Ok(Locked::By(process)) => Err(Error::Locked { path, process }),
        // A lock needs a file that may be written to. Who may not do that can still read.
        Err(error) if matches!(error.kind(), ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem) => Ok(None),
        Err(error) => Err(Error::io(&path, None, error)),
    }
}

/// All sources, and the highest sequence number that is known of.
fn sources(
    disk: &dyn Disk,
    directory: &DatabaseDirectory,
    opening: &mut Opening<'_>,
    output: &Output<'_>,
    progress: &mut Progress<'_>,
) -> Result<(Chooser, u64), Error> {
    let tables = opening.tables();
    let mut known = opening.known()?;
    let mut runs = tables::listed(opening.open_all(&mut known, &tables)?)?;
    tables::open_doubtful(&known.checked.in_doubt, opening, &tables, disk, &mut runs)?;
    opening.check_logs(&known)?;
    let log_bytes: u64 = known.logs.iter().map(|log| log.length).sum();
    let table_bytes: u64 = runs.iter().flat_map(|(_, tables)| tables).map(|table| table.length).sum();
    // Logs are read, and what was written of them is; tables are verified, and read.
    progress.expect(log_bytes.saturating_add(table_bytes).saturating_mul(2));
    let max_sequence = known.checked.state.last_sequence;
    let recovery = opening.recovery();
    let mut logs = logs::Reader { disk, tables: output.tables(), options: recovery, progress, max_sequence };
    let mut all = logs.needed(&known, opening.report)?;
    let damaged_logs = damaged_logs(opening.report)?;
    let suspects = tables::suspects(&known, &runs, &tables, logs.progress, opening.report)?;
    append(&mut all, tables::needed(runs)?)?;
    let is_open_to_doubt = known.checked.is_changed;
    if !suspects.is_empty() || !damaged_logs.is_empty() || is_open_to_doubt {
        let retired = tables::retired(&known, &tables, disk)?;
        logs.progress.expect(retired.iter().map(|source| source.run.bytes()).sum());
        append(&mut all, retired)?;
        append(&mut all, logs.retired(&known, directory)?)?;
    }
    let max_sequence = logs.max_sequence;
    Ok((Chooser::new(all, suspects, damaged_logs, is_open_to_doubt), max_sequence))
}

/// The names of the logs of which something cannot be had.
fn damaged_logs(report: &Report) -> Result<Vec<String>, Error> {
    let mut names: Vec<String> = Vec::new();
    for name in report.damage.iter().filter_map(|damage| damage.path.file_name()?.to_str()) {
        if name.as_bytes().ends_with(b".wal") && names.last().is_none_or(|last| last != name) {
            push(&mut names, name.to_owned())?;
        }
    }
    Ok(names)
}

/// Writes what counts of each key.
fn merge(
    chooser: &mut Chooser,
    output: &mut Output<'_>,
    last_sequence: &mut u64,
    progress: &mut Progress<'_>,
) -> Result<(), Error> {
    let scan = Scan { tombstones: true, ..Scan::default() };
    let mut iterators = Vec::new();
    for source in &chooser.sources {
        let run = RunSource::Run(Arc::clone(&source.run), Purpose::Reading);
        push(&mut iterators, Iter::new(Arc::new(()), std::iter::once(run), u64::MAX, &scan)?)?;
    }
    let mut merge = KeyMerge::new(iterators)?;
    let mut writer = output.writer(*last_sequence);
    let mut read = 0;
    while merge.next()? {
        for (_, entry) in merge.versions() {
            *last_sequence = entry.sequence.max(*last_sequence);
            read += (entry.key.len() + entry.value.len()) as u64;
        }
        if let Some(entry) = chooser.choose(&merge)?.and_then(|source| merge.entry(source))
            && !is_tombstone(&entry)
        {
            writer.add(entry.key, entry.sequence, Some(entry.value))?;
        }
        if read >= TELL_EVERY {
            progress.add(std::mem::take(&mut read))?;
        }
    }
    let done = writer.finish()?;
    output.take(done);
    Ok(())
}

/// Says where older values may have been taken, and what was taken though it had been replaced.
fn tell(chooser: &Chooser, opening: &mut Opening<'_>) -> Result<(), Error> {
    let is_told = |report: &Report, path: &Path| {
        report.damage.iter().any(|told| told.kind == DamageKind::Doubt && *told.path == *path)
    };
    for suspect in chooser.suspects.iter().filter(|suspect| suspect.hides) {
        if !is_told(opening.report, &suspect.path) {
            opening.note(&suspect.path, DamageKind::Doubt, Cause::TableOlderValues)?;
        }
    }
    for source in &chooser.sources {
        if let Standing::Retired(retired) = &source.standing
            && retired.is_used
        {
            opening.note(&retired.path, DamageKind::Doubt, Cause::ReplacedUsed)?;
        }
    }
    Ok(())
}

fn append(all: &mut Vec<Source>, more: Vec<Source>) -> Result<(), Error> {
    more.into_iter().try_for_each(|source| push(all, source))
}
