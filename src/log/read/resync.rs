//! Where reading goes on behind a record that is not intact.
//!
//! The rules stand in an order that is safe: whoever can choose a value can store bytes that look like records in it,
//! and a reader that searches a damaged or torn payload for records brings them to life. So a search comes last, after
//! everything that tells where the damaged record ends, and after the question whether it is merely a write that was
//! interrupted. `docs/log-format.md` names the few cases in which one flipped bit leads to a search all the same.

use super::checksum::Checksums;
use crate::log::format::entry::{
    ENTRY_HEADER_LEN, OP_BATCH, Op, claimed_len, first_fragment_len, is_known_op, least_len, own_sequence,
};
use crate::log::format::payload::Payload;
use crate::log::format::record::{HEADER_LEN, Header, MAX_PAYLOAD, MAX_RECORD, RecordType};

/// The shortest record that can be found by searching.
const SHORTEST: usize = HEADER_LEN + ENTRY_HEADER_LEN;
/// A log holds at most one entry for so many bytes; it bounds how far sequence numbers can have moved in damaged bytes.
const BYTES_PER_SEQUENCE: usize = SHORTEST;

/// How the reader goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Resumption {
    /// The bytes up to this offset are corrupt.
    At(usize),
    /// Likewise, and from there on a sequence number tells nothing in this file any more: the only records left have
    /// numbers that cannot be right.
    AtUnreachable(usize),
    /// An interrupted write, to the end of the file.
    TornTail,
    /// Corruption, to the end of the file.
    CorruptTail,
}

/// A record that is not intact, and what is known around it.
#[derive(Debug)]
pub(crate) struct Damaged<'a> {
    /// The whole file.
    pub(crate) log: &'a [u8],
    /// Its checksums, which all of its damage shares.
    pub(crate) checksums: &'a mut Checksums,
    /// Where the record starts.
    pub(crate) offset: usize,
    /// Where the zeros at the end of the file start.
    pub(crate) zeros_from: usize,
    /// Bytes that the open chain still lacks, if a chain is open and that is known.
    pub(crate) owed: Option<u64>,
    /// The last sequence number read from this file; `None` if every number can be reached.
    pub(crate) last_sequence: Option<u64>,
}

impl Damaged<'_> {
    /// Finds where reading goes on: rules 2a to 2d of `docs/log-format.md`.
    pub(crate) fn resume(&mut self) -> Resumption {
        if let Some(end) = self.known_end() {
            return Resumption::At(end);
        }
        if self.is_interrupted_write() {
            return Resumption::TornTail;
        }
        if let Some(found) = self.search() {
            return found;
        }
        match Header::at(self.log, self.offset) {
            Some(header) if self.fills_the_file(&header) => Resumption::TornTail,
            _ => Resumption::CorruptTail,
        }
    }

    /// Rule 2a: the end that the header or the payload tells, if something bears it out.
    fn known_end(&mut self) -> Option<usize> {
        let header = Header::at(self.log, self.offset)?;
        let start = self.offset + HEADER_LEN;
        let by_payload = self.length_by_payload(&header).filter(|length| start + length <= self.log.len());
        // No header can say more than 65535, so no checksum is of more.
        if let Some(length) = by_payload.filter(|&length| HEADER_LEN + length <= MAX_RECORD)
            && self.checksums.matches(self.log, start, length, header.checksum)
        {
            return Some(start + length);
        }
        [Some(header.length), by_payload]
            .into_iter()
            .flatten()
            .map(|length| start + length)
            .find(|&end| self.checksums.intact(self.log, end).is_some())
    }

    /// The length of the payload by the lengths inside it.
    fn length_by_payload(&self, header: &Header) -> Option<usize> {
        let rest = &self.log[self.offset + HEADER_LEN..];
        let entry_header = rest.first_chunk::<ENTRY_HEADER_LEN>()?;
        if entry_header[0] == OP_BATCH {
            let length = if header.length == ENTRY_HEADER_LEN { header.length as u64 } else { claimed_len(rest)? };
            return usize::try_from(length).ok();
        }
        Op::from_byte(entry_header[0])?;
        // A key that does not fit into one record need not be looked behind: its value length stands elsewhere.
        if least_len(entry_header) > MAX_PAYLOAD as u64 || claimed_len(rest)? > MAX_PAYLOAD as u64 {
            return Some(first_fragment_len(key_len(entry_header)));
        }
        claimed_len(rest).map(|length| length as usize)
    }

    /// Rule 2b: whether the file could end here because the writer was stopped, so that nothing in it is looked at.
    fn is_interrupted_write(&self) -> bool {
        let written = &self.log[self.offset..self.zeros_from.max(self.offset)];
        match Header::at(written, 0) {
            None => true,
            Some(header) => self.fills_the_file(&header) && !self.contradicts(&header, &written[HEADER_LEN..]),
        }
    }

    /// Whether a record with this header is legal and reaches to the file's end, but for zeros.
    fn fills_the_file(&self, header: &Header) -> bool {
        header.is_legal() && self.zeros_from <= self.offset + HEADER_LEN + header.length
    }

    /// Whether what there is of a payload shows that the header is not true.
    fn contradicts(&self, header: &Header, payload: &[u8]) -> bool {
        match header.record_type {
            Some(RecordType::Middle) => self.owed.is_some_and(|owed| owed <= MAX_PAYLOAD as u64),
            Some(RecordType::Last) => self.owed.is_some_and(|owed| owed != header.length as u64),
            Some(RecordType::First) => contradicts_first(header, payload),
            Some(RecordType::Full) => contradicts_full(header, payload),
            None => true,
        }
    }

    /// Rule 2c: the next record that can be trusted, byte by byte.
    fn search(&mut self) -> Option<Resumption> {
        let mut unreachable = None;
        for offset in self.offset + 1..(self.log.len() + 1).saturating_sub(SHORTEST) {
            let Some(sequence) = plausible_start(self.log, offset) else { continue };
            let reachable = self.can_reach(sequence, offset - self.offset);
            if (reachable || unreachable.is_none())
                && let Some(header) = self.checksums.intact(self.log, offset)
                && parses(&header, &self.log[offset + HEADER_LEN..][..header.length])
            {
                if reachable {
                    return Some(Resumption::At(offset));
                }
                unreachable = Some(Resumption::AtUnreachable(offset));
            }
        }
        unreachable
    }

    /// Whether an entry with this number can follow `distance` bytes behind the damage's start.
    fn can_reach(&self, sequence: u64, distance: usize) -> bool {
        self.last_sequence.is_none_or(|last| {
            let most = last.saturating_add(1).saturating_add((distance / BYTES_PER_SEQUENCE) as u64);
            (last..=most).contains(&sequence)
        })
    }
}

