//! What crosses between C and Rust: panics (not), handles, bytes and outputs.

use super::cancellation::CancellationOff;
use super::code::{KEVO_E_INVALID_ARGUMENT, KEVO_E_PANIC, KEVO_OK};
use crate::Error;
use crate::memory::refused;
use libc::{c_char, c_int, c_void};
use std::alloc::{Layout, alloc};
use std::ffi::{CStr, OsStr};
use std::mem::MaybeUninit;
use std::os::unix::ffi::OsStrExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::ptr;
use std::slice;

/// A call ends with a code either way; an error is one that ends it early.
pub(super) type Code = Result<c_int, c_int>;

/// Runs the body of a function that returns a code. No panic leaves it, and the calling thread is not cancelled in it.
pub(super) fn returning_code(body: impl FnOnce() -> Code) -> c_int {
    let _cancellation_off = CancellationOff::new();
    returning_code_from_memory(body)
}

/// As [`returning_code`], for a body that has no cancellation point: it reads and writes memory, allocates, and waits
/// for locks, all of which a cancel leaves alone. It opens, reads, writes, closes and maps no file, calls nothing of
/// the caller's, and starts and joins no thread. To switch cancellation off and on again takes 7 ns, more than
/// to read the entry that an iterator is on.
#[inline]
pub(super) fn returning_code_from_memory(body: impl FnOnce() -> Code) -> c_int {
    or_on_panic(KEVO_E_PANIC, || body().unwrap_or_else(|code| code))
}

/// Runs the body of a function that returns something else, which is `otherwise` if it panics. As of
/// [`returning_code_from_memory`], the body has no cancellation point.
#[inline]
pub(super) fn or_on_panic<T>(otherwise: T, body: impl FnOnce() -> T) -> T {
    // Nothing that a panic could leave half done is looked at again: handles are checked at every call, and the
    // engine's own state changes in single steps.
    catch_unwind(AssertUnwindSafe(body)).unwrap_or(otherwise)
}

/// The value of a handle.
///
/// # Safety
///
/// If `handle` is not NULL it must come from this library, not have been freed, and stay so for `'a`.
pub(super) unsafe fn shared<'a, T>(handle: *const T) -> Result<&'a T, c_int> {
    // SAFETY: by this function's contract.
    unsafe { handle.as_ref() }.ok_or(KEVO_E_INVALID_ARGUMENT)
}

/// The value of a handle that only one thread may use at a time.
///
/// # Safety
///
/// As [`shared`], and no other thread may use it during `'a`.
pub(super) unsafe fn exclusive<'a, T>(handle: *mut T) -> Result<&'a mut T, c_int> {
    // SAFETY: by this function's contract.
    unsafe { handle.as_mut() }.ok_or(KEVO_E_INVALID_ARGUMENT)
}

/// Bytes of the caller's.
///
/// # Safety
///
/// If `data` is not NULL, `len` bytes at it must be readable and stay unchanged for `'a`.
pub(super) unsafe fn bytes<'a>(data: *const c_void, len: usize) -> Result<&'a [u8], c_int> {
    if len == 0 {
        return Ok(&[]);
    }
    if data.is_null() || isize::try_from(len).is_err() {
        return Err(KEVO_E_INVALID_ARGUMENT);
    }
    // SAFETY: not NULL, at most isize::MAX long, and the rest by this function's contract.
    Ok(unsafe { slice::from_raw_parts(data.cast(), len) })
}

/// Bytes of the caller's to be written.
///
/// # Safety
///
/// If `data` is not NULL, `len` bytes at it must be writable, and nothing else may use them during `'a`.
pub(super) unsafe fn writable<'a>(data: *mut c_void, len: usize) -> Result<&'a mut [MaybeUninit<u8>], c_int> {
    if len == 0 {
        return Ok(&mut []);
    }
    if data.is_null() || isize::try_from(len).is_err() {
        return Err(KEVO_E_INVALID_ARGUMENT);
    }
    // SAFETY: not NULL, at most isize::MAX long, and the rest by this function's contract.
    Ok(unsafe { slice::from_raw_parts_mut(data.cast(), len) })
}

/// A path of the caller's.
///
/// # Safety
///
/// If `path` is not NULL, it must be ended by a NUL and stay unchanged for `'a`.
pub(super) unsafe fn path<'a>(path: *const c_char) -> Option<&'a Path> {
    // SAFETY: not NULL, and the rest by this function's contract.
    (!path.is_null()).then(|| OsStr::from_bytes(unsafe { CStr::from_ptr(path) }.to_bytes()).as_ref())
}

