//! Iterators.

use super::boundary::{
    Out, bytes, exclusive, free, or_on_panic, returning_code, returning_code_from_memory, shared, writable,
};
use super::cancellation::CancellationOff;
use super::code::{KEVO_E_BUFFER_TOO_SMALL, KEVO_E_INVALID_ARGUMENT, KEVO_END, KEVO_OK};
use super::db::of_process::OfProcess;
use super::error::kevo_error;
use super::list::kevo_memtable_list;
use super::memtable::kevo_memtable;
use super::scan::kevo_scan;
use super::slice::kevo_entry;
use super::table::kevo_table;
use crate::db::Database;
use crate::{Error, Iter, Packed, Scan};
use libc::{c_int, c_void};
use std::mem::MaybeUninit;
use std::ptr;
use std::sync::Weak;

/// Goes through a list, a memtable, a table or a database, as it was when the iterator was made. It is made by
/// kevo_memtable_list_iterator, kevo_memtable_iterator, kevo_table_iterator, kevo_db_iterator, kevo_snapshot_iterator
/// or kevo_transaction_iterator, and owned by the caller. It keeps alive what it goes through.
///
/// An iterator is on an entry, before the first entry, or after the last one. A new iterator is before the first. Keys
/// come in the order of their bytes, which are compared as unsigned numbers; a key comes before every longer key that
/// begins with it. Versions of a key come newest first.
///
/// A function that moves it can return KEVO_E_NO_MEMORY, and over a table or a database KEVO_E_IO and KEVO_E_CORRUPT,
/// of which kevo_iterator_error tells more; over a database also KEVO_E_CLOSED, in a process that was forked. The
/// iterator is then where it was, and the next move tries again.
#[derive(Debug)]
pub struct kevo_iterator {
    iter: OfProcess<Iter>,
    origin: Origin,
    /// Why the last move failed, if it did and there was memory to say so.
    error: Option<kevo_error>,
}

/// What an iterator goes through.
#[derive(Debug)]
pub(super) enum Origin {
    /// A list or a memtable.
    Memory,
    Table,
    /// A database, or a snapshot of one or a transaction: then there is none to refresh it from.
    Database {
        database: Option<Weak<Database>>,
        scan: Scan,
    },
}

impl kevo_iterator {
    pub(super) fn new(iter: Iter, origin: Origin) -> Self {
        Self { iter: OfProcess::new(iter), origin, error: None }
    }

    /// Goes to the next entry, if it is known to be in the block where the iterator is. This reads no file.
    #[inline]
    fn next_at_hand(&mut self) -> bool {
        let is_there = self.iter.get_mut().is_ok_and(Iter::next_at_hand);
        if is_there && self.error.is_some() {
            self.error = None;
        }
        is_there
    }

    /// Moves it. What fails is kept for [`kevo_iterator_error`].
    fn go(&mut self, go: impl FnOnce(&mut Iter) -> Result<c_int, Error>) -> c_int {
        // Reading files is a cancellation point.
        let _cancellation_off = (!matches!(self.origin, Origin::Memory)).then(CancellationOff::new);
        self.error = None;
        let iter = match self.origin {
            Origin::Database { .. } => self.iter.get_mut(),
            Origin::Memory | Origin::Table => Ok(self.iter.get_mut_anywhere()),
        };
        iter.and_then(go).unwrap_or_else(|error| {
            let code = error.code();
            kevo_error::new(error).map_or_else(
                |refused| refused.code(),
                |error| {
                    self.error = Some(error);
                    code
                },
            )
        })
    }
}

impl kevo_iterator {
    fn refresh(&mut self) -> Result<(), Error> {
        let Origin::Database { database: Some(database), scan } = &self.origin else {
            self.iter.get()?;
            return Err(Error::InvalidArgument("the iterator is not one over a database as it is now"));
        };
        self.iter.get()?;
        let iter = database.upgrade().ok_or(Error::Closed)?.iterator(scan)?;
        (self.iter, self.error) = (OfProcess::new(iter), None);
        Ok(())
    }
}

