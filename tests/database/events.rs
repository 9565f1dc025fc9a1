//! What the logger is told: each event once, with its numbers; damage and failures with their files.

use std::fmt::Arguments;
use std::path::Path;
use std::sync::{Arc, Mutex};

use crate::support::database::{self, PATH};
use kevo::db::{CompactionStyle, DbOptions, LogLevel, SyncMode, WriteOptions};
use kevo::disk::Disk;
use kevo::{Mode, Options};
use rustix::io::Errno;

#[derive(Clone, Default)]
struct Told(Arc<Mutex<Vec<(LogLevel, String)>>>);

impl Told {
    fn options(&self) -> DbOptions {
        let told = Arc::clone(&self.0);
        DbOptions {
            logger: Some(Arc::new(move |level, message: Arguments<'_>| {
                told.lock().unwrap().push((level, message.to_string()));
            })),
            compaction: CompactionStyle::None,
            memtable_size: Some(1 << 20),
            log_size: 1 << 20,
            table_size: 1 << 20,
            ..database::small(SyncMode::None)
        }
    }

    fn take(&self) -> Vec<(LogLevel, String)> {
        std::mem::take(&mut self.0.lock().unwrap())
    }

    /// What was told since, all of it events.
    fn events(&self) -> Vec<String> {
        let told = self.take();
        assert!(told.iter().all(|(level, _)| *level == LogLevel::Info), "{told:?}");
        told.into_iter().map(|(_, message)| message).collect()
    }
}

/// The number of this name in an event.
fn number(event: &str, name: &str) -> u64 {
    let numbers = event.split(' ').filter_map(|word| word.split_once('='));
    let found: Vec<_> = numbers.filter(|(key, _)| *key == name).map(|(_, number)| number.parse().unwrap()).collect();
    assert_eq!(found.len(), 1, "{name} in {event}");
    found[0]
}

#[test]
fn each_event_is_told_with_its_numbers() {
    let (told, disk) = (Told::default(), database::new_disk());
    let write = |database: &kevo::db::Database| {
        for key in [b"a", b"b", b"c"] {
            database.put(key, b"value", WriteOptions::default()).unwrap();
        }
        database.delete(b"a", WriteOptions::default()).unwrap();
        database.flush().unwrap();
    };
    let database = database::open(&disk, &told.options()).unwrap();
    let [open] = &told.events()[..] else { panic!("one event") };
    assert!(open.starts_with("open: runs=0 tables=0 logs=0 log_bytes=0 log_entries=0 microseconds="), "{open}");
    write(&database);
    write(&database);
    let flushes = told.events();
    assert_eq!(flushes.len(), 2);
    for flush in &flushes {
        assert!(flush.starts_with("flush: tables=1 entries=3 tombstones=1 bytes="), "{flush}");
        assert_eq!(number(flush, "memtables_waiting"), 0);
    }
    database.compact(b"", None).unwrap();
    let [compaction] = &told.events()[..] else { panic!("one event") };
    assert!(compaction.starts_with("compaction: level="), "{compaction}");
    let read: u64 = flushes.iter().map(|flush| number(flush, "bytes")).sum();
    assert_eq!((number(compaction, "tables_read"), number(compaction, "bytes_read")), (2, read));
    assert_eq!((number(compaction, "tables"), number(compaction, "entries")), (1, 2));
    assert_eq!(number(compaction, "tombstones"), 0);
    database.put(b"d", b"value", WriteOptions::default()).unwrap();
    database.close().unwrap();
    let [close] = &told.events()[..] else { panic!("one event") };
    assert!(close.starts_with("close: microseconds="), "{close}");
    drop(database);
    drop(database::open(&disk, &told.options()).unwrap());
    let events = told.events();
    let open = events.iter().find(|event| event.starts_with("open: ")).expect("an opening");
    assert_eq!((number(open, "logs"), number(open, "log_entries")), (1, 1), "{events:?}");
}

#[test]
fn damage_that_an_opening_passes_over_is_a_warning() {
    let (told, disk) = (Told::default(), database::new_disk());
    let database = database::open(&disk, &told.options()).unwrap();
    for number in 0..100_u8 {
        database.put(&[number], b"value", WriteOptions::default()).unwrap();
    }
    database.close().unwrap();
    drop(database);
    told.take();
    let wal = Path::new(PATH).join("wal");
    let log = wal.join(&disk.names(&wal).unwrap()[0]);
    let mut bytes = disk.bytes(&log).unwrap();
    bytes[1000] ^= 1;
    disk.remove(&log).unwrap();
    disk.add_file(&log, &bytes);
    let recovery = Options { mode: Mode::SkipCorrupted, ..Options::default() };
    drop(database::open(&disk, &DbOptions { recovery, ..told.options() }).unwrap());
    let told = told.take();
    let (level, warning) = &told[0];
    assert_eq!(*level, LogLevel::Warning, "{told:?}");
    assert!(warning.starts_with(&format!("{}: ", log.display())) && warning.contains(" bytes at offset "), "{warning}");
    assert!(told[1].1.starts_with("open: "), "{told:?}");
}

#[test]
fn a_failure_is_told_once_and_that_writes_go_on() {
    let (told, disk) = (Told::default(), database::new_disk());
    let database = database::open(&disk, &told.options()).unwrap();
    told.take();
    disk.take_calls();
    disk.fail_from(1, Errno::NOSPC);
    for _ in 0..3 {
        database.put(b"key", b"value", WriteOptions::default()).unwrap_err();
    }
    let failures = told.take();
    let [(LogLevel::Error, failure)] = &failures[..] else { panic!("{failures:?}") };
    assert!(failure.starts_with("nothing is written any more: ") && failure.contains(".wal"), "{failure}");
    disk.heal();
    database.resume().unwrap();
    let resume = told.events();
    assert_eq!(resume.iter().filter(|event| event.starts_with("resume: microseconds=")).count(), 1, "{resume:?}");
}
