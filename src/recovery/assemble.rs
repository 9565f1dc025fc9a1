//! Decides, in the order of the log, what is recovered and into which table it goes.

use super::entries::Entries;
use super::options::{Mode, Options};
use super::parse::{LogFile, Parsed};
use super::report::{Damage, Report};
use crate::damage::{DamageKind, Stretch};
use crate::error::Error;
use crate::log::bytes::LogBytes;
use crate::log::entry::{Entry, Op};
use crate::log::place::Place;
use crate::log::record::HEADER_LEN;
use crate::memory::{copied, refused};
use crate::memtable::filter::KeyHash;
use crate::memtable::gather::{Block, Ref, Summary};
use crate::memtable::table::Totals;
use std::iter::Peekable;
use std::ops::ControlFlow::{self, Break, Continue};
use std::path::Path;

/// A table to be: what is known of its entries, which are not sorted yet.
#[derive(Debug, Default)]
pub(crate) struct Draft {
    pub(crate) blocks: Vec<Block>,
    summary: Summary,
}

impl Draft {
    fn push_block(&mut self, block: &Block) -> Result<(), Error> {
        self.add_part(block, block.len, block.summary)?;
        self.summary.join(&block.summary);
        Ok(())
    }

    /// Adds an entry of `block`.
    fn push(&mut self, block: &Block, entry: &Entry<'_>) -> Result<(), Error> {
        if self.blocks.last().is_none_or(|part| part.shared != block.shared) {
            self.add_part(block, 0, Summary::default())?;
        }
        self.summary.add(entry);
        if let Some(part) = self.blocks.last_mut() {
            part.add(entry);
        }
        Ok(())
    }

    /// Adds `len` entries of `block`, of which `summary` is known.
    fn add_part(&mut self, block: &Block, len: usize, summary: Summary) -> Result<(), Error> {
        let shared = copied(&block.shared).map_err(|_| refused::<u8>(block.shared.len()))?;
        self.blocks.try_reserve(1).map_err(|_| refused::<Block>(self.blocks.len() + 1))?;
        self.blocks.push(Block { len, shared, summary });
        Ok(())
    }

    /// How many entries it has.
    pub(crate) fn len(&self) -> usize {
        self.blocks.iter().map(|block| block.len).sum()
    }

    pub(crate) fn totals(&self) -> Totals {
        if self.blocks.is_empty() {
            return Totals::EMPTY;
        }
        Totals {
            size: self.summary.size,
            entries: self.len() as u64,
            next_sequence: self.summary.highest_sequence.saturating_add(1),
            lowest_sequence: self.summary.lowest_sequence,
        }
    }
}

/// What is to be recovered.
#[derive(Debug)]
pub(crate) struct Assembled {
    /// The entries of all tables, in the order of the log.
    pub(crate) refs: Vec<Ref>,
    pub(crate) hashes: Vec<KeyHash>,
    /// The tables, oldest first; each has the entries behind those of the one in front of it.
    pub(crate) drafts: Vec<Draft>,
    pub(crate) max_sequence: u64,
}

/// Something among the entries that is not an entry.
#[derive(Debug)]
enum Mark {
    Damage(Stretch),
    /// The record at this offset of the log is a batch, or its header: the next entries stand or fall together.
    Batch(usize),
}

