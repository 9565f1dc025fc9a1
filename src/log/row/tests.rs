use super::Row;
use crate::log::format::batch::BatchRecord;
use crate::log::format::entry::Entry;
use crate::log::position::Position;
use crate::log::testing::{batch_record, delete, full, log_of, merge, put};

#[test]
fn entries_in_full_records_are_found_from_the_first() {
    let entries = [put(1, "a", "value"), delete(2, "key"), merge(3, "", ""), put(u64::MAX, "", "")];
    let log = log_of(&entries.iter().map(full).collect::<Vec<_>>().concat(), Vec::new());
    let row = Row { first: Position::of_entry(7), len: entries.len() };
    let found: Vec<Entry<'_>> = row.entries(&log).map(|(_, entry)| entry).collect();
    assert_eq!(found, entries.iter().map(|entry| Entry::parse(entry).unwrap()).collect::<Vec<_>>());
    for (position, entry) in row.entries(&log) {
        assert_eq!(log.entry(position), entry);
    }
}

#[test]
fn ops_of_a_batch_record_are_found_from_the_first_up_to_the_highest_number() {
    let ops = [put(0, "a", "value"), delete(0, "key"), merge(0, "m", "x"), put(0, "", "")];
    let base = u64::MAX - 3;
    let record = batch_record(base, 4, &ops);
    let batch = BatchRecord::parse(&record).unwrap();
    let first_op = 7 + batch.ops().next().unwrap().0;
    let log = log_of(&full(&record), vec![0]);
    let row = Row { first: Position::of_batch_op(first_op, 0), len: 4 };
    let expected: Vec<_> =
        batch.ops().enumerate().map(|(index, (at, entry))| (Position::of_batch_op(7 + at, index), entry)).collect();
    assert_eq!(row.entries(&log).collect::<Vec<_>>(), expected);
}
