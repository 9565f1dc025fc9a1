//! Files of tables that were replaced, while somebody still reads them.

use crate::disk::{Disk, OpenFile};
use crate::fork::Process;
use crate::path;
use crate::sync::blocking::Mutex;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What the name of a replaced table ends in; it begins with a dot.
pub(crate) const SUFFIX: &str = ".replaced";

/// The file of a table. If the table was replaced, the file goes when this is dropped.
#[derive(Debug)]
pub(crate) struct ReplacedFile {
    disk: Arc<dyn Disk>,
    process: Process,
    /// As which the table is read.
    file: OpenFile,
    state: Mutex<State>,
    length: u64,
    /// Bytes of all files that were replaced and are not gone.
    kept: Arc<AtomicU64>,
}

#[derive(Debug)]
struct State {
    path: PathBuf,
    is_replaced: bool,
}

impl ReplacedFile {
    /// `length` is that of the file, in bytes; `kept` counts those of all files that were replaced and are not gone.
    pub(crate) fn new(disk: &Arc<dyn Disk>, path: PathBuf, file: OpenFile, length: u64, kept: &Arc<AtomicU64>) -> Self {
        Self {
            disk: Arc::clone(disk),
            process: Process::current(),
            file,
            state: Mutex::new(State { path, is_replaced: false }),
            length,
            kept: Arc::clone(kept),
        }
    }

    /// The file itself, to read its bytes.
    pub(crate) fn file(&self) -> &OpenFile {
        &self.file
    }

    /// Where the file is now.
    pub(crate) fn path(&self) -> PathBuf {
        self.state.lock().path.clone()
    }

    /// The table was replaced, and that is on disk: takes its name away, which Kevo would look at. It is read on under
    /// another one, until this is dropped.
    pub(crate) fn replace(&self) -> io::Result<()> {
        let mut state = self.state.lock();
        let mut hidden = OsString::from(".");
        hidden.push(state.path.file_name().unwrap_or_default());
        hidden.push(SUFFIX);
        let hidden = path::joined(state.path.parent().unwrap_or(Path::new("")), &hidden)?;
        self.file.rename(&hidden)?;
        (state.path, state.is_replaced) = (hidden, true);
        self.kept.fetch_add(self.length, Ordering::Relaxed);
        Ok(())
    }
}

impl Drop for ReplacedFile {
    fn drop(&mut self) {
        let state = self.state.get_mut();
        if state.is_replaced && !self.process.is_other() {
            self.kept.fetch_sub(self.length, Ordering::Relaxed);
            // What cannot be removed now is removed by the next opening.
            let _ = self.disk.remove(&state.path);
        }
    }
}
