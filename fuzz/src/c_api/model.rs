//! What a list is expected to hold: the model's memtables, as recovery gives them, and what is written to them later.

use crate::cursor::Cursor;
use crate::model::{Found, Options, Order, Recovered, Scan, Table, Version};
use kevo::c::code::{KEVO_E_IMMUTABLE, KEVO_OK};
use std::ffi::c_int;

/// A walk through what the list held when the walk began.
pub type Walk = Cursor<Vec<Version>>;

#[derive(Debug)]
pub struct Model {
    order: Order,
    memtable_size: u64,
    recovered: Recovered,
}

impl Model {
    pub fn new(recovered: Recovered, options: &Options) -> Self {
        Self { order: options.order, memtable_size: options.memtable_size, recovered }
    }

    pub fn max_sequence(&self) -> u64 {
        self.recovered.max_sequence
    }

    pub fn tables(&self) -> &[Table] {
        &self.recovered.memtables
    }

    pub fn set_immutable(&mut self, table: usize) {
        self.recovered.memtables[table].immutable = true;
    }

    /// Writes into the last memtable, or starts a new one first.
    pub fn write(&mut self, version: Version) {
        let tables = &mut self.recovered.memtables;
        let last = tables.last_mut().expect("at least one");
        last.immutable |= last.approximate_size >= self.memtable_size;
        if last.immutable {
            tables.push(Table::default());
        }
        let last = tables.len() - 1;
        self.insert(last, version);
    }

    /// Writes into this memtable, and returns the code.
    pub fn write_to(&mut self, table: usize, version: Version) -> c_int {
        if self.tables()[table].immutable {
            return KEVO_E_IMMUTABLE;
        }
        self.insert(table, version);
        KEVO_OK
    }

    fn insert(&mut self, table: usize, version: Version) {
        self.recovered.max_sequence = self.recovered.max_sequence.max(version.sequence);
        let table = &mut self.recovered.memtables[table];
        table.approximate_size += (version.key.len() + version.value.as_ref().map_or(0, Vec::len) + 16) as u64;
        let is_newer = |other: &Version| match self.order {
            Order::Log => false,
            Order::Sequence => other.sequence > version.sequence,
        };
        let comes_first = |other: &Version| other.key < version.key || other.key == version.key && is_newer(other);
        let at = table.versions.partition_point(comes_first);
        table.versions.insert(at, version);
    }

    /// Looks a key up in all memtables, or in one.
    pub fn get(&self, table: Option<usize>, key: &[u8], bound: u64) -> Found {
        match table {
            Some(table) => self.tables()[table].get(key, bound),
            None => self.recovered.get(key, bound),
        }
    }

    /// Scans all memtables.
    pub fn scan(&self, scan: &Scan) -> Vec<Version> {
        self.recovered.scan(scan)
    }

    /// A walk through all memtables, or through one.
    pub fn walk(&self, table: Option<usize>, scan: &Scan) -> Walk {
        Cursor::new(table.map_or_else(|| self.scan(scan), |table| self.tables()[table].scan(scan)))
    }
}

/// The highest sequence number in a memtable + 1.
pub fn next_sequence(table: &Table) -> u64 {
    table.versions.iter().map(|version| version.sequence.saturating_add(1)).max().unwrap_or(0)
}
