//! The directory of a database that is made beside another one. It is written under another name, and takes its own,
//! whole, at the end.

use crate::disk::Disk;
use crate::error::Error;
use crate::export::directory::{OutDir, Staging};
use crate::log::write::name::time_of_creation;
use crate::memory::copied_path;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// Where tables are in it.
pub(super) const SST: &str = "sst";
/// Where logs are in it.
pub(super) const WAL: &str = "wal";

const STAGING: Staging = Staging { prefix: "kevo-database", directories: &[SST, WAL] };

/// Claims `into`, which must be empty or not there, and not inside of the database at `path`.
pub(super) fn claim<'d>(disk: &'d dyn Disk, path: &Path, into: &Path) -> Result<OutDir<'d>, Error> {
    let parent = into.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let canonical = |path: &Path| disk.canonical(path).map_err(|error| Error::io(path, None, error));
    if canonical(parent)?.starts_with(canonical(path)?) {
        return Err(Error::InvalidArgument("the new database is to be inside of the one that it is made from"));
    }
    OutDir::claim(disk, into).map_err(|error| refused(into, error))
}

/// Makes the directory that takes its place. Gives its path.
pub(super) fn stage(directory: &mut OutDir<'_>, into: &Path) -> Result<PathBuf, Error> {
    copied_path(directory.stage(&STAGING, time_of_creation()).map_err(|error| refused(into, error))?)
}

pub(super) fn refused(into: &Path, error: io::Error) -> Error {
    match error.kind() {
        ErrorKind::DirectoryNotEmpty | ErrorKind::NotADirectory => {
            copied_path(into).map_or_else(|error| error, |path| Error::Exists { path })
        }
        _ => Error::io(into, None, error),
    }
}
