//! Logs that are written to do harm. Each kind can be made at any size.

use super::records::{
    BATCH, DELETE, FIRST, FULL, LAST, MAX_PAYLOAD, MIDDLE, PUT, entry, push_field, raw_header, record,
};

/// A kind of log.
#[derive(Clone, Copy)]
pub struct Kind {
    pub name: &'static str,
    /// Makes the files of a log of about so many bytes.
    pub make: fn(usize) -> Vec<Vec<u8>>,
}

pub const KINDS: &[Kind] = &[
    Kind { name: "random bytes", make: |size| one_file(size, |log, i| log.extend(random(i).to_le_bytes())) },
    Kind { name: "zeros", make: |size| vec![vec![0; size]] },
    Kind { name: "headers of length 0", make: |size| one_file(size, |log, _| raw_header(log, !0, 0, FULL)) },
    Kind { name: "headers of length 65535", make: |size| one_file(size, |log, _| raw_header(log, !0, 65535, FULL)) },
    Kind { name: "headers of legal length", make: |size| one_file(size, |log, _| raw_header(log, !0, 32768, FULL)) },
    Kind { name: "FIRSTs with a key of 4 GiB, damaged", make: |size| one_file(size, first_of_long_key) },
    Kind { name: "a possible FIRST at every 8 bytes", make: |size| one_file(size, possible_first) },
    Kind { name: "keys of 4 GiB", make: |size| one_file(size, |log, i| full(log, &key_header(PUT, i, u32::MAX - 20))) },
    Kind { name: "values of 4 GiB", make: |size| one_file(size, value_of_4_gib) },
    Kind { name: "tiny puts", make: |size| one_file(size, |log, i| full(log, &put(i, b"", b""))) },
    Kind { name: "tiny deletes", make: |size| one_file(size, |log, i| full(log, &key_header(DELETE, i, 0))) },
    Kind { name: "one key", make: |size| one_file(size, |log, i| full(log, &put(i, b"key", &i.to_le_bytes()))) },
    Kind { name: "one key, numbers falling", make: |size| one_file(size, |log, i| full(log, &put(!i, b"key", b""))) },
    Kind {
        name: "one key, numbers random",
        make: |size| one_file(size, |log, i| full(log, &put(random(i), b"key", b""))),
    },
    Kind {
        name: "numbers all 2^64 - 1",
        make: |size| one_file(size, |log, i| full(log, &put(!0, &random(i).to_le_bytes(), b""))),
    },
    Kind {
        name: "tombstones of random keys",
        make: |size| one_file(size, |log, i| full(log, &delete(i, &random(i).to_le_bytes()))),
    },
    Kind {
        name: "logs in values",
        make: |size| one_file(size, |log, i| full(log, &put(i, b"key", &log_of_tiny_records(i)))),
    },
    Kind { name: "logs in values, which come to light", make: |size| one_file(size, log_in_damaged_value) },
    Kind { name: "a log in the value of one chain", make: log_in_chain },
    Kind { name: "a bit flipped in each payload", make: |size| one_file(size, |log, i| flipped_put(log, i, 7 + 15)) },
    Kind { name: "a bit flipped in each type", make: |size| one_file(size, |log, i| flipped_put(log, i, 6)) },
    Kind { name: "a bit flipped in each length", make: |size| one_file(size, |log, i| flipped_put(log, i, 4)) },
    Kind { name: "every other record damaged", make: |size| one_file(size, every_other_damaged) },
    Kind { name: "every other record a stray fragment", make: |size| one_file(size, every_other_stray) },
    Kind { name: "stray fragments and empty batches", make: |size| one_file(size, stray_and_empty_batch) },
    Kind { name: "a chain that never ends", make: |size| chain_without_end(size, MAX_PAYLOAD) },
    Kind { name: "a chain of empty fragments", make: |size| chain_without_end(size, 0) },
    Kind {
        name: "chains that never go on",
        make: |size| one_file(size, |log, i| record(log, FIRST, &key_header(PUT, i, 0))),
    },
    Kind { name: "fragments of one byte", make: |size| one_file(size, chain_of_bytes) },
    Kind { name: "a batch of 2^32 - 1, cut short", make: endless_batch },
    Kind { name: "one batch, complete", make: complete_batch },
    Kind {
        name: "batches of 2^32 - 1 in each other",
        make: |size| one_file(size, |log, i| full(log, &key_header(BATCH, i, u32::MAX))),
    },
    Kind { name: "remnants of a broken batch", make: broken_batch },
    Kind { name: "batches of one after a header", make: |size| one_file(size, batch_of_one) },
    Kind {
        name: "batch records of one op",
        make: |size| one_file(size, |log, i| full(log, &batch_record(i, 1, &[2, 0, 0, 0, 0]))),
    },
    Kind { name: "batch records of no op", make: |size| one_file(size, |log, i| full(log, &batch_record(i, 0, b""))) },
    Kind { name: "batch records full of ops", make: |size| one_file(size, |log, i| full_batch(log, i, 6500)) },
    Kind { name: "batch records in each other", make: |size| one_file(size, nested_batches) },
    Kind { name: "long keys, only the last byte differs", make: |size| one_file(size, |log, i| long_key(log, i, 1)) },
    Kind { name: "long keys, only the last 8 bytes differ", make: |size| one_file(size, |log, i| long_key(log, i, 8)) },
    Kind { name: "keys that go on where others end", make: |size| one_file(size, staircase) },
    Kind { name: "claims that reach far", make: claims_that_reach_far },
    Kind { name: "claims that reach near", make: |size| one_file(size, claim_that_reaches_near) },
    Kind { name: "a number out of reach, found too early", make: unreachable_number },
    Kind { name: "holes of zeros", make: |size| one_file(size, zero_hole) },
    Kind { name: "a file for each entry", make: a_file_for_each_entry },
];

