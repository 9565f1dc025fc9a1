//! The new directory. It is written under another name beside the one that it gets, which it takes whole at the end.

use crate::db::flush::SYNC_EVERY;
use crate::db::new_directory::{self, SST, claim, refused};
use crate::db::options::DbOptions;
use crate::db::set_writer::{Done, SetProperties, SetWriter};
use crate::db::tables::{NewLiveTable, Tables};
use crate::disk::Disk;
use crate::error::Error;
use crate::export::directory::OutDir;
use crate::kevo_directory::Manifest;
use crate::memory::push;
use crate::table::{Properties, WriterOptions};
use crate::versions::{Change, State, VersionsFile};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A database that is being made. If it is dropped nothing of it is left.
pub(super) struct Output<'o> {
    disk: &'o Arc<dyn Disk>,
    /// As it was given.
    into: &'o Path,
    directory: OutDir<'o>,
    root: PathBuf,
    tables: Tables,
    table_size: u64,
    /// The tables that it is going to have.
    done: Vec<Done>,
}

impl<'o> Output<'o> {
    pub(super) fn begin(
        disk: &'o Arc<dyn Disk>,
        path: &Path,
        into: &'o Path,
        options: &DbOptions,
    ) -> Result<Self, Error> {
        let mut directory = claim(&**disk, path, into)?;
        let root = new_directory::stage(&mut directory, into)?;
        let writing = WriterOptions { block_size: options.block_size, filter_bits: options.filter_bits };
        // What is written on the way is read once, and in order.
        let tables = Tables::new(disk, &root.join(SST), writing, 0, options.max_open_files, false);
        Ok(Self { disk, into, directory, root, tables, table_size: options.table_size, done: Vec::new() })
    }

    /// Tables in the new directory, for what is needed on the way as well.
    pub(super) fn tables(&self) -> &Tables {
        &self.tables
    }

    /// Takes what the database consists of, which is newer than all tables before it.
    pub(super) fn writer(&self, last_sequence: u64) -> SetWriter<'_> {
        let properties = Properties { last_sequence: Some(last_sequence), ..Properties::default() };
        let set = SetProperties { properties, table_size: self.table_size, sync_every: SYNC_EVERY };
        SetWriter::new(&self.tables, set, self.tables.next_age(), 0)
    }

    /// The tables of the database, which have no names yet.
    pub(super) fn take(&mut self, done: Vec<Done>) {
        self.done = done;
    }

    /// Removes the tables that were needed on the way, and gives the new directory its name. All of it is on disk then.
    pub(super) fn finish(mut self, manifest: &Manifest, last_sequence: u64) -> Result<(), Error> {
        let disk = &**self.disk;
        self.remove_needless()?;
        let live = self.tables.publish(std::mem::take(&mut self.done))?;
        // Without a table nothing has brought the names to disk.
        self.tables.sync_names()?;
        let mut changes = Vec::new();
        for change in live.iter().map(NewLiveTable::change) {
            push(&mut changes, change)?;
        }
        push(&mut changes, Change::NextNumber(self.tables.numbers_end()))?;
        push(&mut changes, Change::LastSequence(last_sequence))?;
        let mut state = State::default();
        state.apply(changes)?;
        drop(VersionsFile::create(disk, &self.root, &state)?);
        manifest.write_copy(disk, &self.root, self.directory.path())?;
        let Self { directory, into, .. } = self;
        directory.replace().map_err(|error| refused(into, error))
    }

    fn remove_needless(&self) -> Result<(), Error> {
        let sst = self.root.join(SST);
        for name in crate::db::open::names(&**self.disk, &sst)? {
            // Those that the database is going to have are not named yet.
            if !name.as_encoded_bytes().starts_with(b".") {
                let path = sst.join(name);
                self.disk.remove(&path).map_err(|error| Error::io(&path, None, error))?;
            }
        }
        Ok(())
    }
}
