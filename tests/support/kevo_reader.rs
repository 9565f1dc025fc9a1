//! Kevo v1.4.2 as a reader: what it answers from the files of a directory, its faults included. Slow and plain. It is a
//! second reading of Kevo's files, so it shares no code with the library. `database/kevo_turns.rs` compares it with
//! what Kevo itself answered about the databases in `tests/databases`.
//!
//! Where Kevo was not seen, this refuses instead of guessing: a damaged record before the end of a log, a batch record
//! of the first release.
#![allow(dead_code)] // Not every test wants all of it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;
use xxhash_rust::xxh64::xxh64;

/// All files of a disk, by their paths.
pub type Files = BTreeMap<PathBuf, Vec<u8>>;

/// Of a key, `None` if it is deleted.
pub type Versions = BTreeMap<Vec<u8>, Option<Vec<u8>>>;

const MAGIC: u64 = 0xFACE_FEED_FACE_FEED;
const FOOTER: usize = 68;
const TOMBSTONE: u32 = 0xFFFF_FFFF;

/// Kevo, just after it opened a directory.
#[derive(Debug)]
pub struct Kevo {
    pub settings: Settings,
    pub recovered: Recovered,
    /// In the order in which they win: the last one first.
    pub tables: Vec<(String, Table)>,
}

impl Kevo {
    /// Opens a directory; the error says why Kevo does not. What Kevo changes by opening is
    /// [`Recovered::sets_aside`], and a `MANIFEST` if there was none.
    pub fn open(files: &Files, database: &Path) -> Result<Self, String> {
        let settings = Settings::read(files, database)?;
        let mut tables = Vec::new();
        // The order of the bytes of names is Kevo's idea of age.
        for (name, bytes) in files_in(files, &settings.sst_dir, ".sst") {
            tables.push((name.to_owned(), Table::open(bytes).map_err(|why| format!("{name}: {why}"))?));
        }
        tables.reverse();
        let recovered = Recovered::read(files, &settings)?;
        Ok(Self { settings, recovered, tables })
    }

    /// The first source that has the key decides: the memtable, then the tables.
    pub fn get(&self, key: &[u8]) -> Option<Vec<u8>> {
        if let Some((_, value)) = self.recovered.active.versions.get(key) {
            return value.clone();
        }
        self.tables.iter().find_map(|(_, table)| table.get(key))?.value.clone()
    }

    /// All keys, without a start.
    pub fn scan(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        self.merged(b"", None, Table::scan)
    }

    /// The keys from `begin` on and below `end`.
    pub fn range(&self, begin: &[u8], end: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
        self.merged(begin, Some(end), |table| table.scan_from(begin))
    }

    /// Of equal keys the one of the first source wins.
    fn merged<'t>(
        &'t self,
        begin: &[u8],
        end: Option<&[u8]>,
        entries: impl Fn(&'t Table) -> Vec<&'t TableEntry>,
    ) -> Vec<(Vec<u8>, Vec<u8>)> {
        let mut found = Versions::new();
        for (_, table) in self.tables.iter().rev() {
            found.extend(entries(table).into_iter().map(|entry| (entry.key.clone(), entry.value.clone())));
        }
        found.extend(self.recovered.active.versions.iter().map(|(key, (_, value))| (key.clone(), value.clone())));
        found.retain(|key, _| key.as_slice() >= begin && end.is_none_or(|end| key.as_slice() < end));
        found.into_iter().filter_map(|(key, value)| Some((key, value?))).collect()
    }
}

/// The files directly in a directory whose names end so, by the bytes of their names.
pub fn files_in<'f>(files: &'f Files, directory: &Path, ending: &str) -> Vec<(&'f str, &'f Vec<u8>)> {
    let mut found: Vec<_> = files
        .iter()
        .filter(|(path, _)| path.parent() == Some(directory))
        .filter_map(|(path, bytes)| Some((path.file_name()?.to_str()?, bytes)))
        .filter(|(name, _)| name.ends_with(ending))
        .collect();
    found.sort();
    found
}

// ---- MANIFEST ----

/// What `MANIFEST` sets, as far as it has an effect here.
#[derive(Clone, Debug)]
pub struct Settings {
    pub wal_dir: PathBuf,
    pub sst_dir: PathBuf,
    pub memtable_size: u64,
    pub max_memtables: u64,
    pub compaction_ratio: f64,
}