/// Makes an iterator.
///
/// # Safety
///
/// `source` is a handle of its type or NULL, `scan` too, and `iterator` writable or NULL.
unsafe fn make<T>(
    source: *const T,
    scan: *const kevo_scan,
    iterator: *mut *mut kevo_iterator,
    iter: impl FnOnce(&T, &Scan) -> Result<Iter, Error>,
) -> c_int {
    returning_code(|| {
        // SAFETY: by this function's contract.
        let iterator = unsafe { Out::required(iterator) }?;
        iterator.clear();
        // SAFETY: by this function's contract.
        let (source, scan) = unsafe { (shared(source)?, shared(scan)) };
        let all = Scan::default();
        let scan = scan.map_or(&all, |scan| &scan.scan);
        let made = || Ok(kevo_iterator::new(iter(source, scan)?, Origin::Memory));
        iterator.give(made).map(|()| KEVO_OK).map_err(|refused| refused.code())
    })
}

/// Makes an iterator over all memtables of a list together. It gives the newest version of each key that is at or below
/// the scan's bound, or the versions that the scan asks for.
///
/// It sees the list as it is now, whatever is written meanwhile. `scan` is copied; it may be NULL, for all keys.
/// `*iterator` is set to the iterator, which the caller frees with kevo_iterator_free; on failure to NULL.
///
/// Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `list` or `iterator` is NULL; KEVO_E_NO_MEMORY; KEVO_E_PANIC.
/// Threads: any number at once, and while others write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_memtable_list_iterator(
    list: *const kevo_memtable_list,
    scan: *const kevo_scan,
    iterator: *mut *mut kevo_iterator,
) -> c_int {
    // SAFETY: by the caller.
    unsafe { make(list, scan, iterator, |list, scan| list.list.scan(scan)) }
}

/// Makes an iterator over one memtable. Everything else is as in kevo_memtable_list_iterator.
///
/// Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `memtable` or `iterator` is NULL; KEVO_E_NO_MEMORY; KEVO_E_PANIC.
/// Threads: any number at once, and while others write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_memtable_iterator(
    memtable: *const kevo_memtable,
    scan: *const kevo_scan,
    iterator: *mut *mut kevo_iterator,
) -> c_int {
    // SAFETY: by the caller.
    unsafe { make(memtable, scan, iterator, |memtable, scan| memtable.memtable.scan(scan)) }
}

/// Makes an iterator over one table. It gives the newest version of each key that is at or below the scan's bound, or
/// the versions that the scan asks for. What a table has no sequence number for counts as 0.
///
/// `scan` is copied; it may be NULL, for all keys. `*iterator` is set to the iterator, which the caller frees with
/// kevo_iterator_free; on failure to NULL. It keeps the table alive, and its file open. `*error` is set as by
/// kevo_table_open.
///
/// The iterator reads blocks as it moves. Entries are valid until it moves; those of kevo_iterator_next_batch until the
/// next call of that, which gives fewer than fit where they would keep more than about 1 MiB of blocks in memory. A
/// move that needs a damaged block returns KEVO_E_CORRUPT, until the iterator goes elsewhere, unless the table was
/// opened with KEVO_RECOVERY_SKIP_CORRUPTED.
///
/// Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `table` or `iterator` is NULL; KEVO_E_NO_MEMORY; KEVO_E_PANIC.
/// Threads: any number at once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_table_iterator(
    table: *const kevo_table,
    scan: *const kevo_scan,
    iterator: *mut *mut kevo_iterator,
    error: *mut *mut kevo_error,
) -> c_int {
    // SAFETY: handles of their types or NULL, by the caller.
    let (table, scan) = unsafe { (shared(table), shared(scan)) };
    // SAFETY: writable or NULL, by the caller.
    let (iterator, error) = unsafe { (Out::optional(iterator), Out::optional(error)) };
    iterator.clear();
    error.clear();
    returning_code(|| {
        let made = || {
            let table = table.map_err(|_| Error::InvalidArgument("table is NULL"))?;
            if !iterator.is_wanted() {
                return Err(Error::InvalidArgument("iterator is NULL"));
            }
            let all = Scan::default();
            let iter = Iter::over_table(&table.table, scan.map_or(&all, |scan| &scan.scan))?;
            iterator.give(|| Ok(kevo_iterator::new(iter, Origin::Table)))
        };
        made().map(|()| KEVO_OK).map_err(|failure| kevo_error::hand_over(failure, &error))
    })
}

