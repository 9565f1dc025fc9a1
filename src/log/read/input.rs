//! Bytes of a file, read once, little by little, into the room that is kept for them.

use std::io::{self, ErrorKind, Read};

/// Bytes asked for at a time: few enough to be still in the processor's cache when they are checksummed.
const AT_A_TIME: usize = 256 * 1024;

/// The bytes of a file or a piece of one, as far as they have been read.
#[derive(Debug)]
pub(crate) struct Input<'a, R> {
    file: R,
    bytes: &'a mut [u8],
    read: usize,
    /// What ended reading early.
    failure: Option<io::Error>,
}

impl<'a, R: Read> Input<'a, R> {
    /// As many bytes are read as there is room for, which must be there.
    pub(crate) fn new(file: R, bytes: &'a mut [u8]) -> Self {
        Self { file, bytes, read: 0, failure: None }
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

    /// Reads on until the bytes in front of `end` are there, or all are, or no more can be read: of that it is told
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
        let end = (self.read + AT_A_TIME).min(self.bytes.len());
        match self.file.read(&mut self.bytes[self.read..end]) {
            Ok(0) => Err(io::Error::new(ErrorKind::UnexpectedEof, "the file became shorter while it was read")),
            Ok(count) => {
                self.read += count;
                Ok(())
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => Ok(()),
            Err(error) => Err(error),
        }
    }
}
