//! A WAL directory, and the questions about it, as a string of bytes.
//!
//! ```text
//!  0       1              2              3              4         8
//!  +-------+--------------+--------------+--------------+---------+- - - - - -+-----------+- - -
//!  | flags | max_memtables| memtable_size| max_sequence | seed u32| file      | separator | file
//!  +-------+--------------+--------------+--------------+---------+- - - - - -+-----------+- - -
//! ```
//!
//! A file is one byte that says where it lies, and then its unchanged contents. So what a fuzzer changes in these bytes
//! changes that log. The seed chooses the questions.

use super::cursor::Move;
use super::log_mutator;
use super::model::batch::{Event, events};
use super::model::{LogFile, Options, Order, Scan, Table, Version};
use fastrand::Rng;
use std::ops::Bound;

/// How many bytes there are before the files.
pub const CONTROL_LEN: usize = 8;
/// The offset of the byte for the memtable size.
const MEMTABLE_SIZE: usize = 2;
/// Separates two files.
pub const SEPARATOR: &[u8] = b"\n*.wal\n";

const IN_ORDER_OF_SEQUENCE: u8 = 1;
const WITH_SET_ASIDE: u8 = 2;
/// Threads cost more than everything else, so few inputs have them: those with all three bits set.
const IN_THREADS: u8 = 0x1c;

/// A decoded input.
#[derive(Debug)]
pub struct Input {
    /// The options; the mode is not set.
    pub options: Options,
    /// How many threads to try, besides one thread.
    pub threads: Option<usize>,
    pub files: Vec<LogFile>,
    pub rng: Rng,
}

impl Input {
    /// Any bytes are an input if there are at least `CONTROL_LEN`.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let (&[flags, memtables, size, sequence, s0, s1, s2, s3], files) = bytes.split_first_chunk::<CONTROL_LEN>()?;
        let options = Options {
            order: if flags & IN_ORDER_OF_SEQUENCE == 0 { Order::Log } else { Order::Sequence },
            include_set_aside: flags & WITH_SET_ASIDE != 0,
            max_memtables: if memtables < 16 { usize::from(memtables) + 1 } else { usize::MAX },
            memtable_size: memtable_size(size),
            max_sequence: if sequence < 128 { sequence.into() } else { u64::MAX },
            ..Options::default()
        };
        let seed = u32::from_le_bytes([s0, s1, s2, s3]);
        let threads = (flags & IN_THREADS == IN_THREADS).then_some(2 + usize::from(flags >> 6));
        Some(Self { options, threads, files: decode_files(files), rng: Rng::with_seed(seed.into()) })
    }

    /// The bytes of an input whose options recover as much as possible.
    pub fn encode(files: &[LogFile]) -> Vec<u8> {
        let mut bytes = vec![WITH_SET_ASIDE, u8::MAX, u8::MAX, u8::MAX, 0, 0, 0, 0];
        let place = |file: &LogFile| if file.name.contains('/') { SET_ASIDE } else { 0 };
        let files: Vec<_> = files.iter().map(|file| [&[place(file)], &*file.bytes].concat()).collect();
        bytes.extend_from_slice(&files.join(SEPARATOR));
        bytes
    }
}

/// Changes one file as [`log_mutator`] does, or adds, removes or moves files, or changes options.
pub fn mutate(input: &mut Vec<u8>, rng: &mut Rng) {
    input.resize(input.len().max(CONTROL_LEN), u8::MAX);
    let mut files: Vec<Vec<u8>> = split_files(&input[CONTROL_LEN..]).into_iter().map(<[u8]>::to_vec).collect();
    if files.is_empty() {
        files.push(vec![0]);
    }
    let which = rng.usize(..files.len());
    match rng.u8(..20) {
        0 => files.insert(which, files[which].clone()),
        1 => files.swap(0, which),
        2 => {
            let starts = log_mutator::boundaries(&files[which][1..]);
            let rest = files[which].split_off(1 + rng.choice(starts).unwrap_or(0));
            files.insert(which + 1, [&[0], &*rest].concat());
        }
        3 => files[which][0] = rng.u8(..),
        4 if files.len() > 1 => drop(files.remove(which)),
        5 => input[rng.usize(..CONTROL_LEN)] = rng.u8(..),
        6 => input[MEMTABLE_SIZE] = rng.choice(exact_sizes(&files)).unwrap_or(u8::MAX),
        _ => {
            let mut log = files[which].split_off(1);
            log_mutator::mutate(&mut log, rng);
            files[which].extend_from_slice(&log);
        }
    }
    input.truncate(CONTROL_LEN);
    input.extend_from_slice(&files.join(SEPARATOR));
}

