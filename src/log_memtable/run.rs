//! A sorted run: the numbers of rows, by key, the newest row of a key first.

use super::memtable::LogMemtable;
use crate::error::Error;
use crate::key::{common_prefix_len, prefix};
use crate::memory::with_capacity;
use crate::order::Direction;
use std::cmp::{Ordering, Reverse};
use std::fmt;
use std::ops::Range;

/// How many items ahead of a walk an entry is prefetched.
const PREFETCH_DISTANCE: usize = 8;
/// Up to this many items with equal prefixes are sorted by comparing whole keys.
const FEW_EQUALS: usize = 8;
/// How many times bytes are fetched before whole keys are compared after all. Without this limit, keys each of which
/// begins with the one before would need one fetch for every key.
const MAX_FETCHES: usize = 16;

/// A row, and eight bytes of its key, after those that all keys of the run share. Most comparisons need only these.
#[derive(Clone, Copy)]
pub(super) struct Item {
    /// The halves of the eight bytes: as one number they would make the item longer by a third.
    low: u32,
    high: u32,
    pub(super) row: u32,
}

impl Item {
    #[inline]
    fn new(row: u32, prefix: u64) -> Self {
        Self { low: prefix as u32, high: (prefix >> 32) as u32, row }
    }

    #[inline]
    pub(super) fn prefix(self) -> u64 {
        u64::from(self.high) << 32 | u64::from(self.low)
    }
}

/// Rows of a memtable, sorted by key, the newest row of a key first.
pub struct SortedRun {
    /// How many leading bytes all keys have in common, at least.
    shared: usize,
    items: Vec<Item>,
}

impl SortedRun {
    /// A run of these rows, of which there is at least one.
    pub(super) fn of(memtable: &LogMemtable, rows: Range<usize>) -> Result<Self, Error> {
        let rows = rows.start as u32..rows.end as u32;
        let mut items = with_capacity(rows.len())?;
        let shared = shared_by_all(memtable, rows.clone());
        items.extend(rows.map(|row| Item::new(row, prefix(memtable.key(row), shared))));
        Sorter { memtable }.sort(&mut items, shared, MAX_FETCHES);
        Ok(Self { shared, items })
    }

    /// Both runs as one.
    pub(super) fn merge(memtable: &LogMemtable, a: &Self, b: &Self) -> Result<Self, Error> {
        let shared = common_prefix_len(a.shared_bytes(memtable), b.shared_bytes(memtable));
        let (fetched_a, fetched_b) = (a.fetched(memtable, shared)?, b.fetched(memtable, shared)?);
        let (mut a, mut b) = (fetched_a.as_deref().unwrap_or(&a.items), fetched_b.as_deref().unwrap_or(&b.items));
        let mut items = with_capacity(a.len() + b.len())?;
        while let (Some(first_a), Some(first_b)) = (a.first(), b.first()) {
            let from = if compare(memtable, *first_a, *first_b).is_lt() { &mut a } else { &mut b };
            items.push(from[0]);
            *from = &from[1..];
        }
        items.extend_from_slice(a);
        items.extend_from_slice(b);
        Ok(Self { shared, items })
    }

    /// The bytes that all keys begin with.
    fn shared_bytes<'a>(&self, memtable: &'a LogMemtable) -> &'a [u8] {
        self.items.first().map_or(&[], |item| &memtable.key(item.row)[..self.shared])
    }

    /// The items with the bytes after the first `shared`; `None` if they have these.
    fn fetched(&self, memtable: &LogMemtable, shared: usize) -> Result<Option<Vec<Item>>, Error> {
        if shared == self.shared {
            return Ok(None);
        }
        let mut items = with_capacity(self.items.len())?;
        items.extend(self.items.iter().map(|item| Item::new(item.row, prefix(memtable.key(item.row), shared))));
        Ok(Some(items))
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Bytes of memory that it takes.
    pub(super) fn memory(&self) -> usize {
        self.items.capacity() * size_of::<Item>()
    }

    #[inline]
    pub(super) fn items(&self) -> &[Item] {
        &self.items
    }

    /// Brings what a walk in `direction` that is at the item with this number will need into the processor's cache:
    /// first the row, and some steps later the entry, which only the row leads to.
    #[inline]
    pub(super) fn prefetch(&self, memtable: &LogMemtable, number: usize, direction: Direction) {
        let ahead = |distance| match direction {
            Direction::Forward => self.items.get(number + distance),
            Direction::Backward => self.items.get(number.wrapping_sub(distance)),
        };
        if let Some(item) = ahead(2 * PREFETCH_DISTANCE) {
            memtable.index().prefetch_row(item.row);
        }
        if let Some(item) = ahead(PREFETCH_DISTANCE) {
            memtable.prefetch_entry(item.row);
        }
    }

    /// How many items come before the version of `key` for which `is_before` holds and does not hold any more.
    pub(super) fn lower_bound(&self, memtable: &LogMemtable, key: &[u8], is_before: impl Fn(u32) -> bool) -> usize {
        let shared = self.shared_bytes(memtable);
        if !key.starts_with(shared) {
            return if key < shared { 0 } else { self.items.len() };
        }
        let key_prefix = prefix(key, shared.len());
        self.items.partition_point(|item| {
            let order = item.prefix().cmp(&key_prefix).then_with(|| memtable.key(item.row).cmp(key));
            order.is_lt() || order.is_eq() && is_before(item.row)
        })
    }
}

