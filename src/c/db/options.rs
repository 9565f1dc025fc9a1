//! What opening a database is asked to do.

use super::super::boundary::{Code, DONE, exclusive, free, returning_code_from_memory, returning_handle, shared};
use super::super::code::KEVO_E_INVALID_ARGUMENT;
use super::super::recovery_options::{kevo_progress_callback, kevo_recovery_options};
use super::super::text::Text;
use crate::db::options::DEFAULT_SYNC_BYTES;
use crate::db::{CompactionStyle, DbOptions, LogLevel, SyncMode};
use crate::{Order, fork};
use libc::{c_char, c_int, c_uint, c_void};
use parking_lot::Mutex;
use std::fmt;
use std::ptr;
use std::sync::Arc;

/// Sync mode: the system brings to disk what was written when it likes. A write is handed to the system before it is
/// acknowledged, so that a crash of the process loses nothing, and one of the machine the newest writes.
pub const KEVO_SYNC_NONE: c_int = 0;
/// Sync mode: after so many bytes of log, and on rotation, flush and close.
pub const KEVO_SYNC_BYTES: c_int = 1;
/// Sync mode, the default: before a write is acknowledged. Writers that wait at the same time share one sync.
pub const KEVO_SYNC_ALWAYS: c_int = 2;
/// Sync mode: a write is handed to the system when 64 KiB have come together, or after 10 ms. A crash of the process
/// loses as much.
pub const KEVO_SYNC_BUFFERED: c_int = 3;

/// A level of the logger: something failed.
pub const KEVO_LOG_ERROR: c_int = 1;
/// A level of the logger: something is not as it should be, and the database copes.
pub const KEVO_LOG_WARNING: c_int = 2;
/// A level of the logger: what happens.
pub const KEVO_LOG_INFO: c_int = 3;

/// Compaction, the default: runs of about one size are merged into a larger one. It writes little.
pub const KEVO_COMPACTION_TIERED: c_int = 0;
/// Compaction: each level is one run, ten times as large as the level before. It writes more, and reads find fewer
/// runs.
pub const KEVO_COMPACTION_LEVELED: c_int = 1;
/// Compaction: only by kevo_db_compact.
pub const KEVO_COMPACTION_NONE: c_int = 2;

/// A function of the caller's that is told what happens in a database.
///
/// It is called by any thread, the database's own too, one call at a time, with a level (a KEVO_LOG_*) and a message
/// that ends with a NUL and is valid until the function returns. What happens is told as an event and its numbers, such
/// as "flush: tables=1 entries=1000 tombstones=0 bytes=65536 memtables_waiting=0 microseconds=1200": open, flush,
/// compaction, resume and close; later versions may add events, and numbers to each. What is not as it should be is a
/// sentence in English, with the path of the file. It must call no function of this
/// library, and must return: if an exception or pthread_exit leaves it, the process is aborted.
pub type kevo_log_callback =
    Option<unsafe extern "C-unwind" fn(user: *mut c_void, level: c_int, message: *const c_char)>;

/// What opening a database is asked to do. It is made by kevo_db_options_new, and owned by the caller. What is not
/// set is what the directory's MANIFEST says, if it says so, else the default.
#[derive(Debug)]
pub struct kevo_db_options {
    pub(super) options: DbOptions,
    pub(super) progress: kevo_progress_callback,
    pub(super) user: *mut c_void,
}

/// Makes options with the defaults, which each setter names.
///
/// Returns: the options, which the caller frees with kevo_db_options_free; NULL if there is no memory, or after an
/// error in the library.
/// Threads: any number at once.
#[unsafe(no_mangle)]
pub extern "C" fn kevo_db_options_new() -> *mut kevo_db_options {
    returning_handle(|| kevo_db_options { options: DbOptions::default(), progress: None, user: ptr::null_mut() })
}

/// Frees options. NULL is allowed. Databases that were opened with them are not affected.
///
/// Threads: no other may be using them.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_db_options_free(options: *mut kevo_db_options) {
    // SAFETY: a handle of this type, not used any more, or NULL, by the caller.
    unsafe { free(options) }
}

/// Changes options.
///
/// # Safety
///
/// `options` is a handle of this type that no other thread uses, or NULL.
unsafe fn set(options: *mut kevo_db_options, change: impl FnOnce(&mut DbOptions) -> Code) -> c_int {
    returning_code_from_memory(|| {
        // SAFETY: by this function's contract.
        let options = unsafe { exclusive(options) }?;
        let mut changed = options.options.clone();
        let code = change(&mut changed)?;
        changed.check().map_err(|error| error.code())?;
        options.options = changed;
        Ok(code)
    })
}

