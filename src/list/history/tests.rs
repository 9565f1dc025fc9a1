use super::History;
use crate::Error;
use crate::list::shared::Shared;
use crate::log::format::entry::Entry;
use crate::log::testing::{full, put};
use crate::{Options, Order, recovery};
use std::fs;

fn recovered(order: Order) -> Shared {
    let directory = tempfile::tempdir().unwrap();
    let records = [full(put(1, "hot", "1")), full(put(9, "cold", "9")), full(put(2, "hot", "2"))];
    fs::write(directory.path().join("1.wal"), records.concat()).unwrap();
    Shared::new(
        recovery::read_log(&crate::disk::RealDisk, directory.path(), &Options { order, ..Options::default() }, None)
            .0
            .unwrap(),
    )
    .unwrap()
}

fn write(shared: &Shared, key: &str, sequence: u64) {
    let value = sequence.to_string();
    let entry = Entry { op: crate::Op::Put, sequence, key: key.as_bytes(), value: value.as_bytes() };
    shared.write(&entry, None).unwrap();
}

fn sequences<'a>(entries: impl Iterator<Item = Result<Entry<'a>, Error>>) -> Vec<u64> {
    entries.map(|entry| entry.unwrap().sequence).collect()
}

#[test]
fn entries_written_later_are_not_in_a_history() {
    for (order, all, newest) in
        [(Order::Log, [1, 9, 2, 7, 3], [9, 3].to_vec()), (Order::Sequence, [1, 2, 3, 7, 9], [7, 9].to_vec())]
    {
        let shared = recovered(order);
        write(&shared, "hot", 7);
        write(&shared, "hot", 3);
        let history = History::of(&shared).unwrap();
        let before = history.newest().unwrap();
        (10..1000).for_each(|sequence| write(&shared, "hot", sequence));
        assert_eq!(sequences(before), newest);
        assert_eq!(sequences(history.newest().unwrap()), newest);
        assert_eq!(sequences(history.all()), all);
    }
}

#[test]
fn a_recovered_version_may_be_newer_than_a_written_one() {
    let shared = recovered(Order::Sequence);
    write(&shared, "cold", 8);
    write(&shared, "new", 4);
    assert_eq!(sequences(History::of(&shared).unwrap().newest().unwrap()), [2, 4, 9]);
}
