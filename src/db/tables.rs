//! Opens and makes tables: what they all share.

use super::set_writer::Done;
use crate::disk::{Disk, OpenFiles};
use crate::error::Error;
use crate::memory::push;
use crate::table::{self, BlockCache, NewTable, Properties, Table, TableName, WriterOptions};
use crate::version::replaced::ReplacedFile;
use crate::version::run::{LiveTable, bound};
use crate::versions::Change;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The ages of flushes are so far apart, to leave room for what is made of them.
const AGE_STEP: u64 = 1024;

/// The tables of a database.
#[derive(Debug)]
pub(super) struct Tables {
    disk: Arc<dyn Disk>,
    sst: PathBuf,
    files: Arc<OpenFiles>,
    cache: Arc<BlockCache>,
    options: WriterOptions,
    /// Damage is passed over.
    skip_corrupted: bool,
    next_number: AtomicU64,
    highest_age: AtomicU64,
    /// Bytes of tables that were replaced, and are still read.
    kept: Arc<AtomicU64>,
}

/// A table that has its name and is open, and the level of its run.
pub(super) struct NewLiveTable {
    pub(super) table: Arc<LiveTable>,
    pub(super) name: TableName,
    pub(super) level: u32,
}

impl NewLiveTable {
    pub(super) fn change(&self) -> Change<'static> {
        Change::Table { name: self.name, level: self.level, length: self.table.length }
    }
}

impl Tables {
    pub(super) fn new(
        disk: &Arc<dyn Disk>,
        sst: &Path,
        options: WriterOptions,
        cache_size: u64,
        max_open_files: usize,
        skip_corrupted: bool,
    ) -> Self {
        Self {
            disk: Arc::clone(disk),
            sst: sst.to_owned(),
            files: OpenFiles::new(Arc::clone(disk), max_open_files),
            cache: Arc::new(BlockCache::new(cache_size)),
            options,
            skip_corrupted,
            next_number: AtomicU64::new(1),
            highest_age: AtomicU64::new(0),
            kept: Arc::default(),
        }
    }

    pub(super) fn cache(&self) -> &BlockCache {
        &self.cache
    }

    pub(super) fn files(&self) -> &OpenFiles {
        &self.files
    }

    /// Bytes of tables that were replaced, and are still read.
    pub(super) fn kept_bytes(&self) -> u64 {
        self.kept.load(Ordering::Relaxed)
    }

    /// Numbers of tables below this one are never used, and neither are ages up to this one by flushes.
    pub(super) fn begin_at(&self, next_number: u64, highest_age: u64) {
        self.next_number.fetch_max(next_number, Ordering::Relaxed);
        self.highest_age.fetch_max(highest_age, Ordering::Relaxed);
    }

    /// A number for a table.
    pub(super) fn next_number(&self) -> u64 {
        self.next_number.fetch_add(1, Ordering::Relaxed)
    }

    /// The number that is given next.
    pub(super) fn numbers_end(&self) -> u64 {
        self.next_number.load(Ordering::Relaxed)
    }

    /// The age of a run that is newer than all others.
    pub(super) fn next_age(&self) -> u64 {
        self.highest_age.fetch_add(AGE_STEP, Ordering::Relaxed) + AGE_STEP
    }

    /// An age that no flush will get: it is that of a run now.
    pub(super) fn promise_age(&self, age: u64) {
        self.highest_age.fetch_max(age, Ordering::Relaxed);
    }

    /// Begins a table, of this age and number.
    pub(super) fn create(&self, name: (u64, u64), sync_every: u64) -> Result<NewTable, Error> {
        NewTable::create(Arc::clone(&self.disk), &self.sst, name, self.options, sync_every)
    }

    /// Gives tables their names, and opens them.
    pub(super) fn publish(&self, done: Vec<Done>) -> Result<Vec<NewLiveTable>, Error> {
        let (levels, tables): (Vec<_>, Vec<_>) = done.into_iter().map(|done| (done.level, done.table)).unzip();
        let mut live = Vec::new();
        for (level, table) in levels.into_iter().zip(table::publish(tables, &self.sst)?) {
            let name = table.name;
            let table = Arc::new(self.open(&name.to_string(), table.written.bytes)?);
            push(&mut live, NewLiveTable { table, name, level })?;
        }
        Ok(live)
    }

    /// Brings the names of tables to disk.
    pub(super) fn sync_names(&self) -> Result<(), Error> {
        let synced = self.disk.open_directory(&self.sst).and_then(|directory| directory.sync());
        synced.map_err(|error| Error::io(&self.sst, None, error))
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.sst.join(name)
    }

    /// Opens the table of this name.
    pub(super) fn open(&self, name: &str, length: u64) -> Result<LiveTable, Error> {
        let path = self.path(name);
        let file = self.files.open(&path).map_err(|error| Error::io(&path, None, error))?;
        let (handle, cache) = (file.clone(), Some(Arc::clone(&self.cache)));
        let table = if self.skip_corrupted {
            Table::open_passing_over_damage(&path, Box::new(file), cache)?
        } else {
            Table::open(&path, Box::new(file), cache)?
        };
        let table = Arc::new(table);
        let number = TableName::parse(name).map(|name| name.number);
        let properties = table.properties().cloned().unwrap_or_default();
        let (lower, upper) = bounds(&table, &properties)?;
        let stat = table.stat()?;
        let replaced = ReplacedFile::new(&self.disk, path, handle, length, &self.kept);
        Ok(LiveTable {
            table,
            number,
            name: name.to_owned(),
            length,
            set: properties.output.map_or(0, |output| output.set),
            lower,
            upper,
            entries: stat.entries,
            tombstones: stat.tombstones,
            replaced,
        })
    }
}

/// The first and the last key of a table, as much of them as bounds have.
fn bounds(table: &Arc<Table>, properties: &Properties) -> Result<(Vec<u8>, Vec<u8>), Error> {
    if let (Some(lower), Some(upper)) = (&properties.lower_bound, &properties.upper_bound) {
        return Ok((lower.clone(), upper.clone()));
    }
    let mut cursor = table.cursor()?.leaving_cache();
    let own = |cursor: &table::Cursor| cursor.entry().map(|entry| bound(entry.key).to_vec());
    let mut found = cursor.first();
    // Of a table with damage, the bounds are those of what is left; what may be before is asked for as well.
    while matches!(found, Err(Error::CorruptTable { .. })) {
        found = cursor.next();
    }
    found?;
    let lower = own(&cursor).unwrap_or_default();
    let mut found = cursor.last();
    while matches!(found, Err(Error::CorruptTable { .. })) {
        found = cursor.prev();
    }
    found?;
    Ok((lower, own(&cursor).unwrap_or_default()))
}
