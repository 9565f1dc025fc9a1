//! Reads one file: from bytes to entries and damage, in the order of the file.
//!
//! A file is read from its start to its end, never backwards. When a fragment is read, its payload is moved to the end of
//! the payloads before it in the chain, in the same memory. So a fragmented entry ends up in one piece where its first
//! fragment was, and takes no more memory. The old bytes of the chain are not read again. If another thread has already
//! read a [`Span`] of entries, the reader steps over it.

use super::checksum::Checksums;
use super::open_batch::{Membership, OpenBatch};
use super::resync::{Damaged, Resumption};
use super::span::Span;
use crate::damage::{Cause, DamageKind, Stretch};
use crate::log::format::batch::BatchRecord;
use crate::log::format::entry::{ENTRY_HEADER_LEN, Entry, claimed_len};
use crate::log::format::payload::Payload;
use crate::log::format::record::{HEADER_LEN, RecordType};

/// Takes the content of a file, in the order of the file. Offsets count from the file's start; `log` is the file.
pub(crate) trait Sink {
    /// The span that starts at `offset`, if another thread has read one. The sink takes its entries now.
    fn span(&mut self, log: &[u8], offset: usize) -> Option<Span>;
    /// An entry that belongs to no batch. `offset` is that of the entry itself, not of its record.
    fn entry(&mut self, log: &[u8], offset: usize, entry: &Entry<'_>);
    /// A complete batch with a header: the offsets of its entries. `offset` is that of the header's record.
    fn batch(&mut self, log: &[u8], offset: usize, entries: impl Iterator<Item = usize>);
    /// A batch in one record, with at least one op. `offset` is that of its entry.
    fn batch_record(&mut self, log: &[u8], offset: usize, batch: BatchRecord<'_>);
    /// Bytes that could not be used.
    fn damage(&mut self, stretch: Stretch);
}

/// Reads a file of `len` bytes. `log` has the bytes that the system could read, which may be fewer. False if the reader
/// needs one of the missing bytes: then the sink has got everything before them.
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
    /// The length of the whole file, in bytes.
    len: usize,
    sink: &'a mut S,
    /// Where the next record starts.
    offset: usize,
    chain: Option<Chain>,
    batch: Option<OpenBatch>,
    /// The sequence number of the last entry that could be parsed.
    last_sequence: Option<LastSequence>,
    /// Where the zeros at the end of the file start. `None` until that is needed.
    zeros_from: Option<usize>,
    checksums: Checksums,
}

/// A fragmented entry whose last fragment has not been read yet.
#[derive(Clone, Copy, Debug)]
struct Chain {
    /// The offset of its FIRST record.
    start: usize,
    /// The bytes of payload so far, which are joined after the header of the FIRST record.
    len: usize,
}

impl Chain {
    fn payload(self, log: &[u8]) -> &[u8] {
        &log[self.start + HEADER_LEN..][..self.len]
    }
}

/// The last sequence number, from which the next ones are estimated.
#[derive(Clone, Copy, Debug)]
enum LastSequence {
    Known(u64),
    /// Not used any more, for the rest of the file.
    Unusable,
}

impl<S: Sink> Reader<'_, S> {
    /// Reads one record or one span, and moves `offset` to the end of it. False if bytes that it needs are missing.
    fn step(&mut self) -> bool {
        let offset = self.offset;
        if self.chain.is_none()
            && self.batch.is_none()
            && let Some(span) = self.sink.span(self.log, offset)
        {
            remember_sequence(&mut self.last_sequence, span.last_sequence);
            self.offset = span.end;
            return true;
        }
        let Some(record) = self.checksums.intact(self.log, offset) else { return self.read_damaged() };
        self.offset += HEADER_LEN + record.length;
        match record.record_type {
            Some(RecordType::First) => self.read_first(offset),
            Some(RecordType::Middle) => self.read_fragment(offset, false),
            Some(RecordType::Last) => self.read_fragment(offset, true),
            Some(RecordType::Full) | None => self.read_full(offset),
        }
        true
    }

    /// Handles an intact FULL record, which starts at `offset` and ends at `self.offset`.
    fn read_full(&mut self, offset: usize) {
        self.close_chain(offset);
        let log = &self.log[..self.offset];
        let payload = offset + HEADER_LEN;
        match Payload::parse(&log[payload..]) {
            Err(cause) => self.report_corruption(offset, self.offset, cause),
            Ok(Payload::Entry(entry)) => {
                remember_sequence(&mut self.last_sequence, entry.sequence);
                match self.batch.as_mut().map_or(Membership::Outside, |batch| batch.accept(entry.sequence)) {
                    Membership::Next => {}
                    Membership::Last => {
                        let batch = self.batch.take().expect("an open batch has accepted its last entry");
                        self.sink.batch(log, batch.start(), batch.entries(log));
                    }
                    Membership::Lost => self.report_corruption(offset, self.offset, Cause::BatchBroken),
                    Membership::Outside => {
                        close_batch(&mut self.batch, self.sink, offset);
                        self.sink.entry(log, payload, &entry);
                    }
                }
            }
            Ok(Payload::BatchRecord(batch)) => {
                remember_sequence(&mut self.last_sequence, batch.last);
                close_batch(&mut self.batch, self.sink, offset);
                if batch.count > 0 {
                    self.sink.batch_record(log, payload, batch);
                }
            }
            Ok(Payload::BatchHeader(header)) => {
                remember_sequence(&mut self.last_sequence, header.base);
                close_batch(&mut self.batch, self.sink, offset);
                self.batch = (header.count > 0).then(|| OpenBatch::new(offset, header));
            }
        }
    }

