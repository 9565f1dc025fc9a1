//! What has been added to one log: it is read from where reading ended the last time, up to the last entry or batch
//! that is complete.

use super::logs::{self, Head};
use crate::damage::{Cause, DamageKind, Stretch};
use crate::disk::ReadFile;
use crate::error::Error;
use crate::log::bytes::entry_at;
use crate::log::format::batch::BatchRecord;
use crate::log::format::entry::{Entry, Op};
use crate::log::format::record::HEADER_LEN;
use crate::log::position::Position;
use crate::log::read::reader::{Outcome, Rules, Sink, read_from};
use crate::log::read::span::Span;
use crate::memory::copied_path;
use memmap2::MmapMut;
use std::path::Path;

/// Bytes that are read at once, unless an entry or a batch has more.
const WINDOW: u64 = 1 << 20;

/// A log, and how far it has been read.
#[derive(Debug)]
pub(super) struct Tail {
    file: Box<dyn ReadFile>,
    head: Option<Head>,
    rules: Rules,
    /// All before this has been taken.
    at: u64,
    end: End,
    /// Nothing from here on is read yet.
    until: u64,
    /// The highest sequence number of all that has been taken, merges and marks included.
    highest: u64,
    /// The entries that were read last, where their bytes are, and how many of them have been given.
    taken: Vec<Taken>,
    bytes: Option<MmapMut>,
    given: usize,
}

/// Where a log ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// It is the last one.
    Open,
    /// Nothing more is added to it.
    Last,
    /// The log after it says that it ends here: all before it was on disk.
    Told(u64),
}

/// An entry that was read.
#[derive(Debug)]
pub(super) struct Taken {
    position: Position,
    sequence: u64,
    pub(super) last_of_batch: bool,
    /// From where reading goes on after it.
    pub(super) offset: u64,
}

impl Tail {
    pub(super) fn begin(file: Box<dyn ReadFile>, path: &Path) -> Result<Self, Error> {
        let head = logs::head(&*file, path)?;
        let rules = head.as_ref().map_or(Rules::Kevo, |head| Rules::Ours(head.identity));
        let (end, until, taken) = (End::Open, u64::MAX, Vec::new());
        Ok(Self { file, head, rules, at: 0, end, until, highest: 0, taken, bytes: None, given: 0 })
    }

    /// Passes over what is before `offset`. Gives whether an entry or a batch, or nothing, ends there.
    pub(super) fn pass_until(&mut self, offset: u64, path: &Path) -> Result<bool, Error> {
        self.until = offset;
        while self.advance(path)?.is_some() {}
        self.until = u64::MAX;
        Ok(self.at == offset)
    }

    /// The highest sequence number of all that has been taken, merges and marks included.
    pub(super) fn highest(&self) -> u64 {
        self.highest
    }

    pub(super) fn head(&self) -> Option<&Head> {
        self.head.as_ref()
    }

    /// The log is not the last one. `told` is its end, if the log after it says that. Gives whether that is new.
    pub(super) fn end_at(&mut self, told: Option<u64>) -> bool {
        let is_new = self.end == End::Open;
        if is_new {
            self.end = told.map_or(End::Last, End::Told);
        }
        is_new
    }

    /// The entry that was given last.
    pub(super) fn entry(&self) -> Option<(Entry<'_>, &Taken)> {
        let (taken, bytes) = (self.taken.get(self.given.checked_sub(1)?)?, self.bytes.as_ref()?);
        Some((Entry { sequence: taken.sequence, ..entry_at(bytes, taken.position) }, taken))
    }

    /// Goes to the next entry, and gives its sequence number; nothing if there is none yet.
    pub(super) fn advance(&mut self, path: &Path) -> Result<Option<u64>, Error> {
        if self.given == self.taken.len() && !self.read_on(path)? {
            return Ok(None);
        }
        self.given += 1;
        Ok(Some(self.taken[self.given - 1].sequence))
    }

    /// Reads what has been added; false if no entry is complete.
    fn read_on(&mut self, path: &Path) -> Result<bool, Error> {
        let (mut window, mut is_second_look) = (WINDOW, false);
        loop {
            let length = self.file.info().map_err(|error| Error::io(path, None, error))?.length;
            let end = if let End::Told(end) = self.end { end } else { length };
            if length < end {
                return Err(damaged(
                    path,
                    Stretch::new(length as usize, end as usize, DamageKind::Corruption, Cause::FileCut),
                ));
            }
            if self.at >= end.min(self.until) || (self.end == End::Open && self.is_unwritten(path)?) {
                return Ok(false);
            }
            let end = end.min(self.until);
            let to = end.min(self.at + window);
            let read = self.read(path, to, to == end)?;
            let (is_new, has_entries) = (read.boundary > self.at, !read.taken.is_empty());
            if is_new {
                (self.at, self.highest) = (read.boundary, self.highest.max(read.highest));
                (self.taken, self.bytes, self.given) = (read.taken, Some(read.bytes), 0);
                if read.is_closed {
                    // What follows was appended by Kevo.
                    self.rules = Rules::Kevo;
                }
                if has_entries {
                    return Ok(true);
                }
            } else if to < end {
                window = window.saturating_mul(4);
            } else if self.until < u64::MAX {
                // What ends too early may look damaged.
                return Ok(false);
            } else {
                match read.damage {
                    Some(damage) if damage.kind == DamageKind::Corruption && is_second_look => {
                        return Err(damaged(path, damage));
                    }
                    // What is stored through a map while it is read may be seen in any order.
                    Some(damage) if damage.kind == DamageKind::Corruption => is_second_look = true,
                    _ => return Ok(false),
                }
            }
        }
    }

