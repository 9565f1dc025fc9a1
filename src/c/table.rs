//! One table file, for tools.

use super::boundary::{
    Out, bytes, exclusive, free, or_on_panic, path, returning_code, returning_code_from_memory, shared,
};
use super::code::{KEVO_DELETED, KEVO_E_INVALID_ARGUMENT, KEVO_NOT_FOUND, KEVO_OK};
use super::error::kevo_error;
use super::pinned::{Pin, kevo_pinned};
use super::recovery_options::{KEVO_RECOVERY_ABSOLUTE, KEVO_RECOVERY_SKIP_CORRUPTED};
use super::report::kevo_recovery_report;
use super::slice::kevo_slice;
use crate::Error;
use crate::disk::{Disk, RealDisk};
use crate::table::{Found, Generation, Part, PartKind, Stat, Table, TableDamage};
use libc::{c_char, c_int, c_void};
use std::path::Path;
use std::sync::Arc;

/// A statistic of a table: its entries, tombstones included, those outside of blocks too.
pub const KEVO_TABLE_STAT_ENTRIES: c_int = 1;
/// A statistic of a table: how many of its entries are tombstones.
pub const KEVO_TABLE_STAT_TOMBSTONES: c_int = 2;
/// A statistic of a table: its blocks of entries. Those that are damaged do not count in a table of Kevo's, or if the
/// index is gone.
pub const KEVO_TABLE_STAT_BLOCKS: c_int = 3;
/// A statistic of a table: bytes of the file.
pub const KEVO_TABLE_STAT_BYTES: c_int = 4;
/// A statistic of a table: the version that its footer says. It does not tell how the table is laid out:
/// KEVO_TABLE_STAT_GENERATION does.
pub const KEVO_TABLE_STAT_VERSION: c_int = 5;
/// A statistic of a table: when it was written, by its footer, in nanoseconds since 1970.
pub const KEVO_TABLE_STAT_CREATED_NS: c_int = 6;
/// A statistic of a table: which writer's layout it has, a KEVO_TABLE_GENERATION_*.
pub const KEVO_TABLE_STAT_GENERATION: c_int = 7;
/// A statistic of a table: entries of its index, which may name a block twice; 0 if the index is gone.
pub const KEVO_TABLE_STAT_INDEX_ENTRIES: c_int = 8;
/// A statistic of a table: its entries outside of blocks, which Kevo does not see.
pub const KEVO_TABLE_STAT_OVERSIZE: c_int = 9;
/// A statistic of a table: bytes of memory that the open table takes.
pub const KEVO_TABLE_STAT_MEMORY: c_int = 10;

/// A generation of tables: Kevo's first release to v1.1, without sequence numbers and tombstones.
pub const KEVO_TABLE_GENERATION_A: c_int = 1;
/// A generation of tables: Kevo v1.2 to v1.3, without sequence numbers and tombstones.
pub const KEVO_TABLE_GENERATION_B: c_int = 2;
/// A generation of tables: Kevo v1.4 and later.
pub const KEVO_TABLE_GENERATION_C: c_int = 3;
/// A generation of tables: those that this library writes.
pub const KEVO_TABLE_GENERATION_LIBKEVO: c_int = 4;

/// A part of a table: a block of entries.
pub const KEVO_TABLE_PART_BLOCK: c_int = 1;
/// A part of a table: an entry outside of blocks, which Kevo does not see.
pub const KEVO_TABLE_PART_OVERSIZE: c_int = 2;
/// A part of a table: where a block should be, or where blocks were looked for, and none is.
pub const KEVO_TABLE_PART_DAMAGED: c_int = 3;
/// A part of a table: the index.
pub const KEVO_TABLE_PART_INDEX: c_int = 4;
/// A part of a table: the filter, or Kevo's filters.
pub const KEVO_TABLE_PART_FILTER: c_int = 5;
/// A part of a table: what one of this library's says of itself.
pub const KEVO_TABLE_PART_PROPERTIES: c_int = 6;
/// A part of a table: another section of one of this library's.
pub const KEVO_TABLE_PART_SECTION: c_int = 7;
/// A part of a table: the footer.
pub const KEVO_TABLE_PART_FOOTER: c_int = 8;

