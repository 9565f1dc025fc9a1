//! Waiting for more. A log that is written through a map tells nobody that it has grown, and neither do file systems of
//! other machines, so that the feed looks from time to time, less often the longer nothing comes.

use crate::error::Error;
use parking_lot::{Condvar, Mutex};
use std::time::{Duration, Instant};

const SHORTEST: Duration = Duration::from_millis(1);
const LONGEST: Duration = Duration::from_millis(10);

/// Wakes a feed that waits.
#[derive(Debug, Default)]
pub struct Waker {
    is_wanted: Mutex<bool>,
    woken: Condvar,
}

/// How long the next look is away.
#[derive(Debug)]
pub(super) struct Pause(Duration);

impl Default for Pause {
    fn default() -> Self {
        Self(SHORTEST)
    }
}

impl Waker {
    /// A call that waits, or the next one that would, is cancelled.
    pub fn wake(&self) {
        *self.is_wanted.lock() = true;
        self.woken.notify_all();
    }

    /// Waits until it is time to look again; false if there is no time left.
    pub(super) fn wait(&self, pause: &mut Pause, deadline: Option<Instant>) -> Result<bool, Error> {
        let now = Instant::now();
        let mut is_wanted = self.is_wanted.lock();
        if !*is_wanted {
            if deadline.is_some_and(|deadline| deadline <= now) {
                return Ok(false);
            }
            let until = deadline.map_or(now + pause.0, |deadline| deadline.min(now + pause.0));
            self.woken.wait_until(&mut is_wanted, until);
            pause.0 = (pause.0 * 2).min(LONGEST);
        }
        if std::mem::take(&mut *is_wanted) { Err(Error::Cancelled) } else { Ok(true) }
    }
}
