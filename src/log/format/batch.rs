//! The two kinds of batch that leave a mark in the log. (The third, entries that share a sequence number, leaves none.)

use super::entry::{ENTRY_HEADER_LEN, Entry, Op, VALUE_LENGTH_LEN, own_sequence, split_key_value};
use super::little_endian::{le_u16, le_u32, le_u64};
use super::record::HEADER_LEN;
use crate::damage::Cause;

/// Bytes of a batch record in front of its ops: the entry's header, and count and base, with which its key begins.
const OPS_START: usize = ENTRY_HEADER_LEN + 12;
/// Bytes of an op in front of its key: op, key length.
pub(crate) const BATCH_OP_HEADER_LEN: usize = 5;

/// A header which says that the next `count` records are one batch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BatchHeader {
    pub(crate) base: u64,
    pub(crate) count: u64,
}

impl BatchHeader {
    pub(crate) fn parse(payload: &[u8]) -> Result<Self, Cause> {
        let (base, count) = (own_sequence(payload), le_u32(payload, 9));
        last_sequence(base, count)?;
        Ok(Self { base, count: u64::from(count) })
    }
}

/// A batch that is known to be in the log, whole and of at least one op: behind a header or in one record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Batch {
    pub(crate) base: u64,
    pub(crate) count: u64,
}

impl Batch {
    /// The one whose first record, that is its header or its only one, is at `record`.
    pub(crate) fn at(log: &[u8], record: usize) -> Self {
        let payload = record + HEADER_LEN;
        if usize::from(le_u16(log, record + 4)) == ENTRY_HEADER_LEN {
            return Self { base: le_u64(log, payload + 1), count: u64::from(le_u32(log, payload + 9)) };
        }
        let key = payload + ENTRY_HEADER_LEN;
        Self { base: le_u64(log, key + 4), count: u64::from(le_u32(log, key)) }
    }

    /// The sequence number of its last op.
    pub(crate) fn last(&self) -> u64 {
        self.base + (self.count - 1)
    }
}

/// A whole batch in one FULL record, its ops checked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BatchRecord<'a> {
    payload: &'a [u8],
    pub(crate) base: u64,
    pub(crate) count: usize,
    /// Of its last op; of a batch of no ops, that of the record itself.
    pub(crate) last: u64,
}

impl<'a> BatchRecord<'a> {
    pub(crate) fn parse(payload: &'a [u8]) -> Result<Self, Cause> {
        let header = payload.first_chunk::<ENTRY_HEADER_LEN>().ok_or(Cause::EntryTooShort)?;
        let (key, value, rest) = split_key_value(Op::Put, le_u32(header, 9), &payload[ENTRY_HEADER_LEN..])?;
        if !rest.is_empty() {
            return Err(Cause::BytesLeftOver);
        }
        if !value.is_empty() || key.len() < OPS_START - ENTRY_HEADER_LEN {
            return Err(Cause::BadBatch);
        }
        let (count, base) = (le_u32(key, 0), le_u64(key, 4));
        let last = last_sequence(base, count)?.unwrap_or_else(|| own_sequence(payload));
        // Each op is at least its header, so a count that the record has no room for is refused before it is counted
        // to.
        let ops = key.len() + ENTRY_HEADER_LEN - OPS_START;
        if u64::from(count) * BATCH_OP_HEADER_LEN as u64 > ops as u64 {
            return Err(Cause::BadBatch);
        }
        let batch = Self { payload, base, count: count as usize, last };
        batch.check()?;
        Ok(batch)
    }

    /// Whether the ops that it counts are there, are well formed and fill it.
    fn check(&self) -> Result<(), Cause> {
        let mut at = OPS_START;
        for _ in 0..self.count {
            let (_, len) = parse_op(&self.ops_end()[at..], 0)?;
            at += len;
        }
        if at == self.ops_end().len() { Ok(()) } else { Err(Cause::BadBatch) }
    }

    /// The payload without the empty value's length, so that what ends with the ops ends with the slice.
    fn ops_end(&self) -> &'a [u8] {
        &self.payload[..self.payload.len() - VALUE_LENGTH_LEN]
    }

    /// The ops in their order, each with its offset in the payload.
    pub(crate) fn ops(self) -> impl Iterator<Item = (usize, Entry<'a>)> {
        let mut at = OPS_START;
        (0..self.count as u64).map_while(move |index| {
            let (entry, len) = parse_op(&self.ops_end()[at..], self.base + index).ok()?;
            at += len;
            Some((at - len, entry))
        })
    }
}

/// The op that `bytes` begin with, and how many of them it takes.
fn parse_op(bytes: &[u8], sequence: u64) -> Result<(Entry<'_>, usize), Cause> {
    let (header, rest) = bytes.split_first_chunk::<BATCH_OP_HEADER_LEN>().ok_or(Cause::BadBatch)?;
    let op = Op::from_byte(header[0]).ok_or(Cause::BadBatch)?;
    let (key, value, rest) = split_key_value(op, le_u32(header, 1), rest).map_err(|_| Cause::BadBatch)?;
    Ok((Entry { op, sequence, key, value }, bytes.len() - rest.len()))
}

/// The sequence number of a batch's last op, `None` if it has no ops.
fn last_sequence(base: u64, count: u32) -> Result<Option<u64>, Cause> {
    if count == 0 {
        return Ok(None);
    }
    base.checked_add(u64::from(count) - 1).map(Some).ok_or(Cause::BadBatch)
}

#[cfg(test)]
mod tests;
