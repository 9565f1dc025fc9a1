//! What grows must also shrink: a mixed load for any time, after which memory, descriptors and disk space are where
//! they were before; and databases of many tables, many snapshots, one key that is written again and again, and many
//! tombstones.
//!
//! `cargo test` has all of it in small; the tests that are ignored have it in full, and are for `.ci/engine`.
#![cfg(target_os = "linux")]

mod support {
    #[path = "../support/database.rs"]
    pub mod database;
    #[path = "../support/disk.rs"]
    pub mod disk;
}

use std::alloc::{GlobalAlloc, Layout, System};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use kevo::Scan;
use kevo::db::{Batch, CompactionStyle, Database, DbOptions, Snapshot, SyncMode, WriteOptions};
use support::database::{Contents, Random, from_environment, within};
use tempfile::TempDir;

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;
/// No write may take as long,
const LONGEST_WRITE: Duration = Duration::from_secs(1);
/// and no scan over a million tombstones. A build that is not optimised gets more.
const LONGEST_SCAN: Duration = Duration::from_secs(if cfg!(debug_assertions) { 10 } else { 1 });
/// What is not of tables: the lock, the pipes of the test itself, logs, `VERSIONS`.
const OTHER_FILES: usize = 30;

/// Memory and descriptors are the whole process's, so only one test runs at a time.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A directory in memory, where a sync takes no time, if there is such a place.
fn new_directory() -> TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { TempDir::new_in(memory) } else { TempDir::new() }.expect("a directory")
}

fn open(directory: &Path, options: &DbOptions) -> Database {
    let (opened, report) = Database::open(directory, options, None);
    assert!(report.damage.is_empty(), "{report:?}");
    opened.unwrap_or_else(|error| panic!("{error}"))
}

/// Memtables and files are small, so that a short load has all of them often.
fn small_options() -> DbOptions {
    DbOptions {
        memtable_size: Some(256 * KIB),
        max_memtables: Some(2),
        log_size: 128 * KIB,
        table_size: 256 * KIB,
        block_size: 1000,
        cache_size: MIB,
        max_open_files: 20,
        sync: SyncMode::None,
        ..DbOptions::default()
    }
}

// ---- what is measured ------------------------------------------------------------------------------------------

/// Bytes that are allocated now, of which the system's allocator may keep more: what it was given back, it keeps for
/// later, for each thread.
static ALLOCATED: AtomicU64 = AtomicU64::new(0);

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// SAFETY: every call is passed on unchanged to the allocator of the system.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: by the caller.
        counted(unsafe { System.alloc(layout) }, 0, layout.size())
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: by the caller.
        counted(unsafe { System.alloc_zeroed(layout) }, 0, layout.size())
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        ALLOCATED.fetch_sub(layout.size() as u64, Ordering::Relaxed);
        // SAFETY: by the caller.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: by the caller.
        counted(unsafe { System.realloc(pointer, layout, size) }, layout.size(), size)
    }
}

fn counted(pointer: *mut u8, before: usize, after: usize) -> *mut u8 {
    if !pointer.is_null() {
        ALLOCATED.fetch_add(after as u64, Ordering::Relaxed);
        ALLOCATED.fetch_sub(before as u64, Ordering::Relaxed);
    }
    pointer
}

fn allocated() -> u64 {
    ALLOCATED.load(Ordering::Relaxed)
}

/// Memory of this process, in bytes.
fn resident() -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("the status of this process");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a line with the memory");
    line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") * KIB
}

fn descriptors() -> usize {
    fs::read_dir("/proc/self/fd").expect("the descriptors of this process").count()
}

/// Bytes of all files below a directory. Files come and go meanwhile.
fn bytes_in(directory: &Path) -> u64 {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    let sizes = entries.map(|entry| match entry.metadata() {
        Ok(info) if info.is_dir() => bytes_in(&entry.path()),
        Ok(info) => info.len(),
        Err(_) => 0,
    });
    sizes.sum()
}

fn tables_in(directory: &Path) -> usize {
    let entries = fs::read_dir(directory.join("sst")).expect("a directory of tables");
    entries.filter(|entry| entry.as_ref().is_ok_and(|entry| entry.path().extension().is_some())).count()
}

