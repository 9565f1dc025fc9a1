//! For tests: makes records, such as Kevo writes and others, and shows what the reader finds in a file of them.

use super::bytes::{LogBytes, entry_at};
use super::position::Position;
use crate::damage::{DamageKind, Stretch};
use crate::log::format::batch::BatchRecord;
use crate::log::format::entry::{Entry, Op, first_fragment_len};
use crate::log::format::mark::{self, Claim, LogIdentity, Synced};
use crate::log::format::record::{HEADER_LEN, MAX_PAYLOAD};
use crate::log::read::input::Input;
use crate::log::read::reader::{Rules, Sink, read_file};
use crate::log::read::span::Span;
use memmap2::MmapMut;
use std::ffi::OsStr;
use std::io::{self, Read};

pub(crate) const FULL: u8 = 1;
pub(crate) const FIRST: u8 = 2;
pub(crate) const MIDDLE: u8 = 3;
pub(crate) const LAST: u8 = 4;

/// An intact record.
pub(crate) fn record(record_type: u8, payload: impl AsRef<[u8]>) -> Vec<u8> {
    let payload = payload.as_ref();
    let length = u16::try_from(payload.len()).unwrap();
    [&crc32fast::hash(payload).to_le_bytes()[..], &length.to_le_bytes(), &[record_type], payload].concat()
}

pub(crate) fn full(payload: impl AsRef<[u8]>) -> Vec<u8> {
    record(FULL, payload)
}

/// The records of an entry that is too long for one.
pub(crate) fn chain(entry: &[u8]) -> Vec<Vec<u8>> {
    let key_len = u32::from_le_bytes(*entry[9..].first_chunk().unwrap());
    let (first, rest) = entry.split_at(first_fragment_len(key_len));
    let mut records = vec![record(FIRST, first)];
    records.extend(rest.chunks(MAX_PAYLOAD).map(|middle| record(MIDDLE, middle)));
    records.last_mut().unwrap()[6] = LAST;
    records
}

