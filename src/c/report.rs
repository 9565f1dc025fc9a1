//! What recovery found.

use super::boundary::{Out, free, or_on_panic, returning_code_from_memory, shared};
use super::code::{KEVO_E_INVALID_ARGUMENT, KEVO_OK};
use super::text::Text;
use crate::memory::{push, refused, try_collected};
use crate::table::TableDamage;
use crate::{DamageKind, Error, Report};
use libc::{c_char, c_int};
use std::path::Path;
use std::sync::Arc;

/// A statistic: files read.
pub const KEVO_STAT_FILES: c_int = 1;
/// A statistic: bytes of the files read.
pub const KEVO_STAT_BYTES: c_int = 2;
/// A statistic: puts and deletes that are in a memtable.
pub const KEVO_STAT_ENTRIES_APPLIED: c_int = 3;
/// A statistic: entries ignored because of their sequence number.
pub const KEVO_STAT_ENTRIES_ABOVE_MAX_SEQUENCE: c_int = 4;
/// A statistic: merges, which no memtable holds.
pub const KEVO_STAT_MERGES_IGNORED: c_int = 5;
/// A statistic: batches that were dropped because some of their entries were not there.
pub const KEVO_STAT_BATCHES_DROPPED: c_int = 6;
/// A statistic: bytes that could not be used.
pub const KEVO_STAT_BYTES_DAMAGED: c_int = 7;
/// A statistic: directories in which Kevo has set logs aside, read or not.
pub const KEVO_STAT_SET_ASIDE_DIRECTORIES: c_int = 8;
/// A statistic: the last files of the log, which a recovery to a point in time did not read, whatever is in them.
pub const KEVO_STAT_FILES_LEFT_OUT: c_int = 9;

/// Damage: a write that was interrupted; the file ends in the middle of it.
pub const KEVO_DAMAGE_TORN_TAIL: c_int = 1;
/// Damage: bytes that are not what was written.
pub const KEVO_DAMAGE_CORRUPTION: c_int = 2;
/// Damage: a file that should be there is not.
pub const KEVO_DAMAGE_MISSING: c_int = 3;
/// Damage: the files do not tell an order, or a damaged table may have held newer values than those that are given.
pub const KEVO_DAMAGE_DOUBT: c_int = 4;
/// Damage: the list of tables was lost, and was made again from the tables.
pub const KEVO_DAMAGE_REBUILT: c_int = 5;

/// What recovery, or a search for damage, found. It is made by kevo_recover, kevo_db_open and kevo_table_damage, and
/// owned by the caller. It never changes.
#[derive(Debug)]
pub struct kevo_recovery_report {
    report: Report,
    /// The paths of damaged files, each with the number of the first stretch of damage in it.
    paths: Vec<(usize, Text)>,
    /// Damage that does not come from a recovery.
    in_table: Vec<InTable>,
}

/// A stretch of damage in a table.
#[derive(Debug)]
struct InTable {
    offset: u64,
    length: u64,
    what: Text,
}

impl kevo_recovery_report {
    pub(super) fn new(report: Report) -> Result<Self, Error> {
        let (mut paths, mut first) = (Vec::new(), 0);
        for file in report.damage.chunk_by(|a, b| Arc::ptr_eq(&a.path, &b.path)) {
            paths.try_reserve(1).map_err(|_| refused::<(usize, Text)>(paths.len() + 1))?;
            paths.push((first, Text::of_path(&file[0].path)?));
            first += file.len();
        }
        Ok(Self { report, paths, in_table: Vec::new() })
    }

    /// The report of a table whose file has `bytes`.
    pub(super) fn of_table(path: &Path, bytes: u64, damage: &[TableDamage]) -> Result<Self, Error> {
        let in_table = damage
            .iter()
            .map(|&TableDamage { offset, length, what }| Ok(InTable { offset, length, what: Text::of(&what)? }));
        let in_table = try_collected(in_table)?;
        let mut paths = Vec::new();
        push(&mut paths, (0, Text::of_path(path)?))?;
        Ok(Self { report: Report { files: 1, bytes, ..Report::default() }, paths, in_table })
    }

    fn damage_count(&self) -> usize {
        self.report.damage.len() + self.in_table.len()
    }

    fn damage(&self, index: usize) -> Option<Stretch> {
        let Some(in_log) = self.report.damage.get(index) else {
            let in_table = self.in_table.get(index - self.report.damage.len())?;
            let InTable { offset, length, ref what } = *in_table;
            return Some(Stretch { offset, length, kind: KEVO_DAMAGE_CORRUPTION, what: what.as_ptr() });
        };
        let kind = match in_log.kind {
            DamageKind::TornTail => KEVO_DAMAGE_TORN_TAIL,
            DamageKind::Corruption => KEVO_DAMAGE_CORRUPTION,
            DamageKind::Missing => KEVO_DAMAGE_MISSING,
            DamageKind::Doubt => KEVO_DAMAGE_DOUBT,
            DamageKind::Rebuilt => KEVO_DAMAGE_REBUILT,
        };
        Some(Stretch { offset: in_log.offset, length: in_log.length, kind, what: in_log.cause.text().as_ptr() })
    }

