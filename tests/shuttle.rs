//! Whole databases whose threads take turns as shuttle decides: the threads of the test, that which flushes, those which
//! compact, and all others. So orders come up that a machine hardly ever makes, a thread that waits for ever is told, and
//! what failed is done again just so. `.ci/shuttle` runs it, `KEVO_ITERATIONS` times from `KEVO_SEED` on; with
//! `KEVO_SCHEDULE` it does again what a failure has printed.
#![cfg(shuttle)]

mod support;

use kevo::Error;
use kevo::db::{Batch, CompactionStyle, Database, DbOptions, Snapshot, SyncMode, TransactionOptions, WriteOptions};
use rustix::io::Errno;
use shuttle::rand::{Rng, thread_rng};
use shuttle::scheduler::{PctScheduler, RandomScheduler, ReplayScheduler, Scheduler};
use shuttle::sync::atomic::{AtomicU64, Ordering};
use shuttle::{Config, Runner, thread};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use support::database::{self, Contents, Random, from_environment, new_disk, random_options};
use support::disk::{TwinDisk, let_others_come};
use support::list_append::Lists;

/// Of the threads, in bytes.
const STACK: usize = 1 << 20;
/// Of runs by priorities: these change so often in each of them, less one.
const PCT_DEPTH: usize = 3;

/// Runs a test in many orders.
fn check(test: impl Fn() + Clone + Send + Sync + 'static) {
    let (seed, iterations) = (from_environment("KEVO_SEED", 1), from_environment("KEVO_ITERATIONS", 100) as usize);
    if let Ok(schedule) = std::env::var("KEVO_SCHEDULE") {
        return run(ReplayScheduler::new_from_encoded(&schedule), test);
    }
    run(RandomScheduler::new_from_seed(seed, iterations), test.clone());
    run(PctScheduler::new_from_seed(seed, PCT_DEPTH, iterations), test);
}

fn run(scheduler: impl Scheduler + 'static, test: impl Fn() + Send + Sync + 'static) {
    let mut config = Config::new();
    config.stack_size = STACK;
    config.silence_warnings = true;
    Runner::new(scheduler, config).run(test);
}