fn contradicts_first(header: &Header, payload: &[u8]) -> bool {
    if payload.first().is_some_and(|&op| !is_known_op(op)) {
        return true;
    }
    payload.first_chunk::<ENTRY_HEADER_LEN>().is_some_and(|entry| first_fragment_len(key_len(entry)) != header.length)
}

fn contradicts_full(header: &Header, payload: &[u8]) -> bool {
    if payload.first().is_some_and(|&op| !is_known_op(op)) {
        return true;
    }
    let Some(entry) = payload.first_chunk::<ENTRY_HEADER_LEN>() else { return false };
    if entry[0] == OP_BATCH && header.length == ENTRY_HEADER_LEN {
        return false;
    }
    match claimed_len(payload) {
        Some(length) => length != header.length as u64,
        None => least_len(entry) > header.length as u64,
    }
}

/// The sequence number of the legal FULL or FIRST record that seems to start at `offset`, by what can be told at a
/// glance: almost nothing gets as far as being checksummed.
fn plausible_start(log: &[u8], offset: usize) -> Option<u64> {
    // The record's type first: it is what rules out most offsets.
    if !matches!(log[offset + HEADER_LEN - 1], 1 | 2) {
        return None;
    }
    let header = Header::at(log, offset).filter(Header::is_legal)?;
    let payload = log[offset + HEADER_LEN..].get(..header.length)?;
    let fits = match header.record_type? {
        RecordType::Full if payload[0] == OP_BATCH && header.length == ENTRY_HEADER_LEN => true,
        RecordType::Full => claimed_len(payload) == Some(header.length as u64),
        RecordType::First => {
            let entry = payload.first_chunk::<ENTRY_HEADER_LEN>()?;
            Op::from_byte(entry[0]).is_some() && first_fragment_len(key_len(entry)) == header.length
        }
        RecordType::Middle | RecordType::Last => false,
    };
    fits.then(|| own_sequence(payload))
}

/// Whether the payload of an intact record that [`plausible_start`] has found parses.
fn parses(header: &Header, payload: &[u8]) -> bool {
    header.record_type == Some(RecordType::First) || Payload::parse(payload).is_ok()
}

fn key_len(entry: &[u8; ENTRY_HEADER_LEN]) -> u32 {
    u32::from_le_bytes([entry[9], entry[10], entry[11], entry[12]])
}

#[cfg(test)]
mod tests;