    fn bytes_damaged(&self) -> u64 {
        self.report.bytes_damaged() + self.in_table.iter().map(|damage| damage.length).sum::<u64>()
    }

    /// The file of the stretch of damage number `index`.
    fn path(&self, index: usize) -> *const c_char {
        let next = self.paths.partition_point(|&(first, _)| first <= index);
        self.paths[next - 1].1.as_ptr()
    }
}

/// A stretch of damage, as it crosses the boundary.
struct Stretch {
    offset: u64,
    length: u64,
    kind: c_int,
    what: *const c_char,
}

/// A number that recovery counted: `stat` is KEVO_STAT_FILES or another constant of that kind. If recovery failed,
/// it was counted up to that point.
///
/// Returns: the number; 0 if `report` is NULL or `stat` is none of these.
/// Threads: any number at once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_recovery_report_stat(report: *const kevo_recovery_report, stat: c_int) -> u64 {
    or_on_panic(0, || {
        // SAFETY: a handle of this type or NULL, by the caller.
        let Ok(handle) = (unsafe { shared(report) }) else { return 0 };
        let report = &handle.report;
        match stat {
            KEVO_STAT_FILES => report.files,
            KEVO_STAT_BYTES => report.bytes,
            KEVO_STAT_ENTRIES_APPLIED => report.entries_applied,
            KEVO_STAT_ENTRIES_ABOVE_MAX_SEQUENCE => report.entries_above_max_sequence,
            KEVO_STAT_MERGES_IGNORED => report.merges_ignored,
            KEVO_STAT_BATCHES_DROPPED => report.batches_dropped,
            KEVO_STAT_BYTES_DAMAGED => handle.bytes_damaged(),
            KEVO_STAT_SET_ASIDE_DIRECTORIES => report.set_aside_directories,
            KEVO_STAT_FILES_LEFT_OUT => report.files_left_out,
            _ => 0,
        }
    })
}

/// How many stretches of damage there are. If damage made recovery fail, it is the last of them.
///
/// Returns: the number; 0 if `report` is NULL.
/// Threads: any number at once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_recovery_report_damage_count(report: *const kevo_recovery_report) -> usize {
    // SAFETY: a handle of this type or NULL, by the caller.
    or_on_panic(0, || unsafe { shared(report) }.map_or(0, kevo_recovery_report::damage_count))
}

/// One stretch of damage, in the order of the log; `index` counts from 0.
///
/// `*path` is set to the file, byte for byte: the WAL directory as it was given to kevo_recover, and the path below
/// it; or the path as it was given to kevo_table_open. `*offset` and `*length` are set to where the stretch starts in
/// the file and how long it is, in bytes; `*kind` to a KEVO_DAMAGE_*, of kevo_recover KEVO_DAMAGE_TORN_TAIL or
/// KEVO_DAMAGE_CORRUPTION; `*what` to a few words on what is wrong where it starts. `*path` belongs to the report and
/// lives as long; `*what`, too, and of kevo_recover it is static.
///
/// Returns: KEVO_OK; KEVO_E_INVALID_ARGUMENT if a pointer is NULL or `index` is past the end, and nothing is set;
/// KEVO_E_PANIC.
/// Threads: any number at once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_recovery_report_damage(
    report: *const kevo_recovery_report,
    index: usize,
    path: *mut *const c_char,
    offset: *mut u64,
    length: *mut u64,
    kind: *mut c_int,
    what: *mut *const c_char,
) -> c_int {
    returning_code_from_memory(|| {
        // SAFETY: a handle of this type or NULL, by the caller.
        let report = unsafe { shared(report) }?;
        // SAFETY: writable or NULL, by the caller.
        let (path, what) = unsafe { (Out::required(path)?, Out::required(what)?) };
        // SAFETY: writable or NULL, by the caller.
        let (offset, length, kind) = unsafe { (Out::required(offset)?, Out::required(length)?, Out::required(kind)?) };
        let damage = report.damage(index).ok_or(KEVO_E_INVALID_ARGUMENT)?;
        path.set(report.path(index));
        offset.set(damage.offset);
        length.set(damage.length);
        kind.set(damage.kind);
        what.set(damage.what);
        Ok(KEVO_OK)
    })
}

/// Frees a report and the strings that belong to it. NULL is allowed.
///
/// Threads: no other may be using it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kevo_recovery_report_free(report: *mut kevo_recovery_report) {
    // SAFETY: a handle of this type, not used any more, or NULL, by the caller.
    unsafe { free(report) }
}
