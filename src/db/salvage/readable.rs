//! A disk from which nothing can be changed, and on which what the device cannot read is damage rather than an error.

use crate::disk::{Directory, Disk, FileInfo, Locked, ReadFile, WriteFile};
use rustix::io::Errno;
use std::ffi::OsStr;
use std::io::{self, ErrorKind};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A device gives up on so many bytes at once, at least.
const SECTOR: u64 = 512;
/// What stands in the place of bytes that cannot be read. Zeros at the end of a log would be no damage.
const UNREADABLE: u8 = 0xFF;

/// What is left on a disk.
#[derive(Debug)]
pub(super) struct Readable(pub(super) Arc<dyn Disk>);

/// A file, and its length when it was opened.
#[derive(Debug)]
struct ReadableFile {
    file: Box<dyn ReadFile>,
    length: u64,
}

impl Disk for Readable {
    fn info(&self, path: &Path) -> io::Result<FileInfo> {
        self.0.info(path)
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn ReadFile>> {
        let file = self.0.open(path)?;
        let length = file.info()?.length;
        Ok(Box::new(ReadableFile { file, length }))
    }

    fn create_new(&self, _: &Path) -> io::Result<Box<dyn WriteFile>> {
        Err(refused())
    }

    fn rename(&self, _: &Path, _: &Path) -> io::Result<()> {
        Err(refused())
    }

    fn remove(&self, _: &Path) -> io::Result<()> {
        Err(refused())
    }

    fn list(&self, directory: &Path, each: &mut dyn FnMut(&OsStr) -> ControlFlow<()>) -> io::Result<()> {
        self.0.list(directory, each)
    }

    fn create_directory(&self, _: &Path) -> io::Result<()> {
        Err(refused())
    }

    fn remove_directory(&self, _: &Path) -> io::Result<()> {
        Err(refused())
    }

    fn open_directory(&self, path: &Path) -> io::Result<Box<dyn Directory>> {
        self.0.open_directory(path)
    }

    fn canonical(&self, path: &Path) -> io::Result<PathBuf> {
        self.0.canonical(path)
    }

    fn set_owner(&self, _: &Path, _: u32, _: u32) -> io::Result<()> {
        Err(refused())
    }

    fn set_mode(&self, _: &Path, _: u32) -> io::Result<()> {
        Err(refused())
    }

    fn has_access_list(&self, directory: &Path) -> bool {
        self.0.has_access_list(directory)
    }

    fn lock(&self, _: &Path) -> io::Result<Locked> {
        Err(refused())
    }
}

impl ReadFile for ReadableFile {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        match self.file.read_at(buffer, offset) {
            Err(error) if is_of_the_device(&error) && offset < self.length => {}
            read => return read,
        }
        // Only the sector that cannot be read is given up.
        let in_sector = (SECTOR - offset % SECTOR).min(self.length - offset);
        let count = buffer.len().min(usize::try_from(in_sector).unwrap_or(usize::MAX));
        let sector = &mut buffer[..count];
        match self.file.read_at(sector, offset) {
            Err(error) if is_of_the_device(&error) => {
                sector.fill(UNREADABLE);
                Ok(count)
            }
            read => read,
        }
    }

    fn info(&self) -> io::Result<FileInfo> {
        self.file.info()
    }
}

/// Whether what failed is the device, or what is written on it, so that the next attempt fails as well.
fn is_of_the_device(error: &io::Error) -> bool {
    let errno = Errno::from_io_error(error);
    errno.is_some_and(|errno| matches!(errno, Errno::IO | Errno::BADMSG | Errno::UCLEAN | Errno::REMOTEIO))
}

fn refused() -> io::Error {
    ErrorKind::ReadOnlyFilesystem.into()
}