impl fmt::Debug for SortedRun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SortedRun").field("len", &self.len()).finish_non_exhaustive()
    }
}

/// How many leading bytes the keys of these rows have in common.
fn shared_by_all(memtable: &LogMemtable, mut rows: Range<u32>) -> usize {
    let Some(first) = rows.next().map(|row| memtable.key(row)) else { return 0 };
    let mut shared = first.len();
    while shared > 0
        && let Some(row) = rows.next()
    {
        shared = common_prefix_len(&first[..shared], memtable.key(row));
    }
    shared
}

/// The order of two items of runs that share the same number of bytes.
#[inline]
fn compare(memtable: &LogMemtable, a: Item, b: Item) -> Ordering {
    a.prefix().cmp(&b.prefix()).then_with(|| memtable.key(a.row).cmp(memtable.key(b.row))).then(b.row.cmp(&a.row))
}

/// Sorts items. If eight bytes of the keys are the same for many, the next eight bytes that differ are fetched, and the
/// items are sorted by these. So the bytes of a key are read once, and not at every comparison.
struct Sorter<'a> {
    memtable: &'a LogMemtable,
}

impl Sorter<'_> {
    /// Sorts items whose prefixes leave out the first `skipped` bytes, which all keys share.
    fn sort(&self, items: &mut [Item], skipped: usize, fetches: usize) {
        items.sort_unstable_by_key(|item| (item.prefix(), Reverse(item.row)));
        for equals in items.chunk_by_mut(|a, b| a.prefix() == b.prefix()) {
            match equals.len() {
                0 | 1 => {}
                2..=FEW_EQUALS => self.sort_whole_keys(equals, skipped),
                _ if fetches == 0 => self.sort_whole_keys(equals, skipped),
                _ => self.sort_many_equals(equals, skipped, fetches - 1),
            }
        }
    }

    fn sort_whole_keys(&self, equals: &mut [Item], skipped: usize) {
        let tail = |item: &Item| &self.memtable.key(item.row)[skipped..];
        equals.sort_unstable_by(|a, b| tail(a).cmp(tail(b)).then(b.row.cmp(&a.row)));
    }

    /// Sorts items whose prefixes are equal by the bytes of the keys after all bytes that they share. They are already
    /// sorted so that the newest comes first.
    fn sort_many_equals(&self, equals: &mut [Item], skipped: usize, fetches: usize) {
        let first = &self.memtable.key(equals[0].row)[skipped..];
        let shared = equals.iter().fold(first.len(), |shared, item| {
            common_prefix_len(&first[..shared], &self.memtable.key(item.row)[skipped..])
        });
        let skipped = skipped + shared;
        // A key that ends here comes before the keys that continue. Prefixes cannot tell, because they are padded with
        // zeros.
        let continues = |item: &Item| self.memtable.key(item.row).len() > skipped;
        if equals.iter().any(continues) {
            equals.sort_unstable_by_key(|item| (continues(item), Reverse(item.row)));
        }
        let ended = equals.partition_point(|item| !continues(item));
        let rest = &mut equals[ended..];
        let Some(old_prefix) = rest.first().map(|item| item.prefix()) else { return };
        for item in &mut *rest {
            *item = Item::new(item.row, prefix(self.memtable.key(item.row), skipped));
        }
        self.sort(rest, skipped, fetches);
        for item in rest {
            *item = Item::new(item.row, old_prefix);
        }
    }
}
