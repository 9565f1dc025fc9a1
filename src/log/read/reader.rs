//! Reads one file: from bytes to entries and damage, in the order of the file.
//!
//! A file is read from its start, never back. Fragments are moved together in place as they are read: a chain's bytes
//! are not looked at again, so a fragmented entry ends up whole, where its first fragment was, at no cost in memory.
//! Where others have read a [`Span`] of entries already, the reader steps over it.

use super::checksum::Checksums;
use super::open_batch::{OpenBatch, Part};
use super::resync::{Damaged, Resumption};
use super::span::Span;
use crate::damage::{Cause, DamageKind, Stretch};
use crate::log::format::batch::BatchRecord;
use crate::log::format::entry::{ENTRY_HEADER_LEN, Entry, claimed_len};
use crate::log::format::payload::Payload;
use crate::log::format::record::{HEADER_LEN, RecordType};

/// Takes what a file holds, in the file's order. Offsets are from the file's start; `log` is the file.
pub(crate) trait Sink {
    /// The run that starts at `offset`, if there is one: its entries are taken then.
    fn span(&mut self, log: &[u8], offset: usize) -> Option<Span>;
    /// An entry of its own; `offset` is that of the entry itself, not of its record.
    fn entry(&mut self, log: &[u8], offset: usize, entry: &Entry<'_>);
    /// The entries of a batch behind a header, complete, by their offsets. `offset` is that of the header's record.
    fn batch(&mut self, log: &[u8], offset: usize, entries: impl Iterator<Item = usize>);
    /// A batch in one record, with at least one op. `offset` is that of its entry.
    fn batch_record(&mut self, log: &[u8], offset: usize, batch: BatchRecord<'_>);
    /// Bytes that could not be used.
    fn damage(&mut self, stretch: Stretch);
}

/// Goes through a file of `len` bytes, of which `log` could be read. False if it ends at bytes that could not: what
/// they would have said is not known, and everything in front of them has been handed over.
pub(crate) fn read_file<S: Sink>(log: &mut [u8], len: usize, sink: &mut S) -> bool {
    let mut reader = Reader {
        log,
        len,
        sink,
        offset: 0,
        chain: None,
        batch: None,
        last_sequence: None,
        zeros_from: None,
        checksums: Checksums::default(),
    };
    while reader.offset < len {
        if !reader.step() {
            return false;
        }
    }
    reader.end_of_file();
    true
}

#[derive(Debug)]
struct Reader<'a, S> {
    log: &'a mut [u8],
    /// Bytes of the whole file.
    len: usize,
    sink: &'a mut S,
    /// Where the next record starts.
    offset: usize,
    chain: Option<Chain>,
    batch: Option<OpenBatch>,
    /// Of the last entry that parsed.
    last_sequence: Option<LastSequence>,
    /// Where the zeros at the file's end start, once that has been needed.
    zeros_from: Option<usize>,
    checksums: Checksums,
}

/// A fragmented entry of which the last fragment has not been read.
#[derive(Clone, Copy, Debug)]
struct Chain {
    /// Offset of its FIRST record.
    start: usize,
    /// Bytes of payload so far, moved together behind the header of FIRST.
    len: usize,
}

impl Chain {
    fn payload(self, log: &[u8]) -> &[u8] {
        &log[self.start + HEADER_LEN..][..self.len]
    }
}

/// What the last sequence number says of those that can follow.
#[derive(Clone, Copy, Debug)]
enum LastSequence {
    Is(u64),
    /// Nothing, for the rest of the file.
    TellsNothing,
}

impl<S: Sink> Reader<'_, S> {
    /// Reads what starts at `offset`, and moves `offset` behind it; false if it could not be read.
    fn step(&mut self) -> bool {
        let offset = self.offset;
        if self.chain.is_none()
            && self.batch.is_none()
            && let Some(span) = self.sink.span(self.log, offset)
        {
            see(&mut self.last_sequence, span.last_sequence);
            self.offset = span.end;
            return true;
        }
        let Some(record) = self.checksums.intact(self.log, offset) else { return self.not_intact() };
        self.offset += HEADER_LEN + record.length;
        match record.record_type {
            Some(RecordType::First) => self.first(offset),
            Some(RecordType::Middle) => self.fragment(offset, false),
            Some(RecordType::Last) => self.fragment(offset, true),
            Some(RecordType::Full) | None => self.full(offset),
        }
        true
    }

    /// A FULL record at `offset`, up to where reading goes on.
    fn full(&mut self, offset: usize) {
        self.close_chain(offset);
        let log = &self.log[..self.offset];
        let at = offset + HEADER_LEN;
        match Payload::parse(&log[at..]) {
            Err(cause) => self.corrupt(offset, self.offset, cause),
            Ok(Payload::Entry(entry)) => {
                see(&mut self.last_sequence, entry.sequence);
                match self.batch.as_mut().map_or(Part::Foreign, |batch| batch.offer(entry.sequence)) {
                    Part::Next => {}
                    Part::Last => {
                        let batch = self.batch.take().expect("an entry was its last");
                        self.sink.batch(log, batch.start(), batch.entries(log));
                    }
                    Part::Remnant => self.corrupt(offset, self.offset, Cause::BatchBroken),
                    Part::Foreign => {
                        end_batch(&mut self.batch, self.sink, offset);
                        self.sink.entry(log, at, &entry);
                    }
                }
            }
            Ok(Payload::BatchRecord(batch)) => {
                see(&mut self.last_sequence, batch.last);
                end_batch(&mut self.batch, self.sink, offset);
                if batch.count > 0 {
                    self.sink.batch_record(log, at, batch);
                }
            }
            Ok(Payload::BatchHeader(header)) => {
                see(&mut self.last_sequence, header.base);
                end_batch(&mut self.batch, self.sink, offset);
                self.batch = (header.count > 0).then(|| OpenBatch::new(offset, header));
            }
        }
    }

