//! Appends that are stores into a shared map of the end of a file, and no system calls.
//!
//! The bytes of a window are allocated before it is mapped, so a full disk is an error of the allocation. The file is
//! longer than what was appended meanwhile: zeros follow. A process that is killed loses none of its stores, since the
//! pages are the system's; and a sync of the file brings them to disk.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::os::unix::fs::FileExt;
use std::sync::atomic::{Ordering, fence};

use memmap2::{Advice, MmapMut, MmapOptions};
use rustix::fs::{FallocateFlags, fallocate, fstatfs};

/// Of a window, in bytes.
const WINDOW: u64 = 1 << 20;
/// So many bytes are written by a system call: it costs less than what else the system does to pages that are mapped.
const LARGE: usize = 4 << 10;
/// File systems on which a store into an allocated block finds room, by the numbers that they go by: ext2 to ext4, XFS,
/// tmpfs. One that copies what it writes elsewhere may have none left.
const STORABLE: [u64; 3] = [0xEF53, 0x5846_5342, 0x0102_1994];
/// Of a record of the log, in bytes.
const HEADER: usize = 7;

/// The end of a file, which only this appends to.
#[derive(Debug)]
pub(super) struct MappedEnd {
    window: Option<Window>,
    /// In bytes from the start of the file.
    end: u64,
    /// The length of the file.
    allocated: u64,
}

#[derive(Debug)]
struct Window {
    map: MmapMut,
    /// In bytes from the start of the file.
    start: u64,
}

impl MappedEnd {
    /// The end of a file, if its file system can be trusted with stores.
    pub(super) fn of(file: &File) -> io::Result<Option<Self>> {
        if !STORABLE.contains(&(fstatfs(file)?.f_type.cast_unsigned())) {
            return Ok(None);
        }
        let end = file.metadata()?.len();
        Ok(Some(Self { window: None, end, allocated: end }))
    }

    /// Appends some of `bytes`, and gives how many.
    pub(super) fn append(&mut self, file: &File, bytes: &[u8]) -> io::Result<usize> {
        let len = if bytes.len() >= LARGE {
            file.write_at(bytes, self.end)?
        } else {
            let at = self.window_at(file, bytes.len())?;
            if let Some(window) = &mut self.window {
                store(&mut window.map[at..at + bytes.len()], bytes);
            }
            bytes.len()
        };
        self.end += len as u64;
        self.allocated = self.allocated.max(self.end);
        Ok(len)
    }

    /// Cuts off what was allocated and not appended to.
    pub(super) fn cut(&mut self, file: &File) -> io::Result<()> {
        self.window = None;
        if self.allocated > self.end {
            file.set_len(self.end)?;
            self.allocated = self.end;
        }
        Ok(())
    }

    /// Where in the window the end is, with room for `len` bytes after it.
    fn window_at(&mut self, file: &File, len: usize) -> io::Result<usize> {
        // The end may be past the window: it is not mapped for what is written by a system call.
        let fits = |window: &Window| self.end + len as u64 <= window.start + window.map.len() as u64;
        if !self.window.as_ref().is_some_and(fits) {
            self.window = None;
            self.window = Some(self.next_window(file)?);
        }
        Ok(self.window.as_ref().map_or(0, |window| (self.end - window.start) as usize))
    }

    fn next_window(&mut self, file: &File) -> io::Result<Window> {
        let start = self.end;
        while let Err(error) = fallocate(file, FallocateFlags::empty(), start, WINDOW) {
            let error = io::Error::from(error);
            if error.kind() != ErrorKind::Interrupted {
                return Err(error);
            }
        }
        self.allocated = self.allocated.max(start + WINDOW);
        // SAFETY: nobody reads through the map. What it shows may change under it if somebody else writes to the
        // file; no value depends on that. If somebody cuts the file, a store ends the process, as kevo.h says.
        #[allow(unsafe_code)]
        let map = unsafe { MmapOptions::new().offset(start).len(WINDOW as usize).map_mut(file)? };
        // Older systems do not know it; then each page is mapped by the first store into it.
        let _ = map.advise(Advice::PopulateWrite);
        Ok(Window { map, start })
    }
}

/// Stores a record's header last: when the header is there, so is the record, if the process is killed meanwhile or the
/// file is read by another one.
fn store(to: &mut [u8], bytes: &[u8]) {
    let header = bytes.len().min(HEADER);
    to[header..].copy_from_slice(&bytes[header..]);
    fence(Ordering::Release);
    to[..header].copy_from_slice(&bytes[..header]);
}
