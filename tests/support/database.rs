//! What the tests of the database share: a place on the disk in memory, what a database holds, numbers by chance, and a
//! limit on time.
#![allow(dead_code)] // Not every test wants all of it.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use kevo::db::{CompactionStyle, Database, DbOptions, Snapshot, SyncMode};
use kevo::{Error, Iter, Report, Scan};

use super::disk::TwinDisk;

/// Where the databases are.
pub const PATH: &str = "/db";

/// A key and its value.
type Pair = (Vec<u8>, Vec<u8>);

/// What a database holds: the value of each key.
pub type Contents = BTreeMap<Vec<u8>, Vec<u8>>;

/// Everything is so small that short histories have flushes, compactions, and many tables.
pub fn small(sync: SyncMode) -> DbOptions {
    DbOptions {
        memtable_size: Some(600),
        max_memtables: Some(2),
        log_size: 400,
        table_size: 300,
        block_size: 100,
        cache_size: 1000,
        max_open_files: 2,
        compaction_threads: 1,
        sync,
        ..DbOptions::default()
    }
}

/// Options by chance, most of them small. With a large memtable what was written stays in logs over several openings.
pub fn random_options(random: &mut Random, syncs: &[SyncMode]) -> DbOptions {
    let small = small(random.of(syncs));
    DbOptions {
        memtable_size: Some(random.of(&[600, 600, 3_000, 100_000])),
        max_memtables: Some(random.of(&[1, 2, 4])),
        log_size: random.of(&[400, 400, 2_000, 1 << 20]),
        table_size: random.of(&[1, 300, 1 << 20]),
        compaction: random.of(&[CompactionStyle::Tiered, CompactionStyle::Leveled, CompactionStyle::None]),
        compaction_threads: random.of(&[1, 2]),
        log_mapped: random.one_in(2),
        cache_size: random.of(&[0, 1_000, 100_000]),
        ..small
    }
}

/// What [`random_options`] has chosen.
pub fn shown_options(options: &DbOptions) -> String {
    let DbOptions {
        memtable_size,
        max_memtables,
        log_size,
        table_size,
        compaction,
        compaction_threads,
        sync,
        log_mapped,
        ..
    } = options;
    format!(
        "{sync:?}, {compaction:?} with {compaction_threads} threads, memtable_size {memtable_size:?}, max_memtables \
         {max_memtables:?}, log_size {log_size}, mapped: {log_mapped}, table_size {table_size}"
    )
}

/// A disk with a directory for the database, and nothing in it.
pub fn new_disk() -> TwinDisk {
    let disk = TwinDisk::new();
    disk.add_directory(PATH);
    disk
}

pub fn open_reporting(disk: &TwinDisk, options: &DbOptions) -> (Result<Database, Error>, Report) {
    Database::open_on(Arc::new(disk.clone()), Path::new(PATH), options, None)
}

pub fn open(disk: &TwinDisk, options: &DbOptions) -> Result<Database, Error> {
    open_reporting(disk, options).0
}

/// All that a database holds. Panics if a scan backward or a lookup says anything else.
pub fn contents(database: &Database) -> Result<Contents, Error> {
    contents_of(&database.snapshot()?)
}

/// All that a snapshot holds; see [`contents`].
pub fn contents_of(snapshot: &Snapshot) -> Result<Contents, Error> {
    let mut entries = snapshot.iterator(&Scan::default())?;
    let forward = collected(&mut entries, Iter::next)?;
    let mut entries = snapshot.iterator(&Scan::default())?;
    entries.last()?;
    let mut backward = Vec::new();
    while let Some(entry) = entries.entry() {
        backward.push((entry.key.to_vec(), entry.value.to_vec()));
        entries.prev()?;
    }
    backward.reverse();
    assert!(forward == backward, "forward {} backward {}", shown(&forward), shown(&backward));
    for (key, value) in &forward {
        let found = snapshot.get_copy(key)?;
        assert!(found.as_ref() == Some(value), "a scan finds {} and a get {found:?}", shown([(key, value)]));
    }
    let contents: Contents = forward.iter().cloned().collect();
    assert!(contents.iter().map(|(key, value)| (key.clone(), value.clone())).eq(forward), "keys do not rise");
    Ok(contents)
}

fn collected(entries: &mut Iter, mut step: impl FnMut(&mut Iter) -> Result<bool, Error>) -> Result<Vec<Pair>, Error> {
    let mut found = Vec::new();
    while step(entries)? {
        let entry = entries.entry().expect("it is on an entry");
        found.push((entry.key.to_vec(), entry.value.to_vec()));
    }
    Ok(found)
}

/// Keys and values as text, each cut after a few bytes.
pub fn shown<'a, K: AsRef<[u8]> + 'a, V: AsRef<[u8]> + 'a>(
    entries: impl IntoIterator<Item = impl std::borrow::Borrow<(K, V)>>,
) -> String {
    let short = |bytes: &[u8]| format!("{:?}({})", String::from_utf8_lossy(&bytes[..bytes.len().min(12)]), bytes.len());
    let shown = entries.into_iter().map(|entry| {
        let (key, value) = entry.borrow();
        format!("{}={}", short(key.as_ref()), short(value.as_ref()))
    });
    format!("{{{}}}", shown.collect::<Vec<_>>().join(" "))
}

pub fn shown_map(contents: &Contents) -> String {
    shown(contents.iter().map(|(key, value)| (key.clone(), value.clone())))
}

/// Numbers by chance, the same ones for the same seed.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number (splitmix64).
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    pub fn one_in(&mut self, many: u64) -> bool {
        self.below(many) == 0
    }

    pub fn of<T: Clone>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len() as u64) as usize].clone()
    }
}

/// Does `act` in a thread of its own. What it panics with, or that it has not ended after so many seconds, is the
/// error.
pub fn within<T: Send + 'static>(seconds: u64, act: impl FnOnce() -> T + Send + 'static) -> Result<T, String> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || sender.send(catch_unwind(AssertUnwindSafe(act))));
    match receiver.recv_timeout(Duration::from_secs(seconds)) {
        Ok(Ok(outcome)) => Ok(outcome),
        Ok(Err(panic)) => {
            let text = panic.downcast_ref::<String>().cloned();
            Err(text.or_else(|| panic.downcast_ref::<&str>().map(|&text| text.to_owned())).unwrap_or_default())
        }
        Err(_) => Err(format!("it has not ended after {seconds} seconds")),
    }
}

/// Checks one seed after another, from `KEVO_SEED` on, for `KEVO_SECONDS`.
pub fn for_any_time(mut check: impl FnMut(u64)) {
    let until = Instant::now() + Duration::from_secs(from_environment("KEVO_SECONDS", 60));
    let first = from_environment("KEVO_SEED", 1_000_000);
    let mut seed = first;
    while Instant::now() < until {
        check(seed);
        seed += 1;
    }
    println!("seeds {first} to {}", seed - 1);
}

/// A number from the environment; `default` if it is not set.
pub fn from_environment(name: &str, default: u64) -> u64 {
    std::env::var(name)
        .map_or(default, |value| value.parse().unwrap_or_else(|_| panic!("{name}={value}: not a number")))
}