/// What the last move of an iterator failed with.
///
/// Returns: the error, which belongs to the iterator and lives until it moves again or is freed; NULL if the last move
/// did not fail, there was no memory for the error, or `iterator` is NULL.
/// Threads: any number at once, while none moves the iterator.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_iterator_error(iterator: *const kevo_iterator) -> *const kevo_error {
    or_on_panic(ptr::null(), || {
        // SAFETY: a handle of this type or NULL, by the caller.
        let Ok(iterator) = (unsafe { shared(iterator) }) else { return ptr::null() };
        iterator.error.as_ref().map_or(ptr::null(), ptr::from_ref)
    })
}

/// Brings an iterator over a database to now: it is as if it had been made by this call, with the same scan, and is
/// before the first entry. It lets go of what was replaced since. What it gave is not valid any more.
///
/// `*error`, if `error` is not NULL, is set to NULL on success, and on failure to what went wrong, which the caller
/// frees with kevo_error_free. After a failure the iterator is as it was.
///
/// Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `iterator` is NULL, or goes through a snapshot or a transaction, or
/// through something else than a database; KEVO_E_CLOSED if the database was closed; KEVO_E_IO and KEVO_E_CORRUPT
/// from reading; KEVO_E_NO_MEMORY; KEVO_E_PANIC.
/// Threads: no other may be using the iterator.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_iterator_refresh(iterator: *mut kevo_iterator, error: *mut *mut kevo_error) -> c_int {
    // SAFETY: a handle of this type that no other thread uses, and writable, or NULL, by the caller.
    let (iterator, error) = unsafe { (exclusive(iterator), Out::optional(error)) };
    error.clear();
    returning_code(|| {
        let iterator = iterator.map_err(|_| Error::InvalidArgument("iterator is NULL"));
        let refreshed = iterator.and_then(kevo_iterator::refresh);
        refreshed.map(|()| KEVO_OK).map_err(|failure| kevo_error::hand_over(failure, &error))
    })
}

/// Moves an iterator, by a way of moving that tells whether it is on an entry afterwards. What was recovered has been
/// sorted when the iterator was made, so that all of this is in memory, unless the iterator says that it reads files.
///
/// # Safety
///
/// `iterator` is a handle of this type that no other thread uses, or NULL.
unsafe fn go(iterator: *mut kevo_iterator, go: impl FnOnce(&mut Iter) -> Result<bool, Error>) -> c_int {
    returning_code_from_memory(|| {
        // SAFETY: by this function's contract.
        let iterator = unsafe { exclusive(iterator) }?;
        Ok(iterator.go(|iter| go(iter).map(|on_entry| if on_entry { KEVO_OK } else { KEVO_END })))
    })
}

/// Moves an iterator to a key.
///
/// # Safety
///
/// As [`go`], and `key` is `len` bytes or NULL.
unsafe fn go_to(
    iterator: *mut kevo_iterator,
    key: *const c_void,
    len: usize,
    go_to: impl FnOnce(&mut Iter, &[u8]) -> Result<bool, Error>,
) -> c_int {
    // SAFETY: by this function's contract.
    let key = unsafe { bytes(key, len) };
    match key {
        // SAFETY: likewise.
        Ok(key) => unsafe { go(iterator, |iter| go_to(iter, key)) },
        Err(code) => code,
    }
}

/// Goes to the first entry.
///
/// Returns: KEVO_OK; KEVO_END if there is none, and the iterator is after the last; KEVO_E_INVALID_ARGUMENT if
/// `iterator` is NULL; KEVO_E_PANIC.
/// Threads: no other may be using the iterator.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_iterator_first(iterator: *mut kevo_iterator) -> c_int {
    // SAFETY: by the caller.
    unsafe { go(iterator, Iter::first) }
}

