//! A cursor over a table, as a merge needs it: it stands between entries, and knows the rank of each.

use crate::error::Error;
use crate::log::format::entry::{Entry, Op};
use crate::order::{Direction, Order, Point, Rank};
use crate::table::{self, Block, Found, Table};
use std::sync::Arc;

/// What comes next is the entry that `cursor` is on, or the one after it in the direction of the walk.
///
/// Within a table the order of the file counts: of several versions of a key the first is the newest, whatever their
/// sequence numbers. So the rank of a version is made of its place among the versions of its key. Only few tables of
/// Kevo's have more than one version of any key, and only in these the places are counted.
///
/// A walk over a table that was opened passing over damage leaves out damaged blocks. Any other walk ends with an error
/// where it comes to one.
#[derive(Debug)]
pub(crate) struct TableCursor {
    cursor: table::Cursor,
    /// The place of the table in the order of age: a newer table has a higher one.
    id: u64,
    has_versions: bool,
    passes_over_damage: bool,
    /// The entry that `cursor` is on has not been stepped over yet.
    is_on_next: bool,
    /// How many newer versions of its key are before the entry that `cursor` is on.
    newer: u64,
}

/// Entries of a block, from `next` up to `end`.
pub(crate) struct RestOfBlock<'c> {
    pub(crate) block: &'c Block,
    pub(crate) next: usize,
    pub(crate) end: usize,
    /// Of each of them.
    pub(crate) rank: Rank,
}

impl TableCursor {
    pub(crate) fn new(table: &Arc<Table>, id: u64) -> Result<Self, Error> {
        Ok(Self {
            cursor: table.cursor()?,
            id,
            has_versions: table.has_versions()?,
            passes_over_damage: table.passes_over_damage(),
            is_on_next: false,
            newer: 0,
        })
    }

    /// The same for a walk that rewrites the table: it never passes over damage, and leaves the cache as it is.
    pub(crate) fn for_rewriting(self) -> Self {
        Self { cursor: self.cursor.leaving_cache(), passes_over_damage: false, ..self }
    }

    pub(crate) fn may_have_versions(&self) -> bool {
        self.has_versions
    }

    /// Goes to `point`, or to the end, to walk in `direction` from there.
    pub(crate) fn seek(&mut self, point: Option<Point<'_>>, direction: Direction) -> Result<(), Error> {
        self.is_on_next = true;
        match (point, direction) {
            (Some(point), Direction::Forward) => self.seek_forward(point),
            (Some(point), Direction::Backward) => self.seek_backward(point),
            (None, Direction::Forward) => {
                self.cursor.go_to_end();
                Ok(())
            }
            (None, Direction::Backward) => {
                self.go(Direction::Backward, table::Cursor::last)?;
                self.count_newer()
            }
        }
    }

    /// Whether there is an entry where it went to.
    pub(crate) fn has_next(&self) -> bool {
        self.cursor.entry().is_some()
    }

    /// Steps over the next entry in `direction`.
    #[inline]
    pub(crate) fn step(&mut self, direction: Direction) -> Result<Option<(Found, Rank)>, Error> {
        if !std::mem::replace(&mut self.is_on_next, false) {
            match direction {
                Direction::Forward => self.next()?,
                Direction::Backward => self.prev()?,
            }
        }
        Ok(self.cursor.found().map(|found| (found, self.rank())))
    }

