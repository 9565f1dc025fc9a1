//! The two structs whose layout callers know.

use crate::{Entry, Op};
use libc::c_void;
use std::ptr;

/// A put.
pub const KEVO_OP_PUT: u32 = 1;
/// A delete: a tombstone.
pub const KEVO_OP_DELETE: u32 = 2;

/// Bytes that belong to a list, or to what a pin or an iterator holds.
///
/// Those of a list stay where they are, unchanged, for as long as any handle on that list, or a memtable or iterator
/// from it, lives, whatever is written to the list meanwhile; how long all others do is said where they are given.
/// They are not ended by a NUL. The `data` of an empty slice may be anything.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct kevo_slice {
    /// The first byte.
    pub data: *const c_void,
    /// How many bytes there are.
    pub len: usize,
}

/// One version of a key.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct kevo_entry {
    /// The key; may be empty.
    pub key: kevo_slice,
    /// The value; may be empty. {NULL, 0} for a delete.
    pub value: kevo_slice,
    /// The sequence number that it was written with.
    pub sequence: u64,
    /// KEVO_OP_PUT or KEVO_OP_DELETE.
    pub op: u32,
    /// 0.
    pub reserved: u32,
}

static EMPTY: [u8; 1] = [0];

impl kevo_slice {
    const NONE: Self = Self { data: ptr::null(), len: 0 };

    pub(super) fn of(bytes: &[u8]) -> Self {
        // What Rust calls the address of no bytes may be no address at all.
        let bytes = if bytes.is_empty() { &EMPTY[..0] } else { bytes };
        Self { data: bytes.as_ptr().cast(), len: bytes.len() }
    }
}

impl kevo_entry {
    #[inline]
    pub(super) fn of(entry: &Entry<'_>) -> Self {
        Self {
            key: kevo_slice::of(entry.key),
            value: if entry.op == Op::Delete { kevo_slice::NONE } else { kevo_slice::of(entry.value) },
            sequence: entry.sequence,
            op: entry.op.code(),
            reserved: 0,
        }
    }
}