/// A random number, by splitmix64.
pub fn random(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Appends pieces until the file has this length. `append` gets the number of the piece, counted from 1.
fn one_file(size: usize, append: impl Fn(&mut Vec<u8>, u64)) -> Vec<Vec<u8>> {
    let mut log = Vec::with_capacity(size + 2 * MAX_PAYLOAD);
    fill(&mut log, size, append);
    vec![log]
}

fn fill(log: &mut Vec<u8>, size: usize, append: impl Fn(&mut Vec<u8>, u64)) {
    for number in 1.. {
        if log.len() >= size {
            break;
        }
        append(log, number);
    }
}

fn full(log: &mut Vec<u8>, payload: &[u8]) {
    record(log, FULL, payload);
}

/// A record with a wrong checksum.
fn damaged(log: &mut Vec<u8>, length: usize, record_type: u8, payload: &[u8]) {
    raw_header(log, !crc32fast::hash(payload), length, record_type);
    log.extend(payload);
}

/// The first 13 bytes of an entry.
fn key_header(op: u8, sequence: u64, key_len: u32) -> Vec<u8> {
    [&[op][..], &sequence.to_le_bytes(), &key_len.to_le_bytes()].concat()
}

fn put(sequence: u64, key: &[u8], value: &[u8]) -> Vec<u8> {
    entry(PUT, sequence, key, Some(value))
}

fn delete(sequence: u64, key: &[u8]) -> Vec<u8> {
    entry(DELETE, sequence, key, None)
}

fn batch_record(base: u64, count: u32, ops: &[u8]) -> Vec<u8> {
    entry(BATCH, base, &[&count.to_le_bytes()[..], &base.to_le_bytes(), ops].concat(), Some(b""))
}

fn log_of_tiny_records(number: u64) -> Vec<u8> {
    let mut log = Vec::new();
    while log.len() < 1000 {
        full(&mut log, &key_header(DELETE, number, 0));
    }
    log
}

fn first_of_long_key(log: &mut Vec<u8>, number: u64) {
    damaged(log, MAX_PAYLOAD, FIRST, &key_header(PUT, number, u32::MAX - 20));
}

/// Read from any multiple of eight bytes, these are a FIRST of legal length and the entry that goes with it.
fn possible_first(log: &mut Vec<u8>, _: u64) {
    log.extend([0xff, 0xff, 0xff, 0x7f, 0x00, 0x80, FIRST, PUT]);
}

fn value_of_4_gib(log: &mut Vec<u8>, number: u64) {
    full(log, &[&key_header(PUT, number, 1), &b"k"[..], &[0xff; 4]].concat());
}

/// Header and lengths inside are all wrong, so the value is searched.
fn log_in_damaged_value(log: &mut Vec<u8>, number: u64) {
    let value = log_of_tiny_records(number);
    damaged(log, 65535, FULL, &[&key_header(PUT, number, 1 << 20), &value[..]].concat());
}

/// One entry, of which every piece that is read apart looks like a log: the last record in each fragment reaches over
/// the header of the next.
fn log_in_chain(size: usize) -> Vec<Vec<u8>> {
    let count = size.div_ceil(7 + MAX_PAYLOAD);
    let mut fragments = Vec::new();
    let mut next_header: Vec<u8> = Vec::new();
    for number in (0..count).rev() {
        let mut fragment = if number == 0 {
            u32::try_from(count * MAX_PAYLOAD - 4).expect("a value").to_le_bytes().to_vec()
        } else {
            Vec::new()
        };
        while MAX_PAYLOAD - fragment.len() >= 44 {
            full(&mut fragment, &key_header(DELETE, 1, 0));
        }
        let value = [vec![0; MAX_PAYLOAD - fragment.len() - 24], next_header].concat();
        full(&mut fragment, &put(1, b"", &value));
        fragment.truncate(MAX_PAYLOAD);
        let mut whole = Vec::new();
        record(&mut whole, if number + 1 == count { LAST } else { MIDDLE }, &fragment);
        next_header = whole[..7].to_vec();
        fragments.push(whole);
    }
    let mut log = Vec::new();
    record(&mut log, FIRST, &key_header(PUT, 1, 0));
    fragments.iter().rev().for_each(|fragment| log.extend(fragment));
    vec![log]
}

fn flipped_put(log: &mut Vec<u8>, number: u64, at: usize) {
    let start = log.len();
    full(log, &put(number, b"key", b"value"));
    log[start + at] ^= 0x10;
}

fn every_other_damaged(log: &mut Vec<u8>, number: u64) {
    if number.is_multiple_of(2) {
        full(log, &key_header(DELETE, number, 0));
    } else {
        damaged(log, 13, FULL, &key_header(DELETE, number, 0));
    }
}

fn every_other_stray(log: &mut Vec<u8>, number: u64) {
    full(log, &key_header(DELETE, number, 0));
    record(log, MIDDLE, b"");
}

/// Stretches of damage that do not touch, as close as they can be, and no entries.
fn stray_and_empty_batch(log: &mut Vec<u8>, number: u64) {
    full(log, &key_header(BATCH, number, 0));
    record(log, MIDDLE, b"");
}

fn chain_without_end(size: usize, fragment: usize) -> Vec<Vec<u8>> {
    let mut log = Vec::new();
    record(&mut log, FIRST, &key_header(PUT, 1, 0));
    let fragment = vec![7; fragment];
    fill(&mut log, size, |log, _| record(log, MIDDLE, &fragment));
    vec![log]
}

fn chain_of_bytes(log: &mut Vec<u8>, number: u64) {
    let entry = put(number, b"", &[7; 1000]);
    record(log, FIRST, &entry[..13]);
    entry[13..entry.len() - 1].iter().for_each(|&byte| record(log, MIDDLE, &[byte]));
    record(log, LAST, &entry[entry.len() - 1..]);
}

fn endless_batch(size: usize) -> Vec<Vec<u8>> {
    let mut log = Vec::new();
    full(&mut log, &key_header(BATCH, 1, u32::MAX));
    fill(&mut log, size, |log, i| full(log, &key_header(DELETE, i, 0)));
    vec![log]
}

fn complete_batch(size: usize) -> Vec<Vec<u8>> {
    let count = size as u64 / 20;
    let mut log = Vec::new();
    full(&mut log, &key_header(BATCH, 1, u32::try_from(count).expect("a count of 32 bits")));
    (1..=count).for_each(|i| full(&mut log, &key_header(DELETE, i, 0)));
    vec![log]
}

fn broken_batch(size: usize) -> Vec<Vec<u8>> {
    let mut log = Vec::new();
    full(&mut log, &key_header(BATCH, 1, u32::MAX));
    record(&mut log, MIDDLE, b"");
    fill(&mut log, size, |log, i| full(log, &key_header(DELETE, i, 0)));
    vec![log]
}

fn batch_of_one(log: &mut Vec<u8>, number: u64) {
    full(log, &key_header(BATCH, number, 1));
    full(log, &key_header(DELETE, number, 0));
}

fn full_batch(log: &mut Vec<u8>, number: u64, count: u32) {
    full(log, &batch_record(number, count, &[2, 0, 0, 0, 0].repeat(count as usize)));
}

/// Batch records, each in the first op of the one before it. All are intact, and none is well formed, because the end
/// that they share is not. Before them is what makes recovery search.
fn nested_batches(log: &mut Vec<u8>, _: u64) {
    const HEAD: usize = 7 + 25;
    const OPS: usize = 3000;
    const HEADS: usize = (MAX_PAYLOAD - 5 * OPS - 100) / (HEAD + 5);
    let mut inner = [2, 0, 0, 0, 0].repeat(OPS);
    inner.extend([9, 0, 0, 0, 0]);
    for depth in 0..HEADS {
        let payload = batch_record(1, u32::try_from(OPS + 1 + depth).expect("a count"), &inner);
        let mut whole = Vec::new();
        full(&mut whole, &payload);
        // A delete whose key is the head of the record, so that the ops of the record are also the next ops here.
        let mut delete = vec![DELETE];
        push_field(&mut delete, &whole[..HEAD]);
        inner = [delete, inner].concat();
    }
    damaged(log, 65000, FULL, &[9; 5]);
    log.extend(inner);
    log.extend([0; 4]);
}

fn long_key(log: &mut Vec<u8>, number: u64, differing: usize) {
    let key = [&[7; 1000][..], &random(number).to_le_bytes()[..differing]].concat();
    full(log, &put(number, &key, b""));
}

fn staircase(log: &mut Vec<u8>, number: u64) {
    full(log, &put(number, &vec![7; (number % 1000) as usize], b""));
}

/// Damaged records that say they end where in the second half a long one might start.
fn claims_that_reach_far(size: usize) -> Vec<Vec<u8>> {
    let mut log = Vec::with_capacity(size);
    let number_of_claims = size / 2 / 40;
    for claim in 0..number_of_claims {
        let target = size / 2 + (random(claim as u64) as usize % (size / 2 / 11 * 3 / 4)) * 11;
        let key_len = u32::try_from(target - log.len() - 20).expect("a target ahead");
        damaged(&mut log, 60000, FULL, &key_header(BATCH, 1, key_len));
        full(&mut log, &key_header(DELETE, 1, 0));
    }
    log.resize(size / 2, 9);
    while log.len() < size {
        log.extend([0; 4]);
        raw_header(&mut log, !0, 65535, LAST);
    }
    vec![log]
}

fn claim_that_reaches_near(log: &mut Vec<u8>, number: u64) {
    damaged(log, 60000, FULL, &key_header(DELETE, number, 32003));
    full(log, &key_header(DELETE, number, 0));
}

/// The place to read on from is at the start, and recovery searches everything after it in vain for a better one.
fn unreachable_number(size: usize) -> Vec<Vec<u8>> {
    let mut log = Vec::new();
    full(&mut log, &put(1, b"key", b"value"));
    damaged(&mut log, 65535, FULL, &[9; 20]);
    for _ in 0..2 {
        full(&mut log, &put(u64::MAX / 2, b"key", &[7; 5000]));
    }
    fill(&mut log, size, |log, _| damaged(log, MAX_PAYLOAD, FIRST, &key_header(PUT, 1, u32::MAX - 20)));
    vec![log]
}

fn zero_hole(log: &mut Vec<u8>, number: u64) {
    full(log, &key_header(DELETE, number, 0));
    log.resize(log.len() + 13, 0);
}

fn a_file_for_each_entry(size: usize) -> Vec<Vec<u8>> {
    let file = |number: usize| one_file(1, |log, _| full(log, &put(number as u64, b"key", &[7; 2470]))).remove(0);
    (0..size.div_ceil(2500)).map(file).collect()
}
