//! What a reader finds, on its way to the sink: which marks count, what damage means, and where a file's history ends.
//!
//! Logs of Kevo go through here as they are. In a log of ours whose end is known, all damage is corruption. If its
//! end is not known, the first damage that no synced mark covers is where its history ends. All synced marks have to
//! be known for that, so they are searched for when the first damage is met: what the reader does about damage may
//! step over them.

use super::checksum::Checksums;
use super::reader::{Outcome, Rules, Sink};
use super::span::Span;
use crate::damage::{Cause, DamageKind, Stretch};
use crate::log::format::batch::BatchRecord;
use crate::log::format::entry::{ENTRY_HEADER_LEN, Entry};
use crate::log::format::mark::{Claim, KEY, LogIdentity, Mark, MarkFound, Synced};
use crate::log::format::record::{HEADER_LEN, Header, RecordType};

/// Whose log it is, which decides what is a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whose {
    /// Nothing has been read.
    Undecided,
    Kevos,
    /// With an identity, unless its start mark is damaged.
    Ours(Option<LogIdentity>),
}

/// Why nothing more is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stop {
    /// The history ends at this offset.
    End(usize),
    /// A mark says that this version must not read the log.
    Unsupported,
    /// Bytes that are needed could not be read.
    Incomplete,
}

#[derive(Debug)]
pub(super) struct History<'a, S> {
    sink: &'a mut S,
    /// Of the file, shared by all that is damaged in it.
    pub(super) checksums: Checksums,
    /// Where the file ends, or what is read of it.
    pub(super) len: usize,
    whose: Whose,
    end_is_known: bool,
    /// Whether what is intact after the end of the history counts.
    keeps: bool,
    /// Synced marks have been searched for.
    searched: bool,
    /// All bytes before this one were on disk.
    synced: u64,
    /// The log was closed with a mark that ends here.
    closed: Option<usize>,
    stop: Option<Stop>,
    /// The highest sequence number of the marks.
    sequence: u64,
}

impl<'a, S: Sink> History<'a, S> {
    pub(super) fn new(sink: &'a mut S, len: usize, rules: Rules, keeps: bool) -> Self {
        Self {
            sink,
            checksums: Checksums::default(),
            len,
            whose: match rules {
                Rules::Unknown => Whose::Undecided,
                Rules::Known => Whose::Ours(None),
                Rules::Ours(identity) => Whose::Ours(Some(identity)),
                Rules::Kevo => Whose::Kevos,
            },
            end_is_known: rules == Rules::Known,
            keeps,
            searched: false,
            synced: 0,
            closed: None,
            stop: None,
            sequence: 0,
        }
    }

    /// Whether nothing more is to be read.
    pub(super) fn is_over(&self) -> bool {
        self.stop.is_some()
    }

    /// What came of the file.
    pub(super) fn told(&self) -> Outcome {
        Outcome {
            is_complete: self.stop != Some(Stop::Incomplete),
            is_unsupported: self.stop == Some(Stop::Unsupported),
            is_ours: matches!(self.whose, Whose::Ours(_)),
            identity: match self.whose {
                Whose::Ours(identity) => identity,
                Whose::Undecided | Whose::Kevos => None,
            },
            end: match self.stop {
                Some(Stop::End(end)) => end,
                _ => self.len,
            },
            closed: self.closed,
            sequence: self.sequence,
        }
    }

    /// Bytes that are needed could not be read.
    pub(super) fn lacks_bytes(&mut self) {
        self.stop = self.stop.or(Some(Stop::Incomplete));
    }

    /// The file begins with this FULL record, if it does with an intact one: whose it is is known then.
    pub(super) fn begins_with(&mut self, entry: Option<&Entry<'_>>) {
        let start = entry.and_then(|entry| MarkFound::of(entry, 0));
        if let Some(MarkFound { identity, mark: Mark::Start { .. } }) = start
            && self.whose != Whose::Kevos
        {
            self.whose = Whose::Ours(Some(identity));
        }
        self.is_decided();
    }

    /// Something has been read with which no log of ours begins.
    fn is_decided(&mut self) {
        if self.whose == Whose::Undecided {
            self.whose = Whose::Kevos;
        }
    }

