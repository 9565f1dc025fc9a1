//! What the fuzzer of databases has found.

use crate::support::database::{self, PATH};
use crate::support::records::{FULL, PUT, entry, record};
use kevo::Error;
use kevo::db::{DbOptions, SyncMode, WriteOptions};
use kevo::versions::{Change, Edit};

/// A log of Kevo with one put.
fn kevos_log(sequence: u64, key: &[u8], value: &[u8]) -> Vec<u8> {
    let mut log = Vec::new();
    record(&mut log, FULL, &entry(PUT, sequence, key, Some(value)));
    log
}

/// The ids of memtables followed from their sequence numbers, and were then lower than those of tables.
#[test]
fn what_is_written_after_the_highest_sequence_numbers_is_newer_than_tables() {
    for sequence in [1 << 63, u64::MAX - 100] {
        let disk = database::new_disk();
        disk.add_file(format!("{PATH}/wal/00000000000000000001.wal"), &kevos_log(sequence, b"a", b"old"));
        let database = database::open(&disk, &database::small(SyncMode::Always)).unwrap();
        database.flush().unwrap();
        database.put(b"a", b"new", WriteOptions::default()).unwrap();
        let found = database::contents(&database).unwrap();
        assert_eq!(found.get(b"a".as_slice()).map(Vec::as_slice), Some(b"new".as_slice()));
        database.close().unwrap();
    }
}

/// No number is given twice, and what cannot have one is refused.
#[test]
fn there_is_nothing_written_after_the_last_sequence_number() {
    let disk = database::new_disk();
    disk.add_file(format!("{PATH}/wal/00000000000000000001.wal"), &kevos_log(u64::MAX, b"a", b"old"));
    let database = database::open(&disk, &database::small(SyncMode::Always)).unwrap();
    assert!(database.put(b"a", b"new", WriteOptions::default()).is_err());
    assert_eq!(database.get(b"a").unwrap().as_deref(), Some(b"old".as_slice()));
    assert_eq!(database::contents(&database).unwrap().len(), 1);
    database.close().unwrap();
    assert_eq!(
        database::contents(&database::open(&disk, &database::small(SyncMode::Always)).unwrap()).unwrap().len(),
        1
    );
}

/// The second opening found the table damaged, since the logs that have what it held had been taken in.
#[test]
fn a_table_of_kevo_that_was_passed_over_is_no_damage_later() {
    let disk = database::new_disk();
    disk.add_file(format!("{PATH}/wal/00000000000000000001.wal"), &kevos_log(1, b"a", b"value"));
    let table = format!("{PATH}/sst/0_000001_00000000000000000007.sst");
    disk.add_file(&table, &[7; 100]);
    let options = database::small(SyncMode::Always);
    let (opened, report) = database::open_reporting(&disk, &options);
    assert_eq!(report.damage.len(), 1);
    opened.unwrap().close().unwrap();
    for _ in 0..2 {
        let (opened, report) = database::open_reporting(&disk.crash(|| false), &options);
        assert_eq!(opened.unwrap().get(b"a").unwrap().as_deref(), Some(b"value".as_slice()));
        assert!(report.damage.is_empty());
    }
    // It is there for whoever wants to look into it.
    assert_eq!(disk.bytes(format!("{table}.unreadable")), Some(vec![7; 100]));
    database::open(&disk, &options).unwrap().close().unwrap();
    assert_eq!(disk.bytes(format!("{table}.unreadable")), Some(vec![7; 100]));
}

/// The new log got the name of the one that was there, and took its place; and so did each log after it.
#[test]
fn a_log_with_one_of_the_highest_numbers_is_not_replaced() {
    for number in [u64::MAX, u64::MAX - 1, 1 << 63] {
        let disk = database::new_disk();
        let (path, log) = (format!("{PATH}/wal/{number:020}.wal"), kevos_log(1, b"a", b"value"));
        disk.add_file(&path, &log);
        let options = database::small(SyncMode::Always);
        assert!(matches!(database::open(&disk, &options), Err(Error::TooLarge(_))));
        assert_eq!(disk.bytes(&path), Some(log));
        assert_eq!(disk.names(PATH), Some(vec!["LOCK".to_owned(), "wal".to_owned()]));
        let read_only = database::open(&disk, &DbOptions { read_only: true, ..options }).unwrap();
        assert_eq!(read_only.get(b"a").unwrap().as_deref(), Some(b"value".as_slice()));
    }
}

/// The logs that came after it were refused, though they were ours.
#[test]
fn after_a_log_with_the_highest_number_that_is_taken_all_of_ours_are() {
    let mut disk = database::new_disk();
    disk.add_file(format!("{PATH}/wal/{:020}.wal", (1_u64 << 63) - 1), &kevos_log(1, b"a", b"value"));
    let options = DbOptions { log_retention: 1 << 30, ..database::small(SyncMode::Always) };
    for number in 0..6_u8 {
        let opened = database::open(&disk, &options).unwrap();
        opened.put(b"b", &[number], WriteOptions::default()).unwrap();
        if number % 2 == 0 {
            opened.close().unwrap();
        } else {
            disk = disk.crash(|| true);
        }
    }
    assert_eq!(database::open(&disk, &options).unwrap().get(b"b").unwrap(), Some(vec![5]));
}

/// Such ages and numbers went on from zero, so that what came later was older. `VERSIONS` is rebuilt.
#[test]
fn ages_and_numbers_that_no_database_gets_to_are_damage() {
    for change in [Change::NextNumber(u64::MAX), Change::Foreign { name: b"x.sst", age: u64::MAX, level: 0, length: 0 }]
    {
        let disk = database::new_disk();
        disk.add_file(format!("{PATH}/VERSIONS"), &Edit::encode(&[change], 0, 7).unwrap());
        let (opened, report) = database::open_reporting(&disk, &database::small(SyncMode::Always));
        let opened = opened.unwrap();
        assert_eq!(report.damage.len(), 1);
        for value in [b"1", b"2", b"3"] {
            opened.put(b"a", value, WriteOptions::default()).unwrap();
            opened.flush().unwrap();
            assert_eq!(opened.get(b"a").unwrap().as_deref(), Some(value.as_slice()));
        }
    }
}

/// What logs hold was to be written into tables in a directory that was made only later.
#[test]
fn a_database_without_a_directory_for_tables_opens() {
    let disk = database::new_disk();
    disk.add_file(format!("{PATH}/wal/00000000000000000001.wal"), &kevos_log(1, b"a", b"value"));
    let options = database::small(SyncMode::Always);
    let opened = database::open(&disk, &options).unwrap();
    assert_eq!(opened.get(b"a").unwrap().as_deref(), Some(b"value".as_slice()));
}
