//! Changes a `VERSIONS` by its edits and their fields, and makes lengths, ordinals, identities and checksums right
//! again.

use super::versions_model::{self as model, Field};
use fastrand::Rng;
use std::ops::Range;
use xxhash_rust::xxh64::xxh64;

const MARK: &[u8] = b"kvoedit\n";
const HEADER_LEN: usize = 24;
const CHECKSUM_LEN: usize = 8;

/// Makes one to three changes.
pub fn mutate(file: &mut Vec<u8>, rng: &mut Rng) {
    for _ in 0..rng.usize(1..=3) {
        mutate_once(file, rng);
    }
}

fn mutate_once(file: &mut Vec<u8>, rng: &mut Rng) {
    let edits = edits(file);
    let Some(edit) = rng.choice(&edits).cloned() else {
        return drop(file.splice(0..0, any_edit(0, 7, rng)));
    };
    match rng.u8(..16) {
        0..3 => {
            let last = edits.last().expect("there is one").end;
            let new = any_edit(edits.len() as u32, identity(file, &edits[0]), rng);
            file.splice(last..last, new);
        }
        3..6 => add_field(file, &edit, rng),
        6..9 => set_number(file, &edit, rng),
        9 => file[rng.usize(edit)] ^= 1 << rng.u8(..8),
        10 => drop(file.drain(edit)),
        11 => {
            let copy = file[edit.clone()].to_vec();
            let at = rng.choice(&edits).expect("there is one").end;
            file.splice(at..at, copy);
        }
        12 => file.truncate(rng.usize(..=file.len())),
        13 => file.extend(vec![if rng.bool() { 0 } else { rng.u8(..) }; rng.usize(1..60)]),
        _ => renumber(file),
    }
    if rng.u8(..4) > 0 {
        renumber(file);
    }
}

/// The ranges that look like edits; their checksums need not be right.
fn edits(file: &[u8]) -> Vec<Range<usize>> {
    let (mut edits, mut at) = (Vec::new(), 0);
    while let Some(header) = file.get(at..at + HEADER_LEN) {
        let length = u32::from_le_bytes(header[8..12].try_into().expect("four bytes")) as usize;
        let end = at + HEADER_LEN + length + CHECKSUM_LEN;
        if header.starts_with(MARK) && end <= file.len() {
            edits.push(at..end);
            at = end;
        } else {
            at += 1;
        }
    }
    edits
}

fn identity(file: &[u8], edit: &Range<usize>) -> u64 {
    u64::from_le_bytes(file[edit.start + 16..][..8].try_into().expect("eight bytes"))
}

/// All edits get the ordinals that they should have, the identity of the first, and their checksums.
fn renumber(file: &mut [u8]) {
    let edits = edits(file);
    let Some(identity) = edits.first().map(|first| identity(file, first)) else { return };
    for (edit, ordinal) in edits.into_iter().zip(0_u32..) {
        let (covered, checksum) = file[edit].split_last_chunk_mut::<CHECKSUM_LEN>().expect("an edit has a checksum");
        covered[12..16].copy_from_slice(&ordinal.to_le_bytes());
        covered[16..24].copy_from_slice(&identity.to_le_bytes());
        *checksum = xxh64(covered, 0).to_le_bytes();
    }
}

/// Adds a field at the end of an edit.
fn add_field(file: &mut Vec<u8>, edit: &Range<usize>, rng: &mut Rng) {
    let with_field = model::edit(&[any_field(rng)], 0, 0);
    let field = &with_field[HEADER_LEN..with_field.len() - CHECKSUM_LEN];
    let length = (edit.len() - HEADER_LEN - CHECKSUM_LEN + field.len()) as u32;
    file[edit.start + 8..][..4].copy_from_slice(&length.to_le_bytes());
    let end = edit.end - CHECKSUM_LEN;
    file.splice(end..end, field.iter().copied());
}

/// Sets a number in the payload, or in the header, to one that may be special.
fn set_number(file: &mut [u8], edit: &Range<usize>, rng: &mut Rng) {
    let width = *rng.choice(&[1, 2, 4, 8]).expect("four of them");
    let at = rng.usize(edit.start..edit.end - CHECKSUM_LEN);
    let value = any_number(rng);
    if let Some(number) = file.get_mut(at..at + width) {
        number.copy_from_slice(&value.to_le_bytes()[..width]);
    }
}

fn any_edit(ordinal: u32, identity: u64, rng: &mut Rng) -> Vec<u8> {
    let fields: Vec<Field> = (0..rng.usize(..4)).map(|_| any_field(rng)).collect();
    model::edit(&fields, ordinal, identity)
}

fn any_field(rng: &mut Rng) -> Field {
    let (number, age, level, length) = (any_number(rng), any_number(rng), rng.u32(..3), any_number(rng));
    match rng.u8(..12) {
        0 | 1 => Field::Table { age, number, level, length, oversize: rng.u8(..16) / 7 },
        2 => Field::Foreign { age, level, length, name: any_name(rng) },
        3 => Field::Gone { number },
        4 => Field::ForeignGone { name: any_name(rng) },
        5 => Field::Moved { number, age, level },
        6 => Field::TakenIn { length, name: any_name(rng) },
        7 => Field::Closed { end: length.saturating_sub(rng.u64(..3)), length, name: any_name(rng) },
        8 => Field::Next(number),
        9 => Field::Last(number),
        10 => Field::Replaced { name: any_name(rng) },
        _ => Field::Other {
            tag: *rng.choice(&[1, 7, 11, 0x7FFF, 0x8000]).expect("five of them"),
            bytes: vec![1; rng.usize(..30)],
        },
    }
}

fn any_number(rng: &mut Rng) -> u64 {
    match rng.u8(..16) {
        0 => u64::MAX - rng.u64(..3),
        1 => rng.u64(..),
        2 => 1024 * rng.u64(..8),
        3 => u32::MAX.into(),
        4 => 1 << 63,
        5 => rng.u64(..1000),
        _ => rng.u64(..9),
    }
}

fn any_name(rng: &mut Rng) -> Vec<u8> {
    let names: [&[u8]; 12] = [
        b"00000000000000000000.wal",
        b"00000000000000000001.wal",
        b"00000000000000000002.wal",
        b"99999999999999999999.wal",
        b"0_000001_00000000000000000007.sst",
        b"1_000001_00000000000000000009.sst",
        b"x.sst",
        b"+00000000000000001024-000001.sst",
        b"+00000000000000002048-000002.oversize",
        b"",
        b"..",
        b"a/b",
    ];
    rng.choice(&names).expect("twelve of them").to_vec()
}
