use super::{ENTRY_HEADER_LEN, Entry, Op, claimed_len, first_fragment_len, is_known_op, least_len};
use crate::damage::Cause;
use crate::log::testing::{batch_record, cut, delete, merge, patched, put};

const KEY_LENGTH_AT: usize = 9;

#[test]
fn a_put_is_op_sequence_key_and_value_each_with_its_length() {
    let bytes = *b"\x01\x08\x07\x06\x05\x04\x03\x02\x01\x03\x00\x00\x00key\x05\x00\x00\x00value";
    assert_eq!(put(0x0102_0304_0506_0708, "key", "value"), bytes);
    let entry = Entry { op: Op::Put, sequence: 0x0102_0304_0506_0708, key: b"key", value: b"value" };
    assert_eq!(Entry::parse(&bytes), Ok(entry));
}

#[test]
fn a_delete_ends_with_its_key() {
    let bytes = *b"\x02\x01\x00\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00key";
    assert_eq!(delete(1, "key"), bytes);
    assert_eq!(Entry::parse(&bytes), Ok(Entry { op: Op::Delete, sequence: 1, key: b"key", value: b"" }));
    let with_value_length = [&bytes[..], &[0; 4]].concat();
    assert_eq!(Entry::parse(&with_value_length), Err(Cause::BytesLeftOver));
}

#[test]
fn a_merge_is_laid_out_as_a_put() {
    let bytes = patched(put(1, "key", "value"), 0, &[3]);
    assert_eq!(Entry::parse(&bytes), Ok(Entry { op: Op::Merge, sequence: 1, key: b"key", value: b"value" }));
}

#[test]
fn a_put_of_an_empty_value_is_not_a_delete() {
    let empty = put(u64::MAX, "", "");
    assert_eq!(Entry::parse(&empty), Ok(Entry { op: Op::Put, sequence: u64::MAX, key: b"", value: b"" }));
}

#[test]
fn an_entry_has_no_fewer_than_13_bytes() {
    assert!((0..13).all(|len| Entry::parse(&cut(put(1, "key", "value"), len)) == Err(Cause::EntryTooShort)));
    assert!(Entry::parse(&delete(1, "")).is_ok());
}

#[test]
fn an_entry_has_an_op_from_1_to_3() {
    for op in [0, 4, 5, 255] {
        assert_eq!(Entry::parse(&patched(put(1, "key", "value"), 0, &[op])), Err(Cause::UnknownOp));
    }
}

#[test]
fn a_key_ends_inside_its_entry() {
    for entry in [put(1, "key", ""), delete(1, "key"), merge(1, "key", "")] {
        assert!((13..16).all(|len| Entry::parse(&cut(entry.clone(), len)) == Err(Cause::KeyTooLong)));
        let claims_too_much = patched(entry, KEY_LENGTH_AT, &u32::MAX.to_le_bytes());
        assert_eq!(Entry::parse(&claims_too_much), Err(Cause::KeyTooLong));
    }
}

#[test]
fn a_value_ends_inside_its_entry() {
    for entry in [put(1, "key", "value"), merge(1, "key", "value")] {
        assert!((16..25).all(|len| Entry::parse(&cut(entry.clone(), len)) == Err(Cause::ValueTooLong)));
        assert_eq!(Entry::parse(&patched(entry, 16, &u32::MAX.to_le_bytes())), Err(Cause::ValueTooLong));
    }
}

#[test]
fn no_byte_may_be_left_over() {
    for entry in [put(1, "key", "value"), delete(1, "key"), merge(1, "key", "")] {
        assert_eq!(Entry::parse(&[entry, vec![0]].concat()), Err(Cause::BytesLeftOver));
    }
}

#[test]
fn the_length_of_an_entry_is_known_as_soon_as_its_lengths_are_there() {
    for (entry, lengths_end) in [
        (put(1, "key", "value"), 20),
        (delete(1, "key"), 13),
        (merge(1, "key", "value"), 20),
        (batch_record(1, 1, &[put(1, "key", "value")]), 13 + 12 + 5 + 3 + 4 + 5 + 4),
    ] {
        for len in 0..=entry.len() {
            let claimed = claimed_len(&cut(entry.clone(), len));
            assert_eq!(claimed, (len >= lengths_end).then_some(entry.len() as u64), "{len} bytes");
        }
    }
    let longest = patched(delete(1, ""), KEY_LENGTH_AT, &u32::MAX.to_le_bytes());
    assert_eq!(claimed_len(&longest), Some(13 + u64::from(u32::MAX)));
    assert_eq!(claimed_len(&patched(put(1, "key", "value"), 0, &[5])), None);
}

#[test]
fn an_entry_is_at_least_as_long_as_its_header_says() {
    let least = |entry: Vec<u8>| least_len(entry.first_chunk::<ENTRY_HEADER_LEN>().unwrap());
    assert_eq!(least(put(1, "key", "value")), 13 + 3 + 4);
    assert_eq!(least(merge(1, "key", "value")), 13 + 3 + 4);
    assert_eq!(least(delete(1, "key")), 13 + 3);
    assert_eq!(least(batch_record(1, 0, &[])), 13 + 12 + 4);
    assert_eq!(least(patched(put(1, "", ""), KEY_LENGTH_AT, &u32::MAX.to_le_bytes())), 17 + u64::from(u32::MAX));
}

#[test]
fn a_first_fragment_holds_the_header_and_as_much_of_the_key_as_fits() {
    for (key_len, expected) in [(0, 13), (1, 14), (32755, 32768), (32756, 32768), (u32::MAX, 32768)] {
        assert_eq!(first_fragment_len(key_len), expected);
    }
}

#[test]
fn the_op_of_a_batch_is_known_although_no_entry_has_it() {
    assert!((1..=4).all(is_known_op));
    assert!(!is_known_op(0) && !is_known_op(5));
    assert!(Op::from_byte(4).is_none());
}