/// Goes through the log once, file by file.
#[derive(Debug)]
pub(crate) struct Assembly<'a> {
    options: &'a Options,
    log: &'a LogBytes,
    report: &'a mut Report,
    entries: Entries,
    full: Vec<Draft>,
    open: Draft,
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
    /// `entries` has room for all that there are.
    pub(crate) fn new(options: &'a Options, log: &'a LogBytes, report: &'a mut Report, entries: Entries) -> Self {
        Self {
            options,
            log,
            report,
            entries,
            full: Vec::new(),
            open: Draft::default(),
            max_sequence: 0,
            highest_read: 0,
            behind_torn_tail: false,
            batches: 0,
            file_start: 0,
            file_end: 0,
        }
    }

    /// Takes the next file; a break says that no more of the log is to be read.
    pub(crate) fn file(&mut self, file: LogFile, parsed: Parsed) -> Result<ControlFlow<()>, Error> {
        let length = file.found?.length;
        // A file that could not even be opened has not been read.
        self.report.files += u64::from(parsed.read > 0 || parsed.failure.is_none());
        self.report.bytes += parsed.read;
        self.file_start = self.file_end;
        self.file_end += length as usize;
        let references = parsed.gathered.iter().map(|part| part.refs.len() * size_of::<Ref>()).sum::<usize>();
        if parsed.out_of_memory || self.entries.append(parsed.gathered).is_err() {
            return Err(Error::NoMemory(references as u64));
        }
        if self.options.mode == Mode::SkipCorrupted {
            self.report.expect_damage(parsed.damage.len());
        }
        let mut damage = parsed.damage.into_iter().peekable();
        while let Some((start, mark)) = self.next_mark(&mut damage) {
            if self.plain(start, &file.path)?.is_break() {
                return Ok(Break(()));
            }
            let flow = match mark {
                Mark::Damage(stretch) => self.damage(&stretch, &file.path)?,
                Mark::Batch(record) => self.batch(record, &file.path)?,
            };
            if flow.is_break() {
                return Ok(Break(()));
            }
        }
        let flow = self.plain(usize::MAX, &file.path)?;
        match parsed.failure {
            Some(failure) if flow.is_continue() => Err(failure),
            _ => Ok(flow),
        }
    }

    pub(crate) fn finish(mut self) -> Assembled {
        self.full.push(self.open);
        let (refs, hashes) = self.entries.into_kept();
        Assembled { refs, hashes, drafts: self.full, max_sequence: self.max_sequence }
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
    fn plain(&mut self, end: usize, path: &Path) -> Result<ControlFlow<()>, Error> {
        while let Some((first, _)) = self.entries.peek()
            && first.place.offset() < end
        {
            if self.behind_torn_tail && self.is_beyond_the_point(self.log.sequence(first.place)) {
                return Ok(Break(()));
            }
            if !self.whole_block(end)? {
                self.entry(first.place, path)?;
            }
        }
        Ok(Continue(()))
    }

    /// Takes the next block at once, if all of it goes into the open table.
    fn whole_block(&mut self, end: usize) -> Result<bool, Error> {
        let Some(block) = self.entries.peek_block(end) else { return Ok(false) };
        let Summary { size, merges, highest_sequence, .. } = block.summary;
        let fits = merges == 0
            && highest_sequence <= self.options.max_sequence
            && self.open.summary.size + size < self.options.memtable_size;
        if !fits {
            return Ok(false);
        }
        let len = block.len;
        self.open.push_block(block)?;
        self.entries.keep(len);
        self.highest_read = self.highest_read.max(highest_sequence);
        self.max_sequence = self.max_sequence.max(highest_sequence);
        self.report.entries_applied += len as u64;
        Ok(true)
    }

    /// Takes the next entry, which is at `place`.
    fn entry(&mut self, place: Place, path: &Path) -> Result<(), Error> {
        let applies = self.read(self.log.sequence(place), 1);
        if applies {
            self.make_room(place.offset() - HEADER_LEN, path)?;
        }
        self.take(applies)
    }

    /// Takes the batch that starts at `record` of the log.
    fn batch(&mut self, record: usize, path: &Path) -> Result<ControlFlow<()>, Error> {
        let batch = self.log.batch(record);
        if self.is_beyond_the_point(batch.base) {
            return Ok(Break(()));
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
        let Some((reference, block)) = self.entries.peek() else { return Ok(()) };
        let entry = self.log.entry(reference.place);
        if applies && entry.op != Op::Merge {
            self.open.push(block, &entry)?;
            self.entries.keep(1);
            self.report.entries_applied += 1;
        } else {
            self.entries.pass(1);
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
        if self.open.summary.size < self.options.memtable_size {
            return Ok(());
        }
        let limit = self.options.max_memtables;
        if self.full.len() + 1 >= limit {
            let offset = (record - self.file_start) as u64;
            return Err(Error::TooManyMemtables { path: path.to_owned(), offset, limit });
        }
        self.full.push(std::mem::take(&mut self.open));
        Ok(())
    }

    fn damage(&mut self, stretch: &Stretch, path: &Path) -> Result<ControlFlow<()>, Error> {
        self.report.add_damage(path, stretch).map_err(|_| refused::<Damage>(self.report.damage.len() + 1))?;
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

#[cfg(test)]
mod tests;
