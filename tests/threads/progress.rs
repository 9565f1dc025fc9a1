//! How far a writer has got, for readers that check what they see meanwhile.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex};
use std::thread;

/// A writer is much faster than a reader that checks everything: for each look of the readers it makes at most this
/// many writes.
const WRITES_A_LOOK: usize = 10;

/// How many writes have begun and ended.
#[derive(Debug, Default)]
pub struct Progress {
    /// How many writes there were before.
    first: usize,
    begun: AtomicUsize,
    ended: AtomicUsize,
    looks: Mutex<usize>,
    /// Notified after each look, and when all is over.
    looked: Condvar,
    over: AtomicBool,
}

impl Progress {
    pub fn after(count: usize) -> Self {
        Self { first: count, begun: AtomicUsize::new(count), ended: AtomicUsize::new(count), ..Self::default() }
    }

    /// Makes each of these writes.
    pub fn during<T>(&self, writes: impl IntoIterator<Item = T>, mut write: impl FnMut(T)) {
        let _over = self.until_over();
        for (number, next) in writes.into_iter().enumerate() {
            self.wait_for_looks(number / WRITES_A_LOOK);
            self.begun.fetch_add(1, Ordering::SeqCst);
            write(next);
            self.ended.fetch_add(1, Ordering::SeqCst);
        }
    }

    fn wait_for_looks(&self, count: usize) {
        let looks = self.looks.lock().expect("nobody panics with it");
        let _looks = self.looked.wait_while(looks, |looks| *looks < count && !self.is_over());
    }

    fn look(&self, count: usize) {
        *self.looks.lock().expect("nobody panics with it") += count;
        self.looked.notify_all();
    }

    pub fn begun(&self) -> usize {
        self.begun.load(Ordering::SeqCst)
    }

    pub fn ended(&self) -> usize {
        self.ended.load(Ordering::SeqCst)
    }

    pub fn is_over(&self) -> bool {
        self.over.load(Ordering::SeqCst)
    }

    /// Calls `look` again and again, from the first write until the last, and once more after it. `look` gets the
    /// number of calls before.
    pub fn watch(&self, mut look: impl FnMut(usize)) {
        let _over = self.until_over();
        while self.begun() == self.first && !self.is_over() {
            thread::yield_now();
        }
        let mut turn = 0;
        loop {
            let was_over = self.is_over();
            self.look(1);
            look(turn);
            if was_over {
                return;
            }
            turn += 1;
        }
    }

    /// When the returned guard is dropped, all is over: so no thread waits for one that has panicked.
    fn until_over(&self) -> impl Drop + '_ {
        struct Over<'a>(&'a Progress);
        impl Drop for Over<'_> {
            fn drop(&mut self) {
                self.0.over.store(true, Ordering::SeqCst);
                // Under the lock, so that a thread that is about to wait is woken too.
                self.0.look(0);
            }
        }
        Over(self)
    }
}
