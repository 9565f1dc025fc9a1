//! What keys have in common: the bytes that all of them begin with, which prefixes leave out.

use crate::key::common_prefix_len;
use crate::log::bytes::{LogBytes, key_start};
use crate::log::position::Position;

/// Bytes of the log that some keys begin with.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct CommonPrefix {
    start: usize,
    pub(super) len: usize,
}

impl CommonPrefix {
    /// Of versions of two keys, which all keys between them have in common, too.
    pub(super) fn of(lowest: Position, highest: Position, log: &LogBytes) -> Self {
        Self { start: key_start(lowest), len: common_prefix_len(log.key(lowest), log.key(highest)) }
    }

    #[inline]
    pub(super) fn bytes<'a>(&self, log: &'a LogBytes) -> &'a [u8] {
        log.bytes(self.start, self.len)
    }

    /// Whether `key` begins with it.
    #[inline]
    pub(super) fn begins(&self, key: &[u8], log: &LogBytes) -> bool {
        self.len == 0 || key.starts_with(self.bytes(log))
    }
}
