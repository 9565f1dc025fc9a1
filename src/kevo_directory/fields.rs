//! The fields of `MANIFEST`, and which values Kevo v1.4.2 opens a database with.

use serde_json::{Map, Value};

/// A setting that is a number.
pub(super) struct Field {
    pub(super) name: &'static str,
    /// What Kevo takes itself.
    pub(super) default: i64,
    legal: Legal,
}

enum Legal {
    /// An integer from this to the highest that Kevo can hold.
    From(i64),
    /// An integer between these, both included.
    Between(i64, i64),
    /// A number above 1, with or without a fraction.
    Ratio,
}

impl Field {
    pub(super) fn is_legal(&self, value: &Value) -> bool {
        match self.legal {
            Legal::From(least) => value.as_i64().is_some_and(|value| value >= least),
            Legal::Between(least, most) => value.as_i64().is_some_and(|value| (least..=most).contains(&value)),
            Legal::Ratio => value.as_f64().is_some_and(|value| value > 1.0),
        }
    }
}

pub(super) const VERSION: &str = "version";
pub(super) const WAL_DIR: &str = "wal_dir";
pub(super) const SST_DIR: &str = "sst_dir";
pub(super) const SYNC_MODE: &str = "wal_sync_mode";
pub(super) const SYNC_BYTES: &str = "wal_sync_bytes";
pub(super) const MEMTABLE_SIZE: &str = "memtable_size";
pub(super) const MAX_MEMTABLES: &str = "max_memtables";
const WARNING: &str = "tx_warning_threshold";
const CRITICAL: &str = "tx_critical_threshold";

/// All settings but the two directories. Kevo refuses a `MANIFEST` that lacks one of which 0 is not legal.
pub(super) const NUMBERS: [Field; 23] = [
    Field { name: VERSION, default: 1, legal: Legal::From(1) },
    Field { name: SYNC_MODE, default: 2, legal: Legal::Between(0, 2) },
    Field { name: SYNC_BYTES, default: 1 << 20, legal: Legal::From(0) },
    Field { name: "wal_max_size", default: 0, legal: Legal::From(0) },
    Field { name: MEMTABLE_SIZE, default: 32 << 20, legal: Legal::From(1) },
    Field { name: MAX_MEMTABLES, default: 4, legal: Legal::From(1) },
    Field { name: "max_memtable_age", default: 600, legal: Legal::From(0) },
    Field { name: "memtable_pool_cap", default: 4, legal: Legal::From(0) },
    Field { name: "sstable_block_size", default: 16384, legal: Legal::From(1) },
    Field { name: "sstable_index_size", default: 65536, legal: Legal::From(1) },
    Field { name: "sstable_max_size", default: 64 << 20, legal: Legal::From(1) },
    Field { name: "sstable_restart_size", default: 16, legal: Legal::From(1) },
    Field { name: "compaction_levels", default: 7, legal: Legal::From(1) },
    Field { name: "compaction_ratio", default: 10, legal: Legal::Ratio },
    Field { name: "compaction_threads", default: 2, legal: Legal::From(1) },
    Field { name: "compaction_interval", default: 30, legal: Legal::From(1) },
    Field { name: "max_level_with_tombstones", default: 1, legal: Legal::From(0) },
    Field { name: "read_only_tx_ttl", default: 180, legal: Legal::From(1) },
    Field { name: "read_write_tx_ttl", default: 60, legal: Legal::From(1) },
    Field { name: "idle_tx_timeout", default: 30, legal: Legal::From(1) },
    Field { name: "tx_cleanup_interval", default: 30, legal: Legal::From(1) },
    Field { name: WARNING, default: 75, legal: Legal::Between(1, 99) },
    Field { name: CRITICAL, default: 90, legal: Legal::Between(1, 99) },
];

/// The first field that is missing or has a value that Kevo does not open a database with.
pub(super) fn first_illegal(settings: &Map<String, Value>) -> Option<&'static str> {
    let directories = [WAL_DIR, SST_DIR].into_iter().filter(|name| {
        let is_path = settings.get(*name).and_then(Value::as_str).is_some_and(|path| !path.is_empty());
        !is_path
    });
    let numbers = NUMBERS.iter().filter(|field| !settings.get(field.name).is_some_and(|value| field.is_legal(value)));
    let mut illegal = directories.chain(numbers.map(|field| field.name));
    illegal.next().or_else(|| (!are_ordered(settings)).then_some(CRITICAL))
}

/// Sets all numbers to legal values: those that are there, if they are legal, or else Kevo's own.
pub(super) fn make_legal(settings: &mut Map<String, Value>) {
    for field in &NUMBERS {
        if !settings.get(field.name).is_some_and(|value| field.is_legal(value)) {
            settings.insert(field.name.to_owned(), field.default.into());
        }
    }
    if !are_ordered(settings) {
        for field in NUMBERS.iter().filter(|field| [WARNING, CRITICAL].contains(&field.name)) {
            settings.insert(field.name.to_owned(), field.default.into());
        }
    }
}

/// Kevo wants the first of the two thresholds to be the lower one.
fn are_ordered(settings: &Map<String, Value>) -> bool {
    let threshold = |name: &str| settings.get(name).and_then(Value::as_i64);
    threshold(WARNING) < threshold(CRITICAL)
}

/// Whether Kevo takes a field for one of its own though it has not quite the name: it does not regard case, and takes
/// the last of several.
pub(super) fn is_misnamed(name: &str) -> bool {
    let mut names = NUMBERS.iter().map(|field| field.name).chain([WAL_DIR, SST_DIR]);
    names.any(|known| known != name && known.eq_ignore_ascii_case(name))
}
