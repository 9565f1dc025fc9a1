//! What is written, in what order, and so what a reader may see after the first `n` writes.

use kevo::{Lookup, Order};
use std::ops::RangeInclusive;

use crate::support::writer::{LogWriter, Op};

/// Few enough keys that each is overwritten and deleted many times.
const KEYS: u64 = 23;

/// How many writes are in the log. All later ones are made while readers read.
pub const LOGGED: usize = 100;

/// A write, or a version of a key that was seen. No two of a history have the same sequence number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    pub key: Vec<u8>,
    pub sequence: u64,
    /// `None` is a delete.
    pub value: Option<Vec<u8>>,
}

impl Version {
    /// The write number `number` of the writer number `writer`.
    pub fn written(writer: u64, number: usize) -> Self {
        let random = (writer << 32 | number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
        // The numbers do not always rise, so that the two orders differ.
        let sequence = (number as u64 ^ 5) | writer << 32;
        let value = (!random.is_multiple_of(5)).then(|| sequence.to_le_bytes().repeat(1 + number % 3));
        Self { key: format!("key{:02}", random / 5 % KEYS).into_bytes(), sequence, value }
    }

    /// The number that [`written`](Self::written) made it from.
    pub fn number(&self) -> usize {
        (self.sequence as u32 ^ 5) as usize
    }

    pub fn writer(&self) -> usize {
        (self.sequence >> 32) as usize
    }

    pub fn approximate_size(&self) -> u64 {
        (self.key.len() + self.value.as_ref().map_or(0, Vec::len) + 16) as u64
    }
}

/// All that one writer writes.
pub struct History {
    writes: Vec<Version>,
    /// For each write, the table that it goes into, if tables become immutable by their size alone.
    tables: Vec<usize>,
    /// The numbers of the writes of each key, the newest first.
    sorted: Vec<usize>,
    order: Order,
}

impl History {
    pub fn new(order: Order, count: usize, memtable_size: u64) -> Self {
        let writes: Vec<Version> = (0..count).map(|number| Version::written(0, number)).collect();
        let tables = tables_of(&writes, memtable_size);
        let mut history = Self { writes, tables, sorted: (0..count).collect(), order };
        let mut sorted = std::mem::take(&mut history.sorted);
        sorted.sort_by(|&a, &b| {
            let key = |number: usize| &history.writes[number].key;
            key(a).cmp(key(b)).then(history.rank(b).cmp(&history.rank(a)))
        });
        history.sorted = sorted;
        history
    }

    pub fn writes(&self) -> &[Version] {
        &self.writes
    }

    /// The log with the first writes.
    pub fn log(&self) -> Vec<u8> {
        let mut log = LogWriter::new();
        for write in &self.writes[..LOGGED] {
            let op = write.value.as_ref().map_or_else(|| Op::delete(&write.key), |value| Op::put(&write.key, value));
            log.entry(write.sequence, &op);
        }
        log.into_bytes()
    }

    /// Of two versions of a key, the one with the higher rank is the newer one.
    pub fn rank(&self, number: usize) -> (usize, u64) {
        match self.order {
            Order::Log => (0, number as u64),
            Order::Sequence => (self.tables[number], self.writes[number].sequence),
        }
    }

    /// All versions that there are after the first `count` writes, as a scan gives them; of one table if one is named.
    pub fn versions(&self, count: usize, table: Option<usize>) -> impl Iterator<Item = &Version> {
        let is_there = move |number: usize| number < count && table.is_none_or(|table| self.tables[number] == table);
        self.sorted.iter().filter(move |&&number| is_there(number)).map(|&number| &self.writes[number])
    }

    /// Whether a lookup of `key` may find `seen` when the number of writes done is one of these.
    pub fn may_find(&self, key: &[u8], bound: u64, counts: RangeInclusive<usize>, seen: Option<&Version>) -> bool {
        let newest = |count: usize| {
            let known =
                (0..count).filter(|&number| self.writes[number].key == key && self.writes[number].sequence <= bound);
            known.max_by_key(|&number| self.rank(number))
        };
        counts.into_iter().any(|count| newest(count).map(|number| &self.writes[number]) == seen)
    }

    /// Entries and approximate size of a table after the first `count` writes.
    pub fn totals(&self, count: usize, table: usize) -> (u64, u64) {
        let of_table = (0..count).filter(|&number| self.tables[number] == table);
        of_table.fold((0, 0), |(entries, size), number| (entries + 1, size + self.writes[number].approximate_size()))
    }

    pub fn max_sequence(&self, count: usize) -> u64 {
        self.writes[..count].iter().map(|write| write.sequence).max().unwrap_or(0)
    }

    pub fn table_count(&self) -> usize {
        self.tables.last().map_or(1, |last| last + 1)
    }
}

/// A table that has its size is followed by a new one at the next write.
fn tables_of(writes: &[Version], memtable_size: u64) -> Vec<usize> {
    let (mut table, mut size) = (0, 0);
    let place = |write: &Version| {
        if size >= memtable_size {
            (table, size) = (table + 1, 0);
        }
        size += write.approximate_size();
        table
    };
    writes.iter().map(place).collect()
}

/// What a lookup of `key` has found.
pub fn found(key: &[u8], lookup: &Lookup<'_>) -> Option<Version> {
    let (sequence, value) = match lookup {
        Lookup::Found { value, sequence } => (*sequence, Some(value.to_vec())),
        Lookup::Deleted { sequence } => (*sequence, None),
        Lookup::NeverSeen => return None,
    };
    Some(Version { key: key.to_vec(), sequence, value })
}

/// Of versions by key, the newest of each key.
pub fn newest_of_each<'a>(versions: impl Iterator<Item = &'a Version>) -> impl Iterator<Item = &'a Version> {
    let mut before = None;
    versions.filter(move |version| before.replace(&version.key) != Some(&version.key))
}
