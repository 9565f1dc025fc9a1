//! The data of a measurement: a log, the same entries for the peers, and keys to look up.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

use crate::log;
use crate::program::Program;
use crate::run::Run;
use crate::shape::Shape;

pub struct Data {
    pub shape: Shape,
    /// How many keys are looked up.
    pub lookups: u64,
    pub log_bytes: u64,
    scratch: TempDir,
}

impl Data {
    pub fn new(shape: Shape) -> Self {
        let scratch = TempDir::new().expect("a directory");
        let wal = scratch.path().join("wal");
        fs::create_dir(&wal).expect("a directory");
        let log_bytes = log::write(&wal, &shape).expect("room for the log");
        let lookups = shape.entries.clamp(100_000, 1_000_000);
        let data = Self { shape, lookups, log_bytes, scratch };
        data.write("present", shape.present_keys(lookups).map(|key| (key, Vec::new())));
        data.write("absent", shape.absent_keys(lookups).map(|key| (key, Vec::new())));
        data
    }

    /// The WAL directory.
    pub fn wal(&self) -> PathBuf {
        self.scratch.path().join("wal")
    }

    /// A step such as "get=FILE", which takes keys from `file`.
    pub fn step(&self, step: &str, file: &str) -> String {
        format!("{step}={}", self.scratch.path().join(file).display())
    }

    /// Makes the file "entries", which puts are read from.
    pub fn write_entries(&self) {
        let Shape { entries, .. } = self.shape;
        self.write("entries", (0..entries).map(|number| (self.shape.key(number), self.shape.value(number))));
    }

    /// A directory in which a peer has the same entries, only in its log. The file "entries" must exist.
    pub fn of_peer(&self, peer: &Program) -> PathBuf {
        let directory = self.scratch.path().join(peer.name);
        Run::new(peer, Some(&directory), &["open".into(), self.step("put", "entries")]).once();
        sync(&directory).expect("what was just written");
        assert_nothing_flushed(&directory);
        directory
    }

    /// Writes entries in the format that measure.c reads.
    fn write(&self, name: &str, entries: impl Iterator<Item = (Vec<u8>, Vec<u8>)>) {
        write_to(&self.scratch.path().join(name), entries).expect("room for entries");
    }
}

fn write_to(path: &Path, entries: impl Iterator<Item = (Vec<u8>, Vec<u8>)>) -> io::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    for (key, value) in entries {
        for field in [&key, &value] {
            file.write_all(&u32::try_from(field.len()).expect("a length of 32 bits").to_ne_bytes())?;
        }
        file.write_all(&key)?;
        file.write_all(&value)?;
    }
    file.into_inner()?.sync_all()
}

/// A peer whose entries are in an SSTable has nothing to recover.
pub fn assert_nothing_flushed(directory: &Path) {
    for file in fs::read_dir(directory).expect("a directory") {
        let path = file.expect("a file").path();
        let is_table = path.extension().is_some_and(|extension| extension == "ldb" || extension == "sst");
        assert!(!is_table, "{} has been flushed", path.display());
    }
}

/// Otherwise these files would be written to disk during a measurement.
fn sync(directory: &Path) -> io::Result<()> {
    for file in fs::read_dir(directory)? {
        File::open(file?.path())?.sync_all()?;
    }
    Ok(())
}
