//! Sources: a version consists of sources, each with sorted entries. Only this file knows all kinds of source.

use super::run::Run;
use super::run_cursor::RunCursor;
use super::table_cursor::TableCursor;
pub(crate) use super::table_cursor::{RestOfBlock, entry_of};
use crate::error::Error;
use crate::log::format::entry::Entry;
use crate::log_memtable::cursor::{SortedCursor, SortedSource};
use crate::memtable::Memtable;
use crate::memtable::cursor::MemtableCursor;
use crate::memtable::entries::StoredEntry;
use crate::order::{Direction, Point, Rank};
use crate::recovered::cursor::RecoveredCursor;
use crate::recovered::index::item::Item;
use crate::recovered::log::{RecoveredLog, Selection};
use crate::scan::{Bulk, Wanted};
use crate::table::{Block, Found, Table};
use std::sync::Arc;

/// A source of sorted entries.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    Recovered(Arc<RecoveredLog>, Selection),
    Memtable(Arc<Memtable>),
    /// A table, and its place in the order of age, which is the id of a source: a newer source has a higher one.
    Table(Arc<Table>, u64),
    /// A run of tables; its age is the id.
    Run(Arc<Run>, Purpose),
    Sorted(SortedSource),
}

/// What a run is read for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To answer.
    Reading,
    /// To write it anew: damage is never passed over, and the cache stays as it is.
    Rewriting,
}

impl Source {
    /// A cursor over the entries from `lower` up to `upper`, or to the last one if that is `None`. (The cursors of
    /// memtables and tables may give entries outside of this range.) Writes with the number `end` or a higher one are
    /// left out; a table holds none of these.
    pub(crate) fn cursor(&self, lower: Point<'_>, upper: Option<Point<'_>>, end: u64) -> Result<Cursor, Error> {
        Ok(match self {
            Self::Recovered(log, selection) => Cursor::Recovered(RecoveredCursor::new(log, *selection, lower, upper)?),
            Self::Memtable(memtable) => Cursor::Memtable(MemtableCursor::new(memtable.entries(), end)),
            Self::Table(table, id) => Cursor::Table(TableCursor::new(table, *id)?),
            Self::Run(run, purpose) => Cursor::Run(RunCursor::new(run, *purpose)?),
            Self::Sorted(source) => Cursor::Sorted(SortedCursor::new(source, lower, upper, end)),
        })
    }
}

/// An entry of a source. The cursor that gave it can read its bytes.
#[derive(Clone, Debug)]
pub(crate) enum EntryRef {
    Recovered(Item),
    Memtable(Arc<StoredEntry>),
    Table(Found),
    /// The number of its row.
    Sorted(u32),
}

impl EntryRef {
    /// The block that it is in, if nothing but the entry is sure to keep its bytes in memory.
    #[inline]
    pub(crate) fn block(&self) -> Option<&Block> {
        match self {
            Self::Recovered(_) | Self::Memtable(_) | Self::Sorted(_) => None,
            Self::Table(found) => Some(found.block()),
        }
    }
}

/// A cursor between the entries of a source. It keeps the bytes of the source alive; of a table only its entries do,
/// each the block that it is in.
#[derive(Debug)]
pub(crate) enum Cursor {
    Recovered(RecoveredCursor),
    Memtable(MemtableCursor),
    Table(TableCursor),
    Run(RunCursor),
    Sorted(SortedCursor),
}

impl Cursor {
    /// Goes to `point`, or to the end, to walk in `direction` from there.
    pub(crate) fn seek(&mut self, point: Option<Point<'_>>, direction: Direction) -> Result<(), Error> {
        match self {
            Self::Recovered(cursor) => cursor.seek(point),
            Self::Memtable(cursor) => cursor.seek(point, direction),
            Self::Table(cursor) => cursor.seek(point, direction),
            Self::Run(cursor) => cursor.seek(point, direction),
            Self::Sorted(cursor) => {
                cursor.seek(point);
                Ok(())
            }
        }
    }

    /// Steps over the next entry in `direction`, and gives it.
    #[inline]
    pub(crate) fn step(&mut self, direction: Direction) -> Result<Option<(EntryRef, Rank)>, Error> {
        Ok(match self {
            Self::Recovered(cursor) => cursor.step(direction)?.map(|(item, rank)| (EntryRef::Recovered(item), rank)),
            Self::Memtable(cursor) => cursor.step(direction)?.map(|entry| {
                let rank = entry.rank();
                (EntryRef::Memtable(entry), rank)
            }),
            Self::Table(cursor) => cursor.step(direction)?.map(|(found, rank)| (EntryRef::Table(found), rank)),
            Self::Run(cursor) => cursor.step(direction)?.map(|(found, rank)| (EntryRef::Table(found), rank)),
            Self::Sorted(cursor) => cursor.step(direction).map(|(row, rank)| (EntryRef::Sorted(row), rank)),
        })
    }