fn all_of(database: &Database) -> Contents {
    contents_of(&database.snapshot().unwrap())
}

fn contents_of(snapshot: &Snapshot) -> Contents {
    let mut entries = snapshot.iterator(&Scan::default()).unwrap();
    let mut contents = Contents::new();
    while entries.next().unwrap() {
        let entry = entries.entry().expect("it is on an entry");
        contents.insert(entry.key.to_vec(), entry.value.to_vec());
    }
    contents
}

fn mib(bytes: u64) -> String {
    format!("{}.{} MiB", bytes / MIB, bytes % MIB * 10 / MIB)
}

// ---- a mixed load ----------------------------------------------------------------------------------------------

const WRITERS: usize = 2;
/// Snapshots, and iterators, that are held at a time.
const HELD: usize = 10;
/// Keys of each writer.
const KEYS: u64 = 10_000;

/// How a period left the process and the directory.
#[derive(Clone, Copy, Debug, Default)]
struct Period {
    writes: u64,
    /// Bytes of memory: allocated while the database is open and when it is closed, and of the whole process.
    allocated: u64,
    left: u64,
    resident: u64,
    descriptors: usize,
    /// Bytes of the directory: the most while it was written to, and at the end.
    most_on_disk: u64,
    on_disk: u64,
    /// Bytes of the keys and values that are there.
    live: u64,
    longest_write: Duration,
}

impl Period {
    /// The worst of both.
    fn or(self, other: Self) -> Self {
        Self {
            writes: self.writes + other.writes,
            allocated: self.allocated.max(other.allocated),
            left: self.left.max(other.left),
            resident: self.resident.max(other.resident),
            descriptors: self.descriptors.max(other.descriptors),
            most_on_disk: self.most_on_disk.max(other.most_on_disk),
            on_disk: self.on_disk.max(other.on_disk),
            live: self.live.max(other.live),
            longest_write: self.longest_write.max(other.longest_write),
        }
    }
}

/// A writer, and what it has written.
struct Writer {
    number: usize,
    random: Random,
    /// The version of each key that is there.
    versions: BTreeMap<u64, u64>,
    writes: u64,
    longest: Duration,
}

/// What the threads of a period share.
struct Load<'d> {
    database: &'d Database,
    directory: &'d Path,
    is_over: AtomicBool,
    most_on_disk: AtomicU64,
    most_descriptors: AtomicU64,
}

fn key(writer: usize, number: u64) -> Vec<u8> {
    format!("{:02}-{writer}-{:06}", number % 10, number).into_bytes()
}

fn value(writer: usize, number: u64, version: u64) -> Vec<u8> {
    let mut random = Random::new(version ^ number << 40 ^ (writer as u64) << 60);
    let len = 8 + random.below(400) as usize;
    let mut value = version.to_le_bytes().to_vec();
    while value.len() < len {
        value.extend(random.next().to_le_bytes());
    }
    value
}

impl Writer {
    fn new(number: usize) -> Self {
        let random = Random::new(from_environment("KEVO_SEED", 1) ^ number as u64);
        Self { number, random, versions: BTreeMap::new(), writes: 0, longest: Duration::ZERO }
    }

    fn write_until(&mut self, load: &Load) {
        while !load.is_over.load(Ordering::Relaxed) {
            let number = self.random.below(KEYS);
            let began = Instant::now();
            match self.random.below(1000) {
                0 => self.delete_range(load.database, number),
                1..=150 => {
                    load.database.delete(&key(self.number, number), WriteOptions::default()).unwrap();
                    self.versions.remove(&number);
                }
                151..=250 => self.write_batch(load.database),
                _ => {
                    let version = self.random.next();
                    let value = value(self.number, number, version);
                    load.database.put(&key(self.number, number), &value, WriteOptions::default()).unwrap();
                    self.versions.insert(number, version);
                }
            }
            self.longest = self.longest.max(began.elapsed());
            self.writes += 1;
            if self.random.one_in(4) {
                let number = self.random.below(KEYS);
                let found = load.database.get(&key(self.number, number)).unwrap();
                assert_eq!(found, self.expected(number), "writer {}, key {number}", self.number);
            }
        }
    }

