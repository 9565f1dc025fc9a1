//! Threads that write, read, scan, flush and compact one database at once.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::support::database::{self, Contents, Random, within};
use kevo::Error;
use kevo::db::{Batch, CompactionStyle, Database, DbOptions, Snapshot, SyncMode, WriteOptions};

const WRITERS: usize = 3;
/// Keys of each writer.
const KEYS: u64 = 40;
/// Operation number `n` of a writer is on key `n % KEYS`; each of so many is a delete.
const DELETES: u64 = 7;
const MOMENTS: Duration = Duration::from_millis(700);

/// A writer's numbered operations; both its keys of a number always have the same value, as one batch writes them.
#[derive(Debug, Default)]
struct Progress {
    /// Operations that may have begun.
    begun: AtomicU64,
    /// Operations that were acknowledged.
    acknowledged: AtomicU64,
}

/// What all threads share.
struct Shared {
    database: Database,
    writers: [Progress; WRITERS],
    is_over: AtomicBool,
}

/// One key at the start of all, the other at the end.
fn keys(writer: usize, number: u64) -> [Vec<u8>; 2] {
    ["a", "z"].map(|place| format!("{place}{writer}-{:02}", number % KEYS).into_bytes())
}

fn value(number: u64) -> Option<Vec<u8>> {
    let len = 8 + (number % 90) as usize;
    (!number.is_multiple_of(DELETES)).then(|| number.to_be_bytes().into_iter().cycle().take(len).collect())
}

fn number_of(value: &[u8]) -> u64 {
    u64::from_be_bytes(*value.first_chunk().expect("a value begins with its number"))
}

/// What a writer's keys hold when it has made so many operations.
fn state(writer: usize, made: u64) -> Contents {
    let mut contents = Contents::new();
    for number in made.saturating_sub(KEYS - 1).max(1)..=made {
        for key in keys(writer, number) {
            match value(number) {
                Some(value) => drop(contents.insert(key, value)),
                None => drop(contents.remove(&key)),
            }
        }
    }
    contents
}

fn options(sync: SyncMode, compaction: CompactionStyle) -> DbOptions {
    DbOptions {
        memtable_size: Some(20_000),
        max_memtables: Some(2),
        log_size: 15_000,
        table_size: 8_000,
        block_size: 500,
        cache_size: 20_000,
        max_open_files: 3,
        compaction_threads: 2,
        sync,
        compaction,
        ..DbOptions::default()
    }
}

/// Passes over that the database is closed.
fn unless_closed<T>(outcome: Result<T, Error>) -> Option<T> {
    match outcome {
        Ok(value) => Some(value),
        Err(Error::Closed | Error::Cancelled) => None,
        Err(error) => panic!("{error}"),
    }
}

impl Shared {
    fn goes_on(&self) -> bool {
        !self.is_over.load(Ordering::Relaxed)
    }

    fn write(&self, writer: usize) {
        let progress = &self.writers[writer];
        for number in 1.. {
            if !self.goes_on() {
                return;
            }
            let keys = keys(writer, number);
            progress.begun.store(number, Ordering::SeqCst);
            let mut batch = Batch::new();
            for key in &keys {
                match value(number) {
                    Some(value) => batch.put(key, &value).unwrap(),
                    None => batch.delete(key).unwrap(),
                }
            }
            let options = WriteOptions { sync: (number % 50 == 0).then_some(true), no_wait: false };
            if unless_closed(self.database.write(&batch, options)).is_none() {
                return;
            }
            progress.acknowledged.store(number, Ordering::SeqCst);
            let key = &keys[(number % 2) as usize];
            if let Some(found) = unless_closed(self.database.get(key)) {
                assert_eq!(found, value(number), "the value that was written just now");
            }
        }
    }

