//! Writes.

use super::super::boundary::{Out, shared};
use super::super::error::kevo_error;
use super::batch::kevo_batch;
use super::handle::{argument, end_argument, kevo_db, on, output};
use crate::Error;
use crate::db::WriteOptions;
use libc::{c_int, c_void};

/// A flag of a write: it is on disk when the call returns, whatever the sync mode is. Not with KEVO_WRITE_NO_SYNC.
pub const KEVO_WRITE_SYNC: u32 = 1;
/// A flag of a write: it need not be on disk when the call returns, whatever the sync mode is.
pub const KEVO_WRITE_NO_SYNC: u32 = 2;
/// A flag of a write: return KEVO_E_BUSY rather than wait for a flush or a compaction.
pub const KEVO_WRITE_NO_WAIT: u32 = 4;
/// A flag of kevo_db_delete_range: delete in several batches of about 1 MiB, each atomic for itself. It is for ranges
/// of millions of keys.
pub const KEVO_WRITE_IN_PIECES: u32 = 8;

/// What flags ask for. Some are allowed for some calls only.
pub(super) fn write_options(flags: u32, allowed: u32) -> Result<WriteOptions, Error> {
    if flags & !(KEVO_WRITE_SYNC | KEVO_WRITE_NO_SYNC | KEVO_WRITE_NO_WAIT | allowed) != 0 {
        return Err(Error::InvalidArgument("flags has a bit that this call does not know"));
    }
    let sync = match (flags & KEVO_WRITE_SYNC != 0, flags & KEVO_WRITE_NO_SYNC != 0) {
        (true, true) => {
            return Err(Error::InvalidArgument("KEVO_WRITE_SYNC and KEVO_WRITE_NO_SYNC contradict each other"));
        }
        (false, false) => None,
        (sync, _) => Some(sync),
    };
    Ok(WriteOptions { sync, no_wait: flags & KEVO_WRITE_NO_WAIT != 0 })
}

/// Gives a key a value.
///
/// The write is atomic, and by the sync mode on disk when the call returns KEVO_OK; every later read sees it. Key and
/// value are copied: a key has at most 16 MiB, a value at most 1 GiB, and both may be empty. `flags` is 0 or
/// KEVO_WRITE_*, or-ed. `*error`, if `error` is not NULL, is set to NULL on success, and on failure to what went
/// wrong, which the caller frees with kevo_error_free. (After KEVO_E_PANIC, and where there is no memory for it, it
/// is NULL.)
///
/// If memtables are full, the call waits until one is flushed.
///
/// Returns:
/// KEVO_OK: written.
/// KEVO_E_INVALID_ARGUMENT: `db` is NULL, a pointer to bytes is NULL and their number is not 0, or flags are unknown or
/// contradict each other.
/// KEVO_E_TOO_LARGE: key or value are too large; nothing is written.
/// KEVO_E_BUSY: with KEVO_WRITE_NO_WAIT, it would have to wait; nothing is written.
/// KEVO_E_READ_ONLY, KEVO_E_CLOSED: nothing is written.
/// KEVO_E_IO: it could not be written or synced. It may be there when the database is opened again, or not; after
/// kevo_db_resume it is not.
/// KEVO_E_FAILED: an earlier write, sync or flush failed; nothing is written until kevo_db_resume or a new opening.
/// KEVO_E_NO_MEMORY: there is not enough memory; nothing is written.
/// KEVO_E_PANIC: an error in the library.
///
/// Threads: any number at once; those that write at the same time share one append to the log and one sync.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_db_put(
    db: *mut kevo_db,
    key: *const c_void,
    key_len: usize,
    value: *const c_void,
    value_len: usize,
    flags: u32,
    error: *mut *mut kevo_error,
) -> c_int {
    // SAFETY: by the caller; key and value are bytes or NULL.
    unsafe {
        on(db, error, |database| {
            let (key, value) = (argument(key, key_len)?, argument(value, value_len)?);
            database.put(key, value, write_options(flags, 0)?).map(drop)
        })
    }
}

/// Deletes a key. It is no error if it is not there. Everything else is as in kevo_db_put.
///
/// Returns: as kevo_db_put.
/// Threads: any number at once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_db_delete(
    db: *mut kevo_db,
    key: *const c_void,
    key_len: usize,
    flags: u32,
    error: *mut *mut kevo_error,
) -> c_int {
    // SAFETY: by the caller; the key is bytes or NULL.
    unsafe { on(db, error, |database| database.delete(argument(key, key_len)?, write_options(flags, 0)?).map(drop)) }
}