    fn expected(&self, number: u64) -> Option<Vec<u8>> {
        self.versions.get(&number).map(|&version| value(self.number, number, version))
    }

    fn write_batch(&mut self, database: &Database) {
        let mut batch = Batch::new();
        for _ in 0..10 {
            let (number, version) = (self.random.below(KEYS), self.random.next());
            batch.put(&key(self.number, number), &value(self.number, number, version)).unwrap();
            self.versions.insert(number, version);
        }
        database.write(&batch, WriteOptions::default()).unwrap();
    }

    /// Every tenth key follows on one another, up to a hundred of them.
    fn delete_range(&mut self, database: &Database, from: u64) {
        let to = (from + 1000).min(KEYS - 10 + from % 10);
        let deleted = (from..to).step_by(10).filter(|number| self.versions.remove(number).is_some()).count();
        let (begin, end) = (key(self.number, from), key(self.number, to));
        let said = database.delete_range(&begin, Some(&end), WriteOptions::default()).unwrap();
        assert_eq!(said, deleted as u64, "keys from {from} to {to}");
    }

    fn contents(&self) -> impl Iterator<Item = (Vec<u8>, Vec<u8>)> {
        let keys = self.versions.keys();
        keys.map(|&number| (key(self.number, number), self.expected(number).expect("it is there")))
    }
}

impl Load<'_> {
    fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Relaxed)
    }

    /// Snapshots and iterators that are held for some time, and dropped in any order.
    fn read(&self, seed: u64) {
        let mut random = Random::new(seed);
        let (mut snapshots, mut iterators) = (Vec::new(), Vec::new());
        while !self.is_over() {
            let snapshot = self.database.snapshot().unwrap();
            let lower = std::ops::Bound::Included(key(random.below(2) as usize, random.below(KEYS)));
            let mut entries = snapshot.iterator(&Scan { lower, ..Scan::default() }).unwrap();
            for _ in 0..random.below(200) {
                let _ = entries.next().unwrap();
            }
            snapshots.push(snapshot);
            iterators.push(entries);
            while snapshots.len() > HELD {
                drop(snapshots.swap_remove(random.below(HELD as u64) as usize));
                drop(iterators.swap_remove(random.below(HELD as u64) as usize));
            }
            thread::sleep(Duration::from_millis(random.below(10)));
        }
    }

    fn maintain(&self, seed: u64) {
        let mut random = Random::new(seed);
        while !self.is_over() {
            match random.below(20) {
                0 => self.database.compact(b"", None).unwrap(),
                1 => self.database.compact(b"03", Some(b"05")).unwrap(),
                2 | 3 => self.database.flush().unwrap(),
                4 => self.database.sync().unwrap(),
                _ => {}
            }
            self.most_on_disk.fetch_max(bytes_in(self.directory), Ordering::Relaxed);
            self.most_descriptors.fetch_max(descriptors() as u64, Ordering::Relaxed);
            thread::sleep(Duration::from_millis(20));
        }
    }

    fn run(&self, writers: &mut [Writer], length: Duration, seed: u64) {
        thread::scope(|scope| {
            for writer in writers.iter_mut() {
                scope.spawn(|| writer.write_until(self));
            }
            scope.spawn(move || self.read(seed));
            scope.spawn(move || self.maintain(seed));
            thread::sleep(length);
            self.is_over.store(true, Ordering::Relaxed);
        });
    }
}

/// Writes for so long, and looks whether all is there that was written.
fn run_period(database: &Database, directory: &Path, writers: &mut [Writer], length: Duration, seed: u64) -> Period {
    let load = Load {
        database,
        directory,
        is_over: AtomicBool::new(false),
        most_on_disk: AtomicU64::new(0),
        most_descriptors: AtomicU64::new(0),
    };
    for writer in writers.iter_mut() {
        (writer.writes, writer.longest) = (0, Duration::ZERO);
    }
    load.run(writers, length, seed);
    let expected: Contents = writers.iter().flat_map(Writer::contents).collect();
    assert!(all_of(database) == expected, "what is there is not what was written");
    let live = expected.iter().map(|(key, value)| (key.len() + value.len()) as u64).sum();
    drop(expected);
    database.status().unwrap_or_else(|error| panic!("{error}"));
    Period {
        writes: writers.iter().map(|writer| writer.writes).sum(),
        allocated: allocated(),
        left: 0,
        resident: resident(),
        descriptors: load.most_descriptors.into_inner() as usize,
        most_on_disk: load.most_on_disk.into_inner(),
        on_disk: bytes_in(directory),
        live,
        longest_write: writers.iter().map(|writer| writer.longest).max().unwrap_or_default(),
    }
}

