//! The common prefix of keys: the bytes that all of them begin with. The prefixes in items leave these bytes out.

use crate::key::common_prefix_len;
use crate::log::bytes::{LogBytes, key_start};
use crate::log::position::Position;

/// Bytes that some keys begin with, by their offset in the log.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct CommonPrefix {
    start: usize,
    pub(super) len: usize,
}

impl CommonPrefix {
    /// The common prefix of two keys, each given by a version. All keys between them begin with it too.
    pub(super) fn of(lowest: Position, highest: Position, log: &LogBytes) -> Self {
        Self { start: key_start(lowest), len: common_prefix_len(log.key(lowest), log.key(highest)) }
    }

    #[inline]
    pub(super) fn bytes<'a>(&self, log: &'a LogBytes) -> &'a [u8] {
        log.bytes(self.start, self.len)
    }

    /// Whether `key` begins with these bytes.
    #[inline]
    pub(super) fn is_prefix_of(&self, key: &[u8], log: &LogBytes) -> bool {
        self.len == 0 || key.starts_with(self.bytes(log))
    }
}
