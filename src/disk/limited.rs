//! Files that are read, of which only so many are open at once: the one that was not read for longest is closed, and
//! opened again when it is read.

use super::{Disk, FileId, FileInfo, ReadFile};
use crate::path;
use crate::sync::blocking::Mutex;
use arc_swap::ArcSwapOption;
use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What keeps count of open files. Any number of threads may use it at once.
#[derive(Debug)]
pub struct OpenFiles {
    disk: Arc<dyn Disk>,
    limit: usize,
    queue: Mutex<Queue>,
}

/// A file that is read, whether it is open just now or not. Clones are the same file.
///
/// A descriptor that is closed while a thread reads from it goes when that read has ended. So there can be one more
/// descriptor than the limit for each thread that is reading or opening.
#[derive(Clone, Debug)]
pub struct OpenFile(Arc<Handle>);

/// All clones of a file.
#[derive(Debug)]
struct Handle(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    files: Arc<OpenFiles>,
    open: ArcSwapOption<Box<dyn ReadFile>>,
    /// It was read since the queue last looked.
    was_read: AtomicBool,
    /// Which file it is. Locked while it is opened or renamed, so that it is opened by the name that it has.
    identity: Mutex<Identity>,
}

#[derive(Debug)]
struct Identity {
    path: PathBuf,
    id: FileId,
    length: u64,
}

/// Files that are open, in the order in which they are looked at when one has to be closed.
#[derive(Debug, Default)]
struct Queue {
    files: VecDeque<Arc<Shared>>,
    /// Files that are just being opened.
    pending: usize,
}

impl OpenFiles {
    /// `limit` files are open at once; 0 is taken as 1.
    pub fn new(disk: Arc<dyn Disk>, limit: usize) -> Arc<Self> {
        Arc::new(Self { disk, limit: limit.max(1), queue: Mutex::default() })
    }

    /// Opens a file for reading. It must not change any more.
    ///
    /// # Errors
    ///
    /// As [`Disk::open`]; later reads may fail as that, too.
    pub fn open(self: &Arc<Self>, path: &Path) -> io::Result<OpenFile> {
        let admitted = self.admit()?;
        let file = self.disk.open(path)?;
        let FileInfo { id, length, .. } = file.info()?;
        let identity = Mutex::new(Identity { path: path::copied(path)?, id, length });
        let (files, open, was_read) = (self.clone(), ArcSwapOption::from_pointee(file), AtomicBool::new(true));
        let shared = Arc::new(Shared { files, open, was_read, identity });
        admitted.done(&shared);
        Ok(OpenFile(Arc::new(Handle(shared))))
    }

    /// How many files are open now.
    pub fn count(&self) -> usize {
        self.queue.lock().files.len()
    }

    /// Makes room for one more file, as far as there is any that can be closed.
    fn admit(&self) -> io::Result<Admitted<'_>> {
        let mut queue = self.queue.lock();
        // Also for those that are just being opened.
        let more = queue.pending + 1;
        queue.files.try_reserve(more)?;
        while queue.files.len() + queue.pending >= self.limit && queue.close_one() {}
        queue.pending += 1;
        Ok(Admitted(self))
    }
}

/// The right to open one file.
struct Admitted<'f>(&'f OpenFiles);

impl Admitted<'_> {
    /// It is open.
    fn done(self, file: &Arc<Shared>) {
        self.0.queue.lock().files.push_back(file.clone());
    }
}

impl Drop for Admitted<'_> {
    fn drop(&mut self) {
        self.0.queue.lock().pending -= 1;
    }
}

impl Queue {
    /// Closes the first file that was not read since it was last looked at. Whether there was one to close.
    fn close_one(&mut self) -> bool {
        while let Some(file) = self.files.pop_front() {
            if file.was_read.swap(false, Ordering::Relaxed) {
                self.files.push_back(file);
            } else {
                file.open.store(None);
                return true;
            }
        }
        false
    }

    fn forget(&mut self, file: &Arc<Shared>) {
        self.files.retain(|other| !Arc::ptr_eq(other, file));
    }
}

impl OpenFile {
    /// Gives the file another name, as [`Disk::rename`] does. Reads go on meanwhile.
    ///
    /// # Errors
    ///
    /// As that. The file is then opened by its old name.
    pub fn rename(&self, to: &Path) -> io::Result<()> {
        let to_keep = path::copied(to)?;
        let shared = &self.0.0;
        let identity = &mut *shared.identity.lock();
        shared.files.disk.rename(&identity.path, to)?;
        identity.path = to_keep;
        Ok(())
    }

    fn with<R>(&self, read: impl FnOnce(&dyn ReadFile) -> io::Result<R>) -> io::Result<R> {
        let shared = &self.0.0;
        if !shared.was_read.load(Ordering::Relaxed) {
            shared.was_read.store(true, Ordering::Relaxed);
        }
        match &*shared.open.load() {
            Some(file) => read(&***file),
            None => read(&**shared.reopened()?),
        }
    }
}

impl Shared {
    fn reopened(self: &Arc<Self>) -> io::Result<Arc<Box<dyn ReadFile>>> {
        let identity = self.identity.lock();
        // Another thread may have been faster.
        if let Some(file) = self.open.load_full() {
            return Ok(file);
        }
        let admitted = self.files.admit()?;
        let file = self.files.disk.open(&identity.path)?;
        let FileInfo { id, length, .. } = file.info()?;
        if (id, length) != (identity.id, identity.length) {
            return Err(io::Error::new(ErrorKind::NotFound, "another file has its name now"));
        }
        let file = Arc::new(file);
        self.open.store(Some(file.clone()));
        admitted.done(self);
        Ok(file)
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.0.files.queue.lock().forget(&self.0);
    }
}

impl ReadFile for OpenFile {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.with(|file| file.read_at(buffer, offset))
    }

    fn info(&self) -> io::Result<FileInfo> {
        self.with(|file| file.info())
    }
}
