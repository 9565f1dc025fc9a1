//! Tables of ours, written for tests; and what in a table has a checksum of its own.

// Every test file is a crate of its own and uses a part of this.
#![allow(dead_code)]

use std::ops::Range;
use std::path::Path;

use kevo::table::{Output, Properties, TableWriter, WriterOptions, Written};
use xxhash_rust::xxh64::xxh64;

use super::table_model::Entry;

/// What is in a small table: of all kinds of entries some.
pub fn small_entries() -> Vec<Entry> {
    let entry = |key: &[u8], sequence, value: Option<&[u8]>| Entry {
        key: key.to_vec(),
        sequence,
        value: value.map(<[u8]>::to_vec),
    };
    let mut entries = vec![entry(b"", 3, Some(b"of the empty key"))];
    for number in 0..12_u64 {
        let value = format!("value {number}").into_bytes();
        let value = (number % 4 != 1).then_some(if number == 6 { &b""[..] } else { &value });
        entries.push(entry(format!("key{number:02}").as_bytes(), 100 - number, value));
    }
    entries
}

/// Of about four entries a block.
pub fn small_options() -> WriterOptions {
    WriterOptions { block_size: 128, filter_bits: 10 }
}

pub fn write(entries: &[Entry], options: WriterOptions) -> (Vec<u8>, Written) {
    let mut writer = TableWriter::new(Vec::new(), Path::new("x.sst"), options);
    for Entry { key, sequence, value } in entries {
        writer.add(key, *sequence, value.as_deref()).unwrap();
    }
    writer.finish(properties(), 1_700_000_000_000_000_000).unwrap()
}

pub fn properties() -> Properties {
    Properties {
        number: Some(6),
        age: Some(1 << 32),
        output: Some(Output { set: 6, ordinal: 0, last: true }),
        last_sequence: Some(1000),
        writer: b"test".to_vec(),
        ..Properties::default()
    }
}

/// The parts of an intact table that have checksums, and how to make the checksum right again after a part was changed.
#[derive(Clone, Debug)]
pub struct Part {
    pub range: Range<usize>,
    /// Where the checksum over it is: its own last bytes, or in the directory.
    checksum: usize,
}

impl Part {
    /// A block, an index, a record, a directory, a footer.
    pub fn with_own_checksum(range: Range<usize>) -> Self {
        Self { checksum: range.end - 8, range }
    }

    pub fn repair(&self, file: &mut [u8], parts: &[Self]) {
        let covered = self.range.start..self.range.end.min(self.checksum.max(self.range.start));
        let is_own = self.range.contains(&self.checksum);
        let covered = if is_own { covered } else { self.range.clone() };
        let checksum = xxh64(&file[covered], 0);
        file[self.checksum..self.checksum + 8].copy_from_slice(&checksum.to_le_bytes());
        if !is_own {
            let directory = parts.iter().find(|part| part.range.contains(&self.checksum)).unwrap();
            directory.repair(file, parts);
        }
    }
}

fn u32_at(file: &[u8], at: usize) -> usize {
    u32::from_le_bytes(file[at..at + 4].try_into().unwrap()) as usize
}

fn u64_at(file: &[u8], at: usize) -> usize {
    u64::from_le_bytes(file[at..at + 8].try_into().unwrap()) as usize
}

/// Those of a table of any generation; `blocks` are the places of its blocks and records.
pub fn parts(file: &[u8], footer_size: usize, blocks: &[Range<usize>], is_ours: bool) -> Vec<Part> {
    let footer = file.len() - footer_size;
    let index = u64_at(file, footer + 20);
    let mut parts: Vec<Part> = blocks.iter().cloned().map(Part::with_own_checksum).collect();
    parts.push(Part::with_own_checksum(index..index + u32_at(file, footer + 28)));
    parts.push(Part::with_own_checksum(footer..file.len()));
    if is_ours {
        let directory = footer - u32_at(file, footer + 36);
        parts.push(Part::with_own_checksum(directory..footer));
        for entry in (directory..footer - 8).step_by(32) {
            let start = u64_at(file, entry + 8);
            parts.push(Part { range: start..start + u64_at(file, entry + 16), checksum: entry + 24 });
        }
    }
    parts
}
