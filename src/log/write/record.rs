//! An entry as records: in one where it fits, else in fragments, cut as Kevo cuts them.

use crate::log::format::entry::{ENTRY_HEADER_LEN, Entry, Op, first_fragment_len};
use crate::log::format::record::{HEADER_LEN, MAX_PAYLOAD, RecordType, header};
use crc32fast::Hasher;
use std::io::{self, Write};

/// Bytes of an entry in the pieces that they are in: header, key, value's length, value.
struct Pieces<'a>([&'a [u8]; 4]);

impl Pieces<'_> {
    fn len(&self) -> usize {
        self.0.iter().map(|piece| piece.len()).sum()
    }

    /// Takes the first `len` bytes off.
    fn take(&mut self, mut len: usize) -> Self {
        Self(self.0.each_mut().map(|piece| {
            let (taken, rest) = piece.split_at(len.min(piece.len()));
            (*piece, len) = (rest, len - taken.len());
            taken
        }))
    }
}

/// How many bytes an entry takes in a file.
pub(super) fn len(entry: &Entry<'_>) -> u64 {
    let payload = ENTRY_HEADER_LEN + entry.body_len();
    let records = if payload <= MAX_PAYLOAD {
        1
    } else {
        1 + (payload - first_fragment_len(entry.key.len() as u32)).div_ceil(MAX_PAYLOAD)
    };
    (records * HEADER_LEN + payload) as u64
}

/// Writes an entry.
pub(super) fn write(out: &mut impl Write, entry: &Entry<'_>) -> io::Result<()> {
    let (header, value_len) = (entry.header(), (entry.value.len() as u32).to_le_bytes());
    let value_len: &[u8] = if entry.op == Op::Delete { &[] } else { &value_len };
    let mut rest = Pieces([&header, entry.key, value_len, entry.value]);
    if rest.len() <= MAX_PAYLOAD {
        return write_record(out, RecordType::Full, &rest);
    }
    write_record(out, RecordType::First, &rest.take(first_fragment_len(entry.key.len() as u32)))?;
    while rest.len() > MAX_PAYLOAD {
        write_record(out, RecordType::Middle, &rest.take(MAX_PAYLOAD))?;
    }
    write_record(out, RecordType::Last, &rest)
}

fn write_record(out: &mut impl Write, record_type: RecordType, payload: &Pieces<'_>) -> io::Result<()> {
    let mut checksum = Hasher::new();
    payload.0.iter().for_each(|piece| checksum.update(piece));
    out.write_all(&header(record_type, payload.len() as u16, checksum.finalize()))?;
    payload.0.iter().try_for_each(|piece| out.write_all(piece))
}
