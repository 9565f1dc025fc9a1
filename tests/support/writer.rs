//! Writes logs as Kevo does, and records as it does not.

use std::ops::Range;
use std::slice;

use super::model::Version;
use super::records::{self, BATCH, DELETE, MAX_PAYLOAD, MERGE, PUT, entry, push_field};

pub use super::records::{FIRST, FULL, LAST, MIDDLE};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Op {
    Put { key: Vec<u8>, value: Vec<u8> },
    Delete { key: Vec<u8> },
    Merge { key: Vec<u8>, value: Vec<u8> },
}

impl Op {
    pub fn put(key: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Self {
        Self::Put { key: key.as_ref().to_vec(), value: value.as_ref().to_vec() }
    }

    pub fn delete(key: impl AsRef<[u8]>) -> Self {
        Self::Delete { key: key.as_ref().to_vec() }
    }

    pub fn merge(key: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Self {
        Self::Merge { key: key.as_ref().to_vec(), value: value.as_ref().to_vec() }
    }

    fn code(&self) -> u8 {
        match self {
            Self::Put { .. } => PUT,
            Self::Delete { .. } => DELETE,
            Self::Merge { .. } => MERGE,
        }
    }

    pub fn key(&self) -> &[u8] {
        match self {
            Self::Put { key, .. } | Self::Delete { key } | Self::Merge { key, .. } => key,
        }
    }

    fn value(&self) -> Option<&[u8]> {
        match self {
            Self::Put { value, .. } | Self::Merge { value, .. } => Some(value),
            Self::Delete { .. } => None,
        }
    }
}

/// An op that was written, alone or in a batch.
#[derive(Clone, Debug)]
pub struct Written {
    pub sequence: u64,
    pub op: Op,
    /// The bytes that must be intact for it: its own, or those of the whole batch if the batch is all or nothing.
    pub bytes: Range<usize>,
}

impl Written {
    /// What a memtable holds of it; a memtable holds no merges.
    pub fn version(&self) -> Option<Version> {
        let value = match &self.op {
            Op::Put { value, .. } => Some(value.clone()),
            Op::Delete { .. } => None,
            Op::Merge { .. } => return None,
        };
        Some(Version { key: self.op.key().to_vec(), sequence: self.sequence, value })
    }
}

/// One file of a log.
#[derive(Clone, Debug, Default)]
pub struct LogWriter {
    bytes: Vec<u8>,
    record_starts: Vec<usize>,
    written: Vec<Written>,
}

impl LogWriter {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Where each record starts, those inside values left out.
    pub fn record_starts(&self) -> &[usize] {
        &self.record_starts
    }

    /// What was written, records of arbitrary content left out.
    pub fn written(&self) -> &[Written] {
        &self.written
    }

    /// A put, delete or merge by itself, in as many records as it takes.
    pub fn entry(&mut self, sequence: u64, op: &Op) {
        let length_of_first = 13 + op.key().len().min(MAX_PAYLOAD - 13);
        let entry = encode_entry(sequence, op);
        if entry.len() <= MAX_PAYLOAD {
            self.whole(sequence, slice::from_ref(op), |log| log.record(FULL, &entry));
        } else {
            self.chain(sequence, op, length_of_first, MAX_PAYLOAD);
        }
    }

    /// An entry in a FIRST of that many bytes and then in fragments of that many, the LAST of what is left.
    pub fn chain(&mut self, sequence: u64, op: &Op, length_of_first: usize, length_of_others: usize) {
        let entry = encode_entry(sequence, op);
        self.whole(sequence, slice::from_ref(op), |log| {
            for (record_type, payload) in records::fragments(&entry, length_of_first, length_of_others) {
                log.record(record_type, payload);
            }
        });
    }

    /// A batch of the first kind.
    pub fn batch_record(&mut self, base: u64, ops: &[Op]) {
        self.whole(base, ops, |log| log.record(FULL, &encode_batch(base, count(ops), ops)));
    }

    /// A batch of the second kind.
    pub fn batch_with_header(&mut self, base: u64, ops: &[Op]) {
        self.whole(base, ops, |log| {
            log.batch_header(base, count(ops));
            for (sequence, op) in numbered(base, ops) {
                log.record(FULL, &encode_entry(sequence, op));
            }
        });
    }

    /// Only the header of a batch of the second kind.
    pub fn batch_header(&mut self, base: u64, count: u32) {
        let mut payload = vec![BATCH];
        payload.extend_from_slice(&base.to_le_bytes());
        payload.extend_from_slice(&count.to_le_bytes());
        self.record(FULL, &payload);
    }

    /// A batch of the third kind.
    pub fn batch_of_shared_sequence(&mut self, sequence: u64, ops: &[Op]) {
        for op in ops {
            self.entry(sequence, op);
        }
    }

    /// Notes what `write` writes as one whole.
    fn whole(&mut self, base: u64, ops: &[Op], write: impl FnOnce(&mut Self)) {
        let start = self.bytes.len();
        write(self);
        let bytes = start..self.bytes.len();
        self.written.extend(numbered(base, ops).map(|(sequence, op)| Written {
            sequence,
            op: op.clone(),
            bytes: bytes.clone(),
        }));
    }

    /// Any record whose checksum holds.
    pub fn record(&mut self, record_type: u8, payload: &[u8]) {
        let length = u16::try_from(payload.len()).expect("a payload that a header can describe");
        self.raw_record(crc32fast::hash(payload), length, record_type, payload);
    }

    /// A header with anything in it, and bytes after it.
    pub fn raw_record(&mut self, checksum: u32, length: u16, record_type: u8, payload: &[u8]) {
        self.record_starts.push(self.bytes.len());
        records::raw_header(&mut self.bytes, checksum, length.into(), record_type);
        self.bytes.extend_from_slice(payload);
    }

    /// Bytes that are not even a record.
    pub fn raw_bytes(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }
}

/// The ops of a batch, each with its sequence number.
fn numbered(base: u64, ops: &[Op]) -> impl Iterator<Item = (u64, &Op)> {
    // The last number may be the highest of all, and a range from `base` cannot go past it.
    ops.iter().enumerate().map(move |(i, op)| (base + i as u64, op))
}

fn count(ops: &[Op]) -> u32 {
    u32::try_from(ops.len()).unwrap()
}

pub fn encode_entry(sequence: u64, op: &Op) -> Vec<u8> {
    entry(op.code(), sequence, op.key(), op.value())
}

/// The payload of a batch record, whose count need not be right.
pub fn encode_batch(base: u64, count: u32, ops: &[Op]) -> Vec<u8> {
    let mut key = Vec::new();
    key.extend_from_slice(&count.to_le_bytes());
    key.extend_from_slice(&base.to_le_bytes());
    for op in ops {
        key.push(op.code());
        push_field(&mut key, op.key());
        if let Some(value) = op.value() {
            push_field(&mut key, value);
        }
    }
    entry(BATCH, base, &key, Some(b""))
}