/// Sets whether a database is made where there is none: the directory, too, if only that is missing of the path. 0 is
/// no, anything else yes, the default.
///
/// Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `options` is NULL; KEVO_E_PANIC.
/// Threads: no other may be using `options`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_db_options_set_create_if_missing(options: *mut kevo_db_options, yes: c_int) -> c_int {
    let change = |options: &mut DbOptions| {
        options.create_if_missing = yes != 0;
        DONE
    };
    // SAFETY: by the caller.
    unsafe { set(options, change) }
}

/// Sets whether opening fails with KEVO_E_EXISTS if there is a database. 0, the default, is no, anything else yes.
///
/// Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `options` is NULL; KEVO_E_PANIC.
/// Threads: no other may be using `options`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_db_options_set_error_if_exists(options: *mut kevo_db_options, yes: c_int) -> c_int {
    let change = |options: &mut DbOptions| {
        options.error_if_exists = yes != 0;
        DONE
    };
    // SAFETY: by the caller.
    unsafe { set(options, change) }
}

/// Sets whether the database is only read: nothing on disk changes, and no lock is taken, so that another process may
/// write to it meanwhile. What the logs hold is kept in memory as long as the database is open, since it cannot be
/// flushed: about their size, and 40 bytes an entry. 0, the default, is no, anything else yes.
///
/// Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `options` is NULL; KEVO_E_PANIC.
/// Threads: no other may be using `options`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_db_options_set_read_only(options: *mut kevo_db_options, yes: c_int) -> c_int {
    let change = |options: &mut DbOptions| {
        options.read_only = yes != 0;
        DONE
    };
    // SAFETY: by the caller.
    unsafe { set(options, change) }
}

/// Sets how the logs are recovered. The mode, the threads, the progress callback, and whether logs that Kevo has set
/// aside are taken in are copied, each only if it was set in `recovery`; the others stay as they are in `options`.
/// They begin as KEVO_RECOVERY_TOLERATE_TORN_TAIL, one thread for each core, no callback, and set-aside logs taken
/// in. Limits on memtables are of no account here.
///
/// A progress callback is called during kevo_db_open, and can cancel it.
///
/// Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if a pointer is NULL, or `recovery` has KEVO_ORDER_SEQUENCE or a maximum
/// sequence number, and nothing is changed: a database is recovered whole, in the order of the log; KEVO_E_PANIC.
/// Threads: no other may be using `options`, or changing `recovery`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_db_options_set_recovery(
    options: *mut kevo_db_options,
    recovery: *const kevo_recovery_options,
) -> c_int {
    returning_code_from_memory(|| {
        // SAFETY: handles of their types or NULL, by the caller.
        let (options, recovery) = unsafe { (exclusive(options)?, shared(recovery)?) };
        let (from, is_set) = (&recovery.options, recovery.is_set);
        if from.order != Order::Log || from.max_sequence != u64::MAX {
            return Err(KEVO_E_INVALID_ARGUMENT);
        }
        let to = &mut options.options.recovery;
        if is_set.mode {
            to.mode = from.mode;
        }
        if is_set.include_set_aside {
            to.include_set_aside = from.include_set_aside;
        }
        if is_set.threads {
            to.threads = from.threads;
        }
        if is_set.progress {
            (options.progress, options.user) = (recovery.callback, recovery.user);
        }
        DONE
    })
}

/// Sets the size, in bytes, from which on a memtable is full and is flushed: key length + value length + 16 of each put
/// and delete in it. The default is 32 MiB.
///
/// Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `options` is NULL or `bytes` is 0, and nothing is changed;
/// KEVO_E_PANIC.
/// Threads: no other may be using `options`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_db_options_set_memtable_size(options: *mut kevo_db_options, bytes: u64) -> c_int {
    let change = |options: &mut DbOptions| {
        options.memtable_size = Some(bytes);
        DONE
    };
    // SAFETY: by the caller.
    unsafe { set(options, change) }
}

/// Sets how many memtables may wait for their flush; while there are as many, writers wait. The default is 4.
///
/// Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `options` is NULL or `count` is 0, and nothing is changed;
/// KEVO_E_PANIC.
/// Threads: no other may be using `options`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_db_options_set_max_memtables(options: *mut kevo_db_options, count: usize) -> c_int {
    let change = |options: &mut DbOptions| {
        options.max_memtables = Some(count);
        DONE
    };
    // SAFETY: by the caller.
    unsafe { set(options, change) }
}

