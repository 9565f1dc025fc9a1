//! Logs made by hand, for cases that random logs hardly ever contain: the exact limits of each rule for damage.

use crate::support::comparison::assert_same;
use crate::support::damage::flip_bit;
use crate::support::engine;
use crate::support::model::DamageKind::{Corruption, TornTail};
use crate::support::model::{self, DamageKind, LogFile, Mode, Options, Outcome};
use crate::support::wal_dir::WalDir;
use crate::support::writer::{FIRST, FULL, LAST, LogWriter, MIDDLE, Op, encode_batch, encode_entry};

/// A log of one file, and where its records start.
struct Log {
    bytes: Vec<u8>,
    starts: Vec<usize>,
}

impl Log {
    fn new(write: impl FnOnce(&mut LogWriter)) -> Self {
        let mut log = LogWriter::new();
        write(&mut log);
        Self { starts: log.record_starts().to_vec(), bytes: log.into_bytes() }
    }

    /// Flips bits of the byte at this distance from a record's start.
    fn spoil(mut self, record: usize, distance: usize, bits: u8) -> Self {
        self.bytes[self.starts[record] + distance] ^= bits;
        self
    }

    /// Ends the file at this distance from a record's start.
    fn cut(mut self, record: usize, distance: usize) -> Self {
        self.bytes.truncate(self.starts[record] + distance);
        self
    }

    /// Recovers the log in every mode, and compares the results with the model. In the mode that skips all damage, also
    /// checks the stretches of damage, and the sequence numbers of the recovered puts and deletes, in ascending order.
    fn check(self, damage: &[(usize, usize, DamageKind)], sequences: &[u64]) {
        let files = [LogFile { name: "1.wal".to_owned(), bytes: self.bytes }];
        let directory = WalDir::with(&files);
        for mode in [Mode::TolerateTornTail, Mode::Absolute, Mode::PointInTime, Mode::SkipCorrupted] {
            let options = Options { mode, ..Options::default() };
            let outcome = engine::recover(directory.path(), &options, 1);
            assert_same(&outcome, &model::recover(&files, &options), &mode);
        }

        let options = Options { mode: Mode::SkipCorrupted, ..Options::default() };
        let outcome = engine::recover(directory.path(), &options, 1);
        let found: Vec<(usize, usize, DamageKind)> = outcome
            .damage
            .iter()
            .map(|damage| (damage.offset as usize, (damage.offset + damage.length) as usize, damage.kind))
            .collect();
        assert_eq!(found, damage);
        let recovered = outcome.result.expect("a mode that accepts all damage");
        let mut found: Vec<u64> = recovered.memtables[0].versions.iter().map(|version| version.sequence).collect();
        found.sort_unstable();
        assert_eq!(found, sequences);
    }

    fn end(&self) -> usize {
        self.bytes.len()
    }

    /// Adds zeros at the end. They are a torn tail of their own if the end of the record before them is known.
    fn zeros(mut self) -> Self {
        self.bytes.extend_from_slice(&[0; 50]);
        self
    }
}

/// A plain entry, for the start and the end of a log, around the records that a test is about.
fn plain(log: &mut LogWriter, sequence: u64) {
    log.entry(sequence, &Op::put("plain", "value"));
}

/// A record that a search would find.
fn forgery(sequence: u64) -> Vec<u8> {
    let mut log = LogWriter::new();
    log.entry(sequence, &Op::put("plain", "forged"));
    log.into_bytes()
}

/// A put whose payload has this length, or more if it takes several records.
fn put_of(length: usize) -> Op {
    Op::put("k", vec![0xee; length - 18])
}

const TYPE: usize = 6;
const LENGTH: usize = 4;
const PAYLOAD: usize = 7;

mod known_end {
    use super::*;

    /// Checks that the end of the second record is found, although a byte of its header is wrong.
    fn check_of_second(log: Log, distance: usize, bits: u8) {
        let (start, end) = (log.starts[1], log.end());
        let log = log.spoil(1, distance, bits).zeros();
        let damage = [(start, end, Corruption), (end, log.end(), TornTail)];
        log.check(&damage, &[1]);
    }

    #[test]
    fn of_the_last_record_when_only_its_header_is_damaged() {
        for length in [18, 32767, 32768] {
            for (distance, bits) in [(TYPE, 0x80), (LENGTH, 1), (LENGTH + 1, 0x80)] {
                let log = Log::new(|log| {
                    plain(log, 1);
                    log.entry(2, &put_of(length));
                });
                check_of_second(log, distance, bits);
            }
        }
    }

    #[test]
    fn of_the_last_batch_record_when_only_its_header_is_damaged() {
        let log = Log::new(|log| {
            plain(log, 1);
            log.batch_record(2, &[Op::put("a", "1"), Op::delete("b")]);
        });
        check_of_second(log, LENGTH, 1);
    }

    #[test]
    fn of_the_last_batch_header_when_only_its_type_is_damaged() {
        let log = Log::new(|log| {
            plain(log, 1);
            log.batch_header(2, 1);
        });
        check_of_second(log, TYPE, 0x80);
    }

