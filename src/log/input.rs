//! A file's bytes, read once, piece by piece, into the room that is kept for them.

use std::io::{self, ErrorKind, Read};

/// Bytes asked for at a time: few enough to be still in the processor's cache when they are checksummed.
const PIECE: usize = 256 * 1024;

/// The bytes of one file, as far as they have been read.
#[derive(Debug)]
pub(crate) struct Input<'a, R> {
    file: R,
    bytes: &'a mut [u8],
    read: usize,
    /// What ended reading early.
    failure: Option<io::Error>,
}

impl<'a, R: Read> Input<'a, R> {
    /// `bytes` has the file's length; what the file has grown by since that was found out is not read.
    pub(crate) fn new(file: R, bytes: &'a mut [u8]) -> Self {
        Self { file, bytes, read: 0, failure: None }
    }

    /// Bytes of the whole file.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
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

    /// What has been read, to be changed.
    pub(crate) fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.bytes[..self.read]
    }

    /// Reads on until the bytes in front of `end` are there, or the whole file is, or it cannot be read any further: of
    /// that it is told when the rest is asked for.
    #[inline]
    pub(crate) fn read_to(&mut self, end: usize) {
        while self.read < end.min(self.bytes.len()) && self.failure.is_none() {
            self.failure = self.read_piece().err();
        }
    }

    /// Reads the rest of the file.
    pub(crate) fn read_all(&mut self) -> io::Result<()> {
        self.read_to(usize::MAX);
        self.failure.take().map_or(Ok(()), Err)
    }

    #[cold]
    fn read_piece(&mut self) -> io::Result<()> {
        let end = (self.read + PIECE).min(self.bytes.len());
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
