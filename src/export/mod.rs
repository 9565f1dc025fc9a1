//! Export: a clean log of entries, as Kevo itself would have written it, into a directory of its own.
//!
//! The entries go into files of at most 64 MiB ([`files`]), and all files come to light together ([`directory`]): a
//! reader finds a whole log or none.

pub(crate) mod directory;
mod files;

use crate::disk::Disk;
use crate::error::Error;
use crate::log::format::entry::Entry;
use crate::log::write::name::time_of_creation;
use crate::memtable::stats::approximate_size;
use directory::{EXPORT, OutDir};
use files::Files;
use std::path::Path;

/// What an export holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Exported {
    /// Puts and deletes.
    pub entries: u64,
    /// How much a memtable has to hold for all of it, in bytes, as Kevo's `memtable_size` has it.
    pub memtable_size: u64,
}

/// Writes `entries`, in their order and numbered from 1 up, into the directory `out_dir`.
pub(crate) fn export<'a>(
    disk: &dyn Disk,
    out_dir: &Path,
    entries: impl Iterator<Item = Result<Entry<'a>, Error>>,
) -> Result<Exported, Error> {
    let refused = |source| Error::export(out_dir, source);
    let created = time_of_creation();
    let mut staged = OutDir::claim(disk, out_dir).map_err(refused)?;
    let mut files = Files::new(disk, staged.stage(&EXPORT, created).map_err(refused)?, created);
    let mut exported = Exported { entries: 0, memtable_size: 0 };
    for entry in entries {
        let entry = entry?;
        exported.entries += 1;
        exported.memtable_size += approximate_size(entry.key, entry.value);
        files.write(&Entry { sequence: exported.entries, ..entry }).map_err(refused)?;
    }
    files.finish().map_err(refused)?;
    staged.replace().map_err(refused)?;
    Ok(exported)
}
