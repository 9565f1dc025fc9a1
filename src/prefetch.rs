//! Asks the processor for bytes before they are needed.
//!
//! What leads to the next bytes is often known only late, or leads there in no order, so that the processor cannot look
//! ahead by itself: nearly every step is a wait for memory. Asking early overlaps the waits.
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