/// Writes a batch: all of it or nothing, in every crash, and visible at one moment. The batch stays as it is, and can
/// be written again. Everything else is as in kevo_db_put.
///
/// `*sequence`, if `sequence` is not NULL, is set to the sequence number of the last operation. An empty batch is
/// KEVO_OK; its sequence number is that of the last write.
///
/// Returns: as kevo_db_put, KEVO_E_INVALID_ARGUMENT also if `batch` is NULL, KEVO_E_TOO_LARGE if it takes more than 4
/// GiB of log.
/// Threads: any number at once, while none changes the batch.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_db_write(
    db: *mut kevo_db,
    batch: *const kevo_batch,
    flags: u32,
    sequence: *mut u64,
    error: *mut *mut kevo_error,
) -> c_int {
    // SAFETY: by the caller; `batch` is a handle of its type, and `sequence` writable, or NULL.
    unsafe {
        on(db, error, |database| {
            let batch = shared(batch).map_err(|_| Error::InvalidArgument("batch is NULL"))?;
            let last = database.write(&batch.batch, write_options(flags, 0)?)?;
            Out::optional(sequence).set(last);
            Ok(())
        })
    }
}

/// Deletes every key that is there, from `begin` on and below `end`, as one batch; no write of another thread comes
/// between. (NULL, 0) as `begin` is from the first key on, and as `end` up to the last.
///
/// `*count` is set to how many keys that were, on success. With KEVO_WRITE_IN_PIECES the keys are deleted in several
/// batches, each atomic for itself: other writes come between, and after a failure the first pieces may be deleted.
/// Everything else is as in kevo_db_put.
///
/// Returns: as kevo_db_put, KEVO_E_INVALID_ARGUMENT also if `count` is NULL, KEVO_E_TOO_LARGE if the batch would take
/// more than 4 GiB of log; KEVO_E_CORRUPT and KEVO_E_IO also from reading the range.
/// Threads: any number at once; other writers wait while the range is read.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_db_delete_range(
    db: *mut kevo_db,
    begin: *const c_void,
    begin_len: usize,
    end: *const c_void,
    end_len: usize,
    flags: u32,
    count: *mut u64,
    error: *mut *mut kevo_error,
) -> c_int {
    // SAFETY: by the caller; the ends are bytes or NULL, and `count` is writable or NULL.
    unsafe {
        on(db, error, |database| {
            let (begin, end) = (argument(begin, begin_len)?, end_argument(end, end_len)?);
            let options = write_options(flags, KEVO_WRITE_IN_PIECES)?;
            let count = output(count, "count is NULL")?;
            let deleted = if flags & KEVO_WRITE_IN_PIECES != 0 {
                database.inner.delete_range_in_pieces(begin, end, options)?
            } else {
                database.delete_range(begin, end, options)?
            };
            count.set(deleted);
            Ok(())
        })
    }
}

/// Brings to disk all that was acknowledged before. `*error` is set as by kevo_db_put.
///
/// Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `db` is NULL; KEVO_E_IO, KEVO_E_FAILED, KEVO_E_READ_ONLY,
/// KEVO_E_CLOSED, KEVO_E_NO_MEMORY and KEVO_E_PANIC as kevo_db_put.
/// Threads: any number at once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_db_sync(db: *mut kevo_db, error: *mut *mut kevo_error) -> c_int {
    // SAFETY: by the caller.
    unsafe { on(db, error, |database| database.sync()) }
}

/// Takes writes again after a failure, when its cause is gone: makes what memory holds durable anew, and begins a new
/// log. A database that has not failed stays as it is. Writes that failed are gone then. It waits for a flush and a
/// compaction that run meanwhile: what they fail with counts as a failure before. `*error` is set as by kevo_db_put.
///
/// Returns:
/// KEVO_OK: writes go on.
/// KEVO_E_INVALID_ARGUMENT: `db` is NULL.
/// KEVO_E_IO: the cause is still there, and nothing has changed; it can be tried again.
/// KEVO_E_READ_ONLY, KEVO_E_CLOSED, KEVO_E_NO_MEMORY, KEVO_E_PANIC: as kevo_db_put.
///
/// Threads: any number at once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_db_resume(db: *mut kevo_db, error: *mut *mut kevo_error) -> c_int {
    // SAFETY: by the caller.
    unsafe { on(db, error, |database| database.resume()) }
}
