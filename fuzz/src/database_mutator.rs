//! Changes the directory of a database: its files as wholes, or one of them as its format allows. Sometimes it makes a
//! new one, by a short history on a disk that may lose its power.

use super::database::{self, Random};
use super::database_history::{Told, acts, make};
use super::database_input::{CONTROL_LEN, encode, files, split_files};
use super::disk::coins;
use super::{log_mutator, versions_mutator};
use fastrand::Rng;
use kevo::db::SyncMode;
use std::ops::Range;
use xxhash_rust::xxh64::xxh64;

/// Longer files only slow the fuzzer down, in bytes.
const LONGEST_FILE: usize = 8 << 10;
/// The footer of a table, in bytes.
const FOOTER_LEN: usize = 68;
/// The tags of the properties, and of the bounds in them.
const PROPERTIES: usize = 2;
const BOUNDS: [usize; 2] = [8, 9];

pub fn mutate(input: &mut Vec<u8>, rng: &mut Rng) {
    input.resize(input.len().max(CONTROL_LEN), 0);
    let (control, rest) = input.split_first_chunk::<CONTROL_LEN>().expect("it is long enough");
    let (mut control, mut files) = (*control, split_files(rest));
    for _ in 0..rng.usize(1..=2) {
        mutate_once(&mut control, &mut files, rng);
    }
    *input = encode(control, &files);
}

fn mutate_once(control: &mut [u8; CONTROL_LEN], files: &mut Vec<(String, Vec<u8>)>, rng: &mut Rng) {
    if files.is_empty() || rng.u8(..50) == 0 {
        *files = made(rng);
        return;
    }
    let which = rng.usize(..files.len());
    match rng.u8(..24) {
        0 => control[rng.usize(..CONTROL_LEN)] = rng.u8(..),
        1 => drop(files.remove(which)),
        2 => {
            let (path, contents) = files[which].clone();
            files.push((other_path(&path, rng), contents));
        }
        3 => files[which].0 = other_path(&files[which].0, rng),
        4 => {
            let other = rng.usize(..files.len());
            let (one, two) = (files[which].1.clone(), files[other].1.clone());
            (files[which].1, files[other].1) = (two, one);
        }
        5 => {
            let len = files[which].1.len();
            files[which].1.truncate(rng.usize(..=len));
        }
        6 => {
            let filler = if rng.bool() { 0 } else { rng.u8(..) };
            files[which].1.extend(vec![filler; rng.usize(1..600)]);
        }
        _ => mutate_contents(&mut files[which], rng),
    }
}

fn mutate_contents((path, contents): &mut (String, Vec<u8>), rng: &mut Rng) {
    if path.starts_with("VERSIONS") {
        versions_mutator::mutate(contents, rng);
    } else if path.ends_with(".wal") {
        log_mutator::mutate(contents, rng);
    } else if path.starts_with("sst/") && rng.u8(..4) > 0 {
        mutate_table(contents, rng);
    } else if !contents.is_empty() {
        let at = rng.usize(..contents.len());
        contents[at] ^= 1 << rng.u8(..8);
    }
    contents.truncate(LONGEST_FILE);
}

/// Sets a number anywhere, mostly behind the blocks, and makes the checksums of a table of ours right: of its index,
/// its properties, its directory and its footer. A filter and bounds are believed if their checksums are right, so
/// filters keep theirs, and bounds stay.
fn mutate_table(table: &mut Vec<u8>, rng: &mut Rng) {
    let Some(footer) = table.len().checked_sub(FOOTER_LEN) else { return };
    let start = if rng.bool() { number(table, footer + 20, 8).min(footer) } else { 0 };
    let (at, width) = (rng.usize(start..table.len()), *rng.choice(&[1, 2, 4, 8]).expect("four of them"));
    let (small, any) = (rng.u64(..9), rng.u64(..));
    let value = *rng.choice(&[0, 1, u64::MAX, u64::MAX - 1, 1024, any, small]).expect("seven of them");
    let mut changed = table.clone();
    if let Some(field) = changed.get_mut(at..at + width) {
        field.copy_from_slice(&value.to_le_bytes()[..width]);
    }
    if bounds(&changed, footer) == bounds(table, footer) {
        repair_table(&mut changed, footer);
        *table = changed;
    }
}

/// Where the entries of the directory of a table of ours stand, with the tag and the range of the section of each.
fn sections(table: &[u8], footer: usize) -> Vec<(usize, usize, Range<usize>)> {
    let directory_len = number(table, footer + 36, 4);
    let Some(directory) = footer.checked_sub(directory_len).filter(|_| directory_len >= 8) else { return Vec::new() };
    let entries = (directory..footer - 8).step_by(32).filter(|entry| entry + 40 <= footer);
    let section = |entry: usize| {
        let (start, len) = (number(table, entry + 8, 8), number(table, entry + 16, 8));
        let end = start.checked_add(len).filter(|end| *end <= table.len())?;
        Some((entry, number(table, entry, 2), start..end))
    };
    entries.filter_map(section).collect()
}

