//! Whether this process has been forked from the one that made something. A forked child has a copy of all memory, but
//! not the threads, and not the locks on files: it must touch no file of the parent's.

use std::sync::Once;
use std::sync::atomic::{AtomicU32, Ordering};

static FORKS: AtomicU32 = AtomicU32::new(0);
static WATCH: Once = Once::new();

/// A process, among those that were forked from one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Process(u32);

impl Process {
    /// The calling process.
    pub(crate) fn current() -> Self {
        WATCH.call_once(watch);
        Self(FORKS.load(Ordering::Relaxed))
    }

    /// Whether the calling process is not this one.
    #[inline]
    pub(crate) fn is_other(self) -> bool {
        self.0 != FORKS.load(Ordering::Relaxed)
    }
}

extern "C" fn in_child() {
    FORKS.fetch_add(1, Ordering::Relaxed);
}

/// Asks the system to count forks. To ask for the process's number at each call takes longer than a lookup.
#[allow(unsafe_code)]
fn watch() {
    // SAFETY: the handler is a function of this library, which is never unloaded while a handle lives, and it does
    // nothing but count. What pthread_atfork gives says that there was no memory; then forks are not noticed.
    unsafe { libc::pthread_atfork(None, None, Some(in_child)) };
}

#[cfg(test)]
mod tests {
    use super::Process;

    #[test]
    fn a_process_is_itself() {
        let process = Process::current();
        assert!(!process.is_other());
        super::in_child();
        assert!(process.is_other() && !Process::current().is_other());
    }
}
