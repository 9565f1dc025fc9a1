use crate::log::read::checksum::SUMMED;
use crate::log::testing::{
    FIRST, LAST, MIDDLE, batch_header, batch_record, chain, cut, delete, flipped, full, merge, put, read, read_from,
    record, text,
};
use std::io::{self, ErrorKind, Read};

#[path = "../../../../tests/support/hostile.rs"]
mod hostile;
#[path = "../../../../tests/support/records.rs"]
// The malicious logs do not use all of it.
#[allow(dead_code)]
mod records;

/// Bytes in which no long range occurs twice.
fn value(len: usize) -> Vec<u8> {
    (0..len).map(|i| (i % 251 + i / 251) as u8).collect()
}

// What a file is.

#[test]
fn an_empty_file_holds_nothing() {
    assert!(read(&[]).is_empty());
}

#[test]
fn a_full_record_is_one_entry() {
    let log = [
        full(put(1, "key", "value")),
        full(delete(2, "key")),
        full(merge(3, "key", "value")),
        full(put(4, "", "value")),
        full(put(5, "key", "")),
        full(delete(6, "")),
    ];
    let lines = [
        "0: put key=value @1",
        "1: delete key @2",
        "2: merge key=value @3",
        "3: put =value @4",
        "4: put key= @5",
        "5: delete  @6",
    ];
    assert_eq!(read(&log), lines);
}

#[test]
fn sequence_numbers_of_intact_records_may_be_anything() {
    let log = [full(put(7, "a", "")), full(put(u64::MAX, "b", "")), full(put(0, "c", "")), full(put(7, "d", ""))];
    assert_eq!(read(&log), ["0: put a= @7", "1: put b= @18446744073709551615", "2: put c= @0", "3: put d= @7"]);
}

#[test]
fn an_entry_that_just_fits_into_one_record_is_not_fragmented() {
    let value = value(32768 - 13 - 1 - 4);
    let log = [full(put(1, "a", &value)), full(put(2, "b", ""))];
    assert_eq!(read(&log), [format!("0: put a={} @1", text(&value)), "1: put b= @2".to_owned()]);
}

#[test]
fn a_longer_entry_is_a_chain_of_fragments() {
    let around = [full(put(1, "a", "1")), full(put(3, "c", "3"))];
    // The first fragment ends with the key, even if a part of the value would fit.
    for (value_len, fragments) in [(32751, 2), (32764, 2), (32765, 3), (65532, 3), (65533, 4), (98300, 4), (98301, 5)] {
        let value = value(value_len);
        let chain = chain(&put(2, "b", &value));
        assert_eq!((chain.len(), chain[0].len()), (fragments, 7 + 13 + 1));
        let lines = [
            "0: put a=1 @1".to_owned(),
            format!("1: put b={} @2", text(&value)),
            format!("{}: put c=3 @3", 1 + fragments),
        ];
        assert_eq!(read(&[&around[..1], &chain, &around[1..]].concat()), lines);
    }
}

#[test]
fn a_key_that_does_not_fit_is_itself_fragmented() {
    for (key_len, first_len) in [(32751, 32764), (32755, 32768), (32756, 32768), (40000, 32768), (100_000, 32768)] {
        let key = value(key_len);
        for (entry, line) in [
            (put(1, &key, "the value"), format!("0: put {}=the value @1", text(&key))),
            (put(1, &key, value(40000)), format!("0: put {}={} @1", text(&key), text(&value(40000)))),
            (merge(1, &key, "the value"), format!("0: merge {}=the value @1", text(&key))),
        ] {
            let chain = chain(&entry);
            assert_eq!(chain[0].len(), 7 + first_len);
            assert_eq!(read(&chain), [line]);
        }
    }
    let key = value(32756);
    assert_eq!(read(&chain(&delete(1, &key))), [format!("0: delete {} @1", text(&key))]);
}

