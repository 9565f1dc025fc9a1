//! What stops all writes: a write, a sync, a flush or an edit that failed.

use crate::error::Error;
use crate::sync::blocking::Mutex;
use crate::sync::{AtomicBool, Memory};
use std::sync::Arc;

/// The first failure since the database was opened or resumed.
#[derive(Debug, Default)]
pub(crate) struct Poison {
    is_set: AtomicBool,
    cause: Mutex<Option<Arc<Error>>>,
}

impl Poison {
    /// Notes a failure; only the first counts. Given is the first, if it is this.
    pub(crate) fn set(&self, cause: Error) -> Option<Arc<Error>> {
        let mut first = self.cause.lock();
        if first.is_some() {
            return None;
        }
        let cause = first.insert(Arc::new(cause)).clone();
        self.is_set.store(true, Memory::Release);
        Some(cause)
    }

    pub(crate) fn is_set(&self) -> bool {
        self.is_set.load(Memory::Acquire)
    }

    /// The error of a call that comes after the failure.
    #[inline]
    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.is_set() { Err(self.cause.lock().clone().map_or(Error::Closed, Error::Failed)) } else { Ok(()) }
    }

    /// The error of a call that the failure hit.
    #[inline]
    pub(crate) fn check_first(&self) -> Result<(), Error> {
        if self.is_set() { Err(self.cause.lock().as_ref().map_or(Error::Closed, Error::again)) } else { Ok(()) }
    }

    /// The cause is gone.
    pub(crate) fn clear(&self) {
        let mut cause = self.cause.lock();
        *cause = None;
        self.is_set.store(false, Memory::Release);
    }
}
