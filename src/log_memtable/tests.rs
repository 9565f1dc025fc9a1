//! The memtable against a history: a list of all operations that were appended.

mod model;
mod order;
mod records;
mod threads;

use super::{LogMemtable, Operation, Writer};
use crate::log::format::entry::Entry;
use crate::table::hash;
use model::{History, Version};
use std::sync::Arc;

fn memtable() -> (Arc<LogMemtable>, Writer) {
    LogMemtable::new(1, 4096).unwrap()
}

fn newest(memtable: &LogMemtable, key: &[u8], end: u64) -> Option<Version> {
    memtable.newest(key, hash(key), end).map(version)
}

fn version(entry: Entry<'_>) -> Version {
    let value = (entry.op == crate::Op::Put).then(|| entry.value.to_vec());
    (entry.key.to_vec(), entry.sequence, value)
}

#[test]
fn the_newest_version_below_the_end_is_found() {
    let (memtable, mut writer) = LogMemtable::new(7, 4096).unwrap();
    assert_eq!((writer.put(b"a", b"1").unwrap(), writer.put(b"b", b"2").unwrap()), (7, 8));
    assert_eq!((writer.delete(b"a").unwrap(), writer.put(b"a", b"").unwrap(), writer.next_sequence()), (9, 10, 11));
    let found = |end| newest(&memtable, b"a", end).map(|(_, sequence, value)| (sequence, value));
    let expected = [None, None, Some((7, Some(b"1".to_vec()))), Some((7, Some(b"1".to_vec()))), Some((9, None))];
    assert_eq!([0, 7, 8, 9, 10].map(found), expected);
    assert_eq!([11, u64::MAX].map(found), [Some((10, Some(vec![]))), Some((10, Some(vec![])))]);
    assert_eq!(newest(&memtable, b"", u64::MAX), None);
}

#[test]
fn what_is_published_is_the_end() {
    let (memtable, mut writer) = LogMemtable::new(7, 0).unwrap();
    assert_eq!(memtable.visible_end(), 7);
    memtable.publish(writer.put(b"a", b"").unwrap() + 1);
    assert_eq!(memtable.visible_end(), 8);
}

#[test]
fn numbers_begin_with_1_and_end() {
    assert!(LogMemtable::new(0, 0).is_err());
    let (memtable, mut writer) = LogMemtable::new(u64::MAX - 1000, 0).unwrap();
    let written = (0..2000).take_while(|_| writer.put(b"key", b"").is_ok()).count();
    assert_eq!((written, memtable.len(), writer.next_sequence()), (1000, 1000, u64::MAX));
}

#[test]
fn sizes_are_counted_as_kevo_counts_them() {
    let (memtable, mut writer) = memtable();
    assert!(memtable.is_empty());
    writer.put(b"key", b"value").unwrap();
    writer.delete(b"key").unwrap();
    writer.append_raw(&[0; 50]).unwrap();
    assert_eq!((memtable.approximate_size(), memtable.len()), (3 + 5 + 16 + 3 + 16, 2));
    assert_eq!(memtable.log_len(), (7 + 13 + 3 + 4 + 5) + (7 + 13 + 3) + 50);
    assert_eq!(memtable.log_len(), writer.unwritten_len());
}

#[test]
fn a_small_memtable_takes_little_memory_and_a_large_one_not_much_more_than_it_holds() {
    let (memtable, mut writer) = LogMemtable::new(1, 32 << 10).unwrap();
    assert!(memtable.memory() < 6000, "{}", memtable.memory());
    writer.put(b"key", b"value").unwrap();
    assert!(memtable.memory() < 10_000, "{}", memtable.memory());
    let (memtable, mut writer) = LogMemtable::new(1, 8 << 20).unwrap();
    for number in 0..60_000_u32 {
        writer.put(&number.to_be_bytes(), &[1; 100]).unwrap();
    }
    let held = memtable.log_len() + 16 * 60_000 + 4 * (8 << 20) / 64;
    assert!((held..held + (2 << 20)).contains(&memtable.memory()), "{} {held}", memtable.memory());
    let before = memtable.memory();
    memtable.sorted(u64::MAX).unwrap();
    assert_eq!(memtable.memory(), before + 12 * 60_000);
}

#[test]
fn a_key_that_is_overwritten_often_does_not_stand_before_the_others_of_its_bucket() {
    let (memtable, mut writer) = LogMemtable::new(1, 0).unwrap();
    let keys: Vec<[u8; 4]> = (0..1000_u32).map(u32::to_be_bytes).collect();
    for key in &keys {
        writer.put(key, b"first").unwrap();
    }
    let chains = || keys.iter().map(|key| memtable.index().chain_len(hash(key))).collect::<Vec<_>>();
    let before = chains();
    for _ in 0..10_000 {
        writer.put(&keys[500], b"hot").unwrap();
    }
    assert_eq!(chains(), before);
    for key in &keys {
        let expected = if *key == keys[500] { &b"hot"[..] } else { b"first" };
        assert_eq!(newest(&memtable, key, u64::MAX).unwrap().2.unwrap(), expected);
    }
}

#[test]
fn batches_are_appended_whole() {
    let (memtable, mut writer) = memtable();
    writer.put(b"a", b"0").unwrap();
    let value = vec![7; 100_000];
    let operations = [
        Operation::Put { key: b"a", value: b"1" },
        Operation::Put { key: b"b", value: &value },
        Operation::Delete { key: b"c" },
        Operation::Put { key: b"a", value: b"2" },
    ];
    assert_eq!(writer.batch(0, operations.into_iter(), |mark, _| assert!(mark.is_empty())).unwrap(), 2..6);
    assert_eq!(newest(&memtable, b"a", 2), Some((b"a".to_vec(), 1, Some(b"0".to_vec()))));
    assert_eq!(newest(&memtable, b"a", 6), Some((b"a".to_vec(), 5, Some(b"2".to_vec()))));
    assert_eq!(newest(&memtable, b"b", 6), Some((b"b".to_vec(), 3, Some(value))));
    assert_eq!(newest(&memtable, b"c", 6), Some((b"c".to_vec(), 4, None)));
    assert_eq!(writer.batch(9, [].into_iter(), |mark, batch| mark[0] = batch.count as u8).unwrap(), 6..6);
    assert_eq!((memtable.len(), memtable.approximate_size()), (5, 5 + 100_003 + 16 * 5));
}

#[test]
fn a_key_or_value_of_4_gib_is_refused() {
    // Zeroed memory that is never touched.
    let Ok(long) = super::zeroed::zeroed::<u8>(1 << 32) else { return };
    let (memtable, mut writer) = memtable();
    assert!(writer.put(&long, b"").is_err());
    assert!(writer.put(b"", &long).is_err());
    let operations = [Operation::Put { key: b"a", value: b"1" }, Operation::Delete { key: &long }];
    assert!(writer.batch(20, operations.into_iter(), |_, _| unreachable!()).is_err());
    assert_eq!((memtable.len(), memtable.log_len(), writer.unwritten_len()), (0, 0, 0));
    assert_eq!(newest(&memtable, b"a", u64::MAX), None);
}

/// Puts a history into a memtable, one by one.
fn written(history: &History) -> (Arc<LogMemtable>, Writer) {
    let (memtable, mut writer) = memtable();
    for (key, _, value) in history.versions() {
        match value {
            Some(value) => writer.put(key, value).unwrap(),
            None => writer.delete(key).unwrap(),
        };
    }
    (memtable, writer)
}
