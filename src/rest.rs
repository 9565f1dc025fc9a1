//! A cursor over bytes that may end too early.

use crate::little_endian::{le_u16, le_u32, le_u64};

/// What is left of some bytes; each step takes from the front, or gives nothing if there are not so many.
#[derive(Clone, Copy)]
pub(crate) struct Rest<'b>(pub(crate) &'b [u8]);

impl<'b> Rest<'b> {
    pub(crate) fn take(&mut self, count: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    pub(crate) fn u16(&mut self) -> Option<u16> {
        self.take(2).map(|bytes| le_u16(bytes, 0))
    }

    pub(crate) fn u32(&mut self) -> Option<u32> {
        self.take(4).map(|bytes| le_u32(bytes, 0))
    }

    pub(crate) fn u64(&mut self) -> Option<u64> {
        self.take(8).map(|bytes| le_u64(bytes, 0))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
