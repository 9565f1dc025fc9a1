use super::{Checksums, Damaged, Resumption};
use crate::log::testing::{
    FIRST, FULL, LAST, MIDDLE, batch_header, batch_record, chain, cut, delete, flipped, full, merge, patched, put,
    read, record, text,
};
use std::slice;

const LENGTH_AT: usize = 4;
const TYPE_AT: usize = 6;
const KEY_LENGTH_AT: usize = 7 + 9;

/// Where reading continues after the damaged record at the start of the file.
fn resume(parts: &[Vec<u8>]) -> Resumption {
    resume_with(parts, None, None)
}

fn resume_in_chain(missing: Option<u64>, parts: &[Vec<u8>]) -> Resumption {
    resume_with(parts, missing, None)
}

fn resume_after(last_sequence: u64, parts: &[Vec<u8>]) -> Resumption {
    resume_with(parts, None, Some(last_sequence))
}

fn resume_with(parts: &[Vec<u8>], missing: Option<u64>, last_sequence: Option<u64>) -> Resumption {
    let log = &parts.concat();
    let zeros_from = log.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
    let checksums = &mut Checksums::default();
    Damaged { log, checksums, offset: 0, zeros_from, missing, last_sequence }.resume()
}

/// The record with a wrong checksum.
fn with_wrong_checksum(record: Vec<u8>) -> Vec<u8> {
    flipped(record, 0)
}

fn with_length(record: Vec<u8>, length: u16) -> Vec<u8> {
    patched(record, LENGTH_AT, &length.to_le_bytes())
}

fn with_key_length(record: Vec<u8>, length: u32) -> Vec<u8> {
    patched(record, KEY_LENGTH_AT, &length.to_le_bytes())
}

fn a_put() -> Vec<u8> {
    full(put(1, "key", "value"))
}

/// A record that only a search would find: no record follows it.
fn forged() -> Vec<u8> {
    [full(put(2, "forged", "forged")), vec![0xee; 9]].concat()
}

/// Damaged bytes after which only a search finds the next record.
fn garbage(len: usize) -> Vec<u8> {
    vec![0xee; len]
}

// Rule 2a: the end is known.

#[test]
fn if_the_checksum_matches_the_length_in_the_payload_only_the_header_is_damaged() {
    for entry in [put(1, "key", "value"), put(1, "", ""), delete(1, "key"), merge(1, "key", "value")] {
        let sound = full(entry);
        for damaged in [
            with_length(sound.clone(), 0),
            with_length(sound.clone(), u16::MAX),
            patched(sound.clone(), TYPE_AT, &[0]),
            patched(sound.clone(), TYPE_AT, &[77]),
            patched(sound.clone(), LENGTH_AT, &[0xee; 3]),
        ] {
            let end = Resumption::At(sound.len());
            assert_eq!(resume(slice::from_ref(&damaged)), end);
            assert_eq!(resume(&[damaged, garbage(100)]), end);
        }
    }
}

#[test]
fn the_length_in_the_payload_of_a_batch_record_may_be_any_that_a_record_can_have() {
    let value = vec![0xee; 40000];
    let sound = full(batch_record(1, 2, &[put(1, "a", value), delete(2, "b")]));
    assert_eq!(resume(&[with_length(sound.clone(), 9)]), Resumption::At(sound.len()));
    let claims_too_much = with_length(with_key_length(sound.clone(), 65536), 9);
    assert_eq!(resume(&[claims_too_much]), Resumption::CorruptTail);
}

#[test]
fn a_batch_header_is_13_bytes_long_where_its_record_says_so() {
    let damaged = patched(full(batch_header(1, 2)), TYPE_AT, &[0]);
    assert_eq!(resume(slice::from_ref(&damaged)), Resumption::At(20));
    // Otherwise it is taken for a batch record, and the length of that is not in these bytes.
    assert_eq!(resume(&[with_length(damaged, 12), garbage(9)]), Resumption::CorruptTail);
}

