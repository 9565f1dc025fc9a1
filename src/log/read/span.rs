//! Runs: entries of their own, one behind the other.
//!
//! Almost all of almost every log is that, and it can be read from the middle of a file: where a record is found that
//! is whole, others follow. It may have been found in a value, though. So a run is only an offer: whoever reads the
//! file from its start takes it if its own way leads to exactly where the run starts.

use super::input::Input;
use crate::log::format::entry::{Entry, OP_BATCH, claimed_len};
use crate::log::format::record::{HEADER_LEN, Header, MAX_RECORD, Record, RecordType};
use std::io::Read;

/// What looks like a record is checksummed so often, to find the start of a run, before that is given up.
const MOST_TRIES: usize = 16;

/// Where a run is, in bytes from the start of what was read, and the sequence number of its last entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) last_sequence: u64,
}

/// Reads the first run: one that starts where `input` does, or else, if `search` says so, the first that can be found.
/// Each of its entries is given to `take`, with what has been read and its offset there.
pub(crate) fn read_span<R: Read>(
    input: &mut Input<'_, R>,
    search: bool,
    mut take: impl FnMut(&[u8], usize, &Entry<'_>),
) -> Option<Span> {
    let start = if search { find_start(input)? } else { 0 };
    let (mut end, mut last_sequence) = (start, None);
    loop {
        input.read_to(end + MAX_RECORD);
        let Some(entry) = entry_of_its_own(input.bytes(), end) else { break };
        take(input.bytes(), end + HEADER_LEN, &entry.0);
        last_sequence = Some(entry.0.sequence);
        end += entry.1;
    }
    last_sequence.map(|last_sequence| Span { start, end, last_sequence })
}

/// The entry of the FULL record at `offset`, if that is intact and holds one, and the record's length.
#[inline]
fn entry_of_its_own(log: &[u8], offset: usize) -> Option<(Entry<'_>, usize)> {
    let record = Record::at(log, offset).filter(|record| record.record_type == RecordType::Full)?;
    Some((Entry::parse(record.payload).ok()?, record.len()))
}

fn find_start<R: Read>(input: &mut Input<'_, R>) -> Option<usize> {
    input.read_to(2 * MAX_RECORD);
    let log = input.bytes();
    (0..log.len().min(MAX_RECORD))
        .filter(|&offset| looks_like_an_entry(log, offset))
        .take(MOST_TRIES)
        .find(|&offset| entry_of_its_own(log, offset).is_some())
}

fn looks_like_an_entry(log: &[u8], offset: usize) -> bool {
    let Some(header) = Header::at(log, offset) else { return false };
    let payload = &log[offset + HEADER_LEN..];
    header.record_type == Some(RecordType::Full)
        && payload.first() != Some(&OP_BATCH)
        && claimed_len(payload) == Some(header.length as u64)
}