/// Kevo refuses a `MANIFEST` in which one of these is missing or not above 0.
const POSITIVE: [&str; 9] = [
    "version",
    "memtable_size",
    "max_memtables",
    "read_only_tx_ttl",
    "read_write_tx_ttl",
    "idle_tx_timeout",
    "tx_cleanup_interval",
    "tx_warning_threshold",
    "tx_critical_threshold",
];

impl Settings {
    /// The directories are taken as they stand there, wherever the database is now.
    fn read(files: &Files, database: &Path) -> Result<Self, String> {
        let Some(bytes) = files.get(&database.join("MANIFEST")) else { return Ok(Self::default_of(database)) };
        let settings: Value = serde_json::from_slice(bytes).map_err(|error| format!("MANIFEST: {error}"))?;
        let number = |name: &str| settings.get(name).and_then(Value::as_u64).unwrap_or(0);
        if let Some(name) = POSITIVE.into_iter().find(|name| number(name) == 0) {
            return Err(format!("MANIFEST: {name} must be positive"));
        }
        let compaction_ratio = settings.get("compaction_ratio").and_then(Value::as_f64).unwrap_or(0.0);
        if compaction_ratio <= 1.0 {
            return Err("MANIFEST: compaction_ratio must be above 1".to_owned());
        }
        let directory = |name: &str| {
            let path = settings.get(name).and_then(Value::as_str).filter(|path| !path.is_empty());
            path.map(PathBuf::from).ok_or_else(|| format!("MANIFEST: no {name}"))
        };
        Ok(Self {
            wal_dir: directory("wal_dir")?,
            sst_dir: directory("sst_dir")?,
            memtable_size: number("memtable_size"),
            max_memtables: number("max_memtables"),
            compaction_ratio,
        })
    }

    fn default_of(database: &Path) -> Self {
        Self {
            wal_dir: database.join("wal"),
            sst_dir: database.join("sst"),
            memtable_size: 32 << 20,
            max_memtables: 4,
            compaction_ratio: 10.0,
        }
    }
}

// ---- logs ----

/// A memtable, of which only the version with the highest sequence number is kept; with equal numbers, the later one.
#[derive(Clone, Debug, Default)]
pub struct Memtable {
    pub versions: BTreeMap<Vec<u8>, (u64, Option<Vec<u8>>)>,
    /// Key, value and 16 bytes for each write, overwritten ones included.
    pub size: u64,
}

impl Memtable {
    pub fn apply(&mut self, sequence: u64, key: &[u8], value: Option<&[u8]>) {
        self.size += (key.len() + value.map_or(0, <[u8]>::len) + 16) as u64;
        let is_newer = self.versions.get(key).is_none_or(|(there, _)| sequence >= *there);
        if is_newer {
            self.versions.insert(key.to_vec(), (sequence, value.map(<[u8]>::to_vec)));
        }
    }
}

/// What Kevo makes of its logs when it opens.
#[derive(Debug, Default)]
pub struct Recovered {
    pub active: Memtable,
    /// All memtables but the last. Get and scan do not look at them; within 10 seconds they become tables.
    pub hidden: Vec<Memtable>,
    /// The highest number in the logs.
    pub last_sequence: u64,
    /// It moves all logs into `backup_*`, and starts with nothing.
    pub sets_aside: bool,
}

impl Recovered {
    fn read(files: &Files, settings: &Settings) -> Result<Self, String> {
        let mut recovered = Self::default();
        for (name, bytes) in files_in(files, &settings.wal_dir, ".wal") {
            let (entries, is_torn) = log_entries(bytes).map_err(|why| format!("{name}: {why}"))?;
            let fits = entries.iter().try_for_each(|entry| recovered.take(entry, settings));
            if is_torn || fits.is_none() {
                return Ok(Self { sets_aside: true, ..Self::default() });
            }
        }
        Ok(recovered)
    }

    /// Nothing if there would be too many memtables.
    fn take(&mut self, entry: &LogEntry, settings: &Settings) -> Option<()> {
        if self.active.size >= settings.memtable_size {
            self.hidden.push(std::mem::take(&mut self.active));
            if self.hidden.len() as u64 >= settings.max_memtables {
                return None;
            }
        }
        self.last_sequence = self.last_sequence.max(entry.sequence);
        // Kevo does nothing with a merge but count it.
        if entry.op != MERGE {
            self.active.apply(entry.sequence, &entry.key, entry.value.as_deref());
        }
        Some(())
    }
}

const PUT: u8 = 1;
const DELETE: u8 = 2;
const MERGE: u8 = 3;

