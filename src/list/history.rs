//! The history of a list: its versions in the order in which they were written.

use super::shared::Shared;
use crate::error::Error;
use crate::log::format::entry::Entry;
use crate::memory::{collected, push, refused};
use crate::memtable::entries::StoredEntry;
use crate::order::{Order, Point, Rank};
use crate::recovered::log::RecoveredLog;
use crate::version::Snapshot;
use std::sync::Arc;

/// The versions of a list as it was at one moment, the oldest first.
///
/// In the order of the log, that is the order of writes. In the order of sequence numbers it is the order in which they
/// must be written so that each key has the same versions as the newest, the next and so on: all of a memtable before
/// those of the next one, and those of a memtable by their numbers.
#[derive(Debug)]
pub(super) struct History<'a> {
    recovered: &'a RecoveredLog,
    /// What was written since recovery, by rising numbers of writes.
    written: Vec<Arc<StoredEntry>>,
    /// Of all versions, the oldest first. `None` where the numbers of writes order them.
    ranks: Option<Vec<Rank>>,
}

impl<'a> History<'a> {
    pub(super) fn of(shared: &'a Shared) -> Result<Self, Error> {
        let written = written(&shared.snapshot())?;
        let mut history = Self { recovered: shared.recovered(), written, ranks: None };
        if history.recovered.order() == Order::Sequence {
            history.ranks = Some(history.sorted_ranks()?);
        }
        Ok(history)
    }

    /// All versions.
    pub(super) fn all(&self) -> impl Iterator<Item = Result<Entry<'_>, Error>> {
        self.versions().map(|(_, entry)| Ok(entry))
    }

    /// Of each key the newest version.
    pub(super) fn newest(&self) -> Result<impl Iterator<Item = Result<Entry<'_>, Error>>, Error> {
        let newest = Newest::of(self)?;
        Ok(self.versions().filter_map(move |(write, entry)| match newest.write_of(entry.key) {
            Ok(newest) => (newest == Some(write)).then_some(Ok(entry)),
            Err(error) => Some(Err(error)),
        }))
    }

    /// All versions, each with the number of its write.
    fn versions(&self) -> Box<dyn Iterator<Item = (u64, Entry<'_>)> + '_> {
        match &self.ranks {
            None => Box::new(self.by_write()),
            Some(ranks) => Box::new(ranks.iter().map(|rank| (rank.write(), self.at(rank.write())))),
        }
    }

    fn by_write(&self) -> impl Iterator<Item = (u64, Entry<'_>)> {
        let written = self.written.iter().map(|stored| (stored.write(), stored.entry()));
        self.recovered.entries().chain(written)
    }

    fn at(&self, write: u64) -> Entry<'_> {
        match self.written.binary_search_by_key(&write, |stored| stored.write()) {
            Ok(number) => self.written[number].entry(),
            Err(_) => self.recovered.entry(write),
        }
    }

    fn sorted_ranks(&self) -> Result<Vec<Rank>, Error> {
        let (mut ranks, count) = (Vec::new(), self.recovered.entry_count() + self.written.len());
        ranks.try_reserve_exact(count).map_err(|_| refused::<Rank>(count))?;
        ranks.extend(self.recovered.ranks());
        ranks.extend(self.written.iter().map(|stored| stored.rank()));
        // The least is the newest.
        ranks.sort_unstable_by(|a, b| b.cmp(a));
        Ok(ranks)
    }
}

/// Which write made the newest version of each key. Of what was written it looks only at what the history has: a key
/// that is written again and again meanwhile has more and more versions.
#[derive(Debug)]
struct Newest<'a> {
    recovered: &'a RecoveredLog,
    /// Of each key that was written, in the order of keys.
    written: Vec<&'a StoredEntry>,
}

impl<'a> Newest<'a> {
    fn of(history: &'a History<'_>) -> Result<Self, Error> {
        let mut written = collected(history.written.iter().map(Arc::as_ref))?;
        // The newest of a key comes first.
        written.sort_unstable_by(|a, b| a.point().cmp(&b.point()));
        written.dedup_by(|a, b| a.point().key == b.point().key);
        Ok(Self { recovered: history.recovered, written })
    }

    fn write_of(&self, key: &[u8]) -> Result<Option<u64>, Error> {
        let written = self.written.binary_search_by(|stored| stored.point().key.cmp(key)).ok();
        let written = written.map(|number| self.written[number].rank());
        let recovered = self.recovered.newest(key, u64::MAX)?.map(|item| self.recovered.rank(item));
        // The least is the newest.
        Ok(written.into_iter().chain(recovered).min().map(Rank::write))
    }
}

/// What was written before the snapshot, by rising numbers of writes.
fn written(snapshot: &Snapshot) -> Result<Vec<Arc<StoredEntry>>, Error> {
    let mut written = Vec::new();
    for memtable in snapshot.version().memtables() {
        let seen = |stored: &Arc<StoredEntry>| stored.write() < snapshot.end();
        for stored in memtable.entries().ascending(Point::before(&[])).filter(seen) {
            push(&mut written, stored)?;
        }
    }
    written.sort_unstable_by_key(|stored| stored.write());
    Ok(written)
}

#[cfg(test)]
mod tests;