#[test]
fn an_entry_that_is_too_long_for_one_record_ends_with_its_first_fragment() {
    for entry in [put(1, "key", vec![7; 40000]), put(1, vec![7; 32752], ""), delete(1, vec![7; 32756])] {
        let fragments = chain(&entry);
        let end = Resumption::At(fragments[0].len());
        for damaged in [with_length(fragments[0].clone(), 9), patched(fragments[0].clone(), TYPE_AT, &[0])] {
            assert_eq!(resume(&[&[damaged], &fragments[1..]].concat()), end);
        }
    }
}

#[test]
fn the_end_by_the_header_is_confirmed_by_an_intact_record() {
    for next in [
        full(put(2, "a", "")),
        record(FIRST, "short"),
        record(MIDDLE, "short"),
        record(LAST, ""),
        record(FULL, "not an entry"),
    ] {
        for damaged in [
            with_wrong_checksum(a_put()),
            flipped(a_put(), 25),
            patched(a_put(), TYPE_AT, &[0]),
            patched(a_put(), 7, &[0; 20]),
            patched(a_put(), 7, &[0xff; 20]),
        ] {
            assert_eq!(resume(&[damaged, next.clone()]), Resumption::At(a_put().len()));
        }
    }
}

#[test]
fn an_empty_record_may_be_the_damaged_one() {
    assert_eq!(resume(&[with_wrong_checksum(record(FULL, "")), a_put()]), Resumption::At(7));
}

#[test]
fn the_end_by_the_payload_is_confirmed_by_an_intact_record() {
    for next in [full(put(2, "a", "")), record(LAST, "")] {
        let damaged = with_length(with_wrong_checksum(a_put()), 9);
        assert_eq!(resume(&[damaged, next]), Resumption::At(a_put().len()));
    }
}

#[test]
fn the_end_by_the_header_is_tried_before_the_end_by_the_payload() {
    let stored = full(put(9, "forged", "forged"));
    let entry = put(1, "key", [stored, vec![0xee; 9]].concat());
    // The value's length is damaged so that it ends where the stored record starts.
    let damaged = patched(full(&entry), 7 + 13 + 3, &0_u32.to_le_bytes());
    assert_eq!(resume(&[damaged, a_put()]), Resumption::At(7 + entry.len()));
}

#[test]
fn an_end_that_no_intact_record_confirms_is_not_used() {
    let damaged = with_length(with_wrong_checksum(a_put()), 40000);
    assert_eq!(resume(&[damaged.clone(), with_wrong_checksum(a_put())]), Resumption::CorruptTail);
    assert_eq!(resume(&[damaged.clone(), cut(a_put(), 10)]), Resumption::CorruptTail);
    assert_eq!(resume(&[damaged, patched(a_put(), TYPE_AT, &[5])]), Resumption::CorruptTail);
}

#[test]
fn an_unknown_op_tells_no_length() {
    for op in [0, 5, 255] {
        let mut payload = put(1, "key", "value");
        payload[0] = op;
        let damaged = with_length(full(payload), 9);
        assert_eq!(resume(&[damaged]), Resumption::CorruptTail);
    }
}

// Rule 2b: an interrupted write. Each is followed by a record that a search would find.

#[test]
fn fewer_than_seven_bytes_are_an_interrupted_write() {
    for len in 1..7 {
        assert_eq!(resume(&[cut(a_put(), len)]), Resumption::TornTail);
        assert_eq!(resume(&[vec![0xee; len]]), Resumption::TornTail);
        assert_eq!(resume(&[vec![0xee; len], vec![0; 4096]]), Resumption::TornTail);
    }
    assert_eq!(resume(&[vec![0xee; 7]]), Resumption::CorruptTail);
}

#[test]
fn zeros_to_the_end_are_an_interrupted_write() {
    for len in [1, 6, 7, 20, 4096] {
        assert_eq!(resume(&[vec![0; len]]), Resumption::TornTail);
    }
}

#[test]
fn zeros_with_a_record_after_them_are_corruption() {
    for len in [1, 6, 7, 20, 4096] {
        assert_eq!(resume(&[vec![0; len], a_put()]), Resumption::At(len));
    }
}

