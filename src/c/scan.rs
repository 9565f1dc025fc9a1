//! What an iterator is to go through.

use super::boundary::{Code, DONE, bytes, exclusive, free, returning_code_from_memory, returning_handle};
use super::code::{KEVO_E_INVALID_ARGUMENT, KEVO_E_NO_MEMORY};
use crate::Scan;
use crate::memory::copied;
use libc::{c_int, c_void};
use std::ops::Bound;

/// A scan gives every version, newest first, not only the newest.
pub const KEVO_SCAN_ALL_VERSIONS: u32 = 1;
/// A scan gives deletes too.
pub const KEVO_SCAN_TOMBSTONES: u32 = 2;

/// What an iterator is to go through: a range of keys, and which versions of each. It is made by kevo_scan_new, and
/// owned by the caller.
#[derive(Debug)]
pub struct kevo_scan {
    pub(super) scan: Scan,
}

/// Makes a scan of all keys, giving the newest version of each that is not a delete.
///
/// Returns: the scan, which the caller frees with kevo_scan_free; NULL if there is no memory, or after an
/// error in the library.
/// Threads: any number at once.
#[unsafe(no_mangle)]
pub extern "C" fn kevo_scan_new() -> *mut kevo_scan {
    returning_handle(|| kevo_scan { scan: Scan::default() })
}

/// Frees a scan. NULL is allowed. Iterators that were made from it have copies of it, and are not affected.
///
/// Threads: no other may be using it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_scan_free(scan: *mut kevo_scan) {
    // SAFETY: a handle of this type, not used any more, or NULL, by the caller.
    unsafe { free(scan) }
}

/// Changes a scan.
///
/// # Safety
///
/// `scan` is a handle of this type that no other thread uses, or NULL.
unsafe fn set(scan: *mut kevo_scan, change: impl FnOnce(&mut Scan) -> Code) -> c_int {
    // SAFETY: by this function's contract.
    returning_code_from_memory(|| change(&mut unsafe { exclusive(scan) }?.scan))
}

fn copy_of(key: &[u8]) -> Result<Vec<u8>, c_int> {
    copied(key).map_err(|_| KEVO_E_NO_MEMORY)
}

/// Sets one end of a scan.
///
/// # Safety
///
/// As [`set`], and `key` is `len` bytes or NULL.
unsafe fn set_bound(
    scan: *mut kevo_scan,
    key: *const c_void,
    len: usize,
    inclusive: c_int,
    end: impl FnOnce(&mut Scan) -> &mut Bound<Vec<u8>>,
) -> c_int {
    let change = |scan: &mut Scan| {
        // SAFETY: by this function's contract.
        let key = copy_of(unsafe { bytes(key, len) }?)?;
        *end(scan) = if inclusive == 0 { Bound::Excluded(key) } else { Bound::Included(key) };
        DONE
    };
    // SAFETY: by this function's contract.
    unsafe { set(scan, change) }
}

/// Sets where a scan starts: keys that come before `key` are left out, and `key` itself if `inclusive` is 0. The key is
/// copied. Bounds and prefix intersect; where nothing is left, the scan is empty.
///
/// Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `scan` is NULL, or `key` is and `len` is not 0; KEVO_E_NO_MEMORY, and
/// nothing is changed; KEVO_E_PANIC.
/// Threads: no other may be using `scan`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_scan_set_lower(
    scan: *mut kevo_scan,
    key: *const c_void,
    len: usize,
    inclusive: c_int,
) -> c_int {
    // SAFETY: by the caller.
    unsafe { set_bound(scan, key, len, inclusive, |scan| &mut scan.lower) }
}

/// Sets where a scan ends: keys that come after `key` are left out, and `key` itself if `inclusive` is 0. The key is
/// copied. Bounds and prefix intersect; where nothing is left, the scan is empty.
///
/// Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `scan` is NULL, or `key` is and `len` is not 0; KEVO_E_NO_MEMORY, and
/// nothing is changed; KEVO_E_PANIC.
/// Threads: no other may be using `scan`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_scan_set_upper(
    scan: *mut kevo_scan,
    key: *const c_void,
    len: usize,
    inclusive: c_int,
) -> c_int {
    // SAFETY: by the caller.
    unsafe { set_bound(scan, key, len, inclusive, |scan| &mut scan.upper) }
}

/// Sets a prefix: keys that do not begin with it are left out; the empty one, the default, leaves none out. It is
/// copied. Bounds and prefix intersect.
///
/// Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `scan` is NULL, or `prefix` is and `len` is not 0; KEVO_E_NO_MEMORY,
/// and nothing is changed; KEVO_E_PANIC.
/// Threads: no other may be using `scan`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_scan_set_prefix(scan: *mut kevo_scan, prefix: *const c_void, len: usize) -> c_int {
    let change = |scan: &mut Scan| {
        // SAFETY: bytes or NULL, by the caller.
        scan.prefix = copy_of(unsafe { bytes(prefix, len) }?)?;
        DONE
    };
    // SAFETY: by the caller.
    unsafe { set(scan, change) }
}

/// Sets the bound on sequence numbers: versions above it are not seen. KEVO_SEQUENCE_LATEST, the default, bounds
/// nothing.
///
/// Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `scan` is NULL; KEVO_E_PANIC.
/// Threads: no other may be using `scan`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_scan_set_max_sequence(scan: *mut kevo_scan, sequence: u64) -> c_int {
    let change = |scan: &mut Scan| {
        scan.max_sequence = sequence;
        DONE
    };
    // SAFETY: by the caller.
    unsafe { set(scan, change) }
}

/// Sets which versions a scan gives: KEVO_SCAN_ALL_VERSIONS and KEVO_SCAN_TOMBSTONES, or-ed; 0 is the default.
///
/// Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `scan` is NULL or another bit is set, and nothing is changed;
/// KEVO_E_PANIC.
/// Threads: no other may be using `scan`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_scan_set_flags(scan: *mut kevo_scan, flags: u32) -> c_int {
    let change = |scan: &mut Scan| {
        if flags & !(KEVO_SCAN_ALL_VERSIONS | KEVO_SCAN_TOMBSTONES) != 0 {
            return Err(KEVO_E_INVALID_ARGUMENT);
        }
        scan.all_versions = flags & KEVO_SCAN_ALL_VERSIONS != 0;
        scan.tombstones = flags & KEVO_SCAN_TOMBSTONES != 0;
        DONE
    };
    // SAFETY: by the caller.
    unsafe { set(scan, change) }
}