/// The bytes for the sizes that a memtable has after the first few writes. By chance, few sizes are met exactly.
fn exact_sizes(files: &[Vec<u8>]) -> Vec<u8> {
    let mut table = Table::default();
    let mut sizes = Vec::new();
    for event in files.iter().flat_map(|file| events(&file[1..])) {
        if let Event::Write { ops, .. } = event {
            ops.iter().for_each(|op| table.apply(op));
            sizes.extend((0..128).find(|&byte| memtable_size(byte) == table.approximate_size));
        }
    }
    sizes
}

fn memtable_size(byte: u8) -> u64 {
    if byte < 128 { 1 + 8 * u64::from(byte) } else { 32 << 20 }
}

/// A file with at least this byte is set aside; with at least the next one it also has the name of the file before it.
const SET_ASIDE: u8 = 0xc0;
const OF_THE_SAME_NAME: u8 = 0xe0;
const NO_LOG: u8 = 0xfe;

fn decode_files(bytes: &[u8]) -> Vec<LogFile> {
    let name = |(index, place): (usize, u8)| match (place, index.checked_sub(1)) {
        (..SET_ASIDE, _) => format!("{index:02}.wal"),
        (NO_LOG.., _) => format!("{index:02}.txt"),
        (OF_THE_SAME_NAME.., Some(before)) => format!("backup_2/{before:02}.wal"),
        (SET_ASIDE.., _) => format!("backup_1/{index:02}.wal"),
    };
    let files = split_files(bytes).into_iter().enumerate();
    files.map(|(index, file)| LogFile { name: name((index, file[0])), bytes: file[1..].to_vec() }).collect()
}

/// The files, each with the byte that says where it lies. A file without that byte is left out.
fn split_files(mut bytes: &[u8]) -> Vec<&[u8]> {
    let mut files = Vec::new();
    while let Some(end) = bytes.windows(SEPARATOR.len()).position(|window| window == SEPARATOR) {
        files.push(&bytes[..end]);
        bytes = &bytes[end + SEPARATOR.len()..];
    }
    files.push(bytes);
    files.retain(|file| !file.is_empty());
    files
}

/// A key to ask for: an existing one, or one like it.
pub fn any_key(rng: &mut Rng, versions: &[Version]) -> Vec<u8> {
    let mut key = rng.choice(versions).map_or_else(Vec::new, |version| version.key.clone());
    match rng.u8(..8) {
        0 => key.push(rng.u8(..)),
        1 => drop(key.pop()),
        2 if !key.is_empty() => {
            let at = rng.usize(..key.len());
            key[at] = rng.u8(..);
        }
        _ => {}
    }
    key
}

/// A bound on sequence numbers.
pub fn any_bound(rng: &mut Rng, versions: &[Version]) -> u64 {
    let sequence = rng.choice(versions).map_or(0, |version| version.sequence);
    *rng.choice(&[u64::MAX, u64::MAX, sequence, sequence.wrapping_sub(1), 0]).expect("five of them")
}

pub fn any_scan(rng: &mut Rng, versions: &[Version]) -> Scan {
    Scan {
        lower: any_edge(rng, versions),
        upper: any_edge(rng, versions),
        prefix: if rng.bool() { Vec::new() } else { any_prefix(rng, versions) },
        max_sequence: any_bound(rng, versions),
        all_versions: rng.bool(),
        tombstones: rng.bool(),
    }
}

fn any_edge(rng: &mut Rng, versions: &[Version]) -> Bound<Vec<u8>> {
    match rng.u8(..4) {
        0 => Bound::Included(any_key(rng, versions)),
        1 => Bound::Excluded(any_key(rng, versions)),
        _ => Bound::Unbounded,
    }
}

fn any_prefix(rng: &mut Rng, versions: &[Version]) -> Vec<u8> {
    let mut key = any_key(rng, versions);
    key.truncate(rng.usize(..=key.len()));
    key
}

pub fn any_move(rng: &mut Rng, versions: &[Version]) -> Move {
    match rng.u8(..14) {
        0 => Move::First,
        1 => Move::Last,
        2..6 => Move::Next,
        6..10 => Move::Prev,
        10..12 => Move::Seek(any_key(rng, versions)),
        _ => Move::SeekForPrev(any_key(rng, versions)),
    }
}