/// A table file that is open, of this library's or of any release of Kevo's. It is made by kevo_table_open, and owned
/// by the caller. It never changes, and keeps its file open.
///
/// A table is a sorted file of entries. Kevo's mostly hold one version of a key; one that holds several has the
/// newest first, whatever their sequence numbers are. Blocks are read when they are needed, and none is kept; a table
/// of Kevo's is read once as a whole when it is opened, because its index does not lead to keys.
#[derive(Debug)]
pub struct kevo_table {
    pub(super) table: Arc<Table>,
    stat: Stat,
}

/// Opens a table.
///
/// `path` is the path of the file, with a NUL at its end; the name does not matter. Nothing that is damaged is passed
/// over: footer, index and all of this library's sections must be intact. A damaged block is an error only to what
/// needs it.
///
/// `*table` is set to the table, which the caller frees with kevo_table_free; on failure to NULL. `*error`, if `error`
/// is not NULL, is set to NULL on success, and on failure to what went wrong, which the caller frees with
/// kevo_error_free. (After KEVO_E_PANIC, and where there is no memory for it, it is NULL.)
///
/// Returns:
/// KEVO_OK: open.
/// KEVO_E_INVALID_ARGUMENT: `path` or `table` is NULL.
/// KEVO_E_IO: the file could not be opened or read.
/// KEVO_E_CORRUPT: it is damaged, or not a table; the error has the place.
/// KEVO_E_UNSUPPORTED: a newer version of this library wrote it.
/// KEVO_E_NO_MEMORY: there is not enough memory.
/// KEVO_E_PANIC: an error in the library.
///
/// Threads: any number at once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_table_open(
    path: *const c_char,
    table: *mut *mut kevo_table,
    error: *mut *mut kevo_error,
) -> c_int {
    // SAFETY: by the caller.
    unsafe { open(path, KEVO_RECOVERY_ABSOLUTE, table, error) }
}

/// Opens a table as kevo_table_open does, and says what to do about damage.
///
/// `mode` is KEVO_RECOVERY_ABSOLUTE, with which this is kevo_table_open, or KEVO_RECOVERY_SKIP_CORRUPTED, with which
/// everything that is intact can be read: iterators go past damaged blocks, and if index, footer or a section is
/// damaged, blocks are found by their own structure and checksums. A get of a key that damage may hide is
/// KEVO_E_CORRUPT nevertheless. kevo_table_damage lists what was damaged.
///
/// Returns: as kevo_table_open, but with KEVO_RECOVERY_SKIP_CORRUPTED never KEVO_E_CORRUPT; KEVO_E_INVALID_ARGUMENT
/// also if `mode` is neither.
/// Threads: any number at once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_table_open_mode(
    path: *const c_char,
    mode: c_int,
    table: *mut *mut kevo_table,
    error: *mut *mut kevo_error,
) -> c_int {
    // SAFETY: by the caller.
    unsafe { open(path, mode, table, error) }
}

/// # Safety
///
/// `file` is a string or NULL, and the outputs are writable or NULL.
unsafe fn open(file: *const c_char, mode: c_int, table: *mut *mut kevo_table, error: *mut *mut kevo_error) -> c_int {
    // SAFETY: by this function's contract.
    let (file, table, error) = unsafe { (path(file), Out::optional(table), Out::optional(error)) };
    table.clear();
    error.clear();
    returning_code(|| {
        let opened = open_file(file, mode, table.is_wanted());
        let given = opened.and_then(|opened| table.give(|| Ok(opened)));
        given.map(|()| KEVO_OK).map_err(|failure| kevo_error::hand_over(failure, &error))
    })
}