    #[test]
    fn of_a_first_whose_value_length_is_not_in_the_file() {
        // The key fills the FIRST, so only its length shows that this is a FIRST.
        let log = Log::new(|log| {
            plain(log, 1);
            log.entry(2, &Op::put(vec![b'k'; 40_000], "value"));
        });
        check_of_second(log.cut(2, 0), TYPE, 0x80);
    }

    #[test]
    fn of_a_first_is_that_of_its_key() {
        let log = Log::new(|log| {
            log.entry(1, &put_of(32769));
            plain(log, 2);
        });
        // The LAST then has no FIRST.
        let damage = (0, log.starts[2], Corruption);
        log.spoil(0, LENGTH, 1).check(&[damage], &[2]);
    }

    #[test]
    fn is_where_the_header_says_before_it_is_where_the_payload_says() {
        // At both ends there is an intact record. The one at the end by the payload is inside the value.
        let log = Log::new(|log| {
            plain(log, 1);
            log.entry(2, &Op::put("k", [forgery(3), forgery(3)].concat()));
            plain(log, 3);
        });
        let damage = (log.starts[1], log.starts[2], Corruption);
        let value_length = PAYLOAD + 13 + 1;
        let one_forgery = forgery(3).len() as u8;
        log.spoil(1, value_length, one_forgery ^ (2 * one_forgery)).check(&[damage], &[1, 3]);
    }

    #[test]
    fn is_where_the_payload_says_when_header_and_checksum_are_damaged() {
        let log = Log::new(|log| {
            plain(log, 1);
            log.entry(2, &Op::put("k", forgery(3)));
            plain(log, 3);
        });
        let damage = (log.starts[1], log.starts[2], Corruption);
        log.spoil(1, 0, 1).spoil(1, LENGTH, 0xff).check(&[damage], &[1, 3]);
    }

    #[test]
    fn is_no_end_of_file() {
        let log = Log::new(|log| {
            plain(log, 1);
            plain(log, 2);
        });
        let damage = (log.starts[1], log.end(), TornTail);
        log.spoil(1, 0, 1).check(&[damage], &[1]);
    }
}

mod interrupted_write {
    use super::*;

    /// Whether the damaged end of a file is searched for records. It has a forged one.
    #[derive(Clone, Copy, PartialEq, Eq, Debug)]
    enum Search {
        Done,
        NotDone,
    }

    /// Checks a log of a plain entry, the fragments of `chain`, and at the end a record with this header, of which only
    /// the start of the payload and a forged record are there.
    fn check(chain: &[(u8, Vec<u8>)], (record_type, length): (u8, usize), start: &[u8], search: Search) {
        let mut offset = 0;
        let log = Log::new(|log| {
            plain(log, 1);
            for (record_type, payload) in chain {
                log.record(*record_type, payload);
            }
            log.raw_record(0xdead_beef, u16::try_from(length).unwrap(), record_type, start);
            offset = log.len();
            log.raw_bytes(&forgery(2));
        });
        let damaged_from = log.starts[1];
        let end = log.end();
        match search {
            Search::NotDone => log.check(&[(damaged_from, end, TornTail)], &[1]),
            Search::Done => log.check(&[(damaged_from, offset, Corruption)], &[1, 2]),
        }
    }

    fn header_of_put(key_length: u32) -> Vec<u8> {
        let mut payload = encode_entry(2, &Op::put("", ""));
        payload.truncate(9);
        payload.extend_from_slice(&key_length.to_le_bytes());
        payload
    }

    #[test]
    fn is_not_searched_when_the_lengths_agree() {
        check(&[], (FULL, 13 + 100 + 4), &header_of_put(100), Search::NotDone);
        check(&[], (FULL, 13 + 100 + 4 + 50), &header_of_put(100), Search::NotDone);
        check(&[], (FIRST, 13 + 100), &header_of_put(100), Search::NotDone);
        check(&[], (FIRST, 32768), &header_of_put(40_000), Search::NotDone);
    }

    #[test]
    fn is_searched_when_the_key_does_not_fit() {
        check(&[], (FULL, 13 + 100 + 3), &header_of_put(100), Search::Done);
        check(&[], (FIRST, 13 + 99), &header_of_put(100), Search::Done);
        check(&[], (FIRST, 13 + 101), &header_of_put(100), Search::Done);
    }

    #[test]
    fn is_searched_when_the_value_does_not_fit() {
        let put = encode_entry(2, &Op::put("key", [0xee; 100]));
        let start = &put[..13 + 3 + 4];
        check(&[], (FULL, put.len()), start, Search::NotDone);
        check(&[], (FULL, put.len() + 1), start, Search::Done);
        check(&[], (FULL, put.len() - 1), start, Search::Done);
    }

    #[test]
    fn is_searched_when_the_delete_does_not_fit() {
        let mut delete = header_of_put(100);
        delete[0] = 2;
        check(&[], (FULL, 13 + 100), &delete, Search::NotDone);
        check(&[], (FULL, 13 + 101), &delete, Search::Done);
    }