/// Numbers by chance, which the schedule of a failure has, too.
fn random() -> Random {
    Random::new(thread_rng().r#gen())
}

/// Small options by chance.
fn options(syncs: &[SyncMode]) -> DbOptions {
    random_options(&mut random(), syncs)
}

/// A writer's operations, by their numbers from 1 up. Each is on the same two keys.
#[derive(Debug, Default)]
struct Progress {
    begun: AtomicU64,
    acknowledged: AtomicU64,
}

const WRITERS: usize = 2;
const OPERATIONS: u64 = 8;

struct Shared {
    database: Database,
    writers: [Progress; WRITERS],
    /// The disk may fail a call. A thread that meets that has ended.
    may_fail: bool,
}

/// One key at the start of all, the other at the end.
fn keys(writer: usize) -> [Vec<u8>; 2] {
    ["a", "z"].map(|place| format!("{place}{writer}").into_bytes())
}

/// What operation `number` leaves: nothing if it is a delete, or none at all.
fn value(number: u64) -> Option<Vec<u8>> {
    (!number.is_multiple_of(4)).then(|| number.to_be_bytes().repeat(20))
}

impl Shared {
    fn open(disk: &TwinDisk, options: &DbOptions) -> Self {
        Self { database: database::open(disk, options).unwrap(), writers: Default::default(), may_fail: false }
    }

    /// Passes over that the database is closed, or the disk has failed.
    fn unless_over<T>(&self, outcome: Result<T, Error>) -> Option<T> {
        match outcome {
            Ok(value) => Some(value),
            Err(Error::Closed | Error::Cancelled) => None,
            Err(Error::Io { .. } | Error::Failed(_)) if self.may_fail => None,
            Err(error) => panic!("{error}"),
        }
    }

    fn write(&self, writer: usize) {
        for number in 1..=OPERATIONS {
            let mut batch = Batch::new();
            for key in keys(writer) {
                match value(number) {
                    Some(value) => batch.put(&key, &value).unwrap(),
                    None => batch.delete(&key).unwrap(),
                }
            }
            let progress = &self.writers[writer];
            progress.begun.store(number, Ordering::SeqCst);
            if self.unless_over(self.database.write(&batch, WriteOptions::default())).is_none() {
                return;
            }
            progress.acknowledged.store(number, Ordering::SeqCst);
        }
    }

    /// Reads see one moment, which is not before what was acknowledged, and never go back.
    fn read(&self) {
        let mut before = [0; WRITERS];
        for _ in 0..4 {
            wait_for_a_moment();
            let least = self.acknowledged();
            let Some(snapshot) = self.unless_over(self.database.snapshot()) else { return };
            let Some(first) = self.unless_over(contents(&snapshot)) else { return };
            let most = self.begun();
            for writer in 0..WRITERS {
                let least = least[writer].max(before[writer]);
                before[writer] = operation_of(&first, writer, least..=most[writer]);
            }
            let Some(again) = self.unless_over(contents(&snapshot)) else { return };
            assert_eq!(first, again, "a snapshot sees the same at any time");
        }
    }

    fn acknowledged(&self) -> [u64; WRITERS] {
        std::array::from_fn(|writer| self.writers[writer].acknowledged.load(Ordering::SeqCst))
    }

    fn begun(&self) -> [u64; WRITERS] {
        std::array::from_fn(|writer| self.writers[writer].begun.load(Ordering::SeqCst))
    }
}

/// What scans and lookups find, also of keys that are not there.
fn contents(snapshot: &Snapshot) -> Result<Contents, Error> {
    let found = database::contents_of(snapshot)?;
    for key in (0..WRITERS).flat_map(keys) {
        assert_eq!(snapshot.get_copy(&key)?.as_ref(), found.get(&key), "a get and a scan");
    }
    Ok(found)
}

/// The operation whose keys these are, which is one of `possible`. Panics if there is none.
fn operation_of(contents: &Contents, writer: usize, possible: std::ops::RangeInclusive<u64>) -> u64 {
    let [first, last] = keys(writer).map(|key| contents.get(&key).cloned());
    assert_eq!(first, last, "a batch is seen whole");
    let after = |number: u64| if number == 0 { None } else { value(number) };
    let matching = possible.clone().find(|number| after(*number) == first);
    matching.unwrap_or_else(|| panic!("writer {writer}: {first:?} is of none of {possible:?}"))
}

/// A database that is opened has what was acknowledged, and nothing that was not begun.
fn check_reopened(disk: &TwinDisk, options: &DbOptions, least: [u64; WRITERS], most: [u64; WRITERS]) {
    let database = database::open(disk, options).unwrap();
    let found = database::contents(&database).unwrap();
    for writer in 0..WRITERS {
        operation_of(&found, writer, least[writer]..=most[writer]);
    }
    database.close().unwrap();
}

#[test]
fn writers_and_readers_while_it_is_closed() {
    check(|| {
        let (disk, options) = (new_disk(), options(&[SyncMode::None, SyncMode::Bytes(300), SyncMode::Buffered]));
        let shared = Arc::new(Shared::open(&disk, &options));
        with_threads(&shared, |shared| shared.database.close().unwrap());
        assert!(matches!(shared.database.snapshot(), Err(Error::Closed)));
        check_reopened(&disk, &options, shared.acknowledged(), shared.begun());
    });
}

#[test]
fn writers_and_readers_while_it_is_flushed_and_compacted() {
    check(|| {
        let (disk, options) = (new_disk(), options(&[SyncMode::None, SyncMode::Always]));
        let shared = Arc::new(Shared::open(&disk, &options));
        with_threads(&shared, |shared| {
            shared.database.flush().unwrap();
            shared.database.compact(b"", None).unwrap();
            shared.database.sync().unwrap();
        });
        assert_eq!(shared.acknowledged(), [OPERATIONS; WRITERS]);
        shared.database.close().unwrap();
        check_reopened(&disk, &options, shared.acknowledged(), shared.begun());
    });
}

#[test]
fn what_was_acknowledged_outlives_the_power() {
    check(|| {
        let (disk, options) = (new_disk(), options(&[SyncMode::Always]));
        let shared = Arc::new(Shared::open(&disk, &options));
        let cut = Arc::new(Mutex::new(None));
        with_threads(&shared, {
            let (disk, cut) = (disk.clone(), Arc::clone(&cut));
            move |shared| {
                let least = shared.acknowledged();
                let left = disk.crash(|| thread_rng().r#gen());
                *cut.lock().unwrap() = Some((least, left, shared.begun()));
            }
        });
        shared.database.close().unwrap();
        let (least, left, most) = cut.lock().unwrap().take().unwrap();
        check_reopened(&left, &options, least, most);
    });
}

#[test]
fn a_disk_that_fails_once_and_a_resume() {
    check(|| {
        let (disk, options) = (new_disk(), options(&[SyncMode::None, SyncMode::Always, SyncMode::Buffered]));
        let shared = Arc::new(Shared { may_fail: true, ..Shared::open(&disk, &options) });
        with_threads(&shared, {
            let disk = disk.clone();
            move |shared| {
                disk.fail_once(thread_rng().r#gen_range(1..30), Errno::IO);
                while shared.database.status().is_ok() && shared.acknowledged() != [OPERATIONS; WRITERS] {
                    thread::yield_now();
                }
                wait_for_a_moment();
                disk.heal();
                shared.database.resume().unwrap();
                shared.database.put(b"resumed", b"", WriteOptions::default()).unwrap();
            }
        });
        shared.database.close().unwrap();
        check_reopened(&disk, &options, shared.acknowledged(), shared.begun());
    });
}

#[test]
fn a_disk_that_fails_once_while_it_is_closed() {
    check(|| {
        let (disk, options) = (new_disk(), options(&[SyncMode::None, SyncMode::Always, SyncMode::Bytes(300)]));
        let shared = Arc::new(Shared { may_fail: true, ..Shared::open(&disk, &options) });
        with_threads(&shared, {
            let disk = disk.clone();
            move |shared| {
                disk.fail_once(thread_rng().r#gen_range(1..20), Errno::IO);
                shared.unless_over(shared.database.close());
            }
        });
        disk.heal();
        check_reopened(&disk, &options, shared.acknowledged(), shared.begun());
    });
}

/// Threads that write, one that reads, and one that does something else at any moment, until all have ended.
fn with_threads(shared: &Arc<Shared>, act: impl FnOnce(&Shared) + Send + 'static) {
    let mut threads = Vec::new();
    for writer in 0..WRITERS {
        let shared = Arc::clone(shared);
        threads.push(thread::spawn(move || shared.write(writer)));
    }
    let reader = Arc::clone(shared);
    threads.push(thread::spawn(move || reader.read()));
    let shared = Arc::clone(shared);
    threads.push(thread::spawn(move || {
        wait_for_a_moment();
        act(&shared);
    }));
    for thread in threads {
        thread.join().unwrap();
    }
}

/// Waits until others have made some steps; how many is by chance.
fn wait_for_a_moment() {
    let moment = 1 << thread_rng().r#gen_range(0..9);
    let_others_come(thread_rng().r#gen_range(0..moment));
}

const KEYS: u64 = 2;
const TRANSACTIONS: u64 = 3;

/// Transactions of three threads happen as if one after another.
fn transactions_are_serializable(transactions: impl Fn(u64) -> TransactionOptions + Clone + Send + Sync + 'static) {
    check(move || {
        let options = DbOptions { compaction: CompactionStyle::Tiered, ..options(&[SyncMode::None, SyncMode::Always]) };
        let lists = Arc::new(Lists::new(database::open(&new_disk(), &options).unwrap(), KEYS));
        let start = |thread| {
            let (lists, transactions) = (Arc::clone(&lists), transactions(thread));
            thread::spawn(move || {
                let mut random = random();
                for _ in 0..TRANSACTIONS {
                    lists.make_one(&mut random, transactions);
                }
            })
        };
        let threads: Vec<_> = (0..3).map(start).collect();
        for thread in threads {
            thread.join().unwrap();
        }
        lists.check().unwrap_or_else(|(anomaly, history)| panic!("{anomaly:?} in {history:#?}"));
        lists.database.close().unwrap();
    });
}

#[test]
fn optimistic_transactions_are_serializable() {
    transactions_are_serializable(|_| TransactionOptions::default());
}

#[test]
fn exclusive_transactions_are_serializable_and_end_in_time() {
    transactions_are_serializable(|thread| TransactionOptions {
        exclusive: thread != 0,
        timeout: (thread == 1).then_some(Duration::from_micros(40)),
        ..TransactionOptions::default()
    });
}
