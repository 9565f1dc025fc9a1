//! An entry as records: in one where it fits, else in fragments, cut as Kevo cuts them.

use crate::log::format::entry::{ENTRY_HEADER_LEN, Entry, Op, VALUE_LENGTH_LEN, first_fragment_len};
use crate::log::format::record::{HEADER_LEN, MAX_PAYLOAD, RecordType, header};
use crc32fast::Hasher;
use std::collections::TryReserveError;

/// The longest record that is written, in bytes.
pub(crate) const MAX_RECORD_LEN: usize = HEADER_LEN + MAX_PAYLOAD;

/// The records of one entry, which are yet to be encoded.
#[derive(Debug)]
pub(crate) struct Records<'a> {
    header: [u8; ENTRY_HEADER_LEN],
    value_len: [u8; 4],
    entry: &'a Entry<'a>,
    /// How many bytes of the entry's payload have been encoded.
    encoded: usize,
}

impl<'a> Records<'a> {
    pub(crate) fn of(entry: &'a Entry<'a>) -> Self {
        let value_len = (entry.value.len() as u32).to_le_bytes();
        Self { header: entry.header(), value_len, entry, encoded: 0 }
    }

    /// Appends the next record to `out`; false if there is none.
    ///
    /// # Errors
    ///
    /// If there is no memory; then `out` is as it was.
    pub(crate) fn encode_next(&mut self, out: &mut Vec<u8>) -> Result<bool, TryReserveError> {
        let payload = payload_len(self.entry);
        if self.encoded == payload {
            return Ok(false);
        }
        let (record_type, len) = if self.encoded == 0 {
            first_record(self.entry)
        } else if payload - self.encoded > MAX_PAYLOAD {
            (RecordType::Middle, MAX_PAYLOAD)
        } else {
            (RecordType::Last, payload - self.encoded)
        };
        self.encode(record_type, len, out)?;
        self.encoded += len;
        Ok(true)
    }

    /// Appends a record of the next `len` bytes of the payload.
    fn encode(&self, record_type: RecordType, len: usize, out: &mut Vec<u8>) -> Result<(), TryReserveError> {
        out.try_reserve(HEADER_LEN + len)?;
        let mut checksum = Hasher::new();
        self.for_each_piece(len, |piece| checksum.update(piece));
        out.extend_from_slice(&header(record_type, len as u16, checksum.finalize()));
        self.for_each_piece(len, |piece| out.extend_from_slice(piece));
        Ok(())
    }

    /// Calls `take` with the next `len` bytes of the payload, in the pieces that they are in.
    fn for_each_piece(&self, len: usize, mut take: impl FnMut(&[u8])) {
        let value_len: &[u8] = if self.entry.op == Op::Delete { &[] } else { &self.value_len };
        let mut start = 0;
        for piece in [&self.header, self.entry.key, value_len, self.entry.value] {
            let in_piece = |at: usize| at.clamp(start, start + piece.len()) - start;
            take(&piece[in_piece(self.encoded)..in_piece(self.encoded + len)]);
            start += piece.len();
        }
    }
}

/// How many bytes an entry takes in a file.
pub(crate) fn encoded_len(entry: &Entry<'_>) -> u64 {
    let payload = payload_len(entry);
    let (record_type, first) = first_record(entry);
    let records = if record_type == RecordType::Full { 1 } else { 1 + (payload - first).div_ceil(MAX_PAYLOAD) };
    (records * HEADER_LEN + payload) as u64
}

/// Writes the one record of an entry that fits into one to `out`, which has just its length.
#[inline]
pub(crate) fn encode_whole(entry: &Entry<'_>, out: &mut [u8]) {
    let (record_header, payload) = out.split_at_mut(HEADER_LEN);
    write_payload(entry, payload);
    record_header.copy_from_slice(&header(RecordType::Full, payload.len() as u16, crc32fast::hash(payload)));
}

/// Writes the payload of an entry to `out`, which has just its length.
#[inline]
pub(crate) fn write_payload(entry: &Entry<'_>, out: &mut [u8]) {
    let (entry_header, body) = out.split_at_mut(ENTRY_HEADER_LEN);
    entry_header.copy_from_slice(&entry.header());
    let (key, rest) = body.split_at_mut(entry.key.len());
    key.copy_from_slice(entry.key);
    if entry.op != Op::Delete {
        let (value_len, value) = rest.split_at_mut(VALUE_LENGTH_LEN);
        value_len.copy_from_slice(&(entry.value.len() as u32).to_le_bytes());
        value.copy_from_slice(entry.value);
    }
}

/// How many bytes the payload of an entry has.
#[inline]
pub(crate) fn payload_len(entry: &Entry<'_>) -> usize {
    ENTRY_HEADER_LEN + entry.body_len()
}

/// The type and the payload's length of the record that an entry begins with.
fn first_record(entry: &Entry<'_>) -> (RecordType, usize) {
    match payload_len(entry) {
        payload if payload <= MAX_PAYLOAD => (RecordType::Full, payload),
        _ => (RecordType::First, first_fragment_len(entry.key.len() as u32)),
    }
}

#[cfg(test)]
mod tests;
