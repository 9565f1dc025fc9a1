//! Decides, in the order of the log, what is recovered and into which table it goes.

use super::entries::Entries;
use super::options::{Mode, Options};
use super::parse::{Batch, LogFile, Marked, Parsed};
use super::report::Report;
use crate::error::Error;
use crate::log::bytes::LogBytes;
use crate::log::damage::{DamageKind, Stretch};
use crate::log::entry::{Entry, Op};
use crate::log::place::Place;
use crate::log::record::HEADER_LEN;
use crate::memtable::block::{Block, Summary};
use crate::memtable::table::Totals;
use std::ops::ControlFlow::{self, Break, Continue};
use std::path::Path;

/// A table to be: its entries, not sorted yet.
#[derive(Debug, Default)]
pub(crate) struct Draft {
    pub(crate) blocks: Vec<Block>,
    summary: Summary,
    /// The last block is for entries of the block that begins here.
    part_of: Option<Place>,
}

impl Draft {
    fn push_block(&mut self, block: Block) {
        self.summary.join(&block.summary);
        self.blocks.push(block);
        self.part_of = None;
    }

    fn push(&mut self, source: &Block, index: usize, entry: &Entry<'_>) {
        let source_start = Some(source.refs[0].place);
        if self.part_of != source_start {
            self.blocks.push(source.empty_part());
            self.part_of = source_start;
        }
        self.summary.add(entry);
        if let Some(part) = self.blocks.last_mut() {
            part.push(source, index, entry);
        }
    }

    pub(crate) fn totals(&self) -> Totals {
        let entries = self.blocks.iter().map(|block| block.refs.len() as u64).sum();
        if entries == 0 {
            return Totals::EMPTY;
        }
        Totals {
            size: self.summary.size,
            entries,
            next_sequence: self.summary.highest_sequence.saturating_add(1),
            lowest_sequence: self.summary.lowest_sequence,
        }
    }
}

/// Goes through the log once, file by file.
#[derive(Debug)]
pub(crate) struct Assembly<'a> {
    options: &'a Options,
    log: &'a LogBytes,
    report: &'a mut Report,
    full: Vec<Draft>,
    open: Draft,
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
            full: Vec::new(),
            open: Draft::default(),
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
        self.report.files += 1;
        self.report.bytes += length;
        self.file_start = self.file_end;
        self.file_end += length;
        let mut entries = Entries::new(parsed.blocks);
        for mark in parsed.marks {
            if self.plain(&mut entries, mark.entries_before, &file.path)?.is_break() {
                return Ok(Break(()));
            }
            let flow = match mark.what {
                Marked::Damage(stretch) => self.damage(&stretch, &file.path)?,
                Marked::Batch(batch) => self.batch(&mut entries, &batch, &file.path)?,
            };
            if flow.is_break() {
                return Ok(Break(()));
            }
        }
        let flow = self.plain(&mut entries, u64::MAX, &file.path)?;
        match parsed.failure {
            Some(failure) if flow.is_continue() => Err(failure),
            _ => Ok(flow),
        }
    }

    /// All tables, oldest first, and the maximum sequence number.
    pub(crate) fn finish(mut self) -> (Vec<Draft>, u64) {
        self.full.push(self.open);
        (self.full, self.max_sequence)
    }

    /// Takes entries of their own until `upto` of the file have been taken.
    fn plain(&mut self, entries: &mut Entries, upto: u64, path: &Path) -> Result<ControlFlow<()>, Error> {
        while entries.taken() < upto {
            let Some(first) = entries.peek() else { break };
            if self.behind_torn_tail && self.is_beyond_the_point(self.log.sequence(first.place)) {
                return Ok(Break(()));
            }
            if let Some(block) = entries.next_block(upto - entries.taken(), |summary| self.has_room_for(summary)) {
                self.add_block(block);
            } else if let Some((block, index)) = entries.next() {
                self.entry(block, index, path)?;
            }
        }
        Ok(Continue(()))
    }

    /// Whether all of a block goes into the open table.
    fn has_room_for(&self, block: &Summary) -> bool {
        block.merges == 0
            && block.highest_sequence <= self.options.max_sequence
            && self.open.summary.size + block.size < self.options.memtable_size
    }

    fn add_block(&mut self, block: Block) {
        self.highest_read = self.highest_read.max(block.summary.highest_sequence);
        self.max_sequence = self.max_sequence.max(block.summary.highest_sequence);
        self.report.entries_applied += block.refs.len() as u64;
        self.open.push_block(block);
    }

    fn entry(&mut self, block: &Block, index: usize, path: &Path) -> Result<(), Error> {
        let place = block.refs[index].place;
        let entry = self.log.entry(place);
        if self.read(entry.sequence, 1) {
            let record = place.offset() - HEADER_LEN;
            self.make_room(record as u64 - self.file_start, path)?;
            self.apply(block, index, &entry);
        }
        Ok(())
    }

    fn batch(&mut self, entries: &mut Entries, batch: &Batch, path: &Path) -> Result<ControlFlow<()>, Error> {
        if self.is_beyond_the_point(batch.first_sequence) {
            return Ok(Break(()));
        }
        let applies = self.read(batch.last_sequence, batch.len);
        if applies {
            self.make_room(batch.offset, path)?;
        }
        for _ in 0..batch.len {
            if let Some((block, index)) = entries.next()
                && applies
            {
                self.apply(block, index, &self.log.entry(block.refs[index].place));
            }
        }
        Ok(Continue(()))
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
        if self.open.summary.size < self.options.memtable_size {
            return Ok(());
        }
        let limit = self.options.max_memtables;
        if self.full.len() + 1 >= limit {
            return Err(Error::TooManyMemtables { path: path.to_owned(), offset, limit });
        }
        self.full.push(std::mem::take(&mut self.open));
        Ok(())
    }

    fn apply(&mut self, block: &Block, index: usize, entry: &Entry<'_>) {
        if entry.op == Op::Merge {
            self.report.merges_ignored += 1;
        } else {
            self.report.entries_applied += 1;
            self.open.push(block, index, entry);
        }
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
