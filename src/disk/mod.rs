//! All access to files: what the engine asks of a disk, and the disk that the system has.
//!
//! Everything above works on a [`Disk`], so that a test can put another one in its place, which loses what was not
//! synced and fails on demand (`tests/support/disk.rs`). Errors are those of the system; the caller knows the path and
//! adds it.
//!
//! What a crash of the machine leaves, and what each call promises:
//!
//! - The bytes of a file are safe once [`WriteFile::sync`] has returned. Without it any part of them may be lost, in
//!   sectors of 512 bytes.
//! - A name in a directory (made, renamed or removed) is safe once [`Directory::sync`] has returned for the directory
//!   that it is in. Without it the old or the new state of each name may be found.

mod limited;
mod lock;
#[cfg(any(target_os = "linux", target_os = "android"))]
mod mapped;
mod new_file;
mod real;

pub use limited::{OpenFile, OpenFiles};
pub(crate) use new_file::{create_over, create_synced};
pub use real::RealDisk;

use std::ffi::OsStr;
use std::fmt::Debug;
use std::io::{self, ErrorKind};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// A file system, as much of it as the engine needs. Any number of threads may use it at once.
pub trait Disk: Debug + Send + Sync {
    /// What is at `path`, without opening it. Links are followed.
    ///
    /// # Errors
    ///
    /// As the system says.
    fn info(&self, path: &Path) -> io::Result<FileInfo>;

    /// Opens a file for reading. Never blocks, even if it is a pipe, and leaves the access time as it is where the
    /// system allows that.
    ///
    /// # Errors
    ///
    /// As the system says.
    fn open(&self, path: &Path) -> io::Result<Box<dyn ReadFile>>;

    /// Makes a new file for writing.
    ///
    /// # Errors
    ///
    /// `AlreadyExists` if something has that name; otherwise as the system says.
    fn create_new(&self, path: &Path) -> io::Result<Box<dyn WriteFile>>;

    /// Gives the file or directory `from` the name `to`, at once. A file that had that name is gone then, and so is a
    /// directory, which must be empty and can only be replaced by another one.
    ///
    /// # Errors
    ///
    /// As the system says.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Gives the file `from` the name `to` as well, if nothing has that name.
    ///
    /// # Errors
    ///
    /// As the system says; where a file cannot have two names there, whatever that is.
    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        let _ = (from, to);
        Err(ErrorKind::Unsupported.into())
    }

    /// Removes a file.
    ///
    /// # Errors
    ///
    /// As the system says.
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// Calls `each` with every name in a directory but `.` and `..`, in any order, until it gives a break.
    ///
    /// # Errors
    ///
    /// As the system says; `each` may have been called for some names.
    fn list(&self, directory: &Path, each: &mut dyn FnMut(&OsStr) -> ControlFlow<()>) -> io::Result<()>;

    /// Makes a directory.
    ///
    /// # Errors
    ///
    /// `AlreadyExists` if something has that name; otherwise as the system says.
    fn create_directory(&self, path: &Path) -> io::Result<()>;

    /// Removes a directory, which must be empty.
    ///
    /// # Errors
    ///
    /// As the system says.
    fn remove_directory(&self, path: &Path) -> io::Result<()>;

    /// Opens a directory, to sync it later, whatever its name is then.
    ///
    /// # Errors
    ///
    /// As the system says.
    fn open_directory(&self, path: &Path) -> io::Result<Box<dyn Directory>>;

    /// An absolute path of what is at `path`, whose last name is not that of a link.
    ///
    /// # Errors
    ///
    /// As the system says.
    fn canonical(&self, path: &Path) -> io::Result<PathBuf>;

    /// Sets the user and the group that own a file or directory.
    ///
    /// # Errors
    ///
    /// As the system says.
    fn set_owner(&self, path: &Path, user: u32, group: u32) -> io::Result<()>;

    /// Sets the permission bits of a file or directory.
    ///
    /// # Errors
    ///
    /// As the system says.
    fn set_mode(&self, path: &Path, mode: u32) -> io::Result<()>;

    /// Begins to bring to disk what was appended to a file, so that a sync of it takes less time. It promises nothing.
    ///
    /// # Errors
    ///
    /// As the system says.
    fn sync_ahead(&self, path: &Path) -> io::Result<()> {
        let _ = path;
        Ok(())
    }

    /// Whether more than owner and mode say who may do what with a directory, or with what is made in it.
    fn has_access_list(&self, directory: &Path) -> bool;

    /// Locks the file at `path` for this process, and makes it if it is not there. Never waits. What the file holds is
    /// of no account, and nothing else in this process may open it: closing it would release the lock.
    ///
    /// # Errors
    ///
    /// As the system says. That somebody else holds the lock is no error.
    fn lock(&self, path: &Path) -> io::Result<Locked>;
}

