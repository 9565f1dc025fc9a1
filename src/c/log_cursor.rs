//! The log as a feed.

use super::boundary::{Out, free, path, returning_code, shared};
use super::code::{KEVO_END, KEVO_OK};
use super::db::of_process::OfProcess;
use super::error::kevo_error;
use super::slice::kevo_entry;
use crate::Error;
use crate::feed::{Fed, Feed, Waker};
use libc::{c_char, c_int};
use parking_lot::Mutex;
use std::ffi::CString;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Goes through the logs of a directory in the order in which they were written, and waits for more. It is made by
/// kevo_log_cursor_open or kevo_log_cursor_open_at, and owned by the caller.
///
/// The directory is the `wal` of a database of this library or of Kevo, which another thread or process may write to.
#[derive(Debug)]
pub struct kevo_log_cursor {
    of_process: OfProcess<Cursor>,
}

#[derive(Debug)]
struct Cursor {
    feed: Mutex<Lending>,
    waker: Arc<Waker>,
}

#[derive(Debug)]
struct Lending {
    feed: Feed,
    /// The path of the log that the last entry is in.
    path: CString,
}

impl kevo_log_cursor {
    fn new(feed: Feed) -> Self {
        let waker = Arc::clone(feed.waker());
        let feed = Mutex::new(Lending { feed, path: CString::default() });
        Self { of_process: OfProcess::new(Cursor { feed, waker }) }
    }
}

/// Where what is given of an entry goes.
struct Outputs {
    entry: Out<kevo_entry>,
    last_of_batch: Out<c_int>,
    path: Out<*const c_char>,
    offset: Out<u64>,
}

impl Lending {
    fn next(&mut self, timeout: Duration, outputs: &Outputs) -> Result<c_int, Error> {
        let Self { feed, path } = self;
        let Some(Fed { entry, last_of_batch, path: log, offset }) = feed.next(timeout)? else { return Ok(KEVO_END) };
        if path.as_bytes() != log.as_os_str().as_bytes() {
            *path = c_string(log)?;
        }
        outputs.entry.set(kevo_entry::of(&entry));
        outputs.last_of_batch.set(c_int::from(last_of_batch));
        outputs.path.set(path.as_ptr());
        outputs.offset.set(offset);
        Ok(KEVO_OK)
    }
}

fn c_string(path: &Path) -> Result<CString, Error> {
    let bytes = crate::memory::copied_bytes(path.as_os_str().as_bytes())?;
    CString::new(bytes).map_err(|_| Error::InvalidArgument("a path with a NUL in it"))
}

/// Makes a cursor, which must be wanted, and hands it over.
///
/// # Safety
///
/// `cursor` and `error` are writable or NULL.
unsafe fn give(
    cursor: *mut *mut kevo_log_cursor,
    error: *mut *mut kevo_error,
    open: impl FnOnce() -> Result<Feed, Error>,
) -> c_int {
    // SAFETY: by this function's contract.
    let (cursor, error) = unsafe { (Out::optional(cursor), Out::optional(error)) };
    cursor.clear();
    error.clear();
    returning_code(|| {
        let given = if cursor.is_wanted() {
            cursor.give(|| open().map(kevo_log_cursor::new))
        } else {
            Err(Error::InvalidArgument("cursor is NULL"))
        };
        given.map(|()| KEVO_OK).map_err(|failure| kevo_error::hand_over(failure, &error))
    })
}

/// Makes a cursor before the first entry whose sequence number is above `after_sequence`: 0 for all, or what
/// kevo_db_last_sequence says for those that come from now on.
///
/// `wal_dir` is the path of the directory, with a NUL at its end; it must be there, and may have no log yet. Logs that
/// were flushed are gone, unless kevo_db_options_set_log_retention keeps them: then the cursor finds them. `*cursor` is
/// set to the cursor, which the caller frees with kevo_log_cursor_free; on failure to NULL. `*error` is set as by
/// kevo_db_put.
///
/// Sequence numbers of Kevo start again with its process, so entries of its logs that were asked for may be passed
/// over. Ask for all of them, or use kevo_log_cursor_open_at. Logs that Kevo has set aside are not read.
///
/// Returns:
/// KEVO_OK: the cursor is there.
/// KEVO_E_INVALID_ARGUMENT: `wal_dir` or `cursor` is NULL.
/// KEVO_E_IO: the directory cannot be read; or the log with the next entry is gone, which the message says.
/// KEVO_E_NO_MEMORY, KEVO_E_PANIC: as kevo_db_put.
///
/// Threads: any number at once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_log_cursor_open(
    wal_dir: *const c_char,
    after_sequence: u64,
    cursor: *mut *mut kevo_log_cursor,
    error: *mut *mut kevo_error,
) -> c_int {
    // SAFETY: a string or NULL, and writable or NULL, by the caller.
    unsafe {
        give(cursor, error, || {
            let wal_dir = path(wal_dir).ok_or(Error::InvalidArgument("wal_dir is NULL"))?;
            Feed::open(wal_dir, after_sequence)
        })
    }
}

