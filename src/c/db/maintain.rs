//! What may be asked of a database besides reads and writes, while it is used.

use super::super::boundary::{self, Out};
use super::super::error::kevo_error;
use super::super::recovery_options::kevo_progress_callback;
use super::super::report::kevo_recovery_report;
use super::handle::{argument, end_argument, kevo_db, number_of, on, output};
use crate::db::Database;
use crate::{Error, Report};
use libc::{c_char, c_int, c_void};
use std::cell::Cell;
use std::sync::Arc;

/// Brings into tables all that was written before. It does that also while the background is paused. `*error` is set
/// as by kevo_db_put.
///
/// Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `db` is NULL; KEVO_E_IO, KEVO_E_FAILED, KEVO_E_READ_ONLY,
/// KEVO_E_CLOSED, KEVO_E_NO_MEMORY and KEVO_E_PANIC as kevo_db_put.
/// Threads: any number at once; others may write meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_db_flush(db: *mut kevo_db, error: *mut *mut kevo_error) -> c_int {
    // SAFETY: by the caller.
    unsafe { on(db, error, |database| database.flush()) }
}

/// Merges all tables that have keys from `begin` on and below `end`, after a flush, on the calling thread. (NULL, 0)
/// as `begin` is from the first key on, and as `end` up to the last. Of all keys, it leaves one run without
/// tombstones, and nothing of Kevo's.
///
/// `progress`, if it is not NULL, is told how far it has got, in bytes, and can cancel it; `user` is passed to it as it
/// is. `*error` is set as by kevo_db_put.
///
/// Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `db` is NULL, or a pointer to bytes is and their number is not 0;
/// KEVO_E_CANCELLED if the callback asked for it, and nothing is merged; KEVO_E_CORRUPT if a table is damaged, which
/// stays as it is; KEVO_E_IO, KEVO_E_FAILED, KEVO_E_READ_ONLY, KEVO_E_CLOSED, KEVO_E_NO_MEMORY and KEVO_E_PANIC as
/// kevo_db_put.
/// Threads: any number at once, which wait for each other; others may read and write meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_db_compact(
    db: *mut kevo_db,
    begin: *const c_void,
    begin_len: usize,
    end: *const c_void,
    end_len: usize,
    progress: kevo_progress_callback,
    user: *mut c_void,
    error: *mut *mut kevo_error,
) -> c_int {
    let is_cancelled = Cell::new(false);
    let mut tell = |done: u64, total: u64| {
        // SAFETY: the caller gave them for this, and this is the calling thread.
        is_cancelled.set(unsafe { wants_to_end(progress, user, done, total) });
        is_cancelled.get()
    };
    // SAFETY: by the caller; the ends are bytes or NULL.
    unsafe {
        on(db, error, |database| {
            let (begin, end) = (argument(begin, begin_len)?, end_argument(end, end_len)?);
            match database.inner.compact_range(begin, end, &mut tell) {
                // Closing ends it as well.
                Err(Error::Cancelled) if !is_cancelled.get() => Err(Error::Closed),
                compacted => compacted,
            }
        })
    }
}

/// Tells the caller how far a call has got; whether it is to end.
///
/// # Safety
///
/// The caller gave both for this, and this is the calling thread.
unsafe fn wants_to_end(progress: kevo_progress_callback, user: *mut c_void, done: u64, total: u64) -> bool {
    // SAFETY: by this function's contract.
    progress.is_some_and(|progress| unsafe { progress(user, done, total) } != 0)
}

