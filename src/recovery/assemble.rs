//! Decides, in the order of the log, what is recovered and into which table it goes.

use super::entries::Entries;
use super::options::{Mode, Options};
use super::parse::{LogFile, Parsed};
use super::report::{Damage, Report};
use crate::chunked::ChunkedVec;
use crate::damage::{DamageKind, Stretch};
use crate::error::Error;
use crate::log::bytes::LogBytes;
use crate::log::format::entry::Op;
use crate::log::format::record::HEADER_LEN;
use crate::log::position::Position;
use crate::log::row::Row;
use crate::memory::{push, refused};
use crate::memtable::stats::EntryStats;
use std::iter::Peekable;
use std::ops::ControlFlow::{self, Break, Continue};
use std::path::Path;

/// What is to be recovered.
#[derive(Debug)]
pub(crate) struct Assembled {
    /// The entries of all tables, in the order of the log.
    pub(crate) rows: ChunkedVec<Row>,
    /// What is known of each table, the oldest first.
    pub(crate) memtables: Vec<EntryStats>,
    /// The place of the first entry that is in none of the tables up to this one, by the table's number.
    pub(crate) ends: Vec<Position>,
    pub(crate) max_sequence: u64,
}

/// Something among the entries that is not an entry.
#[derive(Debug)]
enum Mark {
    Damage(Stretch),
    /// The record at this offset of the log is a batch, or its header: the next entries stand or fall together.
    Batch(usize),
}

/// Where a recovery to a point in time ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// In front of a file that does not go on where a torn tail has broken off.
    InFrontOfFile,
    /// At corruption in the file.
    InFile,
}

