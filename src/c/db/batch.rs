//! Batches: operations that are written together.

use super::super::boundary::{
    Code, DONE, Out, bytes, exclusive, free, or_on_panic, returning_code_from_memory, returning_handle, shared,
};
use super::super::code::{KEVO_E_INVALID_ARGUMENT, KEVO_OK};
use super::super::slice::kevo_entry;
use crate::db::Batch;
use libc::{c_int, c_void};
use std::ptr;

/// Puts and deletes that are written together: all of them or none, in every crash. It is made by kevo_batch_new, and
/// owned by the caller. It may have one key more than once; the last operation counts.
///
/// A key has at most 16 MiB, a value at most 1 GiB, and a batch that is written takes at most 4 GiB of log.
#[derive(Debug)]
pub struct kevo_batch {
    pub(super) batch: Batch,
}

/// Makes an empty batch.
///
/// Returns: the batch, which the caller frees with kevo_batch_free; NULL if there is no memory, or after an error in
/// the library.
/// Threads: any number at once.
#[unsafe(no_mangle)]
pub extern "C" fn kevo_batch_new() -> *mut kevo_batch {
    returning_handle(|| kevo_batch { batch: Batch::new() })
}

/// Frees a batch. NULL is allowed. What was written of it is not affected.
///
/// Threads: no other may be using it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_batch_free(batch: *mut kevo_batch) {
    // SAFETY: a handle of this type, not used any more, or NULL, by the caller.
    unsafe { free(batch) }
}

/// Takes everything out of a batch. It keeps its memory, for what is put into it next. NULL is allowed.
///
/// Threads: no other may be using it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_batch_clear(batch: *mut kevo_batch) {
    or_on_panic((), || {
        // SAFETY: a handle of this type that no other thread uses, or NULL, by the caller.
        if let Ok(batch) = unsafe { exclusive(batch) } {
            batch.batch.clear();
        }
    });
}

/// Changes a batch.
///
/// # Safety
///
/// `batch` is a handle of this type that no other thread uses, or NULL.
unsafe fn change(batch: *mut kevo_batch, change: impl FnOnce(&mut Batch) -> Code) -> c_int {
    // SAFETY: by this function's contract.
    returning_code_from_memory(|| change(&mut unsafe { exclusive(batch) }?.batch))
}

/// Adds a put to a batch. Key and value are copied; they must not be bytes of this batch itself.
///
/// Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `batch` is NULL, or a pointer to bytes is and their number is not 0;
/// KEVO_E_TOO_LARGE if the key has more than 16 MiB or the value more than 1 GiB; KEVO_E_NO_MEMORY; KEVO_E_PANIC.
/// After a failure the batch is as it was.
/// Threads: no other may be using the batch.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_batch_put(
    batch: *mut kevo_batch,
    key: *const c_void,
    key_len: usize,
    value: *const c_void,
    value_len: usize,
) -> c_int {
    let put = |batch: &mut Batch| {
        // SAFETY: bytes or NULL, by the caller.
        let (key, value) = unsafe { (bytes(key, key_len)?, bytes(value, value_len)?) };
        batch.put(key, value).map_or_else(|error| Err(error.code()), |()| DONE)
    };
    // SAFETY: by the caller.
    unsafe { change(batch, put) }
}

/// Adds a delete to a batch. The key is copied; it must not be bytes of this batch itself.
///
/// Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `batch` is NULL, or `key` is and `key_len` is not 0; KEVO_E_TOO_LARGE
/// if the key has more than 16 MiB; KEVO_E_NO_MEMORY; KEVO_E_PANIC. After a failure the batch is as it was.
/// Threads: no other may be using the batch.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_batch_delete(batch: *mut kevo_batch, key: *const c_void, key_len: usize) -> c_int {
    let delete = |batch: &mut Batch| {
        // SAFETY: bytes or NULL, by the caller.
        let key = unsafe { bytes(key, key_len) }?;
        batch.delete(key).map_or_else(|error| Err(error.code()), |()| DONE)
    };
    // SAFETY: by the caller.
    unsafe { change(batch, delete) }
}

/// Adds all operations of another batch, which may be the same one.
///
/// Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if a pointer is NULL; KEVO_E_NO_MEMORY; KEVO_E_PANIC. After a failure the
/// batch is as it was.
/// Threads: no other may be using `batch`, or changing `other`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_batch_append(batch: *mut kevo_batch, other: *const kevo_batch) -> c_int {
    let append = |to: &mut Batch| {
        let appended = if ptr::eq(batch, other) {
            to.append_itself()
        } else {
            // SAFETY: a handle of this type, another one than that which is changed, or NULL, by the caller.
            to.append(&unsafe { shared(other) }?.batch)
        };
        appended.map_or_else(|error| Err(error.code()), |()| DONE)
    };
    // SAFETY: by the caller.
    unsafe { change(batch, append) }
}

/// Gives one operation of a batch; `index` counts from 0, in the order in which they were added.
///
/// `*entry` is set to it, with the sequence number 0. Its key and value are the batch's own bytes, and valid until the
/// batch changes or is freed.
///
/// Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if a pointer is NULL or `index` is past the end, and nothing is set;
/// KEVO_E_PANIC.
/// Threads: any number at once, while none changes the batch.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_batch_entry(batch: *const kevo_batch, index: usize, entry: *mut kevo_entry) -> c_int {
    returning_code_from_memory(|| {
        // SAFETY: a handle of this type, and writable, or NULL, by the caller.
        let (batch, out) = unsafe { (shared(batch)?, Out::required(entry)?) };
        let entry = batch.batch.entry(index).ok_or(KEVO_E_INVALID_ARGUMENT)?;
        out.set(kevo_entry::of(&entry));
        Ok(KEVO_OK)
    })
}

/// How many operations a batch has.
///
/// Returns: the number; 0 if `batch` is NULL.
/// Threads: any number at once, while none changes the batch.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_batch_count(batch: *const kevo_batch) -> usize {
    // SAFETY: a handle of this type or NULL, by the caller.
    or_on_panic(0, || unsafe { shared(batch) }.map_or(0, |batch| batch.batch.len()))
}

/// How many bytes of log a batch will take.
///
/// Returns: the number; 0 if `batch` is NULL.
/// Threads: any number at once, while none changes the batch.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_batch_size(batch: *const kevo_batch) -> u64 {
    or_on_panic(0, || {
        // SAFETY: a handle of this type or NULL, by the caller.
        unsafe { shared(batch) }.map_or(0, |batch| if batch.batch.is_empty() { 0 } else { batch.batch.log_len() })
    })
}
