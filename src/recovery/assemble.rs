//! Decides, in the order of the log, what is recovered and into which memtable it goes.
//!
//! The log comes in windows. What the next window depends on is in [`Assembly`]; all else belongs to one window.

use super::entries::Entries;
use super::options::{Mode, Options};
use super::parse::{LogFile, Parsed};
use super::report::Report;
use crate::chunked::ChunkedVec;
use crate::damage::{DamageKind, Stretch};
use crate::error::Error;
use crate::log::bytes::LogBytes;
use crate::log::format::entry::Op;
use crate::log::format::record::HEADER_LEN;
use crate::log::position::Position;
use crate::log::row::Row;
use crate::memory::{copied_path, push, refused};
use crate::memtable::stats::EntryStats;
use std::iter::Peekable;
use std::ops::ControlFlow::{self, Break, Continue};
use std::path::Path;

/// What is to be recovered of a window.
#[derive(Debug)]
pub(super) struct Assembled {
    /// The entries of all memtables, in the order of the log.
    pub(super) rows: ChunkedVec<Row>,
    /// What is known of the part of each memtable that is in this window, the oldest first. There is at least one. The
    /// first goes on with the last of the window before, and the last goes on in the next window.
    pub(super) memtables: Vec<EntryStats>,
    /// The position of the first entry that is in none of the memtables up to this one, by the memtable's number.
    pub(super) ends: Vec<Position>,
}

/// Something among the entries that is not an entry.
#[derive(Debug)]
enum Event {
    Damage(Stretch),
    /// The record at this offset of the window is a batch, or its header: the next entries stand or fall together.
    Batch(usize),
}

/// Where a recovery to a point in time ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// Before a file that does not go on where a torn tail has broken off.
    BeforeFile,
    /// At corruption in the file.
    InFile,
}

/// Goes through the log once, window by window.
#[derive(Debug)]
pub(super) struct Assembly<'a> {
    options: &'a Options,
    report: &'a mut Report,
    /// How many memtables have been filled.
    filled: usize,
    /// Size of the open memtable in the windows before this one.
    size_before: u64,
    /// Of all entries read and not ignored.
    max_sequence: u64,
    /// Of all entries read, ignored or not.
    highest_read: u64,
    /// The last thing read was a torn tail, after which a point in time does not go on without a check.
    after_torn_tail: bool,
}

/// Goes through a window once, file by file.
#[derive(Debug)]
struct Window<'w, 'a> {
    state: &'w mut Assembly<'a>,
    log: &'w LogBytes,
    entries: Entries,
    /// Of each memtable that has been filled, what is in this window.
    filled: Vec<EntryStats>,
    /// Where each of these ends.
    ends: Vec<Position>,
    /// What of the open memtable is in this window.
    open: EntryStats,
    /// How many of the window's batches have been taken.
    batches: usize,
    /// Where the file that is being taken starts in the window, in bytes.
    file_start: usize,
    /// Where it ends.
    file_end: usize,
    /// Where what is read of it starts in the file, in bytes.
    file_from: usize,
}

impl<'a> Assembly<'a> {
    pub(super) fn new(options: &'a Options, report: &'a mut Report) -> Self {
        Self { options, report, filled: 0, size_before: 0, max_sequence: 0, highest_read: 0, after_torn_tail: false }
    }

    /// Takes the files of the next window, whose bytes are `log`. Also gives how many of them are left out, if the log
    /// ends for this recovery there: no more of it is to be read then.
    pub(super) fn window(
        &mut self,
        log: &LogBytes,
        mut files: impl ExactSizeIterator<Item = (LogFile, Parsed)>,
    ) -> Result<(Assembled, Option<usize>), Error> {
        let mut window = Window::new(self, log);
        let mut left_out = None;
        while let Some((file, parsed)) = files.next() {
            left_out = match window.file(file, parsed)? {
                Continue(()) => continue,
                Break(End::BeforeFile) => Some(files.len() + 1),
                Break(End::InFile) => Some(files.len()),
            };
            break;
        }
        Ok((window.finish()?, left_out))
    }

    /// Counts files before which the recovery has ended.
    pub(super) fn leave_out(&mut self, files: usize) {
        self.report.files_left_out += files as u64;
    }

    /// The highest sequence number of all entries that were read and not ignored.
    pub(super) fn max_sequence(&self) -> u64 {
        self.max_sequence
    }
}

impl<'w, 'a> Window<'w, 'a> {
    fn new(state: &'w mut Assembly<'a>, log: &'w LogBytes) -> Self {
        Self {
            state,
            log,
            entries: Entries::default(),
            filled: Vec::new(),
            ends: Vec::new(),
            open: EntryStats::default(),
            batches: 0,
            file_start: 0,
            file_end: 0,
            file_from: 0,
        }
    }

