//! Appends records to the chunks of a memtable.
//!
//! What is appended at once is given three times: its sizes, to reserve memory, which may be refused; its content, to
//! be written; and then it is published, all of it together. Nothing after the first step can fail.

use super::arena::ChunkWriter;
use super::chunks::{Chunks, LONGEST_SHARED, Place};
use super::unwritten::{Appended, Piece};
use crate::error::Error;
use crate::log::format::entry::Entry;
use crate::log::format::record::{HEADER_LEN, MAX_PAYLOAD};
use crate::log::write::record::{encode_whole, payload_len, write_payload};
use crate::memory::push;

/// Shared chunks have at least so many bytes. Each has twice as many as the one before, up to [`LONGEST_SHARED`].
const SHORTEST_SHARED: usize = 4 << 10;
/// The first chunk is that part of the expected size.
const PART_OF_HINT: u64 = 8;

/// What an entry or another record needs.
#[derive(Clone, Copy)]
pub(super) enum Size {
    /// So many bytes of records, together with others in a chunk.
    Shared(usize),
    /// A chunk of just so many bytes, for a payload that is more than one record can hold.
    Large(usize),
}

impl Size {
    #[inline]
    pub(super) fn of(entry: &Entry<'_>) -> Self {
        match payload_len(entry) {
            len if len <= MAX_PAYLOAD => Self::Shared(HEADER_LEN + len),
            len => Self::Large(len),
        }
    }
}

/// A chunk that is being written.
struct OpenChunk {
    writer: ChunkWriter,
    number: u32,
}

/// Bytes that have been appended, and are not published yet.
#[derive(Clone, Copy)]
pub(super) struct Reserved {
    /// Which of the open chunks they are in.
    chunk: usize,
    start: usize,
    len: usize,
}

pub(super) struct Appender {
    /// The chunk that is shared by the next records, and after it those that have been reserved, in the order of their
    /// use.
    open: Vec<OpenChunk>,
    /// Which of them is shared by the next records: 0, but between appending and publishing.
    shared: usize,
    /// How many of them are in use: 1, but between appending and publishing.
    used: usize,
    /// How many chunks have a number.
    numbered: usize,
    /// How long the next shared chunk will be.
    next_len: usize,
    /// Bytes of the chunks that are not written any more.
    full: usize,
    appended: Appended,
}

impl Appender {
    pub(super) fn new(chunks: &Chunks, size_hint: u64) -> Result<Self, Error> {
        let next_len = (size_hint / PART_OF_HINT).clamp(SHORTEST_SHARED as u64, LONGEST_SHARED as u64) as usize;
        let mut appender = Self {
            open: Vec::new(),
            shared: 0,
            used: 1,
            numbered: 0,
            next_len,
            full: 0,
            appended: Appended::default(),
        };
        // An empty chunk, which has no room for anything, so that there always is one.
        appender.add(chunks, 0)?;
        appender.number(chunks, 0);
        Ok(appender)
    }

    /// Bytes of all chunks.
    #[inline]
    pub(super) fn memory(&self) -> usize {
        self.full + self.open[0].writer.memory()
    }

    /// What has been appended and not been taken for the file.
    pub(super) fn appended(&mut self) -> &mut Appended {
        &mut self.appended
    }

    /// Reserves memory for records of these sizes, which are appended next, in the same order. Where it is refused,
    /// nothing has changed.
    #[inline]
    pub(super) fn reserve(&mut self, chunks: &Chunks, sizes: impl Iterator<Item = Size>) -> Result<(), Error> {
        let mut room = self.open[0].writer.room();
        for size in sizes {
            match size {
                Size::Shared(len) if len <= room => room -= len,
                size => {
                    self.reserve_chunk(chunks, size, &mut room).inspect_err(|_| self.open.truncate(1))?;
                }
            }
        }
        // Each new chunk begins a piece, and a large one ends the piece that is before it as well.
        self.appended.reserve(2 * self.open.len()).inspect_err(|_| self.open.truncate(1))
    }

