//! What stands in for packages under loom, which has to see every access by which threads learn of each other.
//!
//! None of them promises more than the package does: a reader that nothing has put behind a write may miss it, in one
//! place and not in another, however long ago it was.

pub(crate) use loom::sync::atomic::{AtomicBool, AtomicU64};

use loom::sync::MutexGuard;
use loom::sync::atomic::{AtomicUsize, Ordering};
use std::borrow::Borrow;
use std::ops::{Bound, Deref};
use std::sync::{Arc, OnceLock};

/// As that of `parking_lot`.
#[derive(Debug)]
pub(crate) struct Mutex<T>(loom::sync::Mutex<T>);

impl<T> Mutex<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(loom::sync::Mutex::new(value))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().expect("a model that has panicked is over")
    }
}

/// As that of `arc_swap`: whoever loads a value knows what was done before it was stored, and may load an old one.
#[derive(Debug)]
pub(crate) struct ArcSwap<T> {
    /// Each value that was ever stored. It is no lock to the model: loom switches threads only at what it sees.
    values: std::sync::Mutex<Vec<Arc<T>>>,
    current: AtomicUsize,
}

impl<T> ArcSwap<T> {
    pub(crate) fn from_pointee(value: T) -> Self {
        Self { values: std::sync::Mutex::new(vec![Arc::new(value)]), current: AtomicUsize::new(0) }
    }

    pub(crate) fn load_full(&self) -> Arc<T> {
        let current = self.current.load(Ordering::Acquire);
        Arc::clone(&self.values.lock().expect("nobody panics with it")[current])
    }

    pub(crate) fn load(&self) -> Guard<Arc<T>> {
        Guard(self.load_full())
    }

    pub(crate) fn store(&self, value: Arc<T>) {
        let number = {
            let mut values = self.values.lock().expect("nobody panics with it");
            values.push(value);
            values.len() - 1
        };
        self.current.store(number, Ordering::Release);
    }
}

/// As that of `arc_swap`.
pub(crate) struct Guard<T>(T);

impl<T> Deref for Guard<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// More entries than this are not put into one map.
const CAPACITY: usize = 3;

/// As that of `crossbeam_skiplist`, without order: each step looks at all slots.
#[derive(Debug)]
pub(crate) struct SkipMap<K, V> {
    slots: [Slot<K, V>; CAPACITY],
    /// Counted before an entry is there, and read with no order.
    len: AtomicUsize,
}

#[derive(Debug)]
struct Slot<K, V> {
    state: AtomicUsize,
    entry: OnceLock<(K, V)>,
}

const FREE: usize = 0;
const TAKEN: usize = 1;
const THERE: usize = 2;

impl<K, V> Default for SkipMap<K, V> {
    fn default() -> Self {
        let slot = |_| Slot { state: AtomicUsize::new(FREE), entry: OnceLock::new() };
        Self { slots: std::array::from_fn(slot), len: AtomicUsize::new(0) }
    }
}

impl<K: Ord, V> SkipMap<K, V> {
    pub(crate) fn insert(&self, key: K, value: V) {
        self.len.fetch_add(1, Ordering::Relaxed);
        let is_free =
            |slot: &&Slot<K, V>| slot.state.compare_exchange(FREE, TAKEN, Ordering::AcqRel, Ordering::Acquire).is_ok();
        let slot = self.slots.iter().find(is_free).expect("no model writes more to one table");
        assert!(slot.entry.set((key, value)).is_ok(), "a slot is taken once");
        slot.state.store(THERE, Ordering::Release);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len.load(Ordering::Relaxed) == 0
    }

    pub(crate) fn lower_bound<Q: Ord + ?Sized>(&self, bound: Bound<&Q>) -> Option<SkipEntry<'_, K, V>>
    where
        K: Borrow<Q>,
    {
        self.least(|key| is_behind(key.borrow(), bound))
    }

    pub(crate) fn upper_bound<Q: Ord + ?Sized>(&self, bound: Bound<&Q>) -> Option<SkipEntry<'_, K, V>>
    where
        K: Borrow<Q>,
    {
        self.greatest(|key| is_before(key.borrow(), bound))
    }

    pub(crate) fn back(&self) -> Option<SkipEntry<'_, K, V>> {
        self.greatest(|_| true)
    }

    fn least(&self, is_wanted: impl Fn(&K) -> bool) -> Option<SkipEntry<'_, K, V>> {
        let key = self.there().filter(|key| is_wanted(key)).min()?;
        Some(SkipEntry { map: self, key })
    }

    fn greatest(&self, is_wanted: impl Fn(&K) -> bool) -> Option<SkipEntry<'_, K, V>> {
        let key = self.there().filter(|key| is_wanted(key)).max()?;
        Some(SkipEntry { map: self, key })
    }

    /// The keys that this thread happens to see now.
    fn there(&self) -> impl Iterator<Item = &K> {
        let there = self.slots.iter().filter(|slot| slot.state.load(Ordering::Acquire) == THERE);
        there.filter_map(|slot| slot.entry.get()).map(|(key, _)| key)
    }
}

fn is_behind<Q: Ord + ?Sized>(key: &Q, bound: Bound<&Q>) -> bool {
    match bound {
        Bound::Included(bound) => key >= bound,
        Bound::Excluded(bound) => key > bound,
        Bound::Unbounded => true,
    }
}

fn is_before<Q: Ord + ?Sized>(key: &Q, bound: Bound<&Q>) -> bool {
    match bound {
        Bound::Included(bound) => key <= bound,
        Bound::Excluded(bound) => key < bound,
        Bound::Unbounded => true,
    }
}

/// As that of `crossbeam_skiplist`.
pub(crate) struct SkipEntry<'a, K, V> {
    map: &'a SkipMap<K, V>,
    key: &'a K,
}

impl<K: Ord, V> SkipEntry<'_, K, V> {
    pub(crate) fn key(&self) -> &K {
        self.key
    }

    pub(crate) fn next(&self) -> Option<Self> {
        self.map.least(|key| key > self.key)
    }

    pub(crate) fn prev(&self) -> Option<Self> {
        self.map.greatest(|key| key < self.key)
    }
}
