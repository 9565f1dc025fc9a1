//! What is in a directory before a database is opened.

use crate::db::directory::DatabaseDirectory;
use crate::disk::{Disk, FileKind};
use crate::error::Error;
use crate::memory::push;
use crate::versions::{ListedFile, Listing};
use std::ffi::OsStr;
use std::io::{self, ErrorKind};
use std::ops::ControlFlow::Continue;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// What a path is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::db) enum Place {
    /// Nothing is there.
    Missing,
    /// A directory in which there is nothing, or only what an opening that failed has left.
    Empty,
    /// A database.
    Database,
    /// Something else.
    Other(&'static str),
}

/// Looks at what a path is.
pub(in crate::db) fn place(disk: &dyn Disk, directory: &DatabaseDirectory) -> Result<Place, Error> {
    let root = directory.root();
    match disk.info(root) {
        Err(error) if error.kind() == ErrorKind::NotFound && !root.as_os_str().is_empty() => return Ok(Place::Missing),
        Err(error) => return Err(Error::io(root, None, error)),
        Ok(info) if info.kind != FileKind::Directory => return Ok(Place::Other("it is not a directory")),
        Ok(_) => {}
    }
    let (mut is_database, mut is_empty) = (false, true);
    for name in names(disk, root)? {
        is_database |= matches!(name.as_bytes(), b"MANIFEST" | b"VERSIONS" | b"wal" | b"sst");
        is_empty &= matches!(name.as_bytes(), b"LOCK" | b"VERSIONS.tmp" | b"MANIFEST.tmp");
    }
    Ok(match (is_database, is_empty) {
        (true, _) => Place::Database,
        (false, true) => Place::Empty,
        (false, false) => Place::Other("there are files in it, and none of them is a database's"),
    })
}

/// The names in a directory; none if it is not there.
pub(in crate::db) fn names(disk: &dyn Disk, directory: &Path) -> Result<Vec<std::ffi::OsString>, Error> {
    let mut names = Vec::new();
    let mut refused = Ok(());
    let listed = disk.list(directory, &mut |name: &OsStr| {
        if refused.is_ok() {
            refused = push(&mut names, name.to_owned());
        }
        Continue(())
    });
    match listed {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Error::io(directory, None, error)),
        Ok(()) => refused?,
    }
    names.sort_unstable();
    Ok(names)
}

/// The files in `sst/`.
pub(super) fn tables(disk: &dyn Disk, sst: &Path) -> Result<Listing, Error> {
    let mut listing = Listing::default();
    for name in names(disk, sst)? {
        let path = sst.join(&name);
        match disk.info(&path) {
            Ok(info) if info.kind == FileKind::Regular => listing.add(name.as_bytes(), info.length)?,
            Ok(_) => {}
            // It may have gone since, if another process has the database open for writing.
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(Error::io(&path, None, error)),
        }
    }
    Ok(listing)
}

/// A log that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::db) struct FoundLog {
    pub(in crate::db) path: PathBuf,
    /// Without the directory.
    pub(in crate::db) name: String,
    pub(in crate::db) length: u64,
    /// Kevo has set it aside.
    pub(in crate::db) is_set_aside: bool,
}

impl FoundLog {
    pub(super) fn listed(&self) -> ListedFile {
        ListedFile { name: self.name.clone().into_bytes(), length: self.length }
    }
}

/// Whether a file has nothing but zeros from `start` on.
pub(super) fn is_zero_from(disk: &dyn Disk, path: &Path, start: u64) -> io::Result<bool> {
    let file = disk.open(path)?;
    let (mut buffer, mut at) = ([0; 4096], start);
    loop {
        let read = file.read_full(&mut buffer, at).map_err(|(_, error)| error)?;
        if buffer[..read].iter().any(|byte| *byte != 0) {
            return Ok(false);
        }
        if read < buffer.len() {
            return Ok(true);
        }
        at += read as u64;
    }
}

/// The logs, in the order of their names; of two with one name the one that was set aside comes first. Also how many
/// directories there are in which logs were set aside.
pub(super) fn logs(disk: &dyn Disk, wal: &Path, set_aside: bool) -> Result<(Vec<FoundLog>, u64), Error> {
    let mut directories = vec![(wal.to_owned(), false)];
    for name in names(disk, wal)? {
        let path = wal.join(&name);
        if name.as_bytes().starts_with(b"backup_") {
            match disk.info(&path) {
                Ok(info) if info.kind == FileKind::Directory => push(&mut directories, (path, true))?,
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(Error::io(&path, None, error)),
            }
        }
    }
    let count = directories.len() as u64 - 1;
    let mut logs = Vec::new();
    for (directory, is_set_aside) in directories.into_iter().filter(|(_, is_aside)| set_aside || !is_aside) {
        for name in names(disk, &directory)? {
            let Some(name) = name.to_str().filter(|name| name.as_bytes().ends_with(b".wal")) else { continue };
            let path = directory.join(name);
            match disk.info(&path) {
                Ok(info) if info.kind == FileKind::Regular => {
                    push(&mut logs, FoundLog { path, name: name.to_owned(), length: info.length, is_set_aside })?;
                }
                Ok(_) => {
                    let error =
                        io::Error::new(ErrorKind::InvalidInput, "its name ends in .wal, but it is not a regular file");
                    return Err(Error::io(&path, None, error));
                }
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(Error::io(&path, None, error)),
            }
        }
    }
    logs.sort_by(|one, other| {
        one.name
            .cmp(&other.name)
            .then(other.is_set_aside.cmp(&one.is_set_aside))
            .then_with(|| one.path.cmp(&other.path))
    });
    Ok((logs, count))
}