#[test]
fn chains_may_follow_each_other() {
    let (a, b) = (value(40000), value(70000));
    let log = [chain(&put(1, "a", &a)), chain(&put(2, "b", &b))].concat();
    assert_eq!(read(&log), [format!("0: put a={} @1", text(&a)), format!("3: put b={} @2", text(&b))]);
}

// Rule 1: the end of the file.

#[test]
fn a_file_that_ends_in_a_chain_has_a_torn_tail_from_its_first_fragment_on() {
    let chain = chain(&put(2, "b", value(70000)));
    for fragments in 1..chain.len() {
        let log = [&[full(put(1, "a", "1"))], &chain[..fragments]].concat();
        let tail = format!("1..{}: torn tail, ChainCutShort", 1 + fragments);
        assert_eq!(read(&log), ["0: put a=1 @1".to_owned(), tail]);
    }
}

// Rule 3: records that are intact, but out of place.

#[test]
fn a_full_record_in_an_open_chain_breaks_the_chain_and_is_read() {
    let chain = chain(&put(1, "a", value(70000)));
    for fragments in 1..chain.len() {
        let log = [&chain[..fragments], &[full(put(2, "b", "2"))]].concat();
        let lines = [format!("0..{fragments}: corruption, ChainBroken"), format!("{fragments}: put b=2 @2")];
        assert_eq!(read(&log), lines);
    }
}

#[test]
fn a_first_fragment_in_an_open_chain_breaks_the_chain_and_begins_another() {
    let (broken, whole) = (chain(&put(1, "a", value(40000))), chain(&put(2, "b", value(50000))));
    let log = [&broken[..1], &whole].concat();
    let lines = ["0..1: corruption, ChainBroken".to_owned(), format!("1: put b={} @2", text(&value(50000)))];
    assert_eq!(read(&log), lines);
}

#[test]
fn a_middle_fragment_with_no_chain_is_corruption_one_record_long() {
    let log = [full(put(1, "a", "1")), record(MIDDLE, value(32768)), full(put(2, "b", "2"))];
    assert_eq!(read(&log), ["0: put a=1 @1", "1..2: corruption, StrayFragment", "2: put b=2 @2"]);
}

#[test]
fn a_last_fragment_with_no_chain_is_corruption_one_record_long() {
    let log = [full(put(1, "a", "1")), record(LAST, "the end"), full(put(2, "b", "2"))];
    assert_eq!(read(&log), ["0: put a=1 @1", "1..2: corruption, StrayFragment", "2: put b=2 @2"]);
}

#[test]
fn a_first_fragment_must_hold_the_header_of_its_entry() {
    for len in 0..13 {
        let short = record(FIRST, &put(1, "a", "1")[..len]);
        let log = [short, full(put(2, "b", "2"))];
        assert_eq!(read(&log), ["0..1: corruption, EntryTooShort", "1: put b=2 @2"]);
    }
}

#[test]
fn a_short_first_fragment_begins_no_chain() {
    let log = [record(FIRST, ""), record(LAST, put(1, "a", "1")), full(put(2, "b", "2"))];
    assert_eq!(read(&log), ["0..2: corruption, EntryTooShort", "2: put b=2 @2"]);
}

#[test]
fn an_entry_that_does_not_parse_is_corruption_one_record_long() {
    let unknown_op = flipped(put(1, "a", "1"), 0);
    let left_over = [put(1, "a", "1"), vec![0]].concat();
    for (entry, cause) in [
        (cut(put(1, "a", "1"), 12), "EntryTooShort"),
        (unknown_op, "UnknownOp"),
        (cut(put(1, "a", "1"), 13), "KeyTooLong"),
        (cut(put(1, "a", "1"), 18), "ValueTooLong"),
        (left_over, "BytesLeftOver"),
        (Vec::new(), "EntryTooShort"),
    ] {
        let log = [full(put(1, "b", "2")), full(entry), full(put(2, "c", "3"))];
        assert_eq!(read(&log), ["0: put b=2 @1", &format!("1..2: corruption, {cause}"), "2: put c=3 @2"]);
    }
}

