//! A batch behind a header, of which not all entries have been read.

use super::batch::BatchHeader;
use crate::damage::{Cause, DamageKind, Stretch};

/// The entries of a batch as far as they have followed its header.
#[derive(Debug)]
pub(super) struct OpenBatch {
    /// Offset of the header's record.
    start: usize,
    header: BatchHeader,
    /// Offsets of its entries.
    entries: Vec<usize>,
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
        Self { start, header, entries: Vec::new(), broken: false }
    }

    pub(super) fn start(&self) -> usize {
        self.start
    }

    pub(super) fn entries(&self) -> &[usize] {
        &self.entries
    }

    /// Counts the entry at `offset` if it is the next one.
    pub(super) fn offer(&mut self, offset: usize, sequence: u64) -> Part {
        let counted = self.entries.len() as u64;
        let Some(index) = sequence.checked_sub(self.header.base) else { return Part::Foreign };
        if self.broken {
            let owned = (counted..self.header.count).contains(&index);
            return if owned { Part::Remnant } else { Part::Foreign };
        }
        if index != counted {
            return Part::Foreign;
        }
        self.entries.push(offset);
        if counted + 1 == self.header.count { Part::Last } else { Part::Next }
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
