//! The files of an export, each begun where the one in front of it is full.

use super::record;
use crate::log::format::entry::Entry;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// A file holds no more bytes than this, if it holds more than one entry.
const MAX_FILE_LEN: u64 = 64 << 20;
/// Bytes that are written at once.
const BUFFER_LEN: usize = 256 << 10;

/// Nanoseconds since 1970, which Kevo names a file after.
pub(crate) fn time_of_creation() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as u64)
}

/// Log files in a directory. None bears a log's name before all of them are on disk.
#[derive(Debug)]
pub(crate) struct Files<'a> {
    directory: &'a Path,
    /// The name of the first file; that of each other is one higher.
    created: u64,
    count: u64,
    open: Option<OpenFile>,
}

#[derive(Debug)]
struct OpenFile {
    writer: BufWriter<File>,
    len: u64,
}

impl<'a> Files<'a> {
    pub(crate) fn new(directory: &'a Path, created: u64) -> Self {
        Self { directory, created, count: 0, open: None }
    }

    /// Writes an entry behind those before it. None is divided between files.
    pub(crate) fn write(&mut self, entry: &Entry<'_>) -> io::Result<()> {
        let len = record::len(entry);
        let file = match self.open.take_if(|file| file.len + len <= MAX_FILE_LEN) {
            Some(file) => file,
            None => self.next()?,
        };
        let file = self.open.insert(file);
        file.len += len;
        record::write(&mut file.writer, entry)
    }

    /// Brings all files to disk, and gives them their names.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        self.close()?;
        (0..self.count).try_for_each(|number| fs::rename(self.unfinished(number), self.path(number)))
    }

    /// The next file, the one in front of it being full.
    fn next(&mut self) -> io::Result<OpenFile> {
        self.close()?;
        let file = File::create_new(self.unfinished(self.count))?;
        self.count += 1;
        Ok(OpenFile { writer: BufWriter::with_capacity(BUFFER_LEN, file), len: 0 })
    }

    fn close(&mut self) -> io::Result<()> {
        let Some(mut file) = self.open.take() else { return Ok(()) };
        file.writer.flush()?;
        file.writer.get_ref().sync_all()
    }

    fn path(&self, number: u64) -> PathBuf {
        self.directory.join(format!("{:020}.wal", self.created + number))
    }

    fn unfinished(&self, number: u64) -> PathBuf {
        self.path(number).with_extension("wal.partial")
    }
}
