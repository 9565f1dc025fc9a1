//! Batches after a mark: whether one is whole, which is found out before any of it is read.

use crate::damage::DamageKind;
use crate::little_endian::{le_u32, le_u64};
use crate::log::format::entry::{ENTRY_HEADER_LEN, Entry, Op, VALUE_LENGTH_LEN};
use crate::log::format::mark::Claim;
use crate::log::format::record::{HEADER_LEN, Header, Record, RecordType};
use crc32fast::Hasher;
use std::ops::Range;

/// The records that a mark claims.
#[derive(Debug)]
pub(super) struct MarkedBatch<'a> {
    pub(super) log: &'a [u8],
    /// Where they are; they may end after the log does.
    pub(super) range: Range<usize>,
    pub(super) claim: Claim,
    /// The sequence number of the mark.
    pub(super) sequence: u64,
}

/// What has been found of the batch so far.
#[derive(Debug)]
struct Progress {
    checksum: Hasher,
    entries: u32,
    last_sequence: u64,
}

impl MarkedBatch<'_> {
    /// Whether all that the mark claims is there. `is_mark` tells that of the entry in the FULL record at an offset.
    pub(super) fn is_whole(&self, is_mark: impl Fn(&Entry<'_>, usize) -> bool) -> bool {
        let Some(log) = self.log.get(..self.range.end) else { return false };
        let mut progress = Progress { checksum: Hasher::new(), entries: 0, last_sequence: self.sequence };
        let mut offset = self.range.start;
        while offset < log.len() {
            let Some(end) = progress.take_entry(log, offset, &is_mark) else { return false };
            offset = end;
        }
        progress.entries == self.claim.entries && progress.checksum.finalize() == self.claim.checksum
    }

    /// What kind of damage it is if it is not whole. `end` is where the zeros at the end of the log start.
    pub(super) fn kind(&self, end: usize) -> DamageKind {
        if self.range.end <= end {
            return DamageKind::Corruption;
        }
        let mut offset = self.range.start;
        while let Some(record) = Record::at(self.log, offset) {
            offset += record.len();
        }
        let is_cut_short = Header::at(&self.log[..end], offset)
            .is_none_or(|header| header.record_type.is_some() && offset + HEADER_LEN + header.length > end);
        if is_cut_short { DamageKind::TornTail } else { DamageKind::Corruption }
    }
}

impl Progress {
    /// Takes the entry that starts at `offset`; `None` if it is not one of the batch. Gives where it ends.
    fn take_entry(&mut self, log: &[u8], offset: usize, is_mark: impl Fn(&Entry<'_>, usize) -> bool) -> Option<usize> {
        let first = self.take_record(log, offset)?;
        let end = match first.record_type {
            RecordType::Full => {
                let entry = Entry::parse(first.payload).ok().filter(|entry| !is_mark(entry, offset))?;
                self.take_sequence(entry.sequence)?;
                offset + first.len()
            }
            RecordType::First => {
                let header = first.payload.first_chunk::<ENTRY_HEADER_LEN>()?;
                self.take_sequence(le_u64(header, 1))?;
                self.take_fragments(log, offset + first.len(), Joined::new(header, first.payload)?)?
            }
            RecordType::Middle | RecordType::Last => return None,
        };
        self.entries = self.entries.checked_add(1)?;
        Some(end)
    }

    /// Takes the rest of an entry whose first fragment ends at `offset`.
    fn take_fragments(&mut self, log: &[u8], mut offset: usize, mut joined: Joined) -> Option<usize> {
        loop {
            let record = self.take_record(log, offset)?;
            offset += record.len();
            joined.add(record.payload);
            match record.record_type {
                RecordType::Middle => {}
                RecordType::Last => return joined.is_entry().then_some(offset),
                RecordType::Full | RecordType::First => return None,
            }
        }
    }

    fn take_record<'l>(&mut self, log: &'l [u8], offset: usize) -> Option<Record<'l>> {
        let record = Record::at(log, offset)?;
        self.checksum.update(&log[offset..offset + HEADER_LEN]);
        Some(record)
    }

    fn take_sequence(&mut self, sequence: u64) -> Option<()> {
        let follows = match self.entries {
            0 => sequence > self.last_sequence,
            _ => Some(sequence) == self.last_sequence.checked_add(1),
        };
        self.last_sequence = sequence;
        follows.then_some(())
    }
}

/// The payloads of a chain, of which only the lengths are looked at: joined, they would take memory.
#[derive(Debug)]
struct Joined {
    /// Bytes so far.
    len: u64,
    op: Op,
    through_key: u64,
    /// The length of the value, as far as it has been met.
    value_len: [u8; VALUE_LENGTH_LEN],
}

impl Joined {
    fn new(header: &[u8; ENTRY_HEADER_LEN], first: &[u8]) -> Option<Self> {
        let through_key = ENTRY_HEADER_LEN as u64 + u64::from(le_u32(header, 9));
        let mut joined = Self { len: 0, op: Op::from_byte(header[0])?, through_key, value_len: [0; _] };
        joined.add(first);
        Some(joined)
    }

    fn add(&mut self, payload: &[u8]) {
        for (index, byte) in self.value_len.iter_mut().enumerate() {
            let at = self.through_key + index as u64;
            if let Some(&there) = at.checked_sub(self.len).and_then(|at| payload.get(usize::try_from(at).ok()?)) {
                *byte = there;
            }
        }
        self.len += payload.len() as u64;
    }

    /// Whether an entry has this length.
    fn is_entry(&self) -> bool {
        let body = match self.op {
            Op::Delete => 0,
            Op::Put | Op::Merge => VALUE_LENGTH_LEN as u64 + u64::from(u32::from_le_bytes(self.value_len)),
        };
        self.len == self.through_key + body
    }
}
