//! Kevo's two kinds of batch that can be told in the log. (The third, entries that share a sequence number, cannot.)

use super::entry::{ENTRY_HEADER_LEN, Entry, OP_BATCH, Op, VALUE_LENGTH_LEN, own_sequence, split_key_value};
use super::mark::entries_of_batch_mark;
use super::record::HEADER_LEN;
use crate::damage::Cause;
use crate::little_endian::{le_u16, le_u32, le_u64};

/// Bytes of a batch record before its ops: the header of the entry, and the count and the base, which begin its key.
const OPS_START: usize = ENTRY_HEADER_LEN + 12;
/// Bytes of an op before its key: op, key length.
pub(in crate::log) const BATCH_OP_HEADER_LEN: usize = 5;

/// A batch header: it says that the next `count` records are one batch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BatchHeader {
    pub(crate) base: u64,
    pub(crate) count: u64,
}

impl BatchHeader {
    pub(super) fn parse(payload: &[u8]) -> Result<Self, Cause> {
        let (base, count) = (own_sequence(payload), le_u32(payload, 9));
        last_sequence(base, count)?;
        Ok(Self { base, count: u64::from(count) })
    }
}

/// A batch that is known to be complete in the log, with at least one op: in one record, or as entries after a header
/// or a mark of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Batch {
    pub(crate) base: u64,
    pub(crate) count: u64,
}

impl Batch {
    /// The batch whose first record (its header, its mark, or its only record) starts at `record`.
    pub(crate) fn at(log: &[u8], record: usize) -> Self {
        let payload = record + HEADER_LEN;
        if usize::from(le_u16(log, record + 4)) == ENTRY_HEADER_LEN {
            return Self { base: le_u64(log, payload + 1), count: u64::from(le_u32(log, payload + 9)) };
        }
        if log[payload] != OP_BATCH {
            let first = payload + usize::from(le_u16(log, record + 4)) + HEADER_LEN;
            return Self { base: own_sequence(&log[first..]), count: u64::from(entries_of_batch_mark(log, record)) };
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
    pub(in crate::log) base: u64,
    pub(in crate::log) count: usize,
    /// The sequence number of its last op. If there are no ops, that of the record itself.
    pub(crate) last: u64,
}

impl<'a> BatchRecord<'a> {
    pub(in crate::log) fn parse(payload: &'a [u8]) -> Result<Self, Cause> {
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
        // Each op has at least its header. So a count that is too high for the record is refused here, before a loop
        // runs up to it.
        let ops = key.len() + ENTRY_HEADER_LEN - OPS_START;
        if u64::from(count) * BATCH_OP_HEADER_LEN as u64 > ops as u64 {
            return Err(Cause::BadBatch);
        }
        let batch = Self { payload, base, count: count as usize, last };
        batch.check()?;
        Ok(batch)
    }

    /// Checks that the record holds as many ops as it counts, that they are well formed, and that they fill it.
    fn check(&self) -> Result<(), Cause> {
        let mut offset = OPS_START;
        for _ in 0..self.count {
            let (_, len) = parse_op(&self.through_ops()[offset..], 0)?;
            offset += len;
        }
        if offset == self.through_ops().len() { Ok(()) } else { Err(Cause::BadBatch) }
    }

    /// The payload up to the end of the ops: without the length of the empty value.
    fn through_ops(&self) -> &'a [u8] {
        &self.payload[..self.payload.len() - VALUE_LENGTH_LEN]
    }

    /// The ops in their order, each with its offset in the payload.
    pub(crate) fn ops(self) -> impl Iterator<Item = (usize, Entry<'a>)> {
        let mut offset = OPS_START;
        (0..self.count as u64).map_while(move |index| {
            let (entry, len) = parse_op(&self.through_ops()[offset..], self.base + index).ok()?;
            offset += len;
            Some((offset - len, entry))
        })
    }
}

/// The op at the start of `bytes`, and its length in bytes.
fn parse_op(bytes: &[u8], sequence: u64) -> Result<(Entry<'_>, usize), Cause> {
    let (header, rest) = bytes.split_first_chunk::<BATCH_OP_HEADER_LEN>().ok_or(Cause::BadBatch)?;
    let op = Op::from_byte(header[0]).ok_or(Cause::BadBatch)?;
    let (key, value, rest) = split_key_value(op, le_u32(header, 1), rest).map_err(|_| Cause::BadBatch)?;
    Ok((Entry { op, sequence, key, value }, bytes.len() - rest.len()))
}

/// The sequence number of the last op of a batch; `None` if it has no ops.
fn last_sequence(base: u64, count: u32) -> Result<Option<u64>, Cause> {
    if count == 0 {
        return Ok(None);
    }
    base.checked_add(u64::from(count) - 1).map(Some).ok_or(Cause::BadBatch)
}

#[cfg(test)]
mod tests;