    /// Handles an intact FIRST record, which starts at `offset` and ends at `self.offset`.
    fn read_first(&mut self, offset: usize) {
        self.close_chain(offset);
        let len = self.offset - offset - HEADER_LEN;
        if len < ENTRY_HEADER_LEN {
            self.report_corruption(offset, self.offset, Cause::EntryTooShort);
            return;
        }
        close_batch(&mut self.batch, self.sink, offset);
        self.chain = Some(Chain { start: offset, len });
    }

    /// Handles an intact MIDDLE or LAST record, which starts at `offset` and ends at `self.offset`.
    fn read_fragment(&mut self, offset: usize, is_last: bool) {
        let Some(mut chain) = self.chain else {
            self.report_corruption(offset, self.offset, Cause::StrayFragment);
            return;
        };
        let payload = offset + HEADER_LEN..self.offset;
        let joined_end = chain.start + HEADER_LEN + chain.len;
        chain.len += payload.len();
        self.log.copy_within(payload, joined_end);
        self.chain = (!is_last).then_some(chain);
        if is_last {
            self.finish_chain(chain);
        }
    }

    /// Handles a chain whose last fragment has been read.
    fn finish_chain(&mut self, chain: Chain) {
        match Entry::parse(chain.payload(self.log)) {
            Err(cause) => self.report_corruption(chain.start, self.offset, cause),
            Ok(entry) => {
                remember_sequence(&mut self.last_sequence, entry.sequence);
                self.sink.entry(self.log, chain.start + HEADER_LEN, &entry);
            }
        }
    }

    /// Handles a record that is not intact. What it is depends on all bytes after it, so false if some are missing.
    fn read_damaged(&mut self) -> bool {
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
            missing: self
                .chain
                .and_then(|chain| Some(claimed_len(chain.payload(log))?.saturating_sub(chain.len as u64))),
            last_sequence: match self.last_sequence {
                Some(LastSequence::Known(sequence)) => Some(sequence),
                Some(LastSequence::Unusable) | None => None,
            },
        };
        let (resumption, end) = (damaged.resume(), log.len());
        self.chain = None;
        match resumption {
            Resumption::At(next) => self.report_corruption(start, next, Cause::RecordNotIntact),
            Resumption::AtUnreachable(next) => {
                self.last_sequence = Some(LastSequence::Unusable);
                self.report_corruption(start, next, Cause::RecordNotIntact);
            }
            Resumption::CorruptTail => self.report_corruption(start, end, Cause::RecordNotIntact),
            Resumption::TornTail => self.report_torn_tail(start, Cause::RecordCutShort),
        }
        true
    }

    fn end_of_file(&mut self) {
        if let Some(chain) = self.chain.take() {
            self.report_torn_tail(chain.start, Cause::ChainCutShort);
        } else if let Some(stretch) = self.drop_batch(DamageKind::TornTail) {
            self.sink.damage(stretch);
        }
    }

    /// Reports the open chain as damage, if there is one: the record at `next` does not continue it.
    fn close_chain(&mut self, next: usize) {
        if let Some(chain) = self.chain.take() {
            self.sink.damage(Stretch::new(chain.start, next, DamageKind::Corruption, Cause::ChainBroken));
        }
    }

    /// Reports corruption, which also breaks the open batch. Reading continues at `end`.
    fn report_corruption(&mut self, start: usize, end: usize, cause: Cause) {
        self.offset = end;
        let own = Stretch::new(start, end, DamageKind::Corruption, cause);
        let stretch = self.drop_batch(DamageKind::Corruption).unwrap_or(own);
        self.sink.damage(stretch);
    }

    /// Reports a torn tail from `start` on, or from the header of the open batch if there is one.
    fn report_torn_tail(&mut self, start: usize, cause: Cause) {
        self.offset = self.len;
        let own = Stretch::new(start, self.offset, DamageKind::TornTail, cause);
        let stretch = self.drop_batch(DamageKind::TornTail).unwrap_or(own);
        self.sink.damage(stretch);
    }

    /// Drops the open batch. Returns the damage from its header to `self.offset`; `None` if no batch is open or its damage
    /// has been reported already.
    fn drop_batch(&mut self, kind: DamageKind) -> Option<Stretch> {
        let end = self.offset;
        self.batch.as_mut()?.drop_until(end, kind)
    }
}

/// Drops the open batch, if there is one: the record at `next` does not belong to it.
fn close_batch<S: Sink>(open: &mut Option<OpenBatch>, sink: &mut S, next: usize) {
    if let Some(mut batch) = open.take()
        && let Some(stretch) = batch.drop_until(next, DamageKind::Corruption)
    {
        sink.damage(stretch);
    }
}

/// Remembers the last sequence number, as long as it is used.
#[inline]
fn remember_sequence(last: &mut Option<LastSequence>, sequence: u64) {
    if !matches!(last, Some(LastSequence::Unusable)) {
        *last = Some(LastSequence::Known(sequence));
    }
}

/// Where the zeros at the end of `log` start.
fn zeros_from(log: &[u8]) -> usize {
    log.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1)
}

#[cfg(test)]
mod tests;
