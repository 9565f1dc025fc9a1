//! How fast the database's memtable is, beside the one of a recovered list, which is a skip list. Memtables are of 32
//! MiB, by Kevo's count; keys have 16 random bytes and values 100.
//!
//!     cargo bench --bench memtable [-- part of a name]

#[path = "support/shape.rs"]
// Not every benchmark uses all of it.
#[allow(dead_code)]
mod shape;

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use kevo::log_memtable::{LogMemtable, Operation, Writer};
use kevo::table::hash;
use kevo::{MemtableList, Options, recover};
use std::sync::{Arc, LazyLock};

use shape::{Keys, Shape, random};

const SIZE: u64 = 32 << 20;
const ENTRIES: usize = (SIZE / (16 + 100 + 16)) as usize;
const VALUE: [u8; 100] = [7; 100];
/// How many bytes are appended before they are taken for the file.
const GROUP: u64 = 64 << 10;
const BATCH: usize = 100;

type Key = [u8; 16];

fn main() {
    divan::main();
}

fn key_of(number: usize) -> Key {
    Shape::usual(0, Keys::Random).key(number as u64).try_into().expect("the length of a usual key")
}

/// The keys of one memtable, in the order of their puts.
static KEYS: LazyLock<Vec<Key>> = LazyLock::new(|| (0..ENTRIES).map(key_of).collect());
/// The same keys at random.
static LOOKED_UP: LazyLock<Vec<Key>> =
    LazyLock::new(|| (0..ENTRIES as u64).map(|number| KEYS[random(number) as usize % ENTRIES]).collect());
/// Keys that no memtable has.
static ABSENT: LazyLock<Vec<Key>> = LazyLock::new(|| (ENTRIES..2 * ENTRIES).map(key_of).collect());

fn put_all<'a>(writer: &mut Writer, keys: impl Iterator<Item = &'a Key>) {
    for key in keys {
        writer.put(key, &VALUE).expect("enough memory");
        if writer.unwritten_len() > GROUP {
            black_box(writer.take_unwritten());
        }
    }
}

fn empty() -> Writer {
    LazyLock::force(&KEYS);
    LogMemtable::new(1, SIZE).expect("enough memory").1
}

fn filled() -> Arc<LogMemtable> {
    let mut writer = empty();
    put_all(&mut writer, KEYS.iter());
    Arc::clone(writer.memtable())
}

fn skip_list() -> MemtableList {
    LazyLock::force(&KEYS);
    let directory = tempfile::tempdir().expect("a directory");
    let options = Options { memtable_size: u64::MAX, ..Options::default() };
    recover(directory.path(), &options, None).0.expect("an empty list")
}

#[divan::bench(sample_count = 20, sample_size = 1)]
fn put(bencher: Bencher) {
    bencher.counter(ItemsCount::new(ENTRIES)).with_inputs(empty).bench_refs(|writer| put_all(writer, KEYS.iter()));
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn put_into_a_skip_list(bencher: Bencher) {
    bencher.counter(ItemsCount::new(ENTRIES)).with_inputs(skip_list).bench_refs(|list| {
        for (key, sequence) in KEYS.iter().zip(1..) {
            list.put(key, &VALUE, sequence).expect("enough memory");
        }
    });
}

#[divan::bench(sample_count = 20, sample_size = 1)]
fn put_batches_of_100(bencher: Bencher) {
    bencher.counter(ItemsCount::new(ENTRIES)).with_inputs(empty).bench_refs(|writer| {
        for keys in KEYS.chunks(BATCH) {
            let puts = keys.iter().map(|key| Operation::Put { key, value: &VALUE });
            writer.batch(60, puts, |mark, summary| mark[0] = black_box(summary.checksum) as u8).expect("enough memory");
            black_box(writer.take_unwritten());
        }
    });
}

/// How many keys are overwritten.
#[divan::bench(args = [1, 1000], sample_count = 10, sample_size = 1)]
fn overwrite(bencher: Bencher, keys: usize) {
    let puts = bencher.counter(ItemsCount::new(ENTRIES)).with_inputs(empty);
    puts.bench_refs(|writer| put_all(writer, KEYS[..keys].iter().cycle().take(ENTRIES)));
}

fn get_all(memtable: &LogMemtable, keys: &[Key]) -> usize {
    let end = memtable.first_sequence() + memtable.len() as u64;
    keys.iter().filter_map(|key| memtable.newest(key, hash(key), end)).map(|entry| entry.value.len()).sum()
}

#[divan::bench(threads = [1, 2], sample_count = 20, sample_size = 1)]
fn get(bencher: Bencher) {
    let memtable = filled();
    LazyLock::force(&LOOKED_UP);
    bencher.counter(ItemsCount::new(ENTRIES)).bench(|| get_all(&memtable, &LOOKED_UP));
}

#[divan::bench(sample_count = 20, sample_size = 1)]
fn get_absent(bencher: Bencher) {
    let memtable = filled();
    LazyLock::force(&ABSENT);
    bencher.counter(ItemsCount::new(ENTRIES)).bench(|| get_all(&memtable, &ABSENT));
}

#[divan::bench(sample_count = 3, sample_size = 1)]
fn get_from_a_skip_list(bencher: Bencher) {
    let list = skip_list();
    for (key, sequence) in KEYS.iter().zip(1..) {
        list.put(key, &VALUE, sequence).expect("enough memory");
    }
    bencher.counter(ItemsCount::new(ENTRIES)).bench(|| {
        for key in &*LOOKED_UP {
            black_box(list.get(key, u64::MAX).expect("enough memory"));
        }
    });
}

#[divan::bench(sample_count = 10, sample_size = 1)]
fn sort(bencher: Bencher) {
    let sorted = bencher.counter(ItemsCount::new(ENTRIES)).with_inputs(filled);
    sorted.bench_refs(|memtable| memtable.sorted(u64::MAX).expect("enough memory").len());
}

/// The order is there already.
#[divan::bench(sample_count = 10, sample_size = 1)]
fn walk_in_order(bencher: Bencher) {
    let memtable = filled();
    memtable.sorted(u64::MAX).expect("enough memory");
    bencher.counter(ItemsCount::new(ENTRIES)).bench(|| {
        let entries = memtable.newest_of_each_key(u64::MAX).expect("enough memory");
        entries.map(|entry| entry.value.len() + entry.key.len()).sum::<usize>()
    });
}
