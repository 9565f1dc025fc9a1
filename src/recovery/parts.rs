//! Parts of logs: what a caller wants to be read, and what has been read of each.

use super::options::Options;
use super::progress::Callback;
use super::report::Report;
use super::windows::Windows;
use crate::disk::Disk;
use crate::error::Error;
use crate::log::format::mark::LogIdentity;
use crate::recovered::log::RecoveredLog;
use std::path::PathBuf;

/// What is to be read of a log.
#[derive(Clone, Debug)]
pub(crate) struct LogPart {
    pub(crate) path: PathBuf,
    /// Where it starts, in bytes from the file's start: 0 unless its end is [`End::Kevo`].
    pub(crate) from: u64,
    pub(crate) end: End,
}

/// Where a part of a log ends, and so by which rules it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// At the end of the file, be it Kevo's or ours. If the start mark of another part's file names this file, it ends
    /// where that says.
    Unknown,
    /// At this offset, in a log of ours: what stands before it was on disk.
    Known(u64),
    /// At the end of the file. All of it is Kevo's.
    Kevo,
}

/// What has been read of a part.
#[derive(Clone, Debug)]
pub(crate) struct FileRead {
    pub(crate) path: PathBuf,
    pub(crate) from: u64,
    /// Up to where the history was taken, in bytes from the file's start. Damage that is skipped does not end it.
    pub(crate) end: u64,
    /// Of the file, when reading began.
    pub(crate) length: u64,
    /// It is a log of ours. (A part that Kevo has appended is not.)
    pub(crate) is_ours: bool,
    /// What its start mark says, if it is a log of ours and that mark is not damaged.
    pub(crate) identity: Option<LogIdentity>,
    /// It has no damage, and nothing comes after its end.
    pub(crate) is_clean: bool,
    pub(crate) has_entries: bool,
    /// The highest sequence number of its entries and marks, whether they count or not.
    pub(crate) max_sequence: u64,
}

impl FileRead {
    /// None of it counts: a recovery to a point in time ends before it.
    pub(super) fn leave_out(&mut self) {
        (self.end, self.is_clean) = (self.from, false);
    }
}

/// Parts of logs, which are read window by window.
pub(crate) struct Parts<'a, 'p> {
    windows: Windows<'a, 'p>,
    options: &'a Options,
}

impl<'a, 'p> Parts<'a, 'p> {
    /// Looks at the parts, the oldest first.
    ///
    /// # Errors
    ///
    /// If an option is out of range or there is no memory. What is wrong with a file is told when it is read.
    pub(crate) fn open(
        disk: &'a dyn Disk,
        parts: Vec<LogPart>,
        options: &'a Options,
        progress: Option<Callback<'p>>,
        report: &'a mut Report,
    ) -> Result<Self, Error> {
        Ok(Self { windows: Windows::of(disk, parts, options, progress, report)?, options })
    }

    /// Reads the next window, of at most `limit` bytes or of one part. There is at least one, which may be empty.
    ///
    /// # Errors
    ///
    /// As a recovery.
    pub(crate) fn read(&mut self, limit: u64) -> Result<Option<RecoveredLog>, Error> {
        if self.windows.is_over() {
            return Ok(None);
        }
        let (log, assembled) = self.windows.read(limit)?;
        super::recovered(log, assembled, 0, self.options).map(|recovered| Some(recovered.log))
    }

    /// What has been read of each part, in their order, and the highest sequence number of all that counts.
    pub(crate) fn finish(self) -> (Vec<FileRead>, u64) {
        let max_sequence = self.windows.max_sequence();
        (self.windows.into_files_read(), max_sequence)
    }
}

#[cfg(test)]
mod tests;
