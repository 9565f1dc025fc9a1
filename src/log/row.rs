//! Rows: entries that follow each other without a gap, so that the first leads to all.

use super::bytes::{LogBytes, key_start};
use super::position::Position;
use crate::log::format::entry::Entry;
use crate::log::format::record::HEADER_LEN;

/// How far ahead of an entry the log is asked for, in bytes: where the next entry is cannot be told before this one is
/// there, so the processor does not look ahead itself.
const AHEAD: usize = 1024;

/// Entries of their own, each in the record behind the last, or ops of one batch record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) first: Position,
    /// How many entries there are.
    pub(crate) len: usize,
}

impl Row {
    /// The entries in `log`, with their places.
    #[inline]
    pub(crate) fn entries(self, log: &LogBytes) -> impl Iterator<Item = (Position, Entry<'_>)> {
        let mut sequence = self.first.batch_op().map(|_| log.sequence(self.first));
        let mut position = self.first;
        (0..self.len).map(move |_| {
            let here = position;
            log.prefetch_at(here.offset() + AHEAD);
            let mut entry = log.entry_without_base(here);
            // Of the ops of a batch, only the first one's number is looked up.
            if let Some(next) = &mut sequence {
                entry.sequence = *next;
                *next = next.wrapping_add(1);
            }
            position = behind(here, &entry);
            (here, entry)
        })
    }
}

/// The place of the entry that follows the one at `position` without a gap, if one does.
#[inline]
pub(crate) fn behind(position: Position, entry: &Entry<'_>) -> Position {
    let end = key_start(position) + entry.body_len();
    match position.batch_op() {
        None => Position::of_entry(end + HEADER_LEN),
        Some(index) => Position::of_batch_op(end, index as usize + 1),
    }
}

#[cfg(test)]
mod tests;
