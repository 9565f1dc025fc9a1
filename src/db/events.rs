//! What the logger is told: `flush: tables=1 entries=1000 bytes=65536 microseconds=1200`, or a sentence where something
//! is not as it should be. Units and words are those of the statistics.

use super::database::Inner;
use super::options::LogLevel;
use super::set_writer::Done;
use crate::error::Error;
use crate::recovery::report::{Damage, Report};
use crate::sync::blocking::Instant;
use std::fmt::{self, Arguments};
use std::time::Duration;

/// So many damaged places are told one by one.
const MOST_DAMAGE: usize = 100;
/// Writers that waited for a shorter time for a flush are not told of.
const LONG_STALL: Duration = Duration::from_millis(100);

/// What a flush or a compaction has written.
#[derive(Clone, Copy, Default)]
pub(super) struct Outcome {
    tables: usize,
    entries: u64,
    tombstones: u64,
    pub(super) bytes: u64,
}

impl Outcome {
    pub(super) fn of(done: &[Done]) -> Self {
        let written = done.iter().map(|done| done.table.written());
        written.fold(Self { tables: done.len(), ..Self::default() }, |sum, written| Self {
            entries: sum.entries + written.counts.entries,
            tombstones: sum.tombstones + written.counts.tombstones,
            bytes: sum.bytes + written.bytes,
            ..sum
        })
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { tables, entries, tombstones, bytes } = self;
        write!(f, "tables={tables} entries={entries} tombstones={tombstones} bytes={bytes}")
    }
}

impl Inner {
    /// Tells the logger, if there is one.
    pub(super) fn tell(&self, level: LogLevel, message: Arguments<'_>) {
        if let Some(logger) = &self.settings.logger {
            logger(level, message);
        }
    }

    fn tell_event(&self, began: Instant, event: Arguments<'_>) {
        self.tell(LogLevel::Info, format_args!("{event} microseconds={}", began.elapsed().as_micros()));
    }

    /// Stops all writes after a failure, and tells the first one.
    pub(super) fn fail(&self, error: Error) {
        if let Some(first) = self.poison.set(error) {
            self.tell(LogLevel::Error, format_args!("nothing is written any more: {first}"));
        }
    }

    pub(super) fn tell_opened(&self, report: &Report, began: Instant) {
        for damage in report.damage.iter().take(MOST_DAMAGE) {
            self.tell_damage(damage);
        }
        if let Some(more) = report.damage.len().checked_sub(MOST_DAMAGE).filter(|&more| more > 0) {
            self.tell(LogLevel::Warning, format_args!("the report of the opening has {more} more damaged places"));
        }
        let version = self.published.load();
        let (runs, tables) = (version.runs.len(), version.table_count());
        let Report { files: logs, bytes, entries_applied: entries, .. } = report;
        let recovered = format_args!("logs={logs} log_bytes={bytes} log_entries={entries}");
        self.tell_event(began, format_args!("open: runs={runs} tables={tables} {recovered}"));
    }

    fn tell_damage(&self, damage: &Damage) {
        let Damage { path, offset, length, cause, .. } = damage;
        let (path, cause) = (path.display(), cause.text().to_string_lossy());
        match length {
            0 => self.tell(LogLevel::Warning, format_args!("{path}: {cause}")),
            _ => self.tell(LogLevel::Warning, format_args!("{path}: {length} bytes at offset {offset}: {cause}")),
        }
    }

    pub(super) fn tell_flush(&self, outcome: Outcome, stalled_before: u64, began: Instant) {
        let waiting = self.published.load().sealed.len();
        self.tell_event(began, format_args!("flush: {outcome} memtables_waiting={waiting}"));
        let stalled = self.counters.stall_microseconds.get() - stalled_before;
        if u128::from(stalled) >= LONG_STALL.as_micros() {
            let why = "writers wait for flushes, since max_memtables are full";
            self.tell(LogLevel::Warning, format_args!("{why}: stall_microseconds={stalled}"));
        }
    }

    pub(super) fn tell_compaction(&self, level: u32, read: (usize, u64), outcome: Outcome, began: Instant) {
        let (tables, bytes) = read;
        let read = format_args!("tables_read={tables} bytes_read={bytes}");
        self.tell_event(began, format_args!("compaction: level={level} {read} {outcome}"));
    }

    pub(super) fn tell_resumed(&self, began: Instant) {
        self.tell_event(began, format_args!("resume:"));
    }

    pub(super) fn tell_closed(&self, began: Instant) {
        self.tell_event(began, format_args!("close:"));
    }
}