/// Makes a second database, of all that was written before. The database is used meanwhile.
///
/// `path` is the path of its directory, with a NUL at its end. It must be an empty directory, or not be there; its
/// parent must be there, and not in this database. The second database is there whole or not at all, and all of it is
/// on disk when this returns; a process that is killed meanwhile may leave a directory `kevo-database-NUMBER.partial`
/// beside it, which can be removed. What memory holds is flushed. Tables are linked where the file system can do that
/// (the two databases then share their bytes, which nobody changes), and copied otherwise; tables of Kevo are copied.
/// Its MANIFEST says its own paths. Of a database that was opened with KEVO_RECOVERY_SKIP_CORRUPTED, what was passed
/// over in logs is not in it, and damaged tables are in it as they are: it opens in that mode, as this one does.
///
/// `progress`, if it is not NULL, is told how far it has got, in bytes of tables, and can cancel it; `user` is passed
/// to it as it is. `*error` is set as by kevo_db_put.
///
/// Returns:
/// KEVO_OK: the second database is there.
/// KEVO_E_INVALID_ARGUMENT: `db` or `path` is NULL, or `path` is in the database.
/// KEVO_E_EXISTS: `path` is there, and is not an empty directory.
/// KEVO_E_CANCELLED: the callback asked for it.
/// KEVO_E_IO: it could not be written, or something not be read.
/// KEVO_E_READ_ONLY, KEVO_E_FAILED, KEVO_E_CLOSED, KEVO_E_NO_MEMORY, KEVO_E_PANIC: as kevo_db_flush.
///
/// Threads: any number at once; others may read and write meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_db_checkpoint(
    db: *mut kevo_db,
    path: *const c_char,
    progress: kevo_progress_callback,
    user: *mut c_void,
    error: *mut *mut kevo_error,
) -> c_int {
    // SAFETY: a string or NULL; the caller gave the callback for this, and this is the calling thread.
    unsafe {
        on(db, error, |database| {
            let path = boundary::path(path).ok_or(Error::InvalidArgument("path is NULL"))?;
            database.inner.checkpoint(path, &mut |done, total| wants_to_end(progress, user, done, total))
        })
    }
}

/// Reads every byte of every file that a database needs, and lists all damage. The database is used meanwhile; its
/// cache of blocks stays as it is.
///
/// Tables are read with all that they consist of, and compared with what they say of themselves; logs as far as they
/// are on disk, to which what was written before is brought; VERSIONS; and MANIFEST, which must be what the opening
/// left: it has no checksum, as Kevo knows none there. What is replaced or removed meanwhile is no damage. A database
/// that was opened read-only looks at the logs that are there now; a torn tail, which a crash or another process that
/// writes leaves, is in the report, and is no failure.
///
/// `progress`, if it is not NULL, is told how far it has got, in bytes of tables and logs, and can cancel it; `user`
/// is passed to it as it is. `*report`, if `report` is not NULL, is set to what was found, on failure too: each
/// damaged stretch with file, offset, length and kind. The caller frees it with kevo_recovery_report_free. `*error`
/// is set as by kevo_db_put, to the first damage, if there is any.
///
/// Returns:
/// KEVO_OK: nothing is damaged.
/// KEVO_E_CORRUPT: something is damaged or missing.
/// KEVO_E_INVALID_ARGUMENT: `db` is NULL.
/// KEVO_E_CANCELLED: the callback asked for it; the report has what was found until then.
/// KEVO_E_IO: something could not be read.
/// KEVO_E_CLOSED, KEVO_E_NO_MEMORY, KEVO_E_PANIC: as kevo_db_get.
///
/// Threads: any number at once; others may read and write meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_db_verify(
    db: *mut kevo_db,
    progress: kevo_progress_callback,
    user: *mut c_void,
    report: *mut *mut kevo_recovery_report,
    error: *mut *mut kevo_error,
) -> c_int {
    // SAFETY: writable or NULL, by the caller.
    let report = unsafe { Out::optional(report) };
    report.clear();
    let verify = |database: &Arc<Database>| {
        let mut found = Report::default();
        // SAFETY: the caller gave the callback for this, and this is the calling thread.
        let mut tell = |done, total| unsafe { wants_to_end(progress, user, done, total) };
        let verified = database.inner.verify(&mut found, &mut tell);
        report.give(|| kevo_recovery_report::new(found)).and(verified)
    };
    // SAFETY: by the caller.
    unsafe { on(db, error, verify) }
}