fn open_file(path: Option<&Path>, mode: c_int, is_wanted: bool) -> Result<kevo_table, Error> {
    let path = path.ok_or(Error::InvalidArgument("path is NULL"))?;
    if !is_wanted {
        return Err(Error::InvalidArgument("table is NULL"));
    }
    let open = match mode {
        KEVO_RECOVERY_ABSOLUTE => Table::open,
        KEVO_RECOVERY_SKIP_CORRUPTED => Table::open_passing_over_damage,
        _ => return Err(Error::InvalidArgument("mode is neither ABSOLUTE nor SKIP_CORRUPTED")),
    };
    let file = RealDisk.open(path).map_err(|error| Error::io(path, None, error))?;
    // A table of Kevo's is read here, so that nothing but reading blocks can fail afterwards.
    let table = Arc::new(open(path, file, None)?);
    let stat = table.stat()?;
    Ok(kevo_table { table, stat })
}

/// Frees a table. NULL is allowed. Its iterators, and values that are pinned, stay valid.
///
/// Threads: no other may be using it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_table_free(table: *mut kevo_table) {
    // SAFETY: a handle of this type, not used any more, or NULL, by the caller.
    unsafe { free(table) }
}

/// Looks a key up in a table: the newest version that is in it.
///
/// `*value` is set to the table's own bytes, which `pinned` holds: they are valid until `pinned` is used again, reset
/// or freed, also after the table is freed. `pinned` and `value` may both be NULL: then it asks whether the key is
/// there. `sequence` may be NULL; `*sequence` is set to the sequence number of the version, 0 if the table has none.
/// `key` may be bytes that `pinned` holds. `pinned` lets go of what it held, unless KEVO_E_INVALID_ARGUMENT is
/// returned. `*error` is set as by kevo_table_open.
///
/// Returns:
/// KEVO_OK: found; `*value` and `*sequence` are set.
/// KEVO_DELETED: the version is a delete; `*sequence` is set.
/// KEVO_NOT_FOUND: the table does not have the key; nothing is set.
/// KEVO_E_INVALID_ARGUMENT: `table` is NULL, `key` is and `key_len` is not 0, or `value` is not NULL and `pinned` is.
/// KEVO_E_CORRUPT: the block that has the key, if any has, is damaged; the error has file and offset.
/// KEVO_E_IO: the block could not be read.
/// KEVO_E_NO_MEMORY: there is not enough memory.
/// KEVO_E_PANIC: an error in the library.
///
/// Threads: any number at once, each with a `pinned` of its own.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_table_get(
    table: *const kevo_table,
    key: *const c_void,
    key_len: usize,
    pinned: *mut kevo_pinned,
    value: *mut kevo_slice,
    sequence: *mut u64,
    error: *mut *mut kevo_error,
) -> c_int {
    // SAFETY: writable or NULL, by the caller.
    let (value, sequence, error) = unsafe { (Out::optional(value), Out::optional(sequence), Out::optional(error)) };
    error.clear();
    returning_code(|| {
        // SAFETY: a handle of this type and bytes, or NULL, by the caller.
        let asked = unsafe { shared(table).and_then(|table| Ok((table, bytes(key, key_len)?))) };
        // SAFETY: a handle of this type that no other thread uses, or NULL, by the caller.
        let pinned = unsafe { exclusive(pinned) }.ok();
        let found = asked
            .map_err(|_| Error::InvalidArgument("table or key is NULL"))
            .and_then(|(table, key)| get(table, key, pinned, &value));
        match found {
            Ok(Some(found)) => {
                sequence.set(found.sequence);
                Ok(found.code)
            }
            Ok(None) => Ok(KEVO_NOT_FOUND),
            Err(failure) => Err(kevo_error::hand_over(failure, &error)),
        }
    })
}

struct Answer {
    code: c_int,
    sequence: u64,
}

