//! What threads use to share data and to wait for each other: packages and the standard library, or, under a checker of
//! threads, types that it can observe. loom checks the list and its memtables, step by step (`.ci/loom`); shuttle runs
//! a whole database (`.ci/shuttle`).

#[cfg(any(loom, shuttle))]
mod guard;
#[cfg(loom)]
mod modelled;
#[cfg(shuttle)]
mod scheduled;

#[cfg(any(loom, shuttle))]
pub(crate) use self::guard::Guard;
#[cfg(loom)]
pub(crate) use self::modelled::{
    ArcSwap, AtomicBool, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Mutex, SkipEntry, SkipMap,
};
#[cfg(shuttle)]
pub(crate) use self::scheduled::{ArcSwap, AtomicBool, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, blocking::Mutex};
#[cfg(not(loom))]
pub(crate) use crossbeam_skiplist::map::{Entry as SkipEntry, SkipMap};
pub(crate) use std::sync::atomic::Ordering as Memory;
#[cfg(not(any(loom, shuttle)))]
pub(crate) use {
    arc_swap::{ArcSwap, Guard},
    parking_lot::Mutex,
    std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize},
};

/// Lets others go on, before the next try at what another thread has for a few instructions.
#[cfg(not(any(loom, shuttle)))]
#[inline]
pub(crate) fn relax(tries: u32) {
    match tries {
        0..64 => std::hint::spin_loop(),
        64..128 => std::thread::yield_now(),
        // The other one may have to wait for this thread's processor, and a lower priority.
        _ => std::thread::sleep(std::time::Duration::from_micros(20)),
    }
}

#[cfg(loom)]
pub(crate) fn relax(_: u32) {
    loom::thread::yield_now();
}

#[cfg(shuttle)]
pub(crate) fn relax(_: u32) {
    shuttle::thread::yield_now();
}

/// What the threads of a database are made of, and where they wait. loom does not observe it.
pub(crate) mod blocking {
    #[cfg(shuttle)]
    pub(crate) use super::scheduled::blocking::{Condvar, Instant, MappedMutexGuard, Mutex, MutexGuard, thread};
    #[cfg(not(shuttle))]
    pub(crate) use {
        parking_lot::{Condvar, MappedMutexGuard, Mutex, MutexGuard},
        std::{thread, time::Instant},
    };
}
