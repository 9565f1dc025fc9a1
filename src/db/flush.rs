//! Flushes: the oldest memtable that takes no more writes becomes tables.

use super::database::Inner;
use super::events::Outcome;
use super::sealed::{Sealed, is_tombstone};
use super::set_writer::{Done, SetProperties, SetWriter};
use crate::error::Error;
use crate::scan::Scan;
use crate::sync::blocking::Instant;
use crate::table::{LogUpTo, Properties};
use crate::view::iterator::Iter;
use std::sync::Arc;

/// Entries that are taken from a merge at once.
pub(super) const AT_ONCE: usize = 1024;
/// Bytes after which a table that is written is synced, so that no sync takes long.
pub(super) const SYNC_EVERY: u64 = 8 << 20;

impl Inner {
    /// Makes tables of the oldest memtable that waits for it; false if there is none, or if it failed, which poisons.
    pub(super) fn flush_oldest(&self) -> bool {
        if self.poison.is_set() {
            return false;
        }
        let Some(sealed) = self.published.load().sealed.first().cloned() else { return false };
        let flushed = self.flush(&sealed);
        if let Err(error) = flushed {
            self.fail(error);
        }
        // Writers that wait learn of either.
        drop(self.write.lock());
        self.room.notify_all();
        self.written.notify_all();
        !self.poison.is_set()
    }

    fn flush(&self, sealed: &Arc<Sealed>) -> Result<(), Error> {
        let age = self.tables.next_age();
        let properties = self.set_properties(sealed)?;
        let (began, stalled) = (Instant::now(), self.counters.stall_microseconds.get());
        let done = self.write_sealed(sealed, age, properties)?;
        let outcome = Outcome::of(&done);
        self.pacing.flushed(outcome.bytes, began.elapsed());
        self.install_flush(sealed, done)?;
        self.counters.flushes.add(1);
        self.tell_flush(outcome, stalled, began);
        self.background.compactions_wanted();
        Ok(())
    }

    pub(super) fn set_properties(&self, sealed: &Sealed) -> Result<SetProperties, Error> {
        let source_logs = sealed.logs.iter();
        let source_logs = source_logs.map(|log| LogUpTo { length: log.length, name: log.name.clone().into_bytes() });
        let properties = Properties { source_logs: source_logs.collect(), ..self.edits.lock().state.properties()? };
        Ok(SetProperties { properties, table_size: self.settings.table_size, sync_every: SYNC_EVERY })
    }

    /// Writes what a memtable holds into tables of one run.
    pub(super) fn write_sealed(
        &self,
        sealed: &Arc<Sealed>,
        age: u64,
        properties: SetProperties,
    ) -> Result<Vec<Done>, Error> {
        let mut writer = SetWriter::new(&self.tables, properties, age, 0);
        add_memtable(&mut writer, sealed)?;
        let done = writer.finish()?;
        self.counters.flush_bytes.add(Outcome::of(&done).bytes);
        Ok(done)
    }
}

/// Adds the newest version of each key of a memtable.
pub(super) fn add_memtable(writer: &mut SetWriter<'_>, sealed: &Arc<Sealed>) -> Result<(), Error> {
    let mut sources = Vec::new();
    sealed.add_sources(&mut sources)?;
    let scan = Scan { tombstones: true, ..Scan::default() };
    let owner = Arc::<Sealed>::clone(sealed);
    let mut entries = Iter::new(owner, sources.into_iter(), sealed.end(), &scan)?;
    loop {
        let mut added = Ok(());
        let count = entries.next_batch(AT_ONCE, |_, entry| {
            if added.is_ok() {
                added = writer.add(entry.key, entry.sequence, (!is_tombstone(&entry)).then_some(entry.value));
            }
        })?;
        added?;
        if count == 0 {
            return Ok(());
        }
    }
}
