//! Errors as objects, for a caller that wants to know more than the code.

use super::boundary::{Out, free, or_on_panic, shared};
use super::text::Text;
use crate::Error;
use libc::{c_char, c_int};
use std::ptr;

/// What went wrong, where, and what to do about it. It is made by the functions that take a kevo_error **, and then
/// owned by the caller; that of kevo_iterator_error belongs to the iterator.
#[derive(Debug)]
pub struct kevo_error {
    error: Error,
    message: Text,
    path: Option<Text>,
}

impl kevo_error {
    pub(super) fn new(error: Error) -> Result<Self, Error> {
        let message = Text::of(&error)?;
        let path = error.path().map(Text::of_path).transpose()?;
        Ok(Self { error, message, path })
    }

    /// Gives the caller an error, if it is wanted, and returns its code. If there is no memory for it, that is what the
    /// code says.
    pub(super) fn hand_over(error: Error, out: &Out<*mut Self>) -> c_int {
        let code = error.code();
        out.give(|| Self::new(error)).map_or_else(|refused| refused.code(), |()| code)
    }
}

/// The code of an error, as the function that made it returned it.
///
/// Returns: a negative code; 0 if `error` is NULL.
/// Threads: any number at once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_error_code(error: *const kevo_error) -> c_int {
    // SAFETY: a handle of this type or NULL, by the caller.
    or_on_panic(0, || unsafe { shared(error) }.map_or(0, |error| error.error.code()))
}

/// One sentence that says what is wrong, where, and what to do about it, in English. Bytes of a path that are not UTF-8
/// are replaced in it.
///
/// Returns: a string that belongs to the error and lives as long; NULL if `error` is NULL.
/// Threads: any number at once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_error_message(error: *const kevo_error) -> *const c_char {
    // SAFETY: a handle of this type or NULL, by the caller.
    or_on_panic(ptr::null(), || unsafe { shared(error) }.map_or(ptr::null(), |error| error.message.as_ptr()))
}

/// The file or directory that an error is about, byte for byte. For a recovery this is the WAL directory as it was
/// given, or a path below it; for an export it is the directory that was given.
///
/// Returns: a string that belongs to the error and lives as long; NULL if there is none or `error` is NULL.
/// Threads: any number at once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_error_path(error: *const kevo_error) -> *const c_char {
    or_on_panic(ptr::null(), || {
        // SAFETY: a handle of this type or NULL, by the caller.
        let path = unsafe { shared(error) }.ok().and_then(|error| error.path.as_ref());
        path.map_or(ptr::null(), Text::as_ptr)
    })
}

/// Where in that file the damage or failure starts, in bytes from the file's start.
///
/// Returns: the offset; UINT64_MAX if there is none; 0 if `error` is NULL.
/// Threads: any number at once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_error_offset(error: *const kevo_error) -> u64 {
    // SAFETY: a handle of this type or NULL, by the caller.
    or_on_panic(0, || unsafe { shared(error) }.map_or(0, |error| error.error.offset().unwrap_or(u64::MAX)))
}

/// The operating system's own number for what went wrong, an errno.
///
/// Returns: the number; 0 if there is none or `error` is NULL.
/// Threads: any number at once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_error_os_code(error: *const kevo_error) -> c_int {
    // SAFETY: a handle of this type or NULL, by the caller.
    or_on_panic(0, || unsafe { shared(error) }.map_or(0, |error| error.error.os_code().unwrap_or(0)))
}

/// Frees an error and the strings that belong to it. NULL is allowed.
///
/// Threads: no other may be using it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_error_free(error: *mut kevo_error) {
    // SAFETY: a handle of this type, not used any more, or NULL, by the caller.
    unsafe { free(error) }
}
