//! `MANIFEST`: Kevo's settings, as one JSON object. Two of them are taken from it; all are written back, so that Kevo
//! opens the directory where it is now.

use std::io::{self, ErrorKind};
use std::path::Path;

use serde_json::{Map, Value};

use super::fields::{self, MAX_MEMTABLES, MEMTABLE_SIZE, SST_DIR, SYNC_BYTES, SYNC_MODE, WAL_DIR};
use crate::disk::{Disk, ReadFile, create_synced};
use crate::error::Error;
use crate::memory::{self, joined_path};

const NAME: &str = "MANIFEST";
const TEMPORARY: &str = "MANIFEST.tmp";
/// A longer file is none of Kevo's, whose settings take some 800 bytes and two paths.
const LONGEST: usize = 64 << 10;
/// What a file of that length can take in memory when it is parsed, about.
const MEMORY: usize = 64 * LONGEST;

/// Between these a memtable's size is sensible, in bytes: smaller ones make a table of every few writes, and of larger
/// ones several have to fit into memory.
const MEMTABLE_SIZES: (u64, u64) = (64 << 10, 1 << 30);
/// The same for the number of memtables.
const MEMTABLES: (u64, u64) = (1, 64);

/// What a `MANIFEST` says.
#[derive(Debug, Default)]
pub struct Manifest {
    /// All of it, as it was found.
    settings: Map<String, Value>,
    /// The bytes of the file.
    bytes: Vec<u8>,
    condition: Condition,
}

/// In which condition a `MANIFEST` was found. None of them stops libkevo.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Condition {
    /// There is none.
    #[default]
    Missing,
    /// It is not one JSON object.
    Damaged,
    /// Kevo v1.4.2 does not open a database with it, since this field is missing or has a value that it refuses. So it
    /// is with those from before v1.3.1.
    Refused(&'static str),
    /// Kevo opens a database with it.
    Sound,
}

/// What the options of an opening set in a `MANIFEST`. `None` leaves what is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Of a memtable, in bytes.
    pub memtable_size: Option<u64>,
    /// How many memtables there may be.
    pub max_memtables: Option<u64>,
    /// When the log is synced.
    pub sync: Option<Sync>,
}

/// When Kevo syncs its log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sync {
    /// When the system likes.
    None,
    /// After so many bytes.
    Bytes(u64),
    /// After each write.
    Always,
}