/// What came of asking for a lock.
#[derive(Debug)]
pub enum Locked {
    /// It is held until this is dropped.
    Mine(Box<dyn Lock>),
    /// Another holder has it, in the process of this number, which may be the calling one; 0 if that is not known.
    By(u32),
}

/// A lock that is held until this is dropped.
pub trait Lock: Debug + Send + Sync {}

/// What a file system tells of a file without opening it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileInfo {
    /// What it is.
    pub kind: FileKind,
    /// In bytes. Some file systems say 0 of files that have bytes.
    pub length: u64,
    /// Which file it is.
    pub id: FileId,
    /// The user that it belongs to.
    pub user: u32,
    /// The group that it belongs to.
    pub group: u32,
    /// The permission bits.
    pub mode: u32,
}

/// What a name in a directory stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// A regular file.
    Regular,
    /// A directory.
    Directory,
    /// A pipe, a device, a socket.
    Other,
}

/// Tells files apart, under whatever names, for as long as one of them is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileId {
    /// The file system that it is on.
    pub device: u64,
    /// Its number there.
    pub inode: u64,
}

/// A file that is open for reading.
pub trait ReadFile: Debug + Send + Sync {
    /// Reads some of the bytes from `offset` on, and gives how many; 0 at the end of the file.
    ///
    /// # Errors
    ///
    /// As the system says; after `Interrupted` the call may be made again.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;

    /// Reads the bytes from `offset` on until `buffer` is full or the file ends, and gives how many.
    ///
    /// # Errors
    ///
    /// As [`read_at`](Self::read_at), with the offset of the byte that could not be read.
    fn read_full(&self, buffer: &mut [u8], offset: u64) -> Result<usize, (u64, io::Error)> {
        let mut read = 0;
        while read < buffer.len() {
            let offset = offset + read as u64;
            match self.read_at(&mut buffer[read..], offset) {
                Ok(0) => break,
                Ok(count) => read += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err((offset, error)),
            }
        }
        Ok(read)
    }

    /// What the file system tells of it now.
    ///
    /// # Errors
    ///
    /// As the system says.
    fn info(&self) -> io::Result<FileInfo>;
}

/// A file that is open for writing, at its end.
pub trait WriteFile: Debug + Send + Sync {
    /// Appends some of `bytes`, and gives how many.
    ///
    /// # Errors
    ///
    /// As the system says; after `Interrupted` the call may be made again.
    fn append(&mut self, bytes: &[u8]) -> io::Result<usize>;

    /// Brings all that was appended to disk, and all that the file system tells of the file.
    ///
    /// # Errors
    ///
    /// As the system says. What is on disk then is not known, and a further call does not make it known.
    fn sync(&self) -> io::Result<()>;

    /// Brings all that was appended to disk, and no more of what the file system tells of the file than reading it
    /// needs.
    ///
    /// # Errors
    ///
    /// As [`sync`](Self::sync).
    fn sync_data(&self) -> io::Result<()>;

    /// Makes appends stores into memory from now on, where the file system promises that these find room; gives whether
    /// it does. The file is longer than what was appended then: zeros follow, until they are [`cut`](Self::cut) off.
    ///
    /// # Errors
    ///
    /// As the system says.
    fn map_end(&mut self) -> io::Result<bool> {
        Ok(false)
    }

    /// Cuts off what follows the last byte that was appended.
    ///
    /// # Errors
    ///
    /// As the system says.
    fn cut(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// Appends all of `bytes`.
    ///
    /// # Errors
    ///
    /// As [`append`](Self::append); some of them may have been appended.
    fn append_all(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            match self.append(bytes) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(count) => bytes = &bytes[count..],
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// A directory that is open.
pub trait Directory: Debug + Send + Sync {
    /// Brings the names in it to disk, on file systems that do so on request.
    ///
    /// # Errors
    ///
    /// As the system says.
    fn sync(&self) -> io::Result<()>;
}

#[cfg(test)]
mod tests;