/// The options of the periods of a cycle, each of which opens the database anew.
fn cycle() -> [DbOptions; 4] {
    let small = small_options();
    [
        small.clone(),
        DbOptions { compaction: CompactionStyle::Leveled, sync: SyncMode::Bytes(100_000), ..small.clone() },
        DbOptions { log_mapped: true, cache_size: 0, ..small.clone() },
        DbOptions { compaction: CompactionStyle::Leveled, sync: SyncMode::Buffered, max_open_files: 5, ..small },
    ]
}

/// Runs so many cycles, in periods of one length. Returns the worst of each cycle.
fn run_cycles(count: u64, length: Duration) -> Vec<Period> {
    let directory = new_directory();
    let path: PathBuf = directory.path().join("database");
    let mut writers: Vec<Writer> = (0..WRITERS).map(Writer::new).collect();
    let mut cycles = Vec::new();
    for number in 0..count {
        let mut worst = Period::default();
        for (index, options) in cycle().iter().enumerate() {
            let database = open(&path, options);
            let seed = number * 10 + index as u64;
            let period = run_period(&database, &path, &mut writers, length, seed);
            if index % 2 == 0 {
                database.close().unwrap();
            }
            drop(database);
            worst = worst.or(Period { left: allocated(), ..period });
        }
        let Period { writes, allocated, left, resident, descriptors, most_on_disk, on_disk, live, longest_write } =
            worst;
        println!(
            "cycle {number}: {writes} writes, allocated {}, closed {}, resident {}, {descriptors} descriptors, directory \
             up to {}, at last {}, live {}, longest write {longest_write:?}",
            mib(allocated),
            mib(left),
            mib(resident),
            mib(most_on_disk),
            mib(on_disk),
            mib(live)
        );
        cycles.push(worst);
    }
    cycles
}

/// Nothing is more than it was in the second cycle, but for what chance does.
fn check_level(cycles: &[Period]) {
    let early = cycles[1];
    for (number, late) in cycles.iter().enumerate().skip(1) {
        let shown = format!("cycle {number}: {late:?}; the second: {early:?}");
        assert!(late.left < early.left + MIB, "memory of what is closed; {shown}");
        // Three memtables with what is around them, and the cache.
        assert!(late.allocated < late.left + 8 * MIB, "memory of what is open; {shown}");
        assert!(late.resident < early.resident + early.resident / 2 + 32 * MIB, "memory of the process; {shown}");
        assert!(late.descriptors < 20 + OTHER_FILES, "descriptors; {shown}");
        assert!(late.on_disk < 4 * late.live + 4 * MIB, "disk; {shown}");
        // Each snapshot and iterator that is held can keep a copy of all, which a compaction has replaced.
        assert!(late.most_on_disk < (2 * HELD as u64 + 4) * late.live, "disk; {shown}");
    }
}

#[test]
fn a_mixed_load_leaves_memory_descriptors_and_disk_level() {
    let _alone = alone();
    let cycles = within(120, || run_cycles(3, Duration::from_millis(300)));
    check_level(&cycles.unwrap_or_else(|what| panic!("{what}")));
}

/// `KEVO_SECONDS`, in at least three cycles of four periods.
#[test]
#[ignore = "for .ci/engine"]
fn a_mixed_load_for_any_time() {
    let _alone = alone();
    let seconds = from_environment("KEVO_SECONDS", 60).max(6);
    // Few, so that in an hour a handle lives for long.
    let count = (seconds / 12).clamp(3, 10);
    let length = Duration::from_secs(seconds) / (4 * count as u32);
    let cycles = within(2 * seconds + 120, move || run_cycles(count, length)).unwrap_or_else(|what| panic!("{what}"));
    check_level(&cycles);
    let longest = cycles.iter().map(|cycle| cycle.longest_write).max().expect("a cycle");
    assert!(longest < LONGEST_WRITE, "a write has taken {longest:?}");
}

