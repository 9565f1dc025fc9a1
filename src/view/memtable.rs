//! One memtable of a list.

use super::iterator::Iter;
use super::lookup::Lookup;
use super::scan::Scan;
use super::shared::Shared;
use crate::error::Error;
use crate::log::entry::{Entry, Op};
use crate::memtable::table::Table;
use std::sync::Arc;
use std::time::Duration;

/// One memtable. It keeps its list alive.
#[derive(Clone, Debug)]
pub struct Memtable {
    shared: Arc<Shared>,
    table: Arc<Table>,
}

impl Memtable {
    pub(super) fn new(shared: Arc<Shared>, table: Arc<Table>) -> Self {
        Self { shared, table }
    }

    /// The newest version of `key` in this table with a sequence number of at most `bound`.
    pub fn get(&self, key: &[u8], bound: u64) -> Lookup<'_> {
        self.shared.get_in(&self.table, key, bound)
    }

    /// An iterator over what `scan` asks for, as it is now.
    pub fn scan(&self, scan: &Scan) -> Iter {
        Iter::over_table(&self.shared, &self.table, scan)
    }

    /// Gives `key` a value, even if the table is full.
    ///
    /// # Errors
    ///
    /// If the table is immutable, key or value are longer than 2^32 - 1 bytes, or there is not enough memory.
    pub fn put(&self, key: &[u8], value: &[u8], sequence: u64) -> Result<(), Error> {
        self.shared.write(&Entry { op: Op::Put, sequence, key, value }, Some(&self.table))
    }

    /// Deletes `key`, even if the table is full.
    ///
    /// # Errors
    ///
    /// If the table is immutable, the key is longer than 2^32 - 1 bytes, or there is not enough memory.
    pub fn delete(&self, key: &[u8], sequence: u64) -> Result<(), Error> {
        self.shared.write(&Entry { op: Op::Delete, sequence, key, value: &[] }, Some(&self.table))
    }

    /// Takes no more writes from now on.
    pub fn set_immutable(&self) {
        self.shared.set_immutable(&self.table);
    }

    /// Whether it takes no more writes.
    pub fn is_immutable(&self) -> bool {
        self.table.is_immutable()
    }

    /// In bytes: for each put and delete in it, superseded ones included, key length + value length + 16.
    pub fn approximate_size(&self) -> u64 {
        self.table.approximate_size()
    }

    /// How many puts and deletes are in it, superseded ones included.
    pub fn entry_count(&self) -> u64 {
        self.table.entry_count()
    }

    /// One more than the highest sequence number in it, at most `u64::MAX`; 0 if it is empty.
    pub fn next_sequence(&self) -> u64 {
        self.table.next_sequence()
    }

    /// How long ago it was made.
    pub fn age(&self) -> Duration {
        self.table.age()
    }
}