#[test]
fn a_record_may_be_cut_off_anywhere() {
    let value = [forged(), forged()].concat();
    for whole in [
        full(put(1, "key", &value)),
        full(delete(1, forged())),
        full(merge(1, "key", &value)),
        full(batch_record(1, 1, &[put(1, "key", &value)])),
        full(batch_header(1, 2)),
        chain(&put(1, "key", [&value[..], &vec![0xee; 40000]].concat())).swap_remove(0),
        chain(&put(1, forged().repeat(1000), "")).swap_remove(0),
    ] {
        for len in (1..whole.len()).rev().take(200).chain(1..100.min(whole.len())) {
            assert_eq!(resume(&[cut(whole.clone(), len)]), Resumption::TornTail, "{len} of {}", whole.len());
        }
    }
}

#[test]
fn bytes_that_were_not_written_may_be_zeros() {
    let whole = full(put(1, "key".repeat(100), forged().repeat(10)));
    for len in 1..whole.len() {
        for zeros in [whole.len() - len, 4096] {
            assert_eq!(
                resume(&[cut(whole.clone(), len), vec![0; zeros]]),
                Resumption::TornTail,
                "{len}, {zeros} zeros"
            );
        }
    }
}

#[test]
fn the_last_record_of_a_file_may_be_complete_and_wrong() {
    assert_eq!(resume(&[with_wrong_checksum(full(put(1, "key", forged())))]), Resumption::TornTail);
    assert_eq!(resume(&[with_wrong_checksum(full(put(1, "key", forged()))), vec![0; 4096]]), Resumption::TornTail);
}

#[test]
fn an_interrupted_write_ends_at_its_length() {
    let record = with_wrong_checksum(full(put(1, "key", forged())));
    let len = record.len();
    assert_eq!(resume(&[record.clone(), vec![0xee]]), Resumption::At(7 + 13 + 3 + 4));
    assert_eq!(resume(&[with_length(record, len as u16 - 8), vec![]]), Resumption::At(7 + 13 + 3 + 4));
}

/// A record with this header. Its payload ends too early, with a forged record.
fn torn(record_type: u8, length: u16, payload: &[u8]) -> Vec<u8> {
    let header = patched(with_length(record(record_type, ""), length), 0, &[0xee; 4]);
    [header, payload.to_vec(), forged()].concat()
}