// ---- many tables -----------------------------------------------------------------------------------------------

fn numbered(number: u64) -> Vec<u8> {
    format!("{number:08}").into_bytes()
}

fn long_value(number: u64) -> Vec<u8> {
    number.to_le_bytes().repeat(20)
}

/// Puts keys from 0 on, some of which are in each of `runs` flushes.
fn fill(database: &Database, count: u64, runs: u64) {
    for run in 0..runs {
        for number in (run..count).step_by(runs as usize) {
            database.put(&numbered(number), &long_value(number), WriteOptions::default()).unwrap();
        }
        database.flush().unwrap();
    }
}

/// Every so many keys are looked up, and all are scanned.
fn check_filled(database: &Database, count: u64, step: usize) {
    for number in (0..count).step_by(step) {
        assert_eq!(database.get(&numbered(number)).unwrap(), Some(long_value(number)), "key {number}");
    }
    assert_eq!(database.get(&numbered(count)).unwrap(), None);
    let mut entries = database.iterator(&Scan::default()).unwrap();
    for number in 0..count {
        assert!(entries.next().unwrap(), "{number} of {count} keys");
        let entry = entries.entry().expect("it is on an entry");
        assert!(entry.key == numbered(number) && entry.value == long_value(number), "key {number}");
    }
    assert!(!entries.next().unwrap());
}

/// So many tables of one entry each, in `runs` runs: memory and descriptors stay within the options.
fn many_tables(tables: u64, runs: u64) {
    const OPEN_FILES: usize = 50;
    const MEMTABLE: u64 = 4 * MIB;
    let directory = new_directory();
    let path = directory.path().join("database");
    let options = DbOptions {
        memtable_size: Some(MEMTABLE),
        table_size: 1,
        max_open_files: OPEN_FILES,
        compaction: CompactionStyle::None,
        ..small_options()
    };
    let before = allocated();
    let mut most_files = 0;
    for (turn, read_only) in [false, false, true].into_iter().enumerate() {
        let began = Instant::now();
        let database = open(&path, &DbOptions { read_only, ..options.clone() });
        let opened = began.elapsed();
        if turn == 0 {
            fill(&database, tables, runs);
        }
        assert_eq!(tables_in(&path) as u64, tables);
        check_filled(&database, tables, if runs > 100 { 100 } else { 7 });
        most_files = most_files.max(descriptors());
        let grown = allocated() - before;
        println!(
            "{tables} tables in {runs} runs: opened in {opened:?}, all done in {:?}, {} allocated, resident {}, \
             {most_files} descriptors",
            began.elapsed(),
            mib(grown),
            mib(resident())
        );
        // What is known of a table takes memory: its name, its bounds, its index and its filter.
        assert!(grown < options.cache_size + MEMTABLE + MIB + tables * 4 * KIB, "{} allocated", mib(grown));
        assert!(most_files <= OPEN_FILES + OTHER_FILES, "{most_files} descriptors");
        database.close().unwrap();
        drop(database);
        let left = allocated().saturating_sub(before);
        assert!(left < MIB, "{} allocated after the close", mib(left));
    }
}

/// What a table says of the database does not grow with the age of the process.
#[test]
fn tables_of_many_flushes_do_not_grow() {
    let _alone = alone();
    let directory = new_directory();
    let path = directory.path().join("database");
    let database = open(&path, &DbOptions { compaction: CompactionStyle::None, ..small_options() });
    for number in 0..400 {
        database.put(b"key", &long_value(number), WriteOptions::default()).unwrap();
        database.flush().unwrap();
    }
    let tables = fs::read_dir(path.join("sst")).expect("a directory of tables");
    let longest = tables.map(|table| table.unwrap().metadata().unwrap().len()).max().expect("a table");
    assert!(longest < 2 * KIB, "a table of one entry has {longest} bytes");
    let (before, edits) = (allocated(), bytes_in(&path));
    database.compact(b"", None).unwrap();
    assert!(allocated() < before, "400 tables are gone, and memory is not");
    println!("400 tables of one entry have up to {longest} bytes, {} on disk", mib(edits));
    database.close().unwrap();
    drop(database);
    assert_eq!(all_of(&open(&path, &small_options())), Contents::from([(b"key".to_vec(), long_value(399))]));
}

