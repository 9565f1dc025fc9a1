//! Sources: the kinds of sorted runs of entries that a version is made of. No other file has to know them all.

use crate::error::Error;
use crate::log::format::entry::Entry;
use crate::memtable::Memtable;
use crate::memtable::cursor::MemtableCursor;
use crate::memtable::entries::StoredEntry;
use crate::order::{Direction, Point, Rank};
use crate::recovered::cursor::RecoveredCursor;
use crate::recovered::index::item::Item;
use crate::recovered::log::{RecoveredLog, Selection};
use crate::scan::Wanted;
use std::sync::Arc;

/// A sorted run of entries.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    Recovered(Arc<RecoveredLog>, Selection),
    Memtable(Arc<Memtable>),
}

impl Source {
    /// A cursor over the entries from `lower` up to `upper`, or to the last one. (A memtable's may go beyond these.)
    /// Writes with the number `end` or a higher one are not seen.
    pub(crate) fn cursor(&self, lower: Point<'_>, upper: Option<Point<'_>>, end: u64) -> Result<Cursor, Error> {
        Ok(match self {
            Self::Recovered(log, selection) => Cursor::Recovered(RecoveredCursor::new(log, *selection, lower, upper)?),
            Self::Memtable(memtable) => Cursor::Memtable(MemtableCursor::new(memtable.entries(), end)),
        })
    }
}

/// An entry of a source. Its cursor leads to its bytes.
#[derive(Clone, Debug)]
pub(crate) enum EntryRef {
    Recovered(Item),
    Memtable(Arc<StoredEntry>),
}

/// A position between the entries of a source. It keeps the source's bytes alive.
#[derive(Debug)]
pub(crate) enum Cursor {
    Recovered(RecoveredCursor),
    Memtable(MemtableCursor),
}

/// What a bulk step has gone through.
#[derive(Debug)]
pub(crate) struct Bulk {
    /// How many entries were given.
    pub(crate) count: usize,
    /// The last of them.
    pub(crate) last: Option<(EntryRef, Rank)>,
    /// The last entry that was seen, given or not.
    pub(crate) seen: EntryRef,
}

impl Cursor {
    /// Goes to `point`, or to the end, to walk in `direction` from there.
    pub(crate) fn seek(&mut self, point: Option<Point<'_>>, direction: Direction) -> Result<(), Error> {
        match self {
            Self::Recovered(cursor) => cursor.seek(point),
            Self::Memtable(cursor) => cursor.seek(point, direction),
        }
    }

    /// Steps over the next entry in `direction`.
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

    /// The entry, which must be of this cursor's source.
    #[inline]
    pub(crate) fn entry<'a>(&'a self, entry: &'a EntryRef) -> Entry<'a> {
        match (self, entry) {
            (Self::Recovered(cursor), EntryRef::Recovered(item)) => item.entry(&cursor.log().log),
            (_, EntryRef::Memtable(stored)) => stored.entry(),
            (Self::Memtable(_), EntryRef::Recovered(_)) => unreachable!("an entry of another source"),
        }
    }

    /// Its key.
    #[inline]
    pub(crate) fn key<'a>(&'a self, entry: &'a EntryRef) -> &'a [u8] {
        match (self, entry) {
            (Self::Recovered(cursor), EntryRef::Recovered(item)) => item.key(&cursor.log().log),
            _ => self.entry(entry).key,
        }
    }

    /// Whether two entries of this source have one key.
    #[inline]
    pub(crate) fn have_one_key(&self, one: &EntryRef, other: &EntryRef) -> bool {
        match (self, one, other) {
            (Self::Recovered(cursor), EntryRef::Recovered(one), EntryRef::Recovered(other)) => {
                one.has_key_of(other, &cursor.log().log)
            }
            _ => self.key(one) == self.key(other),
        }
    }

    /// Whether it gives no entry outside of the range that it was made for.
    #[inline]
    pub(crate) fn keeps_to_range(&self) -> bool {
        matches!(self, Self::Recovered(_))
    }

    /// Goes on forward from the entry that was stepped over last, through what is wanted before `until`, without a
    /// comparison of keys where that can be done. Gives at most `most` entries to `take`, each with its number. `None` if
    /// the source has no such way; nothing is done then. `current` is the last entry that was given before.
    pub(crate) fn bulk(
        &mut self,
        current: &EntryRef,
        until: Option<Point<'_>>,
        wanted: Wanted,
        most: usize,
        take: impl FnMut(usize, Entry<'_>),
    ) -> Result<Option<Bulk>, Error> {
        let (Self::Recovered(cursor), EntryRef::Recovered(current)) = (self, current) else { return Ok(None) };
        let bulk = cursor.bulk(*current, until, wanted, most, take)?;
        let last = bulk.last.map(|item| (EntryRef::Recovered(item), cursor.log().rank(&item)));
        Ok(Some(Bulk { count: bulk.count, last, seen: EntryRef::Recovered(bulk.seen) }))
    }
}
