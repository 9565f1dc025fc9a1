//! A WAL directory that is removed when it is dropped.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::Path;

use tempfile::TempDir;

use super::model::LogFile;

pub struct WalDir {
    directory: TempDir,
}

impl WalDir {
    /// An empty directory, in memory where the system offers that: tests make thousands of logs.
    pub fn new() -> Self {
        let in_memory = Path::new("/dev/shm");
        let directory = if in_memory.is_dir() { TempDir::new_in(in_memory) } else { TempDir::new() };
        Self { directory: directory.unwrap() }
    }

    pub fn with(files: &[LogFile]) -> Self {
        let directory = Self::new();
        for file in files {
            directory.write(file);
        }
        directory
    }

    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Replaces a file of the same name.
    pub fn write(&self, file: &LogFile) {
        let path = self.path().join(&file.name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, &file.bytes).unwrap();
    }

    /// Changes a file into another of the same name, and writes only what differs.
    pub fn change(&self, from: &LogFile, to: &LogFile) {
        assert_eq!(from.name, to.name);
        let same = from.bytes.iter().zip(&to.bytes).take_while(|(from, to)| from == to).count();
        let same_at_end = if from.bytes.len() == to.bytes.len() {
            from.bytes[same..].iter().rev().zip(to.bytes.iter().rev()).take_while(|(from, to)| from == to).count()
        } else {
            0
        };
        let file = File::options().write(true).open(self.path().join(&to.name)).unwrap();
        file.set_len(to.bytes.len() as u64).unwrap();
        file.write_all_at(&to.bytes[same..to.bytes.len() - same_at_end], same as u64).unwrap();
    }
}