/// Goes to the last entry.
///
/// Returns: KEVO_OK; KEVO_END if there is none, and the iterator is before the first; KEVO_E_INVALID_ARGUMENT if
/// `iterator` is NULL; KEVO_E_PANIC.
/// Threads: no other may be using the iterator.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_iterator_last(iterator: *mut kevo_iterator) -> c_int {
    // SAFETY: by the caller.
    unsafe { go(iterator, Iter::last) }
}

/// Goes to the first entry whose key is `key` or comes after it.
///
/// Returns: KEVO_OK; KEVO_END if there is none, and the iterator is after the last; KEVO_E_INVALID_ARGUMENT if
/// `iterator` is NULL, or `key` is and `len` is not 0; KEVO_E_PANIC.
/// Threads: no other may be using the iterator.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_iterator_seek(iterator: *mut kevo_iterator, key: *const c_void, len: usize) -> c_int {
    // SAFETY: by the caller; and `key` is bytes or NULL.
    unsafe { go_to(iterator, key, len, Iter::seek) }
}

/// Goes to the last entry whose key is `key` or comes before it. If that key has several versions, it goes to the
/// oldest.
///
/// Returns: KEVO_OK; KEVO_END if there is none, and the iterator is before the first; KEVO_E_INVALID_ARGUMENT if
/// `iterator` is NULL, or `key` is and `len` is not 0; KEVO_E_PANIC.
/// Threads: no other may be using the iterator.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_iterator_seek_for_prev(
    iterator: *mut kevo_iterator,
    key: *const c_void,
    len: usize,
) -> c_int {
    // SAFETY: by the caller; and `key` is bytes or NULL.
    unsafe { go_to(iterator, key, len, Iter::seek_for_prev) }
}

/// Goes to the next entry; an iterator that is before the first goes to the first.
///
/// Returns: KEVO_OK; KEVO_END if there is none, and the iterator is after the last; KEVO_E_INVALID_ARGUMENT if
/// `iterator` is NULL; KEVO_E_PANIC.
/// Threads: no other may be using the iterator.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_iterator_next(iterator: *mut kevo_iterator) -> c_int {
    let is_there = or_on_panic(false, || {
        // SAFETY: a handle of this type that no other thread uses, or NULL, by the caller.
        unsafe { exclusive(iterator) }.is_ok_and(kevo_iterator::next_at_hand)
    });
    // SAFETY: by the caller.
    if is_there { KEVO_OK } else { unsafe { go(iterator, Iter::next) } }
}

/// Goes to the previous entry; an iterator that is after the last goes to the last.
///
/// Returns: KEVO_OK; KEVO_END if there is none, and the iterator is before the first; KEVO_E_INVALID_ARGUMENT if
/// `iterator` is NULL; KEVO_E_PANIC.
/// Threads: no other may be using the iterator.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_iterator_prev(iterator: *mut kevo_iterator) -> c_int {
    // SAFETY: by the caller.
    unsafe { go(iterator, Iter::prev) }
}

/// Gives the entry that an iterator is on.
///
/// `*entry` is set to it; its key and value are the list's own bytes (see kevo_slice), and stay when the iterator moves
/// on. Those of a table or a database are valid until it moves.
///
/// Returns: KEVO_OK; KEVO_END if the iterator is on none, and nothing is set; KEVO_E_INVALID_ARGUMENT if a pointer is
/// NULL; KEVO_E_PANIC.
/// Threads: any number at once, while none moves the iterator.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_iterator_entry(iterator: *const kevo_iterator, entry: *mut kevo_entry) -> c_int {
    returning_code_from_memory(|| {
        // SAFETY: a handle of this type or NULL, by the caller.
        let iterator = unsafe { shared(iterator) }?;
        // SAFETY: writable or NULL, by the caller.
        let out = unsafe { Out::required(entry) }?;
        let entry = iterator.iter.get_anywhere().entry().ok_or(KEVO_END)?;
        out.set(kevo_entry::of(&entry));
        Ok(KEVO_OK)
    })
}

