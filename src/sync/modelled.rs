//! Replacements for packages under loom, which has to observe every access by which one thread learns of another.
//!
//! No replacement promises more than its package does: a reader that is not ordered after a write may miss that write,
//! in one slot and not in another, however long ago it was.

pub(crate) use loom::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize};

use super::Guard;
use loom::sync::MutexGuard;
use loom::sync::atomic::Ordering;
use std::borrow::Borrow;
use std::ops::Bound;
use std::sync::{Arc, OnceLock};

/// Behaves as the mutex of `parking_lot`.
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

/// Behaves as that of `arc_swap`: a thread that loads a value sees all that was done before the value was stored. It
/// may load an old value.
#[derive(Debug)]
pub(crate) struct ArcSwap<T> {
    /// Every value that was ever stored. The model does not see this lock: loom switches threads only at accesses that
    /// it observes.
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

/// The most entries that a model puts into one map.
const CAPACITY: usize = 3;

/// Behaves as the map of `crossbeam_skiplist`. The slots are not ordered: each step looks at all of them.
#[derive(Debug)]
pub(crate) struct SkipMap<K, V> {
    slots: [Slot<K, V>; CAPACITY],
    /// Counted before the entry is inserted, and read without memory ordering.
    len: AtomicUsize,
}

#[derive(Debug)]
struct Slot<K, V> {
    state: AtomicUsize,
    entry: OnceLock<(K, V)>,
}

const FREE: usize = 0;
const TAKEN: usize = 1;
const FILLED: usize = 2;

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
        let slot = self.slots.iter().find(is_free).expect("no model writes more entries to one memtable");
        assert!(slot.entry.set((key, value)).is_ok(), "a slot is taken once");
        slot.state.store(FILLED, Ordering::Release);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len.load(Ordering::Relaxed) == 0
    }

    pub(crate) fn lower_bound<Q: Ord + ?Sized>(&self, bound: Bound<&Q>) -> Option<SkipEntry<'_, K, V>>
    where
        K: Borrow<Q>,
    {
        self.least(|key| is_after(key.borrow(), bound))
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
        let key = self.visible_keys().filter(|key| is_wanted(key)).min()?;
        Some(SkipEntry { map: self, key })
    }

    fn greatest(&self, is_wanted: impl Fn(&K) -> bool) -> Option<SkipEntry<'_, K, V>> {
        let key = self.visible_keys().filter(|key| is_wanted(key)).max()?;
        Some(SkipEntry { map: self, key })
    }

    /// The keys that this thread sees now.
    fn visible_keys(&self) -> impl Iterator<Item = &K> {
        let filled = self.slots.iter().filter(|slot| slot.state.load(Ordering::Acquire) == FILLED);
        filled.filter_map(|slot| slot.entry.get()).map(|(key, _)| key)
    }
}

fn is_after<Q: Ord + ?Sized>(key: &Q, bound: Bound<&Q>) -> bool {
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

/// Behaves as the entry of `crossbeam_skiplist`.
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