#[test]
fn a_chain_that_does_not_parse_is_corruption_from_its_first_fragment_to_its_last() {
    let whole = [chain(&put(1, "a", value(40000))), vec![full(put(2, "b", "2"))]].concat();
    let mut one_missing = whole.clone();
    one_missing.remove(1);
    assert_eq!(read(&one_missing), ["0..2: corruption, ValueTooLong", "2: put b=2 @2"]);
    let mut one_too_many = whole;
    one_too_many.insert(1, one_too_many[1].clone());
    assert_eq!(read(&one_too_many), ["0..4: corruption, BytesLeftOver", "4: put b=2 @2"]);
}

#[test]
fn a_batch_is_never_fragmented() {
    let batch = batch_record(1, 1, &[put(1, "a", value(40000))]);
    let log = [chain(&batch), vec![full(put(2, "b", "2"))]].concat();
    assert_eq!(read(&log), ["0..2: corruption, UnknownOp", "2: put b=2 @2"]);
}

#[test]
fn lengths_that_the_writer_never_uses_are_read_where_the_record_is_intact() {
    let long = value(65535 - 13 - 1 - 4);
    let entry = put(2, "b", "a short entry");
    let log = [
        full(put(1, "a", &long)),
        record(FIRST, &entry[..20]),
        record(MIDDLE, &entry[20..21]),
        record(MIDDLE, ""),
        record(MIDDLE, &entry[21..]),
        record(LAST, ""),
        full(put(3, "c", "")),
    ];
    let lines = [&format!("0: put a={} @1", text(&long)), "1: put b=a short entry @2", "6: put c= @3"];
    assert_eq!(read(&log), lines);
}

#[test]
fn corruption_that_touches_is_one_stretch() {
    let log = [record(LAST, "x"), full("not an entry"), record(FIRST, ""), full(put(1, "a", "1")), record(LAST, "x")];
    let lines = ["0..3: corruption, StrayFragment", "3: put a=1 @1", "4..5: corruption, StrayFragment"];
    assert_eq!(read(&log), lines);
}

#[test]
fn damage_in_a_chain_starts_at_its_first_fragment() {
    let mut log = [chain(&put(1, "a", value(40000))), vec![full(put(2, "b", "2"))]].concat();
    let last = log[2].len() - 1;
    log[2] = flipped(log[2].clone(), last);
    assert_eq!(read(&log), ["0..3: corruption, RecordNotIntact", "3: put b=2 @2"]);
}

#[test]
fn fragments_after_damage_in_their_chain_are_lost_with_it() {
    let mut log = [chain(&put(1, "a", value(40000))), vec![full(put(2, "b", "2"))]].concat();
    log[1] = flipped(log[1].clone(), 100);
    assert_eq!(read(&log), ["0..3: corruption, RecordNotIntact", "3: put b=2 @2"]);
}

// Rule 4: batches with a header.

fn header(base: u64, count: u32) -> Vec<u8> {
    full(batch_header(base, count))
}

#[test]
fn the_entries_after_a_batch_header_are_handed_over_together() {
    let log =
        [header(5, 3), full(put(5, "a", "1")), full(delete(6, "b")), full(merge(7, "c", "3")), full(put(8, "d", ""))];
    let lines = ["0: batch of 3", "1: put a=1 @5", "2: delete b @6", "3: merge c=3 @7", "4: put d= @8"];
    assert_eq!(read(&log), lines);
}

#[test]
fn a_header_of_no_entries_does_nothing() {
    let log = [header(5, 0), full(put(5, "a", "1")), header(u64::MAX, 0), header(0, 0)];
    assert_eq!(read(&log), ["1: put a=1 @5"]);
}

#[test]
fn a_file_that_ends_in_a_batch_has_a_torn_tail_from_its_header_on() {
    let entries = [full(put(2, "a", "1")), full(put(3, "b", "2"))];
    for count in 0..=2 {
        let log = [&[full(put(1, "z", "")), header(2, 3)], &entries[..count]].concat();
        let tail = format!("1..{}: torn tail, BatchCutShort, batches dropped: 1", 2 + count);
        assert_eq!(read(&log), ["0: put z= @1".to_owned(), tail]);
    }
}

