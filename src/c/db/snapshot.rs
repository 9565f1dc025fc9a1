//! Snapshots.

use super::super::boundary::{Out, free, or_on_panic, returning_code, shared};
use super::super::code::KEVO_OK;
use super::super::error::kevo_error;
use super::super::iterator::{Origin, kevo_iterator};
use super::super::pinned::kevo_pinned;
use super::super::scan::kevo_scan;
use super::super::slice::kevo_slice;
use super::handle::{argument, kevo_db, on};
use super::iterate::{give, wanted_scan};
use super::of_process::OfProcess;
use super::read::Answering;
use crate::Error;
use crate::db::Snapshot;
use libc::{c_int, c_void};

/// A database as it was at one moment. It is made by kevo_db_snapshot, and owned by the caller. It never changes, and
/// can be read and freed also after the database was closed.
///
/// It keeps in memory the memtables of its moment, and on disk the tables that were replaced since.
#[derive(Debug)]
pub struct kevo_snapshot {
    snapshot: OfProcess<Snapshot>,
}

impl kevo_snapshot {
    pub(super) fn get(&self) -> Result<&Snapshot, Error> {
        self.snapshot.get()
    }
}

/// Makes a snapshot of a database as it is now: of all writes that have been acknowledged, and of none that comes
/// later.
///
/// `*snapshot` is set to the snapshot, which the caller frees with kevo_snapshot_free; on failure to NULL. `*error`
/// is set as by kevo_db_put.
///
/// Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `db` or `snapshot` is NULL; KEVO_E_CLOSED; KEVO_E_NO_MEMORY;
/// KEVO_E_PANIC.
/// Threads: any number at once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_db_snapshot(
    db: *const kevo_db,
    snapshot: *mut *mut kevo_snapshot,
    error: *mut *mut kevo_error,
) -> c_int {
    // SAFETY: writable or NULL, by the caller.
    let snapshot = unsafe { Out::optional(snapshot) };
    snapshot.clear();
    let make = |database: &std::sync::Arc<crate::db::Database>| {
        if !snapshot.is_wanted() {
            return Err(Error::InvalidArgument("snapshot is NULL"));
        }
        let now = database.snapshot()?;
        snapshot.give(|| Ok(kevo_snapshot { snapshot: OfProcess::new(now) }))
    };
    // SAFETY: by the caller.
    unsafe { on(db, error, make) }
}

/// Frees a snapshot. NULL is allowed. Its iterators, and values that are pinned, stay valid.
///
/// Threads: no other may be using it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_snapshot_free(snapshot: *mut kevo_snapshot) {
    // SAFETY: a handle of this type, not used any more, or NULL, by the caller.
    unsafe { free(snapshot) }
}

/// The highest sequence number that a snapshot sees.
///
/// Returns: the number; 0 if `snapshot` is NULL.
/// Threads: any number at once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_snapshot_sequence(snapshot: *const kevo_snapshot) -> u64 {
    or_on_panic(0, || {
        // SAFETY: a handle of this type or NULL, by the caller.
        unsafe { shared(snapshot) }.map_or(0, |snapshot| snapshot.snapshot.get_anywhere().sequence())
    })
}

/// Looks a key up in a snapshot, as kevo_db_get does, also after the database was closed.
///
/// Returns: as kevo_db_get, KEVO_E_INVALID_ARGUMENT if `snapshot` is NULL, KEVO_E_CLOSED in a process that was forked.
/// Threads: any number at once, each with a `pinned` of its own.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_snapshot_get(
    snapshot: *const kevo_snapshot,
    key: *const c_void,
    key_len: usize,
    pinned: *mut kevo_pinned,
    value: *mut kevo_slice,
    error: *mut *mut kevo_error,
) -> c_int {
    let get = |snapshot: &kevo_snapshot| {
        // SAFETY: bytes, a handle that no other thread uses, and writable, or NULL, by the caller.
        let (key, mut answering) = unsafe { (argument(key, key_len)?, Answering::new(pinned, value)?) };
        let found = snapshot.get()?.get(key);
        answering.answer(found)
    };
    // SAFETY: by the caller.
    unsafe { on_snapshot(snapshot, error, get) }
}

/// Makes an iterator over a snapshot, as kevo_db_iterator does, also after the database was closed.
///
/// Returns: as kevo_db_iterator, KEVO_E_INVALID_ARGUMENT if `snapshot` is NULL, KEVO_E_CLOSED in a process that was
/// forked.
/// Threads: any number at once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_snapshot_iterator(
    snapshot: *const kevo_snapshot,
    scan: *const kevo_scan,
    iterator: *mut *mut kevo_iterator,
    error: *mut *mut kevo_error,
) -> c_int {
    // SAFETY: writable or NULL, and a handle of its type or NULL, by the caller.
    let (iterator, scan) = unsafe { (Out::optional(iterator), shared(scan).ok()) };
    iterator.clear();
    let make = |snapshot: &kevo_snapshot| {
        give(&iterator, || {
            let scan = wanted_scan(scan)?;
            Ok(kevo_iterator::new(snapshot.get()?.iterator(&scan)?, Origin::Database { database: None, scan }))
        })?;
        Ok(KEVO_OK)
    };
    // SAFETY: by the caller.
    unsafe { on_snapshot(snapshot, error, make) }
}

/// # Safety
///
/// `snapshot` is a handle of its type or NULL, and `error` is writable or NULL.
unsafe fn on_snapshot(
    snapshot: *const kevo_snapshot,
    error: *mut *mut kevo_error,
    call: impl FnOnce(&kevo_snapshot) -> Result<c_int, Error>,
) -> c_int {
    // SAFETY: by this function's contract.
    let (snapshot, error) = unsafe { (shared(snapshot), Out::optional(error)) };
    error.clear();
    returning_code(|| {
        let called = snapshot.map_err(|_| Error::InvalidArgument("snapshot is NULL")).and_then(call);
        called.map_err(|failure| kevo_error::hand_over(failure, &error))
    })
}