    /// Takes the next file; a break says that no more of the log is to be read.
    fn file(&mut self, file: LogFile, parsed: Parsed) -> Result<ControlFlow<End>, Error> {
        let length = file.len();
        self.file_from = file.from as usize;
        file.found?;
        // A file that could not even be opened has not been read.
        self.state.report.files += u64::from(parsed.read > 0 || parsed.failure.is_none());
        self.state.report.bytes += parsed.read;
        self.file_start = self.file_end;
        self.file_end += length as usize;
        if parsed.out_of_memory {
            return Err(refused::<Row>(parsed.gathered.iter().map(|part| part.rows.len()).sum()));
        }
        self.entries.open(parsed.gathered);
        if self.state.options.mode == Mode::SkipCorrupted {
            self.state.report.expect_damage(parsed.damage.len());
        }
        let mut damage = parsed.damage.into_iter().peekable();
        while let Some((start, event)) = self.next_event(&mut damage) {
            let flow = self.plain(start, &file.path)?;
            if flow.is_break() {
                return Ok(flow);
            }
            let flow = match event {
                Event::Damage(stretch) => self.damage(&stretch, &file.path)?,
                Event::Batch(record) => self.batch(record, &file.path)?,
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

    fn finish(mut self) -> Result<Assembled, Error> {
        self.state.size_before += self.open.size;
        push(&mut self.filled, self.open)?;
        push(&mut self.ends, self.log.end())?;
        Ok(Assembled { rows: self.entries.into_kept(), memtables: self.filled, ends: self.ends })
    }

    /// The next event of the file, whose damage this is, and where it starts in the window.
    fn next_event(&mut self, damage: &mut Peekable<impl Iterator<Item = Stretch>>) -> Option<(usize, Event)> {
        let batch = self.log.batches().get(self.batches).copied().filter(|&record| record < self.file_end);
        let start = |stretch: &Stretch| self.file_start + (stretch.offset as usize - self.file_from);
        if let Some(stretch) = damage.next_if(|stretch| batch.is_none_or(|record| start(stretch) < record)) {
            return Some((start(&stretch), Event::Damage(stretch)));
        }
        self.batches += usize::from(batch.is_some());
        batch.map(|record| (record, Event::Batch(record)))
    }

    /// Takes entries of their own that stand before `end` in the window.
    fn plain(&mut self, end: usize, path: &Path) -> Result<ControlFlow<End>, Error> {
        while let Some(position) = self.entries.peek()
            && position.offset() < end
        {
            if self.state.after_torn_tail && self.is_beyond_the_point(self.log.sequence(position)) {
                return Ok(Break(End::BeforeFile));
            }
            if !self.whole_group(end)? {
                self.entry(position, path)?;
            }
        }
        Ok(Continue(()))
    }

    /// Takes the next group of rows at once, if all of it goes into the open memtable.
    fn whole_group(&mut self, end: usize) -> Result<bool, Error> {
        let Some(group) = self.entries.peek_group(end) else { return Ok(false) };
        let fits = group.merges == 0
            && group.highest_sequence <= self.state.options.max_sequence
            && self.state.size_before + self.open.size + group.size < self.state.options.memtable_size;
        if fits {
            self.entries.keep_group().map_err(|_| refused::<Row>(group.len))?;
            self.open.join(&group);
            self.state.highest_read = self.state.highest_read.max(group.highest_sequence);
            self.state.max_sequence = self.state.max_sequence.max(group.highest_sequence);
            self.state.report.entries_applied += group.len as u64;
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

    /// Takes the batch that starts at `record` of the window.
    fn batch(&mut self, record: usize, path: &Path) -> Result<ControlFlow<End>, Error> {
        let batch = self.log.batch(record);
        if self.is_beyond_the_point(batch.base) {
            return Ok(Break(End::BeforeFile));
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

    /// Takes the next entry, into the open memtable if it `applies` and is no merge.
    fn take(&mut self, applies: bool) -> Result<(), Error> {
        let Some(position) = self.entries.peek() else { return Ok(()) };
        let entry = self.log.entry(position);
        if applies && entry.op != Op::Merge {
            self.entries.keep(position, &entry).map_err(|_| refused::<Row>(1))?;
            self.open.add(&entry);
            self.state.report.entries_applied += 1;
        } else {
            self.entries.pass(position, &entry);
            self.state.report.merges_ignored += u64::from(applies);
        }
        Ok(())
    }

    /// Whether a point in time ends before an entry with this sequence number.
    fn is_beyond_the_point(&mut self, sequence: u64) -> bool {
        let after_torn_tail = std::mem::take(&mut self.state.after_torn_tail);
        after_torn_tail && Some(sequence) != self.state.highest_read.checked_add(1)
    }

    /// Counts what has been read up to `sequence`; false if it is to be ignored.
    fn read(&mut self, sequence: u64, entries: u64) -> bool {
        self.state.highest_read = self.state.highest_read.max(sequence);
        let ignored = sequence > self.state.options.max_sequence;
        if ignored {
            self.state.report.entries_above_max_sequence += entries;
        } else {
            self.state.max_sequence = self.state.max_sequence.max(sequence);
        }
        !ignored
    }

    /// Starts a new memtable if the open one is full, for the record at `record` of the window.
    fn make_room(&mut self, record: usize, path: &Path) -> Result<(), Error> {
        if self.state.size_before + self.open.size < self.state.options.memtable_size {
            return Ok(());
        }
        let limit = self.state.options.max_memtables;
        if self.state.filled + 1 >= limit {
            let offset = (record - self.file_start + self.file_from) as u64;
            return Err(Error::TooManyMemtables { path: copied_path(path)?, offset, limit });
        }
        push(&mut self.filled, std::mem::take(&mut self.open))?;
        (self.state.filled, self.state.size_before) = (self.state.filled + 1, 0);
        self.entries.peek().map_or(Ok(()), |first| push(&mut self.ends, first))
    }

    fn damage(&mut self, stretch: &Stretch, path: &Path) -> Result<ControlFlow<End>, Error> {
        self.state.report.add_damage(path, stretch)?;
        let Stretch { offset, length, kind, cause, .. } = *stretch;
        match (self.state.options.mode, kind) {
            (Mode::Absolute, _) | (Mode::TolerateTornTail, DamageKind::Corruption) => {
                Err(Error::Corrupt { path: copied_path(path)?, offset, length, kind, cause })
            }
            (Mode::PointInTime, DamageKind::Corruption) => Ok(Break(End::InFile)),
            (Mode::PointInTime, DamageKind::TornTail) => {
                self.state.after_torn_tail = true;
                Ok(Continue(()))
            }
            _ => Ok(Continue(())),
        }
    }
}

#[cfg(test)]
mod tests;