    #[test]
    fn is_searched_when_the_op_is_unknown() {
        for (record_type, length) in [(FULL, 13 + 100 + 4), (FIRST, 13 + 100)] {
            for op in [0, 5] {
                let mut start = header_of_put(100);
                start[0] = op;
                check(&[], (record_type, length), &start, Search::Done);
            }
        }
    }

    #[test]
    fn is_searched_when_the_header_is_illegal() {
        check(&[], (FULL, 32769), &header_of_put(32769 - 17), Search::Done);
        check(&[], (FIRST, 12), &[], Search::Done);
        check(&[], (MIDDLE, 32767), &[], Search::Done);
        check(&[], (LAST, 0), &[], Search::Done);
        check(&[], (LAST, 32769), &[], Search::Done);
        check(&[], (0, 100), &header_of_put(83), Search::Done);
    }

    #[test]
    fn is_searched_when_more_follows_than_the_header_claims() {
        let forged = forgery(2).len();
        check(&[], (LAST, forged), &[], Search::NotDone);
        check(&[], (LAST, forged - 1), &[], Search::Done);
    }

    #[test]
    fn is_a_fragment_of_any_legal_length_when_no_chain_is_open() {
        check(&[], (MIDDLE, 32768), &[], Search::NotDone);
        check(&[], (LAST, 32768), &[], Search::NotDone);
        check(&[], (LAST, 1000), &[], Search::NotDone);
    }

    /// A FIRST and a MIDDLE of an entry, of which `missing` bytes are not in them.
    fn chain_without(missing: usize) -> Vec<(u8, Vec<u8>)> {
        let entry = encode_entry(2, &Op::put("key", vec![0xee; missing + 32768 - 4]));
        vec![(FIRST, entry[..16].to_vec()), (MIDDLE, entry[16..16 + 32768].to_vec())]
    }

    #[test]
    fn is_a_middle_only_while_it_cannot_be_the_last() {
        check(&chain_without(32769), (MIDDLE, 32768), &[], Search::NotDone);
        check(&chain_without(32768), (MIDDLE, 32768), &[], Search::Done);
    }

    #[test]
    fn is_a_last_only_with_exactly_the_bytes_that_are_missing() {
        check(&chain_without(32768), (LAST, 32768), &[], Search::NotDone);
        check(&chain_without(100), (LAST, 100), &[], Search::NotDone);
        check(&chain_without(100), (LAST, 99), &[], Search::Done);
        check(&chain_without(100), (LAST, 101), &[], Search::Done);
        check(&chain_without(40_000), (LAST, 32768), &[], Search::Done);
    }

    #[test]
    fn is_any_fragment_when_the_chain_does_not_tell_its_length_yet() {
        let first = vec![(FIRST, header_of_put(0))];
        check(&first, (MIDDLE, 32768), &[], Search::NotDone);
        check(&first, (LAST, 100), &[], Search::NotDone);
        let delete_of_100_bytes: Vec<u8> = [vec![2], header_of_put(100)[1..].to_vec()].concat();
        let first = vec![(FIRST, delete_of_100_bytes)];
        check(&first, (LAST, 100), &[], Search::NotDone);
        check(&first, (LAST, 101), &[], Search::Done);
    }

    #[test]
    fn ends_where_the_zeros_begin() {
        let log = Log::new(|log| {
            plain(log, 1);
            plain(log, 2);
            log.raw_bytes(&[0; 4096]);
        });
        let damage = (log.starts[1], log.end(), TornTail);
        log.spoil(1, PAYLOAD + 20, 1).check(&[damage], &[1]);
    }
}

mod search {
    use super::*;

    /// Bytes that are neither a record nor the start of one.
    const GARBAGE: [u8; 40] = [0xee; 40];

    #[test]
    fn continues_at_a_number_that_can_follow() {
        // One number for each 20 bytes: 40 bytes of garbage and 23 + 10 + 7 bytes of the record before it.
        let record = |sequence| {
            let mut log = LogWriter::new();
            log.entry(sequence, &Op::put("a", "12345"));
            log.into_bytes()
        };
        for (sequence, can_follow) in [(9, false), (10, true), (13, true), (14, false)] {
            let log = Log::new(|log| {
                plain(log, 10);
                log.raw_record(0, 0, 0, &GARBAGE[7..]);
                log.raw_bytes(&record(sequence));
                plain(log, 12);
            });
            let garbage = log.starts[1];
            let end = if can_follow { garbage + 40 } else { log.starts[2] };
            let sequences = if can_follow { vec![10, 12, sequence] } else { vec![10, 12] };
            let mut sequences = sequences;
            sequences.sort_unstable();
            log.check(&[(garbage, end, Corruption)], &sequences);
        }
    }

    #[test]
    fn continues_at_the_first_number_when_none_can_follow() {
        let log = Log::new(|log| {
            plain(log, 10);
            log.raw_bytes(&GARBAGE);
            plain(log, 1000);
            log.raw_bytes(&GARBAGE);
            // This is below the last number, but now every number can follow.
            plain(log, 5);
            plain(log, 1001);
        });
        let damage = [(log.starts[1] - 40, log.starts[1], Corruption), (log.starts[2] - 40, log.starts[2], Corruption)];
        log.check(&damage, &[5, 10, 1000, 1001]);
    }

