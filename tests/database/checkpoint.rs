//! Checkpoints: a second database that has all that was written before, and is whole or not there.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use crate::support::database::{self, Contents, PATH};
use crate::support::database_case::cases;
use crate::support::disk::{TwinDisk, coins};
use kevo::db::{Batch, Database, DbOptions, SyncMode, WriteOptions};
use kevo::{Error, Mode, Options};
use rustix::io::Errno;

const COPY: &str = "/copy";

fn options() -> DbOptions {
    database::small(SyncMode::None)
}

fn put(database: &Database, key: &str, value: &str) {
    database.put(key.as_bytes(), value.as_bytes(), WriteOptions::default()).unwrap();
}

/// Tables of several runs, and entries in the log.
fn filled(disk: &TwinDisk) -> Database {
    let database = database::open(disk, &options()).unwrap();
    for number in 0..30 {
        put(&database, &format!("key {:02}", number * 7 % 30), &format!("value {number}, which has some length"));
    }
    database.flush().unwrap();
    database.delete(b"key 03", WriteOptions::default()).unwrap();
    put(&database, "only in the log", "value");
    database
}

fn open_at(disk: &TwinDisk, path: &str) -> Result<Database, Error> {
    Database::open_on(Arc::new(disk.clone()), Path::new(path), &options(), None).0
}

fn contents(database: &Database) -> Contents {
    database::contents(database).unwrap()
}

fn names(disk: &TwinDisk, path: &str) -> Vec<String> {
    disk.names(path).unwrap_or_default()
}

#[test]
fn it_has_all_that_was_written_before_and_is_a_database_of_its_own() {
    for links in [true, false] {
        let disk = database::new_disk();
        let database = filled(&disk);
        let before = contents(&database);
        if !links {
            disk.refuse_links();
        }
        database.checkpoint(Path::new(COPY)).unwrap();
        put(&database, "key 01", "newer");
        database.compact(b"", None).unwrap();
        let copy = open_at(&disk, COPY).unwrap();
        assert_eq!(contents(&copy), before);
        let manifest = String::from_utf8(disk.bytes("/copy/MANIFEST").unwrap()).unwrap();
        assert!(manifest.contains("\"/copy/sst\""), "{manifest}");
        put(&copy, "key 01", "of the copy");
        copy.compact(b"", None).unwrap();
        assert_eq!(database.get(b"key 01").unwrap().unwrap(), b"newer");
        assert_eq!(copy.get(b"key 01").unwrap().unwrap(), b"of the copy");
        assert_eq!(copy.get(b"key 03").unwrap(), None);
        // Numbers go on above those of the database.
        assert!(copy.put(b"a", b"", WriteOptions::default()).unwrap() > 31);
        copy.close().unwrap();
        database.close().unwrap();
        assert_eq!(contents(&open_at(&disk, COPY).unwrap()).len(), before.len() + 1);
        assert!(names(&disk, "/").iter().all(|name| !name.contains("partial")));
    }
}

#[test]
fn what_is_there_stays() {
    let disk = database::new_disk();
    let database = filled(&disk);
    database.checkpoint(Path::new(COPY)).unwrap();
    let before = contents(&open_at(&disk, COPY).unwrap());
    put(&database, "a", "later");
    assert!(matches!(database.checkpoint(Path::new(COPY)), Err(Error::Exists { .. })));
    assert!(matches!(database.checkpoint(Path::new(PATH)), Err(Error::Exists { .. })));
    disk.add_file("/file", b"");
    assert!(matches!(database.checkpoint(Path::new("/file")), Err(Error::Exists { .. })));
    assert!(matches!(database.checkpoint(Path::new("/missing/copy")), Err(Error::Io { .. })));
    let inside = database.checkpoint(Path::new("/db/copy"));
    assert!(matches!(inside, Err(Error::InvalidArgument(_))), "{inside:?}");
    assert_eq!(contents(&open_at(&disk, COPY).unwrap()), before);
    disk.add_directory("/empty");
    database.checkpoint(Path::new("/empty")).unwrap();
    assert_eq!(contents(&open_at(&disk, "/empty").unwrap()), contents(&database));
    let reader = database::open(&disk, &DbOptions { read_only: true, ..options() }).unwrap();
    assert!(matches!(reader.checkpoint(Path::new("/of reader")), Err(Error::ReadOnly)));
    assert_eq!(disk.names("/of reader"), None);
}

#[test]
fn an_empty_database_has_an_empty_one() {
    let disk = database::new_disk();
    let database = database::open(&disk, &options()).unwrap();
    database.checkpoint(Path::new(COPY)).unwrap();
    assert!(contents(&open_at(&disk, COPY).unwrap()).is_empty());
}