/// The fields of the properties that are bounds.
fn bounds(table: &[u8], footer: usize) -> Vec<&[u8]> {
    let mut bounds = Vec::new();
    for (_, _, section) in sections(table, footer).into_iter().filter(|(_, tag, _)| *tag == PROPERTIES) {
        let mut rest = &table[section];
        while let Some((head, after)) = rest.split_first_chunk::<6>() {
            let (field, after) = after.split_at(number(head, 2, 4).min(after.len()));
            if BOUNDS.contains(&number(head, 0, 2)) {
                bounds.push(field);
            }
            rest = after;
        }
    }
    bounds
}

fn number(bytes: &[u8], at: usize, width: usize) -> usize {
    let mut number = [0; 8];
    number[..width].copy_from_slice(&bytes[at..at + width]);
    usize::try_from(u64::from_le_bytes(number)).expect("a usize has 64 bits")
}

fn repair_table(table: &mut [u8], footer: usize) {
    let (index, index_len) = (number(table, footer + 20, 8), number(table, footer + 28, 4));
    repair_last(table, index, index_len);
    for (entry, _, section) in sections(table, footer).into_iter().filter(|(_, tag, _)| *tag == PROPERTIES) {
        let checksum = xxh64(&table[section], 0).to_le_bytes();
        table[entry + 24..entry + 32].copy_from_slice(&checksum);
    }
    let directory_len = number(table, footer + 36, 4);
    if let Some(directory) = footer.checked_sub(directory_len) {
        repair_last(table, directory, directory_len);
    }
    repair_last(table, footer, FOOTER_LEN);
}

/// The last eight bytes of a range become the checksum of those before them.
fn repair_last(table: &mut [u8], start: usize, len: usize) {
    let range = start.checked_add(len).and_then(|end| table.get_mut(start..end));
    if let Some((covered, checksum)) = range.and_then(|range| range.split_last_chunk_mut::<8>()) {
        *checksum = xxh64(covered, 0).to_le_bytes();
    }
}

/// A path that may stand for something else.
fn other_path(path: &str, rng: &mut Rng) -> String {
    let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
    if rng.u8(..3) == 0 {
        let directory = *rng.choice(&["", "wal/", "sst/", "wal/backup_1/", "wal/kept/"]).expect("five of them");
        return format!("{directory}{name}");
    }
    if rng.u8(..3) == 0 {
        let names = [
            "VERSIONS",
            "VERSIONS.tmp",
            "MANIFEST",
            "LOCK",
            "wal/00000000000000000000.wal",
            "wal/00000000000000000009.wal",
            "wal/18446744073709551615.wal",
            "wal/.00000000000000000003.tmp",
            "sst/0_000001_00000000000000000007.sst",
            "sst/1_000001_00000000000000000009.sst",
            "sst/x.sst",
            "sst/+18446744073709551615-18446744073709551615.sst",
        ];
        return rng.choice(&names).expect("twelve of them").to_string();
    }
    // Another digit.
    let mut name: Vec<u8> = name.bytes().collect();
    let digits: Vec<usize> = (0..name.len()).filter(|&at| name[at].is_ascii_digit()).collect();
    if let Some(at) = rng.choice(digits) {
        name[at] = rng.u8(b'0'..=b'9');
    }
    let name = String::from_utf8_lossy(&name).into_owned();
    if directory.is_empty() { name } else { format!("{directory}/{name}") }
}

/// The files of a database with a short history, as it was left, or as a crash of the machine leaves it.
pub fn made(rng: &mut Rng) -> Vec<(String, Vec<u8>)> {
    let mut random = Random::new(rng.u64(..));
    let syncs = [SyncMode::Always, SyncMode::None, SyncMode::Bytes(300)];
    let options = database::random_options(&mut random, &syncs);
    let (disk, mut told) = (database::new_disk(), Told::default());
    let mut opened = database::open(&disk, &options).ok();
    let acts = acts(random.next(), rng.usize(1..12));
    for act in &acts[..acts.len() - rng.usize(..6)] {
        if make(act, &disk, &options, &mut opened, &mut told).is_err() {
            break;
        }
    }
    let left = if rng.bool() {
        drop(opened);
        disk
    } else {
        disk.crash(coins(random.next()))
    };
    files(&left).into_iter().collect()
}
