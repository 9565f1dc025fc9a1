//! Properties: what opening, choosing and rebuilding need to know of a table without reading its blocks.

use std::collections::TryReserveError;

use super::LONGEST_IN_BLOCK;
use crate::fields::{self, Fields, MUST_BE_KNOWN};
use crate::memory;
use crate::rest::Rest;

const NUMBER: u16 = 1;
const AGE: u16 = 2;
const LEVEL: u16 = 3;
const OUTPUT: u16 = 4;
const SOURCE_TABLE: u16 = 5;
const SOURCE_LOG: u16 = 6;
const LOG_TAKEN_IN: u16 = 7;
const LOWER_BOUND: u16 = 8;
const UPPER_BOUND: u16 = 9;
const SEQUENCES: u16 = 10;
const COUNTS: u16 = 11;
const LAST_SEQUENCE: u16 = 12;
const WRITER: u16 = 13;
const FOREIGN_TABLE: u16 = 14;

/// What a table says of itself. A field that it does not have is not known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Properties {
    /// Its number when it was written, which never changes.
    pub number: Option<u64>,
    /// The age of its run when it was written; its name says what it is now.
    pub age: Option<u64>,
    /// The level that it was written for.
    pub level: Option<u32>,
    /// Which of the tables that were made together it is.
    pub output: Option<Output>,
    /// The tables that all tables of its set were made from.
    pub source_tables: Vec<SourceTable>,
    /// The logs that all tables of its set were made from, with the lengths that they had then.
    pub source_logs: Vec<LogUpTo>,
    /// The other logs of which nothing was needed any more when it was begun.
    pub logs_taken_in: Vec<LogUpTo>,
    /// The tables of Kevo that the database had when it was begun.
    pub foreign_tables: Vec<ForeignTable>,
    /// The first 65,535 bytes of its smallest key. The writer sets it.
    pub lower_bound: Option<Vec<u8>>,
    /// The first 65,535 bytes of its largest key. The writer sets it.
    pub upper_bound: Option<Vec<u8>>,
    /// Its smallest and its largest sequence number. The writer sets it.
    pub sequences: Option<(u64, u64)>,
    /// What is in it. The writer sets it.
    pub counts: Option<Counts>,
    /// The highest sequence number that the database had given when the table was begun.
    pub last_sequence: Option<u64>,
    /// Who wrote it, for eyes.
    pub writer: Option<Vec<u8>>,
}

/// Which of the tables that one flush or compaction made a table is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Output {
    /// The number of the first of them.
    pub set: u64,
    /// Counts from 0.
    pub ordinal: u32,
    /// No other comes after it.
    pub last: bool,
}

/// A table that others were made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceTable {
    /// The length of its file, in bytes.
    pub length: u64,
    /// The set that it belongs to; 0 if it is one of Kevo's.
    pub set: u64,
    /// The name of its file in `sst/`.
    pub name: Vec<u8>,
}

/// A log, up to some length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogUpTo {
    /// In bytes from the start of the file.
    pub length: u64,
    /// The name of its file, whatever directory it is in.
    pub name: Vec<u8>,
}

/// A table of Kevo that the database had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeignTable {
    /// The age that it was given.
    pub age: u64,
    /// The length of its file, in bytes.
    pub length: u64,
    /// The name of its file in `sst/`.
    pub name: Vec<u8>,
}

/// What is in a table, oversize records included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// All entries.
    pub entries: u64,
    /// Those that are tombstones.
    pub tombstones: u64,
    /// Bytes of all keys.
    pub key_bytes: u64,
    /// Bytes of all values.
    pub value_bytes: u64,
}

/// Why a section gives no properties.
pub(super) enum Failure {
    Damaged,
    Unsupported,
    NoMemory,
}

impl From<TryReserveError> for Failure {
    fn from(_: TryReserveError) -> Self {
        Self::NoMemory
    }
}

impl Properties {
    /// Whether `key` is between the bounds, as far as they are known: if not, it is not in the table.
    pub fn may_hold(&self, key: &[u8]) -> bool {
        let key = bound(key);
        self.lower_bound.as_deref().is_none_or(|lower| lower <= key)
            && self.upper_bound.as_deref().is_none_or(|upper| key <= upper)
    }

