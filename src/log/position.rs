//! Places: where a version stands in the true order of writes.

/// Bits of a place below the offset: enough for the number of ops that fit into one record (65535 bytes / 5).
const OP_BITS: u32 = 14;
/// Bits at a place's top that are never set, for what is kept beside it.
const SPARE_BITS: u32 = 1;
/// The longest log, all files together, that places can tell apart: 512 TiB.
pub(crate) const MAX_LOG_LEN: u64 = 1 << (64 - OP_BITS - SPARE_BITS);

/// A place in the order of writes: of two versions, the one with the higher place was written later.
///
/// In the log it is the offset of the entry (all files laid end to end), and which op of a batch record it is (from 1;
/// 0 for an entry of its own). Places after the log's end are given, one by one, to what is written after recovery.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Position(u64);

impl Position {
    /// In front of every other place.
    pub(crate) const FIRST: Self = Self(0);
    /// Behind every other place.
    pub(crate) const LAST: Self = Self(u64::MAX);

    /// That of an entry of its own.
    #[inline]
    pub(crate) fn of_entry(offset: usize) -> Self {
        Self((offset as u64) << OP_BITS)
    }

    /// That of the op number `index`, from 0, of a batch record.
    pub(crate) fn of_batch_op(offset: usize, index: usize) -> Self {
        Self((offset as u64) << OP_BITS | (index as u64 + 1))
    }

    /// This place of a file that starts at `base` of the log.
    #[inline]
    pub(crate) fn moved_by(self, base: usize) -> Self {
        Self(self.0 + ((base as u64) << OP_BITS))
    }

    /// Offset of the entry, or of the op inside its batch record, in the log.
    #[inline]
    pub(crate) fn offset(self) -> usize {
        (self.0 >> OP_BITS) as usize
    }

    /// Which op of a batch record it is, from 0.
    #[inline]
    pub(crate) fn batch_op(self) -> Option<u64> {
        (self.0 & ((1 << OP_BITS) - 1)).checked_sub(1)
    }

    /// As a number that rises with the order of writes.
    #[inline]
    pub(crate) fn to_bits(self) -> u64 {
        self.0
    }

    /// The place that [`to_bits`](Self::to_bits) gave.
    #[inline]
    pub(crate) fn from_bits(bits: u64) -> Self {
        Self(bits)
    }
}
