//! Kevo v1.4.2 as a writer: what one run of it does to the files of a directory, its faults included, until it is
//! closed or killed. `database/kevo_turns.rs` compares its tables with those that Kevo itself wrote, byte by byte.
//!
//! A run is one process. What happens in the background in Kevo happens here when it is asked for.
#![allow(dead_code)] // Not every test wants all of it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::json;
use xxhash_rust::xxh64::xxh64;

use super::kevo_reader::{Files, Kevo, Memtable, Settings, Table, TableEntry, files_in};
use super::records::{self, DELETE, FULL, MAX_PAYLOAD, PUT, entry};

/// An entry of a table: key, sequence number, value; no value is a tombstone.
pub type Row = (Vec<u8>, u64, Option<Vec<u8>>);

/// A put, or a delete if there is no value.
pub type Operation = (Vec<u8>, Option<Vec<u8>>);

/// A run of Kevo.
pub struct KevoRun {
    files: Files,
    settings: Settings,
    /// It is written to, and asked first.
    active: Memtable,
    /// Memtables of the recovery that wait for the background. Nobody asks them.
    hidden: Vec<Memtable>,
    /// The log that is appended to.
    log: PathBuf,
    next_sequence: u64,
    /// How many tables this run has flushed: numbers begin anew in each run.
    flushed: u64,
    /// Keys that this run has deleted. Of others, compactions drop the tombstones.
    deleted: BTreeSet<Vec<u8>>,
    /// Nanoseconds, for names.
    now: u64,
}

impl KevoRun {
    /// Opens a directory as Kevo does, which may set its logs aside.
    pub fn open(mut files: Files, database: &Path) -> Result<Self, String> {
        let Kevo { settings, recovered, .. } = Kevo::open(&files, database)?;
        files.entry(database.join("MANIFEST")).or_insert_with(|| default_manifest(&settings));
        let now = 1 + highest_time(&files);
        let mut run = Self {
            files,
            settings,
            active: recovered.active,
            hidden: recovered.hidden,
            log: PathBuf::new(),
            next_sequence: recovered.last_sequence + 1,
            flushed: 0,
            deleted: BTreeSet::new(),
            now,
        };
        if recovered.sets_aside {
            run.set_logs_aside();
        }
        let last = files_in(&run.files, &run.settings.wal_dir, ".wal").last().map(|(name, _)| (*name).to_owned());
        match last {
            Some(name) => run.log = run.settings.wal_dir.join(name),
            None => run.begin_log(),
        }
        Ok(run)
    }

    fn set_logs_aside(&mut self) {
        let name = format!("backup_20260101_{:06}", self.tick() % 1_000_000);
        let aside = self.settings.wal_dir.join(name);
        let wal = self.settings.wal_dir.clone();
        let logs: Vec<String> =
            files_in(&self.files, &wal, ".wal").iter().map(|(name, _)| (*name).to_owned()).collect();
        for name in logs {
            let bytes = self.files.remove(&wal.join(&name)).unwrap_or_default();
            self.files.insert(aside.join(name), bytes);
        }
        self.next_sequence = 1;
    }

    fn begin_log(&mut self) {
        let name = format!("{:020}.wal", self.tick());
        self.log = self.settings.wal_dir.join(name);
        self.files.insert(self.log.clone(), Vec::new());
    }

    fn tick(&mut self) -> u64 {
        self.now += 1000;
        self.now
    }

    // ---- writes ----

    /// A put or a delete.
    pub fn write(&mut self, operation: &Operation) {
        self.make_room();
        let sequence = self.next_sequence;
        self.append(&encoded(sequence, operation));
        self.take_in(sequence, operation);
        self.next_sequence += 1;
    }

