//! What recovery found.

use crate::damage::{Cause, DamageKind, Stretch};
use crate::error::Error;
use crate::memory::{copied_path, probe, push};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A stretch of damaged bytes.
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
    /// The last files of the log, before which a recovery to a point in time ended, whatever is in them.
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
    pub(super) fn expect_damage(&mut self, stretches: usize) {
        let _ = self.damage.try_reserve(stretches);
    }

    pub(super) fn add_damage(&mut self, path: &Path, stretch: &Stretch) -> Result<(), Error> {
        let Stretch { offset, length, kind, cause, batches_dropped } = *stretch;
        let path = self.path(path)?;
        push(&mut self.damage, Damage { path, offset, length, kind, cause })?;
        self.batches_dropped += u64::from(batches_dropped);
        Ok(())
    }

    /// Adds something about a whole file.
    pub(crate) fn add_file(&mut self, path: &Path, kind: DamageKind, cause: Cause) -> Result<(), Error> {
        self.add_damage(path, &Stretch { offset: 0, length: 0, kind, cause, batches_dropped: 0 })
    }

    /// Adds a damaged stretch of a file that is not a log.
    pub(crate) fn add_corruption(&mut self, path: &Path, cause: Cause, offset: u64, length: u64) -> Result<(), Error> {
        let kind = DamageKind::Corruption;
        self.add_damage(path, &Stretch { offset, length, kind, cause, batches_dropped: 0 })
    }

    /// `path`, shared with the damage before if that is in the same file: there can be very much of it.
    fn path(&self, path: &Path) -> Result<Arc<PathBuf>, Error> {
        match self.damage.last() {
            Some(last) if *last.path == path => Ok(Arc::clone(&last.path)),
            _ => {
                let path = copied_path(path)?;
                // The standard library has no shared pointer whose memory may be refused.
                probe(size_of::<[usize; 2]>() + size_of::<PathBuf>())?;
                Ok(Arc::new(path))
            }
        }
    }
}
