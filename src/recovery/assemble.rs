//! Decides, in the order of the log, what is recovered and into which table it goes.

use super::entries::Entries;
use super::options::{Mode, Options};
use super::parse::{Batch, LogFile, Marked, Parsed};
use super::report::Report;
use crate::damage::{DamageKind, Stretch};
use crate::error::Error;
use crate::log::bytes::LogBytes;
use crate::log::entry::Op;
use crate::log::place::Place;
use crate::log::record::HEADER_LEN;
use crate::log::row::Row;
use crate::memtable::summary::Summary;
use std::ops::ControlFlow::{self, Break, Continue};
use std::path::Path;

/// What is to be recovered.
#[derive(Debug)]
pub(crate) struct Assembled {
    /// The entries of all tables, in the order of the log.
    pub(crate) rows: Vec<Row>,
    /// What is known of each table, the oldest first.
    pub(crate) tables: Vec<Summary>,
    /// The place of the first entry that is in none of the tables up to this one, by the table's number.
    pub(crate) ends: Vec<Place>,
    pub(crate) max_sequence: u64,
}

/// Goes through the log once, file by file.
#[derive(Debug)]
pub(crate) struct Assembly<'a> {
    options: &'a Options,
    log: &'a LogBytes,
    report: &'a mut Report,
    entries: Entries,
    full: Vec<Summary>,
    /// Where each full table ends.
    ends: Vec<Place>,
    open: Summary,
    /// Of all entries read and not ignored.
    max_sequence: u64,
    /// Of all entries read, ignored or not.
    highest_read: u64,
    /// The last thing read was a torn tail, behind which a point in time does not go on without a check.
    behind_torn_tail: bool,
    /// Where the file that is being taken starts in the log, in bytes.
    file_start: u64,
    /// Where it ends.
    file_end: u64,
}

impl<'a> Assembly<'a> {
    pub(crate) fn new(options: &'a Options, log: &'a LogBytes, report: &'a mut Report) -> Self {
        Self {
            options,
            log,
            report,
            entries: Entries::default(),
            full: Vec::new(),
            ends: Vec::new(),
            open: Summary::default(),
            max_sequence: 0,
            highest_read: 0,
            behind_torn_tail: false,
            file_start: 0,
            file_end: 0,
        }
    }

    /// Takes the next file; a break says that no more of the log is to be read.
    pub(crate) fn file(&mut self, file: LogFile, parsed: Parsed) -> Result<ControlFlow<()>, Error> {
        let length = file.length?;
        // A file that could not even be opened has not been read.
        self.report.files += u64::from(parsed.read > 0 || parsed.failure.is_none());
        self.report.bytes += parsed.read;
        self.file_start = self.file_end;
        self.file_end += length;
        if parsed.out_of_memory {
            return Err(no_memory(parsed.gathered.iter().map(|part| part.rows.len()).sum()));
        }
        self.entries.open(parsed.gathered);
        for mark in parsed.marks {
            if self.plain(mark.entries_before, &file.path)?.is_break() {
                return Ok(Break(()));
            }
            let flow = match mark.what {
                Marked::Damage(stretch) => self.damage(&stretch, &file.path)?,
                Marked::Batch(batch) => self.batch(&batch, &file.path)?,
            };
            if flow.is_break() {
                return Ok(Break(()));
            }
        }
        let flow = self.plain(u64::MAX, &file.path)?;
        match parsed.failure {
            Some(failure) if flow.is_continue() => Err(failure),
            _ => Ok(flow),
        }
    }

    pub(crate) fn finish(mut self) -> Assembled {
        self.full.push(self.open);
        self.ends.push(self.log.end());
        let (rows, tables, ends) = (self.entries.into_kept(), self.full, self.ends);
        Assembled { rows, tables, ends, max_sequence: self.max_sequence }
    }

    /// Takes entries of their own until `upto` of the file have been taken.
    fn plain(&mut self, upto: u64, path: &Path) -> Result<ControlFlow<()>, Error> {
        while self.entries.taken() < upto
            && let Some(place) = self.entries.peek()
        {
            if self.behind_torn_tail && self.is_beyond_the_point(self.log.sequence(place)) {
                return Ok(Break(()));
            }
            if !self.whole_block(upto)? {
                self.entry(place, path)?;
            }
        }
        Ok(Continue(()))
    }

