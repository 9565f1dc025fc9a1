//! One log file that is being written.

use super::record::{MAX_RECORD_LEN, Records, encoded_len};
use crate::disk::{Disk, WriteFile};
use crate::log::format::entry::Entry;
use std::io;
use std::path::Path;

/// Bytes that are handed to the system at once, about.
const BUFFER_LEN: usize = 256 << 10;

/// A log file that is being written, through a buffer. Where it is dropped before [`sync`](Self::sync), what is in the
/// buffer is lost.
#[derive(Debug)]
pub(crate) struct LogWriter {
    file: Box<dyn WriteFile>,
    /// Encoded records. It never grows: there is always memory for one more record.
    buffer: Vec<u8>,
    /// Of the file, with what is in the buffer, in bytes.
    len: u64,
}

impl LogWriter {
    /// Makes the file.
    ///
    /// # Errors
    ///
    /// If there is no memory for its buffer, and then there is no file; otherwise as the disk says.
    pub(crate) fn create(disk: &dyn Disk, path: &Path) -> io::Result<Self> {
        let mut buffer = Vec::new();
        buffer.try_reserve_exact(BUFFER_LEN + MAX_RECORD_LEN)?;
        Ok(Self { file: disk.create_new(path)?, buffer, len: 0 })
    }

    /// Whether an entry can be appended to a file that may have `max_len` bytes. The first one always can.
    pub(crate) fn has_room_for(&self, entry: &Entry<'_>, max_len: u64) -> bool {
        self.len == 0 || self.len + encoded_len(entry) <= max_len
    }

    /// Appends an entry.
    ///
    /// # Errors
    ///
    /// As the disk says. What the file holds then is not known.
    pub(crate) fn append(&mut self, entry: &Entry<'_>) -> io::Result<()> {
        let mut records = Records::of(entry);
        while records.encode_next(&mut self.buffer)? {
            if self.buffer.len() >= BUFFER_LEN {
                self.flush()?;
            }
        }
        self.len += encoded_len(entry);
        Ok(())
    }

    /// Brings all that was appended to disk.
    ///
    /// # Errors
    ///
    /// As the disk says. What the file holds then is not known.
    pub(crate) fn sync(&mut self) -> io::Result<()> {
        self.flush()?;
        self.file.sync()
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.append_all(&self.buffer)?;
        self.buffer.clear();
        Ok(())
    }
}
