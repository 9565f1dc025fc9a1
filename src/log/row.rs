//! Rows: entries that follow each other without a gap, so that all can be found from the first.

use super::bytes::{LogBytes, key_start};
use super::position::Position;
use crate::log::format::entry::Entry;
use crate::log::format::record::HEADER_LEN;

/// How far ahead of an entry the log is prefetched, in bytes. The processor cannot look ahead by itself: the position of
/// the next entry is known only once this entry has been loaded.
const PREFETCH_DISTANCE: usize = 1024;

/// Entries in FULL records that follow each other, or ops of one batch record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) first: Position,
    /// How many entries there are.
    pub(crate) len: usize,
}

impl Row {
    /// The entries in `log`, with their positions.
    #[inline]
    pub(crate) fn entries(self, log: &LogBytes) -> impl Iterator<Item = (Position, Entry<'_>)> {
        let mut sequence = self.first.batch_op().map(|_| log.sequence(self.first));
        let mut position = self.first;
        (0..self.len).map(move |_| {
            let here = position;
            log.prefetch_at(here.offset() + PREFETCH_DISTANCE);
            let mut entry = log.entry_without_base(here);
            // Only the number of a batch's first op is looked up: those of the other ops follow it.
            if let Some(next) = &mut sequence {
                entry.sequence = *next;
                *next = next.wrapping_add(1);
            }
            position = next_position(here, &entry);
            (here, entry)
        })
    }
}

/// The position of the entry that follows the one at `position` without a gap, if there is one.
#[inline]
pub(crate) fn next_position(position: Position, entry: &Entry<'_>) -> Position {
    let end = key_start(position) + entry.body_len();
    match position.batch_op() {
        None => Position::of_entry(end + HEADER_LEN),
        Some(index) => Position::of_batch_op(end, index as usize + 1),
    }
}

#[cfg(test)]
mod tests;
