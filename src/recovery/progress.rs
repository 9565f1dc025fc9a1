//! How far reading has got, and whether it is to go on.

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Takes the bytes done and the bytes in all; true cancels.
pub type Callback<'a> = &'a mut dyn FnMut(u64, u64) -> bool;

/// What all threads count together, and the callback, which only the calling thread may call.
pub(crate) struct Progress<'a> {
    pub(crate) counters: Counters,
    callback: RefCell<Option<Callback<'a>>>,
}

#[derive(Debug)]
pub(crate) struct Counters {
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
    pub(crate) fn new(total: u64, callback: Option<Callback<'a>>) -> Self {
        let counters = Counters { total, done: AtomicU64::new(0), cancelled: AtomicBool::new(false) };
        Self { counters, callback: RefCell::new(callback) }
    }

    /// Tells the callback how far things are.
    pub(crate) fn tell(&self) {
        if let Some(callback) = self.callback.borrow_mut().as_mut()
            && !self.counters.is_cancelled()
            && callback(self.counters.done.load(Ordering::Relaxed), self.counters.total)
        {
            self.counters.cancelled.store(true, Ordering::Relaxed);
        }
    }

    /// The last word; true if recovery was cancelled.
    pub(crate) fn finish(&self) -> bool {
        self.tell();
        self.counters.is_cancelled()
    }
}

/// A file from some place on, of which each read is counted. Others may read it at the same time.
pub(crate) struct Metered<'a, 'p> {
    pub(crate) file: &'a File,
    /// Where the next read starts, in bytes from the file's start.
    pub(crate) offset: u64,
    pub(crate) counters: &'a Counters,
    /// On the calling thread.
    pub(crate) progress: Option<&'a Progress<'p>>,
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
