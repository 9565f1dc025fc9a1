//! A database in numbers.

use super::super::boundary::{or_on_panic, writable};
use super::handle::{kevo_db, number_of, on, output};
use crate::Error;
use crate::c::code::KEVO_OK;
use crate::c::error::kevo_error;
use crate::db::{Description, Stat};
use libc::{c_char, c_int};
use std::ffi::CStr;
use std::fmt::{self, Write};
use std::mem::MaybeUninit;
use std::ptr;

/// A statistic of a database: the highest sequence number of all writes that reads see.
pub const KEVO_DB_STAT_SEQUENCE: c_int = 0;
/// A statistic of a database: puts and deletes that were written since the database was opened, as are all that count
/// what happened.
pub const KEVO_DB_STAT_OPERATIONS: c_int = 1;
/// A statistic of a database: bytes of the keys and values that callers wrote.
pub const KEVO_DB_STAT_BYTES_WRITTEN: c_int = 2;
/// A statistic of a database: bytes that were appended to logs.
pub const KEVO_DB_STAT_BYTES_LOGGED: c_int = 3;
/// A statistic of a database: bytes of the tables that flushes wrote.
pub const KEVO_DB_STAT_BYTES_FLUSHED: c_int = 4;
/// A statistic of a database: bytes of the tables that compactions wrote. Together with the two before, divided by
/// KEVO_DB_STAT_BYTES_WRITTEN, that is how often a byte is written.
pub const KEVO_DB_STAT_BYTES_COMPACTED: c_int = 5;
/// A statistic of a database: bytes of the tables that compactions read.
pub const KEVO_DB_STAT_BYTES_READ_BY_COMPACTION: c_int = 6;
/// A statistic of a database: appends to logs, each of the writes of all callers that waited.
pub const KEVO_DB_STAT_GROUPS: c_int = 7;
/// A statistic of a database: syncs of logs.
pub const KEVO_DB_STAT_SYNCS: c_int = 8;
/// A statistic of a database: flushes.
pub const KEVO_DB_STAT_FLUSHES: c_int = 9;
/// A statistic of a database: compactions.
pub const KEVO_DB_STAT_COMPACTIONS: c_int = 10;
/// A statistic of a database: compactions that failed, and are tried again.
pub const KEVO_DB_STAT_FAILED_COMPACTIONS: c_int = 11;
/// A statistic of a database: how often writes went on after a failure, by kevo_db_resume.
pub const KEVO_DB_STAT_RESUMES: c_int = 12;
/// A statistic of a database: how often a writer waited for a flush.
pub const KEVO_DB_STAT_STALLS: c_int = 13;
/// A statistic of a database: for how long writers waited for flushes, in microseconds.
pub const KEVO_DB_STAT_STALL_MICROSECONDS: c_int = 14;
/// A statistic of a database: how often a writer was slowed.
pub const KEVO_DB_STAT_SLOWDOWNS: c_int = 15;
/// A statistic of a database: for how long writers were slowed, in microseconds.
pub const KEVO_DB_STAT_SLOWDOWN_MICROSECONDS: c_int = 16;
/// A statistic of a database: memtables, that which is written to included.
pub const KEVO_DB_STAT_MEMTABLES: c_int = 17;
/// A statistic of a database: bytes of memory that memtables take.
pub const KEVO_DB_STAT_MEMTABLE_BYTES: c_int = 18;
/// A statistic of a database: runs of tables: as many places a lookup may have to look at.
pub const KEVO_DB_STAT_RUNS: c_int = 19;
/// A statistic of a database: levels that have runs.
pub const KEVO_DB_STAT_LEVELS: c_int = 20;
/// A statistic of a database: tables.
pub const KEVO_DB_STAT_TABLES: c_int = 21;
/// A statistic of a database: tables of Kevo's that are not rewritten yet. Until it is 0, Kevo may answer with old
/// values.
pub const KEVO_DB_STAT_FOREIGN_TABLES: c_int = 22;
/// A statistic of a database: bytes of the files of tables.
pub const KEVO_DB_STAT_TABLE_BYTES: c_int = 23;
/// A statistic of a database: entries of tables, tombstones included.
pub const KEVO_DB_STAT_TABLE_ENTRIES: c_int = 24;
/// A statistic of a database: tombstones in tables.
pub const KEVO_DB_STAT_TABLE_TOMBSTONES: c_int = 25;
/// A statistic of a database: bytes of the blocks in the cache.
pub const KEVO_DB_STAT_CACHE_BYTES: c_int = 26;
/// A statistic of a database: bytes that indexes and filters of open tables take of the cache.
pub const KEVO_DB_STAT_CACHE_RESERVED_BYTES: c_int = 27;
/// A statistic of a database: how often a block was in the cache.
pub const KEVO_DB_STAT_CACHE_HITS: c_int = 28;
/// A statistic of a database: how often a block was not in the cache.
pub const KEVO_DB_STAT_CACHE_MISSES: c_int = 29;
/// A statistic of a database: files of tables that are open.
pub const KEVO_DB_STAT_OPEN_FILES: c_int = 30;
/// A statistic of a database: bytes of tables that compactions have replaced, and that snapshots, iterators and pinned
/// values keep on disk.
pub const KEVO_DB_STAT_REPLACED_BYTES: c_int = 31;
/// A statistic of a database: how many lookups in a table ended at its filter, without a look at a block. One lookup in
/// the database may look into several tables.
pub const KEVO_DB_STAT_FILTER_HITS: c_int = 32;
/// A statistic of a database: how many lookups in a table passed its filter, or found it without one, and then did not
/// find the key.
pub const KEVO_DB_STAT_FILTER_MISSES: c_int = 33;

