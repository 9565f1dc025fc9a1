//! What recovery is asked to do.

use super::boundary::{Code, DONE, exclusive, free, returning_code_from_memory, returning_handle};
use super::code::KEVO_E_INVALID_ARGUMENT;
use crate::{Mode, Options, Order};
use libc::{c_int, c_void};
use std::ptr;

/// Recovery mode, the default: torn tails are reported, in any file; corruption is an error.
pub const KEVO_RECOVERY_TOLERATE_TORN_TAIL: c_int = 0;
/// Recovery mode: any damage is an error.
pub const KEVO_RECOVERY_ABSOLUTE: c_int = 1;
/// Recovery mode: nothing that comes after corruption is recovered; after a torn tail, a later file is read only if it
/// goes on where the sequence numbers left off. KEVO_STAT_FILES_LEFT_OUT counts the files that are not read.
pub const KEVO_RECOVERY_POINT_IN_TIME: c_int = 2;
/// Recovery mode: all that is intact is recovered.
pub const KEVO_RECOVERY_SKIP_CORRUPTED: c_int = 3;

/// Order, the default: the version of a key that was written last is the newest.
pub const KEVO_ORDER_LOG: c_int = 0;
/// Order: what Kevo itself would answer, which can be an old value. Inside a memtable the version with the highest
/// sequence number is the newest. Of several memtables, the newest one that has a version of the key at or below the
/// bound answers.
pub const KEVO_ORDER_SEQUENCE: c_int = 1;

/// A function of the caller's that is told how far recovery, or the compaction of a database, has read.
///
/// It is called on the thread that called kevo_recover, kevo_db_open or kevo_db_compact, one call at a time, with the
/// number of bytes read so far and the number of bytes to be read. The thread is not cancelled in it (see the top of
/// this header). It may call any function of this library, but must not change or free the options that the recovery
/// uses, and must not write to, maintain or close the database that is opened or compacted. It must return: if an
/// exception or pthread_exit leaves it, the process is aborted; if longjmp leaves it, the behaviour is undefined.
///
/// Returns: 0 to go on; any other number cancels the recovery or compaction.
pub type kevo_progress_callback =
    Option<unsafe extern "C-unwind" fn(user: *mut c_void, bytes_done: u64, bytes_total: u64) -> c_int>;

/// What recovery is asked to do. It is made by kevo_recovery_options_new, and owned by the caller.
#[derive(Debug)]
pub struct kevo_recovery_options {
    pub(super) options: Options,
    pub(super) callback: kevo_progress_callback,
    pub(super) user: *mut c_void,
    pub(super) is_set: IsSet,
}

/// What was set of what a database takes in; the rest of it keeps what the database has.
#[derive(Clone, Copy, Debug, Default)]
#[allow(clippy::struct_excessive_bools)] // One for each option.
pub(super) struct IsSet {
    pub(super) mode: bool,
    pub(super) include_set_aside: bool,
    pub(super) threads: bool,
    pub(super) progress: bool,
}

/// Makes options with the defaults: KEVO_RECOVERY_TOLERATE_TORN_TAIL, KEVO_ORDER_LOG, no maximum sequence number, at
/// most 4 memtables of 32 MiB each, without the logs that Kevo has set aside, one thread for each core, no progress
/// callback.
///
/// Returns: the options, which the caller frees with kevo_recovery_options_free; NULL if there is no memory, or after
/// an error in the library.
/// Threads: any number at once.
#[unsafe(no_mangle)]
pub extern "C" fn kevo_recovery_options_new() -> *mut kevo_recovery_options {
    returning_handle(|| kevo_recovery_options {
        options: Options::default(),
        callback: None,
        user: ptr::null_mut(),
        is_set: IsSet::default(),
    })
}

/// Frees options. NULL is allowed. What was recovered with them is not affected.
///
/// Threads: no other may be using them.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_recovery_options_free(options: *mut kevo_recovery_options) {
    // SAFETY: a handle of this type, not used any more, or NULL, by the caller.
    unsafe { free(options) }
}

/// Changes options.
///
/// # Safety
///
/// `options` is a handle of this type that no other thread uses, or NULL.
unsafe fn set(options: *mut kevo_recovery_options, change: impl FnOnce(&mut kevo_recovery_options) -> Code) -> c_int {
    // SAFETY: by this function's contract.
    returning_code_from_memory(|| change(unsafe { exclusive(options) }?))
}

/// Sets what recovery does about damage: one of KEVO_RECOVERY_TOLERATE_TORN_TAIL, KEVO_RECOVERY_ABSOLUTE,
/// KEVO_RECOVERY_POINT_IN_TIME, KEVO_RECOVERY_SKIP_CORRUPTED.
///
/// Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `options` is NULL or `mode` is none of these, and nothing is changed;
/// KEVO_E_PANIC.
/// Threads: no other may be using `options`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_recovery_options_set_mode(options: *mut kevo_recovery_options, mode: c_int) -> c_int {
    let change = |options: &mut kevo_recovery_options| {
        options.options.mode = match mode {
            KEVO_RECOVERY_TOLERATE_TORN_TAIL => Mode::TolerateTornTail,
            KEVO_RECOVERY_ABSOLUTE => Mode::Absolute,
            KEVO_RECOVERY_POINT_IN_TIME => Mode::PointInTime,
            KEVO_RECOVERY_SKIP_CORRUPTED => Mode::SkipCorrupted,
            _ => return Err(KEVO_E_INVALID_ARGUMENT),
        };
        options.is_set.mode = true;
        DONE
    };
    // SAFETY: by the caller.
    unsafe { set(options, change) }
}