impl Manifest {
    /// Reads the `MANIFEST` of a database, if there is one.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::NoMemory`]. That it is missing or damaged is none.
    pub fn load(disk: &dyn Disk, database: &Path) -> Result<Self, Error> {
        let path = joined_path(database, NAME)?;
        let file = match disk.open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(Error::io(&path, None, error)),
        };
        let bytes = read(&*file).map_err(|error| Error::io(&path, Some(0), error))?;
        memory::probe(MEMORY)?;
        Ok(Self::parse(bytes))
    }

    fn parse(bytes: Vec<u8>) -> Self {
        match serde_json::from_slice(&bytes) {
            Ok(Value::Object(settings)) if bytes.len() <= LONGEST => {
                let condition = fields::first_illegal(&settings).map_or(Condition::Sound, Condition::Refused);
                Self { settings, bytes, condition }
            }
            _ => Self { settings: Map::new(), bytes, condition: Condition::Damaged },
        }
    }

    /// In which condition it was found.
    pub fn condition(&self) -> &Condition {
        &self.condition
    }

    /// How long the file is, in bytes, as far as it was read.
    pub fn length(&self) -> u64 {
        self.bytes.len() as u64
    }

    /// The CRC-32 of all of its bytes.
    pub fn checksum(&self) -> u32 {
        crc32fast::hash(&self.bytes)
    }

    /// The size of a memtable, in bytes, made sensible; `None` if it does not say any.
    pub fn memtable_size(&self) -> Option<u64> {
        self.number(MEMTABLE_SIZE, MEMTABLE_SIZES)
    }

    /// The size of a memtable that Kevo takes from it, in bytes, sensible or not; `None` if it takes its default.
    pub fn kevos_memtable_size(&self) -> Option<u64> {
        let size = self.settings.get(MEMTABLE_SIZE)?.as_i64()?;
        u64::try_from(size).ok().filter(|size| *size > 0)
    }

    /// How many memtables there may be, made sensible; `None` if it does not say that.
    pub fn max_memtables(&self) -> Option<u64> {
        self.number(MAX_MEMTABLES, MEMTABLES)
    }

    /// Writes it anew, so that Kevo v1.4.2 opens the directory where it is now: under a temporary name, synced,
    /// renamed, the directory synced. Settings that are legal are kept, and so are those that nobody knows. Nothing
    /// is written if the file says all of it already. Gives the [`checksum`](Self::checksum) of what is there then.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::NoMemory`]: the old file stands, or the new one.
    pub fn renew(&self, disk: &dyn Disk, database: &Path, settings: &Settings) -> Result<u32, Error> {
        memory::probe(MEMORY)?;
        let absolute = disk.canonical(database).map_err(|error| Error::io(database, None, error))?;
        let bytes = self.renewed(&absolute, settings);
        if bytes != self.bytes {
            write(disk, database, &bytes)?;
        }
        Ok(crc32fast::hash(&bytes))
    }

    /// Writes one that says what this says into `database`, which is going to have the path `absolute`.
    ///
    /// # Errors
    /// As [`Manifest::renew`].
    pub fn write_copy(&self, disk: &dyn Disk, database: &Path, absolute: &Path) -> Result<(), Error> {
        memory::probe(MEMORY)?;
        write(disk, database, &self.renewed(absolute, &Settings::default()))
    }

    /// The bytes of a file that says what this says, and `settings`, of a database at `absolute`.
    fn renewed(&self, absolute: &Path, settings: &Settings) -> Vec<u8> {
        let mut renewed = self.settings.clone();
        renewed.retain(|name, _| !fields::is_misnamed(name));
        for (directory, name) in [(WAL_DIR, "wal"), (SST_DIR, "sst")] {
            // JSON has no other paths than those of Unicode, and neither has Kevo.
            let path = absolute.join(name).to_string_lossy().into_owned();
            renewed.insert(directory.to_owned(), path.into());
        }
        let (mode, bytes) = match settings.sync {
            None => (None, None),
            Some(Sync::None) => (Some(0), None),
            Some(Sync::Bytes(bytes)) => (Some(1), Some(bytes)),
            Some(Sync::Always) => (Some(2), None),
        };
        for (name, value) in [
            (MEMTABLE_SIZE, settings.memtable_size),
            (MAX_MEMTABLES, settings.max_memtables),
            (SYNC_MODE, mode),
            (SYNC_BYTES, bytes),
        ] {
            if let Some(value) = value {
                renewed.insert(name.to_owned(), value.min(i64::MAX as u64).into());
            }
        }
        fields::make_legal(&mut renewed);
        format!("{:#}", Value::Object(renewed)).into_bytes()
    }

    fn number(&self, name: &str, (least, most): (u64, u64)) -> Option<u64> {
        // What is larger than Kevo can hold is a number that somebody wrote there for "as much as you can".
        let value = self.settings.get(name)?.as_u64().filter(|value| *value > 0)?;
        Some(value.clamp(least, most))
    }
}

/// Writes the file under a temporary name, syncs it, renames it, and syncs the directory.
fn write(disk: &dyn Disk, database: &Path, bytes: &[u8]) -> Result<(), Error> {
    let (path, temporary) = (joined_path(database, NAME)?, joined_path(database, TEMPORARY)?);
    let directory = disk.open_directory(database).map_err(|error| Error::io(database, None, error))?;
    create_synced(disk, &temporary, bytes).map_err(|error| Error::io(&temporary, None, error))?;
    disk.rename(&temporary, &path).map_err(|error| Error::io(&temporary, None, error))?;
    directory.sync().map_err(|error| Error::io(database, None, error))
}

/// All of a file, or so much that it is too long.
fn read(file: &dyn ReadFile) -> io::Result<Vec<u8>> {
    let mut bytes = memory::filled(0, LONGEST + 1)?;
    let length = file.read_full(&mut bytes, 0).map_err(|(_, error)| error)?;
    bytes.truncate(length);
    Ok(bytes)
}
