//! Where logs of ours end, as the start marks of later ones say.

use super::parse::LogFile;
use super::parts::End;
use crate::disk::{Disk, ReadFile};
use crate::error::Error;
use crate::log::directory;
use crate::log::format::mark::{KEY_END, log_before, may_be_mark};
use crate::memory::push;
use std::ffi::{OsStr, OsString};
use std::path::Path;

/// A start mark with the longest name that a file system allows fits into so many bytes.
const HEAD_LEN: usize = 4096;

/// What a start mark says of the log before.
struct Named {
    /// The file that has the mark, by its place in the list.
    by: usize,
    name: OsString,
    end: u64,
}

/// Finds the ends that are not known in start marks of other files. A file that cannot be read for that is one that
/// cannot be read.
pub(super) fn find_ends(disk: &dyn Disk, files: &mut [LogFile]) -> Result<(), Error> {
    let mut all = Vec::new();
    let lowest = files.iter().filter_map(|file| file.path.file_name()).min().map(OsStr::to_os_string);
    for (by, file) in files.iter_mut().enumerate() {
        // The first of all names none.
        if file.end == End::Unknown && file.path.file_name() > lowest.as_deref() {
            match named_by(disk, file) {
                Ok(Some((name, end))) => push(&mut all, Named { by, name, end })?,
                Ok(None) => {}
                Err(error) => file.found = Err(error),
            }
        }
    }
    // Of several that name the same file, the first counts.
    all.sort_unstable_by(|a, b| {
        a.name.cmp(&b.name).then_with(|| file_name(&files[a.by].path).cmp(file_name(&files[b.by].path)))
    });
    let mut ends = Vec::new();
    for (index, file) in files.iter().enumerate().filter(|(_, file)| file.end == End::Unknown) {
        let name = file_name(&file.path);
        let first = all.partition_point(|named| *named.name < *name);
        let later = all[first..].iter().take_while(|named| *named.name == *name);
        if let Some(named) = later.into_iter().find(|named| file_name(&files[named.by].path) > name) {
            push(&mut ends, (index, named.end))?;
        }
    }
    for (index, end) in ends {
        files[index].end = End::Known(end);
    }
    Ok(())
}

fn file_name(path: &Path) -> &OsStr {
    path.file_name().unwrap_or_default()
}

/// The log before `file`, by its start mark, and where that ends.
fn named_by(disk: &dyn Disk, file: &LogFile) -> Result<Option<(OsString, u64)>, Error> {
    let Ok(found) = &file.found else { return Ok(None) };
    if let Some(contents) = &found.contents {
        return named_in(contents, &file.path);
    }
    let opened = directory::open(disk, &file.path, found).map_err(|error| Error::io(&file.path, None, error))?;
    named_in(&*opened, &file.path)
}

/// The log that the start mark in `file` names, and where that ends. `path` is for errors.
pub(crate) fn named_in(file: &dyn ReadFile, path: &Path) -> Result<Option<(OsString, u64)>, Error> {
    let failed = |(offset, error)| Error::io(path, Some(offset), error);
    let mut head = [0; HEAD_LEN];
    // Of other logs no more is read than it takes to see that they are others.
    let read = file.read_full(&mut head[..KEY_END], 0).map_err(failed)?;
    if !may_be_mark(&head[..read]) {
        return Ok(None);
    }
    let read = file.read_full(&mut head, 0).map_err(failed)?;
    let Some((name, end)) = log_before(&head[..read]) else { return Ok(None) };
    let mut copy = OsString::new();
    copy.try_reserve_exact(name.len()).map_err(|_| Error::NoMemory(name.len() as u64))?;
    copy.push(name);
    Ok(Some((copy, end)))
}
