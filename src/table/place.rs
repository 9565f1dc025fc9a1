//! Places: where in a file something stands.

use crate::little_endian::{le_u32, le_u64};

/// In bytes from the start of the file. What is longer than 32 bits can say has no place on disk, but a file may be
/// damaged over a longer stretch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) offset: u64,
    pub(super) size: u64,
}

impl Place {
    /// Of a place as it is written: offset u64, size u32.
    pub(super) const SIZE: usize = 12;

    pub(super) fn new(offset: u64, size: u64) -> Self {
        Self { offset, size }
    }

    pub(super) fn between(start: u64, end: u64) -> Self {
        Self { offset: start, size: end.saturating_sub(start) }
    }

    /// `bytes` has at least `SIZE` bytes.
    pub(super) fn parse(bytes: &[u8]) -> Self {
        Self { offset: le_u64(bytes, 0), size: u64::from(le_u32(bytes, 8)) }
    }

    /// Sizes that are written have been checked to be 32 bits wide.
    pub(super) fn encoded(self) -> [u8; Self::SIZE] {
        let mut bytes = [0; Self::SIZE];
        bytes[..8].copy_from_slice(&self.offset.to_le_bytes());
        bytes[8..].copy_from_slice(&(self.size as u32).to_le_bytes());
        bytes
    }

    /// The end of one that a file claims to have may be past all numbers.
    pub(super) fn end(self) -> u64 {
        self.offset.saturating_add(self.size)
    }
}
