//! What every released version has written opens, with all that was in it. `tests/released/VERSION` has two databases
//! of each: `closed`, and `killed`, as a process leaves it that is killed.
//!
//! Those of a new version are made, before it is released, by
//!
//! ```text
//! cargo test --test database released:: -- --ignored
//! ```

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use kevo::db::{Batch, CompactionStyle, Database, DbOptions, SyncMode, WriteOptions};
use kevo::{Options, Scan};
use tempfile::TempDir;

type Contents = BTreeMap<Vec<u8>, Vec<u8>>;

fn released() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/released")
}

fn options() -> DbOptions {
    DbOptions {
        memtable_size: Some(4000),
        max_memtables: Some(8),
        sync: SyncMode::None,
        log_size: 3000,
        table_size: 6000,
        block_size: 500,
        compaction: CompactionStyle::None,
        ..DbOptions::default()
    }
}

/// The value of a key in a round: some empty, one of many blocks.
fn value(key: u32, round: u32) -> Vec<u8> {
    match key % 20 {
        7 => Vec::new(),
        9 if key == 49 => vec![b'a' + round as u8; 10_000],
        _ => format!("value {round} of {key}, which has some length").into_bytes(),
    }
}

fn key(key: u32) -> Vec<u8> {
    match key {
        0 => Vec::new(),
        13 => vec![b'k'; 70_000], // too long for a block
        25 => b"\x00\xff\n".to_vec(),
        _ => format!("key {key:03}").into_bytes(),
    }
}

fn put(database: &Database, contents: &mut Contents, number: u32, round: u32) {
    database.put(&key(number), &value(number, round), WriteOptions::default()).unwrap();
    contents.insert(key(number), value(number, round));
}

fn delete(database: &Database, contents: &mut Contents, number: u32) {
    database.delete(&key(number), WriteOptions::default()).unwrap();
    contents.remove(&key(number));
}

/// Runs on several levels, tombstones over them, batches and deleted ranges; the last round is in the log.
fn written(database: &Database) -> Contents {
    let mut contents = Contents::new();
    for round in 0..4 {
        for number in (round..60).step_by(1 + round as usize) {
            put(database, &mut contents, number, round);
        }
        for number in (round * 5..60).step_by(11) {
            delete(database, &mut contents, number);
        }
        let mut batch = Batch::new();
        for number in [60 + round, 70 + round] {
            batch.put(&key(number), &value(number, round)).unwrap();
            contents.insert(key(number), value(number, round));
        }
        database.write(&batch, WriteOptions::default()).unwrap();
        match round {
            0 => database.compact(b"", None).unwrap(),
            1 | 2 => database.flush().unwrap(),
            _ => {}
        }
    }
    database.delete_range(b"key 030", Some(b"key 033"), WriteOptions::default()).unwrap();
    contents.retain(|key, _| !(key.as_slice() >= b"key 030".as_slice() && key.as_slice() < b"key 033".as_slice()));
    contents
}

/// What was written, without a database.
fn expected() -> Contents {
    let directory = TempDir::new().unwrap();
    let database = Database::open(&directory.path().join("db"), &options(), None).0.unwrap();
    written(&database)
}

fn contents(database: &Database) -> Contents {
    let mut contents = Contents::new();
    let mut entries = database.iterator(&Scan::default()).unwrap();
    while entries.next().unwrap() {
        let entry = entries.entry().unwrap();
        contents.insert(entry.key.to_vec(), entry.value.to_vec());
    }
    contents
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (from, name) = entry.map(|entry| (entry.path(), entry.file_name())).unwrap();
        let to = to.join(name);
        if from.is_dir() {
            copy(&from, &to);
        } else {
            fs::copy(&from, &to).unwrap();
        }
    }
}

#[test]
fn what_every_released_version_has_written_opens() {
    let expected = expected();
    let mut databases = 0;
    for version in fs::read_dir(released()).unwrap().map(|entry| entry.unwrap().path()) {
        for name in ["closed", "killed"] {
            let directory = TempDir::new().unwrap();
            let (path, salvaged) = (directory.path().join("db"), directory.path().join("salvaged"));
            copy(&version.join(name), &path);
            let what = version.join(name).display().to_string();

            let read_only = DbOptions { read_only: true, ..DbOptions::default() };
            let (reader, report) = Database::open(&path, &read_only, None);
            assert!(report.damage.is_empty(), "{what}: {report:?}");
            assert!(contents(&reader.unwrap()) == expected, "{what}, read-only");
            Database::salvage(&path, &salvaged, &Options::default(), None).0.unwrap();
            assert!(contents(&Database::open(&salvaged, &read_only, None).0.unwrap()) == expected, "{what}, salvaged");

            let database = Database::open(&path, &DbOptions::default(), None).0.unwrap();
            assert!(contents(&database) == expected, "{what}");
            database.verify().0.unwrap();
            database.compact(b"", None).unwrap();
            assert!(contents(&database) == expected, "{what}, compacted");
            database.close().unwrap();
            databases += 1;
        }
    }
    assert!(databases >= 2);
}

#[test]
#[ignore = "writes the databases of this version into the checkout"]
fn write_those_of_this_version() {
    let version = released().join(env!("CARGO_PKG_VERSION"));
    let _ = fs::remove_dir_all(&version);
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("db");
    let database = Database::open(&path, &options(), None).0.unwrap();
    written(&database);
    copy(&path, &version.join("killed"));
    database.close().unwrap();
    copy(&path, &version.join("closed"));
    for name in ["killed", "closed"] {
        let _ = fs::remove_file(version.join(name).join("LOCK"));
    }
}
