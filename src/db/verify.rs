//! Verifying a database while it is used: every byte of every file that it needs is read.

use super::database::Inner;
use super::open::Opening;
use super::options::DbOptions;
use super::sealed::LogFile;
use crate::damage::{Cause, DamageKind};
use crate::error::Error;
use crate::kevo_directory::{Condition, Manifest};
use crate::memory::push;
use crate::recovery::options::{Mode, Options};
use crate::recovery::parts::{End, LogPart, Parts};
use crate::recovery::report::{Damage, Report};
use crate::version::run::LiveTable;
use crate::versions::{self, Reading};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Told the bytes done and the bytes in all; true cancels.
type Tell<'t> = &'t mut dyn FnMut(u64, u64) -> bool;

impl Inner {
    /// Lists all damage in `report`. If there is any, that is an error, of the first.
    pub(crate) fn verify(&self, report: &mut Report, tell: Tell<'_>) -> Result<(), Error> {
        self.check_readable()?;
        let version = self.published.load_full();
        let tables: Vec<&Arc<LiveTable>> = version.runs.iter().flat_map(|run| &run.tables).collect();
        let logs = self.needed_logs()?;
        let lengths = tables.iter().map(|table| table.length).chain(logs.iter().map(|log| log.length));
        let (mut done, total) = (0, lengths.sum());
        let mut passed = |bytes: u64| {
            done += bytes;
            if tell(done, total) { Err(Error::Cancelled) } else { Ok(()) }
        };
        passed(0)?;
        for table in tables {
            self.verify_table(table, report)?;
            passed(table.length)?;
        }
        for log in &logs {
            self.verify_log(log, report)?;
            passed(log.length)?;
        }
        self.verify_versions(report)?;
        self.verify_manifest(report)?;
        // A torn tail is what a crash leaves, and what is in doubt is not damaged.
        let is_damage = |damage: &&Damage| matches!(damage.kind, DamageKind::Corruption | DamageKind::Missing);
        report.damage.iter().find(is_damage).map_or(Ok(()), |damage| Err(error_of(damage)))
    }