/// About how many bytes of table files the keys from `begin` on and below `end` take. What is in memtables does not
/// count. (NULL, 0) as `begin` is from the first key on, and as `end` up to the last.
///
/// `*bytes` is set to the number. `*error` is set as by kevo_db_put.
///
/// Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `db` or `bytes` is NULL, or a pointer to bytes is and their number is
/// not 0; KEVO_E_CLOSED; KEVO_E_CORRUPT; KEVO_E_IO; KEVO_E_NO_MEMORY; KEVO_E_PANIC.
/// Threads: any number at once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_db_approximate_size(
    db: *const kevo_db,
    begin: *const c_void,
    begin_len: usize,
    end: *const c_void,
    end_len: usize,
    bytes: *mut u64,
    error: *mut *mut kevo_error,
) -> c_int {
    // SAFETY: by the caller; the ends are bytes or NULL, and `bytes` is writable or NULL.
    unsafe {
        on(db, error, |database| {
            let (begin, end) = (argument(begin, begin_len)?, end_argument(end, end_len)?);
            let bytes = output(bytes, "bytes is NULL")?;
            bytes.set(database.inner.approximate_size(begin, end)?);
            Ok(())
        })
    }
}

/// Lets the database begin no flush and no compaction of itself, until kevo_db_continue_background was called as
/// often as this. Those that are running end first. Writes go on until memtables are full, and then wait. `*error` is
/// set as by kevo_db_put.
///
/// Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `db` is NULL; KEVO_E_CLOSED; KEVO_E_NO_MEMORY; KEVO_E_PANIC.
/// Threads: any number at once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_db_pause_background(db: *mut kevo_db, error: *mut *mut kevo_error) -> c_int {
    // SAFETY: by the caller.
    unsafe { on(db, error, |database| database.inner.pause()) }
}

/// Takes back one kevo_db_pause_background. `*error` is set as by kevo_db_put.
///
/// Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `db` is NULL, or it is not paused; KEVO_E_CLOSED; KEVO_E_NO_MEMORY;
/// KEVO_E_PANIC.
/// Threads: any number at once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_db_continue_background(db: *mut kevo_db, error: *mut *mut kevo_error) -> c_int {
    // SAFETY: by the caller.
    unsafe { on(db, error, |database| database.inner.go_on()) }
}

/// Brings a database that was opened read-only to what another process, or another handle, has written since.
/// Snapshots, iterators, transactions and pinned values stay as they are. What the logs hold is read again; tables that
/// are open stay open. A database that is open for writing is never behind: KEVO_OK. `*error` is set as by kevo_db_put.
///
/// Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `db` is NULL; as kevo_db_open if what is there cannot be read: then the
/// database is as it was, and it can be tried again; KEVO_E_CLOSED; KEVO_E_NO_MEMORY; KEVO_E_PANIC.
/// Threads: any number at once, also while others read.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_db_catch_up(db: *mut kevo_db, error: *mut *mut kevo_error) -> c_int {
    // SAFETY: by the caller.
    unsafe { on(db, error, |database| database.catch_up()) }
}

/// Whether anything is wrong with a database. `*error` is set as by kevo_db_put.
///
/// Returns: KEVO_OK; KEVO_E_FAILED if nothing is written since a failure, which the error tells; what the last
/// compaction failed with, if it failed; KEVO_E_INVALID_ARGUMENT if `db` is NULL; KEVO_E_CLOSED; KEVO_E_NO_MEMORY;
/// KEVO_E_PANIC.
/// Threads: any number at once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_db_status(db: *const kevo_db, error: *mut *mut kevo_error) -> c_int {
    // SAFETY: by the caller.
    unsafe { on(db, error, |database| database.status()) }
}

/// The highest sequence number of all writes that reads see.
///
/// Returns: the number; 0 if nothing was ever written, `db` is NULL, or it is closed.
/// Threads: any number at once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_db_last_sequence(db: *const kevo_db) -> u64 {
    // SAFETY: by the caller.
    unsafe { number_of(db, |database| database.inner.last_sequence()) }
}
