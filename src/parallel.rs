//! Work shared out among threads, of which the calling one is always one.

use crate::error::Error;
use crate::memory::collected;
use memmap2::MmapMut;
use parking_lot::Mutex;
use std::panic::resume_unwind;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

/// Bytes that must be left before another thread is started: its stack, 2 MiB, and as much again. With less it would
/// start, and the first few bytes that it asks for would end the process.
const ROOM_FOR_A_THREAD: usize = 4 << 20;
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
    let helpers = threads.min(items.len()).saturating_sub(1);
    let mut results: Vec<Option<R>> = collected(items.iter().map(|_| None))?;
    let jobs = Mutex::new(items.into_iter().zip(results.iter_mut()));
    let run = |context: &mut C| {
        loop {
            // The lock is let go of before the work begins.
            let job = jobs.lock().next();
            let Some((item, result)) = job else { break };
            *result = Some(work(context, item));
        }
    };
    thread::scope(|scope| {
        let (running, stopped) = mpsc::channel::<()>();
        let mut started = Vec::with_capacity(helpers);
        for _ in 0..helpers {
            let (running, run, other) = (running.clone(), &run, &other);
            let helper = move || {
                let _running = running;
                run(&mut other());
            };
            if !has_room_for_a_thread() {
                break;
            }
            let Ok(helper) = thread::Builder::new().spawn_scoped(scope, helper) else { break };
            started.push(helper);
        }
        drop(running);
        run(own);
        wait(&stopped, || idle(own));
        // A scope's end waits for what its threads do, not until they are gone.
        for helper in started {
            helper.join().unwrap_or_else(|panic| resume_unwind(panic));
        }
    });
    drop(jobs);
    collected(results.into_iter().map(|result| result.expect("every item was worked on")))
}

fn has_room_for_a_thread() -> bool {
    MmapMut::map_anon(ROOM_FOR_A_THREAD).is_ok()
}

/// Waits until all other threads have stopped.
fn wait(stopped: &Receiver<()>, mut idle: impl FnMut()) {
    while stopped.recv_timeout(IDLE) == Err(RecvTimeoutError::Timeout) {
        idle();
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
    fn no_items_are_no_work() {
        assert!(map(4, Vec::<u32>::new(), &mut (), || (), |(), i| i, |()| {}).unwrap().is_empty());
    }

    static GONE: AtomicUsize = AtomicUsize::new(0);

    /// Is dropped when its thread ends, slowly.
    struct Presence;

    impl Drop for Presence {
        fn drop(&mut self) {
            (0..1000).for_each(|_| thread::yield_now());
            GONE.fetch_add(1, Ordering::SeqCst);
        }
    }

    thread_local!(static PRESENCE: Cell<Option<Presence>> = const { Cell::new(None) });

    #[test]
    fn no_thread_outlives_the_call() {
        let all_at_once = Barrier::new(3);
        let caller = thread::current().id();
        let work = || {
            all_at_once.wait();
            if thread::current().id() != caller {
                PRESENCE.set(Some(Presence));
            }
        };
        map(3, vec![(); 3], &mut (), || (), |(), ()| work(), |()| {}).unwrap();
        assert_eq!(GONE.load(Ordering::SeqCst), 2);
    }
}
