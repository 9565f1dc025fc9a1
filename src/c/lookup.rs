//! Lookups and writes, which a list and a memtable have alike, and the engine's answers to them as codes and outputs.

use super::boundary::{Out, bytes, returning_code_from_memory, shared};
use super::cancellation::CancellationOff;
use super::code::{KEVO_DELETED, KEVO_NOT_FOUND, KEVO_OK};
use super::slice::kevo_slice;
use crate::{Error, Lookup};
use libc::{c_int, c_void};

/// Gives an answer to the caller.
pub(super) fn answer(lookup: &Result<Lookup<'_>, Error>, value: &Out<kevo_slice>, sequence: &Out<u64>) -> c_int {
    match lookup {
        Ok(Lookup::Found { value: found, sequence: of }) => {
            value.set(kevo_slice::of(found));
            sequence.set(*of);
            KEVO_OK
        }
        Ok(Lookup::Deleted { sequence: of }) => {
            sequence.set(*of);
            KEVO_DELETED
        }
        Ok(Lookup::NeverSeen) => KEVO_NOT_FOUND,
        Err(error) => error.code(),
    }
}

/// Runs a lookup, with cancellation off if what was recovered `is_sorted` only by it: that joins the threads that help.
/// Later lookups find all they need in memory.
#[inline]
pub(super) fn after_sorting<T>(is_sorted: bool, lookup: impl FnOnce() -> T) -> T {
    let _cancellation_off = (!is_sorted).then(CancellationOff::new);
    lookup()
}

/// Looks a key up in what a handle stands for. `get` has no cancellation point, by [`after_sorting`].
///
/// # Safety
///
/// `handle` is a handle of its type or NULL, `key` is `key_len` bytes or NULL, and the outputs are writable or NULL.
pub(super) unsafe fn get<'a, T: 'a>(
    handle: *const T,
    key: *const c_void,
    key_len: usize,
    value: *mut kevo_slice,
    sequence: *mut u64,
    get: impl FnOnce(&'a T, &[u8]) -> Result<Lookup<'a>, Error>,
) -> c_int {
    returning_code_from_memory(|| {
        // SAFETY: by this function's contract.
        let (handle, key) = unsafe { (shared(handle)?, bytes(key, key_len)?) };
        // SAFETY: by this function's contract.
        let (value, sequence) = unsafe { (Out::optional(value), Out::optional(sequence)) };
        Ok(answer(&get(handle, key), &value, &sequence))
    })
}

/// Writes a key, and a value if there is one, to what a handle stands for.
///
/// # Safety
///
/// `handle` is a handle of its type or NULL, and `key` and `value` are so many bytes or NULL.
pub(super) unsafe fn write<T>(
    handle: *const T,
    (key, key_len): (*const c_void, usize),
    (value, value_len): (*const c_void, usize),
    write: impl FnOnce(&T, &[u8], &[u8]) -> Result<(), Error>,
) -> c_int {
    returning_code_from_memory(|| {
        // SAFETY: by this function's contract.
        let handle = unsafe { shared(handle) }?;
        // SAFETY: by this function's contract.
        let (key, value) = unsafe { (bytes(key, key_len)?, bytes(value, value_len)?) };
        write(handle, key, value).map(|()| KEVO_OK).map_err(|error| error.code())
    })
}
