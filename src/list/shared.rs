//! The state that all handles of a list share.

use crate::error::Error;
use crate::log::format::entry::Entry;
use crate::memory::{probe, with_capacity};
use crate::memtable::Memtable;
use crate::memtable::entries::StoredEntry;
use crate::memtable::stats::EntryStats;
use crate::order::Order;
use crate::recovered::index::item::Item;
use crate::recovered::log::{RecoveredLog, Selection};
use crate::recovery::Recovered;
use crate::sync::{AtomicBool, AtomicU64, Memory, Mutex};
use crate::version::source::Source;
use crate::version::{Published, Snapshot, Version};
use crate::view::lookup::Lookup;
use std::sync::Arc;
use std::time::Instant;

/// How many keys `multi_get` looks up together.
const GROUP_LEN: usize = 16;
/// Bytes that a new version and its memtable take at most, and those of what publishes it. Their allocations cannot be
/// refused one by one.
const SMALL_ALLOCATIONS: usize = 4096;

#[derive(Debug)]
pub(super) struct Shared {
    recovered: Arc<RecoveredLog>,
    /// What is known of the recovered memtables except the last. They are immutable, and their entries are in
    /// `recovered`. There can be as many as entries, so a memtable is made only for a handle.
    sealed: Vec<EntryStats>,
    /// When recovery ended.
    recovered_at: Instant,
    memtable_size: u64,
    /// The last recovered memtable and those that were started after it.
    published: Published,
    /// Something has been written since recovery.
    written: AtomicBool,
    max_sequence: AtomicU64,
    /// Held by a thread while it writes or publishes.
    writer: Mutex<()>,
}

impl Shared {
    pub(super) fn new(recovered: Recovered) -> Result<Self, Error> {
        let Recovered { log, memtables: mut sealed, memtable_size, max_sequence } = recovered;
        probe(SMALL_ALLOCATIONS)?;
        let (log, recovered_at) = (Arc::new(log), Instant::now());
        let stats = sealed.pop().unwrap_or_default();
        let open = Memtable::new(sealed.len() as u64, log.order(), log.next_write(), &stats, recovered_at);
        Ok(Self {
            published: Published::new(Version::new(&log, Arc::new(open))?),
            recovered: log,
            sealed,
            recovered_at,
            memtable_size,
            written: AtomicBool::new(false),
            max_sequence: AtomicU64::new(max_sequence),
            writer: Mutex::new(()),
        })
    }

    /// How many memtables there are now.
    pub(super) fn count(&self) -> usize {
        self.sealed.len() + self.published.current().memtables().len()
    }

    /// The memtable with the number `index`. The oldest one has the number 0.
    pub(super) fn memtable(&self, index: usize) -> Option<Arc<Memtable>> {
        match index.checked_sub(self.sealed.len()) {
            None => Some(self.sealed_memtable(index)),
            Some(later) => self.published.current().memtables().get(later).cloned(),
        }
    }

    /// The sealed memtable of this number.
    fn sealed_memtable(&self, number: usize) -> Arc<Memtable> {
        let (log, stats) = (&self.recovered, &self.sealed[number]);
        let memtable = Memtable::new(number as u64, log.order(), log.next_write(), stats, self.recovered_at);
        memtable.set_immutable();
        Arc::new(memtable)
    }

    pub(super) fn recovered(&self) -> &RecoveredLog {
        &self.recovered
    }

    pub(super) fn snapshot(&self) -> Snapshot {
        self.published.snapshot()
    }

    /// The sources of one memtable, the oldest first.
    pub(super) fn sources_of(&self, memtable: &Arc<Memtable>) -> impl Iterator<Item = Source> {
        let recovered = self.recovered_number(memtable).map(|number| {
            let selection = Selection::Memtable(number);
            Source::Recovered(Arc::clone(&self.recovered), selection)
        });
        recovered.into_iter().chain([Source::Memtable(Arc::clone(memtable))])
    }

    /// The number of a memtable in the recovered log; `None` if it was started after recovery.
    fn recovered_number(&self, memtable: &Memtable) -> Option<usize> {
        usize::try_from(memtable.id()).ok().filter(|&number| number < self.recovered.memtable_count())
    }

    pub(super) fn max_sequence(&self) -> u64 {
        self.max_sequence.load(Memory::Acquire)
    }

