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

/// The versions of a list as they were at one moment, the oldest first.
///
/// With [`Order::Log`] that is the order of writes. With [`Order::Sequence`] all versions of a memtable come before
/// those of the next one, and those of one memtable are in the order of their sequence numbers. If the versions are
/// written again in this order, each key has the same versions in the same order as before.
#[derive(Debug)]
pub(super) struct History<'a> {
    recovered: &'a RecoveredLog,
    /// The entries written since recovery, in the order of writes.
    written: Vec<Arc<StoredEntry>>,
    /// The ranks of all versions, the oldest first. `None` if the versions are in the order of writes.
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

    /// The newest version of each key.
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
            Some(ranks) => Box::new(ranks.iter().map(|rank| (rank.write(), self.entry_of_write(rank.write())))),
        }
    }

    fn by_write(&self) -> impl Iterator<Item = (u64, Entry<'_>)> {
        let written = self.written.iter().map(|stored| (stored.write(), stored.entry()));
        self.recovered.entries().chain(written)
    }

    /// The entry that the write with this number made.
    fn entry_of_write(&self, write: u64) -> Entry<'_> {
        match self.written.binary_search_by_key(&write, |stored| stored.write()) {
            Ok(index) => self.written[index].entry(),
            Err(_) => self.recovered.entry(write),
        }
    }

    fn sorted_ranks(&self) -> Result<Vec<Rank>, Error> {
        let (mut ranks, count) = (Vec::new(), self.recovered.entry_count() + self.written.len());
        ranks.try_reserve_exact(count).map_err(|_| refused::<Rank>(count))?;
        ranks.extend(self.recovered.ranks());
        ranks.extend(self.written.iter().map(|stored| stored.rank()));
        // The newest version has the lowest rank.
        ranks.sort_unstable_by(|a, b| b.cmp(a));
        Ok(ranks)
    }
}

/// Finds the write that made the newest version of a key. It searches only the entries that the history has, and not
/// the memtables: a key that is written again and again meanwhile has more and more versions there.
#[derive(Debug)]
struct Newest<'a> {
    recovered: &'a RecoveredLog,
    /// The newest written version of each key, in the order of keys.
    written: Vec<&'a StoredEntry>,
}

impl<'a> Newest<'a> {
    fn of(history: &'a History<'_>) -> Result<Self, Error> {
        let mut written = collected(history.written.iter().map(Arc::as_ref))?;
        // The newest version of a key comes first, and is the one that is kept.
        written.sort_unstable_by(|a, b| a.point().cmp(&b.point()));
        written.dedup_by(|a, b| a.point().key == b.point().key);
        Ok(Self { recovered: history.recovered, written })
    }

    fn write_of(&self, key: &[u8]) -> Result<Option<u64>, Error> {
        let written = self.written.binary_search_by(|stored| stored.point().key.cmp(key)).ok();
        let written = written.map(|index| self.written[index].rank());
        let recovered = self.recovered.newest(key, u64::MAX)?.map(|item| self.recovered.rank(item));
        // The newest version has the lowest rank.
        Ok(written.into_iter().chain(recovered).min().map(Rank::write))
    }
}

/// The entries written since recovery that are part of the snapshot, in the order of writes.
fn written(snapshot: &Snapshot) -> Result<Vec<Arc<StoredEntry>>, Error> {
    let mut written = Vec::new();
    for memtable in snapshot.version().memtables() {
        let is_in_snapshot = |stored: &Arc<StoredEntry>| stored.write() < snapshot.end();
        for stored in memtable.entries().ascending(Point::before(&[])).filter(is_in_snapshot) {
            push(&mut written, stored)?;
        }
    }
    written.sort_unstable_by_key(|stored| stored.write());
    Ok(written)
}

#[cfg(test)]
mod tests;
