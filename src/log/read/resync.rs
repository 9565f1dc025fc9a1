//! Where reading continues after a record that is not intact.
//!
//! The order of the rules is a matter of security. A user who chooses a value can store bytes in it that look like
//! records. A reader that searches a damaged or torn payload for records would take these for real ones. So a search
//! is made only after all rules that tell where the damaged record ends, and after the rule that recognizes an
//! interrupted write. `docs/log-format.md` names the few cases in which one flipped bit still leads to a search.

use super::checksum::Checksums;
use crate::little_endian::le_u32;
use crate::log::format::entry::{
    ENTRY_HEADER_LEN, OP_BATCH, Op, claimed_len, first_fragment_len, is_known_op, least_len, own_sequence,
};
use crate::log::format::payload::Payload;
use crate::log::format::record::{HEADER_LEN, Header, MAX_PAYLOAD, MAX_RECORD, RecordType};

/// The shortest record that can be found by searching.
const SHORTEST: usize = HEADER_LEN + ENTRY_HEADER_LEN;
/// A log holds at most one entry for this many bytes. That limits how far sequence numbers can rise within damaged
/// bytes.
const BYTES_PER_SEQUENCE: usize = SHORTEST;

/// How the reader continues.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Resumption {
    /// The bytes up to this offset are corrupt. Reading continues there.
    At(usize),
    /// The same, but the search found only records whose sequence numbers cannot follow the last one. So from there on,
    /// sequence numbers are not used any more in this file.
    AtUnreachable(usize),
    /// The rest of the file is an interrupted write.
    TornTail,
    /// The rest of the file is corrupt.
    CorruptTail,
}

/// A record that is not intact, and what is known about its file.
#[derive(Debug)]
pub(super) struct Damaged<'a> {
    /// The whole file.
    pub(super) log: &'a [u8],
    /// The checksums of the file, which are shared by all of its damage.
    pub(super) checksums: &'a mut Checksums,
    /// Where the record starts.
    pub(super) offset: usize,
    /// Where the zeros at the end of the file start.
    pub(super) zeros_from: usize,
    /// How many bytes are missing from the open chain. `None` if no chain is open or the number is not known yet.
    pub(super) missing: Option<u64>,
    /// The last sequence number read from this file; `None` if any number can follow.
    pub(super) last_sequence: Option<u64>,
}

impl Damaged<'_> {
    /// Finds where reading continues: rules 2a to 2d of `docs/log-format.md`.
    pub(super) fn resume(&mut self) -> Resumption {
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

    /// Rule 2a: the end of the record by its header or by its payload, if a checksum or an intact record confirms it.
    fn known_end(&mut self) -> Option<usize> {
        let header = Header::at(self.log, self.offset)?;
        let start = self.offset + HEADER_LEN;
        let by_payload = self.length_by_payload(&header).filter(|length| start + length <= self.log.len());
        // No header can express more than 65535 bytes, so no checksum covers more.
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
        // If the key does not fit into one record, the length of the value is in another record.
        if least_len(entry_header) > MAX_PAYLOAD as u64 || claimed_len(rest)? > MAX_PAYLOAD as u64 {
            return Some(first_fragment_len(key_len(entry_header)));
        }
        claimed_len(rest).map(|length| length as usize)
    }

    /// Rule 2b: whether the file may end here because a write was interrupted. Then the rest is not searched.
    fn is_interrupted_write(&self) -> bool {
        let written = &self.log[self.offset..self.zeros_from.max(self.offset)];
        match Header::at(written, 0) {
            None => true,
            Some(header) => self.fills_the_file(&header) && !self.contradicts(&header, &written[HEADER_LEN..]),
        }
    }

    /// Whether a record with this header is legal and reaches to the end of the file, or to the zeros at its end.
    fn fills_the_file(&self, header: &Header) -> bool {
        header.is_legal() && self.zeros_from <= self.offset + HEADER_LEN + header.length
    }

    /// Whether the bytes that there are of the payload show that the header is wrong.
    fn contradicts(&self, header: &Header, payload: &[u8]) -> bool {
        match header.record_type {
            Some(RecordType::Middle) => self.missing.is_some_and(|missing| missing <= MAX_PAYLOAD as u64),
            Some(RecordType::Last) => self.missing.is_some_and(|missing| missing != header.length as u64),
            Some(RecordType::First) => contradicts_first(header, payload),
            Some(RecordType::Full) => contradicts_full(header, payload),
            None => true,
        }
    }

    /// Rule 2c: searches, byte by byte, for the next record that can be trusted.
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

    /// Whether an entry with this sequence number can follow `distance` bytes after the start of the damage.
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

/// The sequence number of the legal FULL or FIRST record that seems to start at `offset`. Only cheap checks are made,
/// which rule out almost every offset, so that few records have to be checksummed.
fn plausible_start(log: &[u8], offset: usize) -> Option<u64> {
    // The type comes first, because it rules out most offsets.
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

/// Whether the payload of an intact record, which [`plausible_start`] has found, can be parsed.
fn parses(header: &Header, payload: &[u8]) -> bool {
    header.record_type == Some(RecordType::First) || Payload::parse(payload).is_ok()
}

fn key_len(entry: &[u8; ENTRY_HEADER_LEN]) -> u32 {
    le_u32(entry, 9)
}

#[cfg(test)]
mod tests;
