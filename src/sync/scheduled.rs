//! Replacements under shuttle, which runs all threads on one, and decides at each step that it observes which of them
//! goes on. No thread may wait at anything else: then all of them would.

pub(crate) mod blocking;

pub(crate) use shuttle::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize};

use super::Guard;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

/// Behaves as that of `arc_swap`.
#[derive(Debug)]
pub(crate) struct ArcSwap<T> {
    /// Held for no step that shuttle observes.
    current: Mutex<Arc<T>>,
    /// Shuttle observes this in place of `current`.
    step: AtomicUsize,
}

impl<T> ArcSwap<T> {
    pub(crate) fn from_pointee(value: T) -> Self {
        Self { current: Mutex::new(Arc::new(value)), step: AtomicUsize::new(0) }
    }

    pub(crate) fn load_full(&self) -> Arc<T> {
        self.step.load(Ordering::SeqCst);
        Arc::clone(&self.current.lock().expect("nobody panics with it"))
    }

    pub(crate) fn load(&self) -> Guard<Arc<T>> {
        Guard(self.load_full())
    }

    pub(crate) fn store(&self, value: Arc<T>) {
        self.step.fetch_add(1, Ordering::SeqCst);
        let before = std::mem::replace(&mut *self.current.lock().expect("nobody panics with it"), value);
        // What it held may wait at locks when it is dropped.
        drop(before);
    }
}