    /// Bytes of memory that it takes besides itself.
    pub(super) fn weight(&self) -> usize {
        let bytes = [&self.lower_bound, &self.upper_bound, &self.writer];
        bytes.into_iter().flatten().map(Vec::capacity).sum::<usize>()
            + self.source_tables.iter().map(|table| size_of::<SourceTable>() + table.name.capacity()).sum::<usize>()
            + self.source_logs.iter().map(|log| size_of::<LogUpTo>() + log.name.capacity()).sum::<usize>()
            + self.logs_taken_in.iter().map(|log| size_of::<LogUpTo>() + log.name.capacity()).sum::<usize>()
    }

    pub(super) fn parse(section: &[u8]) -> Result<Self, Failure> {
        let mut properties = Self::default();
        for field in Fields::of(section) {
            let (tag, bytes) = field.ok_or(Failure::Damaged)?;
            properties.take_in(tag, bytes)?;
        }
        Ok(properties)
    }

    fn take_in(&mut self, tag: u16, mut field: Rest<'_>) -> Result<(), Failure> {
        match tag {
            NUMBER => once(&mut self.number, field.u64()),
            AGE => once(&mut self.age, field.u64()),
            LEVEL => once(&mut self.level, field.u32()),
            OUTPUT => once(&mut self.output, output(field)),
            LAST_SEQUENCE => once(&mut self.last_sequence, field.u64()),
            SEQUENCES => once(&mut self.sequences, field.u64().zip(field.u64())),
            COUNTS => once(&mut self.counts, counts(field)),
            LOWER_BOUND => once(&mut self.lower_bound, Some(memory::copied(field.0)?)),
            UPPER_BOUND => once(&mut self.upper_bound, Some(memory::copied(field.0)?)),
            WRITER => once(&mut self.writer, Some(memory::copied(field.0)?)),
            SOURCE_TABLE => {
                let (length, set) = field.u64().zip(field.u64()).ok_or(Failure::Damaged)?;
                push(&mut self.source_tables, SourceTable { length, set, name: memory::copied(field.0)? })
            }
            SOURCE_LOG => push(&mut self.source_logs, log_up_to(field)?),
            LOG_TAKEN_IN => push(&mut self.logs_taken_in, log_up_to(field)?),
            FOREIGN_TABLE => {
                let (age, length) = field.u64().zip(field.u64()).ok_or(Failure::Damaged)?;
                push(&mut self.foreign_tables, ForeignTable { age, length, name: memory::copied(field.0)? })
            }
            MUST_BE_KNOWN.. => Err(Failure::Unsupported),
            _ => Ok(()),
        }
    }

    pub(super) fn encoded(&self) -> Result<Vec<u8>, TryReserveError> {
        let mut section = Vec::new();
        let mut field = |tag: u16, parts: &[&[u8]]| fields::append(&mut section, tag, parts);
        for (tag, value) in [(NUMBER, self.number), (AGE, self.age), (LAST_SEQUENCE, self.last_sequence)] {
            value.map_or(Ok(()), |value| field(tag, &[&value.to_le_bytes()]))?;
        }
        if let Some(level) = self.level {
            field(LEVEL, &[&level.to_le_bytes()])?;
        }
        if let Some(Output { set, ordinal, last }) = self.output {
            field(OUTPUT, &[&set.to_le_bytes(), &ordinal.to_le_bytes(), &[u8::from(last)]])?;
        }
        if let Some((smallest, largest)) = self.sequences {
            field(SEQUENCES, &[&smallest.to_le_bytes(), &largest.to_le_bytes()])?;
        }
        if let Some(counts) = self.counts {
            let [entries, tombstones, key_bytes, value_bytes] =
                [counts.entries, counts.tombstones, counts.key_bytes, counts.value_bytes].map(u64::to_le_bytes);
            field(COUNTS, &[&entries, &tombstones, &key_bytes, &value_bytes])?;
        }
        let bytes = [(LOWER_BOUND, &self.lower_bound), (UPPER_BOUND, &self.upper_bound), (WRITER, &self.writer)];
        for (tag, bytes) in bytes {
            bytes.as_ref().map_or(Ok(()), |bytes| field(tag, &[bytes]))?;
        }
        for SourceTable { length, set, name } in &self.source_tables {
            field(SOURCE_TABLE, &[&length.to_le_bytes(), &set.to_le_bytes(), name])?;
        }
        for (tag, logs) in [(SOURCE_LOG, &self.source_logs), (LOG_TAKEN_IN, &self.logs_taken_in)] {
            for LogUpTo { length, name } in logs {
                field(tag, &[&length.to_le_bytes(), name])?;
            }
        }
        for ForeignTable { age, length, name } in &self.foreign_tables {
            field(FOREIGN_TABLE, &[&age.to_le_bytes(), &length.to_le_bytes(), name])?;
        }
        Ok(section)
    }
}

