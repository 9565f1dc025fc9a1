//! One change to what a database has, and the field that says it.

use std::collections::TryReserveError;

use crate::fields::{self, MUST_BE_KNOWN};
use crate::rest::Rest;
use crate::table::TableName;

const TABLE: u16 = 1;
const FOREIGN: u16 = 2;
const TABLE_GONE: u16 = 3;
const FOREIGN_GONE: u16 = 4;
const TABLE_MOVED: u16 = 5;
const LOG_TAKEN_IN: u16 = 6;
const LOG_CLOSED: u16 = 7;
const NEXT_NUMBER: u16 = 8;
const LAST_SEQUENCE: u16 = 9;
const FOREIGN_REPLACED: u16 = 10;

/// One change. Names are those of files, without a directory; lengths are in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change<'a> {
    /// A table of ours is added.
    Table {
        /// Its name: age, number, and whether it has only oversize records.
        name: TableName,
        /// A hint for choosing what to compact.
        level: u32,
        /// The length of its file.
        length: u64,
    },
    /// A table of Kevo is added.
    Foreign {
        /// Its name in `sst/`.
        name: &'a [u8],
        /// The age that it is given.
        age: u64,
        /// As for a table of ours.
        level: u32,
        /// The length of its file.
        length: u64,
    },
    /// A table of ours is needed no more.
    TableGone {
        /// Its number.
        number: u64,
    },
    /// A table of Kevo is needed no more.
    ForeignGone {
        /// Its name in `sst/`.
        name: &'a [u8],
    },
    /// A table of Kevo has been replaced some time; if its file is there, it is of no account.
    ForeignReplaced {
        /// Its name in `sst/`.
        name: &'a [u8],
    },
    /// A table of ours is in another run, and has another name.
    TableMoved {
        /// Its number, which stays.
        number: u64,
        /// The age of its run now.
        age: u64,
        /// Its level now.
        level: u32,
    },
    /// Nothing of a log is needed up to this length.
    LogTakenIn {
        /// The name of its file.
        name: &'a [u8],
        /// Up to where.
        length: u64,
    },
    /// A log is needed up to its end, and is not written to any more.
    LogClosed {
        /// The name of its file.
        name: &'a [u8],
        /// Where it ends.
        end: u64,
        /// The length of its file; what Kevo appends stands after it.
        length: u64,
    },
    /// All numbers of tables are below this one. The highest that was said counts.
    NextNumber(u64),
    /// At least this sequence number has been given. The highest that was said counts.
    LastSequence(u64),
}

/// Why a field is no change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoChange {
    /// It is not known, and may be passed over.
    Unknown,
    /// It is not known, and must not be passed over.
    Unsupported,
    /// It is shorter than it must be, or has a value that it cannot have.
    Damaged,
}

impl<'a> Change<'a> {
    pub(super) fn parse(tag: u16, field: Rest<'a>) -> Result<Self, NoChange> {
        let known = match tag {
            TABLE => table(field),
            FOREIGN => foreign(field),
            TABLE_GONE => number_of(field).map(|number| Self::TableGone { number }),
            FOREIGN_GONE => Some(Self::ForeignGone { name: field.0 }),
            TABLE_MOVED => moved(field),
            LOG_TAKEN_IN => taken_in(field),
            LOG_CLOSED => closed(field),
            NEXT_NUMBER => number_of(field).map(Self::NextNumber),
            LAST_SEQUENCE => number_of(field).map(Self::LastSequence),
            FOREIGN_REPLACED => Some(Self::ForeignReplaced { name: field.0 }),
            MUST_BE_KNOWN.. => return Err(NoChange::Unsupported),
            _ => return Err(NoChange::Unknown),
        };
        known.ok_or(NoChange::Damaged)
    }

    /// Appends the field that says this.
    pub(super) fn append_to(&self, payload: &mut Vec<u8>) -> Result<(), TryReserveError> {
        let mut field = |tag: u16, parts: &[&[u8]]| fields::append(payload, tag, parts);
        match *self {
            Self::Table { name: TableName { age, number, only_oversize }, level, length } => field(
                TABLE,
                &[
                    &age.to_le_bytes(),
                    &number.to_le_bytes(),
                    &level.to_le_bytes(),
                    &length.to_le_bytes(),
                    &[u8::from(only_oversize)],
                ],
            ),
            Self::Foreign { name, age, level, length } => {
                field(FOREIGN, &[&age.to_le_bytes(), &level.to_le_bytes(), &length.to_le_bytes(), name])
            }
            Self::TableGone { number } => field(TABLE_GONE, &[&number.to_le_bytes()]),
            Self::ForeignGone { name } => field(FOREIGN_GONE, &[name]),
            Self::ForeignReplaced { name } => field(FOREIGN_REPLACED, &[name]),
            Self::TableMoved { number, age, level } => {
                field(TABLE_MOVED, &[&number.to_le_bytes(), &age.to_le_bytes(), &level.to_le_bytes()])
            }
            Self::LogTakenIn { name, length } => field(LOG_TAKEN_IN, &[&length.to_le_bytes(), name]),
            Self::LogClosed { name, end, length } => {
                field(LOG_CLOSED, &[&end.to_le_bytes(), &length.to_le_bytes(), name])
            }
            Self::NextNumber(number) => field(NEXT_NUMBER, &[&number.to_le_bytes()]),
            Self::LastSequence(sequence) => field(LAST_SEQUENCE, &[&sequence.to_le_bytes()]),
        }
    }
}

fn table(mut field: Rest<'_>) -> Option<Change<'_>> {
    let (age, number, level, length) = (field.u64()?, field.u64()?, field.u32()?, field.u64()?);
    let only_oversize = match field.take(1)?[0] {
        0 => false,
        1 => true,
        _ => return None,
    };
    Some(Change::Table { name: TableName { age, number, only_oversize }, level, length })
}

fn foreign(mut field: Rest<'_>) -> Option<Change<'_>> {
    let (age, level, length) = (field.u64()?, field.u32()?, field.u64()?);
    Some(Change::Foreign { name: field.0, age, level, length })
}

fn moved(mut field: Rest<'_>) -> Option<Change<'_>> {
    let (number, age, level) = (field.u64()?, field.u64()?, field.u32()?);
    Some(Change::TableMoved { number, age, level })
}

fn taken_in(mut field: Rest<'_>) -> Option<Change<'_>> {
    let length = field.u64()?;
    Some(Change::LogTakenIn { name: field.0, length })
}

fn closed(mut field: Rest<'_>) -> Option<Change<'_>> {
    let (end, length) = (field.u64()?, field.u64()?);
    Some(Change::LogClosed { name: field.0, end, length })
}

fn number_of(mut field: Rest<'_>) -> Option<u64> {
    field.u64()
}
