//! Changes a log by its records, in ways that a fuzzer which does not know checksums would almost never find.

use super::marks_mutator;
use super::writer::{FIRST, FULL, LAST, LogWriter, MIDDLE, Op};
use fastrand::Rng;
use std::ops::Range;

const HEADER_LEN: usize = 7;
/// How long a log may become, in bytes. Longer logs only slow the fuzzer down.
const LONGEST_LOG: usize = 1 << 20;

/// Makes one to three changes.
pub fn mutate(log: &mut Vec<u8>, rng: &mut Rng) {
    for _ in 0..rng.usize(1..=3) {
        mutate_once(log, rng);
    }
    log.truncate(LONGEST_LOG);
}

fn mutate_once(log: &mut Vec<u8>, rng: &mut Rng) {
    let records = records(log);
    let boundary = rng.choice(boundaries(log)).unwrap_or(0);
    let Some(record) = rng.choice(&records).cloned() else {
        return if rng.bool() { marks_mutator::mutate(log, rng) } else { insert(log, boundary, &any_write(rng, 1)) };
    };
    match rng.u8(..24) {
        0 | 1 => repair(log, &record),
        2..6 => {
            let sequence = any_sequence(log, &records, boundary, rng);
            insert(log, boundary, &any_write(rng, sequence));
        }
        6 => {
            let copy = log[record].to_vec();
            insert(log, boundary, &copy);
        }
        7 => drop(log.drain(record)),
        8 => flip_bit(log, &record, rng),
        9 | 10 => set_field(log, &record, rng),
        11 => log.truncate(rng.usize(..=log.len())),
        12 => {
            let filler = if rng.bool() { 0 } else { rng.u8(..) };
            insert(log, rng.usize(..=log.len()), &vec![filler; rng.usize(1..60)]);
        }
        13 => wrap(log, boundary, rng),
        14 => fragment(log, &record, rng),
        15 => {
            let other = rng.choice(&records).expect("there is one").clone();
            swap(log, &record, &other);
        }
        16..21 => marks_mutator::mutate(log, rng),
        _ => repair_all(log),
    }
}

/// The offsets at which records start, judged by their headers, and the end.
pub fn boundaries(log: &[u8]) -> Vec<usize> {
    records(log).into_iter().map(|record| record.start).chain([log.len()]).collect()
}

/// The ranges that look like records; their checksums need not be right.
pub fn records(log: &[u8]) -> Vec<Range<usize>> {
    let (mut records, mut at) = (Vec::new(), 0);
    while let Some(header) = log.get(at..at + HEADER_LEN) {
        let end = at + HEADER_LEN + usize::from(u16::from_le_bytes([header[4], header[5]]));
        if (FULL..=LAST).contains(&header[6]) && end <= log.len() {
            records.push(at..end);
            at = end;
        } else {
            at += 1;
        }
    }
    records
}

fn repair_all(log: &mut [u8]) {
    for record in records(log) {
        repair(log, &record);
    }
}

pub fn repair(log: &mut [u8], record: &Range<usize>) {
    let checksum = crc32fast::hash(&log[record.start + HEADER_LEN..record.end]);
    log[record.start..][..4].copy_from_slice(&checksum.to_le_bytes());
}

pub fn insert(log: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    log.splice(at..at, bytes.iter().copied());
}

fn flip_bit(log: &mut [u8], record: &Range<usize>, rng: &mut Rng) {
    // More often in the first bytes than in a long value.
    let end = if rng.bool() { record.end } else { record.end.min(record.start + HEADER_LEN + 20) };
    log[rng.usize(record.start..end)] ^= 1 << rng.u8(..8);
}

fn swap(log: &mut Vec<u8>, one: &Range<usize>, other: &Range<usize>) {
    let (a, b) = if one.start <= other.start { (one, other) } else { (other, one) };
    if a.end <= b.start {
        *log = [&log[..a.start], &log[b.clone()], &log[a.end..b.start], &log[a.clone()], &log[b.end..]].concat();
    }
}

