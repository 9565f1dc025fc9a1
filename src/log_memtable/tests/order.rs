//! Runs: that they are few, and sorted whatever the keys are.

use super::model::History;
use super::{memtable, newest, written};
use crate::log_memtable::LogMemtable;
use crate::log_memtable::cursor::{SortedCursor, SortedSource};
use crate::order::{Direction, Point};

fn check_order(history: &History) {
    let (memtable, _writer) = written(history);
    let end = history.versions().len() as u64 + 1;
    let order: Vec<_> = memtable.newest_of_each_key(end).unwrap().map(super::version).collect();
    assert!(order.iter().eq(history.newest(end).values()));
}

#[test]
fn keys_of_every_shape_are_sorted() {
    let number = |number: u64| number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let shapes: [&dyn Fn(u64) -> Vec<u8>; 7] = [
        &|i| number(i).to_be_bytes().to_vec(),
        // Alike up to where no prefix of a run reaches.
        &|i| [&[b'p'; 40][..], &number(i).to_be_bytes()].concat(),
        &|i| [&[i as u8 % 3; 40][..], &number(i).to_be_bytes()].concat(),
        // Each begins with another one.
        &|i| vec![b'a'; number(i) as usize % 300],
        &|i| vec![0; number(i) as usize % 20],
        // Overwritten.
        &|i| (number(i) % 50).to_string().into_bytes(),
        &|_| b"one".to_vec(),
    ];
    for shape in shapes {
        let mut history = History::default();
        for i in 0..3000 {
            let value = i.to_string();
            history.add(&shape(i), (i % 7 != 0).then_some(value.as_bytes()));
        }
        check_order(&history);
    }
}

#[test]
fn order_can_be_asked_for_after_every_put_at_little_cost() {
    let (memtable, mut writer) = memtable();
    for number in 0..4000_u32 {
        writer.put(&number.wrapping_mul(0x9e37_79b9).to_be_bytes(), b"").unwrap();
        let runs = memtable.sorted(u64::MAX).unwrap();
        let rows = runs.iter().map(|run| run.len()).sum::<usize>();
        assert_eq!(rows, number as usize + 1, "each row is in one run");
        assert!(runs.len() <= 12 && runs.windows(2).all(|pair| pair[0].len() >= 2 * pair[1].len()), "{runs:?}");
    }
}

#[test]
fn runs_that_somebody_holds_stay_as_they_are() {
    let (memtable, mut writer) = memtable();
    writer.put(b"b", b"").unwrap();
    let first = memtable.sorted(2).unwrap();
    writer.put(b"a", b"").unwrap();
    assert!(std::sync::Arc::ptr_eq(&first[0], &memtable.sorted(2).unwrap()[0]), "nothing new below the end");
    let second = memtable.sorted(3).unwrap();
    assert_eq!((first.len(), first[0].len(), second.iter().map(|run| run.len()).sum::<usize>()), (1, 1, 2));
    assert!(!first[0].is_empty());
}

#[test]
fn what_is_not_there_has_no_order() {
    let (memtable, _writer) = LogMemtable::new(1, 0).unwrap();
    assert!(memtable.sorted(u64::MAX).unwrap().is_empty());
    assert_eq!(memtable.newest_of_each_key(u64::MAX).unwrap().count(), 0);
    assert_eq!(newest(&memtable, b"", u64::MAX), None);
}

#[test]
fn seeks_go_to_keys_that_are_not_like_those_of_the_run() {
    let (memtable, mut writer) = memtable();
    for key in ["prefix/b", "prefix/d", "prefix/c"] {
        writer.put(key.as_bytes(), b"").unwrap();
    }
    let source = SortedSource::new(&memtable, &memtable.sorted(4).unwrap()[0], 1, u64::MAX);
    let mut cursor = SortedCursor::new(&source, Point::before(b""), None, 4);
    let mut found = |key: &str, direction| {
        cursor.seek(Some(Point::before(key.as_bytes())));
        cursor.step(direction).map(|(row, _)| String::from_utf8(cursor.key(row).to_vec()).unwrap())
    };
    for before in ["", "a", "prefix", "prefix/", "prefix/a", "prefiw/zzzzzz", "prefix/b"] {
        assert_eq!(found(before, Direction::Forward).as_deref(), Some("prefix/b"), "{before}");
        assert_eq!(found(before, Direction::Backward), None, "{before}");
    }
    for after in ["q", "prefiy", "prefix0", "prefix/d\0", "prefix/e", "prefiy/aaaaaa"] {
        assert_eq!(found(after, Direction::Forward), None, "{after}");
        assert_eq!(found(after, Direction::Backward).as_deref(), Some("prefix/d"), "{after}");
    }
    assert_eq!(found("prefix/bb", Direction::Forward).as_deref(), Some("prefix/c"));
}