    #[test]
    fn continues_at_any_number_when_nothing_was_read() {
        let log = Log::new(|log| {
            log.raw_bytes(&GARBAGE);
            plain(log, 1 << 60);
        });
        let damage = (0, 40, Corruption);
        log.check(&[damage], &[1 << 60]);
    }

    #[test]
    fn skips_records_that_no_writer_writes() {
        let put = encode_entry(2, &Op::put("key", "value"));
        let batch = encode_batch(2, 1, &[Op::put("key", "value")]);
        let overlong = encode_entry(2, &put_of(32769));
        let passed_over: [(u8, &[u8]); 8] = [
            (MIDDLE, &put),
            (LAST, &put),
            // One has a byte of the value length, one lacks a byte of the key, and one is of a batch.
            (FIRST, &put[..17]),
            (FIRST, &put[..15]),
            (FIRST, &[&[4], &put[1..16]].concat()),
            (FULL, &put[..put.len() - 1]),
            (FULL, &batch[..batch.len() - 1]),
            (FULL, &overlong),
        ];
        for (record_type, payload) in passed_over {
            let log = Log::new(|log| {
                plain(log, 1);
                log.raw_bytes(&GARBAGE);
                log.record(record_type, payload);
                plain(log, 2);
            });
            let damage = (log.starts[1] - 40, log.starts[2], Corruption);
            log.check(&[damage], &[1, 2]);
        }
    }

    #[test]
    fn continues_at_every_kind_of_entry() {
        let written: [&dyn Fn(&mut LogWriter); 5] = [
            &|log| log.entry(2, &Op::delete("")),
            &|log| log.entry(2, &Op::put("k", vec![0xee; 33_000])),
            &|log| log.batch_record(2, &[Op::put("key", "value")]),
            &|log| log.batch_with_header(2, &[Op::put("key", "value")]),
            &|log| log.chain(2, &Op::put("key", "value"), 16, 3),
        ];
        for write in written {
            let log = Log::new(|log| {
                plain(log, 1);
                log.raw_bytes(&GARBAGE);
                write(log);
                plain(log, 3);
            });
            let damage = (log.starts[1] - 40, log.starts[1], Corruption);
            log.check(&[damage], &[1, 2, 3]);
        }
    }

    #[test]
    fn counts_what_was_read_but_not_recovered() {
        // The number 103 can follow the last number of the batch. It could not follow 1.
        let written: [&dyn Fn(&mut LogWriter); 4] = [
            &|log| log.batch_record(99, &vec![Op::merge("", ""); 3]),
            &|log| log.batch_record(101, &[]),
            &|log| log.batch_header(101, 0),
            &|log| log.entry(101, &Op::merge("", "")),
        ];
        for write in written {
            let log = Log::new(|log| {
                plain(log, 1);
                write(log);
                log.raw_bytes(&GARBAGE);
                // The first of these numbers is too low.
                plain(log, 100);
                plain(log, 103);
            });
            let (from, to) = (log.starts[2] - 40, log.starts[3]);
            log.check(&[(from, to, Corruption)], &[1, 103]);
        }
    }

    #[test]
    fn skips_a_wrong_first_although_nothing_follows_it() {
        let put = encode_entry(2, &Op::put("key", "value"));
        for first in [&put[..17], &put[..15], &[&[4], &put[1..16]].concat()] {
            let log = Log::new(|log| {
                plain(log, 1);
                log.raw_bytes(&GARBAGE);
                log.record(FIRST, first);
            });
            let damage = (log.starts[1] - 40, log.end(), Corruption);
            log.check(&[damage], &[1]);
        }
    }

    #[test]
    fn leaves_a_torn_tail_if_the_record_may_have_been_one() {
        let log = Log::new(|log| {
            plain(log, 1);
            plain(log, 2);
        });
        let damage = (log.starts[1], log.end(), TornTail);
        let key_length = PAYLOAD + 9;
        log.spoil(1, key_length, 1).check(&[damage], &[1]);
    }

    #[test]
    fn leaves_corruption_if_the_file_is_no_log() {
        let log = Log::new(|log| log.raw_bytes(b"This is a text, and no log at all."));
        let end = log.end();
        log.check(&[(0, end, Corruption)], &[]);
    }
}

mod entry {
    use super::*;

    #[test]
    fn that_cannot_be_parsed_is_corruption_of_all_its_records() {
        let mut put = encode_entry(2, &Op::put("key", "value"));
        put.push(0);
        let log = Log::new(|log| {
            plain(log, 1);
            log.record(FIRST, &put[..16]);
            log.record(MIDDLE, &put[16..18]);
            log.record(LAST, &put[18..]);
            plain(log, 3);
        });
        let damage = (log.starts[1], log.starts[4], Corruption);
        log.check(&[damage], &[1, 3]);
    }

