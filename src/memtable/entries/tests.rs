use super::{MemtableEntries, StoredEntry};
use crate::log::format::entry::{Entry, Op};
use crate::order::{Order, Point, Rank};
use std::sync::Arc;

/// A memtable to which these versions are written in this order: key, sequence number, value.
fn memtable_of(order: Order, versions: &[(&str, u64, &str)]) -> MemtableEntries {
    let memtable = MemtableEntries::default();
    for (index, (key, sequence, value)) in versions.iter().enumerate() {
        let entry = Entry { op: Op::Put, sequence: *sequence, key: key.as_bytes(), value: value.as_bytes() };
        let rank = Rank::new(order, 0, *sequence, 100 + index as u64);
        memtable.insert(Arc::new(StoredEntry::new(rank, &entry).unwrap()));
    }
    memtable
}

fn values(versions: impl Iterator<Item = Arc<StoredEntry>>) -> String {
    versions.map(|version| String::from_utf8(version.entry().value.to_vec()).unwrap()).collect()
}

fn forward(memtable: &MemtableEntries) -> String {
    values(memtable.ascending(Point::before(b"")))
}

const VERSIONS: [(&str, u64, &str); 5] = [("b", 5, "v"), ("a", 9, "w"), ("b", 3, "x"), ("", 1, "y"), ("b", 5, "z")];

#[test]
fn versions_are_in_order_of_keys_and_the_last_written_comes_first() {
    assert_eq!(forward(&memtable_of(Order::Log, &VERSIONS)), "ywzxv");
}

#[test]
fn in_order_of_sequence_the_highest_number_comes_first_and_then_the_last_written() {
    assert_eq!(forward(&memtable_of(Order::Sequence, &VERSIONS)), "ywzvx");
}

#[test]
fn entries_can_be_walked_backward() {
    for (order, expected) in [(Order::Log, "vxzwy"), (Order::Sequence, "xvzwy")] {
        let memtable = memtable_of(order, &VERSIONS);
        assert_eq!(values(memtable.descending(None)), expected);
        assert_eq!(values(memtable.descending(Some(Point::after(b"b")))), expected);
    }
}

#[test]
fn a_walk_starts_at_any_point() {
    let memtable = memtable_of(Order::Log, &VERSIONS);
    let from = |point| (values(memtable.ascending(point)), values(memtable.descending(Some(point))));
    let both = |ascending: &str, descending: &str| (ascending.to_owned(), descending.to_owned());
    assert_eq!(from(Point::before(b"")), both("ywzxv", ""));
    assert_eq!(from(Point::after(b"")), both("wzxv", "y"));
    assert_eq!(from(Point::before(b"b")), both("zxv", "wy"));
    assert_eq!(from(Point::before(b"aa")), both("zxv", "wy"));
    assert_eq!(from(Point::after(b"b")), both("", "vxzwy"));
    let middle = Rank::new(Order::Log, 0, 3, 102);
    assert_eq!(from(Point { key: b"b", rank: middle }), both("xv", "zwy"));
    assert_eq!(from(Point { key: b"b", rank: middle.next() }), both("v", "xzwy"));
}

#[test]
fn a_walk_sees_entries_that_are_written_ahead_of_it() {
    let memtable = memtable_of(Order::Log, &VERSIONS[..2]);
    let mut walk = memtable.ascending(Point::before(b""));
    assert_eq!(walk.next().unwrap().entry().value, b"w");
    let entry = Entry { op: Op::Put, sequence: 1, key: b"c", value: b"new" };
    memtable.insert(Arc::new(StoredEntry::new(Rank::new(Order::Log, 0, 1, 200), &entry).unwrap()));
    assert_eq!(values(walk), "vnew");
}

#[test]
fn the_newest_version_up_to_a_sequence_number_is_found() {
    let memtable = memtable_of(Order::Log, &VERSIONS);
    let newest = |key: &[u8], max_sequence| {
        let version = memtable.newest(key, Rank::NEWEST, |version| version.entry().sequence <= max_sequence)?;
        Some(String::from_utf8(version.entry().value.to_vec()).unwrap())
    };
    assert_eq!(newest(b"b", u64::MAX).as_deref(), Some("z"));
    assert_eq!(newest(b"b", 4).as_deref(), Some("x"));
    assert_eq!(newest(b"b", 2), None);
    assert_eq!(newest(b"a", 8), None);
    assert_eq!(newest(b"aa", u64::MAX), None);
}

#[test]
fn equal_writes_are_two_versions() {
    let memtable = memtable_of(Order::Sequence, &[("a", 1, "x"), ("a", 1, "x")]);
    assert_eq!(forward(&memtable), "xx");
    assert!(!memtable.is_empty());
    assert!(MemtableEntries::default().is_empty());
}