    /// Whether there is nothing, or nothing but the zeros that a log which is written through a map ends with.
    fn is_unwritten(&self, path: &Path) -> Result<bool, Error> {
        let mut header = [0; HEADER_LEN];
        let read = self.file.read_full(&mut header, self.at);
        read.map_err(|(offset, error)| Error::io(path, Some(offset), error))?;
        Ok(header == [0; HEADER_LEN])
    }

    /// Reads from where reading ended up to the offset `to`, which may be where the log ends.
    fn read(&self, path: &Path, to: u64, is_end: bool) -> Result<Read, Error> {
        // Offsets are those of the file. Memory that nothing is stored in takes none.
        let mut bytes = MmapMut::map_anon(to as usize).map_err(|_| Error::NoMemory(to))?;
        let start = self.at as usize;
        let read = self.file.read_full(&mut bytes[start..], self.at);
        let read = read.map_err(|(offset, error)| Error::io(path, Some(offset), error))?;
        let is_known = is_end && matches!(self.end, End::Told(_)) && self.rules != Rules::Kevo;
        let rules = if is_known { Rules::Known } else { self.rules };
        let mut taker = Taker::new(self.at);
        let log = &mut bytes[..start + read];
        let Outcome { is_unsupported, closed, sequence, .. } =
            read_from(log, start, start + read, rules, false, &mut taker);
        if is_unsupported {
            return Err(Error::Unsupported {
                path: copied_path(path)?,
                what: "the log has a mark of a kind that must be known",
            });
        }
        if taker.out_of_memory {
            return Err(Error::NoMemory(to));
        }
        let Taker { mut taken, boundary, complete, damage, highest, .. } = taker;
        let highest = highest.max(sequence);
        // Of a batch that is not complete.
        taken.truncate(complete);
        Ok(Read {
            bytes,
            taken,
            boundary: boundary.max(closed.unwrap_or(0) as u64),
            highest,
            damage,
            is_closed: closed.is_some(),
        })
    }
}

fn damaged(path: &Path, damage: Stretch) -> Error {
    let Stretch { offset, length, kind, cause, .. } = damage;
    copied_path(path).map_or_else(|error| error, |path| Error::Corrupt { path, offset, length, kind, cause })
}

/// What has been read.
struct Read {
    bytes: MmapMut,
    taken: Vec<Taken>,
    boundary: u64,
    highest: u64,
    damage: Option<Stretch>,
    is_closed: bool,
}

/// Takes entries up to the first damage.
struct Taker {
    taken: Vec<Taken>,
    /// All before this is complete.
    boundary: u64,
    /// How many entries are before it.
    complete: usize,
    /// How many records of a batch have not come yet.
    batch_left: usize,
    /// The highest sequence number so far.
    highest: u64,
    damage: Option<Stretch>,
    out_of_memory: bool,
}

impl Taker {
    fn new(at: u64) -> Self {
        Self {
            taken: Vec::new(),
            boundary: at,
            complete: 0,
            batch_left: 0,
            highest: 0,
            damage: None,
            out_of_memory: false,
        }
    }

    fn take(&mut self, position: Position, entry: &Entry<'_>) {
        if self.damage.is_some() || self.out_of_memory {
            return;
        }
        self.highest = self.highest.max(entry.sequence);
        // A merge does nothing to any key.
        if entry.op == Op::Merge {
            return;
        }
        if self.taken.try_reserve(1).is_err() {
            self.out_of_memory = true;
            return;
        }
        let (sequence, offset) = (entry.sequence, self.boundary);
        self.taken.push(Taken { position, sequence, last_of_batch: false, offset });
    }
}

impl Sink for Taker {
    fn span(&mut self, _: &[u8], _: usize, _: impl Fn(&Span) -> bool) -> Option<Span> {
        None
    }

    fn entry(&mut self, _: &[u8], offset: usize, entry: &Entry<'_>) {
        self.batch_left = self.batch_left.saturating_sub(1);
        self.take(Position::of_entry(offset), entry);
    }

    fn batch(&mut self, log: &[u8], _: usize, entries: impl Iterator<Item = usize>) {
        for at in entries {
            let position = Position::of_entry(at);
            self.take(position, &entry_at(log, position));
        }
    }

    fn batch_record(&mut self, _: &[u8], offset: usize, batch: BatchRecord<'_>) {
        for (index, (at, entry)) in batch.ops().enumerate() {
            self.take(Position::of_batch_op(offset + at, index), &entry);
        }
    }

    fn marked_batch(&mut self, _: usize, entries: usize) {
        self.batch_left = entries;
    }

    fn damage(&mut self, stretch: Stretch) {
        self.damage.get_or_insert(stretch);
    }

    fn boundary(&mut self, offset: usize) {
        if self.batch_left > 0 || self.damage.is_some() {
            return;
        }
        self.boundary = offset as u64;
        if self.taken.len() > self.complete
            && let Some(last) = self.taken.last_mut()
        {
            (last.last_of_batch, last.offset) = (true, self.boundary);
        }
        self.complete = self.taken.len();
    }
}
