//! Asks the processor for bytes before they are needed.
//!
//! The address of the next bytes is often known only late, and addresses follow each other in no order. So the
//! processor cannot look ahead by itself, and nearly every step waits for memory. Asking early lets several waits
//! overlap.
#![allow(unsafe_code)]

/// Brings the bytes at `offset` of `bytes` into the cache, if they exist. Changes nothing else.
#[inline]
pub(crate) fn prefetch(bytes: &[u8], offset: usize) {
    if let Some(byte) = bytes.get(offset) {
        prefetch_item(byte);
    }
}

/// Brings the first bytes of `item` into the cache. Changes nothing else.
#[inline]
pub(crate) fn prefetch_item<T>(item: &T) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: a prefetch reads nothing and cannot fail. Besides, the address is that of an item.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(item).cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = item;
}