    #[cold]
    fn reserve_chunk(&mut self, chunks: &Chunks, size: Size, room: &mut usize) -> Result<(), Error> {
        match size {
            Size::Large(len) => {
                self.appended.reserve_buffer(len)?;
                self.add(chunks, len)
            }
            Size::Shared(len) => {
                let capacity = self.next_len.max(len);
                self.add(chunks, capacity)?;
                self.next_len = (2 * self.next_len).min(LONGEST_SHARED);
                *room = capacity - len;
                Ok(())
            }
        }
    }

    fn add(&mut self, chunks: &Chunks, capacity: usize) -> Result<(), Error> {
        let number = self.numbered + self.open.len().saturating_sub(1);
        chunks.reserve(number + 1)?;
        push(&mut self.open, OpenChunk { writer: ChunkWriter::with_capacity(capacity)?, number: number as u32 })
    }

    /// Takes one of the open chunks into use.
    fn number(&mut self, chunks: &Chunks, open: usize) {
        let OpenChunk { writer, number } = &self.open[open];
        chunks.set(*number, writer.chunk());
        self.numbered += 1;
    }

    /// Takes the next of the reserved chunks into use.
    fn use_next(&mut self, chunks: &Chunks) -> usize {
        let next = self.used;
        self.number(chunks, next);
        self.used += 1;
        next
    }

    /// Appends an entry, and gives where its payload is, and where all that was written is.
    #[inline]
    pub(super) fn append(&mut self, chunks: &Chunks, entry: &Entry<'_>) -> (Place, Reserved) {
        match Size::of(entry) {
            Size::Shared(len) => {
                let (reserved, bytes) = self.append_bytes(chunks, len);
                encode_whole(entry, bytes);
                (Place::new(self.open[reserved.chunk].number, reserved.start + HEADER_LEN), reserved)
            }
            Size::Large(len) => self.append_large(chunks, entry, len),
        }
    }

    #[cold]
    fn append_large(&mut self, chunks: &Chunks, entry: &Entry<'_>, len: usize) -> (Place, Reserved) {
        let chunk = self.use_next(chunks);
        let OpenChunk { writer, number } = &mut self.open[chunk];
        write_payload(entry, writer.append(len));
        self.appended.add(Piece::large(*number, len), entry);
        (Place::new(*number, 0), Reserved { chunk, start: 0, len })
    }

    /// Appends so many bytes, and gives them to be filled in, now or later.
    #[inline]
    pub(super) fn append_bytes(&mut self, chunks: &Chunks, len: usize) -> (Reserved, &mut [u8]) {
        if self.open[self.shared].writer.room() < len {
            self.shared = self.use_next(chunks);
        }
        let OpenChunk { writer, number } = &mut self.open[self.shared];
        let reserved = Reserved { chunk: self.shared, start: writer.position(), len };
        self.appended.add_shared(*number, reserved.start, len);
        (reserved, writer.append(len))
    }

    /// What has been appended, as long as it is not published.
    #[inline]
    pub(super) fn reserved(&mut self, reserved: Reserved) -> &mut [u8] {
        let writer = &mut self.open[reserved.chunk].writer;
        let end_to_last = writer.position() - reserved.start;
        let unpublished = writer.unpublished();
        let start = unpublished.len() - end_to_last;
        &mut unpublished[start..][..reserved.len]
    }

    /// Lets readers see all that has been appended.
    #[inline]
    pub(super) fn publish(&mut self) {
        if self.open.len() == 1 {
            return self.open[0].writer.publish();
        }
        self.open.iter_mut().for_each(|open| open.writer.publish());
        self.open.swap(0, self.shared);
        self.full += self.open.drain(1..).map(|open| open.writer.memory()).sum::<usize>();
        (self.shared, self.used) = (0, 1);
    }
}
