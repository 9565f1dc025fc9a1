//! A progress callback: what it is told, and when it cancels.

use std::cell::Cell;
use std::ffi::{c_int, c_void};

/// Is told how far a recovery has read. Several recoveries can use it, one after the other.
#[derive(Debug, Default)]
pub struct Progress {
    /// At which call of a recovery it cancels, counted from 1; 0 is never.
    cancel_at: u32,
    calls: Cell<u32>,
    done: Cell<u64>,
    total: Cell<u64>,
    cancelled: Cell<bool>,
    /// A callback cannot panic, so a call that should not happen is only noted.
    wrong: Cell<bool>,
}

impl Progress {
    pub fn new(cancel_at: u32) -> Self {
        Self { cancel_at, ..Self::default() }
    }

    /// Prepares for a recovery.
    pub fn begin(&self) {
        self.calls.set(0);
        self.done.set(0);
        self.cancelled.set(false);
    }

    /// Whether the recovery that ended was cancelled.
    pub fn check(&self) -> bool {
        assert!(!self.wrong.get(), "a call after the cancelling one, or numbers that cannot be: {self:?}");
        self.cancelled.get()
    }

    /// Checks the calls of a recovery that read to the end.
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
        // Any value other than 0 cancels.
        if self.cancelled.get() { -1 } else { 0 }
    }
}

pub unsafe extern "C-unwind" fn tell(user: *mut c_void, done: u64, total: u64) -> c_int {
    // SAFETY: it was given together with this callback, and lives as long as the callback is in use.
    unsafe { &*user.cast::<Progress>() }.tell(done, total)
}