/// Each call fails, and all after it, and the machine stops then: the copy is whole, or nothing is there; the database
/// has lost nothing.
#[test]
fn a_crash_or_a_failure_at_any_call_leaves_all_or_nothing() {
    let mut whole = [0, 0];
    for (kind, links) in [true, false].into_iter().enumerate() {
        for number in 1.. {
            let disk = database::new_disk();
            let database = filled(&disk);
            database.sync().unwrap();
            let before = contents(&database);
            if !links {
                disk.refuse_links();
            }
            disk.fail_from(number, Errno::IO);
            let made = database.checkpoint(Path::new(COPY));
            let calls = disk.take_calls().len();
            for seed in 0..4 {
                let crashed = disk.crash(coins(seed));
                assert_eq!(contents(&database::open(&crashed, &options()).unwrap()), before, "{number}");
                let is_there = crashed.names(COPY).is_some();
                assert!(is_there || made.is_err(), "{number}: acknowledged, and not there");
                if is_there {
                    whole[kind] += 1;
                    assert_eq!(contents(&open_at(&crashed, COPY).unwrap()), before, "{number}");
                }
            }
            disk.heal();
            if made.is_err() {
                // What was left does not hinder the next one.
                database.resume().unwrap();
                if disk.names(COPY).is_none() {
                    database.checkpoint(Path::new(COPY)).unwrap();
                }
                assert_eq!(contents(&open_at(&disk, COPY).unwrap()), before, "{number}");
            }
            if number > calls {
                assert!(made.is_ok());
                break;
            }
        }
    }
    assert!(whole.iter().all(|&count| count >= 4), "{whole:?}");
}

/// One call fails, and the next ones work again: the copy is whole, or an error says that it is not there; nothing is
/// left beside it, and the database goes on, after a resume if it needs one.
#[test]
fn a_failure_of_any_one_call_leaves_all_or_nothing() {
    let mut failed = 0;
    for (links, errno) in [(true, Errno::IO), (false, Errno::NOSPC)] {
        for number in 1.. {
            let disk = database::new_disk();
            let database = filled(&disk);
            database.sync().unwrap();
            let before = contents(&database);
            if !links {
                disk.refuse_links();
            }
            disk.take_calls();
            disk.fail_once(number, errno);
            let made = database.checkpoint(Path::new(COPY));
            let calls = disk.take_calls().len();
            disk.heal();
            if made.is_err() {
                failed += 1;
                assert_eq!(contents(&database), before, "{number}");
                database.resume().unwrap();
            }
            // The last call that can fail is the sync after the rename: then the copy is there, and not known to stay.
            if disk.names(COPY).is_none() {
                assert!(made.is_err(), "{number}: acknowledged, and not there");
                assert!(names(&disk, "/").iter().all(|name| !name.contains("partial")), "{number}");
                database.checkpoint(Path::new(COPY)).unwrap();
            }
            assert_eq!(contents(&open_at(&disk, COPY).unwrap()), before, "{number}");
            put(&database, "goes", "on");
            if number > calls {
                assert!(made.is_ok());
                break;
            }
        }
    }
    assert!(failed > 20, "{failed}");
}

/// Databases of Kevo, damaged ones too: the copy has what this database has, if it is opened in the same way.
#[test]
fn it_has_all_of_every_database_of_kevo() {
    let recovery = Options { mode: Mode::SkipCorrupted, ..Options::default() };
    for case in cases() {
        let directory = case.copy();
        let (path, copy) = (directory.path().join("db"), directory.path().join("copy"));
        let options = DbOptions { recovery, ..options() };
        let database = Database::open(&path, &options, None).0;
        let database = database.unwrap_or_else(|error| panic!("{}: {error}", case.name));
        database.checkpoint(&copy).unwrap_or_else(|error| panic!("{}: {error}", case.name));
        let copied = Database::open(&copy, &options, None).0.unwrap_or_else(|error| panic!("{}: {error}", case.name));
        assert!(contents(&copied) == contents(&database), "{}", case.name);
    }
}

/// While others write, flush and compact: all that was acknowledged before it is there, nothing that was written after
/// it, and batches are whole.
#[test]
fn it_is_of_one_moment_while_others_write() {
    let disk = database::new_disk();
    let database = database::open(&disk, &options()).unwrap();
    let (acknowledged, begun, is_over) = (AtomicU64::new(0), AtomicU64::new(0), AtomicBool::new(false));
    thread::scope(|scope| {
        scope.spawn(|| {
            for number in 1_u64.. {
                if is_over.load(Ordering::Relaxed) {
                    return;
                }
                begun.store(number, Ordering::SeqCst);
                let mut batch = Batch::new();
                for key in [b"a", b"z"] {
                    batch.put(key, &number.to_be_bytes()).unwrap();
                }
                batch.put(format!("key {}", number % 50).as_bytes(), &[7; 40]).unwrap();
                database.write(&batch, WriteOptions::default()).unwrap();
                acknowledged.store(number, Ordering::SeqCst);
            }
        });
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                database.compact(b"", None).unwrap();
            }
        });
        for number in 0..30 {
            let path = format!("/copy {number}");
            let first = acknowledged.load(Ordering::SeqCst);
            database.checkpoint(Path::new(&path)).unwrap();
            let last = begun.load(Ordering::SeqCst);
            let copy = contents(&open_at(&disk, &path).unwrap());
            let found = |key: &[u8]| copy.get(key).map_or(0, |value| u64::from_be_bytes(value[..].try_into().unwrap()));
            assert_eq!(found(b"a"), found(b"z"));
            assert!((first..=last).contains(&found(b"a")), "{first} {} {last}", found(b"a"));
        }
        is_over.store(true, Ordering::Relaxed);
    });
}
