//! Reads one file: from bytes to entries and damage, in the order of the file.
//!
//! A file is read from its start to its end, never backwards. When a fragment is read, its payload is moved to the end
//! of the payloads before it in the chain, in the same memory. So a fragmented entry ends up in one piece where its
//! first fragment was, and takes no more memory. The old bytes of the chain are not read again. If another thread has
//! already read a [`Span`] of entries, the reader steps over it. What it finds goes through the file's [`History`].

use super::history::History;
use super::marked_batch::MarkedBatch;
use super::open_batch::{Membership, OpenBatch};
use super::resync::{Damaged, Resumption};
use super::span::Span;
use crate::damage::{Cause, DamageKind, Stretch};
use crate::log::format::batch::BatchRecord;
use crate::log::format::entry::{ENTRY_HEADER_LEN, Entry, claimed_len};
use crate::log::format::mark::{Claim, LogIdentity};
use crate::log::format::payload::Payload;
use crate::log::format::record::{HEADER_LEN, RecordType};

/// Takes the content of a file, in the order of the file. Offsets count from the file's start; `log` is the file.
pub(crate) trait Sink {
    /// The span that starts at `offset`, if another thread has read one and `fits` says that it can be taken. The sink
    /// takes its entries now.
    fn span(&mut self, log: &[u8], offset: usize, fits: impl Fn(&Span) -> bool) -> Option<Span>;
    /// An entry that belongs to no batch, or to the one after the last mark. `offset` is that of the entry itself,
    /// not of its record.
    fn entry(&mut self, log: &[u8], offset: usize, entry: &Entry<'_>);
    /// A complete batch with a header: the offsets of its entries. `offset` is that of the header's record.
    fn batch(&mut self, log: &[u8], offset: usize, entries: impl Iterator<Item = usize>);
    /// A batch in one record, with at least one op. `offset` is that of its entry.
    fn batch_record(&mut self, log: &[u8], offset: usize, batch: BatchRecord<'_>);
    /// A mark at `offset`: the next entries, so many of them and at least one, are a batch, which is complete.
    fn marked_batch(&mut self, offset: usize, entries: usize);
    /// Bytes that could not be used.
    fn damage(&mut self, stretch: Stretch);
    /// The records before `offset` have been gone through, and what they say is complete, but for a batch after a mark.
    fn boundary(&mut self, _offset: usize) {}
}

/// By which rules a file is read, or a part of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rules {
    /// What it begins with says whose log it is. If it is one of ours, its end is not known.
    Unknown,
    /// It is a log of ours, and all bytes up to the last were on disk.
    Known,
    /// It is the log of ours with this identity, and its end is not known.
    Ours(LogIdentity),
    /// It is a log of Kevo: nothing in it is a mark.
    Kevo,
}

/// What came of a file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outcome {
    /// If not, the reader needs a byte that could not be read. The sink has got everything before it.
    pub(crate) is_complete: bool,
    /// A mark says that this version must not read the log. The sink has got everything before it.
    pub(crate) is_unsupported: bool,
    pub(crate) is_ours: bool,
    pub(crate) identity: Option<LogIdentity>,
    /// Where its history ends: no entry after it counts.
    pub(crate) end: usize,
    /// Where the mark ends with which the log was closed. What follows was appended by Kevo.
    pub(crate) closed: Option<usize>,
    /// The highest sequence number of its marks.
    pub(crate) sequence: u64,
}

/// Reads a file of `len` bytes. `log` has the bytes that the system could read, which may be fewer. With `keeps`,
/// what is intact after the end of a history counts.
pub(crate) fn read_file<S: Sink>(log: &mut [u8], len: usize, rules: Rules, keeps: bool, sink: &mut S) -> Outcome {
    let ours = read_from(log, 0, len, rules, keeps, sink);
    let Some(end) = ours.closed.filter(|_| ours.is_complete && !ours.is_unsupported) else { return ours };
    let kevos = read_from(log, end, len, Rules::Kevo, keeps, sink);
    Outcome { is_complete: kevos.is_complete, end: kevos.end, ..ours }
}

/// Reads a file from the offset `start` on, where a record begins.
pub(crate) fn read_from<S: Sink>(
    log: &mut [u8],
    start: usize,
    len: usize,
    rules: Rules,
    keeps: bool,
    sink: &mut S,
) -> Outcome {
    let history = History::new(sink, len, rules, keeps);
    let mut reader =
        Reader { log, history, offset: start, chain: None, batch: None, last_sequence: None, zeros_from: None };
    reader.read();
    reader.history.told()
}