    /// Takes the next block at once, if all of it goes into the open table.
    fn whole_block(&mut self, upto: u64) -> Result<bool, Error> {
        let Some(block) = self.entries.peek_block(upto - self.entries.taken()) else { return Ok(false) };
        let fits = block.merges == 0
            && block.highest_sequence <= self.options.max_sequence
            && self.open.size + block.size < self.options.memtable_size;
        if fits {
            self.entries.keep_block().map_err(|_| no_memory(block.len))?;
            self.open.join(&block);
            self.highest_read = self.highest_read.max(block.highest_sequence);
            self.max_sequence = self.max_sequence.max(block.highest_sequence);
            self.report.entries_applied += block.len as u64;
        }
        Ok(fits)
    }

    /// Takes the next entry, which is at `place`.
    fn entry(&mut self, place: Place, path: &Path) -> Result<(), Error> {
        let applies = self.read(self.log.sequence(place), 1);
        if applies {
            let record = place.offset() - HEADER_LEN;
            self.make_room(record as u64 - self.file_start, path)?;
        }
        self.take(applies)
    }

    fn batch(&mut self, batch: &Batch, path: &Path) -> Result<ControlFlow<()>, Error> {
        if self.is_beyond_the_point(batch.first_sequence) {
            return Ok(Break(()));
        }
        let applies = self.read(batch.last_sequence, batch.len);
        if applies {
            self.make_room(batch.offset, path)?;
        }
        for _ in 0..batch.len {
            self.take(applies)?;
        }
        Ok(Continue(()))
    }

    /// Takes the next entry, into the open table if it `applies` and is no merge.
    fn take(&mut self, applies: bool) -> Result<(), Error> {
        let Some(place) = self.entries.peek() else { return Ok(()) };
        let entry = self.log.entry(place);
        if applies && entry.op != Op::Merge {
            self.entries.keep(place, &entry).map_err(|_| no_memory(1))?;
            self.open.add(&entry);
            self.report.entries_applied += 1;
        } else {
            self.entries.pass(place, &entry);
            self.report.merges_ignored += u64::from(applies);
        }
        Ok(())
    }

    /// Whether a point in time ends in front of an entry with this sequence number.
    fn is_beyond_the_point(&mut self, sequence: u64) -> bool {
        let behind_torn_tail = std::mem::take(&mut self.behind_torn_tail);
        behind_torn_tail && Some(sequence) != self.highest_read.checked_add(1)
    }

    /// Counts what has been read up to `sequence`; false if it is to be ignored.
    fn read(&mut self, sequence: u64, entries: u64) -> bool {
        self.highest_read = self.highest_read.max(sequence);
        let ignored = sequence > self.options.max_sequence;
        if ignored {
            self.report.entries_above_max_sequence += entries;
        } else {
            self.max_sequence = self.max_sequence.max(sequence);
        }
        !ignored
    }

    /// Starts a new table if the open one is full, for the record at `offset`.
    fn make_room(&mut self, offset: u64, path: &Path) -> Result<(), Error> {
        if self.open.size < self.options.memtable_size {
            return Ok(());
        }
        let limit = self.options.max_memtables;
        if self.full.len() + 1 >= limit {
            return Err(Error::TooManyMemtables { path: path.to_owned(), offset, limit });
        }
        self.full.push(std::mem::take(&mut self.open));
        self.ends.extend(self.entries.peek());
        Ok(())
    }

    fn damage(&mut self, stretch: &Stretch, path: &Path) -> Result<ControlFlow<()>, Error> {
        self.report.add_damage(path, stretch);
        let Stretch { offset, length, kind, cause, .. } = *stretch;
        match (self.options.mode, kind) {
            (Mode::Absolute, _) | (Mode::TolerateTornTail, DamageKind::Corruption) => {
                Err(Error::Corrupt { path: path.to_owned(), offset, length, kind, cause })
            }
            (Mode::PointInTime, DamageKind::Corruption) => Ok(Break(())),
            (Mode::PointInTime, DamageKind::TornTail) => {
                self.behind_torn_tail = true;
                Ok(Continue(()))
            }
            (Mode::TolerateTornTail, DamageKind::TornTail) | (Mode::SkipCorrupted, _) => Ok(Continue(())),
        }
    }
}

/// There is none for so many rows.
fn no_memory(rows: usize) -> Error {
    Error::NoMemory((rows * size_of::<Row>()) as u64)
}

#[cfg(test)]
mod tests;