    /// A FIRST record at `offset`, up to where reading goes on.
    fn first(&mut self, offset: usize) {
        self.close_chain(offset);
        let len = self.offset - offset - HEADER_LEN;
        if len < ENTRY_HEADER_LEN {
            self.corrupt(offset, self.offset, Cause::EntryTooShort);
            return;
        }
        end_batch(&mut self.batch, self.sink, offset);
        self.chain = Some(Chain { start: offset, len });
    }

    /// A MIDDLE or LAST record at `offset`, up to where reading goes on.
    fn fragment(&mut self, offset: usize, is_last: bool) {
        let Some(mut chain) = self.chain else {
            self.corrupt(offset, self.offset, Cause::StrayFragment);
            return;
        };
        let payload = offset + HEADER_LEN..self.offset;
        let joined = chain.start + HEADER_LEN + chain.len;
        chain.len += payload.len();
        self.log.copy_within(payload, joined);
        self.chain = (!is_last).then_some(chain);
        if is_last {
            self.joined(chain);
        }
    }

    /// A chain whose last fragment has been read.
    fn joined(&mut self, chain: Chain) {
        match Entry::parse(chain.payload(self.log)) {
            Err(cause) => self.corrupt(chain.start, self.offset, cause),
            Ok(entry) => {
                see(&mut self.last_sequence, entry.sequence);
                self.sink.entry(self.log, chain.start + HEADER_LEN, &entry);
            }
        }
    }

    /// The record at `offset` is not intact. What that means depends on all that follows; false if not all of it could
    /// be read.
    fn not_intact(&mut self) -> bool {
        let log = &*self.log;
        if log.len() < self.len {
            return false;
        }
        let start = self.chain.map_or(self.offset, |chain| chain.start);
        let mut damaged = Damaged {
            log,
            checksums: &mut self.checksums,
            offset: self.offset,
            zeros_from: *self.zeros_from.get_or_insert_with(|| zeros_from(log)),
            owed: self.chain.and_then(|chain| Some(claimed_len(chain.payload(log))?.saturating_sub(chain.len as u64))),
            last_sequence: match self.last_sequence {
                Some(LastSequence::Is(sequence)) => Some(sequence),
                Some(LastSequence::TellsNothing) | None => None,
            },
        };
        let (resumption, end) = (damaged.resume(), log.len());
        self.chain = None;
        match resumption {
            Resumption::At(next) => self.corrupt(start, next, Cause::RecordNotIntact),
            Resumption::AtUnreachable(next) => {
                self.last_sequence = Some(LastSequence::TellsNothing);
                self.corrupt(start, next, Cause::RecordNotIntact);
            }
            Resumption::CorruptTail => self.corrupt(start, end, Cause::RecordNotIntact),
            Resumption::TornTail => self.torn(start, Cause::RecordCutShort),
        }
        true
    }

    fn end_of_file(&mut self) {
        if let Some(chain) = self.chain.take() {
            self.torn(chain.start, Cause::ChainCutShort);
        } else if let Some(stretch) = self.drop_batch(DamageKind::TornTail) {
            self.sink.damage(stretch);
        }
    }

    /// A chain that is open where something else starts can never be completed.
    fn close_chain(&mut self, next: usize) {
        if let Some(chain) = self.chain.take() {
            self.sink.damage(Stretch::new(chain.start, next, DamageKind::Corruption, Cause::ChainBroken));
        }
    }

    /// Reports corruption, which breaks the open batch; reading goes on at `end`.
    fn corrupt(&mut self, start: usize, end: usize, cause: Cause) {
        self.offset = end;
        let own = Stretch::new(start, end, DamageKind::Corruption, cause);
        let stretch = self.drop_batch(DamageKind::Corruption).unwrap_or(own);
        self.sink.damage(stretch);
    }

    /// Reports that the file is torn from `start` on, or from the open batch's header.
    fn torn(&mut self, start: usize, cause: Cause) {
        self.offset = self.len;
        let own = Stretch::new(start, self.offset, DamageKind::TornTail, cause);
        let stretch = self.drop_batch(DamageKind::TornTail).unwrap_or(own);
        self.sink.damage(stretch);
    }

    /// The damage from the open batch's header to where reading goes on, unless there is none or it is known already.
    fn drop_batch(&mut self, kind: DamageKind) -> Option<Stretch> {
        let end = self.offset;
        self.batch.as_mut()?.drop_to(end, kind)
    }
}

/// What starts at `next` is not the open batch's.
fn end_batch<S: Sink>(open: &mut Option<OpenBatch>, sink: &mut S, next: usize) {
    if let Some(mut batch) = open.take()
        && let Some(stretch) = batch.drop_to(next, DamageKind::Corruption)
    {
        sink.damage(stretch);
    }
}

/// Remembers the last sequence number, as long as it tells something.
#[inline]
fn see(last: &mut Option<LastSequence>, sequence: u64) {
    if !matches!(last, Some(LastSequence::TellsNothing)) {
        *last = Some(LastSequence::Is(sequence));
    }
}

/// Where the zeros at the end of `log` start.
fn zeros_from(log: &[u8]) -> usize {
    log.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1)
}

#[cfg(test)]
mod tests;