/// Sets a field of the header or of the entry to a value that may be special.
fn set_field(log: &mut [u8], record: &Range<usize>, rng: &mut Rng) {
    let fields = [(4, 2), (6, 1), (7, 1), (8, 8), (16, 4), (20, 4), (24, 8), (32, 1), (33, 4)];
    let (at, width) = *rng.choice(&fields).expect("nine of them");
    let at = record.start + at;
    let left = (record.len() as u64).saturating_sub(HEADER_LEN as u64);
    let values = [0, 1, 2, 3, 4, 13, 14, 32767, 32768, 65535, left, left.wrapping_sub(17), u64::MAX, rng.u64(..)];
    let value = *rng.choice(&values).expect("fourteen of them");
    if let Some(field) = log.get_mut(at..at + width) {
        field.copy_from_slice(&value.to_le_bytes()[..width]);
    }
    if rng.bool() {
        repair(log, record);
    }
}

/// Puts everything before `end` into the value of a new entry.
fn wrap(log: &mut Vec<u8>, end: usize, rng: &mut Rng) {
    let value = log[..end].to_vec();
    let sequence = 1 + rng.u64(..4);
    let mut outer = LogWriter::new();
    outer.entry(sequence, &Op::put("outer", value));
    let mut outer = outer.into_bytes();
    if rng.bool() {
        let at = rng.usize(..outer.len().min(40));
        outer[at] ^= 1 << rng.u8(..8);
    }
    log.splice(..end, outer);
}

/// Splits a record into fragments.
fn fragment(log: &mut Vec<u8>, record: &Range<usize>, rng: &mut Rng) {
    let payload = log[record.start + HEADER_LEN..record.end].to_vec();
    if payload.len() < 14 {
        return;
    }
    let key_end = 13 + usize::from(payload[9]).min(payload.len() - 14);
    let first = if rng.bool() { key_end } else { rng.usize(13..payload.len()) };
    let mut fragments = LogWriter::new();
    fragments.record(FIRST, &payload[..first]);
    let mut rest = &payload[first..];
    while rest.len() > 1 && rng.u8(..3) == 0 {
        let (middle, after) = rest.split_at(rng.usize(1..rest.len()));
        fragments.record(MIDDLE, middle);
        rest = after;
    }
    fragments.record(LAST, rest);
    log.splice(record.clone(), fragments.into_bytes());
}

/// A sequence number: mostly the one that follows that of the record before `boundary`.
fn any_sequence(log: &[u8], records: &[Range<usize>], boundary: usize, rng: &mut Rng) -> u64 {
    let before = records.iter().rev().find(|record| record.end <= boundary);
    let last = before.and_then(|record| log[record.clone()].get(8..16)?.try_into().ok()).map_or(0, u64::from_le_bytes);
    match rng.u8(..8) {
        0 => rng.u64(..),
        1 => u64::MAX - rng.u64(..3),
        2 => last.wrapping_sub(rng.u64(..5)),
        3 => last.wrapping_add(rng.u64(..9)),
        _ => last.wrapping_add(1),
    }
}

/// A write that a store could have made.
fn any_write(rng: &mut Rng, sequence: u64) -> Vec<u8> {
    let mut log = LogWriter::new();
    let ops: Vec<Op> = (0..rng.usize(..4)).map(|_| any_op(rng)).collect();
    // The last number of a batch has to fit into 64 bits.
    let base = sequence.min(u64::MAX - 3);
    match rng.u8(..64) {
        0..8 => log.batch_record(base, &ops),
        8..16 => log.batch_with_header(base, &ops),
        16..24 => log.batch_of_shared_sequence(base, &ops),
        24..32 => log.batch_header(base, rng.u32(..4)),
        32..40 => {
            let op = any_op(rng);
            log.chain(sequence, &op, 13 + op.key().len(), rng.usize(1..9));
        }
        40 => log.entry(sequence, &Op::put("long", vec![b'v'; rng.usize(..70_000)])),
        _ => log.entry(sequence, &any_op(rng)),
    }
    log.into_bytes()
}

fn any_op(rng: &mut Rng) -> Op {
    let key: Vec<u8> = (0..rng.usize(..3)).map(|_| rng.u8(b'a'..b'e')).collect();
    let value = vec![rng.u8(b'v'..b'z'); rng.usize(..24)];
    match rng.u8(..8) {
        0 | 1 => Op::delete(key),
        2 => Op::merge(key, value),
        _ => Op::put(key, value),
    }
}
