//! Counts that many threads add to: those of a thread on a cache line of its own, as far as there are enough.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// With 16 lines of 64 bytes a cache takes little more than 1 KiB, however small its limit is.
const LINES: usize = 16;

/// What is counted.
#[derive(Clone, Copy)]
pub(super) enum Count {
    Hits,
    Misses,
    Filtered,
    PassedInVain,
}

#[derive(Default)]
pub(super) struct Counts([Line; LINES]);

#[derive(Default)]
#[repr(align(64))]
struct Line([AtomicU64; 4]);

thread_local! {
    static LINE: Cell<usize> = Cell::new(NEXT_LINE.fetch_add(1, Ordering::Relaxed) % LINES);
}
static NEXT_LINE: AtomicUsize = AtomicUsize::new(0);

impl Counts {
    #[inline]
    pub(super) fn add_one(&self, count: Count) {
        self.0[LINE.get()].0[count as usize].fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn get(&self, count: Count) -> u64 {
        self.0.iter().map(|line| line.0[count as usize].load(Ordering::Relaxed)).sum()
    }
}
