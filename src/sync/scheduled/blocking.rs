//! Locks, threads and the time, as shuttle has them.

pub(crate) use shuttle::thread;
pub(crate) use shuttle_parking_lot::{MappedMutexGuard, Mutex, MutexGuard};

use shuttle::sync::atomic::AtomicBool;
use std::cell::Cell;
use std::collections::VecDeque;
use std::ops::Add;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// A wait that may take so long ends only when it is told to: no check wants to see what comes of doing nothing.
const FOR_EVER: Duration = Duration::from_secs(1);
/// How often the others come to run before a shorter wait ends.
const PATIENCE: usize = 3;
/// How much time each look at the clock takes.
const TICK: Duration = Duration::from_micros(1);

/// Behaves as that of `parking_lot`, with waits that end before their time.
#[derive(Debug, Default)]
pub(crate) struct Condvar {
    /// Held for no step that shuttle observes.
    waiting: std::sync::Mutex<VecDeque<Waiting>>,
}

#[derive(Clone, Debug)]
struct Waiting {
    thread: thread::Thread,
    is_woken: Arc<AtomicBool>,
}

/// How a wait with a limit has ended.
pub(crate) struct WaitTimeoutResult(bool);

impl WaitTimeoutResult {
    pub(crate) fn timed_out(&self) -> bool {
        self.0
    }
}

impl Waiting {
    fn is_woken(&self) -> bool {
        self.is_woken.load(Ordering::SeqCst)
    }

    fn wake(self) {
        self.is_woken.store(true, Ordering::SeqCst);
        self.thread.unpark();
    }
}

impl Condvar {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn notify_one(&self) {
        let first = self.queue().pop_front();
        first.into_iter().for_each(Waiting::wake);
    }

    pub(crate) fn notify_all(&self) {
        let all = std::mem::take(&mut *self.queue());
        all.into_iter().for_each(Waiting::wake);
    }

    pub(crate) fn wait<T>(&self, guard: &mut MutexGuard<'_, T>) {
        let own = self.enter();
        MutexGuard::unlocked(guard, || {
            while !own.is_woken() {
                thread::park();
            }
        });
    }

    pub(crate) fn wait_for<T>(&self, guard: &mut MutexGuard<'_, T>, time: Duration) -> WaitTimeoutResult {
        if time >= FOR_EVER {
            self.wait(guard);
            return WaitTimeoutResult(false);
        }
        let own = self.enter();
        MutexGuard::unlocked(guard, || {
            for _ in 0..PATIENCE {
                if !own.is_woken() {
                    thread::yield_now();
                }
            }
        });
        let mut queue = self.queue();
        let before = queue.len();
        queue.retain(|waiting| !Arc::ptr_eq(&waiting.is_woken, &own.is_woken));
        WaitTimeoutResult(queue.len() < before)
    }

    pub(crate) fn wait_until<T>(&self, guard: &mut MutexGuard<'_, T>, until: Instant) -> WaitTimeoutResult {
        self.wait_for(guard, until.0.saturating_sub(Instant::now().0))
    }

    fn enter(&self) -> Waiting {
        let own = Waiting { thread: thread::current(), is_woken: Arc::new(AtomicBool::new(false)) };
        // A step that shuttle observes: others may come before what the caller has looked at is waited for.
        own.is_woken();
        self.queue().push_back(own.clone());
        own
    }

    fn queue(&self) -> std::sync::MutexGuard<'_, VecDeque<Waiting>> {
        self.waiting.lock().expect("nobody panics with it")
    }
}

/// Behaves as that of the standard library, but for the time, which passes only by looking at it: so the same schedule
/// always does the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Instant(Duration);

impl Instant {
    pub(crate) fn now() -> Self {
        std::thread_local!(static CLOCK: Cell<Duration> = const { Cell::new(Duration::ZERO) });
        CLOCK.set(CLOCK.get() + TICK);
        Self(CLOCK.get())
    }

    pub(crate) fn elapsed(&self) -> Duration {
        Self::now().0.saturating_sub(self.0)
    }

    pub(crate) fn checked_add(&self, time: Duration) -> Option<Self> {
        self.0.checked_add(time).map(Self)
    }
}

impl Add<Duration> for Instant {
    type Output = Self;

    fn add(self, time: Duration) -> Self {
        Self(self.0 + time)
    }
}
