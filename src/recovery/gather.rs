//! Gathers entries, in the order of the log, on their way into a memtable: not one by one, but in rows.

use crate::log::format::entry::Entry;
use crate::log::position::Position;
use crate::log::row::{Row, next_position};
use crate::memory::copied;
use crate::memtable::stats::EntryStats;

/// The most entries in a group of rows, and so in a row. A reader that wants entries at random can take the rows' first
/// ones.
pub(crate) const GROUP_LEN: usize = 256;
/// Rows that are gathered in one piece, about, so that its memory can go back before that of others.
const MOST_ROWS: usize = 1 << 14;

/// Entries in the order of the log.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    pub(crate) rows: Vec<Row>,
    /// What is known of the rows, group by group.
    pub(crate) groups: Vec<RowGroup>,
    /// There was no memory for more, and some are missing.
    pub(crate) out_of_memory: bool,
}

/// Consecutive rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct RowGroup {
    /// How many rows it has.
    pub(crate) rows: usize,
    /// Of its entries.
    pub(crate) stats: EntryStats,
}

/// Gathers the entries of a file, or of a part of one.
#[derive(Debug, Default)]
pub(crate) struct Gatherer {
    /// Where the file starts in the log, in bytes.
    base: usize,
    gathered: Gathered,
    /// The group of the last entries.
    open: RowGroup,
    /// Where the last row goes on, if it does.
    next: Option<Position>,
}

impl Gatherer {
    pub(crate) fn new(base: usize) -> Self {
        Self { base, ..Self::default() }
    }

    /// Whether what has been gathered is enough for one piece, and no group is open.
    pub(crate) fn is_full(&self) -> bool {
        self.open.stats.len == 0 && self.gathered.rows.len() >= MOST_ROWS
    }

    /// Adds an entry; `position` counts from the file's start.
    #[inline(always)]
    pub(crate) fn push(&mut self, position: Position, entry: &Entry<'_>) {
        if self.next != Some(position) && !self.start_row(position) {
            return;
        }
        if let Some(row) = self.gathered.rows.last_mut() {
            row.len += 1;
        }
        self.open.stats.add(entry);
        self.next = Some(next_position(position, entry));
        if self.open.stats.len == GROUP_LEN {
            self.close();
        }
    }

    pub(crate) fn finish(mut self) -> Gathered {
        if self.open.stats.len > 0 {
            self.close();
        }
        // Rows are few; where they are many, each has few entries, and room to grow would be as large as these. (What
        // shrinks in place cannot be refused memory without an end of the process.)
        if let Ok(rows) = copied(&self.gathered.rows) {
            self.gathered.rows = rows;
        }
        self.gathered
    }

    /// False if there is no memory for it.
    #[cold]
    fn start_row(&mut self, position: Position) -> bool {
        let Gathered { rows, groups, out_of_memory } = &mut self.gathered;
        *out_of_memory |= rows.try_reserve(1).is_err() || groups.try_reserve(1).is_err();
        if !*out_of_memory {
            rows.push(Row { first: position.moved_by(self.base), len: 0 });
            self.open.rows += 1;
        }
        !*out_of_memory
    }

    /// Ends the open group, and the row that is in it.
    fn close(&mut self) {
        self.gathered.groups.push(std::mem::take(&mut self.open));
        self.next = None;
    }
}

#[cfg(test)]
mod tests;
