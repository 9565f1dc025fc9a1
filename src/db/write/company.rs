//! Company: a thread that is about to sync waits a moment for other writers, so that one sync serves more of them.
//!
//! When a group is on disk its writers are released, and most of them write again soon. The next group is there already
//! then, with those that came during the sync. If it began at once, two halves of all writers would take turns, and
//! each sync would serve one half.

use std::time::Duration;

/// What part of the time that a sync takes is spent on waiting for others, at most.
const PART: u32 = 4;
const LONGEST: Duration = Duration::from_micros(500);
/// So many groups wait for nobody after one for which most have not come.
const DISCOURAGED: u32 = 16;

/// Who is waited for.
#[derive(Debug, Default)]
pub(super) struct Company {
    /// Writers of the group that is being encoded, who want it to be synced.
    members: u32,
    /// Writers whom the last sync has released, and who have not come back.
    expected: u32,
    /// How many it has released.
    released: u32,
    /// How long the last sync took.
    sync: Duration,
    /// How many groups wait for nobody.
    discouraged: u32,
}

impl Company {
    /// A writer has come who wants a sync.
    pub(super) fn join(&mut self) {
        self.members += 1;
        self.expected = self.expected.saturating_sub(1);
    }

    /// How long to wait for others; nothing if nobody is worth it.
    pub(super) fn patience(&mut self) -> Duration {
        if self.discouraged > 0 {
            self.discouraged -= 1;
            return Duration::ZERO;
        }
        if self.is_complete() { Duration::ZERO } else { (self.sync / PART).min(LONGEST) }
    }

    /// Whether all have come.
    pub(super) fn is_complete(&self) -> bool {
        self.expected == 0
    }

    /// The wait is over.
    pub(super) fn waited(&mut self) {
        if self.expected > self.released / 2 {
            self.discouraged = DISCOURAGED;
        }
    }

    /// The group is closed: gives how many are in it.
    pub(super) fn depart(&mut self) -> u32 {
        std::mem::take(&mut self.members)
    }

    /// So many were released by a sync that took so long.
    pub(super) fn release(&mut self, members: u32, sync: Duration) {
        (self.expected, self.released, self.sync) = (members, members, sync);
    }
}

#[cfg(test)]
mod tests {
    use super::{Company, DISCOURAGED};
    use std::time::Duration;

    const SYNC: Duration = Duration::from_micros(400);

    #[test]
    fn who_was_released_is_waited_for() {
        let mut company = Company::default();
        company.join();
        assert!(company.patience().is_zero());
        assert_eq!(company.depart(), 1);
        // Two come during the sync, and the one who was released comes back.
        company.join();
        company.join();
        company.release(1, SYNC);
        assert_eq!(company.patience(), SYNC / 4);
        company.join();
        assert!(company.is_complete() && company.patience().is_zero());
        company.waited();
        assert_eq!(company.depart(), 3);
        company.release(3, Duration::from_secs(1));
        assert_eq!(company.patience(), Duration::from_micros(500));
    }

    #[test]
    fn one_writer_alone_never_waits() {
        let mut company = Company::default();
        for _ in 0..5 {
            company.join();
            assert!(company.patience().is_zero());
            let members = company.depart();
            company.release(members, SYNC);
        }
    }

    #[test]
    fn if_most_do_not_come_nobody_is_waited_for_for_a_while() {
        let mut company = Company::default();
        company.release(3, SYNC);
        company.join();
        company.join();
        assert!(!company.patience().is_zero());
        company.waited();
        assert!(!company.patience().is_zero());

        company.release(3, SYNC);
        company.join();
        company.waited();
        for _ in 0..DISCOURAGED {
            assert!(company.patience().is_zero());
        }
        assert!(!company.patience().is_zero());
    }
}
