//! What is in the directories of a database, as far as it concerns `VERSIONS`.

use super::state::State;
use crate::error::Error;
use crate::memory::{self, copied_bytes};
use crate::table::{Properties, TableName};

/// What is in `sst/`.
#[derive(Debug, Default)]
pub struct Listing {
    /// Files under names of ours.
    pub tables: Vec<ListedTable>,
    /// Other files whose names end in `.sst`.
    pub foreign_tables: Vec<ListedFile>,
    /// Tables of ours that were not finished, and tables that had been replaced while somebody read them: nothing of
    /// them is needed.
    pub remains: Vec<Vec<u8>>,
    /// The highest number of a table of ours, under whatever name.
    pub highest_number: Option<u64>,
}

/// A file under the name of a table of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedTable {
    /// Its name.
    pub name: TableName,
    /// In bytes.
    pub length: u64,
    /// What it says of itself; `None` if that has not been read, or cannot be.
    pub properties: Option<Properties>,
}

/// A file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedFile {
    /// Its name, without the directory.
    pub name: Vec<u8>,
    /// In bytes.
    pub length: u64,
}

impl Listing {
    /// Takes a regular file of `sst/`. Of a table of ours `properties` are not known yet.
    ///
    /// # Errors
    /// [`Error::NoMemory`].
    pub fn add(&mut self, name: &[u8], length: u64) -> Result<(), Error> {
        if let Some(name) = table_name(name) {
            self.note(name);
            memory::push(&mut self.tables, ListedTable { name, length, properties: None })
        } else if name.ends_with(b".sst") {
            memory::push(&mut self.foreign_tables, ListedFile { name: copied_bytes(name)?, length })
        } else if let Some(table) = hidden(name, b".tmp").and_then(table_name) {
            self.note(table);
            memory::push(&mut self.remains, copied_bytes(name)?)
        } else if let Some(table) = hidden(name, b".replaced").filter(|name| is_table(name)) {
            if let Some(table) = table_name(table) {
                self.note(table);
            }
            memory::push(&mut self.remains, copied_bytes(name)?)
        } else {
            Ok(())
        }
    }

    /// The tables of ours that `state` does not name: [`check`](super::check) needs the properties of these.
    pub fn unnamed<'a>(&'a mut self, state: &'a State) -> impl Iterator<Item = &'a mut ListedTable> {
        self.tables.iter_mut().filter(|table| !state.tables.contains_key(&table.name.number))
    }

    fn note(&mut self, table: TableName) {
        self.highest_number = self.highest_number.max(Some(table.number));
    }
}

fn is_table(name: &[u8]) -> bool {
    name.ends_with(b".sst") || table_name(name).is_some()
}

/// What a file's name says, if it is one of ours.
pub(super) fn table_name(name: &[u8]) -> Option<TableName> {
    std::str::from_utf8(name).ok().and_then(TableName::parse)
}

/// What stands between a dot and `suffix`.
fn hidden<'a>(name: &'a [u8], suffix: &[u8]) -> Option<&'a [u8]> {
    name.strip_prefix(b".")?.strip_suffix(suffix)
}
