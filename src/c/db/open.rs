//! Opening and closing a database.

use super::super::boundary::{Out, path, returning_code, shared};
use super::super::code::KEVO_OK;
use super::super::error::kevo_error;
use super::super::report::kevo_recovery_report;
use super::handle::kevo_db;
use super::options::kevo_db_options;
use crate::db::{Database, DbOptions, destroy};
use crate::disk::RealDisk;
use crate::{Error, Report};
use libc::{c_char, c_int};
use std::path::Path;

/// Opens the database in a directory, Kevo's or this library's, or makes one.
///
/// `path` is the path of the directory, with a NUL at its end. `options` may be NULL, for the defaults; they are
/// copied.
///
/// On success `*db` is set to the database, which the caller ends with kevo_db_close; on failure to NULL, and nothing
/// in the directory has changed (but a file LOCK can be there). `*report`, if `report` is not NULL, is set to what
/// recovery found, on failure too: as far as it got; the caller frees it with kevo_recovery_report_free. `*error`, if
/// `error` is not NULL, is set to NULL on success, and on failure to what went wrong, which the caller frees with
/// kevo_error_free. (After KEVO_E_PANIC, report and error are NULL. Where there is no memory for one of them, it is
/// NULL, and the code is KEVO_E_NO_MEMORY.)
///
/// A database is locked for the process that has it open for writing; the lock ends with the process.
///
/// Returns: KEVO_OK: open; see the report for damage that the mode passed over. KEVO_E_INVALID_ARGUMENT: `path` or
/// `db` is NULL. KEVO_E_LOCKED: it is open for writing, in another process or in this one; the message names the
/// process by its number. KEVO_E_NOT_A_DATABASE: there is nothing, and none is to be made; or there is something
/// else. KEVO_E_EXISTS: there is a database, and there must be none. KEVO_E_IO: a file could not be read or written.
/// KEVO_E_CORRUPT: damage that the mode does not pass over, or a file that is gone; the error names it.
/// KEVO_E_UNSUPPORTED: a newer version of this library wrote it. KEVO_E_CANCELLED: the progress callback asked for
/// it. KEVO_E_NO_MEMORY: there is not enough memory. KEVO_E_PANIC: an error in the library.
///
/// Threads: any number at once, with options that none changes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_db_open(
    path: *const c_char,
    options: *const kevo_db_options,
    db: *mut *mut kevo_db,
    report: *mut *mut kevo_recovery_report,
    error: *mut *mut kevo_error,
) -> c_int {
    // SAFETY: outputs that are writable, or NULL, by the caller.
    let (db, report, error) = unsafe { (Out::optional(db), Out::optional(report), Out::optional(error)) };
    db.clear();
    report.clear();
    error.clear();
    returning_code(|| {
        let (opened, found) = if db.is_wanted() {
            // SAFETY: a string or NULL, and a handle of its type or NULL, by the caller.
            unsafe { open(path, options) }
        } else {
            (Err(Error::InvalidArgument("db is NULL")), Report::default())
        };
        // A database that cannot be handed over is closed.
        let given = report.give(|| kevo_recovery_report::new(found)).and_then(|()| {
            let database = opened?;
            db.set(kevo_db::unopened()?.open(database));
            Ok(KEVO_OK)
        });
        given.map_err(|failure| kevo_error::hand_over(failure, &error))
    })
}

/// # Safety
///
/// `directory` is a string or NULL, `options` a handle of its type or NULL.
unsafe fn open(directory: *const c_char, options: *const kevo_db_options) -> (Result<Database, Error>, Report) {
    // SAFETY: by this function's contract.
    let Some(directory) = (unsafe { path(directory) }) else {
        return (Err(Error::InvalidArgument("path is NULL")), Report::default());
    };
    // SAFETY: by this function's contract.
    let Ok(options) = (unsafe { shared(options) }) else {
        return Database::open(directory, &DbOptions::default(), None);
    };
    let Some(callback) = options.progress else {
        return Database::open(directory, &options.options, None);
    };
    let user = options.user;
    // SAFETY: the caller gave them for this, and this is the calling thread.
    let mut progress = |done: u64, total: u64| unsafe { callback(user, done, total) } != 0;
    Database::open(directory, &options.options, Some(&mut progress))
}

/// Closes a database and frees its handle, whatever happens: ends its threads, syncs what was written, flushes what
/// waits for it, and releases the lock. A compaction that is running is given up; nothing is lost by that.
///
/// Snapshots, iterators, and values that are pinned stay valid. Calls of other threads that are running end with what
/// they would have returned, or with KEVO_E_CLOSED. A process that exits without this loses nothing that was
/// acknowledged, but for what the sync mode says. `*error` is set as by kevo_db_open.
///
/// Returns:
/// KEVO_OK: closed, and all that was written is on disk.
/// KEVO_E_INVALID_ARGUMENT: `db` is NULL.
/// KEVO_E_CLOSED: another thread has closed it, or this process was forked from the one that opened it.
/// KEVO_E_IO, KEVO_E_FAILED, KEVO_E_NO_MEMORY: closed, but what was not synced before may not be on disk.
/// KEVO_E_PANIC: an error in the library.
///
/// Threads: any number at once; others may be using the handle, but no call may begin later than shortly after.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_db_close(db: *mut kevo_db, error: *mut *mut kevo_error) -> c_int {
    // SAFETY: a handle of this type, whose memory is never freed, or NULL; and writable or NULL, by the caller.
    let (db, error) = unsafe { (shared::<'static>(db), Out::optional(error)) };
    error.clear();
    returning_code(|| {
        let closed = db.map_err(|_| Error::InvalidArgument("db is NULL")).and_then(kevo_db::close);
        closed.map(|()| KEVO_OK).map_err(|failure| kevo_error::hand_over(failure, &error))
    })
}

/// Removes a database that is closed: its files, by their names, and the directories that are empty then. Files that
/// are not a database's stay, and so do the directories that they are in.
///
/// `path` is the path of the directory, with a NUL at its end. `*error` is set as by kevo_db_open. If it fails on the
/// way, it can be called again.
///
/// Free the snapshots and iterators of the database first. Reads of one that is left may fail with KEVO_E_IO: a table
/// whose descriptor was closed for max_open_files cannot be opened again.
///
/// Returns:
/// KEVO_OK: removed.
/// KEVO_E_INVALID_ARGUMENT: `path` is NULL.
/// KEVO_E_LOCKED: it is open for writing.
/// KEVO_E_NOT_A_DATABASE: there is none.
/// KEVO_E_IO: a file or directory could not be removed.
/// KEVO_E_NO_MEMORY: there is not enough memory.
/// KEVO_E_PANIC: an error in the library.
///
/// Threads: any number at once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_db_destroy(path: *const c_char, error: *mut *mut kevo_error) -> c_int {
    // SAFETY: a string, and writable, or NULL, by the caller.
    let (path, error) = unsafe { (self::path(path), Out::optional(error)) };
    error.clear();
    returning_code(|| {
        let path: Result<&Path, Error> = path.ok_or(Error::InvalidArgument("path is NULL"));
        let destroyed = path.and_then(|path| destroy(&RealDisk, path));
        destroyed.map(|()| KEVO_OK).map_err(|failure| kevo_error::hand_over(failure, &error))
    })
}
