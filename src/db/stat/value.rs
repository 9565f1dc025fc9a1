//! What each statistic is now.

use super::Stat;
use crate::db::database::Inner;
use crate::db::version::Version;
use crate::version::run::LiveTable;

impl Inner {
    /// One number, now.
    pub(crate) fn stat(&self, stat: Stat) -> u64 {
        let (counters, version) = (&self.counters, self.published.load());
        match stat {
            Stat::LastSequence => self.last_sequence(),
            Stat::Operations => counters.operations.get(),
            Stat::UserBytes => counters.user_bytes.get(),
            Stat::LogBytes => counters.log_bytes.get(),
            Stat::FlushBytes => counters.flush_bytes.get(),
            Stat::CompactionBytes => counters.compaction_bytes.get(),
            Stat::CompactionReadBytes => counters.compaction_read_bytes.get(),
            Stat::Groups => counters.groups.get(),
            Stat::Syncs => counters.syncs.get(),
            Stat::Flushes => counters.flushes.get(),
            Stat::Compactions => counters.compactions.get(),
            Stat::FailedCompactions => counters.failed_compactions.get(),
            Stat::Resumes => counters.resumes.get(),
            Stat::Stalls => counters.stalls.get(),
            Stat::StallMicroseconds => counters.stall_microseconds.get(),
            Stat::Slowdowns => counters.slowdowns.get(),
            Stat::SlowdownMicroseconds => counters.slowdown_microseconds.get(),
            Stat::Memtables => 1 + version.sealed.len() as u64,
            Stat::MemtableBytes => version.memtable_bytes(),
            Stat::Runs => version.runs.len() as u64,
            Stat::Levels => version.levels(),
            Stat::Tables => version.table_count() as u64,
            Stat::ForeignTables => version.sum_of_tables(|table| u64::from(table.number.is_none())),
            Stat::TableBytes => version.sum_of_tables(|table| table.length),
            Stat::TableEntries => version.sum_of_tables(|table| table.entries),
            Stat::TableTombstones => version.sum_of_tables(|table| table.tombstones),
            Stat::CacheBytes => self.tables.cache().stat().bytes,
            Stat::CacheReservedBytes => self.tables.cache().stat().reserved,
            Stat::CacheHits => self.tables.cache().stat().hits,
            Stat::CacheMisses => self.tables.cache().stat().misses,
            Stat::OpenFiles => self.tables.files().count() as u64,
            Stat::ReplacedBytes => self.tables.kept_bytes(),
            Stat::Filtered => self.tables.cache().stat().filtered,
            Stat::PassedInVain => self.tables.cache().stat().passed_in_vain,
        }
    }
}

impl Version {
    fn memtable_bytes(&self) -> u64 {
        self.active.memory() + self.sealed.iter().map(|sealed| sealed.memory()).sum::<u64>()
    }

    /// How many levels have a run.
    fn levels(&self) -> u64 {
        let mut levels: Vec<u32> = self.runs.iter().map(|run| run.level).collect();
        levels.sort_unstable();
        levels.dedup();
        levels.len() as u64
    }

    fn sum_of_tables(&self, number: impl Fn(&LiveTable) -> u64) -> u64 {
        self.runs.iter().flat_map(|run| &run.tables).map(|table| number(table)).sum()
    }
}
