//! Spans: entries in FULL records that follow each other without a gap.
//!
//! Nearly every log consists almost only of such entries, so reading can begin in the middle of a file: where one
//! intact record is found, others follow. But that record may be part of a value. So a span is only a proposal: the
//! reader that goes through the file from its start uses the span if one of its records ends exactly where the span
//! starts.

use super::input::Input;
use crate::log::format::entry::{Entry, OP_BATCH, Op, claimed_len};
use crate::log::format::mark::{KEY, LogIdentity, Mark, MarkFound, Synced};
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
    /// If it has synced marks, their identity and the highest offset up to which all was on disk.
    pub(crate) synced: Option<(LogIdentity, u64)>,
}

/// Reads the first span: the one at the start of `input`, or the first one that can be found if `input` starts after
/// the file does, at the offset `input_start`. Gives each of its entries to `take`, with the bytes read so far and
/// the offset of the entry in them. Synced marks are no entries, and the span goes on after them. It ends before
/// other marks: what they say concerns more than their own entries.
pub(crate) fn read_span<R: Read>(
    input: &mut Input<'_, R>,
    input_start: u64,
    mut take: impl FnMut(&[u8], usize, &Entry<'_>),
) -> Option<Span> {
    let start = if input_start > 0 { find_start(input)? } else { after_start_mark(input) };
    let (mut end, mut last_sequence, mut synced) = (start, None, None);
    loop {
        input.read_to(end + MAX_RECORD);
        let Some(entry) = full_entry(input.bytes(), end) else { break };
        if entry.0.key == KEY && entry.0.op == Op::Merge {
            let Some(next) = with_mark(synced, &entry.0, input_start + end as u64) else { break };
            synced = Some(next);
        } else {
            take(input.bytes(), end + HEADER_LEN, &entry.0);
        }
        last_sequence = Some(entry.0.sequence);
        end += entry.1;
    }
    last_sequence.map(|last_sequence| Span { start, end, last_sequence, synced })
}

/// What is known to be synced after one more synced mark; `None` if it is none that a span can have.
fn with_mark(before: Option<(LogIdentity, u64)>, entry: &Entry<'_>, offset: u64) -> Option<(LogIdentity, u64)> {
    let found = MarkFound::of(entry, offset)?;
    let Mark::Synced(Synced { up_to, closed: false }) = found.mark else { return None };
    let (identity, before) = before.unwrap_or((found.identity, 0));
    (identity == found.identity).then_some((identity, up_to.max(before)))
}

/// Where the start mark ends with which a file begins; 0 if it does not.
fn after_start_mark<R: Read>(input: &mut Input<'_, R>) -> usize {
    input.read_to(MAX_RECORD);
    full_entry(input.bytes(), 0)
        .filter(|(entry, _)| matches!(MarkFound::of(entry, 0), Some(MarkFound { mark: Mark::Start { .. }, .. })))
        .map_or(0, |(_, len)| len)
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
