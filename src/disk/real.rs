//! The disk that the system has.

#[cfg(any(target_os = "linux", target_os = "android"))]
use super::mapped::MappedEnd;
use super::{Directory, Disk, FileId, FileInfo, FileKind, Locked, ReadFile, WriteFile, lock};
use crate::path;
use rustix::fs::{OFlags, getxattr};
use std::ffi::{CStr, OsStr};
use std::fs::{self, File, Metadata, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Write};
use std::ops::ControlFlow;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};

/// Leaves the access time as it is. Only the owner and the superuser may ask for that.
#[cfg(any(target_os = "linux", target_os = "android"))]
const UNTOUCHED: OFlags = OFlags::NOATIME;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const UNTOUCHED: OFlags = OFlags::empty();

/// The disk that the system has.
#[derive(Clone, Copy, Debug, Default)]
pub struct RealDisk;

/// An open file or directory. See [`boxed`] for why its traits are those of an array.
#[derive(Debug)]
struct Open(File);

/// A file that is open for writing.
#[derive(Debug)]
struct Appended {
    file: File,
    #[cfg(any(target_os = "linux", target_os = "android"))]
    mapped: Option<MappedEnd>,
}

impl Disk for RealDisk {
    fn info(&self, path: &Path) -> io::Result<FileInfo> {
        fs::metadata(path).map(|metadata| FileInfo::of(&metadata))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn ReadFile>> {
        Ok(boxed(Open(open_untouched(path, OFlags::NOCTTY)?))?)
    }

    fn create_new(&self, path: &Path) -> io::Result<Box<dyn WriteFile>> {
        Ok(boxed(Appended {
            file: File::create_new(path)?,
            #[cfg(any(target_os = "linux", target_os = "android"))]
            mapped: None,
        })?)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::hard_link(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn list(&self, directory: &Path, each: &mut dyn FnMut(&OsStr) -> ControlFlow<()>) -> io::Result<()> {
        for_each_name(&open_untouched(directory, OFlags::DIRECTORY)?, |name| match name.to_bytes() {
            b"." | b".." => ControlFlow::Continue(()),
            name => each(OsStr::from_bytes(name)),
        })
    }

    fn create_directory(&self, path: &Path) -> io::Result<()> {
        fs::create_dir(path)
    }

    fn remove_directory(&self, path: &Path) -> io::Result<()> {
        fs::remove_dir(path)
    }

    fn open_directory(&self, path: &Path) -> io::Result<Box<dyn Directory>> {
        Ok(boxed(Open(open_untouched(path, OFlags::DIRECTORY)?))?)
    }

    fn canonical(&self, path: &Path) -> io::Result<PathBuf> {
        // The standard library cannot be asked for a canonical path in a way that memory may be refused, so it is not
        // asked where the path is nearly that already.
        if let (true, Some(parent), Some(name)) = (path.is_absolute(), path.parent(), path.file_name()) {
            let own = path::joined(parent, name)?;
            if !fs::symlink_metadata(&own)?.is_symlink() {
                return Ok(own);
            }
        }
        fs::canonicalize(path)
    }

    fn set_owner(&self, path: &Path, user: u32, group: u32) -> io::Result<()> {
        chown(path, Some(user), Some(group))
    }

    fn set_mode(&self, path: &Path, mode: u32) -> io::Result<()> {
        fs::set_permissions(path, Permissions::from_mode(mode))
    }

    fn sync_ahead(&self, path: &Path) -> io::Result<()> {
        open_untouched(path, OFlags::NOCTTY)?.sync_data()
    }

    fn has_access_list(&self, directory: &Path) -> bool {
        let lists = ["system.posix_acl_access", "system.posix_acl_default"];
        lists.into_iter().any(|list| getxattr(directory, list, &mut [0_u8; 0]).is_ok())
    }

    fn lock(&self, path: &Path) -> io::Result<Locked> {
        lock::lock(path)
    }
}

impl ReadFile for [Open; 1] {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self[0].0.read_at(buffer, offset)
    }

    fn info(&self) -> io::Result<FileInfo> {
        self[0].0.metadata().map(|metadata| FileInfo::of(&metadata))
    }
}

impl WriteFile for [Appended; 1] {
    fn append(&mut self, bytes: &[u8]) -> io::Result<usize> {
        #[cfg(any(target_os = "linux", target_os = "android"))]
        if let [Appended { file, mapped: Some(mapped) }] = self {
            return mapped.append(file, bytes);
        }
        self[0].file.write(bytes)
    }

    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn map_end(&mut self) -> io::Result<bool> {
        let [Appended { file, mapped }] = self;
        *mapped = MappedEnd::of(file)?;
        Ok(mapped.is_some())
    }

    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn cut(&mut self) -> io::Result<()> {
        let [Appended { file, mapped }] = self;
        mapped.as_mut().map_or(Ok(()), |mapped| mapped.cut(file))
    }

    fn sync(&self) -> io::Result<()> {
        self[0].file.sync_all()
    }

    fn sync_data(&self) -> io::Result<()> {
        self[0].file.sync_data()
    }
}

impl Directory for [Open; 1] {
    fn sync(&self) -> io::Result<()> {
        match self[0].0.sync_all() {
            Err(error) if error.kind() == ErrorKind::InvalidInput => Ok(()),
            synced => synced,
        }
    }
}

impl FileInfo {
    pub(super) fn of(metadata: &Metadata) -> Self {
        let kind = match metadata.file_type() {
            kind if kind.is_file() => FileKind::Regular,
            kind if kind.is_dir() => FileKind::Directory,
            _ => FileKind::Other,
        };
        Self {
            kind,
            length: metadata.len(),
            id: FileId { device: metadata.dev(), inode: metadata.ino() },
            user: metadata.uid(),
            group: metadata.gid(),
            mode: metadata.mode() & 0o7777,
        }
    }
}

/// Opens for reading. Never blocks, and leaves the access time as it is where the system lets us.
fn open_untouched(path: &Path, flags: OFlags) -> io::Result<File> {
    let open = |flags: OFlags| {
        let flags = flags | OFlags::NONBLOCK;
        OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path)
    };
    match open(flags | UNTOUCHED) {
        Err(error) if error.kind() == ErrorKind::PermissionDenied => open(flags),
        opened => opened,
    }
}

/// Calls `each` with every name in a directory until it gives a break. Takes no memory but the stack's.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn for_each_name(directory: &File, mut each: impl FnMut(&CStr) -> ControlFlow<()>) -> io::Result<()> {
    let mut buffer = [std::mem::MaybeUninit::uninit(); 8 << 10];
    let mut entries = rustix::fs::RawDir::new(directory, &mut buffer);
    while let Some(entry) = entries.next() {
        if each(entry?.file_name()).is_break() {
            break;
        }
    }
    Ok(())
}

/// Calls `each` with every name in a directory until it gives a break.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn for_each_name(directory: &File, mut each: impl FnMut(&CStr) -> ControlFlow<()>) -> io::Result<()> {
    for entry in rustix::fs::Dir::read_from(directory)? {
        if each(entry?.file_name()).is_break() {
            break;
        }
    }
    Ok(())
}

/// A box, or an error if its memory is refused. The standard library can be asked so for a vector only, and what a
/// vector of one item can become without being moved is a boxed array.
pub(super) fn boxed<T>(item: T) -> io::Result<Box<[T; 1]>> {
    let mut items = Vec::new();
    items.try_reserve_exact(1)?;
    items.push(item);
    items.try_into().map_err(|_| ErrorKind::OutOfMemory.into())
}
