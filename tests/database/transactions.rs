//! What a transaction sees and does. The first tests are the anomalies of Hermitage (by Martin Kleppmann), by their
//! names.

use crate::support::disk;
use std::thread;
use std::time::Duration;

use crate::support::database;
use kevo::db::{CompactionStyle, Database, DbOptions, SyncMode, Transaction, TransactionOptions, WriteOptions};
use kevo::{Error, Iter, Scan};

const PLAIN: TransactionOptions = TransactionOptions { read_only: false, exclusive: false, timeout: None };

fn options() -> DbOptions {
    DbOptions { compaction: CompactionStyle::None, memtable_size: Some(100_000), ..database::small(SyncMode::None) }
}

fn new_database() -> Database {
    database::open(&database::new_disk(), &options()).unwrap()
}

/// A database with `1` = 10 and `2` = 20.
fn of_hermitage() -> Database {
    let database = new_database();
    put(&database, "1", "10");
    put(&database, "2", "20");
    database
}

fn put(database: &Database, key: &str, value: &str) {
    database.put(key.as_bytes(), value.as_bytes(), WriteOptions::default()).unwrap();
}

fn delete(database: &Database, key: &str) {
    database.delete(key.as_bytes(), WriteOptions::default()).unwrap();
}

fn get(database: &Database, key: &str) -> Option<String> {
    database.get(key.as_bytes()).unwrap().map(|value| String::from_utf8(value).unwrap())
}

/// A transaction of text.
struct T(Transaction);

impl T {
    fn begin(database: &Database) -> Self {
        Self(database.begin(PLAIN).unwrap())
    }

    fn get(&self, key: &str) -> Option<String> {
        self.0.get(key.as_bytes()).unwrap().map(|value| String::from_utf8(value).unwrap())
    }

    fn put(&self, key: &str, value: &str) {
        self.0.put(key.as_bytes(), value.as_bytes()).unwrap();
    }

    fn delete(&self, key: &str) {
        self.0.delete(key.as_bytes()).unwrap();
    }

    /// All keys from `lower` on, in turn, with their values.
    fn scan(&self, lower: &str) -> String {
        all(self.0.iterator(&from(lower)).unwrap())
    }

    fn commits(&self) -> bool {
        match self.0.commit(WriteOptions::default()) {
            Ok(_) => true,
            Err(Error::Conflict) => false,
            Err(error) => panic!("{error}"),
        }
    }
}

fn from(lower: &str) -> Scan {
    Scan { lower: std::ops::Bound::Included(lower.as_bytes().to_vec()), ..Scan::default() }
}

fn all(mut entries: Iter) -> String {
    let mut found = Vec::new();
    while entries.next().unwrap() {
        let entry = entries.entry().unwrap();
        found.push(format!("{}={}", String::from_utf8_lossy(entry.key), String::from_utf8_lossy(entry.value)));
    }
    found.join(" ")
}

fn reversed(mut entries: Iter) -> String {
    let mut found = Vec::new();
    entries.last().unwrap();
    while let Some(entry) = entries.entry() {
        found.push(format!("{}={}", String::from_utf8_lossy(entry.key), String::from_utf8_lossy(entry.value)));
        entries.prev().unwrap();
    }
    found.join(" ")
}

#[test]
fn g0_write_cycles() {
    let database = of_hermitage();
    let (one, other) = (T::begin(&database), T::begin(&database));
    one.put("1", "11");
    other.put("1", "12");
    one.put("2", "21");
    assert!(one.commits());
    other.put("2", "22");
    assert!(other.commits());
    assert_eq!((get(&database, "1").unwrap(), get(&database, "2").unwrap()), ("12".into(), "22".into()));
}

#[test]
fn g1a_aborted_reads() {
    let database = of_hermitage();
    let (one, other) = (T::begin(&database), T::begin(&database));
    one.put("1", "101");
    assert_eq!(other.get("1").unwrap(), "10");
    one.0.rollback().unwrap();
    assert_eq!(other.scan(""), "1=10 2=20");
    assert!(other.commits());
    assert_eq!(get(&database, "1").unwrap(), "10");
}