    /// In the log all entries of a batch have one sequence number; in the memtable they count up, and the next write
    /// gets the second of these numbers once more.
    pub fn batch(&mut self, operations: &[Operation]) {
        self.make_room();
        let sequence = self.next_sequence;
        for operation in operations {
            self.append(&encoded(sequence, operation));
        }
        for (sequence, operation) in (sequence..).zip(operations) {
            self.take_in(sequence, operation);
        }
        self.next_sequence += 1;
    }

    /// What a memtable is full of is flushed before the next write.
    fn make_room(&mut self) {
        if self.active.size >= self.settings.memtable_size {
            self.flush();
            self.active = Memtable::default();
        }
    }

    fn append(&mut self, records: &[u8]) {
        self.files.entry(self.log.clone()).or_default().extend_from_slice(records);
    }

    fn take_in(&mut self, sequence: u64, (key, value): &Operation) {
        self.active.apply(sequence, key, value.as_deref());
        if value.is_none() {
            self.deleted.insert(key.clone());
        }
    }

    /// A new log, whose sequence numbers begin at 1; then the table of the active memtable, which goes on being used.
    /// A key of 65,536 bytes or more that is not the first of its block fails the flush.
    pub fn flush(&mut self) {
        self.begin_log();
        self.next_sequence = 1;
        self.write_memtable(&self.active.clone());
    }

    /// What the background does within ten seconds with all memtables of a recovery but the last.
    pub fn flush_hidden(&mut self) {
        for memtable in std::mem::take(&mut self.hidden) {
            self.write_memtable(&memtable);
        }
    }

    fn write_memtable(&mut self, memtable: &Memtable) {
        if memtable.versions.is_empty() {
            return;
        }
        self.flushed += 1;
        let row = |(key, (sequence, value)): (&Vec<u8>, &(u64, Option<Vec<u8>>))| {
            (key.clone(), *sequence, value.clone().filter(|value| !value.is_empty()))
        };
        self.write_table(0, self.flushed, &memtable.versions.iter().map(row).collect::<Vec<_>>());
    }

    fn write_table(&mut self, level: u32, number: u64, rows: &[Row]) {
        let (named, created) = (self.tick(), self.tick());
        let name = format!("{level}_{number:06}_{named:020}.sst");
        let (name, bytes) = match table(rows, created.cast_signed()) {
            Some(bytes) => (name, bytes),
            None => (format!(".{name}.tmp"), Vec::new()),
        };
        self.files.insert(self.settings.sst_dir.join(name), bytes);
    }

    // ---- compaction ----

    /// One step, if there is one to be made.
    pub fn compact(&mut self) {
        let tables = self.compactable();
        if let Some((inputs, level)) = self.choose(&tables) {
            self.merge(&inputs, level, true);
        }
    }

    /// All tables that Kevo gave their names, into a level below all others.
    pub fn compact_all(&mut self) {
        let tables = self.compactable();
        if let Some(deepest) = tables.iter().map(|table| table.level).max() {
            self.merge(&tables, deepest + 1, true);
        }
    }

    /// As [`compact`](Self::compact), but it is killed before it has removed its inputs.
    pub fn compact_and_be_killed(mut self) -> Files {
        let tables = self.compactable();
        if let Some((inputs, level)) = self.choose(&tables) {
            self.merge(&inputs, level, false);
        }
        self.kill()
    }

    /// Tables whose names are three numbers; others are never touched. By level and number.
    fn compactable(&self) -> Vec<Input> {
        let tables = files_in(&self.files, &self.settings.sst_dir, ".sst").into_iter();
        let mut inputs: Vec<Input> = tables.filter_map(|(name, bytes)| Input::new(name, bytes)).collect();
        inputs.sort_by(|one, other| (one.level, one.number, &one.name).cmp(&(other.level, other.number, &other.name)));
        inputs
    }