#[derive(Debug)]
pub struct LogEntry {
    op: u8,
    sequence: u64,
    key: Vec<u8>,
    value: Option<Vec<u8>>,
}

/// The entries of a log, and whether its last record is torn.
fn log_entries(bytes: &[u8]) -> Result<(Vec<LogEntry>, bool), String> {
    let (mut entries, mut chain, mut at) = (Vec::new(), None::<Vec<u8>>, 0);
    while at < bytes.len() {
        let Some(header) = bytes.get(at..at + 7) else { return Ok((entries, true)) };
        let end = at + 7 + usize::from(u16::from_le_bytes([header[4], header[5]]));
        let Some(payload) = bytes.get(at + 7..end) else { return Ok((entries, true)) };
        if crc32fast::hash(payload).to_le_bytes() != header[..4] {
            return Err(format!("the record at {at} is damaged"));
        }
        match (header[6], &mut chain) {
            (1, None) => entries.push(log_entry(payload)?),
            (2, None) => chain = Some(payload.to_vec()),
            (3, Some(chain)) => chain.extend_from_slice(payload),
            (4, Some(_)) => {
                let whole = [&chain.take().unwrap_or_default(), payload].concat();
                entries.push(log_entry(&whole)?);
            }
            (record_type, _) => return Err(format!("the record at {at} of type {record_type} is out of place")),
        }
        at = end;
    }
    Ok((entries, chain.is_some()))
}

fn log_entry(payload: &[u8]) -> Result<LogEntry, String> {
    let mut rest = Bytes(payload);
    let entry = (|| {
        let (op, sequence) = (rest.take(1)?[0], rest.u64()?);
        let length = rest.u32()? as usize;
        let key = rest.take(length)?.to_vec();
        let value = match op {
            PUT | MERGE => {
                let length = rest.u32()? as usize;
                Some(rest.take(length)?.to_vec())
            }
            DELETE => None,
            _ => return None,
        };
        rest.0.is_empty().then_some(LogEntry { op, sequence, key, value })
    })();
    entry.ok_or_else(|| "an entry does not parse".to_owned())
}

// ---- tables ----

/// An entry of a block.
#[derive(Clone, Debug)]
pub struct TableEntry {
    pub key: Vec<u8>,
    pub sequence: u64,
    /// Nothing is a tombstone.
    pub value: Option<Vec<u8>>,
}

#[derive(Clone, Debug)]
struct Block {
    entries: Vec<TableEntry>,
    /// The entries that are restart points.
    restarts: Vec<usize>,
}

/// A table, as generation C. Kevo never looks at the filters, so they are not here either.
#[derive(Clone, Debug)]
pub struct Table {
    /// `None` is a damaged one.
    blocks: Vec<Option<Block>>,
    index: Block,
    /// The time in the footer.
    pub created: i64,
    /// Of the file.
    pub size: u64,
}

impl Table {
    pub fn open(file: &[u8]) -> Result<Self, String> {
        let start = file.len().checked_sub(FOOTER).ok_or("too short for a footer")?;
        let footer = &file[start..];
        if Bytes(footer).u64() != Some(MAGIC) {
            return Err("invalid footer magic".to_owned());
        }
        if Bytes(&footer[60..]).u64() != Some(xxh64(&footer[..60], 0)) {
            return Err("footer checksum".to_owned());
        }
        let mut rest = Bytes(&footer[12..]);
        let created = rest.u64().unwrap_or_default().cast_signed();
        let index = place(rest.0).and_then(|place| file.get(place)).ok_or("index outside of the file")?;
        let index = Block::read(index).ok_or("index checksum")?;
        let mut places = Vec::new();
        for entry in &index.entries {
            // A table of generation B, read as one of generation C, has no value here: Kevo finds no entry in it.
            let Some(place) = entry.value.as_deref().and_then(place) else { break };
            places.push(place);
        }
        let blocks = places.into_iter().map(|place| file.get(place).and_then(Block::read)).collect();
        Ok(Self { blocks, index, created, size: file.len() as u64 })
    }

    /// Nothing if Kevo does not find the key, whether it is there or not.
    fn get(&self, key: &[u8]) -> Option<&TableEntry> {
        let (block, entry) = self.seek(key)?;
        let found = &self.blocks[block].as_ref()?.entries[entry];
        (found.key == key).then_some(found)
    }