/// Gives the next entries, at most `capacity`, and goes to the last one given.
///
/// `entries` is an array of `capacity`, at least 1. `*count` is set to how many of it are set; of a table or a database
/// they can be fewer although there are more (see kevo_table_iterator).
///
/// Returns: KEVO_OK: `*count` is at least 1; KEVO_END: there are no more, `*count` is 0 and the iterator is after the
/// last; KEVO_E_INVALID_ARGUMENT if a pointer is NULL or `capacity` is 0, and nothing is set; KEVO_E_PANIC.
/// Threads: no other may be using the iterator.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_iterator_next_batch(
    iterator: *mut kevo_iterator,
    entries: *mut kevo_entry,
    capacity: usize,
    count: *mut usize,
) -> c_int {
    returning_code_from_memory(|| {
        // SAFETY: a handle of this type that no other thread uses, or NULL, by the caller.
        let iterator = unsafe { exclusive(iterator) }?;
        // SAFETY: writable or NULL, by the caller.
        let (entries, count) = unsafe { (Out::required(entries)?, Out::required(count)?) };
        if capacity == 0 {
            return Err(KEVO_E_INVALID_ARGUMENT);
        }
        Ok(iterator.go(|iter| {
            let given = iter.next_batch(capacity, |index, entry| {
                // SAFETY: an index below `capacity`.
                unsafe { entries.at(index) }.set(kevo_entry::of(&entry));
            })?;
            count.set(given);
            Ok(if given > 0 { KEVO_OK } else { KEVO_END })
        }))
    })
}

/// Copies the next entries into the caller's buffer, one directly after the other, as many as fit whole, and goes to
/// the last one given. It is for callers that cannot follow pointers cheaply.
///
/// Each entry is: u32 key length, u32 value length (0 for a delete), u64 sequence number, u32 KEVO_OP_PUT or
/// KEVO_OP_DELETE, u32 zero, all little-endian; then the key, then the value; then the next entry, with no gap.
/// `*used` is set to how many bytes of the buffer are set, `*count` to how many entries they are.
///
/// Returns:
/// KEVO_OK: `*count` is at least 1.
/// KEVO_END: there are no more; `*used` and `*count` are 0 and the iterator is after the last.
/// KEVO_E_BUFFER_TOO_SMALL: not even the next entry fits; `*used` is set to the bytes that it needs, `*count` is not
/// set, and the iterator stays where it is.
/// KEVO_E_INVALID_ARGUMENT: `iterator`, `used` or `count` is NULL, or `buffer` is and `capacity` is not 0; nothing is
/// set.
/// KEVO_E_PANIC: an error in the library.
///
/// Threads: no other may be using the iterator.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_iterator_next_packed(
    iterator: *mut kevo_iterator,
    buffer: *mut c_void,
    capacity: usize,
    used: *mut usize,
    count: *mut usize,
) -> c_int {
    returning_code_from_memory(|| {
        // SAFETY: a handle of this type that no other thread uses, or NULL, by the caller.
        let iterator = unsafe { exclusive(iterator) }?;
        // SAFETY: writable or NULL, by the caller.
        let (used, count) = unsafe { (Out::required(used)?, Out::required(count)?) };
        // SAFETY: `capacity` writable bytes or NULL, by the caller.
        let buffer = unsafe { writable(buffer, capacity) }?;
        Ok(iterator.go(|iter| pack(iter, buffer, &used, &count)))
    })
}

fn pack(
    iter: &mut Iter,
    buffer: &mut [MaybeUninit<u8>],
    used: &Out<usize>,
    count: &Out<usize>,
) -> Result<c_int, Error> {
    let (code, used_now, count_now) = match iter.next_packed(buffer)? {
        Packed::TooSmall(needed) => {
            used.set(needed);
            return Ok(KEVO_E_BUFFER_TOO_SMALL);
        }
        Packed::Entries { used, count } => (KEVO_OK, used, count),
        Packed::End => (KEVO_END, 0, 0),
    };
    used.set(used_now);
    count.set(count_now);
    Ok(code)
}

/// Frees an iterator. NULL is allowed. Slices that it gave live as long as the list; those of a table or a database
/// end with it.
///
/// Threads: no other may be using it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_iterator_free(iterator: *mut kevo_iterator) {
    // SAFETY: a handle of this type, not used any more, or NULL, by the caller.
    unsafe { free(iterator) }
}
