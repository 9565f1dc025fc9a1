//! The list: all memtables together, of which the last is open for writes.

use super::iterator::Iter;
use super::lookup::Lookup;
use super::memtable::Memtable;
use super::scan::Scan;
use crate::error::Error;
use crate::log::bytes::LogBytes;
use crate::log::entry::{Entry, Op};
use crate::log::place::Place;
use crate::memtable::filter::KeyHash;
use crate::memtable::frozen::Frozen;
use crate::memtable::order::Order;
use crate::memtable::table::{Table, Totals};
use arc_swap::ArcSwap;
use parking_lot::Mutex;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering as Memory};

/// All memtables of a log, oldest first. Clones share one list.
///
/// Reads take no lock; writes are one at a time. What a read gives stays where it is for as long as the list lives.
#[derive(Clone, Debug)]
pub struct MemtableList {
    pub(super) shared: Arc<Shared>,
}

#[derive(Debug)]
pub(super) struct Shared {
    pub(super) log: Arc<LogBytes>,
    pub(super) order: Order,
    memtable_size: u64,
    /// Grows by one table at a time, under `next_place`'s lock.
    tables: ArcSwap<Vec<Arc<Table>>>,
    max_sequence: AtomicU64,
    /// The place of the next write. Whoever writes holds it.
    next_place: Mutex<Place>,
    /// Writes with a lower place are complete.
    visible: AtomicU64,
}

impl MemtableList {
    pub(crate) fn new(
        log: Arc<LogBytes>,
        tables: Vec<Table>,
        max_sequence: u64,
        memtable_size: u64,
        order: Order,
    ) -> Self {
        let end = log.end();
        Self {
            shared: Arc::new(Shared {
                log,
                order,
                memtable_size,
                tables: ArcSwap::from_pointee(tables.into_iter().map(Arc::new).collect()),
                max_sequence: AtomicU64::new(max_sequence),
                next_place: Mutex::new(end),
                visible: AtomicU64::new(end.to_bits()),
            }),
        }
    }

    /// How many memtables there are; at least one.
    pub fn count(&self) -> usize {
        self.shared.tables.load().len()
    }

    /// The highest sequence number of all that was recovered or written.
    pub fn max_sequence(&self) -> u64 {
        self.shared.max_sequence.load(Memory::Acquire)
    }

    /// The memtable number `index`, the oldest being 0.
    pub fn table(&self, index: usize) -> Option<Memtable> {
        let table = Arc::clone(self.shared.tables.load().get(index)?);
        Some(Memtable::new(Arc::clone(&self.shared), table))
    }

    /// The newest version of `key` with a sequence number of at most `bound`.
    pub fn get(&self, key: &[u8], bound: u64) -> Lookup<'_> {
        self.shared.get(key, bound)
    }

    /// An iterator over what `scan` asks for, as it is now.
    pub fn scan(&self, scan: &Scan) -> Iter {
        Iter::over(&self.shared, &self.shared.tables.load(), scan)
    }

    /// Gives `key` a value.
    ///
    /// # Errors
    ///
    /// If key or value are longer than 2^32 - 1 bytes.
    pub fn put(&self, key: &[u8], value: &[u8], sequence: u64) -> Result<(), Error> {
        self.shared.write(&Entry { op: Op::Put, sequence, key, value }, None)
    }

    /// Deletes `key`.
    ///
    /// # Errors
    ///
    /// If the key is longer than 2^32 - 1 bytes.
    pub fn delete(&self, key: &[u8], sequence: u64) -> Result<(), Error> {
        self.shared.write(&Entry { op: Op::Delete, sequence, key, value: &[] }, None)
    }
}

impl Shared {
    fn get(&self, key: &[u8], bound: u64) -> Lookup<'_> {
        let tables = self.tables.load();
        let hash = KeyHash::of(key);
        let newest = tables.iter().rev().find_map(|table| table.newest(key, hash, bound));
        Lookup::of(newest, &self.log)
    }

    /// Writes below this place are complete.
    pub(super) fn snapshot(&self) -> Place {
        Place::from_bits(self.visible.load(Memory::Acquire))
    }

    /// Writes an entry to `table`, or, if none is named, to the open one, after which a new one follows if it is full.
    pub(super) fn write(&self, entry: &Entry<'_>, table: Option<&Table>) -> Result<(), Error> {
        if entry.key.len() > u32::MAX as usize || entry.value.len() > u32::MAX as usize {
            return Err(Error::InvalidArgument("key and value may have at most 2^32 - 1 bytes each"));
        }
        let mut next_place = self.next_place.lock();
        match table {
            Some(table) if table.is_immutable() => return Err(Error::Immutable),
            Some(table) => table.write(entry, *next_place),
            None => self.open_table().write(entry, *next_place),
        }
        self.max_sequence.fetch_max(entry.sequence, Memory::Release);
        *next_place = next_place.next();
        self.visible.store(next_place.to_bits(), Memory::Release);
        Ok(())
    }

    /// Makes `table` immutable. It may be in the middle of no write.
    pub(super) fn set_immutable(&self, table: &Table) {
        let _writes = self.next_place.lock();
        table.set_immutable();
    }

    /// The table that takes the next write: the last, or a new one behind it. Only the thread that writes may ask.
    fn open_table(&self) -> Arc<Table> {
        let tables = self.tables.load_full();
        if let Some(last) = tables.last() {
            if last.approximate_size() >= self.memtable_size {
                last.set_immutable();
            }
            if !last.is_immutable() {
                return Arc::clone(last);
            }
        }
        let number = tables.len();
        let base = Frozen::empty(Arc::clone(&self.log), self.order, number);
        let table = Arc::new(Table::new(number, self.order, base, &Totals::EMPTY, false));
        self.tables.store(Arc::new(tables.iter().cloned().chain([Arc::clone(&table)]).collect()));
        table
    }
}
