//! Tables that are open, and the runs that they form.

use super::replaced::ReplacedFile;
use crate::error::Error;
use crate::table::{Found, Table};
use std::path::PathBuf;
use std::sync::Arc;

/// The first bytes of a key, as many as a table says of its smallest and of its largest one.
pub(super) const BOUND_LEN: usize = u16::MAX as usize;

/// A table of the database, which is open. Its file stays as long as this does, whatever replaces it.
#[derive(Debug)]
pub(crate) struct LiveTable {
    pub(crate) table: Arc<Table>,
    /// Its number, if it is one of ours.
    pub(crate) number: Option<u64>,
    /// The name of its file in `sst/`.
    pub(crate) name: String,
    /// Of its file, in bytes.
    pub(crate) length: u64,
    /// The set that it was written in; 0 if it is not one of ours.
    pub(crate) set: u64,
    /// The first [`BOUND_LEN`] bytes of its smallest and of its largest key.
    pub(crate) lower: Vec<u8>,
    pub(crate) upper: Vec<u8>,
    pub(crate) entries: u64,
    pub(crate) tombstones: u64,
    /// Removes the file, if it was replaced, when the last reader lets go of the table.
    pub(crate) replaced: ReplacedFile,
}

impl LiveTable {
    /// Whether `key` may be in it.
    fn may_have(&self, key: &[u8]) -> bool {
        let key = bound(key);
        self.lower.as_slice() <= key && key <= self.upper.as_slice()
    }

    /// Whether it may have a key that `other` may have, too.
    pub(crate) fn overlaps(&self, lower: &[u8], upper: &[u8]) -> bool {
        self.lower.as_slice() <= bound(upper) && bound(lower) <= self.upper.as_slice()
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.replaced.path()
    }
}

/// Tables of one age, which share no key, in the order of their keys.
#[derive(Debug, Clone)]
pub(crate) struct Run {
    pub(crate) age: u64,
    pub(crate) level: u32,
    pub(crate) tables: Vec<Arc<LiveTable>>,
}

impl Run {
    pub(crate) fn new(age: u64, level: u32, mut tables: Vec<Arc<LiveTable>>) -> Self {
        // Tables with the same bounds were written together, the lower keys first.
        tables.sort_by(|one, other| {
            (&one.lower, &one.upper, one.number).cmp(&(&other.lower, &other.upper, other.number))
        });
        Self { age, level, tables }
    }

    /// A run of those of its tables that `keep` names.
    pub(crate) fn keeping(&self, keep: impl Fn(&Arc<LiveTable>) -> bool) -> Self {
        Self { tables: self.tables.iter().filter(|table| keep(table)).cloned().collect(), ..*self }
    }

    /// Bytes of its files.
    pub(crate) fn bytes(&self) -> u64 {
        self.tables.iter().map(|table| table.length).sum()
    }

    /// Whether one of its tables may have `key`, by their bounds.
    pub(crate) fn may_have(&self, key: &[u8]) -> bool {
        let first = self.tables.partition_point(|table| table.upper.as_slice() < bound(key));
        self.tables.get(first).is_some_and(|table| table.may_have(key))
    }

    /// What the run says of `key`; nothing if it has no version of it.
    #[inline]
    pub(crate) fn get(&self, key: &[u8], hash: u64) -> Result<Option<Found>, Error> {
        let first = match self.tables.as_slice() {
            [_] => 0,
            tables => tables.partition_point(|table| table.upper.as_slice() < bound(key)),
        };
        // Two tables can have the same bound, since a bound is only the start of a key.
        for table in self.tables[first..].iter().take_while(|table| table.may_have(key)) {
            if let Some(found) = table.table.get_hashed(key, hash)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }
}

/// As much of `key` as bounds have.
pub(crate) fn bound(key: &[u8]) -> &[u8] {
    &key[..key.len().min(BOUND_LEN)]
}