fn get(
    table: &kevo_table,
    key: &[u8],
    pinned: Option<&mut kevo_pinned>,
    value: &Out<kevo_slice>,
) -> Result<Option<Answer>, Error> {
    if value.is_wanted() && pinned.is_none() {
        return Err(Error::InvalidArgument("a value needs a pinned that holds it"));
    }
    let found = table.table.get(key);
    let pin = found.as_ref().ok().and_then(Option::as_ref).map(pin);
    pinned.map_or(Ok(()), |pinned| pinned.hold(pin))?;
    let Some(found) = found? else { return Ok(None) };
    let entry = found.entry();
    let code = match entry.value {
        Some(bytes) => {
            value.set(kevo_slice::of(bytes));
            KEVO_OK
        }
        None => KEVO_DELETED,
    };
    Ok(Some(Answer { code, sequence: entry.sequence }))
}

fn pin(found: &Found) -> Pin {
    Pin::Block(found.block().clone())
}

/// A number that says something about a table: `stat` is a KEVO_TABLE_STAT_*. Of a table that was opened with
/// KEVO_RECOVERY_SKIP_CORRUPTED, only what is intact counts.
///
/// Returns: the number; 0 if `table` is NULL, `stat` is none of these, or what would say it is damaged.
/// Threads: any number at once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_table_stat(table: *const kevo_table, stat: c_int) -> u64 {
    or_on_panic(0, || {
        // SAFETY: a handle of this type or NULL, by the caller.
        let Ok(kevo_table { stat: known, .. }) = (unsafe { shared(table) }) else { return 0 };
        match stat {
            KEVO_TABLE_STAT_ENTRIES => known.entries,
            KEVO_TABLE_STAT_TOMBSTONES => known.tombstones,
            KEVO_TABLE_STAT_BLOCKS => known.blocks,
            KEVO_TABLE_STAT_BYTES => known.bytes,
            KEVO_TABLE_STAT_VERSION => u64::from(known.version),
            KEVO_TABLE_STAT_CREATED_NS => known.created_ns.cast_unsigned(),
            KEVO_TABLE_STAT_GENERATION => match known.generation {
                Generation::A => KEVO_TABLE_GENERATION_A as u64,
                Generation::B => KEVO_TABLE_GENERATION_B as u64,
                Generation::C => KEVO_TABLE_GENERATION_C as u64,
                Generation::Libkevo => KEVO_TABLE_GENERATION_LIBKEVO as u64,
            },
            KEVO_TABLE_STAT_INDEX_ENTRIES => known.index_entries,
            KEVO_TABLE_STAT_OVERSIZE => known.oversize_records,
            KEVO_TABLE_STAT_MEMORY => known.memory,
            _ => 0,
        }
    })
}

/// How many parts the file of a table has, as far as they are known.
///
/// Returns: the number; 0 if `table` is NULL.
/// Threads: any number at once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_table_part_count(table: *const kevo_table) -> usize {
    // SAFETY: a handle of this type or NULL, by the caller.
    or_on_panic(0, || unsafe { shared(table) }.map_or(0, |table| table.table.part_count().unwrap_or(0)))
}

/// One part of the file of a table, for tools that show where everything is; `index` counts from 0. Blocks come in the
/// order of their keys, then all other parts in the order of the file. Bytes that are in no part are of no account to
/// this library.
///
/// `*kind` is set to a KEVO_TABLE_PART_*, `*offset` and `*length` to where the part starts in the file and how long it
/// is, in bytes.
///
/// Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if a pointer is NULL or `index` is past the end, and nothing is set;
/// KEVO_E_PANIC.
/// Threads: any number at once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_table_part(
    table: *const kevo_table,
    index: usize,
    kind: *mut c_int,
    offset: *mut u64,
    length: *mut u64,
) -> c_int {
    returning_code_from_memory(|| {
        // SAFETY: a handle of this type or NULL, by the caller.
        let table = unsafe { shared(table) }?;
        // SAFETY: writable or NULL, by the caller.
        let (kind, offset, length) = unsafe { (Out::required(kind)?, Out::required(offset)?, Out::required(length)?) };
        let part: Option<Part> = table.table.part(index).map_err(|error| error.code())?;
        let part = part.ok_or(KEVO_E_INVALID_ARGUMENT)?;
        kind.set(match part.kind {
            PartKind::Block => KEVO_TABLE_PART_BLOCK,
            PartKind::Oversize => KEVO_TABLE_PART_OVERSIZE,
            PartKind::Damaged => KEVO_TABLE_PART_DAMAGED,
            PartKind::Index => KEVO_TABLE_PART_INDEX,
            PartKind::Filter => KEVO_TABLE_PART_FILTER,
            PartKind::Properties => KEVO_TABLE_PART_PROPERTIES,
            PartKind::Section => KEVO_TABLE_PART_SECTION,
            PartKind::Footer => KEVO_TABLE_PART_FOOTER,
        });
        offset.set(part.offset);
        length.set(part.length);
        Ok(KEVO_OK)
    })
}

