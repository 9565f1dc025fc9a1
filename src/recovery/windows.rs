//! A log in windows: consecutive files that are read together, into one stretch of memory.

use super::assemble::{Assembled, Assembly};
use super::ends::find_ends;
use super::options::{Mode, Options};
use super::parse::{self, LogFile, Parsed};
use super::parts::{End, FileRead, LogPart};
use super::progress::{Callback, Progress};
use super::report::Report;
use crate::disk::Disk;
use crate::error::Error;
use crate::log::bytes::LogBytes;
use crate::log::directory;
use crate::log::position::MAX_LOG_LEN;
use crate::memory::{collected, with_capacity};
use memmap2::MmapMut;
use std::path::Path;
use std::vec::IntoIter;

/// Bytes of a file that are read and parsed by one thread.
const PIECE_LEN: usize = 4 << 20;

/// The log of a directory, read window by window. What comes of it is the same for windows of any length.
pub(super) struct Windows<'a, 'p> {
    disk: &'a dyn Disk,
    options: &'a Options,
    progress: Progress<'p>,
    assembly: Assembly<'a>,
    /// The files that have not been read.
    files: IntoIter<LogFile>,
    /// What has been read of those before.
    read: Vec<FileRead>,
    /// A window has been read.
    has_read: bool,
}

impl<'a, 'p> Windows<'a, 'p> {
    /// Looks at all files of the log in `wal_dir`, and reads none, but those whose length could not be told otherwise.
    pub(super) fn open(
        disk: &'a dyn Disk,
        wal_dir: &Path,
        options: &'a Options,
        progress: Option<Callback<'p>>,
        report: &'a mut Report,
    ) -> Result<Self, Error> {
        options.check()?;
        let listing = directory::list(disk, wal_dir, options.include_set_aside)?;
        report.set_aside_directories = listing.set_aside;
        let whole = |path| LogPart { path, from: 0, end: End::Unknown };
        Self::of(disk, collected(listing.files.into_iter().map(whole))?, options, progress, report)
    }

    /// Looks at parts of logs, the oldest first.
    pub(super) fn of(
        disk: &'a dyn Disk,
        parts: Vec<LogPart>,
        options: &'a Options,
        progress: Option<Callback<'p>>,
        report: &'a mut Report,
    ) -> Result<Self, Error> {
        options.check()?;
        let mut files = collected(parts.into_iter().map(|part| LogFile::look(disk, part)))?;
        find_ends(disk, &mut files)?;
        let progress = Progress::new(total_len(&files), progress);
        let read = with_capacity(files.len())?;
        let assembly = Assembly::new(options, report);
        Ok(Self { disk, options, progress, assembly, files: files.into_iter(), read, has_read: false })
    }

    /// Reads the next window, of at most `limit` bytes or of one file. A log has at least one window, which is empty if
    /// the log is. Positions in what it gives count from the window's start.
    pub(super) fn read(&mut self, limit: u64) -> Result<(LogBytes, Assembled), Error> {
        self.has_read = true;
        let files = self.next_files(limit)?;
        let mut bytes = buffer(total_len(&files))?;
        let threads = self.options.thread_count();
        let keeps = self.options.mode == Mode::SkipCorrupted;
        let mut parsed = parse::parse_all(self.disk, &files, &mut bytes, (PIECE_LEN, threads), keeps, &self.progress)?;
        self.check_cancelled()?;
        let log = LogBytes::new(bytes, take_batches(&mut parsed)?);
        for (file, parsed) in files.iter().zip(&parsed) {
            self.read.push(file.told(Some(parsed))?);
        }
        let (assembled, left_out) = self.assembly.window(&log, files.into_iter().zip(parsed))?;
        if let Some(files) = left_out {
            self.end(files)?;
        }
        Ok((log, assembled))
    }

    /// Whether all windows have been read.
    pub(super) fn is_over(&self) -> bool {
        self.has_read && self.files.as_slice().is_empty()
    }

    /// What has been read of each file.
    pub(super) fn into_files_read(self) -> Vec<FileRead> {
        self.read
    }

    /// The highest sequence number of all that was read and not ignored.
    pub(super) fn max_sequence(&self) -> u64 {
        self.assembly.max_sequence()
    }

    fn next_files(&mut self, limit: u64) -> Result<Vec<LogFile>, Error> {
        let mut total: u64 = 0;
        let fits = |file: &&LogFile| {
            total = total.saturating_add(file.len());
            total <= limit
        };
        let count = self.files.as_slice().iter().take_while(fits).count();
        let mut files = with_capacity(count.max(1))?;
        files.extend(self.files.by_ref().take(count.max(1)));
        Ok(files)
    }

    /// Reads no more of the log. So many files of the window that was read last are left out, and all after them.
    fn end(&mut self, files: usize) -> Result<(), Error> {
        let rest = self.files.as_slice();
        self.assembly.leave_out(files + rest.len());
        let taken = self.read.len() - files;
        self.read[taken..].iter_mut().for_each(FileRead::leave_out);
        for file in rest {
            self.read.push(file.told(None)?);
        }
        if !rest.is_empty() {
            self.progress.pass(total_len(rest));
            self.files.by_ref().for_each(drop);
            self.check_cancelled()?;
        }
        Ok(())
    }

    fn check_cancelled(&self) -> Result<(), Error> {
        if self.progress.is_cancelled() { Err(Error::Cancelled) } else { Ok(()) }
    }
}

/// Sparse files can claim more bytes, all together, than can be counted.
fn total_len(files: &[LogFile]) -> u64 {
    files.iter().fold(0, |total, file| total.saturating_add(file.len()))
}

/// Where batches start in the window.
fn take_batches(parsed: &mut [Parsed]) -> Result<Vec<usize>, Error> {
    let mut batches = with_capacity(parsed.iter().map(|parsed| parsed.batches.len()).sum())?;
    for parsed in parsed {
        batches.extend(std::mem::take(&mut parsed.batches));
    }
    Ok(batches)
}

/// Memory that holds zeros, and takes no room until something is stored in it.
fn buffer(total: u64) -> Result<MmapMut, Error> {
    let too_long = || Error::NoMemory(total);
    let len = usize::try_from(total).ok().filter(|_| total < MAX_LOG_LEN).ok_or_else(too_long)?;
    let buffer = MmapMut::map_anon(len).map_err(|_| too_long())?;
    let _ = buffer.advise(memmap2::Advice::HugePage);
    Ok(buffer)
}

#[cfg(test)]
mod tests;