    #[inline]
    pub(super) fn get(&self, key: &[u8], max_sequence: u64) -> Result<Lookup<'_>, Error> {
        self.newest(key, max_sequence, || self.recovered.newest(key, max_sequence))
    }

    /// Looks up the keys in turn. The memory that a lookup reads is prefetched while other keys are looked up.
    pub(super) fn multi_get<'k>(
        &self,
        keys: impl Iterator<Item = &'k [u8]>,
        max_sequence: u64,
        mut take: impl FnMut(Result<Lookup<'_>, Error>),
    ) -> Result<(), Error> {
        let (mut keys, mut group) = (keys.fuse(), with_capacity(GROUP_LEN)?);
        loop {
            for key in keys.by_ref().take(GROUP_LEN) {
                group.push((key, self.recovered.locate(key)?));
            }
            if group.is_empty() {
                return Ok(());
            }
            for bucket in group.iter().filter_map(|(_, bucket)| bucket.as_ref()) {
                self.recovered.prefetch_keys(bucket)?;
            }
            for (key, bucket) in group.drain(..) {
                let located = || match bucket {
                    Some(bucket) => self.recovered.newest_located(bucket, key, max_sequence),
                    None => Ok(None),
                };
                take(self.newest(key, max_sequence, located));
            }
        }
    }

    /// The newest version of `key`. If nothing was written, that is the result of `recovered`.
    #[inline]
    fn newest<'a>(
        &'a self,
        key: &[u8],
        max_sequence: u64,
        recovered: impl FnOnce() -> Result<Option<&'a Item>, Error>,
    ) -> Result<Lookup<'a>, Error> {
        // The version is not loaded here: that would stall the processor until all loads before it have finished, so
        // that a lookup could not begin before the previous one ends.
        if !self.written.load(Memory::Acquire) {
            return Ok(Lookup::recovered(recovered()?, &self.recovered.bytes));
        }
        self.get_with_written(key, max_sequence)
    }

    #[cold]
    fn get_with_written(&self, key: &[u8], max_sequence: u64) -> Result<Lookup<'_>, Error> {
        let written = {
            let version = self.published.current();
            let end = version.next_write();
            version.memtables().iter().rev().find_map(|memtable| memtable.newest(key, max_sequence, end))
        };
        self.newer(written, || self.recovered.newest(key, max_sequence))
    }

    /// The newest version of `key` in this memtable only.
    pub(super) fn get_in_memtable(
        &self,
        memtable: &Memtable,
        key: &[u8],
        max_sequence: u64,
    ) -> Result<Lookup<'_>, Error> {
        let written = memtable.newest(key, max_sequence, memtable.next_write());
        self.newer(written, || match self.recovered_number(memtable) {
            Some(number) => self.recovered.newest_of_memtable(number, key, max_sequence),
            None => Ok(None),
        })
    }

    /// The newer one of two versions of a key. `recovered` is called only if that matters.
    fn newer<'a>(
        &'a self,
        written: Option<Arc<StoredEntry>>,
        recovered: impl FnOnce() -> Result<Option<&'a Item>, Error>,
    ) -> Result<Lookup<'a>, Error> {
        let Some(written) = written else { return Ok(Lookup::recovered(recovered()?, &self.recovered.bytes)) };
        // The written version is newer, whatever its sequence number.
        if self.recovered.order() == Order::Log {
            return Ok(Lookup::stored(written));
        }
        Ok(match recovered()? {
            Some(item) if self.recovered.rank(item) < written.rank() => {
                Lookup::recovered(Some(item), &self.recovered.bytes)
            }
            _ => Lookup::stored(written),
        })
    }

    /// Writes an entry to `memtable` or, if that is `None`, to the open memtable. If that one is full, a new one is
    /// started.
    pub(super) fn write(&self, entry: &Entry<'_>, memtable: Option<&Memtable>) -> Result<(), Error> {
        if entry.key.len() > u32::MAX as usize || entry.value.len() > u32::MAX as usize {
            return Err(Error::InvalidArgument("key and value may have at most 2^32 - 1 bytes each"));
        }
        let _writer = self.writer.lock();
        // This comes before the write is visible, so that a reader that knows of the write searches the memtables.
        if !self.written.load(Memory::Relaxed) {
            self.written.store(true, Memory::Release);
        }
        match memtable {
            Some(memtable) if memtable.is_immutable() => return Err(Error::Immutable),
            Some(memtable) => memtable.write(entry)?,
            None => self.open_memtable()?.write(entry)?,
        }
        self.max_sequence.fetch_max(entry.sequence, Memory::Release);
        Ok(())
    }

    /// Makes `memtable` immutable. Waits for a write that is in progress.
    pub(super) fn set_immutable(&self, memtable: &Memtable) {
        let _writer = self.writer.lock();
        memtable.set_immutable();
    }

    /// The memtable for the next write: the open one, or a new one if that is full or immutable. The caller must hold
    /// `writer`.
    fn open_memtable(&self) -> Result<Arc<Memtable>, Error> {
        let version = self.published.current();
        let open = version.open_memtable();
        if open.approximate_size() >= self.memtable_size {
            open.set_immutable();
        }
        if !open.is_immutable() {
            return Ok(Arc::clone(open));
        }
        probe(SMALL_ALLOCATIONS)?;
        let (order, stats) = (self.recovered.order(), EntryStats::default());
        let next = Arc::new(Memtable::new(open.id() + 1, order, open.next_write(), &stats, Instant::now()));
        self.published.publish(Arc::new(version.with_open_memtable(Arc::clone(&next))?));
        Ok(next)
    }
}