// ---- many snapshots --------------------------------------------------------------------------------------------

/// So many snapshots, each of another moment: each still shows its moment when all have been taken.
fn many_snapshots(count: u64) {
    const HELD_KEYS: u64 = 50;
    let directory = new_directory();
    let path = directory.path().join("database");
    let options =
        DbOptions { memtable_size: Some(32 * KIB), log_size: 32 * KIB, table_size: 32 * KIB, ..small_options() };
    let database = open(&path, &options);
    let before = allocated();
    let mut snapshots = Vec::new();
    // Each moment has its own values, and one key less: that of its number.
    for moment in 0..count {
        for number in 0..HELD_KEYS {
            database.put(&numbered(number), &long_value(moment), WriteOptions::default()).unwrap();
        }
        database.delete(&numbered(moment % HELD_KEYS), WriteOptions::default()).unwrap();
        snapshots.push(database.snapshot().unwrap());
        if moment % 50 == 0 {
            database.compact(b"", None).unwrap();
        }
    }
    let (held, held_files) = (allocated() - before, descriptors());
    let held_bytes = bytes_in(&path);
    for (moment, snapshot) in snapshots.iter().enumerate() {
        let moment = moment as u64;
        let there = (0..HELD_KEYS).filter(|&number| number != moment % HELD_KEYS);
        let expected: Contents = there.map(|number| (numbered(number), long_value(moment))).collect();
        assert!(contents_of(snapshot) == expected, "moment {moment}");
        assert_eq!(snapshot.get_copy(&numbered(moment % HELD_KEYS)).unwrap(), None, "moment {moment}");
    }
    let most_files = descriptors().max(held_files);
    drop(snapshots);
    database.compact(b"", None).unwrap();
    let (left, left_allocated) = (bytes_in(&path), allocated() - before);
    println!(
        "{count} snapshots: {} allocated, resident {}, {most_files} descriptors, {} on disk; when they were dropped {} \
         allocated, {} on disk",
        mib(held),
        mib(resident()),
        mib(held_bytes),
        mib(left_allocated),
        mib(left)
    );
    // Each can hold a memtable of its own.
    assert!(held < count * 64 * KIB + 2 * MIB, "{} allocated", mib(held));
    assert!(left_allocated < 4 * MIB, "{} allocated, and no snapshot any more", mib(left_allocated));
    assert!(most_files <= options.max_open_files + OTHER_FILES, "{most_files} descriptors");
    assert!(left < MIB, "{} on disk, and no snapshot any more", mib(left));
}

// ---- one key, again and again ----------------------------------------------------------------------------------

/// A key that is written so often takes memory and disk for its last values only.
fn overwritten(times: u64) {
    let directory = new_directory();
    let path = directory.path().join("database");
    let options = DbOptions { memtable_size: Some(4 * MIB), log_size: 2 * MIB, ..small_options() };
    let database = open(&path, &options);
    let before = allocated();
    database.put(b"key", &0_u64.to_le_bytes(), WriteOptions::default()).unwrap();
    let first = database.snapshot().unwrap();
    let (mut most_memory, mut most_bytes) = (0, 0);
    let began = Instant::now();
    for version in 1..=times {
        database.put(b"key", &version.to_le_bytes(), WriteOptions::default()).unwrap();
        if version % (times / 50) == 0 {
            assert_eq!(database.get(b"key").unwrap(), Some(version.to_le_bytes().to_vec()));
            assert_eq!(first.get_copy(b"key").unwrap(), Some(0_u64.to_le_bytes().to_vec()));
            most_memory = most_memory.max(allocated() - before);
            most_bytes = most_bytes.max(bytes_in(&path));
        }
    }
    println!(
        "one key written {times} times in {:?}: up to {} allocated, resident {}, up to {} on disk",
        began.elapsed(),
        mib(most_memory),
        mib(resident()),
        mib(most_bytes)
    );
    // The memtables that wait, that which is written to, and the one that the snapshot holds.
    assert!(most_memory < 5 * 16 * MIB, "{} allocated", mib(most_memory));
    assert!(most_bytes < 4 * 16 * MIB, "{} on disk", mib(most_bytes));
    drop(first);
    database.compact(b"", None).unwrap();
    database.close().unwrap();
    let database = open(&path, &options);
    assert_eq!(all_of(&database), Contents::from([(b"key".to_vec(), times.to_le_bytes().to_vec())]));
    assert!(bytes_in(&path) < 100 * KIB, "{} on disk", bytes_in(&path));
}

