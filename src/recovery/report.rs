//! What recovery found.

use crate::damage::{Cause, DamageKind, Stretch};
use std::collections::TryReserveError;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A run of damaged bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// The file, as a path that starts with the WAL directory as it was given.
    pub path: Arc<PathBuf>,
    /// Where it starts, in bytes from the file's start.
    pub offset: u64,
    /// In bytes.
    pub length: u64,
    /// Torn tail or corruption.
    pub kind: DamageKind,
    /// What is wrong where it starts.
    pub cause: Cause,
}

/// What recovery found, as far as it got: on failure, up to what failed it.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Files read.
    pub files: u64,
    /// Bytes of these files.
    pub bytes: u64,
    /// Puts and deletes that are in a memtable now.
    pub entries_applied: u64,
    /// Entries ignored because of their sequence number.
    pub entries_above_max_sequence: u64,
    /// Merges, which no memtable holds.
    pub merges_ignored: u64,
    /// Batches of which not all entries were there.
    pub batches_dropped: u64,
    /// Directories in which Kevo has set logs aside, read or not.
    pub set_aside_directories: u64,
    /// The last files of the log, in front of which a recovery to a point in time ended, whatever is in them.
    pub files_left_out: u64,
    /// The damage, in the order of the log.
    pub damage: Vec<Damage>,
}

impl Report {
    /// Bytes that could not be used.
    pub fn bytes_damaged(&self) -> u64 {
        self.damage.iter().map(|damage| damage.length).sum()
    }

    /// So many stretches more will be added if there is memory for them: a list that grows little by little is there
    /// twice while it does.
    pub(crate) fn expect_damage(&mut self, stretches: usize) {
        let _ = self.damage.try_reserve(stretches);
    }

    pub(crate) fn add_damage(&mut self, path: &Path, stretch: &Stretch) -> Result<(), TryReserveError> {
        let Stretch { offset, length, kind, cause, batches_dropped } = *stretch;
        self.damage.try_reserve(1)?;
        let path = self.path(path);
        self.damage.push(Damage { path, offset, length, kind, cause });
        self.batches_dropped += u64::from(batches_dropped);
        Ok(())
    }

    /// `path`, shared with the damage in front if that is in the same file: there can be very much of it.
    fn path(&self, path: &Path) -> Arc<PathBuf> {
        match self.damage.last() {
            Some(last) if *last.path == path => Arc::clone(&last.path),
            _ => Arc::new(path.to_owned()),
        }
    }
}
