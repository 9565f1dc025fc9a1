//! Slows writers before they would have to stop: when flushes or compactions do not keep up, each write takes a little
//! longer, so that no single one waits for long.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// More runs than this slow writers, each of them by so much a KiB.
const MANY_RUNS: usize = 24;
const NANOSECONDS_A_RUN: u64 = 1_000;
/// What a flush is taken to write a second before one was measured, in bytes.
const FLUSH_RATE: u64 = 100 << 20;
/// Writers sleep no shorter than this, and at once no longer than that.
pub(super) const SHORTEST: Duration = Duration::from_millis(1);
pub(super) const LONGEST: Duration = Duration::from_millis(10);

/// How much writers are slowed.
#[derive(Debug)]
pub(super) struct Pacing {
    nanoseconds_a_kib: AtomicU64,
    /// What the last flush wrote a second, in bytes.
    flush_rate: AtomicU64,
}

impl Default for Pacing {
    fn default() -> Self {
        Self { nanoseconds_a_kib: AtomicU64::new(0), flush_rate: AtomicU64::new(FLUSH_RATE) }
    }
}

impl Pacing {
    /// How long it should take to write so many bytes.
    #[inline]
    pub(super) fn delay(&self, bytes: u64) -> Duration {
        match self.nanoseconds_a_kib.load(Ordering::Relaxed) {
            0 => Duration::ZERO,
            nanoseconds => Duration::from_nanos(nanoseconds.saturating_mul(bytes.div_ceil(64)) / 16),
        }
    }

    /// A flush of so many bytes took so long.
    pub(super) fn flushed(&self, bytes: u64, took: Duration) {
        if bytes > 1 << 20 {
            let microseconds = u64::try_from(took.as_micros()).unwrap_or(u64::MAX).max(1);
            self.flush_rate.store(bytes.saturating_mul(1_000_000) / microseconds, Ordering::Relaxed);
        }
    }

    /// There are so many sealed memtables, of `most`, and so many runs now.
    pub(super) fn update(&self, sealed: usize, most: usize, runs: usize) {
        let runs = runs.saturating_sub(MANY_RUNS) as u64 * NANOSECONDS_A_RUN;
        let flush = if most > 1 && sealed + 1 >= most {
            // As fast as flushes are.
            (1 << 10) * 1_000_000_000 / self.flush_rate.load(Ordering::Relaxed).max(1 << 10)
        } else {
            0
        };
        self.nanoseconds_a_kib.store(runs + flush, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::Pacing;
    use std::time::Duration;

    #[test]
    fn writers_are_slowed_only_where_something_is_behind() {
        let pacing = Pacing::default();
        pacing.update(2, 4, 24);
        assert_eq!(pacing.delay(1 << 20), Duration::ZERO);
        pacing.flushed(100 << 20, Duration::from_secs(1));
        pacing.update(3, 4, 0);
        let second = pacing.delay(100 << 20).as_millis();
        assert!((990..=1010).contains(&second), "{second}");
        pacing.update(0, 4, 34);
        assert_eq!(pacing.delay(1 << 10), Duration::from_micros(10));
        pacing.update(0, 1, 0);
        assert_eq!(pacing.delay(1 << 10), Duration::ZERO);
    }
}
