//! The entries of the log, in its order: those that have been kept, and behind them those yet to be looked at.

use crate::log::entry::Entry;
use crate::log::place::Place;
use crate::log::row::{Row, behind};
use crate::memtable::gather::Gathered;
use crate::memtable::summary::Summary;
use crate::pile::Pile;
use std::collections::{TryReserveError, VecDeque};

/// A cursor over the entries of a file, and the rows of all that has been kept.
#[derive(Debug, Default)]
pub(crate) struct Entries {
    kept: Pile<Row>,
    /// What has not been gone through, the part first in which the cursor is.
    parts: VecDeque<Gathered>,
    /// The block in which the cursor is, by its number, and how many of its entries are in front of the cursor.
    block: usize,
    in_block: usize,
    /// Likewise of the row.
    row: usize,
    in_row: usize,
    /// Of the next entry, if it is not the first of its row.
    place: Place,
    /// The entry in front of the cursor is of the same row, and is the last that was kept.
    extends: bool,
}

impl Entries {
    /// Goes on with the next file; nothing more is taken of those before.
    pub(crate) fn open(&mut self, file: Vec<Gathered>) {
        let kept = std::mem::take(&mut self.kept);
        *self = Self { kept, parts: file.into(), ..Self::default() };
    }

    /// The rows that have been kept.
    pub(crate) fn into_kept(self) -> Pile<Row> {
        self.kept
    }

    /// The place of the next entry.
    pub(crate) fn peek(&mut self) -> Option<Place> {
        loop {
            if let Some(row) = self.parts.front()?.rows.get(self.row) {
                return Some(if self.in_row == 0 { row.first } else { self.place });
            }
            self.parts.pop_front();
            (self.block, self.row) = (0, 0);
        }
    }

    /// What is known of the next block, if none of it has been taken and all of it stands in front of `end` in the log,
    /// where no row goes on from in front of it to behind it.
    pub(crate) fn peek_block(&mut self, end: usize) -> Option<Summary> {
        self.peek()?;
        let part = self.parts.front()?;
        let block = part.blocks.get(self.block).filter(|_| self.in_block == 0)?;
        let last = part.rows[self.row + block.rows - 1];
        (last.first.offset() < end).then_some(block.summary)
    }

    /// Keeps all of the next block, of which none has been taken.
    pub(crate) fn keep_block(&mut self) -> Result<(), TryReserveError> {
        let Some(part) = self.parts.front() else { return Ok(()) };
        let block = part.blocks[self.block];
        for row in &part.rows[self.row..][..block.rows] {
            self.kept.push(*row)?;
        }
        self.block += 1;
        self.row += block.rows;
        Ok(())
    }

    /// Keeps the next entry, which is `entry` and at `place`.
    pub(crate) fn keep(&mut self, place: Place, entry: &Entry<'_>) -> Result<(), TryReserveError> {
        match self.kept.last_mut().filter(|_| self.extends) {
            Some(row) => row.len += 1,
            None => self.kept.push(Row { first: place, len: 1 })?,
        }
        self.extends = true;
        self.advance(place, entry);
        Ok(())
    }

    /// Does not keep the next entry.
    pub(crate) fn pass(&mut self, place: Place, entry: &Entry<'_>) {
        self.extends = false;
        self.advance(place, entry);
    }

    fn advance(&mut self, place: Place, entry: &Entry<'_>) {
        let Some(part) = self.parts.front() else { return };
        self.place = behind(place, entry);
        self.in_row += 1;
        self.in_block += 1;
        if self.in_row == part.rows[self.row].len {
            (self.row, self.in_row, self.extends) = (self.row + 1, 0, false);
        }
        if self.in_block == part.blocks[self.block].summary.len {
            (self.block, self.in_block) = (self.block + 1, 0);
        }
    }
}