/// Sets when what was written is brought to disk: KEVO_SYNC_NONE, KEVO_SYNC_BYTES, KEVO_SYNC_ALWAYS, which is the
/// default, or KEVO_SYNC_BUFFERED. `bytes` is of account for KEVO_SYNC_BYTES only; 0 is the default, 1 MiB.
///
/// Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `options` is NULL or `mode` is none of these, and nothing is changed;
/// KEVO_E_PANIC.
/// Threads: no other may be using `options`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_db_options_set_sync(options: *mut kevo_db_options, mode: c_int, bytes: u64) -> c_int {
    let change = |options: &mut DbOptions| {
        options.sync = match mode {
            KEVO_SYNC_NONE => SyncMode::None,
            KEVO_SYNC_BYTES if bytes == 0 => SyncMode::Bytes(DEFAULT_SYNC_BYTES),
            KEVO_SYNC_BYTES => SyncMode::Bytes(bytes),
            KEVO_SYNC_ALWAYS => SyncMode::Always,
            KEVO_SYNC_BUFFERED => SyncMode::Buffered,
            _ => return Err(KEVO_E_INVALID_ARGUMENT),
        };
        DONE
    };
    // SAFETY: by the caller.
    unsafe { set(options, change) }
}

/// Sets the size of a log, in bytes, from which on it is ended and the next one begun. The default is 64 MiB.
///
/// Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `options` is NULL or `bytes` is 0, and nothing is changed;
/// KEVO_E_PANIC.
/// Threads: no other may be using `options`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_db_options_set_log_size(options: *mut kevo_db_options, bytes: u64) -> c_int {
    let change = |options: &mut DbOptions| {
        options.log_size = bytes;
        DONE
    };
    // SAFETY: by the caller.
    unsafe { set(options, change) }
}

/// Sets whether the log is written through a map of its end, without a system call for each write, on file systems
/// where that can be done; elsewhere it is written as usual. 0, the default, is no, anything else yes.
///
/// It is off because of what happens if the disk fails, or if somebody truncates the log: the system then ends the
/// process with SIGBUS.
///
/// Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `options` is NULL; KEVO_E_PANIC.
/// Threads: no other may be using `options`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_db_options_set_log_mapped(options: *mut kevo_db_options, yes: c_int) -> c_int {
    let change = |options: &mut DbOptions| {
        options.log_mapped = yes != 0;
        DONE
    };
    // SAFETY: by the caller.
    unsafe { set(options, change) }
}

/// Sets how many bytes of logs are kept after all that they hold is in tables, for readers of the log. The default is
/// 0.
///
/// Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `options` is NULL; KEVO_E_PANIC.
/// Threads: no other may be using `options`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_db_options_set_log_retention(options: *mut kevo_db_options, bytes: u64) -> c_int {
    let change = |options: &mut DbOptions| {
        options.log_retention = bytes;
        DONE
    };
    // SAFETY: by the caller.
    unsafe { set(options, change) }
}

/// Sets the size of a table, in bytes, about. The default is 64 MiB.
///
/// Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `options` is NULL or `bytes` is 0, and nothing is changed;
/// KEVO_E_PANIC.
/// Threads: no other may be using `options`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_db_options_set_table_size(options: *mut kevo_db_options, bytes: u64) -> c_int {
    let change = |options: &mut DbOptions| {
        options.table_size = bytes;
        DONE
    };
    // SAFETY: by the caller.
    unsafe { set(options, change) }
}

/// Sets the size of a block, in bytes, about: as much is read from disk for one key. The default is 4 KiB.
///
/// Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `options` is NULL, or `bytes` is 0 or above 1 GiB, and nothing is
/// changed; KEVO_E_PANIC.
/// Threads: no other may be using `options`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_db_options_set_block_size(options: *mut kevo_db_options, bytes: usize) -> c_int {
    let change = |options: &mut DbOptions| {
        options.block_size = bytes;
        DONE
    };
    // SAFETY: by the caller.
    unsafe { set(options, change) }
}

/// Sets how many bytes of memory blocks, indexes and filters of tables take, about. With 0, blocks are read anew for
/// each call. The default is 64 MiB.
///
/// Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `options` is NULL; KEVO_E_PANIC.
/// Threads: no other may be using `options`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_db_options_set_cache_size(options: *mut kevo_db_options, bytes: u64) -> c_int {
    let change = |options: &mut DbOptions| {
        options.cache_size = bytes;
        DONE
    };
    // SAFETY: by the caller.
    unsafe { set(options, change) }
}

