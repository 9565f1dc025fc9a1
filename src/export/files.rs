//! The files of an export. Each begins where the one before it is full.

use crate::disk::Disk;
use crate::log::format::entry::Entry;
use crate::log::write::name::FileName;
use crate::log::write::writer::LogWriter;
use crate::path;
use std::collections::TryReserveError;
use std::io;
use std::path::{Path, PathBuf};

/// A file holds no more bytes than this, if it holds more than one entry.
const MAX_FILE_LEN: u64 = 64 << 20;
/// What the name of a file ends in, beside what it is called in the end, until all files are on disk.
const UNFINISHED: &str = ".partial";

/// Log files in a directory. None has a log's name before all of them are on disk.
#[derive(Debug)]
pub(super) struct Files<'a> {
    disk: &'a dyn Disk,
    directory: &'a Path,
    /// The number of the first file; that of each other is one higher.
    created: u64,
    count: u64,
    open: Option<LogWriter>,
}

impl<'a> Files<'a> {
    pub(super) fn new(disk: &'a dyn Disk, directory: &'a Path, created: u64) -> Self {
        Self { disk, directory, created, count: 0, open: None }
    }

    /// Writes an entry after those before it. None is divided between files.
    pub(super) fn write(&mut self, entry: &Entry<'_>) -> io::Result<()> {
        let file = match self.open.take_if(|file| file.has_room_for(entry, MAX_FILE_LEN)) {
            Some(file) => file,
            None => self.next()?,
        };
        self.open.insert(file).append(entry)
    }

    /// Brings all files to disk, and gives them their names.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.close()?;
        for number in 0..self.count {
            self.disk.rename(&self.path(number, UNFINISHED)?, &self.path(number, "")?)?;
        }
        Ok(())
    }

    /// The next file, the one before it being full.
    fn next(&mut self) -> io::Result<LogWriter> {
        self.close()?;
        let file = LogWriter::create(self.disk, &self.path(self.count, UNFINISHED)?)?;
        self.count += 1;
        Ok(file)
    }

    fn close(&mut self) -> io::Result<()> {
        self.open.take().map_or(Ok(()), |mut file| file.sync())
    }

    fn path(&self, number: u64, suffix: &str) -> Result<PathBuf, TryReserveError> {
        let name = FileName::new(self.created.wrapping_add(number));
        let mut path = path::joined(self.directory, name.as_os_str())?;
        path.try_reserve_exact(suffix.len())?;
        path.as_mut_os_string().push(suffix);
        Ok(path)
    }
}
