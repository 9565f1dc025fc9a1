//! A batch behind a header, of which not all entries have been read.

use crate::damage::{Cause, DamageKind, Stretch};
use crate::log::format::batch::BatchHeader;
use crate::log::format::entry::ENTRY_HEADER_LEN;
use crate::log::format::little_endian::le_u16;
use crate::log::format::record::HEADER_LEN;

/// The entries of a batch as far as they have followed its header.
#[derive(Debug)]
pub(super) struct OpenBatch {
    /// Offset of the header's record.
    start: usize,
    header: BatchHeader,
    /// How many of its entries have been read.
    counted: u64,
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
        Self { start, header, counted: 0, broken: false }
    }

    pub(super) fn start(&self) -> usize {
        self.start
    }

    /// Offsets of the entries counted, which are FULL records with nothing between them and the header.
    pub(super) fn entries(&self, log: &[u8]) -> impl Iterator<Item = usize> {
        let mut record = self.start + HEADER_LEN + ENTRY_HEADER_LEN;
        (0..self.counted).map(move |_| {
            let entry = record + HEADER_LEN;
            record = entry + usize::from(le_u16(log, record + 4));
            entry
        })
    }

    /// Counts an entry with this number if it is the next one.
    pub(super) fn offer(&mut self, sequence: u64) -> Part {
        let Some(index) = sequence.checked_sub(self.header.base) else { return Part::Foreign };
        if self.broken {
            let owned = (self.counted..self.header.count).contains(&index);
            return if owned { Part::Remnant } else { Part::Foreign };
        }
        if index != self.counted {
            return Part::Foreign;
        }
        self.counted += 1;
        if self.counted == self.header.count { Part::Last } else { Part::Next }
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
