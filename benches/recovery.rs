//! How fast a log of a million entries (16-byte random keys, 100-byte values) is recovered and asked.
//!
//!     cargo bench
//!
//! `one_core_reads_and_checksums` is what recovery is measured against: no less has to be done.

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use kevo::{MemtableList, Options, Scan, recover};
use std::fs::File;
use std::io::{BufWriter, Read, Write};
use std::path::Path;
use std::sync::OnceLock;
use tempfile::TempDir;

const ENTRIES: u64 = 1_000_000;
/// Makes 5 tables of the log, and 100.
const MEMTABLE_SIZES: [u64; 2] = [27_000_000, 1_320_000];

fn main() {
    divan::main();
}

/// A random number, by splitmix64.
fn random(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn key(number: u64) -> [u8; 16] {
    let mut key = [0; 16];
    key[..8].copy_from_slice(&random(2 * number).to_le_bytes());
    key[8..].copy_from_slice(&random(2 * number + 1).to_le_bytes());
    key
}

fn write_log(path: &Path) -> std::io::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    for number in 0..ENTRIES {
        let value: Vec<u8> =
            (0..13).flat_map(|i| random(number * 13 + i + (1 << 40)).to_le_bytes()).take(100).collect();
        let mut entry = vec![1];
        entry.extend((number + 1).to_le_bytes());
        entry.extend(16_u32.to_le_bytes());
        entry.extend(key(number));
        entry.extend(100_u32.to_le_bytes());
        entry.extend(value);
        file.write_all(&crc32fast::hash(&entry).to_le_bytes())?;
        file.write_all(&u16::try_from(entry.len()).expect("a short entry").to_le_bytes())?;
        file.write_all(&[1])?;
        file.write_all(&entry)?;
    }
    file.flush()
}

/// The directory of the log, which is written once.
fn wal_dir() -> &'static Path {
    static DIRECTORY: OnceLock<TempDir> = OnceLock::new();
    DIRECTORY
        .get_or_init(|| {
            let directory = TempDir::new().expect("a directory");
            write_log(&directory.path().join("00000000000000000001.wal")).expect("room for the log");
            directory
        })
        .path()
}

fn list(threads: usize, memtable_size: u64) -> MemtableList {
    let options = Options { threads, memtable_size, max_memtables: usize::MAX, ..Options::default() };
    recover(wal_dir(), &options, None).0.expect("the log is sound")
}

#[divan::bench(sample_count = 20, sample_size = 1)]
fn one_core_reads_and_checksums(bencher: Bencher) {
    wal_dir();
    bencher.counter(ItemsCount::new(ENTRIES)).bench(|| {
        let mut file = File::open(wal_dir().join("00000000000000000001.wal")).expect("the log");
        let (mut buffer, mut have) = (vec![0; 256 * 1024], 0);
        loop {
            let read = file.read(&mut buffer[have..]).expect("the log can be read");
            if read == 0 {
                break;
            }
            have += read;
            let mut at = 0;
            while let Some(header) = buffer[at..have].first_chunk::<7>() {
                let end = at + 7 + usize::from(u16::from_le_bytes([header[4], header[5]]));
                if end > have {
                    break;
                }
                assert_eq!(crc32fast::hash(&buffer[at + 7..end]).to_le_bytes(), header[..4]);
                at = end;
            }
            buffer.copy_within(at..have, 0);
            have -= at;
        }
    });
}

#[divan::bench(args = [1, 2], sample_count = 20, sample_size = 1)]
fn recovery_with_threads(bencher: Bencher, threads: usize) {
    wal_dir();
    bencher.counter(ItemsCount::new(ENTRIES)).bench(|| list(threads, Options::default().memtable_size));
}

/// Looks the keys up, which are made first: what has just been put together takes the processor longer to compare.
fn get_all(bencher: Bencher, list: &MemtableList, keys: impl Iterator<Item = [u8; 16]>) {
    let keys: Vec<[u8; 16]> = keys.collect();
    bencher.counter(ItemsCount::new(ENTRIES)).bench(|| {
        for key in &keys {
            black_box(list.get(key, u64::MAX));
        }
    });
}

#[divan::bench(args = MEMTABLE_SIZES, sample_count = 5, sample_size = 1)]
fn get_with_memtables_of(bencher: Bencher, memtable_size: u64) {
    get_all(bencher, &list(0, memtable_size), (0..ENTRIES).map(|number| key(random(number) % ENTRIES)));
}

#[divan::bench(args = MEMTABLE_SIZES, sample_count = 5, sample_size = 1)]
fn get_of_absent_keys_with_memtables_of(bencher: Bencher, memtable_size: u64) {
    get_all(bencher, &list(0, memtable_size), (0..ENTRIES).map(|number| key(ENTRIES + number)));
}

#[divan::bench(args = MEMTABLE_SIZES, sample_count = 5, sample_size = 1)]
fn multi_get_with_memtables_of(bencher: Bencher, memtable_size: u64) {
    let list = list(0, memtable_size);
    let keys: Vec<[u8; 16]> = (0..ENTRIES).map(|number| key(random(number) % ENTRIES)).collect();
    bencher.counter(ItemsCount::new(ENTRIES)).bench(|| {
        for keys in keys.chunks(1000) {
            list.multi_get(keys.iter().map(|key| &key[..]), u64::MAX, |lookup| _ = black_box(lookup));
        }
    });
}

#[divan::bench(args = MEMTABLE_SIZES, sample_count = 10, sample_size = 1)]
fn scan_with_memtables_of(bencher: Bencher, memtable_size: u64) {
    let list = list(0, memtable_size);
    bencher.counter(ItemsCount::new(ENTRIES)).bench(|| {
        let mut iter = list.scan(&Scan::default());
        while iter.next_batch(256, |_, entry| _ = black_box(entry)) > 0 {}
    });
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn puts_on_the_open_table(bencher: Bencher) {
    let fresh = || (TempDir::new().expect("a directory"), Options { memtable_size: u64::MAX, ..Options::default() });
    bencher
        .with_inputs(|| {
            let (directory, options) = fresh();
            recover(directory.path(), &options, None).0.expect("an empty directory is a log")
        })
        .counter(ItemsCount::new(200_000_u32))
        .bench_refs(|list| {
            for number in 0..200_000 {
                list.put(&key(number), &[7; 100], number).expect("there is memory");
            }
        });
}
