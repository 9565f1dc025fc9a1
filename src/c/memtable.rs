//! One memtable.

use super::boundary::{DONE, free, or_on_panic, returning_code_from_memory, shared};
use super::lookup::{after_sorting, get, write};
use super::slice::kevo_slice;
use crate::MemtableHandle;
use libc::{c_int, c_void};
use std::ptr;

/// One memtable of a list. It is made by kevo_memtable_list_table, and owned by the caller. It keeps its list alive.
#[derive(Debug)]
pub struct kevo_memtable {
    pub(super) memtable: MemtableHandle,
}

impl kevo_memtable {
    pub(super) fn new(memtable: MemtableHandle) -> Self {
        Self { memtable }
    }
}

/// Looks a key up in this memtable alone: its newest version with a sequence number of at most `max_sequence`
/// (KEVO_SEQUENCE_LATEST for any).
///
/// `value` and `sequence` may be NULL; with both NULL it asks whether the key is there. `*value` is set to the list's
/// own bytes (see kevo_slice).
///
/// Returns:
/// KEVO_OK: found; `*value` and `*sequence` are set.
/// KEVO_DELETED: that version is a delete; `*sequence` is set.
/// KEVO_NOT_FOUND: there is no such version in this memtable; nothing is set.
/// KEVO_E_NO_MEMORY: only from the first lookup or iterator of a list, which sorts; nothing is set.
/// KEVO_E_INVALID_ARGUMENT: `memtable` is NULL, or `key` is and `key_len` is not 0.
/// KEVO_E_PANIC: an error in the library.
///
/// Threads: any number at once, and while others write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_memtable_get(
    memtable: *const kevo_memtable,
    key: *const c_void,
    key_len: usize,
    max_sequence: u64,
    value: *mut kevo_slice,
    sequence: *mut u64,
) -> c_int {
    // SAFETY: by the caller.
    unsafe {
        get(memtable, key, key_len, value, sequence, |memtable, key| {
            after_sorting(memtable.memtable.is_sorted(), || memtable.memtable.get(key, max_sequence))
        })
    }
}

/// Gives a key a value in this memtable, even if it is full. In KEVO_ORDER_LOG this version is now the newest of the
/// key in it, whatever `sequence` is. The list's maximum sequence number follows. Key and value are copied. Nothing is
/// written to any file.
///
/// Returns: KEVO_OK: every get and iterator made from now on sees it; KEVO_E_IMMUTABLE if the memtable is immutable;
/// KEVO_E_INVALID_ARGUMENT if `memtable` is NULL, a pointer to bytes is NULL and their number is not 0, or key or value
/// are longer than 2^32 - 1 bytes; KEVO_E_NO_MEMORY: nothing is written; KEVO_E_PANIC.
/// Threads: any number at once, also with reads; writes wait for each other.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_memtable_put(
    memtable: *mut kevo_memtable,
    key: *const c_void,
    key_len: usize,
    value: *const c_void,
    value_len: usize,
    sequence: u64,
) -> c_int {
    let put = |memtable: &kevo_memtable, key: &[u8], value: &[u8]| memtable.memtable.put(key, value, sequence);
    // SAFETY: by the caller.
    unsafe { write(memtable, (key, key_len), (value, value_len), put) }
}

/// Deletes a key in this memtable, even if it is full: writes a delete, just as kevo_memtable_put writes a put.
///
/// Returns: KEVO_OK: every get and iterator made from now on sees it; KEVO_E_IMMUTABLE if the memtable is immutable;
/// KEVO_E_INVALID_ARGUMENT if `memtable` is NULL, `key` is and `key_len` is not 0, or the key is longer than 2^32 - 1
/// bytes; KEVO_E_NO_MEMORY: nothing is written; KEVO_E_PANIC.
/// Threads: any number at once, also with reads; writes wait for each other.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_memtable_delete(
    memtable: *mut kevo_memtable,
    key: *const c_void,
    key_len: usize,
    sequence: u64,
) -> c_int {
    let delete = |memtable: &kevo_memtable, key: &[u8], _: &[u8]| memtable.memtable.delete(key, sequence);
    // SAFETY: by the caller; there is no value.
    unsafe { write(memtable, (key, key_len), (ptr::null(), 0), delete) }
}

/// Makes a memtable immutable, for good: from now on it takes no more writes. If it is the last of its list, the list's
/// next write starts a new one. Doing it again changes nothing.
///
/// Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `memtable` is NULL; KEVO_E_PANIC.
/// Threads: any number at once; it waits for a write that is going on.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_memtable_set_immutable(memtable: *mut kevo_memtable) -> c_int {
    returning_code_from_memory(|| {
        // SAFETY: a handle of this type or NULL, by the caller.
        unsafe { shared(memtable) }?.memtable.set_immutable();
        DONE
    })
}

/// Asks whether a memtable takes no more writes.
///
/// Returns: 1 if it is immutable; 0 if it is open, or `memtable` is NULL.
/// Threads: any number at once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_memtable_is_immutable(memtable: *const kevo_memtable) -> c_int {
    // SAFETY: a handle of this type or NULL, by the caller.
    or_on_panic(0, || unsafe { shared(memtable) }.map_or(0, |memtable| c_int::from(memtable.memtable.is_immutable())))
}

/// The approximate size of a memtable, in bytes: for each put and delete in it, superseded ones included, key length +
/// value length + 16.
///
/// Returns: the size; 0 if `memtable` is NULL.
/// Threads: any number at once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_memtable_approximate_size(memtable: *const kevo_memtable) -> u64 {
    // SAFETY: a handle of this type or NULL, by the caller.
    or_on_panic(0, || unsafe { shared(memtable) }.map_or(0, |memtable| memtable.memtable.approximate_size()))
}

/// How many puts and deletes are in a memtable, superseded ones included.
///
/// Returns: the number; 0 if `memtable` is NULL.
/// Threads: any number at once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_memtable_entry_count(memtable: *const kevo_memtable) -> u64 {
    // SAFETY: a handle of this type or NULL, by the caller.
    or_on_panic(0, || unsafe { shared(memtable) }.map_or(0, |memtable| memtable.memtable.entry_count()))
}

/// The sequence number that follows the highest in a memtable.
///
/// Returns: that highest number + 1, at most UINT64_MAX; 0 if the memtable is empty or `memtable` is NULL.
/// Threads: any number at once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_memtable_next_sequence(memtable: *const kevo_memtable) -> u64 {
    // SAFETY: a handle of this type or NULL, by the caller.
    or_on_panic(0, || unsafe { shared(memtable) }.map_or(0, |memtable| memtable.memtable.next_sequence()))
}

/// How long ago a memtable was made, in seconds, by a clock that is never set back. (A recovered one was made by
/// kevo_recover.)
///
/// Returns: the seconds; 0 if `memtable` is NULL.
/// Threads: any number at once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_memtable_age_seconds(memtable: *const kevo_memtable) -> f64 {
    // SAFETY: a handle of this type or NULL, by the caller.
    or_on_panic(0.0, || unsafe { shared(memtable) }.map_or(0.0, |memtable| memtable.memtable.age().as_secs_f64()))
}

/// Frees a handle on a memtable. NULL is allowed. The memtable stays in its list.
///
/// Threads: no other may be using this handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_memtable_free(memtable: *mut kevo_memtable) {
    // SAFETY: a handle of this type, not used any more, or NULL, by the caller.
    unsafe { free(memtable) }
}