/// Whether the payload contradicts the header, so that a search is made.
fn is_contradicted(missing: Option<u64>, torn: Vec<u8>) -> bool {
    let found = torn.len() - forged().len();
    match resume_in_chain(missing, &[torn]) {
        Resumption::TornTail => false,
        Resumption::At(at) if at == found => true,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_header_that_the_writer_never_makes_is_contradicted() {
    for (record_type, length, is_legal) in [
        (FULL, 12, false),
        (FULL, 13, true),
        (FULL, 32768, true),
        (FULL, 32769, false),
        (FIRST, 12, false),
        (FIRST, 13, true),
        (FIRST, 32768, true),
        (FIRST, 32769, false),
        (MIDDLE, 32767, false),
        (MIDDLE, 32768, true),
        (MIDDLE, 32769, false),
        (LAST, 0, false),
        (LAST, 32768, true),
        (LAST, 32769, false),
        (0, 100, false),
        (5, 100, false),
    ] {
        // A payload of at most 12 bytes tells nothing but the op.
        let header = with_length(record(record_type, ""), length);
        let torn = [patched(header, 0, &[0xee; 4]), cut(put(1, "key", "value"), 8)].concat();
        let expected = if is_legal { Resumption::TornTail } else { Resumption::CorruptTail };
        assert_eq!(resume(&[torn]), expected, "type {record_type}, length {length}");
    }
}

#[test]
fn a_first_or_full_with_an_unknown_op_is_contradicted() {
    for record_type in [FULL, FIRST] {
        for op in 0..=255 {
            // A length that agrees with the key, so that only the op can contradict.
            let key_len = if record_type == FIRST || op == 2 { 987 } else { 983 };
            let entry = patched(delete(1, vec![0; key_len]), 0, &[op]);
            let is_known = (1..=4).contains(&op);
            let torn = torn(record_type, 1000, &entry[..100]);
            assert_eq!(is_contradicted(None, torn), !is_known, "type {record_type}, op {op}");
        }
    }
}

#[test]
fn a_full_whose_inner_lengths_disagree_with_its_header_is_contradicted() {
    let entry = cut(put(1, "key", vec![0; 980]), 20);
    let longer_key = cut(put(1, "key.", vec![0; 980]), 21);
    let deletion = delete(1, vec![0; 987]);
    assert!(!is_contradicted(None, torn(FULL, 1000, &entry)));
    assert!(is_contradicted(None, torn(FULL, 999, &entry)));
    assert!(is_contradicted(None, torn(FULL, 1001, &entry)));
    assert!(is_contradicted(None, torn(FULL, 1000, &longer_key)));
    assert!(!is_contradicted(None, torn(FULL, 1000, &deletion[..100])));
    assert!(is_contradicted(None, torn(FULL, 1001, &deletion[..100])));
    assert!(is_contradicted(None, torn(FULL, 999, &deletion[..100])));
}

#[test]
fn a_full_cut_before_its_value_length_is_contradicted_only_by_a_key_that_does_not_fit() {
    let entry = put(1, vec![0; 983], "")[..100].to_vec();
    assert!(!is_contradicted(None, torn(FULL, 1000, &entry)));
    assert!(!is_contradicted(None, torn(FULL, 1001, &entry)));
    assert!(is_contradicted(None, torn(FULL, 999, &entry)));
}

#[test]
fn a_batch_header_is_contradicted_by_no_count() {
    let header = full(batch_header(1, u32::MAX));
    assert_eq!(resume(&[with_wrong_checksum(header)]), Resumption::TornTail);
}

#[test]
fn a_first_is_exactly_as_long_as_its_header_and_its_key() {
    let entry = put(1, vec![0; 500], "")[..100].to_vec();
    assert!(!is_contradicted(None, torn(FIRST, 513, &entry)));
    assert!(is_contradicted(None, torn(FIRST, 512, &entry)));
    assert!(is_contradicted(None, torn(FIRST, 514, &entry)));
    let long_key = put(1, vec![0; 40000], "")[..100].to_vec();
    assert!(!is_contradicted(None, torn(FIRST, 32768, &long_key)));
    assert!(is_contradicted(None, torn(FIRST, 32767, &long_key)));
}

#[test]
fn a_middle_comes_only_while_more_is_missing_than_a_record_holds() {
    for (missing, is_expected) in [(None, true), (Some(32769), true), (Some(32768), false), (Some(0), false)] {
        assert_eq!(is_contradicted(missing, torn(MIDDLE, 32768, b"payload")), !is_expected, "{missing:?} missing");
    }
}

#[test]
fn a_last_is_as_long_as_what_is_missing() {
    for (missing, is_expected) in [(None, true), (Some(999), false), (Some(1000), true), (Some(1001), false)] {
        assert_eq!(is_contradicted(missing, torn(LAST, 1000, b"payload")), !is_expected, "{missing:?} missing");
    }
}

#[test]
fn what_is_missing_from_a_chain_is_known_once_its_value_length_is_there() {
    let fragments = chain(&put(1, "a", vec![7; 40000]));
    let rest = 40000 + 4 - 32768;
    let stray = torn(LAST, rest, b"payload");
    let torn_in = |first: &[Vec<u8>], last: Vec<u8>| read(&[first, &[last]].concat());
    assert_eq!(torn_in(&fragments[..2], stray.clone()), ["0..3: torn tail, RecordCutShort"]);
    let too_short = with_length(stray.clone(), rest - 1);
    let forged_at = fragments[0].len() + fragments[1].len() + stray.len() - forged().len();
    let found = torn_in(&fragments[..2], too_short.clone());
    assert_eq!(found[0], format!("0..byte {forged_at}: corruption, RecordNotIntact"));
    // After FIRST alone, a LAST of any length is possible.
    assert_eq!(torn_in(&fragments[..1], too_short), ["0..2: torn tail, RecordCutShort"]);
}

// Rule 2c: the search.

#[test]
fn the_search_takes_the_nearest_record_that_can_be_parsed() {
    let wrong_op = full(patched(put(1, "key", "value"), 0, &[9]));
    let not_sound = with_length(with_wrong_checksum(a_put()), 40000);
    for passed_over in [
        wrong_op,
        not_sound,
        full("too short"),
        full([put(1, "a", "1"), vec![0]].concat()),
        record(MIDDLE, vec![7; 32768]),
        record(LAST, put(1, "key", "value")),
        full(batch_record(1, 2, &[put(1, "a", "1")])),
        full(batch_header(u64::MAX, 2)),
        // It is intact, but longer than any record that Kevo writes.
        full(put(1, "key", vec![7; 32768])),
        record(FIRST, put(1, "key", "")),
        record(FIRST, patched(put(1, "key", "")[..16].to_vec(), 0, &[4])),
        record(FIRST, &put(1, "key", "")[..15]),
    ] {
        let found = 100 + passed_over.len();
        assert_eq!(resume(&[garbage(100), passed_over, a_put()]), Resumption::At(found));
    }
}

#[test]
fn the_search_finds_every_record_that_can_begin_an_entry_or_a_batch() {
    for next in [
        a_put(),
        full(delete(1, "")),
        full(merge(1, "", "")),
        full(batch_record(1, 1, &[put(1, "a", "1")])),
        full(batch_record(1, 0, &[])),
        full(batch_header(1, 0)),
        full(batch_header(1, u32::MAX)),
        chain(&put(1, "", vec![7; 40000])).swap_remove(0),
        chain(&put(1, "key", vec![7; 40000])).swap_remove(0),
        chain(&put(1, vec![7; 32755], "")).swap_remove(0),
        chain(&delete(1, vec![7; 40000])).swap_remove(0),
        // A first fragment may belong to an entry that would fit into one record: only its own length is checked.
        record(FIRST, &put(1, "key", "")[..16]),
    ] {
        assert_eq!(resume(&[garbage(7), next.clone()]), Resumption::At(7));
        assert_eq!(resume(&[garbage(100_000), next, garbage(1000)]), Resumption::At(100_000));
    }
}

#[test]
fn every_number_can_follow_while_none_has_been_read() {
    for sequence in [0, 1, u64::MAX] {
        assert_eq!(resume(&[garbage(50), full(put(sequence, "a", ""))]), Resumption::At(50));
    }
}

#[test]
fn a_number_below_the_last_one_cannot_follow() {
    for (sequence, can_be) in [(0, false), (99, false), (100, true), (101, true)] {
        let expected = if can_be { Resumption::At(10) } else { Resumption::AtUnreachable(10) };
        assert_eq!(resume_after(100, &[garbage(10), full(put(sequence, "a", ""))]), expected, "{sequence}");
    }
}

#[test]
fn numbers_can_rise_by_one_and_by_one_more_for_each_20_bytes() {
    for (distance, highest) in [(7, 101), (19, 101), (20, 102), (39, 102), (40, 103), (20_000, 1101)] {
        let at = |sequence| resume_after(100, &[garbage(distance), full(put(sequence, "a", ""))]);
        assert_eq!(at(highest), Resumption::At(distance), "{distance} bytes");
        assert_eq!(at(highest + 1), Resumption::AtUnreachable(distance), "{distance} bytes");
    }
}

#[test]
fn no_number_comes_after_the_highest() {
    let at = |sequence| resume_after(u64::MAX, &[garbage(40), full(put(sequence, "a", ""))]);
    assert_eq!(at(u64::MAX), Resumption::At(40));
    assert_eq!(at(u64::MAX - 1), Resumption::AtUnreachable(40));
    let below = resume_after(u64::MAX - 2, &[garbage(4000), full(put(u64::MAX, "a", ""))]);
    assert_eq!(below, Resumption::At(4000));
}

#[test]
fn the_number_in_the_header_of_the_entry_must_be_able_to_follow() {
    let batch = |own: u64, base: u64| {
        let payload = batch_record(base, 1, &[put(0, "a", "1")]);
        full(patched(payload, 1, &own.to_le_bytes()))
    };
    assert_eq!(resume_after(100, &[garbage(10), batch(101, 5000)]), Resumption::At(10));
    assert_eq!(resume_after(100, &[garbage(10), batch(5000, 101)]), Resumption::AtUnreachable(10));
    assert_eq!(resume_after(100, &[garbage(10), full(batch_header(101, 9999))]), Resumption::At(10));
    assert_eq!(resume_after(100, &[garbage(10), full(batch_header(5000, 1))]), Resumption::AtUnreachable(10));
    let first = |sequence| chain(&put(sequence, "a", vec![7; 40000])).swap_remove(0);
    assert_eq!(resume_after(100, &[garbage(10), first(101)]), Resumption::At(10));
    assert_eq!(resume_after(100, &[garbage(10), first(5000)]), Resumption::AtUnreachable(10));
}

#[test]
fn a_number_that_can_follow_is_preferred_to_a_nearer_one_that_cannot() {
    let log = [garbage(10), full(put(5000, "a", "")), garbage(10), full(put(101, "b", "")), full(put(102, "c", ""))];
    assert_eq!(resume_after(100, &log), Resumption::At(10 + log[1].len() + 10));
}

#[test]
fn if_no_number_can_follow_the_nearest_is_taken() {
    let log = [garbage(10), full(put(5000, "a", "")), garbage(10), full(put(9000, "b", ""))];
    assert_eq!(resume_after(100, &log), Resumption::AtUnreachable(10));
}

#[test]
fn the_last_number_is_that_of_the_last_entry_that_could_be_parsed() {
    let unparsed = full([put(900, "x", ""), vec![0]].concat());
    for (last, sequence) in [
        (full(put(100, "a", "")), 100),
        (full(merge(100, "a", "")), 100),
        (full(batch_record(98, 3, &[delete(0, "a"), delete(0, "b"), delete(0, "c")])), 100),
        (full(batch_record(100, 0, &[])), 100),
        (full(batch_header(100, 0)), 100),
        ([full(put(100, "a", "")), unparsed].concat(), 100),
        (chain(&put(100, "a", vec![7; 40000])).concat(), 100),
    ] {
        // The nearest number that can follow is 100. The numbers before it cannot.
        let log = [
            last,
            garbage(30),
            full(put(sequence - 1, "too low", "")),
            full(put(sequence + 900, "too high", "")),
            full(put(sequence, "found", "")),
        ];
        let lines = read(&log);
        assert_eq!(lines.last().unwrap(), "4: put found= @100");
        assert!(!lines.iter().any(|line| line.contains("too")), "{lines:?}");
    }
}

#[test]
fn after_a_number_that_cannot_follow_every_number_can() {
    let log = [
        full(put(100, "a", "")),
        garbage(30),
        full(put(5000, "b", "")),
        garbage(30),
        full(put(1, "c", "")),
        garbage(30),
        full(put(u64::MAX, "d", "")),
        garbage(30),
        full(put(7, "e", "")),
    ];
    let lines = [
        "0: put a= @100",
        "1..2: corruption, RecordNotIntact",
        "2: put b= @5000",
        "3..4: corruption, RecordNotIntact",
        "4: put c= @1",
        "5..6: corruption, RecordNotIntact",
        "6: put d= @18446744073709551615",
        "7..8: corruption, RecordNotIntact",
        "8: put e= @7",
    ];
    assert_eq!(read(&log), lines);
}

#[test]
fn after_that_the_nearest_record_is_taken_whatever_its_number() {
    let log = [
        full(put(100, "a", "")),
        garbage(30),
        full(put(5000, "b", "")),
        garbage(30),
        full(put(7, "nearer", "")),
        full(put(5001, "in order", "")),
    ];
    let lines = [
        "0: put a= @100",
        "1..2: corruption, RecordNotIntact",
        "2: put b= @5000",
        "3..4: corruption, RecordNotIntact",
        "4: put nearer= @7",
        "5: put in order= @5001",
    ];
    assert_eq!(read(&log), lines);
}

#[test]
fn a_chain_that_the_search_finds_is_read_whole() {
    let long = vec![7; 40000];
    let log = [vec![full(put(1, "a", "")), garbage(30)], chain(&put(2, "b", &long))].concat();
    let lines = ["0: put a= @1", "1..2: corruption, RecordNotIntact", &format!("2: put b={} @2", text(&long))];
    assert_eq!(read(&log), lines);
}

// Rule 2d: nothing is found.

#[test]
fn damage_to_the_end_is_a_torn_tail_if_a_legal_header_covers_it_all() {
    let contradicted = [with_length(with_wrong_checksum(a_put()), 100), garbage(50)].concat();
    assert_eq!(resume(slice::from_ref(&contradicted)), Resumption::TornTail);
    assert_eq!(resume(&[contradicted.clone(), garbage(25)]), Resumption::TornTail);
    assert_eq!(resume(&[contradicted.clone(), garbage(25), vec![0; 4096]]), Resumption::TornTail);
    assert_eq!(resume(&[contradicted.clone(), garbage(26)]), Resumption::CorruptTail);
    let exactly = contradicted.len() - 7;
    assert_eq!(resume(&[with_length(contradicted.clone(), exactly as u16)]), Resumption::TornTail);
    assert_eq!(resume(&[with_length(contradicted, exactly as u16 - 1)]), Resumption::CorruptTail);
}

#[test]
fn other_damage_to_the_end_is_corruption() {
    assert_eq!(resume(&[b"This is a text file, and not a torn log.\n".to_vec()]), Resumption::CorruptTail);
    assert_eq!(resume(&[garbage(7)]), Resumption::CorruptTail);
    assert_eq!(resume(&[garbage(100_000)]), Resumption::CorruptTail);
}

// The purpose of the order of the rules.

/// A value that is a log, with sequence numbers that could follow.
fn log_in_a_value() -> Vec<u8> {
    let forged = [full(put(2, "forged", "1")), full(delete(3, "forged")), full(batch_header(3, 1))].concat();
    [&forged[..], &full(put(3, "forged", "2"))].concat()
}

fn is_forged(lines: &[String]) -> bool {
    lines.iter().any(|line| line.contains(" forged"))
}

#[test]
fn no_flipped_bit_makes_recovery_take_a_record_in_a_value() {
    let value = log_in_a_value();
    let entries = [
        full(put(1, "a", &value)),
        full(batch_record(1, 1, &[put(1, "a", &value)])),
        [full(batch_header(1, 1)), full(put(1, "a", &value))].concat(),
    ];
    for entry in entries {
        for bit in 0..8 * entry.len() {
            let damaged = patched(entry.clone(), bit / 8, &[entry[bit / 8] ^ 1 << (bit % 8)]);
            let lines = read(&[damaged, full(put(2, "b", "2")), full(put(3, "c", "3"))]);
            assert!(!is_forged(&lines), "bit {bit}: {lines:?}");
            assert_eq!(lines[lines.len() - 2..], ["1: put b=2 @2", "2: put c=3 @3"], "bit {bit}");
        }
    }
}

#[test]
fn no_torn_write_makes_recovery_take_a_record_in_a_value() {
    let value = log_in_a_value();
    let long = [&value[..], &vec![7; 40000]].concat();
    for entry in [
        full(put(2, "a", &value)),
        full(batch_record(2, 1, &[put(2, "a", &value)])),
        [full(batch_header(2, 1)), full(put(2, "a", &value))].concat(),
        chain(&put(2, "a", &long)).concat(),
    ] {
        for len in (1..entry.len().min(500)).chain(entry.len() - 100..entry.len()) {
            let lines = read(&[full(put(1, "b", "1")), cut(entry.clone(), len)]);
            assert_eq!(lines[0], "0: put b=1 @1");
            assert!(lines.len() == 2 && lines[1].starts_with("1..2: torn tail"), "{len} bytes: {lines:?}");
            let zeros = read(&[full(put(1, "b", "1")), cut(entry.clone(), len), vec![0; 4096]]);
            assert!(!is_forged(&zeros), "{len} bytes and zeros: {zeros:?}");
        }
    }
}

#[test]
fn damage_in_one_record_costs_only_that_record() {
    for damaged in 0..5 {
        let mut log: Vec<_> = (1..=5).map(|sequence| full(put(sequence, "key", "value"))).collect();
        for (at, byte) in [(0, 1), (4, 0xee), (6, 3), (7, 9), (17, 1), (24, 0xee), (30, 0)] {
            let sound = log[damaged].clone();
            log[damaged] = patched(sound.clone(), at, &[byte]);
            let lines = read(&log);
            assert_eq!(lines.iter().filter(|line| line.contains("put")).count(), 4, "{damaged}, {at}: {lines:?}");
            log[damaged] = sound;
        }
    }
}
