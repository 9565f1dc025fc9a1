//! The bytes of all files, owned and kept, and the entries at their positions.

use super::position::Position;
use crate::little_endian::{le_u32, le_u64};
use crate::log::format::batch::{BATCH_OP_HEADER_LEN, Batch};
use crate::log::format::entry::{ENTRY_HEADER_LEN, Entry, Op, VALUE_LENGTH_LEN};
use crate::prefetch::prefetch;
use memmap2::MmapMut;

/// Bytes of a key's length, with which the header of an entry ends, and that of an op.
const KEY_LENGTH_LEN: usize = 4;

/// Every file's bytes, end to end in the order of the log. Keys and values are never copied out of it.
///
/// It is written while the files are read, and never again. The bytes of a fragmented entry are not as they are on
/// disk: its fragments have been moved together (see [`reader`](super::reader)).
#[derive(Debug)]
pub(crate) struct LogBytes {
    bytes: MmapMut,
    /// Where the batches in it start, rising: the ops of a batch record do not say their own sequence numbers.
    batches: Vec<usize>,
}

impl LogBytes {
    /// `batches` are the offsets of the records that are batches or their headers, rising.
    pub(crate) fn new(bytes: MmapMut, batches: Vec<usize>) -> Self {
        Self { bytes, batches }
    }

    /// Where batches start, rising.
    pub(crate) fn batches(&self) -> &[usize] {
        &self.batches
    }

    /// The batch that starts at `record`, which must be one of [`batches`](Self::batches).
    pub(crate) fn batch(&self, record: usize) -> Batch {
        Batch::at(&self.bytes, record)
    }

    /// The entry at `position`, which must be that of an entry in this log.
    #[inline]
    pub(crate) fn entry(&self, position: Position) -> Entry<'_> {
        let mut entry = entry_at(&self.bytes, position);
        if let Some(index) = position.batch_op() {
            entry.sequence = self.batch_base(position) + index;
        }
        entry
    }

    /// The key of the entry at `position`.
    #[inline]
    pub(crate) fn key(&self, position: Position) -> &[u8] {
        key_at(&self.bytes, position)
    }

    /// The entry at `position`, with the sequence number 0 if it is a batch record's op.
    #[inline]
    pub(crate) fn entry_without_base(&self, position: Position) -> Entry<'_> {
        entry_at(&self.bytes, position)
    }

    /// The bytes from `start` on.
    #[inline]
    pub(crate) fn bytes(&self, start: usize, len: usize) -> &[u8] {
        &self.bytes[start..start + len]
    }

    /// Brings the byte at `offset` nearer, if there is one.
    #[inline]
    pub(crate) fn prefetch_at(&self, offset: usize) {
        prefetch(&self.bytes, offset);
    }

    /// The sequence number of the entry at `position`.
    #[inline]
    pub(crate) fn sequence(&self, position: Position) -> u64 {
        match position.batch_op() {
            None => le_u64(&self.bytes, position.offset() + 1),
            Some(index) => self.batch_base(position) + index,
        }
    }

    /// The position that the first write after the log gets. It is never 0, which no entry in a log has either: nothing
    /// can be older than that.
    pub(crate) fn end(&self) -> Position {
        Position::of_entry(self.bytes.len().max(1))
    }

    fn batch_base(&self, position: Position) -> u64 {
        let after = self.batches.partition_point(|&record| record < position.offset());
        self.batch(self.batches[after - 1]).base
    }
}

/// The key of the entry at `position` of `log`.
#[inline]
pub(crate) fn key_at(log: &[u8], position: Position) -> &[u8] {
    let start = key_start(position);
    &log[start..][..le_u32(log, start - KEY_LENGTH_LEN) as usize]
}

/// Where the key of the entry at `position` starts.
#[inline]
pub(crate) fn key_start(position: Position) -> usize {
    position.offset() + if position.batch_op().is_some() { BATCH_OP_HEADER_LEN } else { ENTRY_HEADER_LEN }
}

/// The entry at `position` of `log`, with the sequence number 0 if it is a batch record's op.
#[inline]
pub(crate) fn entry_at(log: &[u8], position: Position) -> Entry<'_> {
    let start = position.offset();
    let key = key_at(log, position);
    let key_end = key_start(position) + key.len();
    let sequence = if position.batch_op().is_some() { 0 } else { le_u64(log, start + 1) };
    let op = Op::from_byte(log[start]).unwrap_or(Op::Merge);
    let value = match op {
        Op::Delete => &[],
        Op::Put | Op::Merge => &log[key_end + VALUE_LENGTH_LEN..][..le_u32(log, key_end) as usize],
    };
    Entry { op, sequence, key, value }
}

#[cfg(test)]
mod tests;
