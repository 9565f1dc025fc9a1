//! The log that is written to.

use crate::disk::{Disk, WriteFile, create_synced};
use crate::error::Error;
use crate::log::format::mark::{self, LogIdentity};
use crate::log::write::name::{FileName, time_of_creation};
use crate::log_memtable::Unwritten;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// A log of ours, open for writing.
#[derive(Debug)]
pub(super) struct OpenLog {
    file: Box<dyn WriteFile>,
    path: PathBuf,
}

/// What is known of the log that is written to, by the thread that encodes.
#[derive(Clone, Debug, Default)]
pub(super) struct LogHead {
    pub(super) name: String,
    pub(super) identity: LogIdentity,
    /// Bytes of its start mark.
    pub(super) start: u64,
    /// With all that has been encoded for it, in bytes.
    pub(super) len: u64,
    /// Up to where it is on disk, in bytes.
    pub(super) synced: u64,
}

/// The log before a new one, if that is needed as well, and where it ends.
pub(super) type Before<'a> = Option<(&'a str, u64)>;

/// How a new log is made.
#[derive(Clone, Copy, Debug)]
pub(super) struct NewLog<'a> {
    /// That in its name is at least this one.
    pub(super) number: u64,
    pub(super) last_sequence: u64,
    pub(super) before: Before<'a>,
    /// Whether it is written through a map.
    pub(super) is_mapped: bool,
}

/// Makes a new log in `wal`: its start mark is on disk, and so is its name.
pub(super) fn create(disk: &dyn Disk, wal: &Path, new: NewLog<'_>) -> Result<(OpenLog, LogHead), Error> {
    let NewLog { number, last_sequence, before, is_mapped } = new;
    let name = FileName::new(time_of_creation().max(number));
    let name = name.as_os_str().to_string_lossy().into_owned();
    let (path, temporary) = (wal.join(&name), wal.join(format!(".{}.tmp", name.trim_end_matches(".wal"))));
    let identity = LogIdentity::random();
    let start = mark::start(identity, last_sequence, before.map(|(name, end)| (OsStr::new(name), end)))?;
    let mut file = create_synced(disk, &temporary, &start).map_err(|error| Error::io(&temporary, None, error))?;
    let named = disk.rename(&temporary, &path).and_then(|()| disk.open_directory(wal)?.sync());
    let mapped = named.and_then(|()| if is_mapped { file.map_end().map(drop) } else { Ok(()) });
    mapped.map_err(|error| Error::io(&path, None, error))?;
    let len = start.len() as u64;
    Ok((OpenLog { file, path }, LogHead { name, identity, start: len, len, synced: len }))
}

impl OpenLog {
    /// Appends what was encoded.
    pub(super) fn append(&mut self, mut unwritten: Unwritten) -> Result<(), Error> {
        let file = &mut self.file;
        unwritten.for_each_piece(|piece| file.append_all(piece)).map_err(|error| Error::io(&self.path, None, error))
    }

    /// Brings to disk what was appended.
    pub(super) fn sync(&self) -> Result<(), Error> {
        self.file.sync_data().map_err(|error| self.error(error))
    }

    /// Cuts off what was allocated for more. All that was appended is on disk.
    pub(super) fn cut(&mut self) -> Result<(), Error> {
        self.file.cut().map_err(|error| self.error(error))
    }

    /// Appends the last mark, and brings it to disk, and the length of the file.
    pub(super) fn end(&mut self, mark: &[u8]) -> Result<(), Error> {
        let ended = self.file.append_all(mark).and_then(|()| self.file.cut()).and_then(|()| self.file.sync());
        ended.map_err(|error| self.error(error))
    }

    fn error(&self, error: std::io::Error) -> Error {
        Error::io(&self.path, None, error)
    }
}