    /// What comes after `found` in its block, from the entry that was stepped over last up to `until`. Nothing if
    /// that is in another block, or not before `until`.
    #[inline]
    pub(crate) fn rest_of_block(&self, found: &Found, until: Option<Point<'_>>) -> Option<RestOfBlock<'_>> {
        let (block, next) = self.cursor.place()?;
        if self.has_versions || !block.is_same(found.block()) {
            return None;
        }
        let rank = self.rank_of(0);
        let end = until.map_or(block.len(), |until| {
            let end = block.lower_bound_from(next, until.key);
            end + usize::from(end < block.len() && rank < until.rank && block.key(end) == until.key)
        });
        (next < end).then_some(RestOfBlock { block, next, end, rank })
    }

    /// As [`step`](Self::step), forward, if `found` is the entry that was stepped over last and the next one is in the
    /// same block, with the same rank: `found` becomes that. Gives whether it does.
    #[inline]
    pub(crate) fn step_within_block(&mut self, found: &mut Found) -> bool {
        !self.has_versions && !self.is_on_next && self.cursor.next_within_block(found)
    }

    /// To before entry number `to` of the block that it is in.
    pub(crate) fn go_within_block(&mut self, to: usize) {
        self.is_on_next = self.cursor.go_within_block(to);
    }

    /// To the first entry that is not before `point`.
    fn seek_forward(&mut self, point: Point<'_>) -> Result<(), Error> {
        self.seek_key(point.key)?;
        while self.is_before(point) {
            self.next()?;
        }
        Ok(())
    }

    /// To the last entry before `point`.
    fn seek_backward(&mut self, point: Point<'_>) -> Result<(), Error> {
        if self.has_versions {
            self.seek_forward(point)?;
            return self.prev();
        }
        // It does not go past the entry with the key of the point: the block after it may be damaged.
        self.seek_key(point.key)?;
        if self.is_before(point) { Ok(()) } else { self.prev() }
    }

    /// To the first entry whose key is `key` or a higher one.
    fn seek_key(&mut self, key: &[u8]) -> Result<(), Error> {
        self.newer = 0;
        self.go(Direction::Forward, |cursor| cursor.seek(key))
    }

    /// Whether the entry that the cursor is on is before `point`, if its key is not lower than that of the point.
    fn is_before(&self, point: Point<'_>) -> bool {
        self.rank() < point.rank && self.is_on(point.key)
    }

    fn is_on(&self, key: &[u8]) -> bool {
        self.cursor.entry().is_some_and(|entry| entry.key == key)
    }

    #[inline]
    fn next(&mut self) -> Result<(), Error> {
        let before = if self.has_versions { self.cursor.found() } else { None };
        self.go(Direction::Forward, table::Cursor::next)?;
        let is_version = before.is_some_and(|before| self.is_on(before.key()));
        self.newer = if is_version { self.newer + 1 } else { 0 };
        Ok(())
    }

    #[inline]
    fn prev(&mut self) -> Result<(), Error> {
        self.go(Direction::Backward, table::Cursor::prev)?;
        match self.newer.checked_sub(1) {
            Some(newer) => {
                self.newer = newer;
                Ok(())
            }
            None => self.count_newer(),
        }
    }

    /// Counts the versions before the entry that the cursor is on, which is the oldest of its key.
    fn count_newer(&mut self) -> Result<(), Error> {
        self.newer = 0;
        let oldest = if self.has_versions { self.cursor.found() } else { None };
        let Some(oldest) = oldest else { return Ok(()) };
        self.seek_key(oldest.key())?;
        let mut versions = 0;
        while self.is_on(oldest.key()) {
            versions += 1;
            self.go(Direction::Forward, table::Cursor::next)?;
        }
        self.newer = versions - 1;
        self.go(Direction::Backward, table::Cursor::prev)
    }

    /// Moves the cursor, and in `direction` past damaged blocks if these are to be passed over.
    #[inline]
    fn go(
        &mut self,
        direction: Direction,
        go: impl FnOnce(&mut table::Cursor) -> Result<bool, Error>,
    ) -> Result<(), Error> {
        let mut gone = go(&mut self.cursor);
        while self.passes_over_damage && matches!(gone, Err(Error::CorruptTable { .. })) {
            gone = match direction {
                Direction::Forward => self.cursor.next(),
                Direction::Backward => self.cursor.prev(),
            };
        }
        gone.map(drop)
    }

    /// The rank of the entry that the cursor is on.
    fn rank(&self) -> Rank {
        self.rank_of(self.newer)
    }

    /// The rank of a version that has so many newer ones before it.
    fn rank_of(&self, newer: u64) -> Rank {
        Rank::new(Order::Log, self.id, 0, u64::MAX - newer)
    }
}

/// An entry of a table, as the other sources give it.
#[inline]
pub(crate) fn entry_of(entry: table::EntryRef<'_>) -> Entry<'_> {
    let table::EntryRef { key, sequence, value } = entry;
    let op = if value.is_some() { Op::Put } else { Op::Delete };
    Entry { op, sequence, key, value: value.unwrap_or_default() }
}
