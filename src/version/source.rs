//! Sources: a version consists of sources, each with sorted entries. Only this file knows all kinds of source.

use crate::error::Error;
use crate::log::format::entry::Entry;
use crate::memtable::Memtable;
use crate::memtable::cursor::MemtableCursor;
use crate::memtable::entries::StoredEntry;
use crate::order::{Direction, Point, Rank};
use crate::recovered::cursor::RecoveredCursor;
use crate::recovered::index::item::Item;
use crate::recovered::log::{RecoveredLog, Selection};
use crate::scan::{Bulk, Wanted};
use std::sync::Arc;

/// A source of sorted entries.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    Recovered(Arc<RecoveredLog>, Selection),
    Memtable(Arc<Memtable>),
}

impl Source {
    /// A cursor over the entries from `lower` up to `upper`, or to the last one if that is `None`. (The cursor of a
    /// memtable may give entries outside of this range.) Writes with the number `end` or a higher one are left out.
    pub(crate) fn cursor(&self, lower: Point<'_>, upper: Option<Point<'_>>, end: u64) -> Result<Cursor, Error> {
        Ok(match self {
            Self::Recovered(log, selection) => Cursor::Recovered(RecoveredCursor::new(log, *selection, lower, upper)?),
            Self::Memtable(memtable) => Cursor::Memtable(MemtableCursor::new(memtable.entries(), end)),
        })
    }
}

/// An entry of a source. The cursor that gave it can read its bytes.
#[derive(Clone, Debug)]
pub(crate) enum EntryRef {
    Recovered(Item),
    Memtable(Arc<StoredEntry>),
}

/// A cursor between the entries of a source. It keeps the bytes of the source alive.
#[derive(Debug)]
pub(crate) enum Cursor {
    Recovered(RecoveredCursor),
    Memtable(MemtableCursor),
}

impl Cursor {
    /// Goes to `point`, or to the end, to walk in `direction` from there.
    pub(crate) fn seek(&mut self, point: Option<Point<'_>>, direction: Direction) -> Result<(), Error> {
        match self {
            Self::Recovered(cursor) => cursor.seek(point),
            Self::Memtable(cursor) => cursor.seek(point, direction),
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
        })
    }

    /// The content of an entry, which must be of the same source as this cursor.
    #[inline]
    pub(crate) fn entry<'a>(&'a self, entry: &'a EntryRef) -> Entry<'a> {
        match (self, entry) {
            (Self::Recovered(cursor), EntryRef::Recovered(item)) => item.entry(&cursor.recovered().bytes),
            (_, EntryRef::Memtable(stored)) => stored.entry(),
            (Self::Memtable(_), EntryRef::Recovered(_)) => unreachable!("an entry of another source"),
        }
    }

    /// The key of an entry, which must be of the same source as this cursor.
    #[inline]
    pub(crate) fn key<'a>(&'a self, entry: &'a EntryRef) -> &'a [u8] {
        match (self, entry) {
            (Self::Recovered(cursor), EntryRef::Recovered(item)) => item.key(&cursor.recovered().bytes),
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

    /// Whether the cursor gives only entries in the range that it was made for.
    #[inline]
    pub(crate) fn stays_in_range(&self) -> bool {
        matches!(self, Self::Recovered(_))
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
        let (Self::Recovered(cursor), EntryRef::Recovered(current)) = (self, current) else { return Ok(None) };
        let bulk = cursor.bulk(*current, until, wanted, most, take)?;
        Ok(Some(bulk.map(|item| (EntryRef::Recovered(item), cursor.recovered().rank(&item)))))
    }
}
