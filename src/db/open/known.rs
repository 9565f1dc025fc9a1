//! What `VERSIONS` says, and whether what it names is there.

use super::Opening;
use super::look::{self, FoundLog};
use crate::damage::{Cause, DamageKind};
use crate::error::Error;
use crate::table::Table;
use crate::versions::{self, Checked, FileDamage, Listing, Reading, State};
use std::path::Path;

/// What the files say without the contents of logs.
pub(in crate::db) struct Known {
    pub(in crate::db) checked: Checked,
    pub(in crate::db) logs: Vec<FoundLog>,
    /// `VERSIONS` has to be written before any table gets its name.
    pub(in crate::db) must_write: bool,
}

impl Opening<'_> {
    pub(in crate::db) fn known(&mut self) -> Result<Known, Error> {
        let include_set_aside = self.options.recovery.include_set_aside;
        let (mut logs, set_aside) = look::logs(&*self.disk, self.directory.wal(), include_set_aside)?;
        self.report.set_aside_directories = set_aside;
        let listed: Vec<_> = logs.iter().map(FoundLog::listed).collect();
        let mut listing = look::tables(&*self.disk, self.directory.sst())?;
        let said = self.read_versions()?;
        let must_write = said.is_none();
        let checked = if let Some(state) = said {
            self.read_properties(&mut listing, &state)?;
            versions::check(state, &listing, &listed)?
        } else {
            self.read_properties(&mut listing, &State::default())?;
            if !listing.tables.is_empty() {
                self.note(&self.directory.versions(), DamageKind::Rebuilt, Cause::VersionsRebuilt)?;
            }
            versions::rebuild(&listing, &listed)?
        };
        self.report_tables(&checked)?;
        for log in &mut logs {
            self.leave_out_room(log, &checked.state);
        }
        Ok(Known { checked, logs, must_write })
    }

    /// A log that was cut off at its end can be longer after the power failed: room that was allocated for more is
    /// there again. Nobody has written to it, so it is nothing that is needed.
    fn leave_out_room(&self, log: &mut FoundLog, state: &State) {
        let Some(known) = state.logs.get(log.name.as_bytes()) else { return };
        let length = known.length();
        // What cannot be read now is read again with the log, and its error told.
        if log.length > length && look::is_zero_from(&*self.disk, &log.path, length).unwrap_or(false) {
            log.length = length;
        }
    }

    /// What `VERSIONS` says; nothing if it is not there or cannot be believed.
    fn read_versions(&mut self) -> Result<Option<State>, Error> {
        let path = self.directory.versions();
        match versions::load(&*self.disk, self.directory.root())? {
            None => Ok(None),
            Some(Reading::Intact { state, .. }) => Ok(Some(state)),
            Some(Reading::Damaged(_)) => {
                self.note(&path, DamageKind::Corruption, Cause::FileDamaged)?;
                Ok(None)
            }
            Some(Reading::Unsupported(what)) => Err(Error::Unsupported { path, what }),
        }
    }

    /// Reads what those tables say of themselves that `state` does not name.
    fn read_properties(&self, listing: &mut Listing, state: &State) -> Result<(), Error> {
        for table in listing.unnamed(state) {
            let path = self.directory.sst().join(table.name.to_string());
            let file = self.disk.open(&path).map_err(|error| Error::io(&path, None, error))?;
            table.properties = match Table::open_passing_over_damage(&path, file, None) {
                Ok(table) => table.properties().cloned(),
                Err(Error::CorruptTable { .. }) => None,
                Err(error) => return Err(error),
            };
        }
        Ok(())
    }

    fn report_tables(&mut self, checked: &Checked) -> Result<(), Error> {
        let sst = self.directory.sst().to_owned();
        for name in &checked.in_doubt {
            let path = sst.join(name.to_string());
            self.note(&path, DamageKind::Doubt, Cause::TableInDoubt)?;
        }
        for name in &checked.compacted {
            let path = sst.join(&*String::from_utf8_lossy(name));
            self.note(&path, DamageKind::Doubt, Cause::TableCompacted)?;
        }
        for FileDamage { name, found, .. } in &checked.damage {
            let path = sst.join(&*String::from_utf8_lossy(name));
            match found {
                None => {
                    self.note(&path, DamageKind::Missing, Cause::TableMissing)?;
                    if !self.skips_corrupted() {
                        return Err(Error::Missing { path });
                    }
                }
                Some(length) => {
                    self.note(&path, DamageKind::Corruption, Cause::TableLength)?;
                    if !self.skips_corrupted() {
                        let what = "it does not have the length that it had";
                        return Err(Error::CorruptTable { path, offset: 0, length: *length, what });
                    }
                }
            }
        }
        Ok(())
    }

    /// Notes something about a whole file.
    pub(in crate::db) fn note(&mut self, path: &Path, kind: DamageKind, cause: Cause) -> Result<(), Error> {
        self.report.add_file(path, kind, cause)
    }
}