#[test]
fn g1b_intermediate_reads() {
    let database = of_hermitage();
    let (one, other) = (T::begin(&database), T::begin(&database));
    one.put("1", "101");
    assert_eq!(other.get("1").unwrap(), "10");
    one.put("1", "11");
    assert!(one.commits());
    assert_eq!(other.get("1").unwrap(), "10");
    assert!(other.commits());
}

#[test]
fn g1c_circular_information_flow() {
    let database = of_hermitage();
    let (one, other) = (T::begin(&database), T::begin(&database));
    one.put("1", "11");
    other.put("2", "22");
    assert_eq!((one.get("2").unwrap(), other.get("1").unwrap()), ("20".into(), "10".into()));
    assert!(one.commits());
    assert!(!other.commits());
}

#[test]
fn otv_observed_transaction_vanishes() {
    let database = of_hermitage();
    let (one, other, reader) = (T::begin(&database), T::begin(&database), T::begin(&database));
    one.put("1", "11");
    one.put("2", "19");
    other.put("1", "12");
    assert!(one.commits());
    assert_eq!(reader.get("1").unwrap(), "10");
    other.put("2", "18");
    assert_eq!(reader.get("2").unwrap(), "20");
    assert!(other.commits());
    assert_eq!(reader.scan(""), "1=10 2=20");
    assert!(reader.commits());
}

#[test]
fn pmp_predicate_many_preceders() {
    let database = of_hermitage();
    let (one, other) = (T::begin(&database), T::begin(&database));
    assert_eq!(one.scan("3"), "");
    other.put("3", "30");
    assert!(other.commits());
    assert_eq!(one.scan("3"), "");
    one.put("4", "40");
    assert!(!one.commits());
}

#[test]
fn pmp_predicate_of_a_write() {
    let database = of_hermitage();
    let (one, other) = (T::begin(&database), T::begin(&database));
    assert_eq!(one.0.delete_range(b"2", None).unwrap(), 1);
    other.put("3", "30");
    assert!(other.commits());
    assert!(!one.commits());
    assert_eq!(get(&database, "2").unwrap(), "20");
}

#[test]
fn p4_lost_update() {
    let database = of_hermitage();
    let (one, other) = (T::begin(&database), T::begin(&database));
    assert_eq!((one.get("1").unwrap(), other.get("1").unwrap()), ("10".into(), "10".into()));
    one.put("1", "11");
    other.put("1", "12");
    assert!(one.commits());
    assert!(!other.commits());
    assert_eq!(get(&database, "1").unwrap(), "11");
}

#[test]
fn g_single_read_skew() {
    let database = of_hermitage();
    let (one, other) = (T::begin(&database), T::begin(&database));
    assert_eq!(one.get("1").unwrap(), "10");
    other.put("1", "12");
    other.put("2", "18");
    assert!(other.commits());
    assert_eq!(one.get("2").unwrap(), "20");
    one.put("3", "30");
    assert!(!one.commits());
}

#[test]
fn g2_item_write_skew() {
    let database = of_hermitage();
    let (one, other) = (T::begin(&database), T::begin(&database));
    assert_eq!((one.get("1").unwrap(), one.get("2").unwrap()), ("10".into(), "20".into()));
    assert_eq!((other.get("1").unwrap(), other.get("2").unwrap()), ("10".into(), "20".into()));
    one.put("1", "11");
    other.put("2", "21");
    assert!(one.commits());
    assert!(!other.commits());
}

#[test]
fn g2_anti_dependency_cycles() {
    let database = of_hermitage();
    let (one, other) = (T::begin(&database), T::begin(&database));
    assert_eq!((one.scan("3"), other.scan("3")), (String::new(), String::new()));
    one.put("3", "30");
    other.put("4", "42");
    assert!(one.commits());
    assert!(!other.commits());
}

/// Flushes, and merges all tables into one run.
fn compact(database: &Database) {
    database.compact(b"", None).unwrap();
}

