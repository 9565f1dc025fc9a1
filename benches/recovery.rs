//! How fast recovery, lookups, scans and puts are, for logs with 16-byte keys and 100-byte values.
//!
//!     cargo bench --bench recovery [-- part of a name]
//!
//! Recovery is compared to `one_core_reads_and_checksums`, the least that has to be done. `cargo bench --bench peers`
//! measures other stores too, and peaks of memory.

#[path = "support/log.rs"]
mod log;
#[path = "support/shape.rs"]
// Not every benchmark uses all of it.
#[allow(dead_code)]
mod shape;

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use kevo::{MemtableList, Options, Scan, recover};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex};
use tempfile::TempDir;

use shape::{Keys, Shape};

/// The logs that are recovered.
const LOGS: [Log; 4] = [
    Log { entries: 1_000_000, keys: Keys::Random },
    Log { entries: 4_000_000, keys: Keys::Random },
    Log { entries: 1_000_000, keys: Keys::Sequential },
    Log { entries: 4_000_000, keys: Keys::Sequential },
];
/// The log that lookups, scans and puts use.
const LOG: Log = LOGS[0];
/// The memtable sizes that split that log into 5 and into 100 memtables.
const MEMTABLE_SIZES: [u64; 2] = [27_000_000, 1_320_000];

/// Where all logs are written. It is removed when this program ends.
static DIRECTORY: LazyLock<TempDir> = LazyLock::new(|| TempDir::new().expect("a directory"));

fn main() {
    divan::main();
    // A static is not dropped.
    std::fs::remove_dir_all(DIRECTORY.path()).expect("what was written can be removed");
}

#[derive(Clone, Copy)]
struct Log {
    entries: u64,
    keys: Keys,
}

impl fmt::Display for Log {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let keys = if matches!(self.keys, Keys::Random) { "random" } else { "sequential" };
        write!(f, "{}M {keys}", self.entries / 1_000_000)
    }
}

impl Log {
    fn shape(self) -> Shape {
        Shape::usual(self.entries, self.keys)
    }

    /// The WAL directory, which is written at the first call.
    fn wal_dir(self) -> PathBuf {
        static WRITTEN: Mutex<()> = Mutex::new(());
        let _one_at_a_time = WRITTEN.lock();
        let directory = DIRECTORY.path().join(self.to_string());
        if !directory.is_dir() {
            std::fs::create_dir(&directory).expect("a directory");
            log::write(&directory, &self.shape()).expect("room for the log");
        }
        directory
    }

    fn recover(self, threads: usize, memtable_size: u64) -> MemtableList {
        recover_directory(&self.wal_dir(), threads, memtable_size)
    }
}

fn recover_directory(directory: &Path, threads: usize, memtable_size: u64) -> MemtableList {
    let options = Options { threads, memtable_size, max_memtables: usize::MAX, ..Options::default() };
    recover(directory, &options, None).0.expect("the log is sound")
}

#[divan::bench(args = LOGS, sample_count = 20, sample_size = 1)]
fn one_core_reads_and_checksums(bencher: Bencher, log: &Log) {
    let directory = log.wal_dir();
    bencher.counter(ItemsCount::new(log.entries)).bench(|| log::read_and_checksum(&directory).expect("a log"));
}

#[divan::bench(args = LOGS, consts = [1, 2], sample_count = 20, sample_size = 1)]
fn recovery_with_threads<const THREADS: usize>(bencher: Bencher, log: &Log) {
    log.wal_dir();
    bencher.counter(ItemsCount::new(log.entries)).bench(|| log.recover(THREADS, Options::default().memtable_size));
}

#[divan::bench]
fn recovery_of_an_empty_directory(bencher: Bencher) {
    let directory = TempDir::new().expect("a directory");
    bencher.bench(|| recover_directory(directory.path(), 0, Options::default().memtable_size));
}

/// Looks the keys up. They are made first, because the processor compares bytes that were just written more slowly.
fn get_all(bencher: Bencher, list: &MemtableList, keys: impl Iterator<Item = Vec<u8>>) {
    let keys: Vec<Vec<u8>> = keys.collect();
    bencher.counter(ItemsCount::new(keys.len())).bench(|| {
        for key in &keys {
            black_box(list.get(key, u64::MAX).unwrap());
        }
    });
}

#[divan::bench(args = MEMTABLE_SIZES, threads = [1, 2], sample_count = 6, sample_size = 1)]
fn get_with_memtables_of(bencher: Bencher, memtable_size: u64) {
    get_all(bencher, &LOG.recover(0, memtable_size), LOG.shape().present_keys(LOG.entries));
}

#[divan::bench(args = MEMTABLE_SIZES, sample_count = 5, sample_size = 1)]
fn get_of_absent_keys_with_memtables_of(bencher: Bencher, memtable_size: u64) {
    get_all(bencher, &LOG.recover(0, memtable_size), LOG.shape().absent_keys(LOG.entries));
}

#[divan::bench(args = MEMTABLE_SIZES, sample_count = 5, sample_size = 1)]
fn multi_get_with_memtables_of(bencher: Bencher, memtable_size: u64) {
    let list = LOG.recover(0, memtable_size);
    let keys: Vec<Vec<u8>> = LOG.shape().present_keys(LOG.entries).collect();
    bencher.counter(ItemsCount::new(LOG.entries)).bench(|| {
        for keys in keys.chunks(1000) {
            list.multi_get(keys.iter().map(|key| &key[..]), u64::MAX, |lookup| _ = black_box(lookup)).unwrap();
        }
    });
}

fn scan(list: &MemtableList) {
    let mut iter = list.scan(&Scan::default()).unwrap();
    while iter.next_batch(256, |_, entry| _ = black_box(entry)).unwrap() > 0 {}
}

#[divan::bench(args = [1, 2], sample_count = 10, sample_size = 1)]
fn first_scan_with_threads(bencher: Bencher, threads: usize) {
    bencher
        .counter(ItemsCount::new(LOG.entries))
        .with_inputs(|| LOG.recover(threads, MEMTABLE_SIZES[0]))
        .bench_refs(|list| scan(list));
}

#[divan::bench(args = MEMTABLE_SIZES, sample_count = 10, sample_size = 1)]
fn later_scan_with_memtables_of(bencher: Bencher, memtable_size: u64) {
    let list = LOG.recover(0, memtable_size);
    scan(&list);
    bencher.counter(ItemsCount::new(LOG.entries)).bench(|| scan(&list));
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn puts_into_the_open_memtable(bencher: Bencher) {
    let directory = TempDir::new().expect("a directory");
    let shape = LOG.shape();
    let entries: Vec<_> = (1..=LOG.entries).map(|number| (number, shape.key(number), shape.value(number))).collect();
    bencher
        .with_inputs(|| recover_directory(directory.path(), 0, u64::MAX))
        .counter(ItemsCount::new(LOG.entries))
        .bench_refs(|list| {
            for (number, key, value) in &entries {
                list.put(key, value, *number).expect("there is memory");
            }
        });
}
