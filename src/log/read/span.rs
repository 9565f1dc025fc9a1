//! Spans: entries in FULL records that follow each other without a gap.
//!
//! Nearly every log consists almost only of such entries, so reading can begin in the middle of a file: where one
//! intact record is found, others follow. But that record may be part of a value. So a span is only a proposal: the
//! reader that goes through the file from its start uses the span if one of its records ends exactly where the span
//! starts.

use super::input::Input;
use crate::log::format::entry::{Entry, OP_BATCH, claimed_len};
use crate::log::format::record::{HEADER_LEN, Header, MAX_RECORD, Record, RecordType};
use std::io::Read;

/// How many bytes that look like a record are checksummed, at most, to find the start of a span.
const MAX_TRIES: usize = 16;

/// Where a span starts and ends, in bytes from the start of the input, and the sequence number of its last entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) last_sequence: u64,
}

/// Reads the first span: the one at the start of `input` or, if `search` is set, the first one that can be found. Gives
/// each of its entries to `take`, with the bytes read so far and the offset of the entry in them.
pub(crate) fn read_span<R: Read>(
    input: &mut Input<'_, R>,
    search: bool,
    mut take: impl FnMut(&[u8], usize, &Entry<'_>),
) -> Option<Span> {
    let start = if search { find_start(input)? } else { 0 };
    let (mut end, mut last_sequence) = (start, None);
    loop {
        input.read_to(end + MAX_RECORD);
        let Some(entry) = full_entry(input.bytes(), end) else { break };
        take(input.bytes(), end + HEADER_LEN, &entry.0);
        last_sequence = Some(entry.0.sequence);
        end += entry.1;
    }
    last_sequence.map(|last_sequence| Span { start, end, last_sequence })
}

/// The entry in the FULL record at `offset`, and the length of the record. `None` if the record is not intact or holds
/// no entry.
#[inline(always)]
fn full_entry(log: &[u8], offset: usize) -> Option<(Entry<'_>, usize)> {
    let record = Record::at(log, offset).filter(|record| record.record_type == RecordType::Full)?;
    Some((Entry::parse(record.payload).ok()?, record.len()))
}

fn find_start<R: Read>(input: &mut Input<'_, R>) -> Option<usize> {
    input.read_to(2 * MAX_RECORD);
    let log = input.bytes();
    (0..log.len().min(MAX_RECORD))
        .filter(|&offset| looks_like_an_entry(log, offset))
        .take(MAX_TRIES)
        .find(|&offset| full_entry(log, offset).is_some())
}

fn looks_like_an_entry(log: &[u8], offset: usize) -> bool {
    let Some(header) = Header::at(log, offset) else { return false };
    let payload = &log[offset + HEADER_LEN..];
    header.record_type == Some(RecordType::Full)
        && payload.first() != Some(&OP_BATCH)
        && claimed_len(payload) == Some(header.length as u64)
}