    fn choose(&self, tables: &[Input]) -> Option<(Vec<Input>, u32)> {
        let level = |level: u32| tables.iter().filter(move |table| table.level == level);
        let below = |taken: &[Input], into: u32| -> Vec<Input> {
            level(into).filter(|table| taken.iter().any(|other| other.overlaps(table))).cloned().collect()
        };
        let most = self.settings.max_memtables as usize;
        if level(0).count() >= most {
            let taken: Vec<Input> = level(0).take(most).cloned().collect();
            let overlapping = below(&taken, 1);
            return Some(([taken, overlapping].concat(), 1));
        }
        let deepest = tables.iter().map(|table| table.level).max()?;
        let first = (0..deepest).find(|number| level(*number).next().is_some())?;
        let taken: Vec<Input> = level(first).take(1).cloned().collect();
        let size = |number: u32| {
            level(number).map(|table| f64::from(u32::try_from(table.size).expect("a small table"))).sum::<f64>()
        };
        if level(first + 1).next().is_none() {
            Some((taken, first + 1))
        } else if size(first) / size(first + 1) >= self.settings.compaction_ratio {
            let overlapping = below(&taken, first + 1);
            Some(([taken, overlapping].concat(), first + 1))
        } else {
            None
        }
    }

    /// Of equal keys the first input wins, and so the oldest table of level 0. An empty value becomes a tombstone. A
    /// tombstone stays only if this run has deleted the key.
    fn merge(&mut self, inputs: &[Input], level: u32, removes_inputs: bool) {
        let mut merged = BTreeMap::new();
        for input in inputs.iter().rev() {
            merged.extend(input.rows.iter().map(|row| (row.key.clone(), row.value.clone())));
        }
        let rows: Vec<Row> = merged
            .into_iter()
            .filter(|(key, value)| value.is_some() || self.deleted.contains(key))
            .map(|(key, value)| (key, 0, value.filter(|value| !value.is_empty())))
            .collect();
        if !rows.is_empty() {
            self.write_table(level, 1, &rows);
        }
        for input in inputs.iter().filter(|_| removes_inputs) {
            self.files.remove(&self.settings.sst_dir.join(&input.name));
        }
    }

    // ---- the end ----

    /// The log stays, and so do the memtables in it.
    pub fn close(self) -> Files {
        self.files
    }

    /// At a moment in which nothing is written.
    pub fn kill(self) -> Files {
        self.files
    }

    /// While something is written: `keep` of so many bytes in 256 are there.
    pub fn kill_in_a_write(mut self, operations: &[Operation], keep: u8) -> Files {
        let sequence = self.next_sequence;
        let records: Vec<u8> = operations.iter().flat_map(|operation| encoded(sequence, operation)).collect();
        self.append(&records[..records.len() * usize::from(keep) / 256]);
        self.files
    }

    /// While a table is written.
    pub fn kill_in_a_flush(mut self, keep: u8) -> Files {
        self.begin_log();
        let rows: Vec<Row> = self
            .active
            .versions
            .iter()
            .map(|(key, (sequence, value))| (key.clone(), *sequence, value.clone()))
            .collect();
        let bytes = table(&rows, 1).unwrap_or_default();
        let name = format!(".0_000001_{:020}.sst.tmp", self.tick());
        self.files.insert(self.settings.sst_dir.join(name), bytes[..bytes.len() * usize::from(keep) / 256].to_vec());
        self.files
    }
}

/// An input of a compaction.
#[derive(Clone)]
struct Input {
    name: String,
    level: u32,
    number: u64,
    size: u64,
    rows: Vec<TableEntry>,
}

impl Input {
    fn new(name: &str, bytes: &[u8]) -> Option<Self> {
        let mut numbers = name.strip_suffix(".sst")?.split('_');
        let (level, number) = (numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?);
        numbers.next()?.parse::<u64>().ok()?;
        if numbers.next().is_some() || !name.starts_with(|first: char| first.is_ascii_digit()) {
            return None;
        }
        let table = Table::open(bytes).ok()?;
        let rows = table.scan().into_iter().cloned().collect();
        Some(Self { name: name.to_owned(), level, number, size: table.size, rows })
    }

