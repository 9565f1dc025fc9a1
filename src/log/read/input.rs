//! Bytes of a file, read once, little by little, into the memory that is kept for them.
//!
//! Zeros are not stored: the memory holds zeros already, and the system gives memory only to what is stored. So a hole
//! in a file costs no memory, and neither does a file that was allocated in advance. (To ask the file system where
//! holes are would be quicker, but some have told of holes where bytes were: `OpenZFS` before 2.2.2 did.)

use crate::disk::ReadFile;
use std::io::{self, ErrorKind, Read};

/// Bytes asked for at a time: few enough to be still in the processor's cache when they are checksummed.
const AT_A_TIME: usize = 256 * 1024;
/// Bytes asked for at a time where zeros are expected. They are read onto the stack.
const ZEROS_AT_A_TIME: usize = 16 * 1024;
/// After so many zeros more of them are expected.
const ZEROS_EXPECTED_AFTER: usize = 512;

static ZEROS: [u8; ZEROS_AT_A_TIME] = [0; ZEROS_AT_A_TIME];

/// The bytes of a file or a piece of one, as far as they have been read.
#[derive(Debug)]
pub(crate) struct Input<'a, R> {
    file: R,
    bytes: &'a mut [u8],
    read: usize,
    /// What comes next may be zeros.
    expects_zeros: bool,
    /// What ended reading early.
    failure: Option<io::Error>,
}

impl<'a, R: Read> Input<'a, R> {
    /// As many bytes are read as `bytes` has; the file must have them. `bytes` holds zeros, or what will be read.
    pub(crate) fn new(file: R, bytes: &'a mut [u8]) -> Self {
        Self { file, bytes, read: 0, expects_zeros: true, failure: None }
    }

    /// Bytes read so far.
    pub(crate) fn bytes_read(&self) -> usize {
        self.read
    }

    /// What has been read.
    #[inline]
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes[..self.read]
    }

    /// Reads on until the bytes before `end` are there, or all are, or no more can be read. What went wrong is told
    /// when the rest is asked for.
    #[inline]
    pub(crate) fn read_to(&mut self, end: usize) {
        while self.read < end.min(self.bytes.len()) && self.failure.is_none() {
            self.failure = self.read_some().err();
        }
    }

    /// Reads the rest.
    pub(crate) fn read_all(&mut self) -> io::Result<()> {
        self.read_to(usize::MAX);
        self.failure.take().map_or(Ok(()), Err)
    }

    #[cold]
    fn read_some(&mut self) -> io::Result<()> {
        let read = if self.expects_zeros { self.read_zeros() } else { self.read_bytes() };
        match read {
            Ok(0) => Err(io::Error::new(ErrorKind::UnexpectedEof, "the file became shorter while it was read")),
            Ok(count) => {
                self.read += count;
                Ok(())
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn read_bytes(&mut self) -> io::Result<usize> {
        let end = (self.read + AT_A_TIME).min(self.bytes.len());
        let count = self.file.read(&mut self.bytes[self.read..end])?;
        let read = &self.bytes[self.read..][..count];
        self.expects_zeros = are_zeros(&read[count.saturating_sub(ZEROS_EXPECTED_AFTER)..]);
        Ok(count)
    }

    /// Stores what is read unless all of it is zeros.
    fn read_zeros(&mut self) -> io::Result<usize> {
        let room = &mut self.bytes[self.read..];
        let mut buffer = [0; ZEROS_AT_A_TIME];
        let wanted = room.len().min(ZEROS_AT_A_TIME);
        let count = self.file.read(&mut buffer[..wanted])?;
        self.expects_zeros = are_zeros(&buffer[..count]);
        if !self.expects_zeros {
            room[..count].copy_from_slice(&buffer[..count]);
        }
        Ok(count)
    }
}

/// Whether all of `bytes` are zeros; there are at most [`ZEROS_AT_A_TIME`].
fn are_zeros(bytes: &[u8]) -> bool {
    *bytes == ZEROS[..bytes.len()]
}

/// Reads a file of which it is not known how long it is, but not more than about `limit` bytes.
///
/// # Errors
///
/// How far it had been read, and why it could not be read on: because of the system, because there is no memory, or
/// because there is more of it than any log has.
pub(crate) fn read_unmeasured(file: &dyn ReadFile, limit: usize) -> Result<Vec<u8>, (u64, io::Error)> {
    let (mut bytes, mut buffer) = (Vec::new(), [0; ZEROS_AT_A_TIME]);
    loop {
        let read_so_far = bytes.len() as u64;
        match file.read_at(&mut buffer, read_so_far) {
            Ok(0) => return Ok(bytes),
            Ok(_) if bytes.len() >= limit => {
                let why = "it has no end, or its file system says that it is empty and it is not";
                return Err((read_so_far, io::Error::other(why)));
            }
            Ok(count) => {
                bytes.try_reserve(count).map_err(|refused| (read_so_far, refused.into()))?;
                bytes.extend_from_slice(&buffer[..count]);
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err((read_so_far, error)),
        }
    }
}

#[cfg(test)]
mod tests;