#[test]
fn a_delete_whose_tombstone_is_gone_is_a_conflict() {
    for reads_range in [false, true] {
        let database = of_hermitage();
        compact(&database);
        let one = T::begin(&database);
        if reads_range {
            assert_eq!(one.scan(""), "1=10 2=20");
        } else {
            assert_eq!(one.get("1").unwrap(), "10");
        }
        one.put("3", "30");
        delete(&database, "1");
        compact(&database);
        assert!(!one.commits(), "{reads_range}");
    }
}

#[test]
fn what_was_only_moved_by_a_compaction_is_no_conflict() {
    let database = of_hermitage();
    let one = T::begin(&database);
    assert_eq!((one.scan("0"), one.get("1").unwrap()), ("1=10 2=20".into(), "10".into()));
    assert_eq!(one.get("5"), None);
    database.flush().unwrap();
    compact(&database);
    one.put("3", "30");
    assert!(one.commits());
}

#[test]
fn a_key_that_was_not_there_and_is_now_is_a_conflict() {
    let database = of_hermitage();
    for compacts in [false, true] {
        let one = T::begin(&database);
        let key = format!("new{compacts}");
        assert_eq!(one.get(&key), None);
        put(&database, &key, "here");
        if compacts {
            compact(&database);
        }
        one.put("1", "11");
        assert!(!one.commits());
    }
}

#[test]
fn transactions_over_different_keys_never_meet() {
    let database = new_database();
    let all: Vec<_> = (0..20).map(|number| (T::begin(&database), format!("key{number:02}"))).collect();
    for (one, key) in &all {
        assert_eq!(one.get(key), None);
        assert_eq!(one.0.delete_range(key.as_bytes(), Some(format!("{key}!").as_bytes())).unwrap(), 0);
        one.put(key, "1");
    }
    compact(&database);
    assert!(all.iter().all(|(one, _)| one.commits()));
}

#[test]
fn it_sees_its_own_writes_in_both_directions() {
    let database = of_hermitage();
    database.flush().unwrap();
    put(&database, "5", "50");
    let one = T::begin(&database);
    one.put("3", "30");
    one.delete("2");
    one.put("1", "11");
    put(&database, "4", "40");
    assert_eq!((one.get("1").unwrap(), one.get("2"), one.get("3").unwrap()), ("11".into(), None, "30".into()));
    assert_eq!(one.scan(""), "1=11 3=30 5=50");
    assert_eq!(reversed(one.0.iterator(&Scan::default()).unwrap()), "5=50 3=30 1=11");
    let before = one.0.iterator(&Scan::default()).unwrap();
    assert_eq!(one.0.delete_range(b"3", None).unwrap(), 2);
    one.put("6", "60");
    assert_eq!(one.scan(""), "1=11 6=60");
    assert_eq!(all(before), "1=11 3=30 5=50");
    // It has read all keys, and somebody has written one of them since.
    assert!(!one.commits());
    assert_eq!(get(&database, "5").unwrap(), "50");
}

#[test]
fn what_it_reads_of_its_own_is_no_read_of_others() {
    let database = of_hermitage();
    let one = T::begin(&database);
    one.put("1", "11");
    assert_eq!(one.get("1").unwrap(), "11");
    put(&database, "1", "12");
    assert!(one.commits());
    assert_eq!(get(&database, "1").unwrap(), "11");
}

#[test]
fn savepoints_are_nested() {
    let database = of_hermitage();
    let one = T::begin(&database);
    assert!(!one.0.rollback_to_savepoint().unwrap());
    one.put("1", "a");
    one.0.savepoint().unwrap();
    one.put("1", "b");
    one.delete("2");
    one.0.savepoint().unwrap();
    one.put("1", "c");
    one.put("3", "30");
    assert!(one.0.rollback_to_savepoint().unwrap());
    assert_eq!(one.scan(""), "1=b");
    assert!(one.0.rollback_to_savepoint().unwrap());
    assert_eq!(one.scan(""), "1=a 2=20");
    assert!(!one.0.rollback_to_savepoint().unwrap());
    one.put("4", "40");
    assert!(one.commits());
    assert_eq!(T::begin(&database).scan(""), "1=a 2=20 4=40");
}

