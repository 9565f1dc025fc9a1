//! The open batch: its header has been read, but not yet all of its entries.

use crate::damage::{Cause, DamageKind, Stretch};
use crate::little_endian::le_u16;
use crate::log::format::batch::BatchHeader;
use crate::log::format::entry::ENTRY_HEADER_LEN;
use crate::log::format::record::HEADER_LEN;

/// A batch header, and how many entries of the batch have followed it so far.
#[derive(Debug)]
pub(super) struct OpenBatch {
    /// The offset of the header's record.
    start: usize,
    header: BatchHeader,
    /// How many of its entries have been read.
    read: u64,
    /// Damage has broken the batch: entries of it that still follow are dropped.
    broken: bool,
}

/// Whether an entry belongs to the open batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Membership {
    /// It is the next entry of the batch, and not the last.
    Next,
    /// It is the last entry of the batch, which is now complete.
    Last,
    /// It belongs to the batch, but damage has broken the batch.
    Lost,
    /// It does not belong to the batch.
    Outside,
}

impl OpenBatch {
    pub(super) fn new(start: usize, header: BatchHeader) -> Self {
        Self { start, header, read: 0, broken: false }
    }

    pub(super) fn start(&self) -> usize {
        self.start
    }

    /// The offsets of the entries read so far: FULL records that follow the header without a gap.
    pub(super) fn entries(&self, log: &[u8]) -> impl Iterator<Item = usize> {
        let mut record = self.start + HEADER_LEN + ENTRY_HEADER_LEN;
        (0..self.read).map(move |_| {
            let entry = record + HEADER_LEN;
            record = entry + usize::from(le_u16(log, record + 4));
            entry
        })
    }

    /// Tells whether an entry with this sequence number belongs to the batch. Counts it if it is the next one.
    pub(super) fn accept(&mut self, sequence: u64) -> Membership {
        let Some(index) = sequence.checked_sub(self.header.base) else { return Membership::Outside };
        if self.broken {
            let owned = (self.read..self.header.count).contains(&index);
            return if owned { Membership::Lost } else { Membership::Outside };
        }
        if index != self.read {
            return Membership::Outside;
        }
        self.read += 1;
        if self.read == self.header.count { Membership::Last } else { Membership::Next }
    }

    /// Drops the batch. Returns the damage, from the header to `end`; `None` if it has been reported already.
    pub(super) fn drop_until(&mut self, end: usize, kind: DamageKind) -> Option<Stretch> {
        if self.broken {
            return None;
        }
        self.broken = true;
        let cause = match kind {
            DamageKind::TornTail => Cause::BatchCutShort,
            _ => Cause::BatchBroken,
        };
        Some(Stretch { batches_dropped: 1, ..Stretch::new(self.start, end, kind, cause) })
    }
}
