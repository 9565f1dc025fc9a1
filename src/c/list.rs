//! The list: all memtables together.

use super::boundary::{
    Out, bytes, free, items, or_on_panic, returning_code, returning_code_from_memory, returning_handle, shared,
};
use super::code::{KEVO_E_INVALID_ARGUMENT, KEVO_OK};
use super::lookup::{after_sorting, answer, get, write};
use super::memtable::kevo_memtable;
use super::slice::kevo_slice;
use crate::MemtableList;
use libc::{c_int, c_void};
use std::ptr;

/// All memtables of a log, oldest first. The last one is open for writes. It is made by kevo_recover, and owned by the
/// caller.
#[derive(Debug)]
pub struct kevo_memtable_list {
    pub(super) list: MemtableList,
}

impl kevo_memtable_list {
    pub(super) fn new(list: MemtableList) -> Self {
        Self { list }
    }
}

/// Makes another handle on the same list, for another owner.
///
/// Returns: a handle, which the caller frees with kevo_memtable_list_free; the list lives until the last of its
/// handles, memtables and iterators is freed. NULL if `list` is NULL, or if there is no memory.
/// Threads: any number at once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_memtable_list_ref(list: *const kevo_memtable_list) -> *mut kevo_memtable_list {
    // SAFETY: a handle of this type or NULL, by the caller.
    let Ok(list) = (unsafe { shared(list) }) else { return ptr::null_mut() };
    returning_handle(|| kevo_memtable_list::new(list.list.clone()))
}

/// Frees a handle on a list. NULL is allowed. Memtables and iterators from it go on working.
///
/// Threads: no other may be using this handle; others on the same list may be in use.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_memtable_list_free(list: *mut kevo_memtable_list) {
    // SAFETY: a handle of this type, not used any more, or NULL, by the caller.
    unsafe { free(list) }
}

/// How many memtables the list has now.
///
/// Returns: the number, at least 1; 0 if `list` is NULL.
/// Threads: any number at once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_memtable_list_count(list: *const kevo_memtable_list) -> usize {
    // SAFETY: a handle of this type or NULL, by the caller.
    or_on_panic(0, || unsafe { shared(list) }.map_or(0, |list| list.list.count()))
}

/// The highest sequence number of all that was read and not ignored, merges included, and of all that was written
/// since.
///
/// Returns: the number; 0 if there is none or `list` is NULL.
/// Threads: any number at once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_memtable_list_max_sequence(list: *const kevo_memtable_list) -> u64 {
    // SAFETY: a handle of this type or NULL, by the caller.
    or_on_panic(0, || unsafe { shared(list) }.map_or(0, |list| list.list.max_sequence()))
}

/// Looks a key up in all memtables: its newest version with a sequence number of at most `max_sequence`
/// (KEVO_SEQUENCE_LATEST for any).
///
/// `value` and `sequence` may be NULL; with both NULL it asks whether the key is there. `*value` is set to the list's
/// own bytes (see kevo_slice).
///
/// Returns:
/// KEVO_OK: found; `*value` and `*sequence` are set.
/// KEVO_DELETED: that version is a delete; `*sequence` is set.
/// KEVO_NOT_FOUND: there is no such version; nothing is set.
/// KEVO_E_NO_MEMORY: only from the first lookup or iterator of a list, which sorts; nothing is set.
/// KEVO_E_INVALID_ARGUMENT: `list` is NULL, or `key` is and `key_len` is not 0.
/// KEVO_E_PANIC: an error in the library.
///
/// Threads: any number at once, and while others write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_memtable_list_get(
    list: *const kevo_memtable_list,
    key: *const c_void,
    key_len: usize,
    max_sequence: u64,
    value: *mut kevo_slice,
    sequence: *mut u64,
) -> c_int {
    // SAFETY: by the caller.
    unsafe {
        get(list, key, key_len, value, sequence, |list, key| {
            after_sorting(list.list.is_sorted(), || list.list.get(key, max_sequence))
        })
    }
}