    /// The content of an entry, which must be of the same source as this cursor.
    #[inline]
    pub(crate) fn entry<'a>(&'a self, entry: &'a EntryRef) -> Entry<'a> {
        match (self, entry) {
            (Self::Recovered(cursor), EntryRef::Recovered(item)) => item.entry(&cursor.recovered().bytes),
            (Self::Sorted(cursor), EntryRef::Sorted(row)) => cursor.entry(*row),
            (_, EntryRef::Memtable(stored)) => stored.entry(),
            (_, EntryRef::Table(found)) => entry_of(found.entry()),
            (_, EntryRef::Recovered(_) | EntryRef::Sorted(_)) => unreachable!("an entry of another source"),
        }
    }

    /// The key of an entry, which must be of the same source as this cursor.
    #[inline]
    pub(crate) fn key<'a>(&'a self, entry: &'a EntryRef) -> &'a [u8] {
        match (self, entry) {
            (Self::Recovered(cursor), EntryRef::Recovered(item)) => item.key(&cursor.recovered().bytes),
            (_, EntryRef::Table(found)) => found.key(),
            (Self::Sorted(cursor), EntryRef::Sorted(row)) => cursor.key(*row),
            _ => self.entry(entry).key,
        }
    }

    /// Whether two entries of this source have the same key.
    #[inline]
    pub(crate) fn have_same_key(&self, one: &EntryRef, other: &EntryRef) -> bool {
        match (self, one, other) {
            (Self::Recovered(cursor), EntryRef::Recovered(one), EntryRef::Recovered(other)) => {
                one.has_key_of(other, &cursor.recovered().bytes)
            }
            _ => self.key(one) == self.key(other),
        }
    }

    /// Whether the source may have more than one version of a key.
    pub(crate) fn may_have_versions(&self) -> bool {
        match self {
            Self::Recovered(_) | Self::Memtable(_) | Self::Sorted(_) => true,
            Self::Table(cursor) => cursor.may_have_versions(),
            Self::Run(cursor) => cursor.may_have_versions(),
        }
    }

    /// Whether the cursor gives only entries in the range that it was made for.
    #[inline]
    pub(crate) fn stays_in_range(&self) -> bool {
        matches!(self, Self::Recovered(_) | Self::Sorted(_))
    }

    /// What comes after `found` in its block, if that is the block of the entry that was stepped over last.
    #[inline]
    pub(crate) fn rest_of_block(&self, found: &Found, until: Option<Point<'_>>) -> Option<RestOfBlock<'_>> {
        match self {
            Self::Table(cursor) => cursor.rest_of_block(found, until),
            Self::Run(cursor) => cursor.rest_of_block(found, until),
            Self::Recovered(_) | Self::Memtable(_) | Self::Sorted(_) => None,
        }
    }

    /// As [`step`](Self::step), forward, if `found` is the entry that was stepped over last and the next one is in the
    /// same block: `found` becomes that. Gives whether it does.
    #[inline]
    pub(crate) fn step_within_block(&mut self, found: &mut Found) -> bool {
        match self {
            Self::Table(cursor) => cursor.step_within_block(found),
            Self::Run(cursor) => cursor.step_within_block(found),
            Self::Recovered(_) | Self::Memtable(_) | Self::Sorted(_) => false,
        }
    }

    /// To before entry number `to` of the block of the entry that was stepped over last.
    pub(crate) fn go_within_block(&mut self, to: usize) {
        match self {
            Self::Table(cursor) => cursor.go_within_block(to),
            Self::Run(cursor) => cursor.go_within_block(to),
            Self::Recovered(_) | Self::Memtable(_) | Self::Sorted(_) => {}
        }
    }

    /// Continues forward from the entry that was stepped over last, through the `wanted` entries before `until`, with
    /// as few comparisons of keys as possible. Gives at most `most` entries to `take`, each with its number. `current`
    /// is the last entry that was given before. `None`, and nothing is done, if the source has no bulk step.
    pub(crate) fn bulk(
        &mut self,
        current: &EntryRef,
        until: Option<Point<'_>>,
        wanted: Wanted,
        most: usize,
        take: impl FnMut(usize, Entry<'_>),
    ) -> Result<Option<Bulk<(EntryRef, Rank)>>, Error> {
        Ok(match (self, current) {
            (Self::Recovered(cursor), EntryRef::Recovered(current)) => {
                let bulk = cursor.bulk(*current, until, wanted, most, take)?;
                Some(bulk.map(|item| (EntryRef::Recovered(item), cursor.recovered().rank(&item))))
            }
            (Self::Sorted(cursor), EntryRef::Sorted(current)) => {
                let bulk = cursor.bulk(*current, until, wanted, most, take);
                Some(bulk.map(|(row, rank)| (EntryRef::Sorted(row), rank)))
            }
            _ => None,
        })
    }
}