    fn read(&self, seed: u64) {
        let mut random = Random::new(seed);
        let mut newest = vec![[0; KEYS as usize]; WRITERS];
        while self.goes_on() {
            let (writer, key) = (random.below(WRITERS as u64) as usize, random.below(KEYS));
            let before = self.writers[writer].acknowledged.load(Ordering::SeqCst);
            let Some(found) = unless_closed(self.database.get(&keys(writer, key)[random.below(2) as usize])) else {
                return;
            };
            let after = self.writers[writer].begun.load(Ordering::SeqCst);
            // The newest operation on the key that had been acknowledged, if there was one.
            let oldest = (before + KEYS - (before + KEYS - key) % KEYS).saturating_sub(KEYS);
            if found.is_none() {
                // Deleted, or not written yet.
                let is_absent = |number: &u64| value(*number).is_none();
                assert!(
                    oldest == 0 || (oldest..=after).step_by(KEYS as usize).any(|number| is_absent(&number)),
                    "{oldest} is lost"
                );
            }
            if let Some(found) = found {
                let number = number_of(&found);
                assert_eq!(Some(found), value(number));
                assert!(number % KEYS == key && number <= after, "{number} was not written yet");
                assert!(number >= oldest, "{number} was overwritten by {oldest}");
                assert!(number >= newest[writer][key as usize], "{number} is older than what was read before");
                newest[writer][key as usize] = number;
            }
        }
    }

    /// Scans see one moment, also later.
    fn scan(&self, seed: u64) {
        let mut random = Random::new(seed);
        let mut kept: Vec<(Snapshot, Contents)> = Vec::new();
        while self.goes_on() {
            let before = self.writers.each_ref().map(|writer| writer.acknowledged.load(Ordering::SeqCst));
            let Some(snapshot) = unless_closed(self.database.snapshot()) else { break };
            let after = self.writers.each_ref().map(|writer| writer.begun.load(Ordering::SeqCst));
            let found = database::contents_of(&snapshot).unwrap_or_else(|error| panic!("{error}"));
            check_moment(&found, before, after);
            if random.one_in(3) {
                kept.push((snapshot, found));
            }
            if kept.len() > 5 {
                let (snapshot, found) = kept.swap_remove(random.below(5) as usize);
                assert!(database::contents_of(&snapshot).unwrap() == found, "a snapshot has changed");
            }
        }
        // They stay readable when the database is closed.
        for (snapshot, found) in kept {
            assert!(database::contents_of(&snapshot).unwrap() == found, "a snapshot has changed");
        }
    }

    fn maintain(&self, seed: u64) {
        let mut random = Random::new(seed);
        while self.goes_on() {
            let done = match random.below(4) {
                0 => self.database.flush(),
                1 => self.database.sync(),
                2 => self.database.compact(b"", None),
                _ => self.database.compact(b"a", Some(b"b")),
            };
            if unless_closed(done).is_none() && unless_closed(self.database.snapshot()).is_none() {
                return;
            }
            thread::sleep(Duration::from_millis(random.below(5)));
        }
    }

    /// All of it at once, closed while threads run.
    fn run(&self, seed: u64) {
        thread::scope(|scope| {
            (0..WRITERS).for_each(|writer| drop(scope.spawn(move || self.write(writer))));
            (0..2).for_each(|reader| drop(scope.spawn(move || self.read(seed + reader))));
            (0..2).for_each(|reader| drop(scope.spawn(move || self.scan(seed + reader))));
            scope.spawn(move || self.maintain(seed));
            let began = Instant::now();
            while began.elapsed() < MOMENTS {
                thread::sleep(Duration::from_millis(10));
            }
            self.database.close().unwrap_or_else(|error| panic!("close: {error}"));
            thread::sleep(Duration::from_millis(20));
            self.is_over.store(true, Ordering::Relaxed);
        });
        assert!(matches!(self.database.put(b"a", b"", WriteOptions::default()), Err(Error::Closed)));
        assert!(matches!(self.database.get(b"a"), Err(Error::Closed)));
        self.database.close().unwrap();
    }
}

/// There is what each writer had written at one moment, between these operations.
fn check_moment(found: &Contents, first: [u64; WRITERS], last: [u64; WRITERS]) {
    for writer in 0..WRITERS {
        let is_own = |key: &[u8]| key[1..].starts_with(format!("{writer}-").as_bytes());
        let own: Contents =
            found.iter().filter(|(key, _)| is_own(key)).map(|(key, value)| (key.clone(), value.clone())).collect();
        let is_moment = (first[writer]..=last[writer]).any(|made| state(writer, made) == own);
        assert!(is_moment, "writer {writer}, {} to {}: {}", first[writer], last[writer], database::shown_map(&own));
    }
}