    #[test]
    fn may_be_in_records_with_lengths_that_no_writer_writes() {
        let put = encode_entry(2, &Op::put("key", "value"));
        let log = Log::new(|log| {
            log.record(FIRST, &put[..13]);
            log.record(MIDDLE, &[]);
            log.record(MIDDLE, &put[13..]);
            log.record(LAST, &[]);
            log.record(FULL, &encode_entry(3, &put_of(65535)));
        });
        log.check(&[], &[2, 3]);
    }

    #[test]
    fn cannot_be_a_batch_in_fragments() {
        let batch = encode_batch(2, 1, &[Op::put("key", "value")]);
        let log = Log::new(|log| {
            plain(log, 1);
            log.record(FIRST, &batch[..20]);
            log.record(LAST, &batch[20..]);
            plain(log, 3);
        });
        let damage = (log.starts[1], log.starts[3], Corruption);
        log.check(&[damage], &[1, 3]);
    }

    #[test]
    fn of_a_batch_has_an_empty_value_and_ops_as_counted() {
        let ops = [Op::put("a", "1"), Op::delete("b")];
        let with_value = {
            let mut batch = encode_batch(2, 2, &ops);
            let end = batch.len();
            batch[end - 4] = 1;
            batch.push(b'v');
            batch
        };
        let spoiled: [Vec<u8>; 5] = [
            with_value,
            encode_batch(2, 1, &ops),
            encode_batch(2, 3, &ops),
            encode_batch(2, u32::MAX, &ops),
            encode_batch(u64::MAX, 2, &ops),
        ];
        for batch in spoiled {
            let log = Log::new(|log| {
                plain(log, 1);
                log.record(FULL, &batch);
                plain(log, 4);
            });
            let damage = (log.starts[1], log.starts[2], Corruption);
            log.check(&[damage], &[1, 4]);
        }
    }

    #[test]
    fn of_a_batch_may_have_the_highest_number_of_all() {
        let ops = [Op::put("a", "1"), Op::delete("b")];
        let log = Log::new(|log| {
            log.batch_record(u64::MAX - 1, &ops);
            log.batch_with_header(u64::MAX - 1, &ops);
            log.batch_header(u64::MAX, 0);
            log.batch_header(0, 0);
        });
        log.check(&[], &[u64::MAX - 1, u64::MAX - 1, u64::MAX, u64::MAX]);
    }
}

mod batch_with_header {
    use super::*;

    #[test]
    fn that_counts_too_far_is_corruption_by_itself() {
        let log = Log::new(|log| {
            plain(log, 1);
            log.batch_header(u64::MAX, 2);
            plain(log, 2);
        });
        let damage = (log.starts[1], log.starts[2], Corruption);
        log.check(&[damage], &[1, 2]);
    }

    #[test]
    fn is_torn_when_the_file_ends() {
        for entries in 0..3 {
            let log = Log::new(|log| {
                plain(log, 1);
                log.batch_header(2, 3);
                (2..2 + entries).for_each(|sequence| plain(log, sequence));
            });
            let damage = (log.starts[1], log.end(), TornTail);
            log.check(&[damage], &[1]);
        }
    }

    #[test]
    fn is_torn_when_its_entry_is() {
        let log = Log::new(|log| {
            plain(log, 1);
            log.batch_header(2, 3);
            plain(log, 2);
            plain(log, 3);
        });
        let log = log.cut(3, 10);
        let damage = (log.starts[1], log.end(), TornTail);
        log.check(&[damage], &[1]);
    }

    #[test]
    fn ends_before_what_is_not_its_own() {
        let others: [&dyn Fn(&mut LogWriter); 6] = [
            &|log| plain(log, 4),
            &|log| log.batch_record(3, &[Op::put("a", "1"), Op::put("b", "2")]),
            &|log| log.batch_with_header(3, &[Op::put("a", "1"), Op::put("b", "2")]),
            &|log| log.chain(3, &Op::put("key", "value"), 16, 3),
            &|log| log.batch_record(3, &[]),
            &|log| log.batch_header(3, 0),
        ];
        let recovered = [vec![4], vec![3, 4], vec![3, 4], vec![3], vec![], vec![]];
        for (write, recovered) in others.into_iter().zip(recovered) {
            let log = Log::new(|log| {
                plain(log, 1);
                log.batch_header(2, 3);
                plain(log, 2);
                write(log);
                plain(log, 3);
            });
            let damage = (log.starts[1], log.starts[3], Corruption);
            let mut sequences = [vec![1, 3], recovered].concat();
            sequences.sort_unstable();
            log.check(&[damage], &sequences);
        }
    }

    #[test]
    fn takes_its_entries_with_it_when_damage_breaks_it() {
        let log = Log::new(|log| {
            plain(log, 1);
            log.batch_header(2, 4);
            (2..8).for_each(|sequence| plain(log, sequence));
        });
        // This is the second of the entries 2 to 5.
        let damage = (log.starts[1], log.starts[6], Corruption);
        log.spoil(3, PAYLOAD + 20, 1).check(&[damage], &[1, 6, 7]);
    }

