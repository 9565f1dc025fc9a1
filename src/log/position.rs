//! Positions: where an entry is in the log, which also tells the true order of writes.

/// Bits of a position below the offset: enough for the number of ops that fit into one record (65535 bytes / 5).
const OP_BITS: u32 = 14;
/// High bits of a position that are never set, for flags that are stored beside it.
const SPARE_BITS: u32 = 1;
/// The longest log, all files together, whose offsets fit into a position: 512 TiB.
pub(crate) const MAX_LOG_LEN: u64 = 1 << (64 - OP_BITS - SPARE_BITS);

/// The position of an entry in the log: its offset (in all files end to end), and which op of a batch record it is (from
/// 1; 0 for an entry that is not in a batch record). Of two entries, the one with the higher position was written later.
///
/// As a number, a position is the number of the write. Writes after recovery get the numbers after the log's end, one by
/// one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Position(u64);

impl Position {
    /// Before every other position.
    pub(crate) const FIRST: Self = Self(0);
    /// After every other position.
    pub(crate) const LAST: Self = Self(u64::MAX);

    /// The position of an entry that is not in a batch record.
    #[inline]
    pub(crate) fn of_entry(offset: usize) -> Self {
        Self((offset as u64) << OP_BITS)
    }

    /// The position of the op number `index` of a batch record. The first op has the number 0.
    pub(crate) fn of_batch_op(offset: usize, index: usize) -> Self {
        Self((offset as u64) << OP_BITS | (index as u64 + 1))
    }

    /// Turns a position in a file into the position in the log. The file starts at the offset `base` of the log.
    #[inline]
    pub(crate) fn moved_by(self, base: usize) -> Self {
        Self(self.0 + ((base as u64) << OP_BITS))
    }

    /// The offset in the log, in bytes, of the entry or of the op inside its batch record.
    #[inline]
    pub(crate) fn offset(self) -> usize {
        (self.0 >> OP_BITS) as usize
    }

    /// Which op of a batch record it is. The first op has the number 0.
    #[inline]
    pub(crate) fn batch_op(self) -> Option<u64> {
        (self.0 & ((1 << OP_BITS) - 1)).checked_sub(1)
    }

    /// The position as a number, which increases with the order of writes.
    #[inline]
    pub(crate) fn to_bits(self) -> u64 {
        self.0
    }

    /// The position that [`to_bits`](Self::to_bits) gave this number for.
    #[inline]
    pub(crate) fn from_bits(bits: u64) -> Self {
        Self(bits)
    }
}
