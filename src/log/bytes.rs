//! The bytes of all files, owned and kept, and the entries at their places.

use super::batch::{BATCH_OP_HEADER_LEN, Batch};
use super::entry::{ENTRY_HEADER_LEN, Entry, Op, VALUE_LENGTH_LEN};
use super::number::{le_u32, le_u64};
use super::place::Place;
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

    /// The entry at `place`, which must be that of an entry in this log.
    #[inline]
    pub(crate) fn entry(&self, place: Place) -> Entry<'_> {
        let mut entry = entry_at(&self.bytes, place);
        if let Some(index) = place.batch_op() {
            entry.sequence = self.batch_base(place) + index;
        }
        entry
    }

    /// The key of the entry at `place`.
    #[inline]
    pub(crate) fn key(&self, place: Place) -> &[u8] {
        key_at(&self.bytes, place)
    }

    /// The entry at `place`, with the sequence number 0 if it is a batch record's op.
    #[inline]
    pub(crate) fn entry_without_base(&self, place: Place) -> Entry<'_> {
        entry_at(&self.bytes, place)
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

    /// The sequence number of the entry at `place`.
    #[inline]
    pub(crate) fn sequence(&self, place: Place) -> u64 {
        match place.batch_op() {
            None => le_u64(&self.bytes, place.offset() + 1),
            Some(index) => self.batch_base(place) + index,
        }
    }

    /// The place that the first write after the log gets. It is never the first of all, which no entry in a log has
    /// either: that one ranks behind everything.
    pub(crate) fn end(&self) -> Place {
        Place::of_entry(self.bytes.len().max(1))
    }

    fn batch_base(&self, place: Place) -> u64 {
        let after = self.batches.partition_point(|&record| record < place.offset());
        self.batch(self.batches[after - 1]).base
    }
}

/// The key of the entry at `place` of `log`.
#[inline]
pub(crate) fn key_at(log: &[u8], place: Place) -> &[u8] {
    let start = key_start(place);
    &log[start..][..le_u32(log, start - KEY_LENGTH_LEN) as usize]
}

/// Where the key of the entry at `place` starts.
#[inline]
pub(crate) fn key_start(place: Place) -> usize {
    place.offset() + if place.batch_op().is_some() { BATCH_OP_HEADER_LEN } else { ENTRY_HEADER_LEN }
}

/// The entry at `place` of `log`, with the sequence number 0 if it is a batch record's op.
#[inline]
pub(crate) fn entry_at(log: &[u8], place: Place) -> Entry<'_> {
    let start = place.offset();
    let key = key_at(log, place);
    let key_end = key_start(place) + key.len();
    let sequence = if place.batch_op().is_some() { 0 } else { le_u64(log, start + 1) };
    let op = Op::from_byte(log[start]).unwrap_or(Op::Merge);
    let value = match op {
        Op::Delete => &[],
        Op::Put | Op::Merge => &log[key_end + VALUE_LENGTH_LEN..][..le_u32(log, key_end) as usize],
    };
    Entry { op, sequence, key, value }
}

#[cfg(test)]
mod tests;