// ---- many tombstones -------------------------------------------------------------------------------------------

/// A scan passes over so many tombstones that hide older keys, in tables and in a memtable. Returns how long the
/// longest has taken.
fn many_tombstones(count: u64) -> Duration {
    let directory = new_directory();
    let path = directory.path().join("database");
    let options = DbOptions {
        memtable_size: Some(256 * MIB),
        log_size: 64 * MIB,
        table_size: 4 * MIB,
        block_size: 4096,
        cache_size: 8 * MIB,
        compaction: CompactionStyle::None,
        ..small_options()
    };
    let database = open(&path, &options);
    fill(&database, count, 1);
    let last = numbered(count);
    database.put(&last, b"last", WriteOptions::default()).unwrap();
    database.flush().unwrap();
    let deleted = database.delete_range(&numbered(0), Some(&last), WriteOptions::default()).unwrap();
    assert_eq!(deleted, count);
    let expected = Contents::from([(last, b"last".to_vec())]);
    let mut longest = Duration::ZERO;
    for place in ["a memtable", "tables"] {
        let began = Instant::now();
        assert!(all_of(&database) == expected);
        let took = began.elapsed();
        let began = Instant::now();
        let mut entries = database.iterator(&Scan::default()).unwrap();
        entries.last().unwrap();
        assert!(!entries.prev().unwrap());
        println!("{count} tombstones in {place}: a scan takes {took:?}, one backward {:?}", began.elapsed());
        longest = longest.max(took).max(began.elapsed());
        drop(entries);
        database.flush().unwrap();
    }
    database.compact(b"", None).unwrap();
    assert!(all_of(&database) == expected);
    assert!(bytes_in(&path) < MIB, "{} on disk", bytes_in(&path));
    longest
}

/// Hangs are found; how long it takes is of no account.
fn done_within(seconds: u64, act: impl FnOnce() + Send + 'static) {
    within(seconds, act).unwrap_or_else(|what| panic!("{what}"));
}

#[test]
fn a_thousand_tables_take_no_more_than_the_options_say() {
    let _alone = alone();
    done_within(120, || many_tables(1_000, 1));
    done_within(120, || many_tables(200, 200));
}

#[test]
fn many_snapshots_show_their_moments_and_leave_nothing() {
    let _alone = alone();
    done_within(120, || many_snapshots(1_000));
}

#[test]
fn a_key_that_is_overwritten_leaves_nothing() {
    let _alone = alone();
    done_within(120, || overwritten(200_000));
}

#[test]
fn a_scan_passes_over_tombstones_and_a_compaction_drops_them() {
    let _alone = alone();
    done_within(120, || {
        many_tombstones(100_000);
    });
}

/// As large as an hour of `.ci/engine` deserves, and a tenth of that if it has less than a minute.
#[test]
#[ignore = "for .ci/engine"]
fn tables_snapshots_versions_and_tombstones_in_full() {
    let _alone = alone();
    let share = if from_environment("KEVO_SECONDS", 60) < 60 { 10 } else { 1 };
    done_within(1200, move || many_tables(10_000 / share, 1));
    done_within(1200, move || many_tables(1_000 / share, 1_000 / share));
    done_within(1200, || many_snapshots(1_000));
    done_within(1200, move || overwritten(10_000_000 / share));
    let longest = within(1200, move || many_tombstones(1_000_000 / share)).unwrap_or_else(|what| panic!("{what}"));
    assert!(longest < LONGEST_SCAN, "a scan has taken {longest:?}");
}
