//! Time limits of transactions: what one holds is released when it expires, whether anybody uses it or not.

use super::State as Transaction;
use crate::db::database::Inner;
use crate::error::Error;
use crate::memory::push;
use crate::sync::blocking::thread::{self, JoinHandle};
use crate::sync::blocking::{Condvar, Instant, Mutex};
use std::sync::{Arc, Weak};

/// The transactions that have a time limit, and the thread that ends them. It is there only as long as there are any.
#[derive(Debug, Default)]
pub(in crate::db) struct Expiry {
    state: Mutex<State>,
    /// There is one that expires sooner, or the thread has to end.
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    watched: Vec<Watched>,
    thread: Option<JoinHandle<()>>,
    is_running: bool,
    is_closed: bool,
}

#[derive(Debug)]
struct Watched {
    deadline: Instant,
    transaction: Weak<Mutex<Transaction>>,
}

impl Expiry {
    /// Ends a transaction at `deadline`, if it is not over by then.
    pub(super) fn watch(
        &self,
        inner: &Arc<Inner>,
        deadline: Instant,
        transaction: &Arc<Mutex<Transaction>>,
    ) -> Result<(), Error> {
        let mut state = self.state.lock();
        if state.is_closed {
            return Err(Error::Closed);
        }
        push(&mut state.watched, Watched { deadline, transaction: Arc::downgrade(transaction) })?;
        if !state.is_running {
            let own = Arc::clone(inner);
            let spawned = thread::Builder::new().name("kevo-expire".to_owned()).spawn(move || own.expiry.run());
            let thread = spawned.map_err(|error| {
                state.watched.pop();
                Error::io(inner.directory.root(), None, error)
            })?;
            (state.thread, state.is_running) = (Some(thread), true);
        }
        self.changed.notify_one();
        Ok(())
    }

    fn run(&self) {
        let mut state = self.state.lock();
        loop {
            state.end_expired(Instant::now());
            let next = state.watched.iter().map(|watched| watched.deadline).min();
            let Some(deadline) = next.filter(|_| !state.is_closed) else {
                state.is_running = false;
                return;
            };
            self.changed.wait_until(&mut state, deadline);
        }
    }

    /// Ends the thread. Transactions that are left end when somebody uses them.
    pub(in crate::db) fn stop(&self) {
        let thread = {
            let mut state = self.state.lock();
            state.is_closed = true;
            state.thread.take()
        };
        self.changed.notify_all();
        if let Some(thread) = thread {
            let _ = thread.join();
        }
    }
}

impl State {
    fn end_expired(&mut self, now: Instant) {
        self.watched.retain(|watched| {
            let Some(transaction) = watched.transaction.upgrade() else { return false };
            if watched.deadline > now {
                return true;
            }
            transaction.lock().expire();
            false
        });
    }
}