/// As much of a key as bounds have.
pub(super) fn bound(key: &[u8]) -> &[u8] {
    &key[..key.len().min(LONGEST_IN_BLOCK)]
}

fn output(mut field: Rest<'_>) -> Option<Output> {
    let (set, ordinal, last) = (field.u64()?, field.u32()?, field.take(1)?[0] != 0);
    Some(Output { set, ordinal, last })
}

fn counts(mut field: Rest<'_>) -> Option<Counts> {
    let (entries, tombstones) = (field.u64()?, field.u64()?);
    let (key_bytes, value_bytes) = (field.u64()?, field.u64()?);
    Some(Counts { entries, tombstones, key_bytes, value_bytes })
}

fn log_up_to(mut field: Rest<'_>) -> Result<LogUpTo, Failure> {
    let length = field.u64().ok_or(Failure::Damaged)?;
    Ok(LogUpTo { length, name: memory::copied(field.0)? })
}

fn once<T>(field: &mut Option<T>, value: Option<T>) -> Result<(), Failure> {
    let value = value.ok_or(Failure::Damaged)?;
    if field.replace(value).is_some() { Err(Failure::Damaged) } else { Ok(()) }
}

fn push<T>(list: &mut Vec<T>, item: T) -> Result<(), Failure> {
    list.try_reserve(1)?;
    list.push(item);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Counts, Failure, ForeignTable, LogUpTo, Output, Properties, SourceTable};

    fn full() -> Properties {
        Properties {
            number: Some(7),
            age: Some(8),
            level: Some(3),
            output: Some(Output { set: 6, ordinal: 1, last: true }),
            source_tables: vec![SourceTable { length: 9, set: 4, name: b"a.sst".to_vec() }; 2],
            source_logs: vec![LogUpTo { length: 2, name: b"x.wal".to_vec() }],
            logs_taken_in: vec![LogUpTo { length: 5, name: b"w.wal".to_vec() }],
            foreign_tables: vec![ForeignTable { age: 3, length: 6, name: b"0_1_2.sst".to_vec() }; 2],
            lower_bound: Some(b"b".to_vec()),
            upper_bound: Some(b"y".to_vec()),
            sequences: Some((10, 20)),
            counts: Some(Counts { entries: 1, tombstones: 2, key_bytes: 3, value_bytes: 4 }),
            last_sequence: Some(21),
            writer: Some(b"test".to_vec()),
        }
    }

    fn parse(section: &[u8]) -> Option<Properties> {
        Properties::parse(section).ok()
    }

    #[test]
    fn what_was_written_comes_back() {
        for properties in [full(), Properties::default()] {
            assert_eq!(parse(&properties.encoded().unwrap()), Some(properties));
        }
    }

    #[test]
    fn a_cut_gives_less_or_nothing_and_no_field_counts_twice() {
        let section = full().encoded().unwrap();
        assert!((0..section.len()).all(|end| parse(&section[..end]) != Some(full())));
        assert_eq!(parse(&section.repeat(2)), None);
    }

    #[test]
    fn fields_of_later_versions_are_passed_over_unless_they_must_be_known() {
        let with = |tag: u16| [&full().encoded().unwrap()[..], &tag.to_le_bytes(), &[1, 0, 0, 0, 99]].concat();
        assert_eq!(parse(&with(0x7FFF)), Some(full()));
        assert!(matches!(Properties::parse(&with(0x8000)), Err(Failure::Unsupported)));
    }

    #[test]
    fn bounds_are_compared_by_what_they_have_of_a_key() {
        let long = vec![b'x'; 70_000];
        let bounds = Properties { upper_bound: Some(long[..65_535].to_vec()), ..full() };
        assert!(bounds.may_hold(&long) && bounds.may_hold(b"b") && bounds.may_hold(&[b'x'; 3]));
        assert!(!bounds.may_hold(b"a") && !bounds.may_hold(b"y") && !bounds.may_hold(b""));
    }
}
