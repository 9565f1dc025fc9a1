use crate::log::format::batch::{Batch, BatchRecord};
use crate::log::format::entry::{Entry, Op};
use crate::log::format::record::HEADER_LEN;
use crate::log::position::Position;
use crate::log::testing::{batch_header, batch_record, delete, full, log_of, merge, put};

#[test]
fn an_entry_is_read_where_it_stands() {
    let entries = [put(1, "a", "value"), delete(u64::MAX, "b"), merge(3, "", "")];
    let log = log_of(&entries.concat(), Vec::new());
    let mut at = 0;
    for bytes in &entries {
        let (entry, position) = (Entry::parse(bytes).unwrap(), Position::of_entry(at));
        assert_eq!(
            (log.entry(position), log.key(position), log.sequence(position)),
            (entry, entry.key, entry.sequence)
        );
        at += bytes.len();
    }
}

#[test]
fn ops_of_batch_records_are_numbered_from_their_own_batchs_base() {
    let batches = [
        batch_record(100, 2, &[put(0, "a", "1"), delete(0, "b")]),
        batch_record(7, 1, &[merge(0, "c", "3")]),
        batch_record(u64::MAX, 1, &[put(0, "d", "4")]),
    ];
    let (mut log, mut records, mut ops) = (Vec::new(), Vec::new(), Vec::new());
    for payload in &batches {
        records.push(log.len());
        let batch = BatchRecord::parse(payload).unwrap();
        let position = |index, at| Position::of_batch_op(log.len() + HEADER_LEN + at, index);
        ops.extend(batch.ops().enumerate().map(|(index, (at, entry))| (position(index, at), entry)));
        log.extend(full(payload));
    }
    let start = log.len();
    let log = log_of(&[log, put(5, "e", "")].concat(), records);
    assert_eq!(ops.len(), 4);
    for (position, entry) in ops {
        assert_eq!(
            (log.entry(position), log.key(position), log.sequence(position)),
            (entry, entry.key, entry.sequence)
        );
    }
    let last = log.entry(Position::of_entry(start));
    assert_eq!(last, Entry { op: Op::Put, sequence: 5, key: b"e", value: b"" });
}

#[test]
fn what_is_written_later_comes_after_the_log() {
    let log = log_of(&put(1, "a", ""), Vec::new());
    assert!(log.end() > Position::of_batch_op(log.bytes.len() - 1, 10_000));
}

#[test]
fn the_first_write_after_an_empty_log_is_not_at_the_very_start() {
    // No version may be older than all others can be: an iterator would not get past it.
    assert!(log_of(&[], Vec::new()).end() > Position::of_entry(0));
}

#[test]
fn a_batch_says_how_many_ops_it_has_and_how_they_are_numbered() {
    let records = [full(batch_header(7, 5)), full(batch_record(u64::MAX, 1, &[put(0, "a", "1")]))];
    let log = log_of(&records.concat(), vec![0, records[0].len()]);
    let batches: Vec<Batch> = log.batches().iter().map(|&record| log.batch(record)).collect();
    assert_eq!(batches, [Batch { base: 7, count: 5 }, Batch { base: u64::MAX, count: 1 }]);
    assert_eq!([batches[0].last(), batches[1].last()], [11, u64::MAX]);
}