#[test]
fn a_file_that_is_torn_in_a_batch_has_a_torn_tail_from_its_header_on() {
    let torn = full(put(3, "b", "2"));
    for len in 1..torn.len() {
        let log = [header(2, 2), full(put(2, "a", "1")), cut(torn.clone(), len)];
        assert_eq!(read(&log), ["0..3: torn tail, BatchCutShort, batches dropped: 1"]);
    }
    assert_eq!(
        read(&[header(2, 2), full(put(2, "a", "1")), torn]),
        ["0: batch of 2", "1: put a=1 @2", "2: put b=2 @3"]
    );
}

#[test]
fn a_batch_ends_with_the_first_entry_that_is_not_its_next() {
    for sequence in [0, 1, 2, 4, 5, u64::MAX] {
        let log = [header(2, 3), full(put(2, "a", "1")), full(put(sequence, "b", "2")), full(put(3, "c", "3"))];
        let lines = [
            "0..2: corruption, BatchBroken, batches dropped: 1".to_owned(),
            format!("2: put b=2 @{sequence}"),
            "3: put c=3 @3".to_owned(),
        ];
        assert_eq!(read(&log), lines);
    }
}

#[test]
fn a_fragmented_entry_does_not_belong_to_a_batch() {
    let long = value(40000);
    let log = [vec![header(2, 2), full(put(2, "a", "1"))], chain(&put(3, "b", &long))].concat();
    let lines =
        ["0..2: corruption, BatchBroken, batches dropped: 1".to_owned(), format!("2: put b={} @3", text(&long))];
    assert_eq!(read(&log), lines);
}

#[test]
fn a_batch_record_does_not_belong_to_a_batch() {
    let log = [header(2, 2), full(put(2, "a", "1")), full(batch_record(3, 1, &[put(3, "b", "2")]))];
    let lines = ["0..2: corruption, BatchBroken, batches dropped: 1", "2: batch of 1", "2: put b=2 @3"];
    assert_eq!(read(&log), lines);
}

#[test]
fn a_second_header_breaks_the_batch_and_begins_another() {
    let log = [header(2, 2), full(put(2, "a", "1")), header(3, 1), full(put(3, "b", "2"))];
    let lines = ["0..2: corruption, BatchBroken, batches dropped: 1", "2: batch of 1", "3: put b=2 @3"];
    assert_eq!(read(&log), lines);
}

#[test]
fn damage_in_a_batch_takes_all_of_its_entries_with_it() {
    for damaged in 1..=3 {
        let mut log = vec![header(2, 4)];
        log.extend((2..=6).map(|sequence| full(put(sequence, "k", "v"))));
        log[damaged] = flipped(log[damaged].clone(), 20);
        assert_eq!(read(&log), ["0..5: corruption, BatchBroken, batches dropped: 1", "5: put k=v @6"]);
    }
}

#[test]
fn a_damaged_last_entry_of_a_batch_takes_the_batch_with_it() {
    let log = [header(2, 2), full(put(2, "a", "1")), flipped(full(put(3, "b", "2")), 20), full(put(4, "c", "3"))];
    assert_eq!(read(&log), ["0..3: corruption, BatchBroken, batches dropped: 1", "3: put c=3 @4"]);
}

#[test]
fn an_entry_that_does_not_parse_damages_a_batch() {
    let log = [header(2, 3), full("not an entry"), full(put(3, "b", "2")), full(put(5, "c", "3"))];
    assert_eq!(read(&log), ["0..3: corruption, BatchBroken, batches dropped: 1", "3: put c=3 @5"]);
}

