//! The entries of the log, in its order: those that have been kept, and after them those yet to be looked at.

use crate::chunked::ChunkedVec;
use crate::log::format::entry::Entry;
use crate::log::position::Position;
use crate::log::row::{Row, next_position};
use crate::memtable::stats::EntryStats;
use crate::recovery::gather::Gathered;
use std::collections::{TryReserveError, VecDeque};

/// A cursor over the entries of a file, and the rows of all that has been kept.
#[derive(Debug, Default)]
pub(super) struct Entries {
    kept: ChunkedVec<Row>,
    /// What has not been gone through, the part first in which the cursor is.
    parts: VecDeque<Gathered>,
    /// The group of rows in which the cursor is, by its number, and how many of its entries are before the cursor.
    group: usize,
    in_group: usize,
    /// The same of the row.
    row: usize,
    in_row: usize,
    /// Of the next entry, if it is not the first of its row.
    position: Position,
    /// The entry before the cursor is of the same row, and is the last that was kept.
    extends: bool,
}

impl Entries {
    /// Goes on with the next file; nothing more is taken of those before.
    pub(super) fn open(&mut self, file: Vec<Gathered>) {
        let kept = std::mem::take(&mut self.kept);
        *self = Self { kept, parts: file.into(), ..Self::default() };
    }

    /// The rows that have been kept.
    pub(super) fn into_kept(self) -> ChunkedVec<Row> {
        self.kept
    }

    /// The position of the next entry.
    pub(super) fn peek(&mut self) -> Option<Position> {
        loop {
            if let Some(row) = self.parts.front()?.rows.get(self.row) {
                return Some(if self.in_row == 0 { row.first } else { self.position });
            }
            self.parts.pop_front();
            (self.group, self.row) = (0, 0);
        }
    }

    /// What is known of the next group of rows, if none of it has been taken and all of it is before `end` in the log.
    /// No row may begin before `end` and end after it.
    pub(super) fn peek_group(&mut self, end: usize) -> Option<EntryStats> {
        self.peek()?;
        let part = self.parts.front()?;
        let group = part.groups.get(self.group).filter(|_| self.in_group == 0)?;
        let last = part.rows[self.row + group.rows - 1];
        (last.first.offset() < end).then_some(group.stats)
    }

    /// Keeps all of the next group of rows, of which none has been taken.
    pub(super) fn keep_group(&mut self) -> Result<(), TryReserveError> {
        let Some(part) = self.parts.front() else { return Ok(()) };
        let group = part.groups[self.group];
        for row in &part.rows[self.row..][..group.rows] {
            self.kept.push(*row)?;
        }
        self.group += 1;
        self.row += group.rows;
        Ok(())
    }

    /// Keeps the next entry, which is `entry` and at `position`.
    pub(super) fn keep(&mut self, position: Position, entry: &Entry<'_>) -> Result<(), TryReserveError> {
        match self.kept.last_mut().filter(|_| self.extends) {
            Some(row) => row.len += 1,
            None => self.kept.push(Row { first: position, len: 1 })?,
        }
        self.extends = true;
        self.advance(position, entry);
        Ok(())
    }

    /// Does not keep the next entry.
    pub(super) fn pass(&mut self, position: Position, entry: &Entry<'_>) {
        self.extends = false;
        self.advance(position, entry);
    }

    fn advance(&mut self, position: Position, entry: &Entry<'_>) {
        let Some(part) = self.parts.front() else { return };
        self.position = next_position(position, entry);
        self.in_row += 1;
        self.in_group += 1;
        if self.in_row == part.rows[self.row].len {
            (self.row, self.in_row, self.extends) = (self.row + 1, 0, false);
        }
        if self.in_group == part.groups[self.group].stats.len {
            (self.group, self.in_group) = (self.group + 1, 0);
        }
    }
}
