//! What a progress callback is told, and when it cancels.

use std::cell::Cell;
use std::ffi::{c_int, c_void};

/// Is told how far one recovery is, or several, one after the other.
#[derive(Debug, Default)]
pub struct Progress {
    /// At which call of a recovery, counted from 1; 0 is never.
    cancel_at: u32,
    calls: Cell<u32>,
    done: Cell<u64>,
    total: Cell<u64>,
    cancelled: Cell<bool>,
    /// A callback cannot panic, so a call that should not have been is only noted.
    wrong: Cell<bool>,
}

impl Progress {
    pub fn new(cancel_at: u32) -> Self {
        Self { cancel_at, ..Self::default() }
    }

    /// Before a recovery.
    pub fn begin(&self) {
        self.calls.set(0);
        self.done.set(0);
        self.cancelled.set(false);
    }

    /// After it: whether it was cancelled.
    pub fn check(&self) -> bool {
        assert!(!self.wrong.get(), "a call after the cancelling one, or numbers that cannot be: {self:?}");
        self.cancelled.get()
    }

    /// After one that was read to its end.
    pub fn check_complete(&self) {
        assert!(self.calls.get() > 0 && self.done == self.total, "{self:?}");
    }

    fn tell(&self, done: u64, total: u64) -> c_int {
        let first = self.calls.get() == 0;
        let goes_on = done >= self.done.get() && done <= total && (first || total == self.total.get());
        self.wrong.set(self.wrong.get() || self.cancelled.get() || !goes_on);
        self.calls.set(self.calls.get() + 1);
        self.done.set(done);
        self.total.set(total);
        self.cancelled.set(self.calls.get() == self.cancel_at);
        // Anything but 0 cancels.
        if self.cancelled.get() { -1 } else { 0 }
    }
}

pub unsafe extern "C-unwind" fn tell(user: *mut c_void, done: u64, total: u64) -> c_int {
    // SAFETY: given with this callback, and kept for as long as it.
    unsafe { &*user.cast::<Progress>() }.tell(done, total)
}