    fn verify_table(&self, table: &LiveTable, report: &mut Report) -> Result<(), Error> {
        // After the close another handle may remove what this one still reads.
        self.check_readable()?;
        // The name before the look: a table that is replaced meanwhile has another one.
        let path = table.path();
        let is_its_file = match table.table.verify() {
            Ok(damage) => {
                for damage in damage {
                    report.add_corruption(&path, Cause::TableDamaged, damage.offset, damage.length)?;
                }
                true
            }
            // It is gone, or another file has its name.
            Err(Error::Io { source, .. }) if source.kind() == ErrorKind::NotFound => false,
            Err(error) => return Err(error),
        };
        if path != table.path() || self.check_readable().is_err() {
            return Ok(());
        }
        let length = match self.disk.info(&path) {
            Ok(info) => info.length,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return report.add_file(&path, DamageKind::Missing, Cause::TableMissing);
            }
            Err(error) => return Err(Error::io(&path, None, error)),
        };
        let (shorter, longer) = (length.min(table.length), length.max(table.length));
        if shorter < longer {
            report.add_corruption(&path, Cause::TableDamaged, shorter, longer - shorter)
        } else if is_its_file {
            Ok(())
        } else {
            report.add_corruption(&path, Cause::TableDamaged, 0, length)
        }
    }

    /// The logs of which something is needed, and how much of each is on disk.
    fn needed_logs(&self) -> Result<Vec<LogFile>, Error> {
        let mut logs = Vec::new();
        if self.settings.read_only {
            return Ok(logs);
        }
        // So that all that was written can be looked at. If that fails, what is on disk can.
        let _ = self.sync();
        let state = self.write.lock();
        let version = self.published.load();
        for log in version.sealed.iter().flat_map(|sealed| &sealed.logs).chain(&state.ended_logs) {
            push(&mut logs, log.clone())?;
        }
        push(&mut logs, LogFile { name: state.log.name.clone(), length: state.log.synced })?;
        Ok(logs)
    }

    fn verify_log(&self, log: &LogFile, report: &mut Report) -> Result<(), Error> {
        self.check_readable()?;
        let path = self.directory.wal().join(&log.name);
        match self.read_log(&path, log.length, report) {
            Err(Error::Io { source, .. }) if source.kind() == ErrorKind::NotFound => {
                // It was flushed meanwhile, or somebody has taken it away.
                let is_needed = self.needed_logs()?.iter().any(|needed| needed.name == log.name);
                if is_needed { report.add_file(&path, DamageKind::Missing, Cause::LogMissing) } else { Ok(()) }
            }
            read => read,
        }
    }

    fn read_log(&self, path: &Path, length: u64, report: &mut Report) -> Result<(), Error> {
        let options = passing_over(Options::default());
        let part = LogPart { path: path.to_owned(), from: 0, end: End::Known(length) };
        let mut reader = Parts::open(&*self.disk, vec![part], &options, None, report)?;
        while reader.read(length)?.is_some() {}
        Ok(())
    }

    fn verify_versions(&self, report: &mut Report) -> Result<(), Error> {
        let path = self.directory.versions();
        if let Some(options) = &self.reading {
            return self.look_again(options, report);
        }
        let _no_edit_meanwhile = self.edits.lock();
        let damaged_from = match versions::load(&*self.disk, self.directory.root())? {
            // While nothing has failed, all that was appended is whole.
            Some(Reading::Intact { torn, .. }) => torn.filter(|_| !self.poison.is_set()),
            Some(Reading::Damaged(damage)) => Some(damage.offset),
            Some(Reading::Unsupported(what)) => return Err(Error::Unsupported { path, what }),
            None => return report.add_file(&path, DamageKind::Missing, Cause::FileMissing),
        };
        let Some(offset) = damaged_from else { return Ok(()) };
        let length = self.disk.info(&path).map_err(|error| Error::io(&path, None, error))?.length;
        report.add_corruption(&path, Cause::FileDamaged, offset, length.saturating_sub(offset))
    }

    /// A read-only handle does not know what the one that writes needs: it looks as an opening does.
    fn look_again(&self, options: &DbOptions, report: &mut Report) -> Result<(), Error> {
        let options = DbOptions { recovery: passing_over(options.recovery), ..options.clone() };
        let mut opening = Opening::begin(Arc::clone(&self.disk), self.directory.clone(), &options, report, None)?;
        opening.report_all(&self.tables)
    }

    fn verify_manifest(&self, report: &mut Report) -> Result<(), Error> {
        let path = self.directory.manifest();
        let manifest = Manifest::load(&*self.disk, self.directory.root())?;
        let has_changed = self.manifest.is_some_and(|opened| opened != manifest.checksum());
        match manifest.condition() {
            // Before its first opening for writing, a database of Kevo may have none.
            Condition::Missing if self.manifest.is_none() => Ok(()),
            Condition::Missing => report.add_file(&path, DamageKind::Missing, Cause::FileMissing),
            condition if *condition == Condition::Damaged || has_changed => {
                report.add_corruption(&path, Cause::FileDamaged, 0, manifest.length())
            }
            _ => Ok(()),
        }
    }
}

/// Damage is told, and ends nothing.
fn passing_over(options: Options) -> Options {
    Options { mode: Mode::SkipCorrupted, memtable_size: u64::MAX, max_memtables: usize::MAX, ..options }
}

fn error_of(damage: &Damage) -> Error {
    let path = PathBuf::clone(&damage.path);
    match damage.kind {
        DamageKind::Missing => Error::Missing { path },
        kind => Error::Corrupt { path, offset: damage.offset, length: damage.length, kind, cause: damage.cause },
    }
}
