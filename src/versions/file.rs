//! `VERSIONS` as a file that is written to.

use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::BuildHasher;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::change::Change;
use super::edit::Edit;
use super::state::State;
use super::{NAME, TEMPORARY};
use crate::disk::{Disk, WriteFile, create_synced};
use crate::error::Error;
use crate::memory::joined_path;

/// A file is not written anew before it is larger than this, in bytes,
const LEAST: u64 = 64 << 10;
/// and than so many times its first edit.
const GROWTH: u64 = 4;

/// A `VERSIONS` that this process wrote, and appends to. One thread at a time may do so.
pub struct VersionsFile {
    file: Box<dyn WriteFile>,
    path: PathBuf,
    identity: u64,
    /// The ordinal of the edit that was written last.
    ordinal: u32,
    first_length: u64,
    length: u64,
    /// What is on disk is not known, so nothing more is appended.
    failed: bool,
}

impl VersionsFile {
    /// Writes `VERSIONS` anew, as one edit that says all of `state`: under a temporary name, synced, renamed, the
    /// directory synced. `database` is the directory of the database.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::NoMemory`], [`Error::TooLarge`]. The old file stands then, or the new one, each whole;
    /// which one a crash of the machine leaves is not known.
    pub fn create(disk: &dyn Disk, database: &Path, state: &State) -> Result<Self, Error> {
        Self::written(disk, database, state).map_err(|failure| failure.error)
    }

    /// Appends an edit, and syncs it. It is made when this returns.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::NoMemory`], [`Error::TooLarge`]: the edit may be there or not. From then on each call
    /// fails, until [`VersionsFile::rewrite`] has succeeded.
    pub fn append(&mut self, changes: &[Change<'_>]) -> Result<(), Error> {
        if self.failed {
            let why = io::Error::other("nothing is appended, since a write to it failed before");
            return Err(Error::io(&self.path, None, why));
        }
        let appended = self.append_edit(changes);
        self.failed = appended.is_err();
        appended
    }

    /// Whether it is so large, compared with what it says, that it should be written anew.
    pub fn is_overgrown(&self) -> bool {
        (self.length > LEAST && self.length > GROWTH * self.first_length) || self.ordinal == u32::MAX
    }

    /// Writes it anew, as one edit that says all of `state`. What failed before is forgotten when this succeeds.
    ///
    /// # Errors
    /// As [`VersionsFile::create`]. If the new file cannot have got its name, this one is as it was. If it can, nothing
    /// more is appended to either.
    pub fn rewrite(&mut self, disk: &dyn Disk, state: &State) -> Result<(), Error> {
        let database = self.path.parent().unwrap_or(Path::new(""));
        *self = Self::written(disk, database, state).map_err(|Failure { error, may_be_named }| {
            self.failed |= may_be_named;
            error
        })?;
        Ok(())
    }

    /// Its length, in bytes.
    pub fn length(&self) -> u64 {
        self.length
    }

    fn append_edit(&mut self, changes: &[Change<'_>]) -> Result<(), Error> {
        let ordinal = self.ordinal.checked_add(1);
        let ordinal = ordinal.ok_or(Error::TooLarge("VERSIONS has as many edits as it can have"))?;
        let bytes = Edit::encode(changes, ordinal, self.identity)?;
        let written = self.file.append_all(&bytes).and_then(|()| self.file.sync_data());
        written.map_err(|error| Error::io(&self.path, None, error))?;
        self.ordinal = ordinal;
        self.length += bytes.len() as u64;
        Ok(())
    }

    fn written(disk: &dyn Disk, database: &Path, state: &State) -> Result<Self, Failure> {
        let (path, temporary) = (joined_path(database, NAME)?, joined_path(database, TEMPORARY)?);
        let identity = random();
        let bytes = Edit::encode(&state.changes()?, 0, identity)?;
        let directory = disk.open_directory(database).map_err(|error| Error::io(database, None, error))?;
        let file = create_synced(disk, &temporary, &bytes).map_err(|error| Error::io(&temporary, None, error))?;
        let renamed = disk.rename(&temporary, &path).map_err(|error| Error::io(&temporary, None, error));
        let named = renamed.and_then(|()| directory.sync().map_err(|error| Error::io(database, None, error)));
        named.map_err(|error| Failure { error, may_be_named: true })?;
        let length = bytes.len() as u64;
        Ok(Self { file, path, identity, ordinal: 0, first_length: length, length, failed: false })
    }
}

/// Why a file was not written anew.
struct Failure {
    error: Error,
    /// The new file may have got its name, or may have it after a crash of the machine.
    may_be_named: bool,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self { error, may_be_named: false }
    }
}

impl fmt::Debug for VersionsFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VersionsFile").field("path", &self.path).field("length", &self.length).finish_non_exhaustive()
    }
}

/// A number that no other file has. The standard library's hashers have keys from the system, which a forked process
/// shares; so the process and the time are hashed as well.
fn random() -> u64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    RandomState::new().hash_one((std::process::id(), now))
}
