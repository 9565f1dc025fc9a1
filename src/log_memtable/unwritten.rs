//! What has been appended to a memtable and is yet to be written to the log.

use super::memtable::LogMemtable;
use crate::error::Error;
use crate::log::format::entry::Entry;
use crate::log::format::mark::add_headers;
use crate::log::write::record::{MAX_RECORD_LEN, Records, encoded_len};
use crate::memory::refused;
use crc32fast::Hasher;
use std::fmt;
use std::io;
use std::ops::Range;
use std::sync::Arc;

/// About so many bytes of the records of a large entry are made at once.
const LARGE_PIECE: usize = 256 << 10;

/// Bytes in a chunk that are next to each other.
#[derive(Debug)]
pub(super) struct Piece {
    chunk: u32,
    /// The bytes are not records, but the payload of an entry, for which records have to be made.
    is_large: bool,
    bytes: Range<usize>,
}

impl Piece {
    pub(super) fn large(chunk: u32, len: usize) -> Self {
        Self { chunk, is_large: true, bytes: 0..len }
    }
}

/// The pieces that have been appended, in their order.
#[derive(Debug, Default)]
pub(super) struct Appended {
    pieces: Vec<Piece>,
    /// Bytes of their records.
    len: u64,
    /// For the records of large entries. There is room if there are any.
    buffer: Vec<u8>,
}

impl Appended {
    /// Bytes of their records.
    #[inline]
    pub(super) fn len(&self) -> u64 {
        self.len
    }

    /// Makes room for so many more pieces.
    #[inline]
    pub(super) fn reserve(&mut self, pieces: usize) -> Result<(), Error> {
        self.pieces.try_reserve(pieces).map_err(|_| refused::<Piece>(pieces))
    }

    /// Makes room for the records of a payload of so many bytes.
    pub(super) fn reserve_buffer(&mut self, payload: usize) -> Result<(), Error> {
        let len = payload.min(LARGE_PIECE) + MAX_RECORD_LEN;
        self.buffer.try_reserve_exact(len).map_err(|_| refused::<u8>(len))
    }

    /// Adds a large piece, which is the payload of `entry`. There must be room.
    pub(super) fn add(&mut self, piece: Piece, entry: &Entry<'_>) {
        self.len += encoded_len(entry);
        self.pieces.push(piece);
    }

    /// Adds records. There must be room.
    #[inline]
    pub(super) fn add_shared(&mut self, chunk: u32, start: usize, len: usize) {
        self.len += len as u64;
        match self.pieces.last_mut() {
            Some(last) if last.chunk == chunk => last.bytes.end += len,
            _ => self.pieces.push(Piece { chunk, is_large: false, bytes: start..start + len }),
        }
    }

    /// Adds the headers of the records of a large entry to a checksum. There must be room for them.
    pub(super) fn checksum_large(&mut self, entry: &Entry<'_>, checksum: &mut Hasher) {
        let added = for_each_piece_of(entry, &mut self.buffer, |piece| {
            add_headers(checksum, piece);
            Ok(())
        });
        added.expect("memory for records is reserved");
    }
}

/// What was appended to a memtable between two moments, as records for the log. It can be sent to another thread, which
/// can write it while more is appended.
pub struct Unwritten {
    memtable: Arc<LogMemtable>,
    appended: Appended,
}

impl Unwritten {
    pub(super) fn new(memtable: &Arc<LogMemtable>, appended: &mut Appended) -> Self {
        Self { memtable: Arc::clone(memtable), appended: std::mem::take(appended) }
    }

    /// How many bytes it has.
    pub fn len(&self) -> u64 {
        self.appended.len
    }

    /// Whether nothing was appended.
    pub fn is_empty(&self) -> bool {
        self.appended.len == 0
    }

    /// Calls `visit` with all of its bytes, piece by piece. What is together in memory is one piece; of an entry that
    /// needs several records, pieces are about 256 KiB.
    ///
    /// # Errors
    ///
    /// What `visit` gives first.
    pub fn for_each_piece(&mut self, mut visit: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        let Appended { pieces, buffer, .. } = &mut self.appended;
        for piece in pieces {
            let bytes = &self.memtable.chunks().published(piece.chunk)[piece.bytes.clone()];
            if piece.is_large {
                let entry = Entry::parse(bytes).map_err(|cause| io::Error::other(cause.text().to_string_lossy()))?;
                for_each_piece_of(&entry, buffer, &mut visit)?;
            } else {
                visit(bytes)?;
            }
        }
        Ok(())
    }
}

/// Calls `visit` with the records of an entry. They are made in `buffer`, for which there is memory.
fn for_each_piece_of(
    entry: &Entry<'_>,
    buffer: &mut Vec<u8>,
    mut visit: impl FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<()> {
    let mut records = Records::of(entry);
    loop {
        buffer.clear();
        let mut more = true;
        while more && buffer.len() < LARGE_PIECE {
            more = records.encode_next(buffer)?;
        }
        if buffer.is_empty() {
            return Ok(());
        }
        visit(buffer)?;
    }
}

impl fmt::Debug for Unwritten {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unwritten").field("appended", &self.appended).finish_non_exhaustive()
    }
}