    fn overlaps(&self, other: &Self) -> bool {
        let (Some(first), Some(last)) = (self.rows.first(), self.rows.last()) else { return false };
        let (Some(other_first), Some(other_last)) = (other.rows.first(), other.rows.last()) else { return false };
        first.key <= other_last.key && other_first.key <= last.key
    }
}

fn default_manifest(settings: &Settings) -> Vec<u8> {
    let manifest = json!({
        "version": 1, "wal_dir": settings.wal_dir, "wal_sync_mode": 2, "wal_sync_bytes": 1_048_576, "wal_max_size": 0,
        "memtable_size": settings.memtable_size, "max_memtables": settings.max_memtables, "max_memtable_age": 600,
        "memtable_pool_cap": 4, "sst_dir": settings.sst_dir, "sstable_block_size": 16384, "sstable_index_size": 65536,
        "sstable_max_size": 67_108_864, "sstable_restart_size": 16, "compaction_levels": 7, "compaction_ratio": 10,
        "compaction_threads": 2, "compaction_interval": 30, "max_level_with_tombstones": 1, "read_only_tx_ttl": 180,
        "read_write_tx_ttl": 60, "idle_tx_timeout": 30, "tx_cleanup_interval": 30, "tx_warning_threshold": 75,
        "tx_critical_threshold": 90
    });
    format!("{manifest:#}").into_bytes()
}

/// The highest number of 20 digits in a name: time goes on from there.
fn highest_time(files: &Files) -> u64 {
    let names = files.keys().filter_map(|path| path.file_name()?.to_str());
    let parts = names.flat_map(|name| name.split(|char: char| !char.is_ascii_digit()));
    parts.filter(|part| part.len() == 20).filter_map(|part| part.parse().ok()).max().unwrap_or(0)
}

// ---- logs ----

/// The records of an entry.
fn encoded(sequence: u64, (key, value): &Operation) -> Vec<u8> {
    let op = if value.is_some() { PUT } else { DELETE };
    let entry = entry(op, sequence, key, value.as_deref());
    let mut log = Vec::new();
    if entry.len() <= MAX_PAYLOAD {
        records::record(&mut log, FULL, &entry);
    } else {
        for (record_type, payload) in records::fragments(&entry, 13 + key.len().min(MAX_PAYLOAD - 13), MAX_PAYLOAD) {
            records::record(&mut log, record_type, payload);
        }
    }
    log
}

// ---- tables ----

const MAGIC: u64 = 0xFACE_FEED_FACE_FEED;
/// Each entry of this many is a restart point.
const RESTARTS: usize = 16;
/// Of a filter, whatever the block holds: bits, and bits a key.
const FILTER: (u64, u64) = (9586, 7);

/// A table with these rows, which have ascending keys; nothing if Kevo fails to write one.
pub fn table(rows: &[Row], created: i64) -> Option<Vec<u8>> {
    let (mut file, mut index, mut filters) = (Vec::new(), Block::default(), Vec::new());
    let mut before = 0;
    for rows in blocks(rows) {
        let mut block = Block::default();
        rows.iter().try_for_each(|(key, sequence, value)| block.add(key, *sequence, value.as_deref()))?;
        let (offset, bytes) = (file.len() as u64, block.finish());
        index.add(&rows[0].0, 0, Some(&place(offset, bytes.len())))?;
        // Each filter has the offset of the block before its own.
        filters.extend(filter(before, rows));
        before = offset;
        file.extend(bytes);
    }
    let (bloom, bloom_size) = (file.len() as u64, filters.len());
    file.extend(filters);
    let (offset, index) = (file.len() as u64, index.finish());
    file.extend(&index);
    let mut footer = MAGIC.to_le_bytes().to_vec();
    footer.extend(2_u32.to_le_bytes());
    footer.extend(created.to_le_bytes());
    footer.extend(place(offset, index.len()));
    footer.extend((rows.len() as u32).to_le_bytes());
    footer.extend([0; 8]);
    footer.extend(place(bloom, bloom_size));
    footer.extend([0; 4]);
    footer.extend(xxh64(&footer, 0).to_le_bytes());
    file.extend(footer);
    Some(file)
}