    /// The mark that the entry in the FULL record at `offset` is, if it counts.
    #[inline]
    pub(super) fn mark<'e>(&self, entry: &Entry<'e>, offset: usize) -> Option<Mark<'e>> {
        if entry.key != KEY {
            return None;
        }
        let found = MarkFound::of(entry, offset as u64)?;
        self.counts(found.identity).then_some(found.mark)
    }

    fn counts(&self, identity: LogIdentity) -> bool {
        matches!(self.whose, Whose::Ours(ours) if ours.is_none_or(|ours| ours == identity))
    }

    /// Notes a mark that counts, whose record ends at `end`. Gives what it claims if it is that of a batch, and its
    /// sequence number.
    pub(super) fn note(&mut self, mark: &Mark<'_>, sequence: u64, end: usize) -> Option<(Claim, u64)> {
        self.sequence = self.sequence.max(sequence);
        match *mark {
            Mark::Batch(claim) => return Some((claim, sequence)),
            Mark::Synced(synced) => self.note_synced(synced, end),
            Mark::Unknown { is_needed: true } => self.stop = Some(Stop::Unsupported),
            Mark::Start { .. } | Mark::Unknown { is_needed: false } => {}
        }
        None
    }

    /// Notes a synced mark whose record ends at `end`.
    fn note_synced(&mut self, synced: Synced, end: usize) {
        self.synced = self.synced.max(synced.up_to);
        if synced.closed && !self.end_is_known {
            (self.closed, self.end_is_known, self.len) = (Some(end), true, end);
        }
    }

    /// Steps over the span that starts at `offset`, if another thread has read one that is of use.
    #[inline]
    pub(super) fn span(&mut self, log: &[u8], offset: usize) -> Option<Span> {
        let (whose, len) = (self.whose, self.len);
        let span = self.sink.span(log, offset, |span| {
            span.end <= len
                && span.synced.is_none_or(
                    |(identity, _)| matches!(whose, Whose::Ours(ours) if ours.is_none_or(|ours| ours == identity)),
                )
        })?;
        self.is_decided();
        if let Some((_, up_to)) = span.synced {
            self.synced = self.synced.max(up_to);
            self.sequence = self.sequence.max(span.last_sequence);
        }
        Some(span)
    }

    pub(super) fn entry(&mut self, log: &[u8], offset: usize, entry: &Entry<'_>) {
        self.is_decided();
        if self.stop.is_none() {
            self.sink.entry(log, offset, entry);
        }
    }

    pub(super) fn batch(&mut self, log: &[u8], offset: usize, entries: impl Iterator<Item = usize>) {
        if self.stop.is_none() {
            self.sink.batch(log, offset, entries);
        }
    }

    pub(super) fn batch_record(&mut self, log: &[u8], offset: usize, batch: BatchRecord<'_>) {
        if self.stop.is_none() {
            self.sink.batch_record(log, offset, batch);
        }
    }

    #[inline]
    pub(super) fn boundary(&mut self, offset: usize) {
        if self.stop.is_none() {
            self.sink.boundary(offset);
        }
    }

    pub(super) fn marked_batch(&mut self, offset: usize, entries: usize) {
        if self.stop.is_none() {
            self.sink.marked_batch(offset, entries);
        }
    }

    /// Takes damage. `log` is what could be read of the file.
    pub(super) fn damage(&mut self, log: &[u8], stretch: Stretch) {
        self.meet_damage(log, (stretch.offset + stretch.length) as usize);
        if self.stop.is_some() {
            return;
        }
        if !matches!(self.whose, Whose::Ours(_)) {
            self.sink.damage(stretch);
        } else if self.end_is_known || stretch.offset == 0 || stretch.offset < self.synced {
            self.sink.damage(as_corruption(stretch));
        } else if log[stretch.offset as usize..].iter().all(|&byte| byte == 0) {
            self.stop = Some(Stop::End(stretch.offset as usize));
        } else if self.keeps {
            self.sink.damage(stretch);
        } else {
            let length = self.len as u64 - stretch.offset;
            self.sink.damage(Stretch { length, kind: DamageKind::TornTail, ..stretch });
            self.stop = Some(Stop::End(stretch.offset as usize));
        }
    }

    /// Damage has been met. If it is the first, marks are searched for from the offset `from` on, where nothing has
    /// been read. The length may be less after this.
    pub(super) fn meet_damage(&mut self, log: &[u8], from: usize) {
        if self.searched || self.end_is_known || self.whose == Whose::Kevos {
            return;
        }
        if log.len() < self.len {
            self.lacks_bytes();
            return;
        }
        self.searched = true;
        let mut next = from;
        while self.closed.is_none()
            && let Some((found, end)) = self.next_mark(log, next)
        {
            next = end.0 + 1;
            if self.whose == Whose::Undecided {
                // Its start mark is damaged.
                self.whose = Whose::Ours(None);
            }
            if let Some(synced) = found {
                self.note_synced(synced, end.1);
            }
        }
        self.is_decided();
    }

    /// The next mark that starts at `from` or after it: what it says if it is a synced one, and where it starts and
    /// ends.
    fn next_mark(&mut self, log: &[u8], from: usize) -> Option<(Option<Synced>, (usize, usize))> {
        let key_start = HEADER_LEN + ENTRY_HEADER_LEN;
        let mut at = from + key_start;
        loop {
            at += log.get(at..)?.windows(KEY.len()).position(|bytes| bytes == KEY)?;
            let start = at - key_start;
            if let Some(found) = self.mark_found(log, start) {
                return Some(found);
            }
            at += 1;
        }
    }

    fn mark_found(&mut self, log: &[u8], start: usize) -> Option<(Option<Synced>, (usize, usize))> {
        let parsed = |len: usize| {
            let entry = Entry::parse(log.get(start + HEADER_LEN..)?.get(..len)?).ok()?;
            MarkFound::of(&entry, start as u64)
        };
        let header = Header::at(log, start)?;
        // What costs little comes first, so that few records have to be checksummed.
        let found =
            parsed(header.length).filter(|found| self.whose == Whose::Undecided || self.counts(found.identity))?;
        let header = self.checksums.intact(log, start)?;
        let synced = match found.mark {
            Mark::Synced(synced) => Some(synced),
            _ => None,
        };
        (header.record_type == Some(RecordType::Full)).then_some((synced, (start, start + HEADER_LEN + header.length)))
    }
}

/// The same as corruption: what was on disk once was not cut short by an interrupted write.
fn as_corruption(stretch: Stretch) -> Stretch {
    let cause = match stretch.cause {
        Cause::RecordCutShort => Cause::RecordNotIntact,
        Cause::ChainCutShort => Cause::ChainBroken,
        Cause::BatchCutShort => Cause::BatchBroken,
        cause => cause,
    };
    Stretch { kind: DamageKind::Corruption, cause, ..stretch }
}
