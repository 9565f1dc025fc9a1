//! Sections 2 and 3: what a payload says when it parses.

use super::record::{u32_at, u64_at};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    Put,
    Delete,
    Merge,
}

impl Op {
    fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            1 => Some(Self::Put),
            2 => Some(Self::Delete),
            3 => Some(Self::Merge),
            _ => None,
        }
    }
}

/// One put, delete or merge, wherever it was written: alone or in a batch of any kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub op: Op,
    pub sequence: u64,
    pub key: Vec<u8>,
    /// Empty for a delete.
    pub value: Vec<u8>,
}

/// What a FULL record, or a joined chain, turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Parsed {
    Entry(Entry),
    /// `own_sequence` is the one at bytes 1 to 8 of the payload, not the base of the ops.
    BatchRecord {
        own_sequence: u64,
        ops: Vec<Entry>,
    },
    BatchHeader {
        base: u64,
        count: u32,
    },
}

impl Parsed {
    /// The sequence number that counts as "the last one read" once this was read (rule 2c).
    pub fn last_sequence(&self) -> u64 {
        match self {
            Self::Entry(entry) => entry.sequence,
            Self::BatchRecord { own_sequence, ops } => ops.last().map_or(*own_sequence, |op| op.sequence),
            Self::BatchHeader { base, .. } => *base,
        }
    }
}

/// The payload of a FULL record.
pub fn parse_full(payload: &[u8]) -> Option<Parsed> {
    if payload.first() != Some(&4) {
        return parse_chain(payload);
    }
    if payload.len() == 13 {
        return parse_batch_header(payload);
    }
    parse_batch_record(payload)
}

/// The joined payloads of a chain: a batch cannot be fragmented.
pub fn parse_chain(payload: &[u8]) -> Option<Parsed> {
    let mut rest = Rest(payload);
    let op = Op::from_byte(rest.byte()?)?;
    let sequence = rest.long()?;
    let entry = rest.key_and_value(op, sequence)?;
    rest.0.is_empty().then_some(Parsed::Entry(entry))
}

fn parse_batch_header(payload: &[u8]) -> Option<Parsed> {
    let base = u64_at(payload, 1)?;
    let count = u32_at(payload, 9)?;
    last_of_batch_exists(base, count).then_some(Parsed::BatchHeader { base, count })
}

fn parse_batch_record(payload: &[u8]) -> Option<Parsed> {
    let mut rest = Rest(payload);
    rest.byte()?;
    let own_sequence = rest.long()?;
    let key = rest.counted_bytes()?;
    let value = rest.counted_bytes()?;
    if !value.is_empty() || !rest.0.is_empty() {
        return None;
    }
    let ops = parse_ops(key)?;
    Some(Parsed::BatchRecord { own_sequence, ops })
}

fn parse_ops(key: &[u8]) -> Option<Vec<Entry>> {
    let mut rest = Rest(key);
    let count = rest.word()?;
    let base = rest.long()?;
    if !last_of_batch_exists(base, count) {
        return None;
    }
    let mut ops = Vec::new();
    for i in 0..count {
        let op = Op::from_byte(rest.byte()?)?;
        ops.push(rest.key_and_value(op, base + u64::from(i))?);
    }
    rest.0.is_empty().then_some(ops)
}

/// Whether base + count - 1 does not pass 2^64 - 1.
fn last_of_batch_exists(base: u64, count: u32) -> bool {
    u128::from(base) + u128::from(count) <= 1 << 64
}

/// What of a payload is still to be read.
struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn bytes(&mut self, count: usize) -> Option<&'a [u8]> {
        let (bytes, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(bytes)
    }

    fn byte(&mut self) -> Option<u8> {
        Some(self.bytes(1)?[0])
    }

    fn word(&mut self) -> Option<u32> {
        u32_at(self.bytes(4)?, 0)
    }

    fn long(&mut self) -> Option<u64> {
        u64_at(self.bytes(8)?, 0)
    }

    fn counted_bytes(&mut self) -> Option<&'a [u8]> {
        let count = self.word()?;
        self.bytes(count as usize)
    }

    fn key_and_value(&mut self, op: Op, sequence: u64) -> Option<Entry> {
        let key = self.counted_bytes()?.to_vec();
        let value = match op {
            Op::Delete => Vec::new(),
            Op::Put | Op::Merge => self.counted_bytes()?.to_vec(),
        };
        Some(Entry { op, sequence, key, value })
    }
}