/// A block ends with the entry that makes it too large.
fn blocks(rows: &[Row]) -> Vec<&[Row]> {
    let (mut blocks, mut start, mut size) = (Vec::new(), 0, 0);
    for (at, (key, _, value)) in rows.iter().enumerate() {
        size += key.len() + value.as_ref().map_or(0, Vec::len) + 16;
        let count = at + 1 - start;
        if size + 4 * count.div_ceil(RESTARTS) + 12 >= 65_536 {
            blocks.push(&rows[start..=at]);
            (start, size) = (at + 1, 0);
        }
    }
    blocks.extend(Some(&rows[start..]).filter(|rest| !rest.is_empty()));
    blocks
}

fn place(offset: u64, size: usize) -> Vec<u8> {
    [&offset.to_le_bytes()[..], &(size as u32).to_le_bytes()].concat()
}

/// A block that is being written.
#[derive(Default)]
pub struct Block {
    bytes: Vec<u8>,
    restarts: Vec<u32>,
    count: usize,
    last: Vec<u8>,
}

impl Block {
    /// Nothing if Kevo fails, as it does at a key of 65,536 bytes or more after a shorter one. Of such a key that is
    /// the first of its block it writes the lower 16 bits of the length.
    pub fn add(&mut self, key: &[u8], sequence: u64, value: Option<&[u8]>) -> Option<()> {
        if key.len() > usize::from(u16::MAX) && self.count > 0 {
            return None;
        }
        if self.count.is_multiple_of(RESTARTS) {
            self.restart();
            self.bytes.extend((key.len() as u16).to_le_bytes());
            self.bytes.extend(key);
        } else {
            let shared = key.iter().zip(&self.last).take_while(|(one, other)| one == other).count();
            self.bytes.extend(u16::try_from(shared).ok()?.to_le_bytes());
            self.bytes.extend(u16::try_from(key.len() - shared).ok()?.to_le_bytes());
            self.bytes.extend(&key[shared..]);
        }
        self.bytes.extend(sequence.to_le_bytes());
        self.bytes.extend(value.map_or(u32::MAX, |value| value.len() as u32).to_le_bytes());
        self.bytes.extend(value.unwrap_or_default());
        self.last = key.to_vec();
        self.count += 1;
        Some(())
    }

    fn restart(&mut self) {
        self.restarts.push(self.bytes.len() as u32);
    }

    pub fn finish(mut self) -> Vec<u8> {
        for restart in &self.restarts {
            self.bytes.extend(restart.to_le_bytes());
        }
        self.bytes.extend((self.restarts.len() as u32).to_le_bytes());
        self.bytes.extend(xxh64(&self.bytes, 0).to_le_bytes());
        self.bytes
    }
}

fn filter(offset: u64, rows: &[Row]) -> Vec<u8> {
    let (bits, probes) = FILTER;
    let mut bytes = vec![0_u8; bits.div_ceil(8) as usize];
    for (key, ..) in rows {
        for probe in 0..probes {
            let bit = (fnv(key, probe) % bits) as usize;
            bytes[bit / 8] |= 1 << (bit % 8);
        }
    }
    let mut filter = place(offset, 32 + bytes.len());
    for number in [bits, probes, 1000, rows.len() as u64] {
        filter.extend(number.to_le_bytes());
    }
    filter.extend(bytes);
    filter
}

/// FNV-1a with 64 bits, over a key and a number.
fn fnv(key: &[u8], number: u64) -> u64 {
    let bytes = key.iter().copied().chain(number.to_le_bytes());
    bytes.fold(0xCBF2_9CE4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3))
}
