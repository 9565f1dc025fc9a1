use super::{BatchHeader, BatchRecord};
use crate::damage::Cause;
use crate::log::format::entry::{Entry, Op};
use crate::log::format::payload::Payload;
use crate::log::testing::{batch_header, batch_record, cut, delete, merge, patched, put};

const KEY_LENGTH_AT: usize = 9;
const COUNT_AT: usize = 13;
const FIRST_OP_AT: usize = 25;

/// A batch of a put, a delete and a merge.
fn sample() -> Vec<u8> {
    batch_record(7, 3, &[put(0, "a", "1"), delete(0, "bc"), merge(0, "", "34")])
}

fn parse(payload: &[u8]) -> Result<Vec<Entry<'_>>, Cause> {
    BatchRecord::parse(payload).map(|batch| batch.ops().map(|(_, entry)| entry).collect())
}

#[test]
fn a_batch_record_is_an_entry_whose_key_is_count_base_and_ops() {
    let bytes = [
        &b"\x04\x07\0\0\0\0\0\0\0\x1d\0\0\0"[..], // op, sequence, key length
        b"\x02\0\0\0\x07\0\0\0\0\0\0\0",          // count, base
        b"\x01\x01\0\0\0k\x01\0\0\0v",            // put: op, key length, key, value length, value
        b"\x02\x01\0\0\0k",                       // delete: op, key length, key
        b"\0\0\0\0",                              // value length
    ]
    .concat();
    assert_eq!(batch_record(7, 2, &[put(0, "k", "v"), delete(0, "k")]), bytes);
    assert!(matches!(Payload::parse(&bytes), Ok(Payload::BatchRecord(_))));
}

#[test]
fn ops_keep_their_order_and_are_numbered_from_the_base_on() {
    let expected = [
        Entry { op: Op::Put, sequence: 7, key: b"a", value: b"1" },
        Entry { op: Op::Delete, sequence: 8, key: b"bc", value: b"" },
        Entry { op: Op::Merge, sequence: 9, key: b"", value: b"34" },
    ];
    assert_eq!(parse(&sample()).unwrap(), expected);
    let payload = sample();
    let batch = BatchRecord::parse(&payload).unwrap();
    assert_eq!((batch.count, batch.base, batch.last), (3, 7, 9));
}

#[test]
fn each_op_comes_with_its_offset() {
    let payload = sample();
    let offsets: Vec<_> = BatchRecord::parse(&payload).unwrap().ops().map(|(offset, _)| offset).collect();
    assert_eq!(offsets, [FIRST_OP_AT, FIRST_OP_AT + 11, FIRST_OP_AT + 11 + 7]);
}

#[test]
fn the_base_in_the_key_counts_not_the_number_of_the_record() {
    let payload = patched(sample(), 1, &99_u64.to_le_bytes());
    assert_eq!(parse(&payload).unwrap()[0].sequence, 7);
}

#[test]
fn a_batch_of_no_ops_is_valid_and_has_the_number_of_its_record() {
    for base in [7, u64::MAX] {
        let payload = patched(batch_record(base, 0, &[]), 1, &99_u64.to_le_bytes());
        let batch = BatchRecord::parse(&payload).unwrap();
        assert_eq!((batch.count, batch.last, batch.ops().count()), (0, 99, 0));
    }
}

#[test]
fn a_batch_may_not_go_past_the_highest_number() {
    let ops = [delete(0, "a"), delete(0, "b")];
    let payload = batch_record(u64::MAX - 1, 2, &ops);
    assert_eq!(parse(&payload).unwrap()[1].sequence, u64::MAX);
    assert_eq!(parse(&batch_record(u64::MAX, 2, &ops)), Err(Cause::BadBatch));
}

#[test]
fn a_batch_holds_as_many_ops_as_it_counts() {
    for count in [0, 1, 2, 4, 1000, u32::MAX] {
        let payload = patched(sample(), COUNT_AT, &count.to_le_bytes());
        assert_eq!(parse(&payload), Err(Cause::BadBatch), "{count} counted");
    }
}

#[test]
fn an_op_is_a_put_a_delete_or_a_merge() {
    for op in [0, 4, 5, 255] {
        assert_eq!(parse(&patched(sample(), FIRST_OP_AT, &[op])), Err(Cause::BadBatch));
    }
}

