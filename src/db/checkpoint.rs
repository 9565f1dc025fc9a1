//! Checkpoints: a second database, made while the first one is used. See `docs/versions.md`, "Checkpoints".

use super::database::Inner;
use super::new_directory::{SST, WAL, claim, refused, stage};
use crate::disk::ReadFile;
use crate::error::Error;
use crate::kevo_directory::Manifest;
use crate::memory::{filled, push, refused as no_memory};
use crate::table::TableName;
use crate::version::run::{LiveTable, Run};
use crate::versions::{Change, State, VersionsFile};
use std::path::Path;
use std::sync::Arc;

/// Bytes that are copied at once.
const AT_ONCE: usize = 1 << 20;

/// Told the bytes done and the bytes in all; true cancels.
type Tell<'t> = &'t mut dyn FnMut(u64, u64) -> bool;

/// The tables of a moment, and what `VERSIONS` says of them.
struct Moment {
    state: State,
    /// Those that have no name in the new directory yet.
    to_copy: Vec<Arc<LiveTable>>,
    bytes: u64,
}

impl Inner {
    /// Makes a second database in `path`, of all that was written before.
    pub(crate) fn checkpoint(&self, path: &Path, tell: Tell<'_>) -> Result<(), Error> {
        self.check_readable()?;
        let mut directory = claim(&*self.disk, self.directory.root(), path)?;
        // The log that is written to cannot be linked, and to copy it takes as long as to flush it.
        self.flush_all()?;
        let root = stage(&mut directory, path)?;
        let sst = root.join(SST);
        let moment = self.link_tables(&sst)?;
        self.copy_tables(&moment, &sst, tell)?;
        for directory in [&sst, &root.join(WAL)] {
            let synced = self.disk.open_directory(directory).and_then(|directory| directory.sync());
            synced.map_err(|error| Error::io(directory, None, error))?;
        }
        drop(VersionsFile::create(&*self.disk, &root, &moment.state)?);
        let manifest = Manifest::load(&*self.disk, self.directory.root())?;
        manifest.write_copy(&*self.disk, &root, directory.path())?;
        directory.replace().map_err(|error| refused(path, error))
    }

    /// Links the tables that there are now. No edit is made meanwhile, so none of them loses its name.
    fn link_tables(&self, sst: &Path) -> Result<Moment, Error> {
        let _edits = self.edits.lock();
        let version = self.published.load_full();
        let mut moment = Moment { state: State::default(), to_copy: Vec::new(), bytes: 0 };
        let mut changes = Vec::new();
        for run in &version.runs {
            for table in &run.tables {
                push(&mut changes, change(run, table))?;
                moment.bytes += table.length;
                // What Kevo wrote may not be on disk.
                let is_linked = table.number.is_some() && self.disk.link(&table.path(), &sst.join(&table.name)).is_ok();
                if !is_linked {
                    push(&mut moment.to_copy, Arc::clone(table))?;
                }
            }
        }
        push(&mut changes, Change::NextNumber(self.tables.numbers_end()))?;
        push(&mut changes, Change::LastSequence(self.last_sequence()))?;
        moment.state.apply(changes)?;
        Ok(moment)
    }

    fn copy_tables(&self, moment: &Moment, sst: &Path, tell: Tell<'_>) -> Result<(), Error> {
        let to_copy: u64 = moment.to_copy.iter().map(|table| table.length).sum();
        let mut done = moment.bytes - to_copy;
        let mut copied = |bytes: u64| {
            done += bytes;
            if tell(done, moment.bytes) { Err(Error::Cancelled) } else { Ok(()) }
        };
        copied(0)?;
        let mut buffer = filled(0, AT_ONCE).map_err(|_| no_memory::<u8>(AT_ONCE))?;
        for table in &moment.to_copy {
            self.copy_table(table, &sst.join(&table.name), &mut buffer, &mut copied)?;
        }
        Ok(())
    }

    fn copy_table(
        &self,
        table: &LiveTable,
        to: &Path,
        buffer: &mut [u8],
        copied: &mut dyn FnMut(u64) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let failed = |error| Error::io(to, None, error);
        let mut file = self.disk.create_new(to).map_err(failed)?;
        let mut at = 0;
        while at < table.length {
            let most = buffer.len().min((table.length - at) as usize);
            let read = table.replaced.file().read_full(&mut buffer[..most], at);
            let read = read.map_err(|(offset, error)| Error::io(&table.path(), Some(offset), error))?;
            if read == 0 {
                let (path, length) = (table.path(), table.length - at);
                return Err(Error::CorruptTable { path, offset: at, length, what: "the file is shorter than it was" });
            }
            file.append_all(&buffer[..read]).map_err(failed)?;
            at += read as u64;
            copied(read as u64)?;
        }
        file.sync().map_err(failed)
    }
}

fn change<'t>(run: &Run, table: &'t LiveTable) -> Change<'t> {
    let (level, length) = (run.level, table.length);
    match TableName::parse(&table.name) {
        Some(name) => Change::Table { name, level, length },
        None => Change::Foreign { name: table.name.as_bytes(), age: run.age, level, length },
    }
}
