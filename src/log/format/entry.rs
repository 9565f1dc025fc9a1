//! Entries: the content of a payload, either of one record or of a chain of fragments joined together.

use crate::damage::Cause;
use crate::little_endian::{le_u32, le_u64};

/// Bytes of an entry before its key: op, sequence number, key length.
pub(crate) const ENTRY_HEADER_LEN: usize = 13;
/// Bytes of the length of a value.
pub(crate) const VALUE_LENGTH_LEN: usize = 4;
/// The op byte of a batch, which [`Op`] leaves out: a batch is not an operation on a key.
pub(in crate::log) const OP_BATCH: u8 = 4;

/// What an entry does to its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// Gives the key a value.
    Put = 1,
    /// Deletes the key: a tombstone.
    Delete = 2,
    /// Reserved by Kevo. It is in the log and uses up a sequence number, but no memtable holds it.
    Merge = 3,
}

impl Op {
    #[inline]
    pub(in crate::log) fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            1 => Some(Self::Put),
            2 => Some(Self::Delete),
            3 => Some(Self::Merge),
            _ => None,
        }
    }
}

/// One operation on one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    /// What it does to the key.
    pub op: Op,
    /// The number that Kevo gave it.
    pub sequence: u64,
    /// The key. It may be empty.
    pub key: &'a [u8],
    /// The value. It may be empty, and that of a delete always is.
    pub value: &'a [u8],
}

impl<'a> Entry<'a> {
    /// Parses a payload. The entry must take all of its bytes.
    #[inline]
    pub(crate) fn parse(payload: &'a [u8]) -> Result<Self, Cause> {
        let header = payload.first_chunk::<ENTRY_HEADER_LEN>().ok_or(Cause::EntryTooShort)?;
        let op = Op::from_byte(header[0]).ok_or(Cause::UnknownOp)?;
        let (key, value, rest) = split_key_value(op, le_u32(header, 9), &payload[ENTRY_HEADER_LEN..])?;
        if !rest.is_empty() {
            return Err(Cause::BytesLeftOver);
        }
        Ok(Self { op, sequence: le_u64(header, 1), key, value })
    }

    /// Bytes after its header: the key and, unless it is a delete, the length of the value and the value.
    #[inline]
    pub(in crate::log) fn body_len(&self) -> usize {
        self.key.len() + if self.op == Op::Delete { 0 } else { VALUE_LENGTH_LEN + self.value.len() }
    }

    /// The bytes before the key, as [`parse`](Self::parse) reads them.
    #[inline]
    pub(in crate::log) fn header(&self) -> [u8; ENTRY_HEADER_LEN] {
        let mut bytes = [0; ENTRY_HEADER_LEN];
        bytes[0] = self.op as u8;
        bytes[1..9].copy_from_slice(&self.sequence.to_le_bytes());
        bytes[9..].copy_from_slice(&(self.key.len() as u32).to_le_bytes());
        bytes
    }
}

/// A key, a value, and the bytes after them.
type KeyValueRest<'a> = (&'a [u8], &'a [u8], &'a [u8]);

/// Takes `key | [value length | value]` off the front of `bytes`.
#[inline]
pub(super) fn split_key_value(op: Op, key_len: u32, bytes: &[u8]) -> Result<KeyValueRest<'_>, Cause> {
    let (key, rest) = bytes.split_at_checked(key_len as usize).ok_or(Cause::KeyTooLong)?;
    if op == Op::Delete {
        return Ok((key, &[], rest));
    }
    let (value_len, rest) = rest.split_first_chunk::<VALUE_LENGTH_LEN>().ok_or(Cause::ValueTooLong)?;
    let (value, rest) = rest.split_at_checked(u32::from_le_bytes(*value_len) as usize).ok_or(Cause::ValueTooLong)?;
    Ok((key, value, rest))
}

/// The sequence number in the entry's own header, for any kind of entry.
pub(in crate::log) fn own_sequence(payload: &[u8]) -> u64 {
    le_u64(payload, 1)
}

/// The length of the whole entry, by the lengths inside its payload, of which the end may be missing. `None` if the
/// lengths are missing too, or if the op is unknown. For ops 1 to 3 and batch records, not for batch headers.
pub(in crate::log) fn claimed_len(payload: &[u8]) -> Option<u64> {
    let header = payload.first_chunk::<ENTRY_HEADER_LEN>()?;
    let through_key = ENTRY_HEADER_LEN as u64 + u64::from(le_u32(header, 9));
    if Op::from_byte(header[0]) == Some(Op::Delete) {
        return Some(through_key);
    }
    if !has_value_length(header[0]) {
        return None;
    }
    let value_len = payload.get(usize::try_from(through_key).ok()?..)?.first_chunk::<VALUE_LENGTH_LEN>()?;
    Some(through_key + VALUE_LENGTH_LEN as u64 + u64::from(u32::from_le_bytes(*value_len)))
}

/// The shortest length that an entry with these 13 header bytes can have.
pub(in crate::log) fn least_len(header: &[u8; ENTRY_HEADER_LEN]) -> u64 {
    let through_key = ENTRY_HEADER_LEN as u64 + u64::from(le_u32(header, 9));
    through_key + if has_value_length(header[0]) { VALUE_LENGTH_LEN as u64 } else { 0 }
}

/// Whether an entry with this op byte has the length of a value after its key. False for an unknown op byte.
fn has_value_length(op: u8) -> bool {
    op == OP_BATCH || matches!(Op::from_byte(op), Some(Op::Put | Op::Merge))
}

/// Whether the op byte is known. That of a batch is.
pub(in crate::log) fn is_known_op(op: u8) -> bool {
    op == OP_BATCH || Op::from_byte(op).is_some()
}

/// The payload length of the FIRST record of a fragmented entry: its header and as much of the key as fits.
pub(in crate::log) fn first_fragment_len(key_len: u32) -> usize {
    ENTRY_HEADER_LEN + (key_len as usize).min(super::record::MAX_PAYLOAD - ENTRY_HEADER_LEN)
}

#[cfg(test)]
mod tests;