/// Sets what makes a version of a key the newest: KEVO_ORDER_LOG or KEVO_ORDER_SEQUENCE.
///
/// Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `options` is NULL or `order` is neither, and nothing is changed;
/// KEVO_E_PANIC.
/// Threads: no other may be using `options`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_recovery_options_set_order(options: *mut kevo_recovery_options, order: c_int) -> c_int {
    let change = |options: &mut kevo_recovery_options| {
        options.options.order = match order {
            KEVO_ORDER_LOG => Order::Log,
            KEVO_ORDER_SEQUENCE => Order::Sequence,
            _ => return Err(KEVO_E_INVALID_ARGUMENT),
        };
        DONE
    };
    // SAFETY: by the caller.
    unsafe { set(options, change) }
}

/// Sets the highest sequence number that is recovered; entries above it are ignored, and a batch whose last operation
/// is above it is ignored whole. KEVO_SEQUENCE_LATEST ignores none.
///
/// Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `options` is NULL; KEVO_E_PANIC.
/// Threads: no other may be using `options`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_recovery_options_set_max_sequence(
    options: *mut kevo_recovery_options,
    sequence: u64,
) -> c_int {
    let change = |options: &mut kevo_recovery_options| {
        options.options.max_sequence = sequence;
        DONE
    };
    // SAFETY: by the caller.
    unsafe { set(options, change) }
}

/// Sets how many memtables recovery may make at the most; a log that needs more is KEVO_E_TOO_MANY_MEMTABLES.
///
/// Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `options` is NULL or `count` is 0, and nothing is changed;
/// KEVO_E_PANIC.
/// Threads: no other may be using `options`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_recovery_options_set_max_memtables(
    options: *mut kevo_recovery_options,
    count: usize,
) -> c_int {
    let change = |options: &mut kevo_recovery_options| {
        options.options = checked(Options { max_memtables: count, ..options.options })?;
        DONE
    };
    // SAFETY: by the caller.
    unsafe { set(options, change) }
}

/// Sets the approximate size, in bytes, from which on a memtable is full: of each put and delete in it, key length +
/// value length + 16.
///
/// Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `options` is NULL or `bytes` is 0, and nothing is changed;
/// KEVO_E_PANIC.
/// Threads: no other may be using `options`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_recovery_options_set_memtable_size(
    options: *mut kevo_recovery_options,
    bytes: u64,
) -> c_int {
    let change = |options: &mut kevo_recovery_options| {
        options.options = checked(Options { memtable_size: bytes, ..options.options })?;
        DONE
    };
    // SAFETY: by the caller.
    unsafe { set(options, change) }
}

fn checked(options: Options) -> Result<Options, c_int> {
    options.check().map(|()| options).map_err(|error| error.code())
}

/// Sets whether the logs that Kevo has set aside, in directories named backup_* directly below the WAL directory, are
/// read too, in the order of the files' names, whatever their directory. 0 is no, anything else yes.
///
/// Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `options` is NULL; KEVO_E_PANIC.
/// Threads: no other may be using `options`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_recovery_options_set_include_set_aside(
    options: *mut kevo_recovery_options,
    yes: c_int,
) -> c_int {
    let change = |options: &mut kevo_recovery_options| {
        options.options.include_set_aside = yes != 0;
        options.is_set.include_set_aside = true;
        DONE
    };
    // SAFETY: by the caller.
    unsafe { set(options, change) }
}

/// Sets how many threads recovery uses at the most, the calling one included. The call that sorts what was recovered
/// (see kevo_recover) uses at the most as many. 0, the default, is one for each core. The result is the same for any
/// number. No thread that a call starts outlives that call.
///
/// Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `options` is NULL; KEVO_E_PANIC.
/// Threads: no other may be using `options`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_recovery_options_set_threads(options: *mut kevo_recovery_options, count: usize) -> c_int {
    let change = |options: &mut kevo_recovery_options| {
        options.options.threads = count;
        options.is_set.threads = true;
        DONE
    };
    // SAFETY: by the caller.
    unsafe { set(options, change) }
}

/// Sets a callback that is told how far recovery has read, and can cancel it (see kevo_progress_callback); NULL, the
/// default, is none. `user` is passed to it as it is.
///
/// `callback` and `user` must stay usable until the last kevo_recover with these options has returned, and the last
/// kevo_db_open with options that took them over.
///
/// Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `options` is NULL; KEVO_E_PANIC.
/// Threads: no other may be using `options`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_recovery_options_set_progress(
    options: *mut kevo_recovery_options,
    callback: kevo_progress_callback,
    user: *mut c_void,
) -> c_int {
    let change = |options: &mut kevo_recovery_options| {
        (options.callback, options.user) = (callback, user);
        options.is_set.progress = true;
        DONE
    };
    // SAFETY: by the caller.
    unsafe { set(options, change) }
}
