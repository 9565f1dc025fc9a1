//! Reads: lookups, snapshots, iterators.

use super::database::Inner;
use super::sealed::{Content, Sealed};
use super::version::{Version, add_sorted};
use crate::error::Error;
use crate::log::format::entry::Entry;
use crate::log_memtable::LogMemtable;
use crate::recovered::log::RecoveredLog;
use crate::scan::Scan;
use crate::table::{self, Found};
use crate::version::source::Source;
use crate::view::iterator::Iter;
use std::sync::Arc;

/// A version that was found, and what keeps its bytes in memory.
pub(crate) enum Got<'v> {
    Written(&'v Arc<LogMemtable>, Entry<'v>),
    Recovered(&'v Arc<RecoveredLog>, Entry<'v>),
    Table(Found),
}

impl Version {
    /// The newest version of `key` that is visible below `end`, a tombstone or not.
    #[inline]
    pub(crate) fn get(&self, key: &[u8], end: u64) -> Result<Option<Got<'_>>, Error> {
        let hash = table::hash(key);
        if let Some(entry) = self.active.newest(key, hash, end) {
            return Ok(Some(Got::Written(&self.active, entry)));
        }
        for sealed in self.sealed.iter().rev() {
            if let Some(got) = sealed.get(key, hash)? {
                return Ok(Some(got));
            }
        }
        for run in &self.runs {
            if let Some(found) = run.get(key, hash)? {
                return Ok(Some(Got::Table(found)));
            }
        }
        Ok(None)
    }
}

impl Sealed {
    #[inline]
    fn get(&self, key: &[u8], hash: u64) -> Result<Option<Got<'_>>, Error> {
        let Some(entry) = self.newest(key, hash)? else { return Ok(None) };
        Ok(Some(match &self.content {
            Content::Written(memtable) => Got::Written(memtable, entry),
            Content::Recovered(log) => Got::Recovered(log, entry),
        }))
    }
}

/// The database as it was at one moment.
#[derive(Clone, Debug)]
pub struct Snapshot {
    pub(crate) version: Arc<Version>,
    /// The first sequence number that is not seen.
    pub(crate) end: u64,
}

impl Snapshot {
    /// The highest sequence number that it may see.
    pub fn sequence(&self) -> u64 {
        self.end - 1
    }

    /// The newest version of `key` in it.
    #[inline]
    pub(crate) fn get(&self, key: &[u8]) -> Result<Option<Got<'_>>, Error> {
        self.version.get(key, self.end)
    }

    /// An iterator over what `scan` asks for.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidArgument`] for a maximum sequence number or all versions, which tables do not keep; otherwise as
    /// reading does.
    pub fn iterator(&self, scan: &Scan) -> Result<Iter, Error> {
        self.iterator_over(self.version.sources(self.end)?, self.end, scan)
    }

    /// The same with what a memtable has on top, whose sequence numbers begin where the snapshot ends.
    pub(super) fn iterator_with(&self, own: &Arc<LogMemtable>, scan: &Scan) -> Result<Iter, Error> {
        let (mut sources, end) = (self.version.sources(self.end)?, own.visible_end());
        add_sorted(own, end, &mut sources)?;
        self.iterator_over(sources, end, scan)
    }

    fn iterator_over(&self, sources: Vec<Source>, end: u64, scan: &Scan) -> Result<Iter, Error> {
        if scan.all_versions || scan.max_sequence != u64::MAX {
            return Err(Error::InvalidArgument(
                "a scan of a database has neither all versions nor a maximum sequence number; tables keep one version",
            ));
        }
        Iter::new(Arc::<Version>::clone(&self.version), sources.into_iter(), end, scan)
    }
}

impl Inner {
    /// A snapshot of now.
    pub(crate) fn snapshot(&self) -> Result<Snapshot, Error> {
        self.check_readable()?;
        let version = self.published.load_full();
        // The version comes first: see `docs/architecture.md`, publication.
        let end = version.active.visible_end();
        Ok(Snapshot { version, end })
    }

    /// The newest version of `key` now, while `take` looks at it.
    #[inline]
    pub(crate) fn get_with<R>(&self, key: &[u8], take: impl FnOnce(Option<Got<'_>>) -> R) -> Result<R, Error> {
        self.look_up(key, |got| got.map(take))?
    }

    /// The same where `take` looks at a failure to read, too.
    #[inline]
    pub(crate) fn look_up<R>(
        &self,
        key: &[u8],
        take: impl FnOnce(Result<Option<Got<'_>>, Error>) -> R,
    ) -> Result<R, Error> {
        self.check_readable()?;
        let version = self.published.load();
        let end = version.active.visible_end();
        Ok(take(version.get(key, end)))
    }
}