#[test]
fn after_damage_only_the_missing_numbers_of_a_batch_belong_to_it() {
    let bad = flipped(full(put(5, "x", "x")), 20);
    // The batch has the base 2 and the count 4. The numbers 2 and 3 have been read; 4 and 5 are missing.
    for (sequence, is_lost) in [(1, false), (2, false), (3, false), (4, true), (5, true), (6, false)] {
        let log = [
            header(2, 4),
            full(put(2, "a", "1")),
            full(put(3, "b", "2")),
            bad.clone(),
            full(put(sequence, "c", "3")),
            full(put(1, "d", "4")),
        ];
        let lines = if is_lost {
            vec!["0..5: corruption, BatchBroken, batches dropped: 1".to_owned(), "5: put d=4 @1".to_owned()]
        } else {
            vec![
                "0..4: corruption, BatchBroken, batches dropped: 1".to_owned(),
                format!("4: put c=3 @{sequence}"),
                "5: put d=4 @1".to_owned(),
            ]
        };
        assert_eq!(read(&log), lines, "sequence {sequence}");
    }
}

#[test]
fn a_torn_tail_after_damage_in_a_batch_starts_at_the_torn_record() {
    let log =
        [header(2, 4), flipped(full(put(2, "a", "1")), 20), full(put(3, "b", "2")), cut(full(put(4, "c", "3")), 15)];
    let lines = ["0..3: corruption, BatchBroken, batches dropped: 1", "3..4: torn tail, RecordCutShort"];
    assert_eq!(read(&log), lines);
}

#[test]
fn the_end_of_the_file_after_damage_in_a_batch_is_no_torn_tail() {
    let log = [header(2, 4), flipped(full(put(2, "a", "1")), 20), full(put(3, "b", "2"))];
    assert_eq!(read(&log), ["0..3: corruption, BatchBroken, batches dropped: 1"]);
}

#[test]
fn a_batch_may_end_with_the_highest_number_but_not_after_it() {
    let highest = full(put(u64::MAX, "a", "1"));
    assert_eq!(read(&[header(u64::MAX, 1), highest.clone()]), ["0: batch of 1", "1: put a=1 @18446744073709551615"]);
    let beyond = [header(u64::MAX, 2), highest];
    assert_eq!(read(&beyond), ["0..1: corruption, BadBatch", "1: put a=1 @18446744073709551615"]);
}

#[test]
fn a_header_may_announce_more_entries_than_there_is_memory_for() {
    let log = [header(1, u32::MAX), full(put(1, "a", "1"))];
    assert_eq!(read(&log), ["0..2: torn tail, BatchCutShort, batches dropped: 1"]);
}

#[test]
fn each_broken_batch_is_counted() {
    let log = [header(2, 2), full("not an entry"), header(3, 2), full("not an entry"), full(put(9, "a", "1"))];
    assert_eq!(read(&log), ["0..4: corruption, BatchBroken, batches dropped: 2", "4: put a=1 @9"]);
}

// Batches in one record.

#[test]
fn the_ops_of_a_batch_record_are_numbered_from_its_base_on() {
    let ops = [put(0, "a", "1"), delete(0, "b"), merge(0, "c", "3"), put(0, "a", "4")];
    let log = [full(batch_record(7, 4, &ops)), full(put(11, "d", ""))];
    let lines =
        ["0: batch of 4", "0: put a=1 @7", "0: delete b @8", "0: merge c=3 @9", "0: put a=4 @10", "1: put d= @11"];
    assert_eq!(read(&log), lines);
}

#[test]
fn a_batch_record_of_no_ops_does_nothing() {
    let log = [full(batch_record(7, 0, &[])), full(put(7, "a", "1"))];
    assert_eq!(read(&log), ["1: put a=1 @7"]);
}

#[test]
fn a_batch_record_that_does_not_hold_what_it_counts_is_corruption_one_record_long() {
    let ops = [put(0, "a", "1"), delete(0, "b")];
    for count in [0, 1, 3, u32::MAX] {
        let log = [full(put(6, "z", "")), full(batch_record(7, count, &ops)), full(put(9, "d", ""))];
        assert_eq!(read(&log), ["0: put z= @6", "1..2: corruption, BadBatch", "2: put d= @9"]);
    }
}

// How a file is read.

