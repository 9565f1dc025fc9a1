//! Export: what was recovered leaves as a log.

use super::boundary::{Out, path, returning_code, shared};
use super::code::KEVO_OK;
use super::error::kevo_error;
use super::list::kevo_memtable_list;
use crate::{Error, Exported};
use libc::{c_char, c_int};

/// An export writes of each key only its last put or delete.
pub const KEVO_EXPORT_NEWEST_ONLY: u32 = 1;

/// Writes what is in a list as a clean log. Kevo can open it, and kevo_recover recovers it, in any mode and in either
/// order, with the same answers.
///
/// `out_dir` is the path of the directory that the log goes into, with a NUL at its end. The directory is made; if it
/// exists, it must be empty, and a new directory of the same owner, group and mode takes its place. So it must not be a
/// mount point or the working directory, must have no access control list, and may belong to another user only if the
/// superuser calls. The directory that it is in must exist and be readable. `flags` is 0 or KEVO_EXPORT_NEWEST_ONLY.
///
/// All puts and deletes of all memtables are written, also those that were made since recovery. What other threads
/// write to the list meanwhile is not. They come in the order in which they were made, with new sequence numbers from 1
/// up. (If the list is in KEVO_ORDER_SEQUENCE, they come memtable by memtable, and inside a memtable by their old
/// sequence numbers.) With KEVO_EXPORT_NEWEST_ONLY, only the last put or delete of each key is written. A file has at
/// most 64 MiB, or one entry. Everything is on disk when this returns.
///
/// Until everything is on disk, it is in another directory, kevo-export-*.partial, in the same parent as `out_dir`, in
/// files that are not named as logs; then that directory is renamed. So `out_dir` never holds a part of a log, whatever
/// happens. On failure, everything is removed again, unless the step that fails is the last one, which brings the new
/// name to disk: then the log is there. If the process or the machine ends early, the other directory stays, and may be
/// removed.
///
/// `*entries` is set to the number of puts and deletes written, `*memtable_size` to how many bytes a memtable has to
/// hold for all of them. A memtable of Kevo's holds 33554432 bytes by default. If a log needs more, Kevo makes several
/// memtables of it but answers only from the last; if it needs more of them than "max_memtables", 4 by default, Kevo
/// sets the log aside. In both cases, set "memtable_size" in the file MANIFEST of Kevo's database to more than
/// `*memtable_size` before Kevo opens it. `entries` and `memtable_size` may be NULL; on failure nothing is set by them.
/// `*error`, if `error` is not NULL, is set to NULL on success, and on failure to what went wrong, which the caller
/// frees with kevo_error_free. (After KEVO_E_PANIC, and where there is no memory for it, it is NULL.)
///
/// Returns:
/// KEVO_OK: written.
/// KEVO_E_INVALID_ARGUMENT: `list` or `out_dir` is NULL, or another bit of `flags` is set.
/// KEVO_E_IO: `out_dir` is not empty, cannot be made or replaced, or something could not be written.
/// KEVO_E_NO_MEMORY: in KEVO_ORDER_SEQUENCE 24 bytes for each entry, and in either order 8 bytes for each that was
/// written since recovery, 16 with KEVO_EXPORT_NEWEST_ONLY, do not fit into memory.
/// KEVO_E_PANIC: an error in the library.
///
/// Threads: any number at once, into different directories, and while others write to the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_memtable_list_export(
    list: *const kevo_memtable_list,
    out_dir: *const c_char,
    flags: u32,
    entries: *mut u64,
    memtable_size: *mut u64,
    error: *mut *mut kevo_error,
) -> c_int {
    // SAFETY: outputs that are writable, or NULL, by the caller.
    let (entries, memtable_size, error) =
        unsafe { (Out::optional(entries), Out::optional(memtable_size), Out::optional(error)) };
    error.clear();
    returning_code(|| {
        // SAFETY: a handle of this type and a string, or NULL, by the caller.
        let exported = unsafe { export(list, out_dir, flags) };
        let exported = exported.map_err(|failure| kevo_error::hand_over(failure, &error))?;
        entries.set(exported.entries);
        memtable_size.set(exported.memtable_size);
        Ok(KEVO_OK)
    })
}

/// # Safety
///
/// `list` is a handle of its type or NULL, `out_dir` a string or NULL.
unsafe fn export(list: *const kevo_memtable_list, out_dir: *const c_char, flags: u32) -> Result<Exported, Error> {
    // SAFETY: by this function's contract.
    let (list, out_dir) = unsafe { (shared(list), path(out_dir)) };
    let list = list.map_err(|_| Error::InvalidArgument("list is NULL"))?;
    let out_dir = out_dir.ok_or(Error::InvalidArgument("out_dir is NULL"))?;
    if flags & !KEVO_EXPORT_NEWEST_ONLY != 0 {
        return Err(Error::InvalidArgument("flags has a bit set that is not KEVO_EXPORT_NEWEST_ONLY"));
    }
    list.list.export(out_dir, flags & KEVO_EXPORT_NEWEST_ONLY != 0)
}
