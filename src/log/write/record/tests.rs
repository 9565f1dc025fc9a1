use super::{MAX_RECORD_LEN, Records, encode_whole, encoded_len};
use crate::log::format::entry::{Entry, Op};
use crate::log::testing::{chain, delete, full, put};

/// The records of an entry, each by itself.
fn records(entry: &Entry<'_>) -> Vec<Vec<u8>> {
    let mut records = Records::of(entry);
    let next = || {
        let mut record = Vec::new();
        records.encode_next(&mut record).unwrap().then_some(record)
    };
    std::iter::from_fn(next).collect()
}

#[test]
fn an_entry_that_fits_is_one_record() {
    let entry = Entry { op: Op::Put, sequence: 7, key: b"key", value: b"value" };
    assert_eq!(records(&entry), [full(put(7, "key", "value"))]);
    let entry = Entry { op: Op::Delete, sequence: u64::MAX, key: b"", value: b"" };
    assert_eq!(records(&entry), [full(delete(u64::MAX, ""))]);
}

#[test]
fn an_entry_that_fits_can_be_written_in_place() {
    for (op, key_len, value_len) in [(Op::Put, 3, 5), (Op::Put, 0, 32751), (Op::Delete, 32755, 0), (Op::Merge, 9, 0)] {
        let (key, value) = (vec![b'k'; key_len], vec![b'v'; value_len]);
        let entry = Entry { op, sequence: 7, key: &key, value: &value };
        let mut record = vec![0xff; encoded_len(&entry) as usize];
        encode_whole(&entry, &mut record);
        assert_eq!([record], records(&entry)[..], "{key_len} {value_len}");
    }
}

#[test]
fn an_entry_that_does_not_fit_is_cut_into_fragments() {
    for (key_len, value_len) in
        [(3, 32768 - 13 - 7 + 1), (40_000, 0), (1, 100_000), (32_755, 1), (32_756, 3 * 32768), (1, 32764), (2, 65532)]
    {
        let (key, value) = (vec![b'k'; key_len], vec![b'v'; value_len]);
        let entry = Entry { op: Op::Put, sequence: 7, key: &key, value: &value };
        let records = records(&entry);
        assert_eq!(records, chain(&put(7, &key, &value)), "{key_len} {value_len}");
        assert!(records.iter().all(|record| record.len() <= MAX_RECORD_LEN));
    }
}

#[test]
fn how_long_an_entry_will_be_is_known_before() {
    for key_len in [0, 1, 32_755, 32_756, 70_000] {
        for value_len in [0, 1, 32_731, 32_732, 32_750, 32_751, 32_752, 65_519, 65_520, 200_000] {
            let (key, value) = (vec![1; key_len], vec![2; value_len]);
            for op in [Op::Put, Op::Delete] {
                let value = if op == Op::Delete { &[][..] } else { &value };
                let entry = Entry { op, sequence: 1, key: &key, value };
                assert_eq!(records(&entry).concat().len() as u64, encoded_len(&entry), "{op:?} {key_len} {value_len}");
            }
        }
    }
}

#[test]
fn records_are_appended_to_what_the_buffer_holds() {
    let entry = Entry { op: Op::Put, sequence: 7, key: b"key", value: b"value" };
    let mut buffer = b"before".to_vec();
    assert!(Records::of(&entry).encode_next(&mut buffer).unwrap());
    assert_eq!(buffer, [b"before".to_vec(), full(put(7, "key", "value"))].concat());
}
