//! Damage: which bytes of a file could not be used, and why.

use std::ffi::CStr;

/// The kinds of damage. What the first two cost depends on the recovery mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DamageKind {
    /// A write that was interrupted: the file ends in the middle of it.
    TornTail,
    /// The bytes are not those that the writer wrote.
    Corruption,
    /// A file that should be there is not.
    Missing,
    /// The files do not tell an order, or whether something belongs to the database.
    Doubt,
    /// `VERSIONS` was made anew from what tables say.
    Rebuilt,
}

/// What is wrong at the start of a stretch of damage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The file ends inside a record, or in zeros.
    RecordCutShort,
    /// The file ends before the last fragment of an entry.
    ChainCutShort,
    /// The file ends before the last entry of a batch.
    BatchCutShort,
    /// The record's checksum, length or type is wrong.
    RecordNotIntact,
    /// An entry's later fragments do not follow its first.
    ChainBroken,
    /// A fragment with no first fragment before it.
    StrayFragment,
    /// The entries that a batch header announces do not all follow it.
    BatchBroken,
    /// The payload is shorter than an entry's header.
    EntryTooShort,
    /// The entry's operation is not one that Kevo writes.
    UnknownOp,
    /// The key does not fit into the entry.
    KeyTooLong,
    /// The value does not fit into the entry.
    ValueTooLong,
    /// The entry ends before its record does.
    BytesLeftOver,
    /// The batch record does not hold the operations that it counts.
    BadBatch,
    /// A damaged table; older values may be given for what it held.
    TableOlderValues,
    /// The name of a table does not tell whether it is older than another one.
    TableOrder,
    /// `VERSIONS` was made anew from the tables.
    VersionsRebuilt,
    /// `VERSIONS` or `MANIFEST` is damaged.
    FileDamaged,
    /// It is not known whether a table counts.
    TableInDoubt,
    /// Kevo has compacted a table.
    TableCompacted,
    /// A table is not there.
    TableMissing,
    /// A table does not have the length that it had.
    TableLength,
    /// A log is not there.
    LogMissing,
    /// A table is damaged.
    TableDamaged,
    /// A file that every database has is gone.
    FileMissing,
    /// A file has fewer bytes than it had.
    FileCut,
    /// A table or a log that had been replaced stands in for what is damaged.
    ReplacedUsed,
}

impl Cause {
    /// The cause in words, for a message.
    pub fn text(self) -> &'static CStr {
        match self {
            Self::RecordCutShort => c"the last write was interrupted: the record is cut short",
            Self::ChainCutShort => c"the last write was interrupted: the entry's last fragment is missing",
            Self::BatchCutShort => c"the last write was interrupted: the batch is not complete",
            Self::RecordNotIntact => c"the record's checksum, length or type is wrong",
            Self::ChainBroken => c"another record interrupts the fragments of an entry",
            Self::StrayFragment => c"a fragment of an entry whose first fragment is missing",
            Self::BatchBroken => c"the entries of a batch do not all follow its header",
            Self::EntryTooShort => c"the record is too short to hold an entry",
            Self::UnknownOp => c"the entry's operation is not one that Kevo writes",
            Self::KeyTooLong => c"the entry's key is longer than the entry",
            Self::ValueTooLong => c"the entry's value is longer than the entry",
            Self::BytesLeftOver => c"the record is longer than the entry in it",
            Self::BadBatch => c"the batch record does not hold the operations that it counts",
            Self::TableOlderValues => c"older values may be given for keys that it held",
            Self::TableOrder => c"its name does not tell whether it is older than another table",
            Self::VersionsRebuilt => c"it was made anew from the tables",
            Self::FileDamaged => c"it is damaged",
            Self::TableInDoubt => c"a table of which it is not known whether it counts; an opening does not read it",
            Self::TableCompacted => c"Kevo has compacted it, and may have kept older values",
            Self::TableMissing => c"a table of the database is not there",
            Self::TableLength => c"the table does not have the length that it had",
            Self::LogMissing => c"a log of the database is not there",
            Self::TableDamaged => c"a table is damaged there",
            Self::ReplacedUsed => c"it had been replaced; values of it stand in for what is damaged, and may be older",
            Self::FileMissing => c"a file of the database is not there",
            Self::FileCut => c"the file is shorter than it was",
        }
    }
}

/// A stretch of damaged bytes in one file: they follow each other without a gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stretch {
    /// Where it starts, in bytes from the file's start.
    pub(crate) offset: u64,
    /// How long it is, in bytes.
    pub(crate) length: u64,
    pub(crate) kind: DamageKind,
    /// What is wrong where it starts.
    pub(crate) cause: Cause,
    /// How many batches that begin with a header were lost with these bytes. (More than the field can count would take
    /// 80 GiB.)
    pub(crate) batches_dropped: u32,
}

impl Stretch {
    /// The bytes from `start` up to `end`, with no batch lost.
    pub(crate) fn new(start: usize, end: usize, kind: DamageKind, cause: Cause) -> Self {
        Self { offset: start as u64, length: (end - start) as u64, kind, cause, batches_dropped: 0 }
    }

    /// Extends this stretch by `next`, if both are corruption and `next` starts where this one ends. Returns whether it
    /// did.
    pub(crate) fn absorb(&mut self, next: &Stretch) -> bool {
        let touch = self.offset + self.length == next.offset;
        let joins = touch && self.kind == DamageKind::Corruption && next.kind == DamageKind::Corruption;
        if joins {
            self.length += next.length;
            self.batches_dropped = self.batches_dropped.saturating_add(next.batches_dropped);
        }
        joins
    }
}

#[cfg(test)]
mod tests;
