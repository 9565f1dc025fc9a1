//! What the handles on a list share.

use super::lookup::Lookup;
use crate::error::Error;
use crate::log::entry::Entry;
use crate::log::place::Place;
use crate::memtable::index::item::Item;
use crate::memtable::logged::Logged;
use crate::memtable::order::Order;
use crate::memtable::summary::Summary;
use crate::memtable::table::Table;
use crate::memtable::written::Version;
use crate::recovery::Recovered;
use crate::sync::{ArcSwap, AtomicU64, Guard, Memory, Mutex};
use std::array;
use std::sync::Arc;

/// How many keys are looked up together, of many.
const GROUP: usize = 16;

#[derive(Debug)]
pub(super) struct Shared {
    pub(super) logged: Arc<Logged>,
    memtable_size: u64,
    /// Grows by one table at a time, under `next_place`'s lock.
    tables: ArcSwap<Vec<Arc<Table>>>,
    max_sequence: AtomicU64,
    /// The place of the next write. Whoever writes holds it.
    next_place: Mutex<Place>,
    /// Writes with a lower place are complete.
    visible: AtomicU64,
}

impl Shared {
    pub(super) fn new(recovered: Recovered) -> Self {
        let Recovered { logged, memtable_size, tables, max_sequence } = recovered;
        let end = logged.log.end();
        Self {
            logged,
            memtable_size,
            tables: ArcSwap::from_pointee(tables.into_iter().map(Arc::new).collect()),
            max_sequence: AtomicU64::new(max_sequence),
            next_place: Mutex::new(end),
            visible: AtomicU64::new(end.to_bits()),
        }
    }

    /// All tables there are now, oldest first.
    pub(super) fn tables(&self) -> Guard<Arc<Vec<Arc<Table>>>> {
        self.tables.load()
    }

    /// The number of the first table to which anything can have been written: recovered tables but the last are
    /// immutable.
    pub(super) fn first_written(&self) -> usize {
        self.logged.tables() - 1
    }

    pub(super) fn max_sequence(&self) -> u64 {
        self.max_sequence.load(Memory::Acquire)
    }

    #[inline]
    pub(super) fn get(&self, key: &[u8], bound: u64) -> Lookup<'_> {
        self.newest(key, bound, || self.logged.newest(key, bound))
    }

    /// Looks up one key after the other. What each will need is asked for while others are looked up.
    pub(super) fn multi_get<'k>(
        &self,
        keys: impl Iterator<Item = &'k [u8]>,
        bound: u64,
        mut take: impl FnMut(Lookup<'_>),
    ) {
        let mut keys = keys.fuse();
        loop {
            let group: [_; GROUP] = array::from_fn(|_| keys.next().map(|key| (key, self.logged.locate(key))));
            if group[0].is_none() {
                return;
            }
            let located = group.iter().flatten().filter_map(|(_, bucket)| bucket.as_ref());
            located.for_each(|bucket| self.logged.approach(bucket));
            for (key, bucket) in group.into_iter().flatten() {
                take(self.newest(key, bound, || self.logged.newest_located(bucket?, key, bound)));
            }
        }
    }

    /// The newest version of `key`, which is what is `logged` if nothing was written.
    #[inline]
    fn newest<'a>(&'a self, key: &[u8], bound: u64, logged: impl FnOnce() -> Option<&'a Item>) -> Lookup<'a> {
        let end = self.snapshot();
        if end == self.logged.log.end() {
            return Lookup::logged(logged(), &self.logged.log);
        }
        self.get_with_written(key, bound, end)
    }

    #[cold]
    fn get_with_written(&self, key: &[u8], bound: u64, end: Place) -> Lookup<'_> {
        self.newer(self.newest_written(key, bound, end), || self.logged.newest(key, bound))
    }

    /// Apart from lookups where nothing was written: getting at the tables makes the processor wait for all that it has
    /// asked memory for, so that one lookup could not begin before the one in front of it ends.
    fn newest_written(&self, key: &[u8], bound: u64, end: Place) -> Option<Arc<Version>> {
        let tables = self.tables();
        tables[self.first_written()..].iter().rev().find_map(|table| table.newest_written(key, bound, end))
    }

    /// The newest version of `key` in this table alone.
    pub(super) fn get_in(&self, table: &Table, key: &[u8], bound: u64) -> Lookup<'_> {
        let was_recovered = table.number < self.logged.tables();
        let logged = || was_recovered.then(|| self.logged.newest_of_table(table.number, key, bound)).flatten();
        self.newer(table.newest_written(key, bound, self.snapshot()), logged)
    }

    /// The newer of two versions of a key.
    fn newer<'a>(&'a self, written: Option<Arc<Version>>, logged: impl FnOnce() -> Option<&'a Item>) -> Lookup<'a> {
        let Some(written) = written else { return Lookup::logged(logged(), &self.logged.log) };
        // What was written later is newer, whatever its number.
        if self.logged.order() == Order::Log {
            return Lookup::written(written);
        }
        match logged() {
            Some(item) if self.logged.rank(item) < written.point().rank => Lookup::logged(Some(item), &self.logged.log),
            _ => Lookup::written(written),
        }
    }

    /// Writes below this place are complete.
    pub(super) fn snapshot(&self) -> Place {
        Place::from_bits(self.visible.load(Memory::Acquire))
    }

    /// Writes an entry to `table`, or, if none is named, to the open one; if that is full, to a new one.
    pub(super) fn write(&self, entry: &Entry<'_>, table: Option<&Table>) -> Result<(), Error> {
        if entry.key.len() > u32::MAX as usize || entry.value.len() > u32::MAX as usize {
            return Err(Error::InvalidArgument("key and value may have at most 2^32 - 1 bytes each"));
        }
        let mut next_place = self.next_place.lock();
        let written = match table {
            Some(table) if table.is_immutable() => return Err(Error::Immutable),
            Some(table) => table.write(entry, *next_place),
            None => self.open_table().write(entry, *next_place),
        };
        written.map_err(|_| Error::NoMemory((entry.key.len() + entry.value.len()) as u64))?;
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
        let table = Arc::new(Table::new(number, self.logged.order(), &Summary::default(), false));
        self.tables.store(Arc::new(tables.iter().cloned().chain([Arc::clone(&table)]).collect()));
        table
    }
}