pub(crate) fn put(sequence: u64, key: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Vec<u8> {
    [entry(1, sequence, key), with_length(value)].concat()
}

pub(crate) fn delete(sequence: u64, key: impl AsRef<[u8]>) -> Vec<u8> {
    entry(2, sequence, key)
}

pub(crate) fn merge(sequence: u64, key: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Vec<u8> {
    [entry(3, sequence, key), with_length(value)].concat()
}

pub(crate) fn batch_header(base: u64, count: u32) -> Vec<u8> {
    [&[4], &base.to_le_bytes()[..], &count.to_le_bytes()].concat()
}

/// A batch record of these entries. Their own sequence numbers are left out.
pub(crate) fn batch_record(base: u64, count: u32, entries: &[Vec<u8>]) -> Vec<u8> {
    let ops = entries.iter().flat_map(|entry| [&entry[..1], &entry[9..]]).collect::<Vec<_>>().concat();
    let key = [&count.to_le_bytes()[..], &base.to_le_bytes(), &ops].concat();
    [entry(4, base, key), with_length("")].concat()
}

fn entry(op: u8, sequence: u64, key: impl AsRef<[u8]>) -> Vec<u8> {
    [&[op], &sequence.to_le_bytes()[..], &with_length(key)].concat()
}

fn with_length(field: impl AsRef<[u8]>) -> Vec<u8> {
    let field = field.as_ref();
    [&u32::try_from(field.len()).unwrap().to_le_bytes(), field].concat()
}

/// What is in a log of ours.
#[derive(Clone, Copy, Debug)]
pub(crate) enum OurStep {
    Put,
    /// A batch of two entries, the first in fragments, with a wrong checksum if it is broken.
    Batch {
        is_broken: bool,
    },
    /// All before is on disk.
    Synced,
    Closed,
    /// A record that is not intact.
    Damaged,
}

/// The identity of logs of ours.
pub(crate) const IDENTITY: LogIdentity = LogIdentity(0x1122_3344_5566_7788);

/// A log of ours, which begins after the sequence number `sequence`.
pub(crate) fn our_log(mut sequence: u64, before: Option<(&str, u64)>, steps: &[OurStep]) -> Vec<u8> {
    let before = before.map(|(name, end)| (OsStr::new(name), end));
    let mut log = mark::start(IDENTITY, sequence, before).unwrap();
    for step in steps {
        let offset = log.len() as u64;
        match *step {
            OurStep::Put => log.extend(full(put(sequence + 1, "key", "value"))),
            OurStep::Damaged => log.extend(flipped(full(put(sequence + 1, "key", "value")), 20)),
            OurStep::Batch { is_broken } => {
                let long = put(sequence + 1, "long", "value");
                let records = [record(FIRST, &long[..17]), record(LAST, &long[17..]), full(delete(sequence + 2, "b"))];
                let records = records.concat();
                let mut checksum = crc32fast::Hasher::new();
                mark::add_headers(&mut checksum, &records);
                let checksum = checksum.finalize() ^ u32::from(is_broken);
                let claim = Claim { entries: 2, bytes: records.len() as u64, checksum };
                log.extend(mark::batch(IDENTITY, offset, sequence, claim));
                log.extend(records);
                sequence += 1;
            }
            OurStep::Synced | OurStep::Closed => {
                let synced = Synced { up_to: offset, closed: matches!(step, OurStep::Closed) };
                log.extend(mark::synced(IDENTITY, offset, sequence, synced));
                continue;
            }
        }
        sequence += 1;
    }
    log
}

/// A log of these bytes. `batches` are the offsets of the records with which batches start.
pub(crate) fn log_of(bytes: &[u8], batches: Vec<usize>) -> LogBytes {
    let mut buffer = MmapMut::map_anon(bytes.len()).unwrap();
    buffer.copy_from_slice(bytes);
    LogBytes::new(buffer, batches)
}

/// The same bytes with one bit of the byte at `at` flipped.
pub(crate) fn flipped(mut bytes: Vec<u8>, at: usize) -> Vec<u8> {
    bytes[at] ^= 1;
    bytes
}

/// The same bytes with those from `at` on replaced by `patch`.
pub(crate) fn patched(mut bytes: Vec<u8>, at: usize, patch: &[u8]) -> Vec<u8> {
    bytes[at..at + patch.len()].copy_from_slice(patch);
    bytes
}

/// The first `len` bytes.
pub(crate) fn cut(mut bytes: Vec<u8>, len: usize) -> Vec<u8> {
    bytes.truncate(len);
    bytes
}

/// What the reader finds in a file: one line for each entry, batch and stretch of damage. The file consists of `parts`,
/// and the lines give offsets by the number of a part: `2: put a=1 @5` is an entry whose record starts with part 2, and
/// `1..3: corruption` covers the parts 1 and 2.
pub(crate) fn read(parts: &[Vec<u8>]) -> Vec<String> {
    let (lines, result) = read_from(parts.concat().as_slice(), parts);
    result.unwrap();
    lines
}

/// The same for a file whose bytes are read from `file`.
pub(crate) fn read_from(file: impl Read, parts: &[Vec<u8>]) -> (Vec<String>, io::Result<()>) {
    let mut buffer = vec![0; parts.iter().map(Vec::len).sum()];
    let mut sink = LineSink { starts: vec![0], ..LineSink::default() };
    for part in parts {
        sink.starts.push(sink.starts[sink.starts.len() - 1] + part.len());
    }
    let len = buffer.len();
    let mut input = Input::new(file, &mut buffer);
    let failure = input.read_all().err();
    let read = input.bytes_read();
    let outcome = read_file(&mut buffer[..read], len, Rules::Unknown, true, &mut sink);
    let result = if outcome.is_complete {
        Ok(())
    } else {
        Err(failure.expect("the reader stops early only where bytes could not be read"))
    };
    (sink.lines, result)
}

/// A key or a value as text for a line.
pub(crate) fn text(bytes: &[u8]) -> String {
    match bytes.len() {
        0..=32 => bytes.escape_ascii().to_string(),
        len => format!("({len} bytes, {:08x})", crc32fast::hash(bytes)),
    }
}

#[derive(Default)]
struct LineSink {
    starts: Vec<usize>,
    lines: Vec<String>,
    /// The stretch in the last line, if that is damage.
    damage: Option<Stretch>,
}

impl LineSink {
    fn push(&mut self, line: String) {
        self.lines.push(line);
        self.damage = None;
    }

    fn push_entry(&mut self, record: usize, entry: &Entry<'_>) {
        let (record, key, value, sequence) =
            (self.offset_text(record), text(entry.key), text(entry.value), entry.sequence);
        self.push(match entry.op {
            Op::Put => format!("{record}: put {key}={value} @{sequence}"),
            Op::Delete => format!("{record}: delete {key} @{sequence}"),
            Op::Merge => format!("{record}: merge {key}={value} @{sequence}"),
        });
    }

    fn offset_text(&self, offset: usize) -> String {
        match self.starts.binary_search(&offset) {
            Ok(part) => part.to_string(),
            Err(_) => format!("byte {offset}"),
        }
    }
}

impl Sink for LineSink {
    fn span(&mut self, _: &[u8], _: usize, _: impl Fn(&Span) -> bool) -> Option<Span> {
        None
    }

    fn entry(&mut self, log: &[u8], offset: usize, entry: &Entry<'_>) {
        assert_eq!(entry_at(log, Position::of_entry(offset)), *entry);
        self.push_entry(offset - HEADER_LEN, entry);
    }

    fn batch(&mut self, log: &[u8], offset: usize, entries: impl Iterator<Item = usize>) {
        let entries: Vec<usize> = entries.collect();
        self.push(format!("{}: batch of {}", self.offset_text(offset), entries.len()));
        for entry in entries {
            self.push_entry(entry - HEADER_LEN, &entry_at(log, Position::of_entry(entry)));
        }
    }

    fn batch_record(&mut self, log: &[u8], offset: usize, batch: BatchRecord<'_>) {
        self.push(format!("{}: batch of {}", self.offset_text(offset - HEADER_LEN), batch.count));
        for (index, (at, entry)) in batch.ops().enumerate() {
            let recovered = entry_at(log, Position::of_batch_op(offset + at, index));
            assert_eq!(Entry { sequence: entry.sequence, ..recovered }, entry);
            self.push_entry(offset - HEADER_LEN, &entry);
        }
    }

    fn marked_batch(&mut self, offset: usize, entries: usize) {
        self.push(format!("{}: batch of {entries}", self.offset_text(offset)));
    }

    fn damage(&mut self, stretch: Stretch) {
        let mut whole = stretch;
        if let Some(mut last) = self.damage.take()
            && last.absorb(&stretch)
        {
            self.lines.pop();
            whole = last;
        }
        let (start, end) = (whole.offset as usize, (whole.offset + whole.length) as usize);
        let kind = match whole.kind {
            DamageKind::TornTail => "torn tail",
            _ => "corruption",
        };
        let batches = match whole.batches_dropped {
            0 => String::new(),
            count => format!(", batches dropped: {count}"),
        };
        self.push(format!(
            "{}..{}: {kind}, {:?}{batches}",
            self.offset_text(start),
            self.offset_text(end),
            whole.cause
        ));
        self.damage = Some(whole);
    }
}
