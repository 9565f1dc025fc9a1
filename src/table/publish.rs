//! Tables on their way into a database: written under a temporary name, and shown to all under their own, several at
//! once if they belong together.
//!
//! Bytes are on disk before a table gets its name, and the names are on disk before [`publish`] returns. So a crash
//! leaves either no table of that name or all of it, and of tables that were published all.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::name::TableName;
use super::properties::Properties;
use super::writer::{TableWriter, WriterOptions, Written};
use crate::disk::{Disk, WriteFile, create_over};
use crate::error::Error;
use crate::memory::{self, joined_path};

/// A table that is being written into a directory. If it is dropped its file is removed.
pub struct NewTable {
    writer: TableWriter<Appending>,
    file: Temporary,
    name: TableName,
}

/// A table that is written and synced, and has no name yet. If it is dropped its file is removed.
pub struct UnpublishedTable {
    file: Temporary,
    /// The name that it gets.
    name: TableName,
    written: Written,
}

/// A table that has its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublishedTable {
    /// Its name in the directory.
    pub name: TableName,
    /// What is in it.
    pub written: Written,
}

impl NewTable {
    /// Begins a table in `directory`, of this age and number. What a crash has left under its temporary name is
    /// removed. If `sync_every` is not 0, what was written is synced each time after so many bytes, so that the last
    /// sync is short.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::NoMemory`].
    pub fn create(
        disk: Arc<dyn Disk>,
        directory: &Path,
        (age, number): (u64, u64),
        options: WriterOptions,
        sync_every: u64,
    ) -> Result<Self, Error> {
        let name = TableName { age, number, only_oversize: false };
        let (file, out) = Temporary::create(disk, directory, name)?;
        let out = Appending { file: out, sync_every, not_synced: 0 };
        Ok(Self { writer: TableWriter::new(out, &file.path, options), file, name })
    }

    /// See [`TableWriter::add`].
    ///
    /// # Errors
    /// As that.
    pub fn add(&mut self, key: &[u8], sequence: u64, value: Option<&[u8]>) -> Result<(), Error> {
        self.writer.add(key, sequence, value)
    }

    /// See [`TableWriter::size`].
    pub fn size(&self) -> u64 {
        self.writer.size()
    }

    /// See [`TableWriter::is_empty`].
    pub fn is_empty(&self) -> bool {
        self.writer.is_empty()
    }

    /// Writes the rest, as [`TableWriter::finish`] does, and syncs the file.
    ///
    /// # Errors
    /// As that.
    pub fn finish(self, properties: Properties, created_ns: i64) -> Result<UnpublishedTable, Error> {
        let Self { writer, file, name } = self;
        let (out, written) = writer.finish(properties, created_ns)?;
        out.file.sync().map_err(|error| Error::io(&file.path, None, error))?;
        let name = TableName { only_oversize: written.blocks == 0, ..name };
        Ok(UnpublishedTable { file, name, written })
    }
}

impl UnpublishedTable {
    /// What is in it.
    pub fn written(&self) -> Written {
        self.written
    }

    fn rename(&mut self, directory: &Path) -> Result<(), Error> {
        let path = joined_path(directory, &self.name.to_string())?;
        let renamed = self.file.disk.rename(&self.file.path, &path);
        renamed.map_err(|error| Error::io(&path, None, error))?;
        // Until the name is on disk the table is still removed if something fails.
        self.file.path = path;
        Ok(())
    }
}

/// Gives tables their names in `directory`, in which they were written, and brings these to disk. After an error none
/// of them is there, unless removing them failed, too.
///
/// # Errors
/// [`Error::Io`], [`Error::NoMemory`].
pub fn publish(mut tables: Vec<UnpublishedTable>, directory: &Path) -> Result<Vec<PublishedTable>, Error> {
    let Some(disk) = tables.first().map(|table| table.file.disk.clone()) else { return Ok(Vec::new()) };
    let failed = |error| Error::io(directory, None, error);
    let opened = disk.open_directory(directory).map_err(failed)?;
    let mut published = memory::with_capacity(tables.len())?;
    for table in &mut tables {
        table.rename(directory)?;
    }
    opened.sync().map_err(failed)?;
    for UnpublishedTable { file, name, written } in tables {
        file.keep();
        published.push(PublishedTable { name, written });
    }
    Ok(published)
}

/// A file that is removed when this is dropped.
struct Temporary {
    disk: Arc<dyn Disk>,
    path: PathBuf,
    is_kept: bool,
}

impl Temporary {
    fn create(disk: Arc<dyn Disk>, directory: &Path, name: TableName) -> Result<(Self, Box<dyn WriteFile>), Error> {
        let path = joined_path(directory, &name.temporary())?;
        let file = create_over(&*disk, &path).map_err(|error| Error::io(&path, None, error))?;
        Ok((Self { disk, path, is_kept: false }, file))
    }

    fn keep(mut self) {
        self.is_kept = true;
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if !self.is_kept {
            // What cannot be removed now is removed when the database is opened again.
            let _ = self.disk.remove(&self.path);
        }
    }
}

/// Appends to a file, and syncs it as it goes.
struct Appending {
    file: Box<dyn WriteFile>,
    sync_every: u64,
    not_synced: u64,
}

impl io::Write for Appending {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.file.append(bytes)?;
        self.not_synced += count as u64;
        if self.sync_every > 0 && self.not_synced >= self.sync_every {
            self.file.sync_data()?;
            self.not_synced = 0;
        }
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
