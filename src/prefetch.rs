//! Asks the processor for bytes before they are needed.
//!
//! The address of the next bytes is often known only late, and addresses follow each other in no order. So the processor
//! cannot look ahead by itself, and nearly every step waits for memory. Asking early lets several waits overlap.
#![allow(unsafe_code)]

/// Brings the bytes at `offset` of `bytes` into the cache, if they exist. Changes nothing else.
#[inline]
pub(crate) fn prefetch(bytes: &[u8], offset: usize) {
    #[cfg(target_arch = "x86_64")]
    if let Some(byte) = bytes.get(offset) {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: a prefetch reads nothing and cannot fail. Besides, the address is that of a byte in bounds.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(byte).cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (bytes, offset);
}
