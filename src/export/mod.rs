//! Export: a clean log of entries, as Kevo itself would have written it, into a directory of its own.
//!
//! Each entry is cut into records as Kevo cuts them ([`record`]), the records go into files of at most 64 MiB
//! ([`files`]), and all files come to light together ([`directory`]): whoever looks finds a whole log or none.

mod directory;
mod files;
mod record;

use crate::error::Error;
use crate::log::entry::Entry;
use crate::memtable::summary::approximate_size;
use directory::OutDir;
use files::Files;
use std::io;
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
pub(crate) fn export<'a>(out_dir: &Path, entries: impl Iterator<Item = Entry<'a>>) -> Result<Exported, Error> {
    write(out_dir, entries).map_err(|source| Error::Export { path: out_dir.to_owned(), source })
}

fn write<'a>(out_dir: &Path, entries: impl Iterator<Item = Entry<'a>>) -> io::Result<Exported> {
    let created = files::time_of_creation();
    let mut out_dir = OutDir::claim(out_dir)?;
    let exported = write_files(out_dir.stage(created)?, created, entries)?;
    out_dir.replace()?;
    Ok(exported)
}

fn write_files<'a>(directory: &Path, created: u64, entries: impl Iterator<Item = Entry<'a>>) -> io::Result<Exported> {
    let (mut files, mut sequence, mut memtable_size) = (Files::new(directory, created), 0, 0);
    for entry in entries {
        sequence += 1;
        files.write(&Entry { sequence, ..entry })?;
        memtable_size += approximate_size(entry.key, entry.value);
    }
    files.finish()?;
    Ok(Exported { entries: sequence, memtable_size })
}
