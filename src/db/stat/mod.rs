//! The database in numbers.
//!
//! ```text
//! counters  what has happened since the opening
//! value     each statistic, now                    text  all of them, for operators
//! ```

mod counters;
mod text;
mod value;

pub(super) use counters::Counters;
use std::ffi::CStr;

/// A number that says something about an open database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stat {
    LastSequence,
    Operations,
    UserBytes,
    LogBytes,
    FlushBytes,
    CompactionBytes,
    CompactionReadBytes,
    Groups,
    Syncs,
    Flushes,
    Compactions,
    FailedCompactions,
    Resumes,
    Stalls,
    StallMicroseconds,
    Slowdowns,
    SlowdownMicroseconds,
    Memtables,
    MemtableBytes,
    Runs,
    Levels,
    Tables,
    ForeignTables,
    TableBytes,
    TableEntries,
    TableTombstones,
    CacheBytes,
    CacheReservedBytes,
    CacheHits,
    CacheMisses,
    OpenFiles,
    ReplacedBytes,
    Filtered,
    PassedInVain,
}

/// What a statistic is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    Count,
    Bytes,
    Microseconds,
    SequenceNumber,
}

/// What a statistic is called, and what it says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Description {
    pub(crate) stat: Stat,
    /// In lower case, with dashes.
    pub(crate) name: &'static CStr,
    pub(crate) unit: Unit,
    /// It counts what has happened since the opening, and only rises; else it says what is now.
    pub(crate) is_counter: bool,
    /// A sentence in English.
    pub(crate) meaning: &'static CStr,
}

const fn now(stat: Stat, name: &'static CStr, unit: Unit, meaning: &'static CStr) -> Description {
    Description { stat, name, unit, is_counter: false, meaning }
}

const fn counter(stat: Stat, name: &'static CStr, unit: Unit, meaning: &'static CStr) -> Description {
    Description { stat, name, unit, is_counter: true, meaning }
}

impl Stat {
    /// All of them, in the order of their numbers in kevo.h, which never changes.
    #[rustfmt::skip] // A line each.
    pub(crate) const ALL: [Description; 34] = [
        now(Self::LastSequence, c"sequence", Unit::SequenceNumber, c"The highest sequence number of all writes that reads see."),
        counter(Self::Operations, c"operations", Unit::Count, c"Puts and deletes that were written."),
        counter(Self::UserBytes, c"bytes-written", Unit::Bytes, c"Bytes of the keys and values that callers wrote."),
        counter(Self::LogBytes, c"bytes-logged", Unit::Bytes, c"Bytes that were appended to logs."),
        counter(Self::FlushBytes, c"bytes-flushed", Unit::Bytes, c"Bytes of the tables that flushes wrote."),
        counter(Self::CompactionBytes, c"bytes-compacted", Unit::Bytes, c"Bytes of the tables that compactions wrote."),
        counter(Self::CompactionReadBytes, c"bytes-read-by-compaction", Unit::Bytes, c"Bytes of the tables that compactions read."),
        counter(Self::Groups, c"groups", Unit::Count, c"Appends to logs."),
        counter(Self::Syncs, c"syncs", Unit::Count, c"Syncs of logs."),
        counter(Self::Flushes, c"flushes", Unit::Count, c"Flushes."),
        counter(Self::Compactions, c"compactions", Unit::Count, c"Compactions."),
        counter(Self::FailedCompactions, c"failed-compactions", Unit::Count, c"Compactions that failed, and are tried again."),
        counter(Self::Resumes, c"resumes", Unit::Count, c"How often writes went on after a failure."),
        counter(Self::Stalls, c"stalls", Unit::Count, c"How often a writer waited for a flush."),
        counter(Self::StallMicroseconds, c"stall-microseconds", Unit::Microseconds, c"For how long writers waited for flushes."),
        counter(Self::Slowdowns, c"slowdowns", Unit::Count, c"How often a writer was slowed."),
        counter(Self::SlowdownMicroseconds, c"slowdown-microseconds", Unit::Microseconds, c"For how long writers were slowed."),
        now(Self::Memtables, c"memtables", Unit::Count, c"Memtables, that which is written to included."),
        now(Self::MemtableBytes, c"memtable-bytes", Unit::Bytes, c"Bytes of memory that memtables take."),
        now(Self::Runs, c"runs", Unit::Count, c"Runs of tables."),
        now(Self::Levels, c"levels", Unit::Count, c"Levels that have runs."),
        now(Self::Tables, c"tables", Unit::Count, c"Tables."),
        now(Self::ForeignTables, c"foreign-tables", Unit::Count, c"Tables of Kevo that are not rewritten yet."),
        now(Self::TableBytes, c"table-bytes", Unit::Bytes, c"Bytes of the files of tables."),
        now(Self::TableEntries, c"table-entries", Unit::Count, c"Entries of tables, tombstones included."),
        now(Self::TableTombstones, c"table-tombstones", Unit::Count, c"Tombstones in tables."),
        now(Self::CacheBytes, c"cache-bytes", Unit::Bytes, c"Bytes of the blocks in the cache."),
        now(Self::CacheReservedBytes, c"cache-reserved-bytes", Unit::Bytes, c"Bytes that indexes and filters of open tables take of the cache."),
        counter(Self::CacheHits, c"cache-hits", Unit::Count, c"How often a block was in the cache."),
        counter(Self::CacheMisses, c"cache-misses", Unit::Count, c"How often a block was not in the cache."),
        now(Self::OpenFiles, c"open-files", Unit::Count, c"Files of tables that are open."),
        now(Self::ReplacedBytes, c"replaced-bytes", Unit::Bytes, c"Bytes of replaced tables that snapshots, iterators and pinned values keep on disk."),
        counter(Self::Filtered, c"filter-hits", Unit::Count, c"Lookups in a table that ended at its filter."),
        counter(Self::PassedInVain, c"filter-misses", Unit::Count, c"Lookups in a table that passed its filter, and did not find the key."),
    ];
}

impl Unit {
    pub(crate) fn name(self) -> &'static CStr {
        match self {
            Self::Count => c"count",
            Self::Bytes => c"bytes",
            Self::Microseconds => c"microseconds",
            Self::SequenceNumber => c"sequence-number",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Stat;

    #[test]
    fn a_statistic_stands_at_its_number_and_has_a_name_of_its_own() {
        for (number, description) in Stat::ALL.iter().enumerate() {
            let name = description.name;
            assert_eq!(description.stat as usize, number);
            assert_eq!(Stat::ALL.iter().filter(|other| other.name == name).count(), 1, "{name:?}");
            let is_part_of_a_name = |byte: &u8| byte.is_ascii_lowercase() || *byte == b'-';
            assert!(name.to_bytes().iter().all(is_part_of_a_name), "{name:?}");
        }
    }
}
