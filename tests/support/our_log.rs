//! Writes logs of ours, as `docs/log-format.md` says that libkevo does.

use std::ops::Range;

use super::model::Version;
use super::writer::{FIRST, FULL, LAST, LogWriter, MIDDLE, Op, encode_entry};

/// A log of ours that is being written.
#[derive(Clone, Debug)]
pub struct OurLog {
    log: LogWriter,
    identity: u64,
    /// The highest sequence number that was given.
    pub sequence: u64,
    /// All bytes before this one are on disk.
    pub synced: usize,
    /// The next append begins with a synced mark.
    owes_mark: bool,
    pub writes: Vec<Write>,
}

/// What was written at once: an entry, or a batch.
#[derive(Clone, Debug)]
pub struct Write {
    pub versions: Vec<Version>,
    /// Its records, with the marks before them.
    pub bytes: Range<usize>,
}

impl OurLog {
    /// A log that has got its start mark, on disk. `before` is the log before it.
    pub fn new(identity: u64, sequence: u64, before: Option<(&str, u64)>) -> Self {
        let (name, end) = before.unwrap_or_default();
        let log = LogWriter::new();
        let mut ours = Self { log, identity, sequence, synced: 0, owes_mark: false, writes: Vec::new() };
        ours.mark(1, &[&end.to_le_bytes(), name.as_bytes()].concat());
        ours.synced = ours.len();
        ours
    }

    pub fn len(&self) -> usize {
        self.log.len()
    }

    pub fn bytes(&self) -> Vec<u8> {
        self.log.clone().into_bytes()
    }

    /// Where the next record after `marks` more marks of synced bytes would start.
    pub fn next_offset(&self) -> usize {
        self.len() + if self.owes_mark { 58 } else { 0 }
    }

    /// One entry; with `fragments` in so many bytes each.
    pub fn put(&mut self, op: &Op, fragments: Option<usize>) {
        let start = self.begin();
        self.sequence += 1;
        let records = records(self.sequence, op, fragments);
        self.log.raw_bytes(&records);
        self.end(start, std::slice::from_ref(op));
    }

    /// A batch of such entries.
    pub fn batch(&mut self, ops: &[Op], fragments: Option<usize>) {
        let start = self.begin();
        let numbers = self.sequence + 1..;
        let records: Vec<u8> = numbers.zip(ops).flat_map(|(sequence, op)| records(sequence, op, fragments)).collect();
        let claim = [
            &u32::try_from(ops.len()).unwrap().to_le_bytes()[..],
            &(records.len() as u64).to_le_bytes(),
            &crc32fast::hash(&headers(&records)).to_le_bytes(),
        ];
        self.mark(3, &claim.concat());
        self.sequence += ops.len() as u64;
        self.log.raw_bytes(&records);
        self.end(start, ops);
    }

    /// Brings all that was written to disk.
    pub fn sync(&mut self) {
        self.owes_mark = true;
        self.synced = self.len();
    }

    /// The last that libkevo writes to it.
    pub fn close(&mut self) {
        self.sync();
        self.owes_mark = false;
        self.mark(2, &[&(self.synced as u64).to_le_bytes()[..], &[1]].concat());
        self.synced = self.len();
    }

    /// The record of a mark, as it would be at `offset`.
    pub fn mark_at(&self, offset: usize, kind: u8, body: &[u8]) -> Vec<u8> {
        let value = [&[kind][..], &self.identity.to_le_bytes(), &(offset as u64).to_le_bytes(), body].concat();
        let mut log = LogWriter::new();
        log.record(FULL, &encode_entry(self.sequence, &Op::merge(b"\0libkevo", value)));
        log.into_bytes()
    }

    /// Any mark.
    pub fn mark(&mut self, kind: u8, body: &[u8]) {
        let record = self.mark_at(self.len(), kind, body);
        self.log.raw_bytes(&record);
    }

    /// What Kevo appends.
    pub fn append(&mut self, kevos: &[u8]) {
        self.log.raw_bytes(kevos);
    }

    fn begin(&mut self) -> usize {
        let start = self.len();
        if std::mem::take(&mut self.owes_mark) {
            self.mark(2, &[&(self.synced as u64).to_le_bytes()[..], &[0]].concat());
        }
        start
    }

    fn end(&mut self, start: usize, ops: &[Op]) {
        let first = self.sequence + 1 - ops.len() as u64;
        let version = |(sequence, op): (u64, &Op)| {
            let value = match op {
                Op::Put { value, .. } => Some(value.clone()),
                Op::Delete { .. } => None,
                Op::Merge { .. } => panic!("a log of ours has no merges"),
            };
            Version { key: op.key().to_vec(), sequence, value }
        };
        let versions = (first..).zip(ops).map(version).collect();
        self.writes.push(Write { versions, bytes: start..self.len() });
    }
}

/// The records of an entry, in fragments of so many bytes, or else as Kevo cuts them.
fn records(sequence: u64, op: &Op, fragments: Option<usize>) -> Vec<u8> {
    let mut log = LogWriter::new();
    match fragments {
        None => log.entry(sequence, op),
        Some(len) => {
            let entry = encode_entry(sequence, op);
            let (first, rest) = entry.split_at(13 + len.min(op.key().len()));
            log.record(FIRST, first);
            let pieces: Vec<&[u8]> = rest.chunks(len.max(1)).collect();
            for (index, piece) in pieces.iter().enumerate() {
                log.record(if index + 1 == pieces.len() { LAST } else { MIDDLE }, piece);
            }
            if pieces.is_empty() {
                log.record(LAST, b"");
            }
        }
    }
    log.into_bytes()
}

/// The headers of records, 7 bytes each.
fn headers(records: &[u8]) -> Vec<u8> {
    let (mut headers, mut rest) = (Vec::new(), records);
    while !rest.is_empty() {
        let (header, after) = rest.split_at(7);
        headers.extend_from_slice(header);
        rest = &after[usize::from(u16::from_le_bytes([header[4], header[5]]))..];
    }
    headers
}
