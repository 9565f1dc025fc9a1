//! Compares lookups and walks of the crate's list with those of the model.

use kevo::{Iter, MemtableList};

use super::cursor::{Cursor, Move};
use super::engine;
use super::model::{Recovered, Scan, Version};

/// Looks up in the list and in each of its tables.
pub fn check_get(list: &MemtableList, expected: &Recovered, key: &[u8], bound: u64) {
    assert_eq!(engine::found(&list.get(key, bound).unwrap()), expected.get(key, bound), "{key:?} up to {bound}");
    for (index, table) in expected.memtables.iter().enumerate() {
        let memtable = list.memtable(index).expect("as many tables as the model has");
        let found = engine::found(&memtable.get(key, bound).unwrap());
        assert_eq!(found, table.get(key, bound), "{key:?} up to {bound} in table {index}");
    }
}

/// Looks all keys up at once. A key may be there several times.
pub fn check_multi_get(list: &MemtableList, expected: &Recovered, keys: &[Vec<u8>], bound: u64) {
    let mut found = Vec::new();
    list.multi_get(keys.iter().map(Vec::as_slice), bound, |lookup| found.push(engine::found(&lookup.unwrap())))
        .unwrap();
    let modelled: Vec<_> = keys.iter().map(|key| expected.get(key, bound)).collect();
    assert_eq!(found, modelled, "{keys:?} up to {bound}");
}

/// Walks through the whole list, and through one of its tables.
pub fn check_walks(list: &MemtableList, expected: &Recovered, scan: &Scan, moves: &[Move], table: usize) {
    let crate_scan = engine::to_crate_scan(scan);
    check_walk(&|| list.scan(&crate_scan).unwrap(), &expected.scan(scan), moves);
    let memtable = list.memtable(table).expect("as many tables as the model has");
    check_walk(&|| memtable.scan(&crate_scan).unwrap(), &expected.memtables[table].scan(scan), moves);
}

fn check_walk(iter: &dyn Fn() -> Iter, expected: &[Version], moves: &[Move]) {
    assert_eq!(engine::forward(&mut iter()), expected);
    let reversed: Vec<Version> = expected.iter().rev().cloned().collect();
    assert_eq!(engine::backward(&mut iter()), reversed);

    let mut iter = iter();
    let mut cursor = Cursor::new(expected);
    assert_eq!(engine::current(&iter), None);
    for (step, next) in moves.iter().enumerate() {
        let actual = (engine::make_move(&mut iter, next), engine::current(&iter));
        let modelled = (cursor.make_move(next), cursor.current().cloned());
        assert_eq!(actual, modelled, "after {:?}", &moves[..=step]);
    }
}