    /// Where a search for a key ends. Of the index, that is the first entry at or above it that the search finds, or
    /// else the last one.
    fn seek(&self, key: &[u8]) -> Option<(usize, usize)> {
        let block = self.index.seek(key).or_else(|| self.index.entries.len().checked_sub(1))?;
        // An iterator that stands on an empty key is taken for one that has ended.
        if self.index.entries[block].key.is_empty() {
            return None;
        }
        Some((block, self.blocks.get(block)?.as_ref()?.seek(key)?))
    }

    /// All entries, as an iterator finds them from the first one on.
    pub fn scan(&self) -> Vec<&TableEntry> {
        self.walk(0, 0)
    }

    fn scan_from(&self, begin: &[u8]) -> Vec<&TableEntry> {
        self.seek(begin).map_or_else(Vec::new, |(block, entry)| self.walk(block, entry))
    }

    /// The entries from this one on. A damaged block ends it, and so does an empty key.
    fn walk(&self, block: usize, entry: usize) -> Vec<&TableEntry> {
        let (mut found, mut skip) = (Vec::<&TableEntry>::new(), entry);
        for block in &self.blocks[block.min(self.blocks.len())..] {
            let Some(block) = block else { break };
            for entry in block.entries.iter().skip(skip) {
                if entry.key.is_empty() {
                    return found;
                }
                // Several entries of the index may name one block; of several versions of a key the first one counts.
                if found.last().is_none_or(|last| last.key < entry.key) {
                    found.push(entry);
                }
            }
            skip = 0;
        }
        found
    }
}

impl Block {
    /// Nothing if its checksum is wrong. Where its entries do not parse, it ends.
    fn read(bytes: &[u8]) -> Option<Self> {
        let (body, checksum) = bytes.split_at(bytes.len().checked_sub(8)?);
        if Bytes(checksum).u64()? != xxh64(body, 0) {
            return None;
        }
        let (body, count) = body.split_at(body.len().checked_sub(4)?);
        let (body, offsets) = body.split_at(body.len().checked_sub(4 * Bytes(count).u32()? as usize)?);
        let offsets: Vec<usize> = offsets.chunks(4).filter_map(|offset| Some(Bytes(offset).u32()? as usize)).collect();
        let mut block = Self { entries: Vec::new(), restarts: Vec::new() };
        let mut rest = Bytes(body);
        while !rest.0.is_empty() {
            let is_restart = offsets.contains(&(body.len() - rest.0.len()));
            let Some(entry) = block.entry(&mut rest, is_restart) else { break };
            if is_restart {
                block.restarts.push(block.entries.len());
            }
            block.entries.push(entry);
        }
        Some(block)
    }

    fn entry(&self, rest: &mut Bytes<'_>, is_restart: bool) -> Option<TableEntry> {
        let mut key = Vec::new();
        if !is_restart {
            let shared = rest.u16()?;
            key.extend_from_slice(self.entries.last()?.key.get(..usize::from(shared))?);
        }
        let length = rest.u16()?;
        key.extend_from_slice(rest.take(length.into())?);
        let sequence = rest.u64()?;
        let value = match rest.u32()? {
            TOMBSTONE => None,
            length => Some(rest.take(length as usize)?.to_vec()),
        };
        Some(TableEntry { key, sequence, value })
    }

    /// The first restart point at or above the key; if there is none, what is at or above it behind the last one. So a
    /// key between two restart points is passed over.
    fn seek(&self, key: &[u8]) -> Option<usize> {
        let is_there = |entry: &usize| self.entries[*entry].key.as_slice() >= key;
        if let Some(restart) = self.restarts.iter().copied().find(is_there) {
            return Some(restart);
        }
        (*self.restarts.last()?..self.entries.len()).find(is_there)
    }
}

/// Offset and size.
fn place(bytes: &[u8]) -> Option<std::ops::Range<usize>> {
    let mut rest = Bytes(bytes);
    let (offset, size) = (rest.u64()? as usize, rest.u32()? as usize);
    Some(offset..offset.checked_add(size)?)
}

/// What is left of some bytes.
struct Bytes<'b>(&'b [u8]);

impl<'b> Bytes<'b> {
    fn take(&mut self, length: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn u16(&mut self) -> Option<u16> {
        Some(u16::from_le_bytes(self.take(2)?.try_into().ok()?))
    }

    fn u32(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.take(4)?.try_into().ok()?))
    }

    fn u64(&mut self) -> Option<u64> {
        Some(u64::from_le_bytes(self.take(8)?.try_into().ok()?))
    }
}
