//! How far a salvage has got.

use crate::error::Error;
use crate::recovery::progress::Callback;

/// Logs are read, written and merged; tables are verified and merged. Bytes are counted each time.
pub(super) struct Progress<'p> {
    callback: Option<Callback<'p>>,
    done: u64,
    total: u64,
}

impl<'p> Progress<'p> {
    pub(super) fn new(callback: Option<Callback<'p>>) -> Self {
        Self { callback, done: 0, total: 0 }
    }

    /// So many bytes more are done.
    pub(super) fn add(&mut self, bytes: u64) -> Result<(), Error> {
        self.done = self.done.saturating_add(bytes);
        if self.tell(0) { Err(Error::Cancelled) } else { Ok(()) }
    }

    /// So many bytes more will be done.
    pub(super) fn expect(&mut self, bytes: u64) {
        self.total = self.total.saturating_add(bytes);
    }

    /// Tells that so many more bytes are done than were added; whether it is to end.
    pub(super) fn tell(&mut self, more: u64) -> bool {
        let done = self.done.saturating_add(more).min(self.total);
        self.callback.as_mut().is_some_and(|callback| callback(done, self.total))
    }

    /// All is done, and cannot be cancelled any more.
    pub(super) fn end(&mut self) {
        self.done = self.total;
        let _ = self.tell(0);
    }
}