fn described(stat: c_int) -> Option<&'static Description> {
    usize::try_from(stat).ok().and_then(|number| Stat::ALL.get(number))
}

fn text_of(stat: c_int, text: impl FnOnce(&Description) -> &'static CStr) -> *const c_char {
    or_on_panic(ptr::null(), || described(stat).map_or(ptr::null(), |description| text(description).as_ptr()))
}

/// A number that says something about a database: `stat` is a KEVO_DB_STAT_*. While other threads use the database,
/// several of them need not be of one moment.
///
/// Returns: the number; 0 if `db` is NULL or closed, or `stat` is none of these.
/// Threads: any number at once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_db_stat(db: *const kevo_db, stat: c_int) -> u64 {
    let Some(description) = described(stat) else { return 0 };
    // SAFETY: by the caller.
    unsafe { number_of(db, |database| database.inner.stat(description.stat)) }
}

/// The name of a statistic of a database: in lower case, with dashes, such as "bytes-flushed". Statistics have the
/// numbers from 0 on, so that all can be listed.
///
/// Returns: a static string; NULL after the last, and if `stat` is negative.
/// Threads: any number at once.
#[unsafe(no_mangle)]
pub extern "C" fn kevo_db_stat_name(stat: c_int) -> *const c_char {
    text_of(stat, |description| description.name)
}

/// What a statistic of a database is counted in: "count", "bytes", "microseconds" or "sequence-number".
///
/// Returns: a static string; NULL where kevo_db_stat_name gives that.
/// Threads: any number at once.
#[unsafe(no_mangle)]
pub extern "C" fn kevo_db_stat_unit(stat: c_int) -> *const c_char {
    text_of(stat, |description| description.unit.name())
}

/// What a statistic of a database says: a sentence in English.
///
/// Returns: a static string; NULL where kevo_db_stat_name gives that.
/// Threads: any number at once.
#[unsafe(no_mangle)]
pub extern "C" fn kevo_db_stat_meaning(stat: c_int) -> *const c_char {
    text_of(stat, |description| description.meaning)
}

/// Whether a statistic of a database counts what has happened since the database was opened, and only rises.
///
/// Returns: 1 if it does; 0 if it says what is now, and where kevo_db_stat_name gives NULL.
/// Threads: any number at once.
#[unsafe(no_mangle)]
pub extern "C" fn kevo_db_stat_is_counter(stat: c_int) -> c_int {
    or_on_panic(0, || described(stat).map_or(0, |description| c_int::from(description.is_counter)))
}

/// Writes all statistics of a database as text, in the form that Prometheus collects (its text-based exposition format,
/// version 0.0.4): each with its meaning, and then the runs, tables and bytes of each level. Names begin with "kevo_",
/// and dashes are underscores; those of counters end in "_total".
///
/// `buffer` has room for `capacity` bytes; (NULL, 0) asks for the length alone, which is KEVO_OK. `*length` is set to
/// the length of the text in bytes, without the NUL that ends it, and which needs room as well. Numbers may have more
/// digits the next time, and there may be more levels: leave a KiB for them. The text has less than 16 KiB as long as
/// there are no more than 30 levels.
///
/// Returns: KEVO_OK; KEVO_E_BUFFER_TOO_SMALL: `*length` is set, and what is in `buffer` is not the text;
/// KEVO_E_INVALID_ARGUMENT if `db` or `length` is NULL, or `buffer` is and `capacity` is not 0; KEVO_E_CLOSED;
/// KEVO_E_PANIC.
/// Threads: any number at once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_db_stat_text(
    db: *const kevo_db,
    buffer: *mut c_char,
    capacity: usize,
    length: *mut usize,
    error: *mut *mut kevo_error,
) -> c_int {
    // SAFETY: by the caller: `buffer` and `length` are writable, or NULL.
    unsafe {
        on(db, error, |database| {
            let length = output(length, "length is NULL")?;
            let room = writable(buffer.cast(), capacity)
                .map_err(|_| Error::InvalidArgument("buffer is NULL, and capacity is not 0"))?;
            let mut text = Text { room, length: 0 };
            let _ = database.inner.write_stats(&mut text);
            length.set(text.length);
            if buffer.is_null() || text.end() { Ok(KEVO_OK) } else { Err(Error::BufferTooSmall(text.length as u64)) }
        })
    }
}

/// Text in a buffer that may be too short for it.
struct Text<'b> {
    room: &'b mut [MaybeUninit<u8>],
    /// In bytes, also of what there is no room for.
    length: usize,
}

impl Text<'_> {
    /// Ends it with a NUL; false if there is no room for all.
    fn end(&mut self) -> bool {
        self.room.get_mut(self.length).map(|end| *end = MaybeUninit::new(0)).is_some()
    }
}

impl Write for Text<'_> {
    fn write_str(&mut self, more: &str) -> fmt::Result {
        let room = self.room.get_mut(self.length..).unwrap_or_default();
        room.iter_mut().zip(more.as_bytes()).for_each(|(to, &byte)| *to = MaybeUninit::new(byte));
        self.length += more.len();
        Ok(())
    }
}