/// Items of the caller's.
///
/// # Safety
///
/// If `data` is not NULL, `count` items at it must be readable and stay unchanged for `'a`.
pub(super) unsafe fn items<'a, T>(data: *const T, count: usize) -> Result<&'a [T], c_int> {
    if count == 0 {
        return Ok(&[]);
    }
    let fits = count.checked_mul(size_of::<T>()).is_some_and(|bytes| isize::try_from(bytes).is_ok());
    if data.is_null() || !fits {
        return Err(KEVO_E_INVALID_ARGUMENT);
    }
    // SAFETY: not NULL, at most isize::MAX bytes, and the rest by this function's contract.
    Ok(unsafe { slice::from_raw_parts(data, count) })
}

/// Where the caller wants something written, or nowhere.
#[derive(Debug)]
pub(super) struct Out<T>(*mut T);

impl<T> Out<T> {
    /// An output that the caller may leave out.
    ///
    /// # Safety
    ///
    /// If `target` is not NULL, it must be writable for as long as this is used.
    pub(super) unsafe fn optional(target: *mut T) -> Self {
        Self(target)
    }

    /// An output that must be there.
    ///
    /// # Safety
    ///
    /// As [`optional`](Self::optional).
    pub(super) unsafe fn required(target: *mut T) -> Result<Self, c_int> {
        if target.is_null() { Err(KEVO_E_INVALID_ARGUMENT) } else { Ok(Self(target)) }
    }

    /// Whether the caller wants it.
    pub(super) fn is_wanted(&self) -> bool {
        !self.0.is_null()
    }

    /// An output that the caller does not want.
    pub(super) fn none() -> Self {
        Self(ptr::null_mut())
    }

    /// The output number `index` of an array of them, if the array is wanted.
    ///
    /// # Safety
    ///
    /// `index` must be inside the array.
    pub(super) unsafe fn at(&self, index: usize) -> Self {
        if self.0.is_null() {
            return Self::none();
        }
        // SAFETY: by this function's contract.
        Self(unsafe { self.0.add(index) })
    }

    #[inline]
    pub(super) fn set(&self, value: T) {
        if !self.0.is_null() {
            // SAFETY: writable by the constructors' contracts.
            unsafe { self.0.write(value) };
        }
    }
}

impl<T> Out<*mut T> {
    /// Makes a handle and hands it over to the caller, if it is wanted.
    pub(super) fn give(&self, value: impl FnOnce() -> Result<T, Error>) -> Result<(), Error> {
        if !self.0.is_null() {
            self.set(new_handle(value()?)?);
        }
        Ok(())
    }

    /// What a handle output is set to on failure.
    pub(super) fn clear(&self) {
        self.set(ptr::null_mut());
    }
}

/// A new handle, which the caller owns. It is a box that can be refused.
pub(super) fn new_handle<T>(value: T) -> Result<*mut T, Error> {
    const { assert!(size_of::<T>() > 0, "no memory is allocated for nothing") };
    // SAFETY: the size is not 0.
    let handle = unsafe { alloc(Layout::new::<T>()) }.cast::<T>();
    if handle.is_null() {
        return Err(refused::<T>(1));
    }
    // SAFETY: allocated for a value of this type.
    unsafe { handle.write(value) };
    Ok(handle)
}

/// As [`new_handle`], for a function that returns the handle: NULL if there is no memory, or after a panic.
pub(super) fn returning_handle<T>(value: impl FnOnce() -> T) -> *mut T {
    or_on_panic(ptr::null_mut(), || new_handle(value()).unwrap_or(ptr::null_mut()))
}

/// Frees a handle. NULL is nothing to free.
///
/// # Safety
///
/// If `handle` is not NULL it must come from [`new_handle`] and not be used any more, by any thread.
pub(super) unsafe fn free<T>(handle: *mut T) {
    if !handle.is_null() {
        // SAFETY: by this function's contract; `new_handle` allocates as a box does.
        let owned = unsafe { Box::from_raw(handle) };
        let _cancellation_off = CancellationOff::new();
        or_on_panic((), || drop(owned));
    }
}

/// A setter's answer: what was to be set is in range, and is set now.
pub(super) const DONE: Code = Ok(KEVO_OK);