    #[test]
    fn takes_its_entries_with_it_over_more_damage() {
        let log = Log::new(|log| {
            plain(log, 1);
            log.batch_header(2, 4);
            plain(log, 2);
            log.record(MIDDLE, b"of nothing");
            plain(log, 5);
            log.record(LAST, b"of nothing");
            plain(log, 4);
            log.record(FULL, b"of nothing");
            // These numbers were read before the damage, so they do not belong to the batch any more.
            plain(log, 2);
            plain(log, 3);
        });
        let damage = (log.starts[1], log.starts[8], Corruption);
        log.check(&[damage], &[1, 2, 3]);
    }

    #[test]
    fn is_no_torn_tail_when_damage_broke_it_before_the_file_ended() {
        let log = Log::new(|log| {
            plain(log, 1);
            log.batch_header(2, 4);
            log.record(MIDDLE, b"of nothing");
            plain(log, 3);
            plain(log, 4);
        });
        let log = log.cut(4, 10);
        let damage = [(log.starts[1], log.starts[4], Corruption), (log.starts[4], log.end(), TornTail)];
        log.check(&damage, &[1]);
    }

    #[test]
    fn is_broken_by_a_first_as_by_any_other_entry() {
        // The file ends after the FIRST, or the FIRST is followed by an entry that should have come before it.
        let torn = Log::new(|log| {
            plain(log, 1);
            log.batch_header(2, 3);
            log.record(FIRST, &encode_entry(2, &Op::put("k", "v"))[..14]);
        });
        let damage = [(torn.starts[1], torn.starts[2], Corruption), (torn.starts[2], torn.end(), TornTail)];
        torn.check(&damage, &[1]);

        let broken = Log::new(|log| {
            plain(log, 1);
            log.batch_header(2, 3);
            log.record(FIRST, &encode_entry(2, &Op::put("k", "v"))[..14]);
            plain(log, 3);
            plain(log, 4);
        });
        let damage = (broken.starts[1], broken.starts[3], Corruption);
        broken.check(&[damage], &[1, 3, 4]);
    }

    #[test]
    fn is_one_stretch_with_the_damage_before_it() {
        let log = Log::new(|log| {
            plain(log, 1);
            log.record(MIDDLE, b"of nothing");
            log.batch_header(2, 3);
            log.batch_header(2, 3);
            plain(log, 5);
        });
        let damage = (log.starts[1], log.starts[4], Corruption);
        log.check(&[damage], &[1, 5]);
    }
}

mod stretches {
    use super::*;

    #[test]
    fn of_corruption_are_one_when_they_touch() {
        let log = Log::new(|log| {
            log.record(MIDDLE, b"of nothing");
            log.record(LAST, b"of nothing");
            log.record(FIRST, b"too short");
            plain(log, 1);
            log.record(FIRST, &encode_entry(2, &Op::put("k", "v"))[..14]);
            log.record(FULL, b"no entry");
            plain(log, 2);
        });
        let damage = [(0, log.starts[3], Corruption), (log.starts[4], log.starts[6], Corruption)];
        log.check(&damage, &[1, 2]);
    }

    #[test]
    fn of_corruption_and_a_torn_tail_stay_two() {
        let log = Log::new(|log| {
            log.record(MIDDLE, b"of nothing");
            plain(log, 1);
        });
        let log = log.cut(1, 5);
        let damage = [(0, log.starts[1], Corruption), (log.starts[1], log.end(), TornTail)];
        log.check(&damage, &[]);
    }

    #[test]
    fn of_a_broken_chain_start_at_its_first() {
        let log = Log::new(|log| {
            plain(log, 1);
            log.entry(2, &put_of(70_000));
            plain(log, 3);
        });
        let damage = (log.starts[1], log.starts[5], Corruption);
        let mut log = log;
        flip_bit(&mut log.bytes, 8 * (log.starts[2] + 1000));
        log.check(&[damage], &[1, 3]);
    }
}

mod point_in_time {
    use super::*;

    fn options() -> Options {
        Options { mode: Mode::PointInTime, ..Options::default() }
    }

    /// Recovers these files, and compares the result with the model.
    fn recovered(logs: &[(&str, Vec<u8>)], options: &Options) -> Outcome {
        let file = |(name, bytes): &(&str, Vec<u8>)| LogFile { name: (*name).to_owned(), bytes: bytes.clone() };
        let files: Vec<LogFile> = logs.iter().map(file).collect();
        let outcome = engine::recover(WalDir::with(&files).path(), options, 1);
        assert_same(&outcome, &model::recover(&files, options), &logs);
        outcome
    }

    /// Two files, the first of which ends in a torn record.
    fn check(
        before: impl FnOnce(&mut LogWriter),
        after: impl FnOnce(&mut LogWriter),
        max_sequence: u64,
        sequences: &[u64],
    ) {
        let mut first = LogWriter::new();
        before(&mut first);
        first.raw_bytes(&[0xee; 3]);
        let mut second = LogWriter::new();
        after(&mut second);
        let logs = [("1.wal", first.into_bytes()), ("2.wal", second.into_bytes())];
        let outcome = recovered(&logs, &Options { max_sequence, ..options() });
        let versions = &outcome.result.expect("no damage but a torn tail").memtables[0].versions;
        let mut found: Vec<u64> = versions.iter().map(|version| version.sequence).collect();
        found.sort_unstable();
        assert_eq!(found, sequences);
    }