fn check(seed: u64, options: &DbOptions) {
    let (options, shown) = (options.clone(), format!("{:?}, {:?}", options.sync, options.compaction));
    let checked = within(120, move || {
        let disk = database::new_disk();
        let database = database::open(&disk, &options).unwrap();
        let shared = Shared { database, writers: Default::default(), is_over: AtomicBool::new(false) };
        shared.run(seed);
        let made = shared.writers.each_ref().map(|writer| writer.acknowledged.load(Ordering::SeqCst));
        let begun = shared.writers.each_ref().map(|writer| writer.begun.load(Ordering::SeqCst));
        assert!(made.iter().sum::<u64>() > 30, "{made:?}");
        drop(shared);
        let (reopened, report) = database::open_reporting(&disk, &options);
        let reopened = reopened.unwrap_or_else(|error| panic!("{error}"));
        assert!(report.damage.is_empty(), "{report:?}");
        check_moment(&database::contents(&reopened).unwrap(), made, begun);
        made
    });
    let made = checked.unwrap_or_else(|what| panic!("seed {seed}, {shown}: {what}"));
    println!("{shown}: {made:?} batches");
}

#[test]
fn threads_see_what_was_acknowledged_and_moments() {
    check(1, &options(SyncMode::Always, CompactionStyle::Tiered));
    check(2, &options(SyncMode::None, CompactionStyle::Leveled));
    check(3, &options(SyncMode::Buffered, CompactionStyle::Tiered));
    check(4, &DbOptions { log_size: 1 << 20, ..options(SyncMode::Bytes(3000), CompactionStyle::None) });
}

/// What a compaction renames and removes must not be what the next opening has.
#[test]
fn close_waits_for_a_compaction_that_it_cannot_end() {
    let disk = database::new_disk();
    let opened = database::open(&disk, &options(SyncMode::None, CompactionStyle::None)).unwrap();
    for _ in 0..2 {
        opened.put(b"a", b"1", WriteOptions::default()).unwrap();
        opened.flush().unwrap();
    }
    disk.take_calls();
    disk.hold("rename");
    thread::scope(|scope| {
        let compaction = scope.spawn(|| opened.compact(b"", None));
        // Its output is written, and waits for its name.
        while !disk.take_calls().iter().any(|call| call.name == "sync" && call.path.starts_with("/db/sst")) {
            thread::sleep(Duration::from_millis(1));
        }
        let close = scope.spawn(|| opened.close());
        thread::sleep(Duration::from_millis(200));
        let has_waited = !close.is_finished();
        disk.heal();
        assert!(has_waited, "it is closed while a compaction still runs");
        unless_closed(compaction.join().unwrap());
        close.join().unwrap().unwrap();
    });
}

/// What is opened for reading shows a moment, whatever the writer flushes, compacts and removes meanwhile.
#[test]
fn a_database_can_be_opened_for_reading_while_it_is_written() {
    let made = within(120, || {
        let disk = database::new_disk();
        let options = DbOptions {
            memtable_size: Some(3_000),
            log_size: 2_000,
            ..options(SyncMode::None, CompactionStyle::Tiered)
        };
        // A file that is gone can be read only while it is open.
        let reading = DbOptions { read_only: true, max_open_files: 1000, ..options.clone() };
        let database = database::open(&disk, &options).unwrap();
        let shared = Shared { database, writers: Default::default(), is_over: AtomicBool::new(false) };
        thread::scope(|scope| {
            scope.spawn(|| shared.write(0));
            scope.spawn(|| shared.maintain(1));
            let began = Instant::now();
            let opened = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                let follower = database::open(&disk, &reading).unwrap();
                while began.elapsed() < MOMENTS {
                    let first = shared.writers[0].acknowledged.load(Ordering::SeqCst);
                    let (reader, report) = database::open_reporting(&disk, &reading);
                    follower.catch_up().unwrap_or_else(|error| panic!("{error}"));
                    let last = shared.writers[0].begun.load(Ordering::SeqCst);
                    let reader = reader.unwrap_or_else(|error| panic!("{error}; {report:?}"));
                    for reader in [&reader, &follower] {
                        let found = database::contents(reader).unwrap_or_else(|error| panic!("{error}"));
                        check_moment(&found, [first, 0, 0], [last, 0, 0]);
                    }
                }
            }));
            shared.is_over.store(true, Ordering::Relaxed);
            opened.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        });
        shared.writers[0].acknowledged.load(Ordering::SeqCst)
    });
    assert!(made.unwrap_or_else(|what| panic!("{what}")) > 10);
}