/// Reads the whole file of a table again, and compares everything in it that has to agree.
///
/// `*error` is set as by kevo_table_open; if anything is damaged, it has the place of the first damage in the file.
/// kevo_table_damage gives all of it.
///
/// Returns: KEVO_OK: all is well; KEVO_E_CORRUPT: it is damaged; KEVO_E_INVALID_ARGUMENT if `table` is NULL; KEVO_E_IO;
/// KEVO_E_NO_MEMORY; KEVO_E_PANIC.
/// Threads: any number at once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_table_verify(table: *const kevo_table, error: *mut *mut kevo_error) -> c_int {
    // SAFETY: a handle of this type, and writable, or NULL, by the caller.
    unsafe {
        verified(table, error, |table, damage| damage.first().map_or(Ok(()), |first| Err(table.table.error(first))))
    }
}

/// Does what kevo_table_verify does, and lists all damage.
///
/// `*report` is set to a report with every stretch of damage, in the order of the file, none if all is well, which the
/// caller frees with kevo_recovery_report_free; on failure to NULL. Of its statistics it has KEVO_STAT_FILES,
/// KEVO_STAT_BYTES and KEVO_STAT_BYTES_DAMAGED. `*error` is set as by kevo_table_open.
///
/// Returns: KEVO_OK: the file was read, and the report says what is damaged; KEVO_E_INVALID_ARGUMENT if `table` or
/// `report` is NULL; KEVO_E_IO; KEVO_E_NO_MEMORY; KEVO_E_PANIC.
/// Threads: any number at once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_table_damage(
    table: *const kevo_table,
    report: *mut *mut kevo_recovery_report,
    error: *mut *mut kevo_error,
) -> c_int {
    // SAFETY: writable or NULL, by the caller.
    let report = unsafe { Out::optional(report) };
    report.clear();
    let list = |table: &kevo_table, damage: &[TableDamage]| {
        if !report.is_wanted() {
            return Err(Error::InvalidArgument("report is NULL"));
        }
        report.give(|| kevo_recovery_report::of_table(table.table.path(), table.stat.bytes, damage))
    };
    // SAFETY: a handle of this type, and writable, or NULL, by the caller.
    unsafe { verified(table, error, list) }
}

/// Verifies a table, and does something with what is damaged.
///
/// # Safety
///
/// `table` is a handle of this type or NULL, and `error` is writable or NULL.
unsafe fn verified(
    table: *const kevo_table,
    error: *mut *mut kevo_error,
    done: impl FnOnce(&kevo_table, &[TableDamage]) -> Result<(), Error>,
) -> c_int {
    // SAFETY: by this function's contract.
    let (table, error) = unsafe { (shared(table), Out::optional(error)) };
    error.clear();
    returning_code(|| {
        let table = table.map_err(|_| Error::InvalidArgument("table is NULL"));
        let verified = table.and_then(|table| done(table, &table.table.verify()?));
        verified.map(|()| KEVO_OK).map_err(|failure| kevo_error::hand_over(failure, &error))
    })
}