/// Makes a cursor that goes on after an entry which kevo_log_cursor_next gave: `path` and `offset` are what it gave
/// with it. After an entry in the middle of a batch, the whole batch comes again.
///
/// Of `path` the name of the file counts: the log may be kept elsewhere by now. Everything else is as in
/// kevo_log_cursor_open.
///
/// Returns: as kevo_log_cursor_open, KEVO_E_INVALID_ARGUMENT also if `path` is NULL, or the log ends before `offset`.
/// Threads: any number at once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_log_cursor_open_at(
    wal_dir: *const c_char,
    path: *const c_char,
    offset: u64,
    cursor: *mut *mut kevo_log_cursor,
    error: *mut *mut kevo_error,
) -> c_int {
    // SAFETY: strings or NULL, and writable or NULL, by the caller.
    unsafe {
        give(cursor, error, || {
            let wal_dir = self::path(wal_dir).ok_or(Error::InvalidArgument("wal_dir is NULL"))?;
            let path = self::path(path).ok_or(Error::InvalidArgument("path is NULL"))?;
            Feed::open_at(wal_dir, path, offset)
        })
    }
}

/// Gives the next entry. If there is none yet, it waits for one, `timeout_ms` milliseconds at most; 0 does not wait.
///
/// `*entry` is set to the entry, a put or a delete, whose bytes are valid until the next call; `*last_of_batch` to 1 if
/// it is in no batch, or the last one of its batch, otherwise to 0; `*path` to the path of its log, which is valid
/// until the next call; and `*offset` to where kevo_log_cursor_open_at goes on after it. Each of these may be NULL.
/// `*error` is set as by kevo_db_put.
///
/// An entry is given when it and its whole batch are in the log, which may be before it is on disk. (With
/// KEVO_SYNC_BUFFERED it may come up to 10 ms late.) If the machine stops then, it may be lost, and its sequence number
/// may be given to another one; so may a write that failed, after kevo_db_resume. While it waits, it looks at the log
/// about a hundred times a second.
///
/// Returns:
/// KEVO_OK: there is an entry.
/// KEVO_END: there is none yet, and nothing is set.
/// KEVO_E_CANCELLED: kevo_log_cursor_wake was called.
/// KEVO_E_INVALID_ARGUMENT: `cursor` is NULL.
/// KEVO_E_CORRUPT: the log is damaged there; the error has file and offset. The next call says so again.
/// KEVO_E_IO: a log cannot be read; or the next one is gone, which the message says.
/// KEVO_E_UNSUPPORTED: a newer version of this library wrote the log.
/// KEVO_E_CLOSED: this process was forked from the one that made the cursor.
/// KEVO_E_NO_MEMORY, KEVO_E_PANIC: as kevo_db_put.
///
/// Threads: one at a time; another one may call kevo_log_cursor_wake.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_log_cursor_next(
    cursor: *mut kevo_log_cursor,
    timeout_ms: u64,
    entry: *mut kevo_entry,
    last_of_batch: *mut c_int,
    path: *mut *const c_char,
    offset: *mut u64,
    error: *mut *mut kevo_error,
) -> c_int {
    // SAFETY: a handle of its type or NULL, and writable or NULL, by the caller.
    let (cursor, outputs, error) = unsafe {
        let (entry, last_of_batch) = (Out::optional(entry), Out::optional(last_of_batch));
        let (path, offset) = (Out::optional(path), Out::optional(offset));
        (shared(cursor), Outputs { entry, last_of_batch, path, offset }, Out::optional(error))
    };
    error.clear();
    returning_code(|| {
        let next = || {
            let cursor = cursor.map_err(|_| Error::InvalidArgument("cursor is NULL"))?.of_process.get()?;
            cursor.feed.lock().next(Duration::from_millis(timeout_ms), &outputs)
        };
        next().map_err(|failure| kevo_error::hand_over(failure, &error))
    })
}

/// Wakes a kevo_log_cursor_next that waits: it returns KEVO_E_CANCELLED. If none waits, the next one that would does.
///
/// Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `cursor` is NULL; KEVO_E_CLOSED in a process that was forked;
/// KEVO_E_PANIC.
/// Threads: any number at once, also while one waits.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_log_cursor_wake(cursor: *mut kevo_log_cursor) -> c_int {
    returning_code(|| {
        // SAFETY: a handle of its type or NULL, by the caller.
        let cursor = unsafe { shared(cursor) }?;
        cursor.of_process.get().map_err(|error| error.code())?.waker.wake();
        Ok(KEVO_OK)
    })
}

/// Frees a cursor. NULL is allowed. What it gave is not valid any more.
///
/// Threads: no other may be using it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_log_cursor_free(cursor: *mut kevo_log_cursor) {
    // SAFETY: a handle of this type, not used any more, or NULL, by the caller.
    unsafe { free(cursor) }
}
