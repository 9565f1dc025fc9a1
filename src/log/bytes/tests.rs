use super::{BatchBase, LogBytes};
use crate::log::batch::BatchRecord;
use crate::log::entry::{Entry, Op};
use crate::log::place::Place;
use crate::log::testing::{batch_record, delete, merge, put};
use memmap2::MmapMut;

fn log_of(bytes: &[u8], batches: Vec<BatchBase>) -> LogBytes {
    let mut room = MmapMut::map_anon(bytes.len()).unwrap();
    room.copy_from_slice(bytes);
    LogBytes::new(room, batches)
}

#[test]
fn an_entry_is_read_where_it_stands() {
    let entries = [put(1, "a", "value"), delete(u64::MAX, "b"), merge(3, "", "")];
    let log = log_of(&entries.concat(), Vec::new());
    let mut at = 0;
    for bytes in &entries {
        let (entry, place) = (Entry::parse(bytes).unwrap(), Place::of_entry(at));
        assert_eq!((log.entry(place), log.key(place), log.sequence(place)), (entry, entry.key, entry.sequence));
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
    let (mut bases, mut ops, mut start) = (Vec::new(), Vec::new(), 0);
    for bytes in &batches {
        let batch = BatchRecord::parse(bytes).unwrap();
        for (index, (at, entry)) in batch.ops().enumerate() {
            if index == 0 {
                bases.push(BatchBase { first_op: start + at, sequence: batch.base });
            }
            ops.push((Place::of_batch_op(start + at, index), entry));
        }
        start += bytes.len();
    }
    let log = log_of(&[batches.concat(), put(5, "e", "")].concat(), bases);
    assert_eq!(ops.len(), 4);
    for (place, entry) in ops {
        assert_eq!((log.entry(place), log.key(place), log.sequence(place)), (entry, entry.key, entry.sequence));
    }
    let behind = log.entry(Place::of_entry(start));
    assert_eq!(behind, Entry { op: Op::Put, sequence: 5, key: b"e", value: b"" });
}

#[test]
fn what_is_written_later_comes_behind_the_log() {
    let log = log_of(&put(1, "a", ""), Vec::new());
    assert!(log.end() > Place::of_batch_op(log.bytes.len() - 1, 10_000));
    assert!(log.end().next() > log.end());
}

#[test]
fn the_first_write_behind_an_empty_log_is_not_at_the_very_start() {
    // No version may rank behind all others: an iterator would not get past it.
    assert!(log_of(&[], Vec::new()).end() > Place::of_entry(0));
}
