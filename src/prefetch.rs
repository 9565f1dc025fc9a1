//! Asks the processor for bytes before they are needed.
//!
//! A scan by keys goes through the log in no order at all, so nearly every entry is a wait for memory; asking for
//! those a few entries ahead overlaps the waits (`docs/architecture.md` has figures).
#![allow(unsafe_code)]

/// Brings the bytes at `at` of `bytes` nearer, if they exist. Changes nothing else.
#[inline]
pub(crate) fn prefetch(bytes: &[u8], at: usize) {
    #[cfg(target_arch = "x86_64")]
    if let Some(byte) = bytes.get(at) {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: a prefetch reads nothing, and cannot fail; the address is that of a byte in bounds all the same.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(byte).cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (bytes, at);
}
