//! A lock on a file that a process holds: one process at a time, and in it one holder at a time.
//!
//! A POSIX record lock belongs to a process. It ends with the process, whatever that has forked, and the system tells
//! who holds it. It says nothing within one process, and closing any descriptor of the file releases it; so a registry
//! knows what this process holds, and keeps open whatever was opened of it.

use super::real::boxed;
use super::{FileId, FileInfo, Lock, Locked};
use parking_lot::Mutex;
use rustix::fs::{FlockOperation, fcntl_lock};
use rustix::io::Errno;
use rustix::process::{Flock, FlockType, Pid, fcntl_getlk};
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;

/// A lock that this process holds, until it is dropped.
#[derive(Debug)]
struct RecordLock {
    id: FileId,
    process: u32,
}

/// A lock of this process.
#[derive(Debug)]
struct Held {
    id: FileId,
    /// What has been opened of the file. The first has the lock.
    files: Vec<File>,
    /// Who took it: a process that was forked later has a copy of this list, and holds nothing.
    process: u32,
}

static REGISTRY: Mutex<Vec<Held>> = Mutex::new(Vec::new());

/// Locks the file at `path`, which is made if it is not there.
pub(super) fn lock(path: &Path) -> io::Result<Locked> {
    let mut registry = REGISTRY.lock();
    let process = std::process::id();
    registry.retain(|held| held.process == process);
    // A file that is held must not be opened again, so it is looked at first.
    if let Ok(metadata) = fs::metadata(path)
        && registry.iter().any(|held| held.id == FileInfo::of(&metadata).id)
    {
        return Ok(Locked::By(process));
    }
    registry.try_reserve(1)?;
    let mut files = Vec::new();
    files.try_reserve_exact(1)?;
    let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
    let id = FileInfo::of(&file.metadata()?).id;
    // It may have become one that is held since it was looked at.
    if let Some(held) = registry.iter_mut().find(|held| held.id == id) {
        held.files.push(file);
        return Ok(Locked::By(process));
    }
    match fcntl_lock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => {
            files.push(file);
            registry.push(Held { id, files, process });
            drop(registry);
            Ok(Locked::Mine(boxed(RecordLock { id, process })?))
        }
        Err(Errno::ACCESS | Errno::AGAIN) => Ok(Locked::By(holder(&file)?)),
        Err(error) => Err(error.into()),
    }
}

/// The process that holds the lock on a file, 0 if it cannot be told: it may have ended meanwhile.
fn holder(file: &File) -> io::Result<u32> {
    let holder = fcntl_getlk(file, &Flock::from(FlockType::WriteLock))?;
    Ok(holder.and_then(|lock| lock.pid).map_or(0, |pid| Pid::as_raw(Some(pid)).unsigned_abs()))
}

impl Lock for [RecordLock; 1] {}

impl Drop for RecordLock {
    fn drop(&mut self) {
        if self.process == std::process::id() {
            REGISTRY.lock().retain(|held| held.id != self.id);
        }
    }
}

#[cfg(test)]
mod tests;