    #[test]
    fn continues_where_the_numbers_continue() {
        let both = |log: &mut LogWriter| {
            plain(log, 3);
            plain(log, 7);
        };
        check(|log| plain(log, 2), both, u64::MAX, &[2, 3, 7]);
        check(|log| plain(log, 1), both, u64::MAX, &[1]);
        check(|log| plain(log, 3), both, u64::MAX, &[3]);
        check(|log| plain(log, u64::MAX), |log| plain(log, 0), u64::MAX, &[u64::MAX]);
    }

    #[test]
    fn starts_with_1_when_nothing_was_read() {
        check(|_| {}, |log| plain(log, 1), u64::MAX, &[1]);
        check(|_| {}, |log| plain(log, 2), u64::MAX, &[]);
    }

    #[test]
    fn continues_from_the_highest_number_not_from_the_last() {
        let before = |log: &mut LogWriter| {
            plain(log, 5);
            plain(log, 2);
        };
        check(before, |log| plain(log, 6), u64::MAX, &[2, 5, 6]);
        check(before, |log| plain(log, 3), u64::MAX, &[2, 5]);
    }

    #[test]
    fn continues_from_entries_that_are_ignored() {
        let before = |log: &mut LogWriter| {
            plain(log, 1);
            log.entry(8, &Op::merge("", ""));
        };
        let after = |log: &mut LogWriter| {
            log.entry(9, &Op::merge("", ""));
            plain(log, 2);
        };
        check(before, after, u64::MAX, &[1, 2]);
        check(before, after, 5, &[1, 2]);
        check(before, |log| plain(log, 2), 5, &[1]);
    }

    #[test]
    fn continues_with_the_first_op_of_a_batch() {
        let ops = [Op::put("a", "1"), Op::delete("b")];
        check(|log| plain(log, 1), |log| log.batch_record(2, &ops), u64::MAX, &[1, 2, 3]);
        check(|log| plain(log, 1), |log| log.batch_with_header(2, &ops), u64::MAX, &[1, 2, 3]);
        check(|log| plain(log, 2), |log| log.batch_with_header(2, &ops), u64::MAX, &[2]);
        check(|log| log.batch_record(1, &ops), |log| plain(log, 3), u64::MAX, &[1, 2, 3]);
    }

    #[test]
    fn does_not_count_a_batch_of_no_ops() {
        let after = |log: &mut LogWriter| {
            log.batch_record(7, &[]);
            log.batch_header(8, 0);
            plain(log, 2);
        };
        check(|log| plain(log, 1), after, u64::MAX, &[1, 2]);
    }

    #[test]
    fn does_not_count_a_dropped_batch() {
        let before = |log: &mut LogWriter| {
            plain(log, 1);
            log.batch_header(2, 3);
            plain(log, 2);
        };
        check(before, |log| plain(log, 2), u64::MAX, &[1, 2]);
        check(before, |log| plain(log, 3), u64::MAX, &[1]);
    }

    mod leaves_out {
        use super::*;

        fn log(write: impl FnOnce(&mut LogWriter)) -> Vec<u8> {
            Log::new(write).bytes
        }

        fn put(sequence: u64) -> Vec<u8> {
            log(|log| plain(log, sequence))
        }

        fn torn(sequence: u64) -> Vec<u8> {
            [put(sequence), vec![0xee; 3]].concat()
        }

        /// A damaged entry at the start, and an intact one after it.
        fn corrupt(sequence: u64) -> Vec<u8> {
            let both = |log: &mut LogWriter| {
                plain(log, sequence);
                plain(log, sequence + 1);
            };
            Log::new(both).spoil(0, 0, 1).bytes
        }

        fn left_out_of(logs: &[(&str, Vec<u8>)], options: &Options) -> u64 {
            recovered(logs, options).stats.files_left_out
        }

        /// The number of files left out of these, which are in the order of the log.
        fn left_out<const FILES: usize>(logs: [Vec<u8>; FILES], options: &Options) -> u64 {
            let names = ["1.wal", "2.wal", "3.wal", "4.wal"];
            left_out_of(&names.into_iter().zip(logs).collect::<Vec<_>>(), options)
        }

        #[test]
        fn the_file_that_does_not_continue_the_log_and_all_after_it() {
            assert_eq!(left_out([torn(1), put(3), put(4)], &options()), 2);
            assert_eq!(left_out([torn(1), put(2), put(4)], &options()), 0);
            assert_eq!(left_out([torn(1), torn(2), put(4)], &options()), 1);
        }

        #[test]
        fn a_file_that_starts_with_a_batch_that_does_not_continue_the_log() {
            let ops = [Op::put("a", "1"), Op::delete("b")];
            assert_eq!(left_out([torn(1), log(|log| log.batch_record(3, &ops))], &options()), 1);
            assert_eq!(left_out([torn(1), log(|log| log.batch_with_header(3, &ops))], &options()), 1);
            assert_eq!(left_out([torn(1), log(|log| log.batch_with_header(2, &ops))], &options()), 0);
        }