#[test]
fn an_op_ends_inside_its_batch() {
    let too_long = u32::MAX.to_le_bytes();
    assert_eq!(parse(&patched(sample(), FIRST_OP_AT + 1, &too_long)), Err(Cause::BadBatch));
    assert_eq!(parse(&patched(sample(), FIRST_OP_AT + 6, &too_long)), Err(Cause::BadBatch));
    // It may not reach into the length of the batch's own value either.
    let last_value_length = sample().len() - 4 - 2 - 4;
    for len in 3..=6 {
        assert_eq!(parse(&patched(sample(), last_value_length, &[len])), Err(Cause::BadBatch));
    }
}

#[test]
fn ops_fill_their_batch() {
    let last_value_length = sample().len() - 4 - 2 - 4;
    assert_eq!(parse(&patched(sample(), last_value_length, &[1])), Err(Cause::BadBatch));
}

#[test]
fn the_value_of_a_batch_is_empty() {
    let end = sample().len();
    let payload = [patched(sample(), end - 4, &[1]), vec![0]].concat();
    assert_eq!(parse(&payload), Err(Cause::BadBatch));
}

#[test]
fn a_value_is_not_empty_even_if_it_goes_on_with_ops() {
    // After the key come the length of the value, 258, and the value. Without their last four bytes they look like two
    // deletes.
    let value = [&b"\0k"[..], &[2, 247, 0, 0, 0], &[b'k'; 247], &[0; 4]].concat();
    let value_with_length = [vec![2, 1, 0, 0], value].concat();
    let sample = sample();
    let payload = [&sample[..sample.len() - 4], &value_with_length].concat();
    assert_eq!(parse(&patched(payload, COUNT_AT, &[5])), Err(Cause::BadBatch));
}

#[test]
fn a_batch_is_long_enough_for_count_and_base() {
    for key_len in 0..12 {
        let whole = batch_record(7, 0, &[]);
        let payload = [&whole[..13 + key_len], &[0; 4]].concat();
        let payload = patched(payload, KEY_LENGTH_AT, &[key_len as u8]);
        assert_eq!(parse(&payload), Err(Cause::BadBatch), "{key_len} bytes of key");
    }
}

#[test]
fn a_batch_record_is_a_whole_entry() {
    let len = sample().len();
    assert_eq!(parse(&cut(sample(), 12)), Err(Cause::EntryTooShort));
    assert_eq!(parse(&cut(sample(), len - 5)), Err(Cause::KeyTooLong));
    assert_eq!(parse(&cut(sample(), len - 1)), Err(Cause::ValueTooLong));
    assert_eq!(parse(&[sample(), vec![0]].concat()), Err(Cause::BytesLeftOver));
}

#[test]
fn a_batch_header_is_13_bytes_with_the_count_instead_of_the_key_length() {
    let bytes = *b"\x04\x07\0\0\0\0\0\0\0\x03\0\0\0";
    assert_eq!(batch_header(7, 3), bytes);
    let Ok(Payload::BatchHeader(header)) = Payload::parse(&bytes) else { panic!("it is a header") };
    assert_eq!((header.base, header.count), (7, 3));
}

#[test]
fn a_batch_of_13_bytes_is_a_header_and_no_other_is() {
    assert!(matches!(Payload::parse(&batch_header(7, 0)), Ok(Payload::BatchHeader(_))));
    assert_eq!(Payload::parse(&cut(batch_header(7, 0), 12)).unwrap_err(), Cause::EntryTooShort);
    assert_eq!(Payload::parse(&[batch_header(7, 0), vec![0]].concat()).unwrap_err(), Cause::ValueTooLong);
    assert!(matches!(Payload::parse(&delete(7, "")), Ok(Payload::Entry(_))));
}

#[test]
fn a_header_may_not_announce_numbers_past_the_highest() {
    let parse = |base, count| BatchHeader::parse(&batch_header(base, count)).map(|header| header.count);
    assert_eq!(parse(u64::MAX, 0), Ok(0));
    assert_eq!(parse(u64::MAX, 1), Ok(1));
    assert_eq!(parse(u64::MAX, 2), Err(Cause::BadBatch));
    let highest_base = u64::MAX - u64::from(u32::MAX) + 1;
    assert_eq!(parse(highest_base, u32::MAX), Ok(u64::from(u32::MAX)));
    assert_eq!(parse(highest_base + 1, u32::MAX), Err(Cause::BadBatch));
}
