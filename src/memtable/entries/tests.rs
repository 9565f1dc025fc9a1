use super::{MemtableEntries, StoredEntry};
use crate::log::format::entry::{Entry, Op};
use crate::order::{Order, Point, Rank};
use std::sync::Arc;

/// Writes these keys, numbers and values one after the other.
fn written(order: Order, versions: &[(&str, u64, &str)]) -> MemtableEntries {
    let written = MemtableEntries::default();
    for (index, (key, sequence, value)) in versions.iter().enumerate() {
        let entry = Entry { op: Op::Put, sequence: *sequence, key: key.as_bytes(), value: value.as_bytes() };
        let rank = Rank::new(order, 0, *sequence, 100 + index as u64);
        written.insert(Arc::new(StoredEntry::new(rank, &entry).unwrap()));
    }
    written
}

fn values(versions: impl Iterator<Item = Arc<StoredEntry>>) -> String {
    versions.map(|version| String::from_utf8(version.entry().value.to_vec()).unwrap()).collect()
}

fn forward(written: &MemtableEntries) -> String {
    values(written.ascending(Point::before(b"")))
}

const VERSIONS: [(&str, u64, &str); 5] = [("b", 5, "v"), ("a", 9, "w"), ("b", 3, "x"), ("", 1, "y"), ("b", 5, "z")];

#[test]
fn versions_stand_by_their_keys_the_last_written_first() {
    assert_eq!(forward(&written(Order::Log, &VERSIONS)), "ywzxv");
}

#[test]
fn or_the_highest_number_first_and_then_the_last_written() {
    assert_eq!(forward(&written(Order::Sequence, &VERSIONS)), "ywzvx");
}

#[test]
fn they_can_be_walked_backwards() {
    for (order, expected) in [(Order::Log, "vxzwy"), (Order::Sequence, "xvzwy")] {
        let written = written(order, &VERSIONS);
        assert_eq!(values(written.descending(None)), expected);
        assert_eq!(values(written.descending(Some(Point::after(b"b")))), expected);
    }
}

#[test]
fn a_walk_begins_at_a_point() {
    let written = written(Order::Log, &VERSIONS);
    let from = |point| (values(written.ascending(point)), values(written.descending(Some(point))));
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
fn a_walk_sees_what_is_written_in_front_of_it() {
    let written = written(Order::Log, &VERSIONS[..2]);
    let mut walk = written.ascending(Point::before(b""));
    assert_eq!(walk.next().unwrap().entry().value, b"w");
    let entry = Entry { op: Op::Put, sequence: 1, key: b"c", value: b"new" };
    written.insert(Arc::new(StoredEntry::new(Rank::new(Order::Log, 0, 1, 200), &entry).unwrap()));
    assert_eq!(values(walk), "vnew");
}

#[test]
fn the_newest_version_may_be_asked_for_up_to_a_bound() {
    let written = written(Order::Log, &VERSIONS);
    let newest = |key: &[u8], bound| {
        let version = written.newest(key, Rank::NEWEST, |version| version.entry().sequence <= bound)?;
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
    let written = written(Order::Sequence, &[("a", 1, "x"), ("a", 1, "x")]);
    assert_eq!(forward(&written), "xx");
    assert!(!written.is_empty());
    assert!(MemtableEntries::default().is_empty());
}
