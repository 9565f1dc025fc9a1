//! Work shared out among threads, of which the calling one is always one.

use crate::error::Error;
use crate::memory::{collected, probe};
use memmap2::MmapMut;
use std::panic::resume_unwind;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ScopedJoinHandle};
use std::time::Duration;

/// Bytes that must be left before another thread is started: its stack, 2 MiB, and as much again. With less it would
/// start, and the first few bytes that it asks for would end the process.
const ROOM_FOR_A_THREAD: usize = 4 << 20;
/// What the standard library asks for on the heap to start a thread is less than this, in bytes. It cannot be asked to
/// give an error where that is refused.
const HEAP_FOR_A_THREAD: usize = 32 << 10;
/// How often the calling thread looks up while it waits for the others.
const IDLE: Duration = Duration::from_millis(20);

/// Does `work` on all items, on at most `threads` threads, and gives the results in the items' order.
///
/// Each thread has a context of its own: the calling one `own`, any other what `other` makes. While the calling thread
/// has nothing left to do but wait, it calls `idle` now and then. A thread that cannot be started is done without. A
/// panic in `work` is passed on. No thread outlives the call.
///
/// # Errors
///
/// If there is no memory for the results; the work may have been done.
pub(crate) fn map<T: Send, R: Send, C>(
    threads: usize,
    items: Vec<T>,
    own: &mut C,
    other: impl Fn() -> C + Sync,
    work: impl Fn(&mut C, T) -> R + Sync,
    idle: impl Fn(&mut C),
) -> Result<Vec<R>, Error> {
    // Under shuttle all is done by the threads that it knows.
    let helpers = if cfg!(shuttle) { 0 } else { threads.min(items.len()).saturating_sub(1) };
    let mut results: Vec<Option<R>> = collected(items.iter().map(|_| None))?;
    let jobs = Mutex::new(items.into_iter().zip(results.iter_mut()));
    let run = |context: &mut C| {
        loop {
            // The lock is let go of before the work begins.
            let job = lock(&jobs).next();
            let Some((item, result)) = job else { break };
            *result = Some(work(context, item));
        }
    };
    if helpers > 0 && has_room_for_a_thread() {
        run_with_helpers(helpers, own, &|| run(&mut other()), &run, &idle);
    } else {
        run(own);
    }
    drop(jobs);
    collected(results.into_iter().map(|result| result.expect("every item was worked on")))
}

/// Runs `run` on the calling thread and `help` on as many others as can be started, at most `helpers`.
fn run_with_helpers<C>(
    helpers: usize,
    own: &mut C,
    help: &(impl Fn() + Sync),
    run: &impl Fn(&mut C),
    idle: &impl Fn(&mut C),
) {
    let running = Running::default();
    thread::scope(|scope| {
        let mut started: Vec<ScopedJoinHandle<'_, ()>> = Vec::new();
        for _ in 0..helpers {
            let presence = running.enter();
            let helper = move || {
                let _presence = presence;
                help();
            };
            if !has_room_for_a_thread() || started.try_reserve(1).is_err() {
                break;
            }
            let Ok(helper) = thread::Builder::new().spawn_scoped(scope, helper) else { break };
            started.push(helper);
        }
        run(own);
        running.wait_until_none(|| idle(own));
        // A scope's end waits for what its threads do, not until they are gone.
        for helper in started {
            helper.join().unwrap_or_else(|panic| resume_unwind(panic));
        }
    });
}

fn has_room_for_a_thread() -> bool {
    MmapMut::map_anon(ROOM_FOR_A_THREAD).is_ok() && probe(HEAP_FOR_A_THREAD).is_ok()
}

/// Nothing that the locks here guard is left half done by a panic.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How many threads are at work. It needs no memory of its own, which a channel would.
#[derive(Default)]
struct Running {
    count: Mutex<usize>,
    changed: Condvar,
}

/// A thread that is at work, until this is dropped.
struct Presence<'a>(&'a Running);

impl Running {
    fn enter(&self) -> Presence<'_> {
        *lock(&self.count) += 1;
        Presence(self)
    }

    /// Waits until no thread is at work, and calls `idle` now and then meanwhile.
    fn wait_until_none(&self, mut idle: impl FnMut()) {
        loop {
            let (count, timeout) = self
                .changed
                .wait_timeout_while(lock(&self.count), IDLE, |count| *count > 0)
                .unwrap_or_else(PoisonError::into_inner);
            drop(count);
            if !timeout.timed_out() {
                break;
            }
            idle();
        }
    }
}

impl Drop for Presence<'_> {
    fn drop(&mut self) {
        *lock(&self.0.count) -= 1;
        self.0.changed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::map;
    use std::cell::Cell;
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;

    #[test]
    fn results_come_in_the_order_of_the_items() {
        for threads in [1, 2, 3, 100] {
            let squares = map(threads, (0..50).collect(), &mut (), || (), |(), i: u32| i * i, |()| {});
            assert_eq!(squares.unwrap(), (0..50).map(|i| i * i).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_panic_in_the_work_is_passed_on_by_whichever_thread_it_is_in() {
        for threads in [1, 3] {
            let work = |(): &mut (), i: u32| assert_ne!(i, 30, "the thirtieth");
            let ended = std::panic::catch_unwind(|| map(threads, (0..50).collect(), &mut (), || (), work, |()| {}));
            assert!(ended.is_err());
        }
    }

    #[test]
    fn the_calling_thread_calls_idle_while_it_waits_for_another() {
        let (caller, calls) = (thread::current().id(), AtomicUsize::new(0));
        let both = Barrier::new(2);
        let work = |(): &mut (), ()| {
            both.wait();
            while thread::current().id() != caller && calls.load(Ordering::SeqCst) < 3 {
                thread::yield_now();
            }
        };
        let idle = |(): &mut ()| {
            calls.fetch_add(1, Ordering::SeqCst);
        };
        map(2, vec![(); 2], &mut (), || (), work, idle).unwrap();
        assert!(calls.into_inner() >= 3);
    }

    #[test]
    fn no_items_are_no_work() {
        assert!(map(4, Vec::<u32>::new(), &mut (), || (), |(), i| i, |()| {}).unwrap().is_empty());
    }

    static GONE: AtomicUsize = AtomicUsize::new(0);

    /// Is dropped when its thread ends, slowly.
    struct Witness;

    impl Drop for Witness {
        fn drop(&mut self) {
            (0..1000).for_each(|_| thread::yield_now());
            GONE.fetch_add(1, Ordering::SeqCst);
        }
    }

    thread_local!(static WITNESS: Cell<Option<Witness>> = const { Cell::new(None) });

    #[test]
    fn no_thread_outlives_the_call() {
        let all_at_once = Barrier::new(3);
        let caller = thread::current().id();
        let work = || {
            all_at_once.wait();
            if thread::current().id() != caller {
                WITNESS.set(Some(Witness));
            }
        };
        map(3, vec![(); 3], &mut (), || (), |(), ()| work(), |()| {}).unwrap();
        assert_eq!(GONE.load(Ordering::SeqCst), 2);
    }
}
