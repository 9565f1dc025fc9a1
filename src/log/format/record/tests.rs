use super::{Header, Record, RecordType};
use crate::log::testing::{FIRST, FULL, LAST, MIDDLE, cut, flipped, full, patched, record};

#[test]
fn a_record_is_checksum_length_type_and_payload() {
    // The checksum is that of zlib, whose check value for these nine digits is 0xcbf43926.
    let bytes = *b"\x26\x39\xf4\xcb\x09\x00\x01123456789";
    assert_eq!(record(FULL, "123456789"), bytes);
    let record = Record::at(&bytes, 0).unwrap();
    assert_eq!((record.record_type, record.payload, record.len()), (RecordType::Full, &b"123456789"[..], bytes.len()));
}

#[test]
fn four_types_are_known() {
    let type_of = |record_type| Record::at(&record(record_type, "payload"), 0).map(|record| record.record_type);
    assert_eq!(type_of(FULL), Some(RecordType::Full));
    assert_eq!(type_of(FIRST), Some(RecordType::First));
    assert_eq!(type_of(MIDDLE), Some(RecordType::Middle));
    assert_eq!(type_of(LAST), Some(RecordType::Last));
    assert!([0].into_iter().chain(5..=255).all(|other| type_of(other).is_none()));
}

#[test]
fn a_record_may_start_at_any_offset_and_be_followed_by_anything() {
    let log = [vec![0xee; 13], full("payload"), vec![0xee; 3]].concat();
    assert_eq!(Record::at(&log, 13).unwrap().payload, b"payload");
    assert!((0..log.len() + 10).all(|offset| offset == 13 || Record::at(&log, offset).is_none()));
}

#[test]
fn a_record_that_is_not_complete_is_not_intact() {
    let whole = full("payload");
    assert!((0..whole.len()).all(|len| Record::at(&cut(whole.clone(), len), 0).is_none()));
}

#[test]
fn the_checksum_covers_the_payload() {
    for at in (0..4).chain(7..14) {
        assert!(Record::at(&flipped(full("payload"), at), 0).is_none(), "byte {at}");
    }
}

#[test]
fn the_checksum_does_not_cover_the_type() {
    let mistaken = patched(full("payload"), 6, &[LAST]);
    assert_eq!(Record::at(&mistaken, 0).unwrap().record_type, RecordType::Last);
}

#[test]
fn a_length_may_be_any_that_16_bits_can_express() {
    for len in [0, 1, 255, 256, 32768, 65535] {
        assert_eq!(Record::at(&full(vec![7; len]), 0).unwrap().payload.len(), len);
    }
}

#[test]
fn kevo_writes_fewer_lengths_than_a_header_can_express() {
    let is_legal = |record_type, len| Header::at(&record(record_type, vec![7; len]), 0).unwrap().is_legal();
    for (record_type, legal) in [(FULL, 13..=32768), (FIRST, 13..=32768), (MIDDLE, 32768..=32768), (LAST, 1..=32768)] {
        for len in [0, 1, 12, 13, 32767, 32768, 32769, 65535] {
            assert_eq!(is_legal(record_type, len), legal.contains(&len), "type {record_type}, length {len}");
        }
    }
    assert!(!is_legal(0, 100) && !is_legal(5, 100));
}

#[test]
fn a_header_takes_seven_bytes() {
    let bytes = full("");
    assert_eq!(bytes.len(), 7);
    assert!(Header::at(&bytes, 0).is_some());
    assert!(Header::at(&bytes, 1).is_none() && Header::at(&bytes, 7).is_none() && Header::at(&bytes, 8).is_none());
}
