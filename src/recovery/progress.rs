//! How far reading has got, and whether it is to go on.

use crate::disk::ReadFile;
use std::cell::RefCell;
use std::io::{self, Read};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Takes the bytes done and the bytes in all; true cancels.
pub type Callback<'a> = &'a mut dyn FnMut(u64, u64) -> bool;

/// What all threads count together, and the callback, which only the calling thread may call.
pub(super) struct Progress<'a> {
    pub(super) counters: Counters,
    callback: RefCell<Option<Callback<'a>>>,
}

#[derive(Debug)]
pub(super) struct Counters {
    total: u64,
    done: AtomicU64,
    cancelled: AtomicBool,
}

impl Counters {
    fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }
}

impl<'a> Progress<'a> {
    pub(super) fn new(total: u64, callback: Option<Callback<'a>>) -> Self {
        let counters = Counters { total, done: AtomicU64::new(0), cancelled: AtomicBool::new(false) };
        Self { counters, callback: RefCell::new(callback) }
    }

    /// Tells the callback how far things are.
    pub(super) fn tell(&self) {
        if let Some(callback) = self.callback.borrow_mut().as_mut()
            && !self.counters.is_cancelled()
            && callback(self.counters.done.load(Ordering::Relaxed), self.counters.total)
        {
            self.counters.cancelled.store(true, Ordering::Relaxed);
        }
    }

    /// Tells how far things are once more; true if recovery has been cancelled.
    pub(super) fn is_cancelled(&self) -> bool {
        self.tell();
        self.counters.is_cancelled()
    }

    /// Counts bytes that need not be read.
    pub(super) fn pass(&self, bytes: u64) {
        self.counters.done.fetch_add(bytes, Ordering::Relaxed);
    }
}

/// A file from some offset on, of which each read is counted. Others may read it at the same time.
pub(super) struct Metered<'a, 'p> {
    pub(super) file: &'a dyn ReadFile,
    /// Where the next read starts, in bytes from the file's start.
    pub(super) offset: u64,
    pub(super) counters: &'a Counters,
    /// On the calling thread.
    pub(super) progress: Option<&'a Progress<'p>>,
}

impl Read for Metered<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.counters.is_cancelled() {
            return Err(io::Error::other("cancelled"));
        }
        let count = self.file.read_at(buffer, self.offset)?;
        self.offset += count as u64;
        self.counters.done.fetch_add(count as u64, Ordering::Relaxed);
        if let Some(progress) = self.progress {
            progress.tell();
        }
        Ok(count)
    }
}
