//! The history of a list: its versions in the order in which they were written.

use super::shared::Shared;
use crate::error::Error;
use crate::log::entry::Entry;
use crate::log::place::Place;
use crate::memory::{collected, refused};
use crate::memtable::logged::Logged;
use crate::memtable::order::{Order, Point, Rank};
use crate::memtable::written::Version;
use std::sync::Arc;

/// The versions of a list as it was at one moment, the oldest first.
///
/// In the order of the log, that is the order of writes. In that of sequence numbers it is the order in which they must
/// be written so that each key has the same versions as the newest, the next and so on: all of a table in front of the
/// next one's, and those of a table by their numbers.
#[derive(Debug)]
pub(super) struct History<'a> {
    shared: &'a Shared,
    /// What was written since recovery, by rising places.
    written: Vec<Arc<Version>>,
    /// Of all versions, the oldest first; `None` where their places order them.
    ranks: Option<Vec<Rank>>,
}

impl<'a> History<'a> {
    pub(super) fn of(shared: &'a Shared) -> Result<Self, Error> {
        // In this order: a table that is there later has nothing that is seen.
        let end = shared.snapshot();
        let written = written(shared, end)?;
        let mut history = Self { shared, written, ranks: None };
        if shared.logged.order() == Order::Sequence {
            history.ranks = Some(history.sorted_ranks()?);
        }
        Ok(history)
    }

    /// All versions.
    pub(super) fn all(&self) -> impl Iterator<Item = Entry<'_>> {
        self.versions().map(|(_, entry)| entry)
    }

    /// Of each key the newest version.
    pub(super) fn newest(&self) -> Result<impl Iterator<Item = Entry<'_>>, Error> {
        let newest = Newest::of(self)?;
        let is_newest = move |place: Place, key: &[u8]| newest.place_of(key) == Some(place);
        Ok(self.versions().filter(move |(place, entry)| is_newest(*place, entry.key)).map(|(_, entry)| entry))
    }

    fn versions(&self) -> Box<dyn Iterator<Item = (Place, Entry<'_>)> + '_> {
        match &self.ranks {
            None => Box::new(self.by_place()),
            Some(ranks) => Box::new(ranks.iter().map(|rank| (rank.place(), self.at(rank.place())))),
        }
    }

    fn by_place(&self) -> impl Iterator<Item = (Place, Entry<'_>)> {
        let written = self.written.iter().map(|version| (version.place, version.entry()));
        self.shared.logged.entries().chain(written)
    }

    fn at(&self, place: Place) -> Entry<'_> {
        match self.written.binary_search_by_key(&place, |version| version.place) {
            Ok(number) => self.written[number].entry(),
            Err(_) => self.shared.logged.log.entry(place),
        }
    }

    fn sorted_ranks(&self) -> Result<Vec<Rank>, Error> {
        let (mut ranks, count) = (Vec::new(), self.shared.logged.entry_count() + self.written.len());
        ranks.try_reserve_exact(count).map_err(|_| refused::<Rank>(count))?;
        ranks.extend(self.shared.logged.ranks());
        ranks.extend(self.written.iter().map(|version| version.point().rank));
        // The least is the newest.
        ranks.sort_unstable_by(|a, b| b.cmp(a));
        Ok(ranks)
    }
}

/// Where the newest version of each key is. Of what was written it looks only at what the history has: a key that is
/// written ever again meanwhile has ever more versions.
#[derive(Debug)]
struct Newest<'a> {
    logged: &'a Logged,
    /// Of each key that was written, in the order of keys.
    written: Vec<&'a Version>,
}

impl<'a> Newest<'a> {
    fn of(history: &'a History<'_>) -> Result<Self, Error> {
        let mut written = collected(history.written.iter().map(Arc::as_ref))?;
        // The newest of a key comes first.
        written.sort_unstable_by(|a, b| a.point().cmp(&b.point()));
        written.dedup_by(|a, b| a.point().key == b.point().key);
        Ok(Self { logged: &history.shared.logged, written })
    }

    fn place_of(&self, key: &[u8]) -> Option<Place> {
        let written = self.written.binary_search_by(|version| version.point().key.cmp(key)).ok();
        let written = written.map(|number| self.written[number].point().rank);
        let logged = self.logged.newest(key, u64::MAX).map(|item| self.logged.rank(item));
        // The least is the newest.
        written.into_iter().chain(logged).min().map(Rank::place)
    }
}

/// What was written to the tables in front of the place `end`, by rising places.
fn written(shared: &Shared, end: Place) -> Result<Vec<Arc<Version>>, Error> {
    let mut versions = Vec::new();
    let tables = shared.tables();
    for table in &tables[shared.first_written()..] {
        for version in table.written.ascending(Point::before(&[])).filter(|version| version.place < end) {
            versions.try_reserve(1).map_err(|_| refused::<Arc<Version>>(versions.len() + 1))?;
            versions.push(version);
        }
    }
    versions.sort_unstable_by_key(|version| version.place);
    Ok(versions)
}

#[cfg(test)]
mod tests;