#[derive(Debug)]
struct Reader<'a, S> {
    log: &'a mut [u8],
    history: History<'a, S>,
    /// Where the next record starts.
    offset: usize,
    chain: Option<Chain>,
    batch: Option<OpenBatch>,
    /// The sequence number of the last entry that could be parsed.
    last_sequence: Option<LastSequence>,
    /// Where the zeros at the end of the file start. `None` until that is needed.
    zeros_from: Option<usize>,
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
    /// Reads the file to its end, or to the end of its history.
    fn read(&mut self) {
        while self.offset < self.history.len && !self.history.is_over() {
            self.step();
            self.cut();
            if self.chain.is_none() && self.batch.is_none() {
                self.history.boundary(self.offset);
            }
        }
        if !self.history.is_over() {
            self.end_of_file();
        }
    }

    /// Lets go of what was appended to the file after it was closed, if that has been found out.
    fn cut(&mut self) {
        if self.log.len() > self.history.len {
            self.log = &mut std::mem::take(&mut self.log)[..self.history.len];
            self.zeros_from = None;
        }
    }

    /// Reads one record or one span, and moves `offset` to the end of it.
    fn step(&mut self) {
        let offset = self.offset;
        if self.chain.is_none()
            && self.batch.is_none()
            && let Some(span) = self.history.span(self.log, offset)
        {
            remember_sequence(&mut self.last_sequence, span.last_sequence);
            self.offset = span.end;
            return;
        }
        let Some(record) = self.history.checksums.intact(self.log, offset) else { return self.read_damaged() };
        self.offset += HEADER_LEN + record.length;
        match record.record_type {
            Some(RecordType::First) => self.read_first(offset),
            Some(RecordType::Middle) => self.read_fragment(offset, false),
            Some(RecordType::Last) => self.read_fragment(offset, true),
            Some(RecordType::Full) | None => self.read_full(offset),
        }
    }

    /// Handles an intact FULL record, which starts at `offset` and ends at `self.offset`.
    fn read_full(&mut self, offset: usize) {
        if self.close_chain(offset) {
            return;
        }
        let Self { log, history, batch: open, last_sequence, .. } = self;
        let (file, log) = (&**log, &log[..self.offset]);
        let payload = offset + HEADER_LEN;
        let parsed = Payload::parse(&log[payload..]);
        if offset == 0
            && let Ok(parsed) = &parsed
        {
            history.begins_with(if let Payload::Entry(entry) = parsed { Some(entry) } else { None });
        }
        match parsed {
            Err(cause) => self.report_corruption(offset, self.offset, cause),
            Ok(Payload::Entry(entry)) => {
                let mark = history.mark(&entry, offset);
                let member = match open {
                    Some(batch) if mark.is_none() => batch.accept(entry.sequence),
                    _ => Membership::Outside,
                };
                if member == Membership::Outside && close_batch(open, history, file, offset) {
                    self.offset = offset;
                    return;
                }
                remember_sequence(last_sequence, entry.sequence);
                match member {
                    Membership::Next => {}
                    Membership::Last => {
                        let batch = open.take().expect("an open batch has accepted its last entry");
                        history.batch(log, batch.start(), batch.entries(log));
                    }
                    Membership::Lost => self.report_corruption(offset, self.offset, Cause::BatchBroken),
                    Membership::Outside => match mark {
                        None => history.entry(log, payload, &entry),
                        Some(mark) => {
                            if let Some((claim, sequence)) = history.note(&mark, entry.sequence, self.offset) {
                                self.read_batch(offset, claim, sequence);
                            }
                        }
                    },
                }
            }
            Ok(Payload::BatchRecord(batch)) => {
                if close_batch(open, history, file, offset) {
                    self.offset = offset;
                    return;
                }
                remember_sequence(last_sequence, batch.last);
                if batch.count > 0 {
                    history.batch_record(log, payload, batch);
                }
            }
            Ok(Payload::BatchHeader(header)) => {
                if close_batch(open, history, file, offset) {
                    self.offset = offset;
                    return;
                }
                remember_sequence(last_sequence, header.base);
                self.batch = (header.count > 0).then(|| OpenBatch::new(offset, header));
            }
        }
    }

    /// Handles a batch mark, whose record starts at `offset` and ends at `self.offset`. If the batch is whole, its
    /// entries are read like others.
    fn read_batch(&mut self, offset: usize, claim: Claim, sequence: u64) {
        let start = self.offset;
        let end = usize::try_from(claim.bytes).map_or(usize::MAX, |bytes| start.saturating_add(bytes));
        if self.log.len() < end.min(self.history.len) {
            self.history.lacks_bytes();
            return;
        }
        let batch = MarkedBatch { log: self.log, range: start..end, claim, sequence };
        if batch.is_whole(|entry, at| self.history.mark(entry, at).is_some()) {
            if claim.entries > 0 {
                self.history.marked_batch(offset, claim.entries as usize);
            }
            return;
        }
        let kind = batch.kind(*self.zeros_from.get_or_insert_with(|| zeros_from(batch.log)));
        let cause = if kind == DamageKind::TornTail { Cause::BatchCutShort } else { Cause::BatchBroken };
        self.offset = end.min(self.history.len);
        let stretch = Stretch { batches_dropped: 1, ..Stretch::new(offset, self.offset, kind, cause) };
        self.history.damage(self.log, stretch);
    }

    /// Handles an intact FIRST record, which starts at `offset` and ends at `self.offset`.
    fn read_first(&mut self, offset: usize) {
        if self.close_chain(offset) {
            return;
        }
        let len = self.offset - offset - HEADER_LEN;
        if len < ENTRY_HEADER_LEN {
            self.report_corruption(offset, self.offset, Cause::EntryTooShort);
            return;
        }
        if close_batch(&mut self.batch, &mut self.history, self.log, offset) {
            self.offset = offset;
            return;
        }
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
                self.history.entry(self.log, chain.start + HEADER_LEN, &entry);
            }
        }
    }

    /// Handles a record that is not intact. What it is depends on all bytes after it.
    fn read_damaged(&mut self) {
        if self.log.len() < self.history.len {
            self.history.lacks_bytes();
            return;
        }
        self.history.meet_damage(self.log, self.offset);
        self.cut();
        let log = &*self.log;
        let start = self.chain.map_or(self.offset, |chain| chain.start);
        let mut damaged = Damaged {
            log,
            checksums: &mut self.history.checksums,
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
    }

    fn end_of_file(&mut self) {
        if let Some(chain) = self.chain.take() {
            self.report_torn_tail(chain.start, Cause::ChainCutShort);
        } else if let Some(stretch) = self.drop_batch(DamageKind::TornTail) {
            self.history.damage(self.log, stretch);
        }
    }

    /// Reports the open chain as damage, if there is one: the record at `next` does not continue it, and is to be read
    /// again, since the log may have another end now.
    fn close_chain(&mut self, next: usize) -> bool {
        let Some(chain) = self.chain.take() else { return false };
        self.report_corruption(chain.start, next, Cause::ChainBroken);
        true
    }

    /// Reports corruption, which also breaks the open batch. Reading continues at `end`.
    fn report_corruption(&mut self, start: usize, end: usize, cause: Cause) {
        self.offset = end;
        let own = Stretch::new(start, end, DamageKind::Corruption, cause);
        let stretch = self.drop_batch(DamageKind::Corruption).unwrap_or(own);
        self.history.damage(self.log, stretch);
    }

    /// Reports a torn tail from `start` on, or from the header of the open batch if there is one.
    fn report_torn_tail(&mut self, start: usize, cause: Cause) {
        self.offset = self.history.len;
        let own = Stretch::new(start, self.offset, DamageKind::TornTail, cause);
        let stretch = self.drop_batch(DamageKind::TornTail).unwrap_or(own);
        self.history.damage(self.log, stretch);
    }

    /// Drops the open batch. Returns the damage from its header to `self.offset`; `None` if no batch is open or its
    /// damage has been reported already.
    fn drop_batch(&mut self, kind: DamageKind) -> Option<Stretch> {
        let end = self.offset;
        self.batch.as_mut()?.drop_until(end, kind)
    }
}

/// Drops the open batch, if there is one: the record at `next` does not belong to it. True if that is damage: then the
/// record is to be read again, since the log may have another end now.
fn close_batch<S: Sink>(open: &mut Option<OpenBatch>, history: &mut History<'_, S>, log: &[u8], next: usize) -> bool {
    let stretch = open.take().and_then(|mut batch| batch.drop_until(next, DamageKind::Corruption));
    stretch.inspect(|stretch| history.damage(log, *stretch)).is_some()
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
