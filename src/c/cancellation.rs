//! Cancellation of the calling thread (`pthread_cancel`), which waits while this library works.
//!
//! A thread that is cancelled runs on to the next cancellation point (pthreads(7) lists them: open, read, fsync, close,
//! `pthread_join`, and so on). There glibc unwinds its stack, and Rust, which catches what unwinds at the boundary and
//! where it starts threads, can neither handle that nor let it pass: it ends the process.

#[cfg(target_os = "linux")]
pub(super) use switch::CancellationOff;

/// Systems for which nobody has tried it.
#[cfg(not(target_os = "linux"))]
pub(super) struct CancellationOff;

#[cfg(not(target_os = "linux"))]
impl CancellationOff {
    pub(super) fn new() -> Self {
        Self
    }
}

#[cfg(target_os = "linux")]
mod switch {
    use libc::c_int;
    use std::ptr;

    /// The same in glibc and musl. The libc package has neither this nor the function.
    const PTHREAD_CANCEL_DISABLE: c_int = 1;

    unsafe extern "C" {
        fn pthread_setcancelstate(state: c_int, old_state: *mut c_int) -> c_int;
    }

    /// While this lives, the calling thread is not cancelled.
    pub(in crate::c) struct CancellationOff {
        state_before: c_int,
    }

    impl CancellationOff {
        pub(in crate::c) fn new() -> Self {
            let mut state_before = PTHREAD_CANCEL_DISABLE;
            // SAFETY: a valid state, and a place to write the old one to.
            unsafe { pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &raw mut state_before) };
            Self { state_before }
        }
    }

    impl Drop for CancellationOff {
        fn drop(&mut self) {
            // SAFETY: the state that the thread had. A cancel that is pending does not act here: this is no
            // cancellation point, and kevo.h asks for deferred cancellation.
            unsafe { pthread_setcancelstate(self.state_before, ptr::null_mut()) };
        }
    }
}
