//! Which tables a database has.

use super::super::boundary::{Out, free, or_on_panic, shared};
use super::super::error::kevo_error;
use super::super::text::Text;
use super::handle::{kevo_db, on};
use crate::Error;
use crate::db::Database;
use crate::memory::push;
use crate::version::run::{LiveTable, Run};
use libc::{c_char, c_int};
use std::ptr;
use std::sync::Arc;

/// A statistic of a listed table: the age of its run. Tables of one run have the same age, and share no key; a newer
/// run has a higher age.
pub const KEVO_LISTED_TABLE_AGE: c_int = 1;
/// A statistic of a listed table: the level of its run.
pub const KEVO_LISTED_TABLE_LEVEL: c_int = 2;
/// A statistic of a listed table: its entries, tombstones included.
pub const KEVO_LISTED_TABLE_ENTRIES: c_int = 3;
/// A statistic of a listed table: how many of its entries are tombstones.
pub const KEVO_LISTED_TABLE_TOMBSTONES: c_int = 4;
/// A statistic of a listed table: bytes of its file.
pub const KEVO_LISTED_TABLE_BYTES: c_int = 5;
/// A statistic of a listed table: 1 if Kevo wrote it, 0 if this library did.
pub const KEVO_LISTED_TABLE_FOREIGN: c_int = 6;

/// The tables that a database had at one moment, for tools. It is made by kevo_db_tables, and owned by the caller. It
/// never changes, and keeps neither memtables nor files: a table that is listed may be gone by now.
#[derive(Debug)]
pub struct kevo_table_list {
    tables: Vec<Listed>,
}

#[derive(Debug)]
struct Listed {
    path: Text,
    age: u64,
    level: u32,
    entries: u64,
    tombstones: u64,
    bytes: u64,
    is_foreign: bool,
}

impl kevo_table_list {
    /// The tables of these runs, in their order.
    fn of(runs: &[Arc<Run>]) -> Result<Self, Error> {
        let mut tables = Vec::new();
        for run in runs {
            for table in &run.tables {
                push(&mut tables, Listed::of(run, table)?)?;
            }
        }
        Ok(Self { tables })
    }
}

impl Listed {
    fn of(run: &Run, table: &LiveTable) -> Result<Self, Error> {
        Ok(Self {
            path: Text::of_path(&table.path())?,
            age: run.age,
            level: run.level,
            entries: table.entries,
            tombstones: table.tombstones,
            bytes: table.length,
            is_foreign: table.number.is_none(),
        })
    }
}

/// Lists the tables that a database has now: runs from the newest to the oldest, and the tables of a run in the order
/// of their keys.
///
/// `*tables` is set to the list, which the caller frees with kevo_table_list_free; on failure to NULL. `*error` is
/// set as by kevo_db_put.
///
/// Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if `db` or `tables` is NULL; KEVO_E_CLOSED; KEVO_E_NO_MEMORY;
/// KEVO_E_PANIC.
/// Threads: any number at once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_db_tables(
    db: *const kevo_db,
    tables: *mut *mut kevo_table_list,
    error: *mut *mut kevo_error,
) -> c_int {
    // SAFETY: writable or NULL, by the caller.
    let tables = unsafe { Out::optional(tables) };
    tables.clear();
    let list = |database: &Arc<Database>| {
        if !tables.is_wanted() {
            return Err(Error::InvalidArgument("tables is NULL"));
        }
        let now = database.snapshot()?;
        tables.give(|| kevo_table_list::of(&now.version.runs))
    };
    // SAFETY: by the caller.
    unsafe { on(db, error, list) }
}

/// How many tables a list has.
///
/// Returns: the number; 0 if `tables` is NULL.
/// Threads: any number at once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_table_list_count(tables: *const kevo_table_list) -> usize {
    // SAFETY: a handle of this type or NULL, by the caller.
    or_on_panic(0, || unsafe { shared(tables) }.map_or(0, |list| list.tables.len()))
}

/// The path that the file of a table had at that moment: the database's directory as it was given to kevo_db_open,
/// and the path below it; `index` counts from 0, from the newest.
///
/// Returns: the path, byte for byte, with a NUL at its end, which belongs to the list and lives as long; NULL if
/// `tables` is NULL or `index` is past the end.
/// Threads: any number at once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_table_list_path(tables: *const kevo_table_list, index: usize) -> *const c_char {
    // SAFETY: by the caller.
    unsafe { of_listed(tables, index, ptr::null(), |table| table.path.as_ptr()) }
}

/// A number that says something about a table of a list: `stat` is a KEVO_LISTED_TABLE_*; `index` counts from 0, from
/// the newest.
///
/// Returns: the number; 0 if `tables` is NULL, `index` is past the end, or `stat` is none of these.
/// Threads: any number at once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_table_list_stat(tables: *const kevo_table_list, index: usize, stat: c_int) -> u64 {
    let number = |table: &Listed| match stat {
        KEVO_LISTED_TABLE_AGE => table.age,
        KEVO_LISTED_TABLE_LEVEL => u64::from(table.level),
        KEVO_LISTED_TABLE_ENTRIES => table.entries,
        KEVO_LISTED_TABLE_TOMBSTONES => table.tombstones,
        KEVO_LISTED_TABLE_BYTES => table.bytes,
        KEVO_LISTED_TABLE_FOREIGN => u64::from(table.is_foreign),
        _ => 0,
    };
    // SAFETY: by the caller.
    unsafe { of_listed(tables, index, 0, number) }
}

/// What a table of a list says, or `otherwise` if there is none.
///
/// # Safety
///
/// `tables` is a handle of its type or NULL.
unsafe fn of_listed<T: Copy>(
    tables: *const kevo_table_list,
    index: usize,
    otherwise: T,
    of: impl FnOnce(&Listed) -> T,
) -> T {
    or_on_panic(otherwise, || {
        // SAFETY: by this function's contract.
        let list = unsafe { shared(tables) }.ok();
        list.and_then(|list| list.tables.get(index)).map_or(otherwise, of)
    })
}

/// Frees a list of tables. NULL is allowed.
///
/// Threads: no other may be using it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_table_list_free(tables: *mut kevo_table_list) {
    // SAFETY: a handle of this type, not used any more, or NULL, by the caller.
    unsafe { free(tables) }
}