/// Sets how many bits a key has in the filters of the tables that are written; 0 is no filter, and the most is 64. The
/// default is 10, with which one lookup in a hundred reads a block in vain.
///
/// Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `options` is NULL or `bits_per_key` is above 64, and nothing is
/// changed; KEVO_E_PANIC.
/// Threads: no other may be using `options`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_db_options_set_filter_bits(options: *mut kevo_db_options, bits_per_key: c_uint) -> c_int {
    let change = |options: &mut DbOptions| {
        options.filter_bits = bits_per_key;
        DONE
    };
    // SAFETY: by the caller.
    unsafe { set(options, change) }
}

/// Sets how tables are merged, KEVO_COMPACTION_TIERED, which is the default, KEVO_COMPACTION_LEVELED or
/// KEVO_COMPACTION_NONE, and how many threads do that; 0 is the default, 2, and more than 256 are not started.
///
/// Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `options` is NULL or `style` is none of these, and nothing is changed;
/// KEVO_E_PANIC.
/// Threads: no other may be using `options`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_db_options_set_compaction(
    options: *mut kevo_db_options,
    style: c_int,
    threads: usize,
) -> c_int {
    const MOST_THREADS: usize = 256;
    let change = |options: &mut DbOptions| {
        options.compaction = match style {
            KEVO_COMPACTION_TIERED => CompactionStyle::Tiered,
            KEVO_COMPACTION_LEVELED => CompactionStyle::Leveled,
            KEVO_COMPACTION_NONE => CompactionStyle::None,
            _ => return Err(KEVO_E_INVALID_ARGUMENT),
        };
        let usual = DbOptions::default().compaction_threads;
        options.compaction_threads = if threads == 0 { usual } else { threads.min(MOST_THREADS) };
        DONE
    };
    // SAFETY: by the caller.
    unsafe { set(options, change) }
}

/// Sets how many bytes a second a compaction writes at most. The default is 0: as many as it can.
///
/// Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `options` is NULL; KEVO_E_PANIC.
/// Threads: no other may be using `options`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_db_options_set_compaction_rate(
    options: *mut kevo_db_options,
    bytes_per_second: u64,
) -> c_int {
    let change = |options: &mut DbOptions| {
        options.compaction_rate = bytes_per_second;
        DONE
    };
    // SAFETY: by the caller.
    unsafe { set(options, change) }
}

/// Sets how many files of tables are open at once; there can be one more for each thread that reads. The default is
/// 1000.
///
/// Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `options` is NULL or `count` is 0, and nothing is changed;
/// KEVO_E_PANIC.
/// Threads: no other may be using `options`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_db_options_set_max_open_files(options: *mut kevo_db_options, count: usize) -> c_int {
    let change = |options: &mut DbOptions| {
        options.max_open_files = count;
        DONE
    };
    // SAFETY: by the caller.
    unsafe { set(options, change) }
}

/// Sets a function that is told what happens in the database (see kevo_log_callback); NULL, the default, is none.
/// `user` is passed to it as it is. Both must stay usable until every database that was opened with these options is
/// closed.
///
/// Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `options` is NULL; KEVO_E_PANIC.
/// Threads: no other may be using `options`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_db_options_set_logger(
    options: *mut kevo_db_options,
    log: kevo_log_callback,
    user: *mut c_void,
) -> c_int {
    let change = |options: &mut DbOptions| {
        options.logger = log.map(|log| {
            let logger = Mutex::new(Logger { log, user });
            let process = fork::Process::current();
            Arc::new(move |level, message: fmt::Arguments<'_>| {
                // In a forked child the lock may be held by a thread that it does not have.
                if !process.is_other() {
                    logger.lock().tell(level, message);
                }
            }) as crate::db::Logger
        });
        DONE
    };
    // SAFETY: by the caller.
    unsafe { set(options, change) }
}

/// A function of the caller's, which is called by the thread that holds the lock around this.
struct Logger {
    log: unsafe extern "C-unwind" fn(*mut c_void, c_int, *const c_char),
    user: *mut c_void,
}

// SAFETY: the caller gave the pointer for calls on any thread, and this library only passes it on.
unsafe impl Send for Logger {}

impl Logger {
    fn tell(&self, level: LogLevel, message: fmt::Arguments<'_>) {
        let level = match level {
            LogLevel::Error => KEVO_LOG_ERROR,
            LogLevel::Warning => KEVO_LOG_WARNING,
            LogLevel::Info => KEVO_LOG_INFO,
        };
        // Where there is no memory for a message, there is none.
        if let Ok(text) = Text::of(&message) {
            // SAFETY: the caller gave the function for this, with this pointer; the text lives until it returns.
            unsafe { (self.log)(self.user, level, text.as_ptr()) };
        }
    }
}
