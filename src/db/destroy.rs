//! Removing a database.

use super::directory::DatabaseDirectory;
use super::open::{Place, UNREADABLE, names, place};
use crate::disk::{Disk, FileKind, Locked};
use crate::error::Error;
use crate::memory::copied_path;
use crate::table::TableName;
use crate::version::replaced;
use std::io::{self, ErrorKind};
use std::path::Path;

/// Removes the database in the directory `path`, which must not be open for writing: its files, by their names, and the
/// directories that are empty then. What is not a database's stays.
///
/// What says that there is a database goes last, so that one that was removed in part is not taken for a whole one.
pub(crate) fn destroy(disk: &dyn Disk, path: &Path) -> Result<(), Error> {
    let directory = DatabaseDirectory::new(path);
    check_is_database(disk, &directory)?;
    let lock = match disk.lock(&directory.lock()) {
        Ok(Locked::Mine(lock)) => lock,
        Ok(Locked::By(process)) => return Err(Error::Locked { path: directory.lock(), process }),
        Err(error) => return Err(Error::io(&directory.lock(), None, error)),
    };
    for name in names(disk, directory.wal())? {
        let set_aside = directory.wal().join(&name);
        if is_log_directory(name.as_encoded_bytes()) && is_directory(disk, &set_aside) {
            empty(disk, &set_aside, is_log)?;
        }
    }
    empty(disk, directory.wal(), is_log)?;
    empty(disk, directory.sst(), is_table)?;
    for path in [directory.versions(), directory.manifest(), directory.lock()] {
        let mut temporary = path.clone().into_os_string();
        temporary.push(".tmp");
        remove(disk, Path::new(&temporary))?;
        remove(disk, &path)?;
    }
    drop(lock);
    remove_empty(disk, directory.root())
}

fn check_is_database(disk: &dyn Disk, directory: &DatabaseDirectory) -> Result<(), Error> {
    let what = match place(disk, directory)? {
        Place::Database => return Ok(()),
        // An opening that failed, or a removal that was interrupted, leaves this.
        Place::Empty if !names(disk, directory.root())?.is_empty() => return Ok(()),
        Place::Empty => "the directory is empty",
        Place::Missing => "there is nothing",
        Place::Other(what) => what,
    };
    Err(Error::NotADatabase { path: copied_path(directory.root())?, what })
}

/// Removes the files of a directory that have such names, and the directory if it is empty then.
fn empty(disk: &dyn Disk, directory: &Path, is_ours: fn(&[u8]) -> bool) -> Result<(), Error> {
    for name in names(disk, directory)? {
        let path = directory.join(&name);
        if is_ours(name.as_encoded_bytes()) && !is_directory(disk, &path) {
            remove(disk, &path)?;
        }
    }
    remove_empty(disk, directory)
}

fn is_log_directory(name: &[u8]) -> bool {
    name == b"kept" || name.starts_with(b"backup_")
}

fn is_log(name: &[u8]) -> bool {
    let digits = |name: &[u8]| !name.is_empty() && name.iter().all(u8::is_ascii_digit);
    let temporary = name.strip_prefix(b".").and_then(|name| name.strip_suffix(b".tmp"));
    name.ends_with(b".wal") || temporary.is_some_and(digits)
}

/// Whether a file in `sst/` is a table of this library's or of Kevo's, or was to become one, or was one.
fn is_table(name: &[u8]) -> bool {
    let name = name.strip_suffix(UNREADABLE).unwrap_or(name);
    let Ok(name) = std::str::from_utf8(name) else { return false };
    let hidden = |suffix| name.strip_prefix('.').and_then(|name| name.strip_suffix(suffix));
    let name = hidden(".tmp").or_else(|| hidden(replaced::SUFFIX)).unwrap_or(name);
    // Kevo reads whatever has this extension.
    name.as_bytes().ends_with(b".sst") || TableName::parse(name).is_some()
}

fn is_directory(disk: &dyn Disk, path: &Path) -> bool {
    disk.info(path).is_ok_and(|info| info.kind == FileKind::Directory)
}

fn remove(disk: &dyn Disk, path: &Path) -> Result<(), Error> {
    unless_gone(path, disk.remove(path), &[ErrorKind::NotFound])
}

fn remove_empty(disk: &dyn Disk, directory: &Path) -> Result<(), Error> {
    let kept = [ErrorKind::NotFound, ErrorKind::DirectoryNotEmpty, ErrorKind::NotADirectory];
    unless_gone(directory, disk.remove_directory(directory), &kept)
}

fn unless_gone(path: &Path, removed: io::Result<()>, fine: &[ErrorKind]) -> Result<(), Error> {
    match removed {
        Err(error) if !fine.contains(&error.kind()) => Err(Error::io(path, None, error)),
        _ => Ok(()),
    }
}
