//! Salvage.

use super::super::boundary::{Out, path, returning_code, shared};
use super::super::code::KEVO_OK;
use super::super::error::kevo_error;
use super::super::recovery_options::kevo_recovery_options;
use super::super::report::kevo_recovery_report;
use crate::db::Database;
use crate::{Error, Options, Report};
use libc::{c_char, c_int};
use std::path::Path;

/// Makes an openable database of whatever is left of one: tables without an index or a footer, damaged logs, a
/// directory without VERSIONS or MANIFEST, this library's or Kevo's. Nothing in `path` changes.
///
/// `path` is the path of the directory of the damaged database, and `into` that of the new one, each with a NUL at
/// its end. `into` must be an empty directory or not be there; its parent must be there and not in `path`. It is
/// there whole or not at all, and all of it is on disk when this returns. Its MANIFEST says what that in `path` says,
/// if it can be read.
///
/// The new database holds everything that is intact, in the best order that can be known; sequence numbers are kept,
/// and new writes go on above them. A batch of this library comes whole or not at all, as far as it was in the log.
/// Tables and logs that the database needed no more are asked only for keys that stood where what replaced them is
/// damaged. What the device cannot read counts as damaged.
///
/// `options` may be NULL. Of them the number of threads and the progress callback count, and whether logs that were set
/// aside are read, which they are if it was not set. The recovery mode does not count: logs are read as with
/// KEVO_RECOVERY_SKIP_CORRUPTED. The callback is told bytes that are read, some of them twice, and their number in all,
/// which grows if what was replaced has to be read as well.
///
/// `*report`, if `report` is not NULL, is set to what was found, on failure too; the caller frees it with
/// kevo_recovery_report_free. It names each damaged stretch (file, offset, length, kind). KEVO_DAMAGE_MISSING is a
/// file that should be there; KEVO_DAMAGE_REBUILT is VERSIONS. KEVO_DAMAGE_DOUBT names a file of which it is not
/// known whether it counts or in which order, or that may have held newer values than those that were found, or older
/// ones that stand in for what is damaged. If it has no KEVO_DAMAGE_DOUBT and no damage, the new database holds what
/// the old one held. `*error`, if `error` is not NULL, is set to NULL on success, and on failure to what went wrong,
/// which the caller frees with kevo_error_free.
///
/// It takes memory for a window of the logs (32 MiB, or the longest log) with 40 bytes an entry, for the longest
/// table that has no index, for a cache of 64 MiB, and 64 KiB or a block for each run; and disk space for all that the
/// database holds, for a while twice that of the logs.
///
/// Returns: KEVO_OK: the new database is there; see the report for what cannot be had or is in doubt.
/// KEVO_E_INVALID_ARGUMENT: `path` or `into` is NULL, `into` is in `path`, or the options have KEVO_ORDER_SEQUENCE or
/// a maximum sequence number. KEVO_E_NOT_A_DATABASE: there is nothing of a database in `path`. KEVO_E_LOCKED: it is
/// open for writing, and what is read of it would not belong together; the message names the process. (Kevo takes no
/// lock: end it first.) It stays locked while this runs. KEVO_E_EXISTS: `into` is there and not empty. KEVO_E_IO: a
/// directory could not be listed or a file not be opened; or the new database could not be written.
/// KEVO_E_UNSUPPORTED: a newer version of this library wrote something of it. KEVO_E_CANCELLED: the progress callback
/// asked for it. KEVO_E_NO_MEMORY: there is not enough memory. KEVO_E_PANIC: an error in the library.
///
/// Threads: any number at once, with options that none changes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_db_salvage(
    path: *const c_char,
    into: *const c_char,
    options: *const kevo_recovery_options,
    report: *mut *mut kevo_recovery_report,
    error: *mut *mut kevo_error,
) -> c_int {
    // SAFETY: outputs that are writable, or NULL, by the caller.
    let (report, error) = unsafe { (Out::optional(report), Out::optional(error)) };
    report.clear();
    error.clear();
    returning_code(|| {
        // SAFETY: strings or NULL, by the caller.
        let paths = unsafe { (self::path(path), self::path(into)) };
        let (made, found) = match paths {
            // SAFETY: a handle of its type or NULL, by the caller.
            (Some(path), Some(into)) => unsafe { salvage(path, into, options) },
            (None, _) => (Err(Error::InvalidArgument("path is NULL")), Report::default()),
            (_, None) => (Err(Error::InvalidArgument("into is NULL")), Report::default()),
        };
        let given = report.give(|| kevo_recovery_report::new(found)).and(made);
        given.map(|()| KEVO_OK).map_err(|failure| kevo_error::hand_over(failure, &error))
    })
}

/// # Safety
///
/// `options` is a handle of its type or NULL.
unsafe fn salvage(path: &Path, into: &Path, options: *const kevo_recovery_options) -> (Result<(), Error>, Report) {
    let all = Options { include_set_aside: true, ..Options::default() };
    // SAFETY: by this function's contract.
    let Ok(given) = (unsafe { shared(options) }) else {
        return Database::salvage(path, into, &all, None);
    };
    let include_set_aside = given.options.include_set_aside || !given.is_set.include_set_aside;
    let wanted = Options { include_set_aside, ..given.options };
    let Some(callback) = given.callback else {
        return Database::salvage(path, into, &wanted, None);
    };
    let user = given.user;
    // SAFETY: the caller gave them for this, and this is the calling thread.
    let mut progress = |done: u64, total: u64| unsafe { callback(user, done, total) } != 0;
    Database::salvage(path, into, &wanted, Some(&mut progress))
}
