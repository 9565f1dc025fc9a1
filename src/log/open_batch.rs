//! A batch behind a header, of which not all entries have been read.

use super::batch::BatchHeader;
use crate::damage::{Cause, DamageKind, Stretch};

/// The entries of a batch as far as they have followed its header.
#[derive(Debug)]
pub(super) struct OpenBatch {
    /// Offset of the header's record.
    start: usize,
    header: BatchHeader,
    /// How many of its entries have followed.
    followed: u64,
    /// Damage has broken it: what is left of it is thrown away.
    broken: bool,
}

/// What an entry is to the open batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// The next of its entries, and not the last.
    Next,
    /// Its last entry: it is complete.
    Last,
    /// An entry of a batch that is lost.
    Remnant,
    /// None of its entries.
    Foreign,
}

impl OpenBatch {
    pub(super) fn new(start: usize, header: BatchHeader) -> Self {
        Self { start, header, followed: 0, broken: false }
    }

    pub(super) fn start(&self) -> usize {
        self.start
    }

    pub(super) fn header(&self) -> BatchHeader {
        self.header
    }

    /// Counts the next entry of the file if it is the batch's next one.
    pub(super) fn offer(&mut self, sequence: u64) -> Part {
        let Some(index) = sequence.checked_sub(self.header.base) else { return Part::Foreign };
        if self.broken {
            let owned = (self.followed..self.header.count).contains(&index);
            return if owned { Part::Remnant } else { Part::Foreign };
        }
        if index != self.followed {
            return Part::Foreign;
        }
        self.followed += 1;
        if self.followed == self.header.count { Part::Last } else { Part::Next }
    }

    /// The batch is dropped: the damage from its header to `end`, unless it has been reported already.
    pub(super) fn drop_to(&mut self, end: usize, kind: DamageKind) -> Option<Stretch> {
        if self.broken {
            return None;
        }
        self.broken = true;
        let cause = match kind {
            DamageKind::TornTail => Cause::BatchCutShort,
            DamageKind::Corruption => Cause::BatchBroken,
        };
        Some(Stretch { batches_dropped: 1, ..Stretch::new(self.start, end, kind, cause) })
    }
}