/// A flush ends a log and a memtable that have room; what is written meanwhile belongs into the next ones.
#[test]
fn what_is_written_while_a_log_ends_is_not_lost() {
    for sync in [SyncMode::Always, SyncMode::None, SyncMode::Buffered] {
        let disk = database::new_disk();
        let options = options(sync, CompactionStyle::None);
        let opened = database::open(&disk, &options).unwrap();
        opened.put(b"a", b"1", WriteOptions::default()).unwrap();
        disk.hold("create_new");
        thread::scope(|scope| {
            let flush = scope.spawn(|| opened.flush());
            thread::sleep(Duration::from_millis(100));
            let put = scope.spawn(|| opened.put(b"b", b"2", WriteOptions::default()));
            thread::sleep(Duration::from_millis(100));
            disk.heal();
            flush.join().unwrap().unwrap();
            put.join().unwrap().unwrap();
        });
        let expected = Contents::from([(b"a".to_vec(), b"1".to_vec()), (b"b".to_vec(), b"2".to_vec())]);
        assert!(database::contents(&opened).unwrap() == expected, "{sync:?}");
        opened.close().unwrap();
        assert!(database::contents(&database::open(&disk, &options).unwrap()).unwrap() == expected, "{sync:?}");
    }
}

/// What is being handed to the system may not have got there, and is lost with a process that is killed, too.
#[test]
fn buffered_writes_keep_back_at_most_64_kib_while_the_log_is_written() {
    let disk = database::new_disk();
    let options =
        DbOptions { memtable_size: None, log_size: 1 << 20, ..options(SyncMode::Buffered, CompactionStyle::None) };
    let opened = database::open(&disk, &options).unwrap();
    let (acknowledged, value) = (AtomicU64::new(0), [0; 1000]);
    disk.hold("append");
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..100 {
                    opened.put(b"", &value, WriteOptions::default()).unwrap();
                    acknowledged.fetch_add(value.len() as u64, Ordering::SeqCst);
                }
            });
        }
        thread::sleep(Duration::from_millis(200));
        let kept_back = acknowledged.load(Ordering::SeqCst);
        disk.heal();
        assert!((1..=64 << 10).contains(&kept_back), "{kept_back} bytes are acknowledged, and not in the log");
    });
    assert_eq!(acknowledged.into_inner(), 400_000);
    opened.close().unwrap();
}

#[test]
fn a_second_handle_for_writing_is_refused_and_one_for_reading_is_not() {
    let disk = database::new_disk();
    let options = options(SyncMode::None, CompactionStyle::None);
    let first = database::open(&disk, &options).unwrap();
    first.put(b"a", b"1", WriteOptions::default()).unwrap();
    let refused = database::open(&disk, &options);
    assert!(matches!(refused, Err(Error::Locked { process, .. }) if process == std::process::id()));
    let reader = database::open(&disk, &DbOptions { read_only: true, ..options.clone() }).unwrap();
    assert_eq!(reader.get(b"a").unwrap().unwrap(), b"1");
    first.close().unwrap();
    drop(first);
    database::open(&disk, &options).unwrap();
}

#[test]
#[ignore = "for .ci/engine"]
fn threads_for_any_time() {
    database::for_any_time(|seed| {
        let random = &mut Random::new(seed);
        let sync = random.of(&[SyncMode::Always, SyncMode::None, SyncMode::Bytes(3000), SyncMode::Buffered]);
        let compaction = random.of(&[CompactionStyle::Tiered, CompactionStyle::Leveled, CompactionStyle::None]);
        let memtable_size = Some(random.of(&[1_000, 20_000, 1 << 20]));
        check(random.next(), &DbOptions { memtable_size, ..options(sync, compaction) });
    });
}
