//! Recovery itself.

use super::boundary::{Out, path, returning_code, shared};
use super::code::KEVO_OK;
use super::error::kevo_error;
use super::list::kevo_memtable_list;
use super::recovery_options::kevo_recovery_options;
use super::report::kevo_recovery_report;
use crate::{Error, MemtableList, Options, Report};
use libc::{c_char, c_int};

/// Rebuilds the memtables of the write-ahead log in a directory.
///
/// `wal_dir` is the path of the directory that holds the *.wal files, with a NUL at its end; it is not a pattern.
/// Nothing in the directory is changed, whatever happens: not even access times, if the system allows that. `options`
/// may be NULL, for the defaults.
///
/// On success `*list` is set to the list of memtables, which the caller frees with kevo_memtable_list_free; on failure
/// to NULL. `*report`, if `report` is not NULL, is set to what was found, on failure too: as far as recovery got; the
/// caller frees it with kevo_recovery_report_free. `*error`, if `error` is not NULL, is set to NULL on success, and on
/// failure to what went wrong, which the caller frees with kevo_error_free. (After KEVO_E_PANIC, report and error are
/// NULL. Where there is no memory for one of them, it is NULL, and the code is KEVO_E_NO_MEMORY.)
///
/// Every checksum has been verified when this returns. What was recovered is not sorted yet: the first lookup in the
/// list or in one of its memtables does that, or the first iterator, or the first export with KEVO_EXPORT_NEWEST_ONLY.
/// That call takes about as long as the recovery. The memory for it is reserved here.
///
/// If several things are wrong, the one that comes first in the log is reported.
///
/// Returns:
/// KEVO_OK: recovered; see the report for damage that the mode passed over.
/// KEVO_E_INVALID_ARGUMENT: `wal_dir` or `list` is NULL.
/// KEVO_E_IO: the directory or a file in it could not be read, or a name ends in .wal and is not a regular file.
/// KEVO_E_CORRUPT: damage that the mode does not pass over; another mode may.
/// KEVO_E_TOO_MANY_MEMTABLES: the log needs more memtables than the options allow; raise their number or their size.
/// KEVO_E_CANCELLED: the progress callback asked for it.
/// KEVO_E_NO_MEMORY: the log, 40 bytes for each entry and 32 for each stretch of damage do not fit into memory.
/// KEVO_E_PANIC: an error in the library.
///
/// Threads: any number at once, with options of their own or shared ones that none changes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_recover(
    wal_dir: *const c_char,
    options: *const kevo_recovery_options,
    list: *mut *mut kevo_memtable_list,
    report: *mut *mut kevo_recovery_report,
    error: *mut *mut kevo_error,
) -> c_int {
    // SAFETY: outputs that are writable, or NULL, by the caller.
    let (report, error) = unsafe { (Out::optional(report), Out::optional(error)) };
    report.clear();
    error.clear();
    returning_code(|| {
        // SAFETY: `list` is writable or NULL, by the caller.
        let list = unsafe { Out::required(list) };
        if let Ok(list) = &list {
            list.clear();
        }
        let (recovered, found) = match &list {
            // SAFETY: `wal_dir` is a string or NULL, `options` a handle of this type or NULL, by the caller.
            Ok(_) => unsafe { recover(wal_dir, options) },
            Err(_) => (Err(Error::InvalidArgument("list is NULL")), Report::default()),
        };
        let given = report.give(|| kevo_recovery_report::new(found)).and_then(|()| {
            let recovered = recovered?;
            list.map_or(Ok(()), |list| list.give(|| Ok(kevo_memtable_list::new(recovered))))
        });
        given.map(|()| KEVO_OK).map_err(|failure| kevo_error::hand_over(failure, &error))
    })
}

/// # Safety
///
/// `wal_dir` is a string or NULL, `options` a handle of its type or NULL.
unsafe fn recover(
    wal_dir: *const c_char,
    options: *const kevo_recovery_options,
) -> (Result<MemtableList, Error>, Report) {
    // SAFETY: by this function's contract.
    let Some(wal_dir) = (unsafe { path(wal_dir) }) else {
        return (Err(Error::InvalidArgument("wal_dir is NULL")), Report::default());
    };
    // SAFETY: by this function's contract.
    let Ok(options) = (unsafe { shared(options) }) else {
        return crate::recover(wal_dir, &Options::default(), None);
    };
    let Some(callback) = options.callback else {
        return crate::recover(wal_dir, &options.options, None);
    };
    let user = options.user;
    // SAFETY: the caller gave them for this, and this is the calling thread.
    let mut progress = |done: u64, total: u64| unsafe { callback(user, done, total) } != 0;
    crate::recover(wal_dir, &options.options, Some(&mut progress))
}
