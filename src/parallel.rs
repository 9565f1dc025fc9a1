//! Work shared out among threads, of which the calling one is always one.

use parking_lot::Mutex;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

/// How often the calling thread looks up while it waits for the others.
const IDLE: Duration = Duration::from_millis(20);

/// Does `work` on all items, on at most `threads` threads, and gives the results in the items' order.
///
/// Each thread has a context of its own: the calling one `own`, any other what `other` makes. While the calling thread
/// has nothing left to do but wait, it calls `idle` now and then. A thread that cannot be started is done without. A
/// panic in `work` is passed on. No thread outlives the call.
pub(crate) fn map<T: Send, R: Send, C>(
    threads: usize,
    items: Vec<T>,
    own: &mut C,
    other: impl Fn() -> C + Sync,
    work: impl Fn(&mut C, T) -> R + Sync,
    idle: impl Fn(&mut C),
) -> Vec<R> {
    let helpers = threads.min(items.len()).saturating_sub(1);
    let mut results: Vec<Option<R>> = items.iter().map(|_| None).collect();
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
        for _ in 0..helpers {
            let (running, run, other) = (running.clone(), &run, &other);
            let helper = move || {
                let _running = running;
                run(&mut other());
            };
            if thread::Builder::new().spawn_scoped(scope, helper).is_err() {
                break;
            }
        }
        drop(running);
        run(own);
        wait(&stopped, || idle(own));
    });
    drop(jobs);
    results.into_iter().map(|result| result.expect("every item was worked on")).collect()
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

    #[test]
    fn results_come_in_the_order_of_the_items() {
        for threads in [1, 2, 3, 100] {
            let squares = map(threads, (0..50).collect(), &mut (), || (), |(), i: u32| i * i, |()| {});
            assert_eq!(squares, (0..50).map(|i| i * i).collect::<Vec<_>>());
        }
    }

    #[test]
    fn no_items_are_no_work() {
        assert!(map(4, Vec::<u32>::new(), &mut (), || (), |(), i| i, |()| {}).is_empty());
    }
}