        #[test]
        fn files_after_a_corrupt_file_but_not_that_file() {
            assert_eq!(left_out([corrupt(1), put(2), put(3)], &options()), 2);
            assert_eq!(left_out([put(1), [put(2), corrupt(3)].concat(), put(4)], &options()), 1);
            assert_eq!(left_out([put(1), corrupt(2)], &options()), 0);
        }

        /// The damage of such a file is in the report.
        #[test]
        fn not_a_corrupt_file_after_a_torn_tail() {
            assert_eq!(left_out([torn(1), corrupt(2), put(4)], &options()), 1);
            assert_eq!(left_out([torn(1), corrupt(2)], &options()), 0);
        }

        #[test]
        fn no_file_without_an_entry_that_could_continue_the_log() {
            let no_ops = log(|log| log.batch_record(7, &[]));
            for nothing in [Vec::new(), no_ops, vec![0xee; 3]] {
                assert_eq!(left_out([torn(1), nothing.clone(), put(3), put(4)], &options()), 2);
                assert_eq!(left_out([torn(1), nothing.clone(), put(2)], &options()), 0);
                assert_eq!(left_out([torn(1), nothing], &options()), 0);
            }
        }

        #[test]
        fn files_with_only_entries_that_would_be_ignored() {
            let merge = |sequence| log(|log| log.entry(sequence, &Op::merge("", "")));
            let up_to_1 = Options { max_sequence: 1, ..options() };
            assert_eq!(left_out([torn(1), merge(3)], &options()), 1);
            assert_eq!(left_out([torn(1), merge(2)], &options()), 0);
            assert_eq!(left_out([torn(1), put(3)], &up_to_1), 1);
            assert_eq!(left_out([torn(1), put(2)], &up_to_1), 0);
        }

        #[test]
        fn empty_and_damaged_files_after_the_end_too() {
            assert_eq!(left_out([torn(1), put(3), Vec::new(), corrupt(4)], &options()), 3);
            assert_eq!(left_out([corrupt(1), Vec::new(), torn(3)], &options()), 2);
        }

        #[test]
        fn files_set_aside_if_they_belong_to_the_log() {
            let logs = [("backup_1/1.wal", torn(1)), ("2.wal", put(3)), ("backup_2/3.wal", put(4)), ("4.wal", put(5))];
            assert_eq!(left_out_of(&logs, &options()), 0);
            assert_eq!(left_out_of(&logs, &Options { include_set_aside: true, ..options() }), 3);
            let logs = [("1.wal", corrupt(1)), ("backup_1/2.wal", put(3)), ("backup_2/0.wal", put(1))];
            assert_eq!(left_out_of(&logs, &options()), 0);
            assert_eq!(left_out_of(&logs, &Options { include_set_aside: true, ..options() }), 1);
        }

        #[test]
        fn nothing_if_it_fails() {
            let tiny = Options { memtable_size: 1, max_memtables: 1, ..options() };
            assert_eq!(left_out([torn(1), put(2), put(4)], &tiny), 0);
            assert_eq!(left_out([torn(1), put(3), put(4)], &tiny), 2);
        }

        #[test]
        fn nothing_in_other_modes() {
            for mode in [Mode::TolerateTornTail, Mode::Absolute, Mode::SkipCorrupted] {
                let options = Options { mode, ..Options::default() };
                assert_eq!(left_out([torn(1), put(3)], &options), 0);
                assert_eq!(left_out([corrupt(1), put(3)], &options), 0);
            }
        }
    }
}

mod directory {
    use super::*;

    fn check(include_set_aside: bool, values: &[&str]) {
        let files = [
            "1.wal",
            "3.wal",
            ".wal",
            "2.wal.tmp",
            "backup_a/1.wal",
            "backup_b/1.wal",
            "backup_b/2.wal",
            "backup_/1.wal",
            "backup_a/deeper/1.wal",
            "another/1.wal",
            "old_backup_/1.wal",
        ]
        .map(|name| {
            let mut log = LogWriter::new();
            log.entry(1, &Op::put("key", name));
            LogFile { name: name.to_owned(), bytes: log.into_bytes() }
        });
        let options = Options { include_set_aside, ..Options::default() };
        let outcome = engine::recover(WalDir::with(&files).path(), &options, 1);
        assert_same(&outcome, &model::recover(&files, &options), &include_set_aside);
        let versions = &outcome.result.expect("intact files").memtables[0].versions;
        let newest_first: Vec<&[u8]> = versions.iter().filter_map(|version| version.value.as_deref()).collect();
        let expected: Vec<&[u8]> = values.iter().rev().map(|value| value.as_bytes()).collect();
        assert_eq!(newest_first, expected);
    }

    #[test]
    fn holds_the_log_in_the_order_of_names() {
        check(false, &[".wal", "1.wal", "3.wal"]);
    }

    #[test]
    fn holds_logs_set_aside_in_the_same_order() {
        let first = [".wal", "backup_/1.wal", "backup_a/1.wal", "backup_b/1.wal", "1.wal"];
        check(true, &[first.as_slice(), &["backup_b/2.wal", "3.wal"]].concat());
    }
}
