//! Changes a log by the marks of libkevo's own logs, and makes offsets, identities and the claims of batches right
//! again, all of which depend on where a mark stands.

use super::log_mutator::{boundaries, insert, records, repair};
use super::our_log::OurLog;
use super::records::{FIRST, FULL};
use super::writer::Op;
use fastrand::Rng;
use std::ops::Range;

const KEY: &[u8] = b"\0libkevo";
/// Offsets in the record of a mark: its sequence number, its key, its kind and what follows that.
const SEQUENCE: usize = 8;
const KEY_START: usize = 20;
const KIND: usize = 32;
const IDENTITY: usize = 33;
const OFFSET: usize = 41;
const BODY: usize = 49;
const SYNCED: u8 = 2;
const BATCH: u8 = 3;

/// Makes one change.
pub fn mutate(log: &mut Vec<u8>, rng: &mut Rng) {
    let boundary = rng.choice(boundaries(log)).unwrap_or(0);
    match rng.u8(..12) {
        // A log of ours.
        0 | 1 => {
            let before = rng.bool().then_some(("00000000000000000001.wal", rng.u64(..400)));
            insert(log, 0, &OurLog::new(rng.u64(..), rng.u64(..3), before).bytes());
        }
        2..5 => insert(log, boundary, &any_writes(rng)),
        5 | 6 => {
            let up_to = rng.choice(boundaries(log)).unwrap_or(0) as u64;
            let closed = u8::from(rng.u8(..3) == 0);
            insert(log, boundary, &mark(SYNCED, &[&up_to.to_le_bytes()[..], &[closed]].concat()));
        }
        7 => insert(log, boundary, &mark(rng.u8(..), &vec![rng.u8(..); rng.usize(..20)])),
        // Any field of any mark.
        8 | 9 => set_field(log, rng),
        10 => {
            let zeros = vec![0; rng.usize(1..600)];
            log.extend(zeros);
        }
        _ => {}
    }
    if rng.u8(..4) > 0 {
        repair_marks(log);
    }
}

/// Entries and batches that end with a sync or not, without the start mark.
fn any_writes(rng: &mut Rng) -> Vec<u8> {
    let mut log = OurLog::new(0, rng.u64(..4), None);
    let start = log.len();
    for _ in 0..rng.usize(1..4) {
        let ops: Vec<Op> = (0..rng.u8(1..5)).map(|number| any_op(number, rng)).collect();
        let fragments = (rng.u8(..6) == 0).then(|| rng.usize(1..20));
        if ops.len() == 1 {
            log.put(&ops[0], fragments)
        } else {
            log.batch(&ops, fragments)
        }
        if rng.bool() {
            log.sync();
        }
    }
    if rng.u8(..4) == 0 {
        log.close();
    }
    log.bytes().split_off(start)
}

fn any_op(number: u8, rng: &mut Rng) -> Op {
    let key = [b'a' + number];
    if rng.u8(..4) == 0 { Op::delete(key) } else { Op::put(key, vec![number; rng.usize(..30)]) }
}

fn mark(kind: u8, body: &[u8]) -> Vec<u8> {
    OurLog::new(0, 0, None).mark_at(0, kind, body)
}

fn is_mark(record: &[u8]) -> bool {
    record[6] == FULL && record.len() >= BODY && record[KEY_START..].starts_with(KEY)
}

/// What a mark says is set to a number that may be special.
fn set_field(log: &mut [u8], rng: &mut Rng) {
    let marks: Vec<_> = records(log).into_iter().filter(|record| is_mark(&log[record.clone()])).collect();
    let Some(record) = rng.choice(marks) else { return };
    let fields = [(SEQUENCE, 8), (KIND, 1), (IDENTITY, 8), (OFFSET, 8), (BODY, 4), (BODY + 4, 8), (BODY, 8)];
    let (at, width) = *rng.choice(&fields).expect("seven of them");
    let small = rng.u64(..500);
    let value = *rng.choice(&[0, 1, 2, 3, 128, u64::MAX, log.len() as u64, small]).expect("eight of them");
    if let Some(field) = log[record.clone()].get_mut(at..at + width) {
        field.copy_from_slice(&value.to_le_bytes()[..width]);
    }
    repair(log, &record);
}

/// All marks get the identity of the first, their offsets, and checksums; those of batches claim what follows them.
fn repair_marks(log: &mut [u8]) {
    let records = records(log);
    let mut identity = None;
    for (index, record) in records.iter().enumerate() {
        if !is_mark(&log[record.clone()]) {
            continue;
        }
        let own = &mut log[record.clone()];
        let identity = identity.get_or_insert_with(|| own[IDENTITY..OFFSET].to_vec());
        own[IDENTITY..OFFSET].copy_from_slice(identity);
        own[OFFSET..BODY].copy_from_slice(&(record.start as u64).to_le_bytes());
        if own[KIND] == BATCH && own.len() >= BODY + 16 {
            claim(log, record, &records[index + 1..]);
        }
        repair(log, record);
    }
}

/// The mark of a batch claims the entries after it, as many as it has said, and they have the numbers that follow its
/// own.
fn claim(log: &mut [u8], mark: &Range<usize>, following: &[Range<usize>]) {
    let field = |at: usize, log: &[u8]| u32::from_le_bytes(log[mark.start + at..][..4].try_into().expect("four bytes"));
    let wanted = field(BODY, log);
    let sequence = &log[mark.start + SEQUENCE..][..8];
    let mut last = u64::from_le_bytes(sequence.try_into().expect("eight bytes"));
    let (mut entries, mut headers, mut end) = (0, Vec::new(), mark.end);
    for record in following {
        let starts_entry = [FULL, FIRST].contains(&log[record.start + 6]);
        if record.start != end || (starts_entry && (entries == wanted || record.len() < SEQUENCE + 8)) {
            break;
        }
        if starts_entry {
            entries += 1;
            last = last.wrapping_add(1);
            log[record.start + SEQUENCE..][..8].copy_from_slice(&last.to_le_bytes());
            repair(log, record);
        }
        headers.extend_from_slice(&log[record.start..record.start + 7]);
        end = record.end;
    }
    let claim = [
        &entries.to_le_bytes()[..],
        &((end - mark.end) as u64).to_le_bytes(),
        &crc32fast::hash(&headers).to_le_bytes(),
    ];
    log[mark.start + BODY..][..16].copy_from_slice(&claim.concat());
}

/// A log of ours, for a seed: what was written at some time, closed or not.
pub fn any_log(rng: &mut Rng) -> Vec<u8> {
    let mut log = OurLog::new(rng.u64(..), 0, None).bytes();
    for _ in 0..rng.usize(1..4) {
        log.extend(any_writes(rng));
    }
    // Numbers go on over all that was written.
    let mut last = 0_u64;
    for record in records(&log) {
        let own = &mut log[record.clone()];
        if ![FULL, FIRST].contains(&own[6]) {
            continue;
        }
        if !is_mark(own) {
            last += 1;
        }
        own[SEQUENCE..SEQUENCE + 8].copy_from_slice(&last.to_le_bytes());
        repair(&mut log, &record);
    }
    repair_marks(&mut log);
    log
}
