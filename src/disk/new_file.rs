//! New files, whatever a process that ended has left under their names.

use super::{Disk, WriteFile};
use std::io::{self, ErrorKind};
use std::path::Path;

/// Makes a file for writing. One that has the name already is removed first.
pub(crate) fn create_over(disk: &dyn Disk, path: &Path) -> io::Result<Box<dyn WriteFile>> {
    match disk.remove(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => disk.create_new(path),
    }
}

/// The same, with these bytes in it, which are on disk then. What fails leaves no file, unless it cannot be removed.
pub(crate) fn create_synced(disk: &dyn Disk, path: &Path, bytes: &[u8]) -> io::Result<Box<dyn WriteFile>> {
    let written = create_over(disk, path).and_then(|mut file| {
        file.append_all(bytes)?;
        file.sync()?;
        Ok(file)
    });
    if written.is_err() {
        let _ = disk.remove(path);
    }
    written
}
