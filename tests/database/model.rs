//! Random histories of a database, under random options, against an ordered map. `.ci/engine` makes many more.

use crate::support::database::{self};
use crate::support::database_model::check_seed;
use kevo::Scan;
use kevo::db::{Batch, CompactionStyle, DbOptions, SyncMode, WriteOptions};

#[test]
fn short_histories_show_what_was_written() {
    (0..40).for_each(|seed| check_seed(seed, 40));
}

#[test]
fn longer_histories_show_what_was_written() {
    (1000..1006).for_each(|seed| check_seed(seed, 200));
}

/// What tables say of their bounds is the first 65,535 bytes of a key.
#[test]
fn keys_that_differ_late_keep_their_order() {
    let disk = database::new_disk();
    let options = DbOptions { table_size: 1, ..database::small(SyncMode::Always) };
    let keys: Vec<Vec<u8>> = (65_533..65_541).map(|len| vec![b'k'; len]).collect();
    let opened = database::open(&disk, &options).unwrap();
    let mut batch = Batch::new();
    for key in &keys {
        batch.put(key, &key[..20]).unwrap();
    }
    opened.write(&batch, WriteOptions::default()).unwrap();
    opened.close().unwrap();
    for _ in 0..2 {
        let opened = database::open(&disk, &options).unwrap();
        opened.flush().unwrap();
        assert!(database::contents(&opened).unwrap().into_keys().eq(keys.iter().cloned()));
        let mut entries = opened.iterator(&Scan::default()).unwrap();
        for key in &keys {
            assert!(entries.seek(key).unwrap() && entries.entry().unwrap().key == key);
            assert!(entries.seek_for_prev(key).unwrap() && entries.entry().unwrap().key == key);
        }
        opened.close().unwrap();
    }
}

/// The second part has no age of its own between its newest run and that of the first part.
#[test]
fn compacting_parts_one_after_another_compacts_all() {
    let disk = database::new_disk();
    let options = DbOptions { compaction: CompactionStyle::None, table_size: 1, ..database::small(SyncMode::None) };
    let opened = database::open(&disk, &DbOptions { memtable_size: Some(100_000), ..options }).unwrap();
    let keys: Vec<[u8; 2]> = (b'a'..=b'z').map(|letter| [letter; 2]).collect();
    for key in &keys {
        opened.put(key, b"value", WriteOptions::default()).unwrap();
    }
    opened.flush().unwrap();
    for key in keys.iter().step_by(2) {
        opened.delete(key, WriteOptions::default()).unwrap();
    }
    opened.compact(b"", Some(b"m")).unwrap();
    opened.compact(b"m", None).unwrap();
    let mut entries = opened.iterator(&Scan { tombstones: true, ..Scan::default() }).unwrap();
    for key in keys.iter().skip(1).step_by(2) {
        assert!(entries.next().unwrap() && entries.entry().unwrap().key == key, "a tombstone is left");
    }
    assert!(!entries.next().unwrap());
}

#[test]
#[ignore = "for .ci/engine"]
fn any_number_of_histories_show_what_was_written() {
    database::for_any_time(|seed| check_seed(seed, 50 << (seed % 5)));
}

#[test]
fn a_log_size_below_that_of_a_start_mark_ends_a_log_after_each_write() {
    let directory = tempfile::tempdir().unwrap();
    let options = DbOptions { log_size: 1, ..DbOptions::default() };
    let database = kevo::db::Database::open(directory.path(), &options, None).0.unwrap();
    for key in 0..20_u8 {
        database.put(&[key], b"value", WriteOptions::default()).unwrap();
    }
    database.close().unwrap();
    let database = kevo::db::Database::open(directory.path(), &options, None).0.unwrap();
    assert!((0..20_u8).all(|key| database.get(&[key]).unwrap().as_deref() == Some(b"value")));
}
