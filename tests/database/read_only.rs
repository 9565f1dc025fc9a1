//! Read-only openings: nothing on disk changes, and what another handle or process writes is seen when they catch up.

use std::path::Path;

use crate::support::database::{self, Contents};
use kevo::Error;
use kevo::db::{CompactionStyle, Database, DbOptions, SyncMode, WriteOptions};
use rustix::io::Errno;

fn writing() -> DbOptions {
    DbOptions { compaction: CompactionStyle::None, ..database::small(SyncMode::None) }
}

/// A file that is gone can be read only while it is open.
fn reading() -> DbOptions {
    DbOptions { read_only: true, max_open_files: 1000, ..writing() }
}

fn put(database: &Database, key: &str, value: &[u8]) {
    database.put(key.as_bytes(), value, WriteOptions::default()).unwrap();
}

fn contents_in_order(database: &Database) -> Contents {
    database::contents(database).unwrap()
}

/// More than one window of logs is waiting for its flush: a reader, which can flush nothing, has all of it in memory.
#[test]
fn logs_of_several_windows_are_read() {
    let disk = database::new_disk();
    let writing = DbOptions { memtable_size: Some(1 << 30), log_size: 1 << 20, ..writing() };
    let database = database::open(&disk, &writing).unwrap();
    for number in 0..80 {
        put(&database, &format!("key {number:02}"), &vec![number; 1 << 20]);
    }
    put(&database, "key 00", b"newer");
    let before = disk.names(Path::new(database::PATH).join("sst"));
    let reader = database::open(&disk, &DbOptions { memtable_size: Some(1 << 20), ..reading() }).unwrap();
    assert_eq!(contents_in_order(&reader).len(), 80);
    assert_eq!(reader.get(b"key 00").unwrap().unwrap(), b"newer");
    assert_eq!(reader.get(b"key 01").unwrap().unwrap(), vec![1; 1 << 20]);
    assert_eq!(disk.names(Path::new(database::PATH).join("sst")), before);
}

/// What each catching up finds, over a writer that writes, flushes, compacts, closes and opens again.
#[test]
fn a_reader_catches_up() {
    let disk = database::new_disk();
    let mut writer = database::open(&disk, &writing()).unwrap();
    put(&writer, "a", b"1");
    let reader = database::open(&disk, &reading()).unwrap();
    let before = reader.snapshot().unwrap();
    assert_eq!(reader.get(b"a").unwrap().unwrap(), b"1");
    let steps: [fn(&Database); 4] = [
        |_| {},
        |writer| writer.flush().unwrap(),
        |writer| writer.compact(b"", None).unwrap(),
        |writer| assert!(writer.delete(b"key 0", WriteOptions::default()).unwrap() > 0),
    ];
    for number in 0..60 {
        for key in 0..5 {
            put(&writer, &format!("key {key}"), &[number; 90]);
        }
        steps[usize::from(number) % steps.len()](&writer);
        if number % 7 == 3 {
            writer.close().unwrap();
            writer = database::open(&disk, &writing()).unwrap();
        }
        let stale = contents_in_order(&reader);
        reader.catch_up().unwrap();
        let now = contents_in_order(&reader);
        assert_eq!(database::shown_map(&now), database::shown_map(&contents_in_order(&writer)));
        assert_ne!(database::shown_map(&now), database::shown_map(&stale), "{number}");
    }
    assert_eq!(database::contents_of(&before).unwrap().len(), 1);
    assert!(matches!(reader.put(b"a", b"2", WriteOptions::default()), Err(Error::ReadOnly)));
    reader.close().unwrap();
    assert!(matches!(reader.catch_up(), Err(Error::Closed)));
    // One that writes is never behind.
    writer.catch_up().unwrap();
}

/// A reader that cannot catch up says why, and shows what it showed before. Each call fails in turn.
#[test]
fn a_reader_that_fails_to_catch_up_stays_where_it_was() {
    let disk = database::new_disk();
    let writer = database::open(&disk, &writing()).unwrap();
    put(&writer, "key 0", b"");
    writer.flush().unwrap();
    let (mut failures, mut number) = (0, 0);
    loop {
        number += 1;
        // So that there are not more files each time.
        writer.compact(b"", None).unwrap();
        let reader = database::open(&disk, &reading()).unwrap();
        let before = contents_in_order(&reader);
        put(&writer, &format!("key {number}"), b"in a table");
        writer.flush().unwrap();
        put(&writer, &format!("key {number}"), b"in a log");
        disk.fail_once(number, Errno::IO);
        let failed = reader.catch_up();
        let calls = disk.take_calls().len();
        disk.heal();
        match failed {
            Err(Error::Io { .. }) => {
                assert_eq!(contents_in_order(&reader), before, "{number}");
                failures += 1;
            }
            other => {
                other.unwrap();
                assert_eq!(contents_in_order(&reader), contents_in_order(&writer), "{number}");
            }
        }
        reader.catch_up().unwrap();
        assert_eq!(contents_in_order(&reader), contents_in_order(&writer), "{number}");
        if number > calls {
            break;
        }
    }
    assert!(failures > 5, "{failures}");
}
