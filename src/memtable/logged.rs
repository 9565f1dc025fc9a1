//! What was recovered: the log, and which of it is in which table. It never changes.
//!
//! Recovery only tells which entries there are. They are sorted when one of them is first asked for.

use super::by_table::ByTable;
use super::index::item::Item;
use super::index::tables::Tables;
use super::index::{Bucket, Index};
use super::order::{Order, Point, Rank};
use super::room::Room;
use crate::log::bytes::LogBytes;
use crate::log::entry::Entry;
use crate::log::place::Place;
use crate::log::row::Row;
use crate::pile::Pile;
use parking_lot::Mutex;
use std::ops::Range;
use std::sync::OnceLock;

/// The places of all versions.
const EVERYWHERE: Range<Place> = Place::FIRST..Place::LAST;

/// The versions of all recovered tables.
#[derive(Debug)]
pub(crate) struct Logged {
    pub(crate) log: LogBytes,
    /// All that were recovered, in the order of the log.
    rows: Pile<Row>,
    tables: Tables,
    /// No entry has a lower sequence number than one in front of it in the log.
    ascending: bool,
    /// How many threads may sort.
    threads: usize,
    /// For what is made on first use, until then.
    room: Mutex<Room>,
    index: OnceLock<Index>,
    by_table: OnceLock<ByTable>,
}

impl Logged {
    pub(crate) fn new(
        log: LogBytes,
        rows: Pile<Row>,
        tables: Tables,
        ascending: bool,
        threads: usize,
        room: Room,
    ) -> Self {
        let (index, by_table) = (OnceLock::new(), OnceLock::new());
        Self { log, rows, tables, ascending, threads, room: Mutex::new(room), index, by_table }
    }

    /// What makes a version of a key the newest.
    pub(crate) fn order(&self) -> Order {
        self.tables.order()
    }

    /// How many tables were recovered.
    pub(crate) fn tables(&self) -> usize {
        self.tables.len()
    }

    /// How many entries were recovered.
    pub(crate) fn entry_count(&self) -> usize {
        self.rows.pieces().flatten().map(|row| row.len).sum()
    }

    /// What was recovered, in the order of the log. Nothing is sorted for this.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (Place, Entry<'_>)> {
        self.rows.pieces().flatten().flat_map(|row| row.entries(&self.log))
    }

    /// Likewise, how new each of it is.
    pub(crate) fn ranks(&self) -> impl Iterator<Item = Rank> {
        self.entries().map(|(place, entry)| self.tables.rank(place, entry.sequence))
    }

    #[inline]
    fn index(&self) -> &Index {
        match self.index.get() {
            Some(index) => index,
            None => self.sort(),
        }
    }

    #[cold]
    fn sort(&self) -> &Index {
        self.index.get_or_init(|| {
            let room = self.room.lock().take_items();
            Index::build(&self.log, &self.rows, &self.tables, self.threads, room)
        })
    }

    fn by_table(&self) -> &ByTable {
        self.by_table.get_or_init(|| {
            let room = self.room.lock().take_by_table();
            ByTable::of(self.index().items(), &self.tables, room)
        })
    }

    /// Of a version.
    #[inline]
    pub(crate) fn rank(&self, item: &Item) -> Rank {
        self.tables.rank(item.place(), item.sequence)
    }

    /// Where the versions of `key` are, if there are any. They are brought nearer.
    #[inline]
    pub(crate) fn locate(&self, key: &[u8]) -> Option<Bucket> {
        self.index().bucket(key, &self.log)
    }

    /// Brings nearer what [`newest_located`](Self::newest_located) reads of the log.
    #[inline]
    pub(crate) fn approach(&self, bucket: &Bucket) {
        self.index().approach(bucket, &self.log);
    }

    /// The newest version of `key` with a sequence number of at most `bound`, in any table.
    #[inline]
    pub(crate) fn newest(&self, key: &[u8], bound: u64) -> Option<&Item> {
        let index = self.index();
        self.newest_in(index, index.bucket(key, &self.log)?, key, bound, EVERYWHERE)
    }

    /// Likewise, of a key that was located.
    #[inline]
    pub(crate) fn newest_located(&self, bucket: Bucket, key: &[u8], bound: u64) -> Option<&Item> {
        self.newest_in(self.index(), bucket, key, bound, EVERYWHERE)
    }

    /// Likewise, in one table.
    pub(crate) fn newest_of_table(&self, table: usize, key: &[u8], bound: u64) -> Option<&Item> {
        let index = self.index();
        self.newest_in(index, index.bucket(key, &self.log)?, key, bound, self.tables.places(table))
    }

    #[inline(always)]
    fn newest_in<'a>(
        &self,
        index: &'a Index,
        bucket: Bucket,
        key: &[u8],
        bound: u64,
        places: Range<Place>,
    ) -> Option<&'a Item> {
        let versions = index.newest(bucket, key, &self.log)?;
        let is_sought = |item: &Item| places.contains(&item.place()) && item.sequence <= bound;
        let newest = versions.first()?;
        if is_sought(newest) {
            return Some(newest);
        }
        self.first_of_versions(versions, key, is_sought, |item| item.place() >= places.end || item.sequence > bound)
    }

    /// The first that is sought among the versions of `key`, with which `versions` begin. `is_too_new` holds for all in
    /// front of it, where sequence numbers fall.
    #[cold]
    fn first_of_versions<'a>(
        &self,
        versions: &'a [Item],
        key: &[u8],
        is_sought: impl Fn(&Item) -> bool,
        is_too_new: impl Fn(&Item) -> bool,
    ) -> Option<&'a Item> {
        let has_key = |item: &Item| item.key(&self.log) == key;
        let falling = self.ascending || !self.tables.rank_by_place() && self.tables.len() == 1;
        if falling {
            let passed = gallop(versions, |item| has_key(item) && is_too_new(item));
            versions.get(passed).filter(|item| has_key(item) && is_sought(item))
        } else {
            versions.iter().take_while(|item| has_key(item)).find(|item| is_sought(item))
        }
    }
}

/// How many items at the start `holds` holds for, where it holds for none behind. As quick as that number is small.
fn gallop(items: &[Item], holds: impl Fn(&Item) -> bool) -> usize {
    let mut end = 1;
    while end < items.len() && holds(&items[end]) {
        end *= 2;
    }
    items[..end.min(items.len())].partition_point(holds)
}

/// The versions of all recovered tables, or of one, by key, the newest of a key first.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Selection {
    All,
    Table(usize),
}

impl Logged {
    /// How many versions there are.
    pub(crate) fn len(&self, selection: Selection) -> usize {
        match selection {
            Selection::All => self.index().items().len(),
            Selection::Table(table) => self.by_table().positions(table).len(),
        }
    }

    /// The version of this number.
    #[inline]
    pub(crate) fn item(&self, selection: Selection, number: usize) -> Item {
        let items = self.index().items();
        match selection {
            Selection::All => items[number],
            Selection::Table(table) => items[self.by_table().positions(table)[number] as usize],
        }
    }

    /// The number of the first version that is not in front of `point`.
    pub(crate) fn lower_bound(&self, selection: Selection, point: Point<'_>) -> usize {
        let position = self.index().lower_bound(point, &self.log, &self.tables);
        match selection {
            Selection::All => position,
            Selection::Table(table) => self.by_table().positions(table).partition_point(|&own| own < position as u64),
        }
    }
}

#[cfg(test)]
mod tests;
