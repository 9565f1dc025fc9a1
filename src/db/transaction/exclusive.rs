//! The slot that exclusive transactions wait for.

use crate::error::Error;
use crate::sync::blocking::{Condvar, Instant, Mutex};
use std::sync::Arc;

/// One at a time has the slot.
#[derive(Clone, Debug, Default)]
pub(in crate::db) struct Exclusive(Arc<Waiting>);

#[derive(Debug, Default)]
struct Waiting {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    is_taken: bool,
    is_closed: bool,
}

/// Gives the slot back when it is dropped.
#[derive(Debug)]
pub(super) struct Slot(Arc<Waiting>);

impl Exclusive {
    /// Waits for the slot, until `deadline` if there is one.
    pub(super) fn take(&self, deadline: Option<Instant>) -> Result<Slot, Error> {
        let mut state = self.0.state.lock();
        while state.is_taken && !state.is_closed {
            let is_late = if let Some(deadline) = deadline {
                self.0.changed.wait_until(&mut state, deadline).timed_out()
            } else {
                self.0.changed.wait(&mut state);
                false
            };
            if is_late && state.is_taken {
                return Err(Error::Busy("another exclusive transaction has not ended"));
            }
        }
        if state.is_closed {
            return Err(Error::Closed);
        }
        state.is_taken = true;
        Ok(Slot(Arc::clone(&self.0)))
    }

    /// Nobody waits any more, and nobody gets it.
    pub(in crate::db) fn close(&self) {
        self.0.state.lock().is_closed = true;
        self.0.changed.notify_all();
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.state.lock().is_taken = false;
        self.0.changed.notify_one();
    }
}