#[test]
fn a_read_only_one_writes_nothing_and_never_meets_anybody() {
    let database = of_hermitage();
    let one = T(database.begin(TransactionOptions { read_only: true, ..PLAIN }).unwrap());
    assert_eq!(one.scan(""), "1=10 2=20");
    assert!(matches!(one.0.put(b"1", b"11"), Err(Error::ReadOnly)));
    assert!(matches!(one.0.delete(b"1"), Err(Error::ReadOnly)));
    assert!(matches!(one.0.delete_range(b"", None), Err(Error::ReadOnly)));
    put(&database, "1", "12");
    assert_eq!(one.get("1").unwrap(), "10");
    assert_eq!(one.0.commit(WriteOptions::default()).unwrap(), 2);
}

#[test]
fn one_that_is_over_does_nothing() {
    let database = of_hermitage();
    let one = T::begin(&database);
    one.put("1", "11");
    assert!(one.commits());
    assert!(matches!(one.0.put(b"1", b"12"), Err(Error::InvalidArgument(_))));
    assert!(matches!(one.0.get(b"1"), Err(Error::InvalidArgument(_))));
    assert!(matches!(one.0.commit(WriteOptions::default()), Err(Error::InvalidArgument(_))));
    assert!(matches!(one.0.rollback(), Err(Error::InvalidArgument(_))));
    drop(one);
    assert_eq!(get(&database, "1").unwrap(), "11");
    T::begin(&database).put("1", "13");
    assert_eq!(get(&database, "1").unwrap(), "11");
}

#[test]
fn a_time_limit_releases_what_it_held() {
    let database = of_hermitage();
    let limited = |millis| TransactionOptions {
        exclusive: true,
        timeout: Some(Duration::from_millis(millis)),
        ..TransactionOptions::default()
    };
    let one = T(database.begin(limited(200)).unwrap());
    one.put("1", "11");
    // Nobody uses the first, and the second gets its slot.
    let other = T(database.begin(TransactionOptions { exclusive: true, ..PLAIN }).unwrap());
    assert!(matches!(one.0.put(b"1", b"12"), Err(Error::Expired)));
    assert!(matches!(one.0.commit(WriteOptions::default()), Err(Error::Expired)));
    assert!(matches!(database.begin(limited(20)), Err(Error::Busy(_))));
    other.put("1", "13");
    assert!(other.commits());
    assert_eq!(get(&database, "1").unwrap(), "13");
}

#[test]
fn an_exclusive_one_waits_for_the_other() {
    let database = of_hermitage();
    let options = TransactionOptions { exclusive: true, ..PLAIN };
    let one = T(database.begin(options).unwrap());
    assert_eq!(one.get("1").unwrap(), "10");
    thread::scope(|scope| {
        let other = scope.spawn(|| T(database.begin(options).unwrap()).get("1").unwrap());
        thread::sleep(Duration::from_millis(20));
        one.put("1", "11");
        assert!(one.commits());
        assert_eq!(other.join().unwrap(), "11");
    });
}

#[test]
fn it_can_be_read_after_the_database_was_closed_and_not_committed() {
    let database = of_hermitage();
    let one = T::begin(&database);
    one.put("3", "30");
    database.close().unwrap();
    assert_eq!(one.scan(""), "1=10 2=20 3=30");
    assert!(matches!(one.0.commit(WriteOptions::default()), Err(Error::Closed)));
    assert!(matches!(database.begin(PLAIN), Err(Error::Closed)));
}

#[test]
fn a_commit_is_one_batch_in_every_cut() {
    let disk = database::new_disk();
    let options = DbOptions { sync: SyncMode::Always, ..options() };
    let database = database::open(&disk, &options).unwrap();
    put(&database, "a", "0");
    for round in 1..6 {
        let one = T::begin(&database);
        for key in ["a", "b", "c"] {
            one.put(key, &round.to_string());
        }
        assert!(one.commits());
        for seed in 0..20 {
            let left = database::open(&disk.crash(disk::coins(seed)), &options).unwrap();
            let found = ["a", "b", "c"].map(|key| get(&left, key).unwrap());
            assert!(found.iter().all(|value| *value == round.to_string()), "{round}: {found:?}");
        }
    }
}
