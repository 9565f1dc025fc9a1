//! Items: what the index stores for each entry.

use crate::log::bytes::{LogBytes, key_start};
use crate::log::format::entry::{Entry, Op, VALUE_LENGTH_LEN};
use crate::log::position::Position;
use bytemuck::{Pod, Zeroable};

/// The flag in `position` that marks a delete.
const DELETE: u64 = 1;

/// An entry: its position in the log, and everything about it except the bytes of its key and value. So a scan need not
/// read the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct Item {
    /// [`prefix`](crate::key::prefix) of its key, after the bytes that all keys of its segment begin with.
    pub(super) prefix: u64,
    /// Its position, shifted left by one bit, and the flag [`DELETE`].
    position: u64,
    pub(crate) sequence: u64,
    key_len: u32,
    value_len: u32,
}

impl Item {
    #[inline]
    pub(super) fn new(prefix: u64, position: Position, entry: &Entry<'_>) -> Self {
        Self {
            prefix,
            position: position.to_bits() << 1 | if entry.op == Op::Delete { DELETE } else { 0 },
            sequence: entry.sequence,
            key_len: entry.key.len() as u32,
            value_len: entry.value.len() as u32,
        }
    }

    #[inline]
    pub(in crate::recovered) fn position(&self) -> Position {
        Position::from_bits(self.position >> 1)
    }

    #[inline]
    pub(in crate::recovered) fn is_delete(&self) -> bool {
        self.position & DELETE != 0
    }

    #[inline]
    pub(super) fn key_len(&self) -> usize {
        self.key_len as usize
    }

    #[inline]
    pub(crate) fn key<'a>(&self, log: &'a LogBytes) -> &'a [u8] {
        log.bytes(key_start(self.position()), self.key_len as usize)
    }

    /// Its value; `None` if it is a delete.
    #[inline]
    pub(crate) fn value<'a>(&self, log: &'a LogBytes) -> Option<&'a [u8]> {
        let start = key_start(self.position()) + self.key_len as usize + VALUE_LENGTH_LEN;
        (!self.is_delete()).then(|| log.bytes(start, self.value_len as usize))
    }

    #[inline]
    pub(crate) fn entry<'a>(&self, log: &'a LogBytes) -> Entry<'a> {
        let value = self.value(log);
        let op = if value.is_some() { Op::Put } else { Op::Delete };
        Entry { op, sequence: self.sequence, key: self.key(log), value: value.unwrap_or_default() }
    }

    /// Whether it has the same key as `other`, which must be in the same index.
    #[inline]
    pub(crate) fn has_key_of(&self, other: &Self, log: &LogBytes) -> bool {
        self.prefix == other.prefix && self.key(log) == other.key(log)
    }

    /// Prefetches its key.
    #[inline]
    pub(in crate::recovered) fn prefetch(&self, log: &LogBytes) {
        log.prefetch_at(key_start(self.position()));
    }
}
