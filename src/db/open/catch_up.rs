//! What another process has written since, for a handle that is read-only.

use super::{Opening, until_unchanged};
use crate::db::database::Inner;
use crate::error::Error;
use crate::memory::with_capacity;
use crate::recovery::report::Report;
use crate::version::run::LiveTable;
use std::sync::Arc;

impl Inner {
    /// Brings a read-only handle to what the files say now. Snapshots and iterators stay as they are, and after a
    /// failure the handle does. One that writes is never behind.
    pub(crate) fn catch_up(&self) -> Result<(), Error> {
        self.check_readable()?;
        let Some(options) = &self.reading else { return Ok(()) };
        // One at a time.
        let mut edits = self.edits.lock();
        let read = || {
            let (disk, directory, mut report) = (Arc::clone(&self.disk), self.directory.clone(), Report::default());
            let mut opening = Opening::begin(disk, directory, options, &mut report, None)?;
            opening.open_tables = self.open_tables()?;
            opening.find(&self.tables, None)?.for_reading()
        };
        let (version, _, known) = until_unchanged(&*self.disk, self.directory.root(), read)?;
        *edits = known;
        self.publish(|published| *published = version);
        Ok(())
    }

    /// The tables that it has open, in the order of their names.
    fn open_tables(&self) -> Result<Vec<Arc<LiveTable>>, Error> {
        let version = self.published.load();
        let mut tables = with_capacity(version.table_count())?;
        tables.extend(version.runs.iter().flat_map(|run| &run.tables).cloned());
        tables.sort_unstable_by(|one, other| one.name.cmp(&other.name));
        Ok(tables)
    }
}