/// Goes through the log once, file by file.
#[derive(Debug)]
pub(crate) struct Assembly<'a> {
    options: &'a Options,
    log: &'a LogBytes,
    report: &'a mut Report,
    entries: Entries,
    full: Vec<EntryStats>,
    /// Where each full table ends.
    ends: Vec<Position>,
    open: EntryStats,
    /// Of all entries read and not ignored.
    max_sequence: u64,
    /// Of all entries read, ignored or not.
    highest_read: u64,
    /// The last thing read was a torn tail, behind which a point in time does not go on without a check.
    behind_torn_tail: bool,
    /// How many of the log's batches have been taken.
    batches: usize,
    /// Where the file that is being taken starts in the log, in bytes.
    file_start: usize,
    /// Where it ends.
    file_end: usize,
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
            open: EntryStats::default(),
            max_sequence: 0,
            highest_read: 0,
            behind_torn_tail: false,
            batches: 0,
            file_start: 0,
            file_end: 0,
        }
    }

    /// Takes the next file; a break says that no more of the log is to be read.
    pub(crate) fn file(&mut self, file: LogFile, parsed: Parsed) -> Result<ControlFlow<End>, Error> {
        let length = file.found?.length;
        // A file that could not even be opened has not been read.
        self.report.files += u64::from(parsed.read > 0 || parsed.failure.is_none());
        self.report.bytes += parsed.read;
        self.file_start = self.file_end;
        self.file_end += length as usize;
        if parsed.out_of_memory {
            return Err(refused::<Row>(parsed.gathered.iter().map(|part| part.rows.len()).sum()));
        }
        self.entries.open(parsed.gathered);
        if self.options.mode == Mode::SkipCorrupted {
            self.report.expect_damage(parsed.damage.len());
        }
        let mut damage = parsed.damage.into_iter().peekable();
        while let Some((start, mark)) = self.next_mark(&mut damage) {
            let flow = self.plain(start, &file.path)?;
            if flow.is_break() {
                return Ok(flow);
            }
            let flow = match mark {
                Mark::Damage(stretch) => self.damage(&stretch, &file.path)?,
                Mark::Batch(record) => self.batch(record, &file.path)?,
            };
            if flow.is_break() {
                return Ok(flow);
            }
        }
        let flow = self.plain(usize::MAX, &file.path)?;
        match parsed.failure {
            Some(failure) if flow.is_continue() => Err(failure),
            _ => Ok(flow),
        }
    }

    pub(crate) fn finish(mut self) -> Result<Assembled, Error> {
        push(&mut self.full, self.open)?;
        push(&mut self.ends, self.log.end())?;
        let (rows, memtables, ends) = (self.entries.into_kept(), self.full, self.ends);
        Ok(Assembled { rows, memtables, ends, max_sequence: self.max_sequence })
    }

    /// The next mark of the file, whose damage this is, and where it starts in the log.
    fn next_mark(&mut self, damage: &mut Peekable<impl Iterator<Item = Stretch>>) -> Option<(usize, Mark)> {
        let batch = self.log.batches().get(self.batches).copied().filter(|&record| record < self.file_end);
        let start = |stretch: &Stretch| self.file_start + stretch.offset as usize;
        if let Some(stretch) = damage.next_if(|stretch| batch.is_none_or(|record| start(stretch) < record)) {
            return Some((start(&stretch), Mark::Damage(stretch)));
        }
        self.batches += usize::from(batch.is_some());
        batch.map(|record| (record, Mark::Batch(record)))
    }

    /// Takes entries of their own that stand in front of `end` in the log.
    fn plain(&mut self, end: usize, path: &Path) -> Result<ControlFlow<End>, Error> {
        while let Some(position) = self.entries.peek()
            && position.offset() < end
        {
            if self.behind_torn_tail && self.is_beyond_the_point(self.log.sequence(position)) {
                return Ok(Break(End::InFrontOfFile));
            }
            if !self.whole_group(end)? {
                self.entry(position, path)?;
            }
        }
        Ok(Continue(()))
    }

    /// Takes the next block at once, if all of it goes into the open table.
    fn whole_group(&mut self, end: usize) -> Result<bool, Error> {
        let Some(group) = self.entries.peek_group(end) else { return Ok(false) };
        let fits = group.merges == 0
            && group.highest_sequence <= self.options.max_sequence
            && self.open.size + group.size < self.options.memtable_size;
        if fits {
            self.entries.keep_group().map_err(|_| refused::<Row>(group.len))?;
            self.open.join(&group);
            self.highest_read = self.highest_read.max(group.highest_sequence);
            self.max_sequence = self.max_sequence.max(group.highest_sequence);
            self.report.entries_applied += group.len as u64;
        }
        Ok(fits)
    }

    /// Takes the next entry, which is at `position`.
    fn entry(&mut self, position: Position, path: &Path) -> Result<(), Error> {
        let applies = self.read(self.log.sequence(position), 1);
        if applies {
            self.make_room(position.offset() - HEADER_LEN, path)?;
        }
        self.take(applies)
    }

    /// Takes the batch that starts at `record` of the log.
    fn batch(&mut self, record: usize, path: &Path) -> Result<ControlFlow<End>, Error> {
        let batch = self.log.batch(record);
        if self.is_beyond_the_point(batch.base) {
            return Ok(Break(End::InFrontOfFile));
        }
        let applies = self.read(batch.last(), batch.count);
        if applies {
            self.make_room(record, path)?;
        }
        for _ in 0..batch.count {
            self.take(applies)?;
        }
        Ok(Continue(()))
    }

    /// Takes the next entry, into the open table if it `applies` and is no merge.
    fn take(&mut self, applies: bool) -> Result<(), Error> {
        let Some(position) = self.entries.peek() else { return Ok(()) };
        let entry = self.log.entry(position);
        if applies && entry.op != Op::Merge {
            self.entries.keep(position, &entry).map_err(|_| refused::<Row>(1))?;
            self.open.add(&entry);
            self.report.entries_applied += 1;
        } else {
            self.entries.pass(position, &entry);
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

    /// Starts a new table if the open one is full, for the record at `record` of the log.
    fn make_room(&mut self, record: usize, path: &Path) -> Result<(), Error> {
        if self.open.size < self.options.memtable_size {
            return Ok(());
        }
        let limit = self.options.max_memtables;
        if self.full.len() + 1 >= limit {
            let offset = (record - self.file_start) as u64;
            return Err(Error::TooManyMemtables { path: path.to_owned(), offset, limit });
        }
        push(&mut self.full, std::mem::take(&mut self.open))?;
        self.entries.peek().map_or(Ok(()), |first| push(&mut self.ends, first))
    }

    fn damage(&mut self, stretch: &Stretch, path: &Path) -> Result<ControlFlow<End>, Error> {
        self.report.add_damage(path, stretch).map_err(|_| refused::<Damage>(self.report.damage.len() + 1))?;
        let Stretch { offset, length, kind, cause, .. } = *stretch;
        match (self.options.mode, kind) {
            (Mode::Absolute, _) | (Mode::TolerateTornTail, DamageKind::Corruption) => {
                Err(Error::Corrupt { path: path.to_owned(), offset, length, kind, cause })
            }
            (Mode::PointInTime, DamageKind::Corruption) => Ok(Break(End::InFile)),
            (Mode::PointInTime, DamageKind::TornTail) => {
                self.behind_torn_tail = true;
                Ok(Continue(()))
            }
            (Mode::TolerateTornTail, DamageKind::TornTail) | (Mode::SkipCorrupted, _) => Ok(Continue(())),
        }
    }
}

#[cfg(test)]
mod tests;
