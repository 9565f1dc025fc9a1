//! What opening a database is asked to do.

use crate::error::Error;
use crate::recovery::options::Options as RecoveryOptions;
use std::fmt;
use std::sync::Arc;

/// When what was written is brought to disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SyncMode {
    /// When the system likes. It is handed to the system before it is acknowledged.
    None,
    /// After so many bytes of log.
    Bytes(u64),
    /// Before it is acknowledged.
    Always,
    /// When the system likes. It is handed to the system within 64 KiB or 10 ms.
    Buffered,
}

/// How runs are merged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CompactionStyle {
    /// Runs of about one size are merged into a larger one.
    #[default]
    Tiered,
    /// From level 1 on a level is one run, ten times as large as the one above.
    Leveled,
    /// Only on request.
    None,
}

/// How important a message to the logger is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogLevel {
    /// Something failed.
    Error,
    /// Something is not as it should be, and the database copes.
    Warning,
    /// What happens.
    Info,
}

/// Takes messages, one call at a time, from any thread.
pub type Logger = Arc<dyn Fn(LogLevel, fmt::Arguments<'_>) + Send + Sync>;

/// What opening a database is asked to do. What is `None` is what `MANIFEST` says, or else the default.
#[derive(Clone)]
#[allow(clippy::struct_excessive_bools)] // Each is an option that a caller sets by its name.
pub struct DbOptions {
    /// Whether a database is made where there is none.
    pub create_if_missing: bool,
    /// Whether it is an error if there is one.
    pub error_if_exists: bool,
    /// Nothing on disk changes, and no lock is taken.
    pub read_only: bool,
    /// How the logs are recovered.
    pub recovery: RecoveryOptions,
    /// Of a memtable, by Kevo's count, in bytes.
    pub memtable_size: Option<u64>,
    /// How many memtables may wait for their flush before writers wait.
    pub max_memtables: Option<usize>,
    /// When what was written is brought to disk.
    pub sync: SyncMode,
    /// A log of this size or more is ended, in bytes.
    pub log_size: u64,
    /// Whether the log is written through a map.
    pub log_mapped: bool,
    /// Bytes of logs that are kept after they were flushed.
    pub log_retention: u64,
    /// Of a table, about, in bytes.
    pub table_size: u64,
    /// Of a block, in bytes.
    pub block_size: usize,
    /// Of the cache of blocks, indexes and filters, in bytes.
    pub cache_size: u64,
    /// Bits a key in the filters.
    pub filter_bits: u32,
    /// How runs are merged.
    pub compaction: CompactionStyle,
    /// How many threads do that.
    pub compaction_threads: usize,
    /// How many bytes a second compactions write at most; 0 for any number.
    pub compaction_rate: u64,
    /// Descriptors of tables that are open at a time.
    pub max_open_files: usize,
    /// Told what happens.
    pub logger: Option<Logger>,
}

/// The defaults of what `MANIFEST` can set.
pub(super) const MEMTABLE_SIZE: u64 = 32 << 20;
pub(super) const MAX_MEMTABLES: usize = 4;
/// After so many bytes [`SyncMode::Bytes`] syncs, if no other number is given.
pub(crate) const DEFAULT_SYNC_BYTES: u64 = 1 << 20;

impl Default for DbOptions {
    fn default() -> Self {
        Self {
            create_if_missing: true,
            error_if_exists: false,
            read_only: false,
            recovery: RecoveryOptions { include_set_aside: true, ..RecoveryOptions::default() },
            memtable_size: None,
            max_memtables: None,
            sync: SyncMode::Always,
            log_size: 64 << 20,
            log_mapped: false,
            log_retention: 0,
            table_size: 64 << 20,
            block_size: 4096,
            cache_size: 64 << 20,
            filter_bits: 10,
            compaction: CompactionStyle::Tiered,
            compaction_threads: 2,
            compaction_rate: 0,
            max_open_files: 1000,
            logger: None,
        }
    }
}

impl DbOptions {
    pub(crate) fn check(&self) -> Result<(), Error> {
        let refused = [
            (self.memtable_size == Some(0), "memtable_size is 0; it must be at least one byte"),
            (self.max_memtables == Some(0), "max_memtables is 0; there is always at least one memtable"),
            (self.log_size == 0, "log_size is 0; it must be at least one byte"),
            (self.table_size == 0, "table_size is 0; it must be at least one byte"),
            (self.block_size == 0, "block_size is 0; it must be at least one byte"),
            (self.block_size > 1 << 30, "block_size is above 1 GiB"),
            (self.filter_bits > 64, "filter_bits is above 64"),
            (self.max_open_files == 0, "max_open_files is 0; one table at least has to be open to be read"),
            (
                self.recovery.order != crate::Order::Log,
                "a database is recovered in the order of the log; KEVO_ORDER_SEQUENCE gives old values",
            ),
            (
                self.recovery.max_sequence != u64::MAX,
                "a database is recovered whole; it has no maximum sequence number",
            ),
        ];
        match refused.into_iter().find(|(is_wrong, _)| *is_wrong) {
            Some((_, why)) => Err(Error::InvalidArgument(why)),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for DbOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DbOptions")
            .field("sync", &self.sync)
            .field("compaction", &self.compaction)
            .finish_non_exhaustive()
    }
}