/// Gives the bytes, at most `step` at a time, and after them the results of `end`.
struct Drip<'a, F> {
    bytes: &'a [u8],
    step: usize,
    end: F,
}

impl<F: FnMut() -> io::Result<usize>> Read for Drip<'_, F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.bytes.is_empty() {
            return (self.end)();
        }
        let len = self.step.min(buffer.len()).min(self.bytes.len());
        self.bytes.read(&mut buffer[..len])
    }
}

fn one_log_of_every_kind_of_record() -> Vec<Vec<u8>> {
    let mut log = chain(&put(1, "a", value(70000)));
    log.extend([header(2, 2), full(put(2, "b", "2")), full(put(3, "c", "3"))]);
    log.push(full(batch_record(4, 1, &[put(0, "d", "4")])));
    log.push(flipped(full(put(5, "e", value(1000))), 500));
    log.extend(chain(&put(6, "f", value(40000))));
    log.push(cut(full(put(7, "g", "7")), 20));
    log
}

#[test]
fn it_does_not_matter_how_many_bytes_a_read_gives() {
    let parts = one_log_of_every_kind_of_record();
    let (bytes, lines) = (parts.concat(), read(&parts));
    assert_eq!(lines.len(), 9);
    for step in [1, 7, 1000, usize::MAX] {
        let file = Drip { bytes: &bytes, step, end: || Ok(0) };
        let (dripped, result) = read_from(file, &parts);
        result.unwrap();
        assert_eq!(dripped, lines, "{step} bytes at a time");
    }
}

#[test]
fn an_interrupted_read_is_repeated() {
    struct Interrupted<R>(R, bool);
    impl<R: Read> Read for Interrupted<R> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.1 = !self.1;
            if self.1 { Err(ErrorKind::Interrupted.into()) } else { self.0.read(buffer) }
        }
    }
    let parts = one_log_of_every_kind_of_record();
    let bytes = parts.concat();
    let (lines, result) = read_from(Interrupted(Drip { bytes: &bytes, step: 5000, end: || Ok(0) }, false), &parts);
    result.unwrap();
    assert_eq!(lines, read(&parts));
}

#[test]
fn bytes_appended_to_a_file_meanwhile_are_not_read() {
    let parts = [full(put(1, "a", "1"))];
    let grown = [parts.concat(), full(put(2, "b", "2"))].concat();
    let (lines, result) = read_from(grown.as_slice(), &parts);
    result.unwrap();
    assert_eq!(lines, ["0: put a=1 @1"]);
}

#[test]
fn a_file_that_has_become_shorter_is_an_error_and_not_a_torn_tail() {
    let parts = [full(put(1, "a", value(1000)))];
    let bytes = parts.concat();
    for len in [0, 3, 500, bytes.len() - 1] {
        let (lines, result) = read_from(&bytes[..len], &parts);
        assert_eq!(result.unwrap_err().kind(), ErrorKind::UnexpectedEof);
        assert!(lines.is_empty());
    }
}

#[test]
fn entries_before_bytes_that_cannot_be_read_are_handed_over() {
    let mut parts: Vec<_> = (0..10).map(|sequence| full(put(sequence, "a", value(30000)))).collect();
    parts.push(full(put(10, "b", "2")));
    let bytes = parts.concat();
    let readable = parts[0].len() * 9 + 100;
    let file = Drip { bytes: &bytes[..readable], step: 1000, end: || Err(ErrorKind::Other.into()) };
    let (lines, result) = read_from(file, &parts);
    assert_eq!(result.unwrap_err().kind(), ErrorKind::Other);
    assert_eq!(lines, &read(&parts)[..9]);
}

// The cost of malicious bytes.

#[test]
fn checksums_of_any_log_sum_its_bytes_only_a_few_times() {
    for kind in hostile::KINDS {
        for file in (kind.make)(300_000).into_iter().take(3) {
            let (len, before) = (file.len(), SUMMED.get());
            read(&[file]);
            let summed = SUMMED.get() - before;
            assert!(summed <= 10 * len, "{}: {summed} bytes of {len}", kind.name);
        }
    }
}