/// Looks up `count` keys at once, each as kevo_memtable_list_get does.
///
/// `keys`, `values` and `codes` are arrays of `count`. `codes[i]` is set to what kevo_memtable_list_get returns for
/// `keys[i]`: KEVO_OK, KEVO_DELETED or KEVO_NOT_FOUND; `values[i]` is set only where that is KEVO_OK. `values` may be
/// NULL.
///
/// Returns: KEVO_OK: see `codes`; KEVO_E_INVALID_ARGUMENT if `list`, `keys` or `codes` is NULL (the last two may be if
/// `count` is 0) or a key is {NULL, more than 0}, and nothing is set;
/// KEVO_E_NO_MEMORY; KEVO_E_PANIC.
/// Threads: any number at once, and while others write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_memtable_list_multi_get(
    list: *const kevo_memtable_list,
    keys: *const kevo_slice,
    count: usize,
    max_sequence: u64,
    values: *mut kevo_slice,
    codes: *mut c_int,
) -> c_int {
    returning_code(|| {
        // SAFETY: a handle of this type or NULL, and an array or NULL, by the caller.
        let (list, keys) = unsafe { (shared(list)?, items(keys, count)?) };
        if codes.is_null() && count > 0 {
            return Err(KEVO_E_INVALID_ARGUMENT);
        }
        // SAFETY: arrays of `count` that are writable, or NULL, by the caller.
        let (values, codes) = unsafe { (Out::optional(values), Out::optional(codes)) };
        // SAFETY: bytes or NULL, by the caller.
        let check = keys.iter().try_for_each(|key| unsafe { bytes(key.data, key.len) }.map(drop));
        check?;
        // SAFETY: as above; all of them have just been found well formed.
        let keys = keys.iter().map(|key| unsafe { bytes(key.data, key.len) }.unwrap_or_default());
        let mut index = 0;
        let done = list.list.multi_get(keys, max_sequence, |lookup| {
            // SAFETY: there are `count` keys, so `index` is less than `count`.
            let (value, code) = unsafe { (values.at(index), codes.at(index)) };
            code.set(answer(&lookup, &value, &Out::none()));
            index += 1;
        });
        done.map(|()| KEVO_OK).map_err(|error| error.code())
    })
}

/// Gives a key a value, in the last memtable. One that is full or immutable is followed by a new one first (the limit
/// on memtables is recovery's). In KEVO_ORDER_LOG this version is now the newest of the key, whatever `sequence` is.
/// The list's maximum sequence number follows. Key and value are copied. Nothing is written to any file.
///
/// Returns: KEVO_OK: every get and iterator made from now on sees it; KEVO_E_INVALID_ARGUMENT if `list` is NULL, a
/// pointer to bytes is NULL and their number is not 0, or key or value are longer than 2^32 - 1 bytes;
/// KEVO_E_NO_MEMORY: nothing is written; KEVO_E_PANIC.
/// Threads: any number at once, also with reads; writes wait for each other.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_memtable_list_put(
    list: *mut kevo_memtable_list,
    key: *const c_void,
    key_len: usize,
    value: *const c_void,
    value_len: usize,
    sequence: u64,
) -> c_int {
    let put = |list: &kevo_memtable_list, key: &[u8], value: &[u8]| list.list.put(key, value, sequence);
    // SAFETY: by the caller.
    unsafe { write(list, (key, key_len), (value, value_len), put) }
}

/// Deletes a key: writes a delete into the last memtable, just as kevo_memtable_list_put writes a put.
///
/// Returns: KEVO_OK: every get and iterator made from now on sees it; KEVO_E_INVALID_ARGUMENT if `list` is NULL, `key`
/// is and `key_len` is not 0, or the key is longer than 2^32 - 1 bytes; KEVO_E_NO_MEMORY: nothing is written;
/// KEVO_E_PANIC.
/// Threads: any number at once, also with reads; writes wait for each other.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_memtable_list_delete(
    list: *mut kevo_memtable_list,
    key: *const c_void,
    key_len: usize,
    sequence: u64,
) -> c_int {
    let delete = |list: &kevo_memtable_list, key: &[u8], _: &[u8]| list.list.delete(key, sequence);
    // SAFETY: by the caller; there is no value.
    unsafe { write(list, (key, key_len), (ptr::null(), 0), delete) }
}

/// One memtable of the list; `index` counts from 0, the oldest.
///
/// `*memtable` is set to a handle, which the caller frees with kevo_memtable_free; it keeps the list alive. On failure
/// it is set to NULL.
///
/// Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `list` or `memtable` is NULL or `index` is past the end;
/// KEVO_E_NO_MEMORY; KEVO_E_PANIC.
/// Threads: any number at once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_memtable_list_table(
    list: *const kevo_memtable_list,
    index: usize,
    memtable: *mut *mut kevo_memtable,
) -> c_int {
    returning_code_from_memory(|| {
        // SAFETY: writable or NULL, by the caller.
        let memtable = unsafe { Out::required(memtable) }?;
        memtable.clear();
        // SAFETY: a handle of this type or NULL, by the caller.
        let list = unsafe { shared(list) }?;
        let found = list.list.memtable(index).ok_or(KEVO_E_INVALID_ARGUMENT)?;
        let given = memtable.give(|| Ok(kevo_memtable::new(found)));
        given.map(|()| KEVO_OK).map_err(|refused| refused.code())
    })
}
