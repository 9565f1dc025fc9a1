//! Memory that one thread appends to while other threads read what it has published.
//!
//! A chunk never moves and never grows. Its bytes below a mark, `published`, never change again, and readers see
//! nothing else. All bytes above belong to the chunk's one writer. That is all that the unsafe code below relies on,
//! and nothing outside this file can break it.
#![allow(unsafe_code)]

use super::zeroed::zeroed;
use crate::error::Error;
use crate::memory::{probe, refused};
use crate::sync::{AtomicUsize, Memory};
use memmap2::{Advice, MmapMut};
use std::slice;
use std::sync::Arc;

/// Bytes that the counts of references and the mark of a chunk take at most. They cannot be refused.
const SMALL_ALLOCATION: usize = 128;
/// Chunks of this length or more are in huge pages, if the system has them: entries are read in no order, and finding a
/// page takes longer than reading an entry.
const HUGE_PAGE: usize = 2 << 20;

/// What keeps the memory of a chunk. Nothing is read or written through it.
enum Owner {
    Heap { _bytes: Vec<u8> },
    Map { _bytes: MmapMut },
}

struct Shared {
    /// The first of `len` initialised bytes, which stay where they are as long as `owner`. Below `published` nobody
    /// writes any more. From there on nobody reads or writes but the [`ChunkWriter`].
    start: *mut u8,
    len: usize,
    /// At most `len`. It never falls, and nobody but the [`ChunkWriter`] changes it.
    published: AtomicUsize,
    owner: Owner,
}

// SAFETY: the bytes belong to `Shared` alone, so they can go to another thread with it.
unsafe impl Send for Shared {}
// SAFETY: the bytes are reached through `Chunk::published` and `ChunkWriter::unpublished` only. These give out the two
// sides of `published`, so no byte is written by one thread while another reads it.
unsafe impl Sync for Shared {}

impl Shared {
    fn new(len: usize) -> Result<Self, Error> {
        let (start, owner) = if len < HUGE_PAGE {
            let mut bytes = zeroed(len)?.into_vec();
            (bytes.as_mut_ptr(), Owner::Heap { _bytes: bytes })
        } else {
            let mut bytes = MmapMut::map_anon(len).map_err(|_| refused::<u8>(len))?;
            // Without huge pages it is slower, and not wrong.
            let _ = bytes.advise(Advice::HugePage);
            (bytes.as_mut_ptr(), Owner::Map { _bytes: bytes })
        };
        Ok(Self { start, len, published: AtomicUsize::new(0), owner })
    }
}

/// A chunk, as readers see it.
#[derive(Clone)]
pub(super) struct Chunk(Arc<Shared>);

impl Chunk {
    /// The bytes that have been published. The contents of what a thread has learned to be published are seen, too.
    #[inline]
    pub(super) fn published(&self) -> &[u8] {
        let len = self.0.published.load(Memory::Acquire);
        // SAFETY: `len` is at most the length of the chunk, all of which is initialised. The writer stores to bytes at
        // or above its own copy of `published` only, and it has stored all bytes below before it stored `published`,
        // with Release; so all those stores happened before this Acquire, and none comes after. `self` keeps the memory
        // alive as long as the slice.
        unsafe { slice::from_raw_parts(self.0.start, len) }
    }
}

/// The one writer of a chunk: it cannot be copied, and it is made together with the chunk.
pub(super) struct ChunkWriter {
    shared: Arc<Shared>,
    /// What `shared.published` is.
    published: usize,
    /// Where the next bytes go. At least `published`, at most the length of the chunk.
    written: usize,
}

impl ChunkWriter {
    /// A chunk of so many bytes.
    pub(super) fn with_capacity(capacity: usize) -> Result<Self, Error> {
        let shared = Shared::new(capacity)?;
        probe(SMALL_ALLOCATION)?;
        Ok(Self { shared: Arc::new(shared), published: 0, written: 0 })
    }

    /// Bytes of memory that the chunk takes now: what is not used of a map takes none.
    pub(super) fn memory(&self) -> usize {
        match self.shared.owner {
            Owner::Heap { .. } => self.capacity(),
            Owner::Map { .. } => self.written.next_multiple_of(HUGE_PAGE).min(self.capacity()),
        }
    }

    fn capacity(&self) -> usize {
        self.shared.len
    }

    pub(super) fn chunk(&self) -> Chunk {
        Chunk(Arc::clone(&self.shared))
    }

    /// How many bytes can still be appended.
    #[inline]
    pub(super) fn room(&self) -> usize {
        self.capacity() - self.written
    }

    /// Where the next bytes will be.
    #[inline]
    pub(super) fn position(&self) -> usize {
        self.written
    }

    /// The next `len` bytes, to be filled in. The chunk must have room for them.
    #[inline]
    pub(super) fn append(&mut self, len: usize) -> &mut [u8] {
        assert!(len <= self.room(), "room is reserved before anything is appended");
        let start = self.written - self.published;
        self.written += len;
        &mut self.unpublished()[start..]
    }

    /// What has been appended since the last [`publish`](Self::publish).
    #[inline]
    pub(super) fn unpublished(&mut self) -> &mut [u8] {
        let Self { shared, published, written } = self;
        // SAFETY: `published` <= `written` <= the length of the chunk, all of which is initialised. These bytes are at
        // or above `published`, so `Chunk::published` has given out none of them, and will not before `publish`. That
        // needs this writer again, which the slice borrows exclusively, and there is no second writer of the chunk.
        unsafe { slice::from_raw_parts_mut(shared.start.add(*published), *written - *published) }
    }

    /// Lets readers see what has been appended. It does not change from here on.
    #[inline]
    pub(super) fn publish(&mut self) {
        self.published = self.written;
        self.shared.published.store(self.published, Memory::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::ChunkWriter;

    #[test]
    fn what_is_appended_is_seen_once_it_is_published() {
        let mut writer = ChunkWriter::with_capacity(10).unwrap();
        let chunk = writer.chunk();
        writer.append(3).copy_from_slice(b"abc");
        assert_eq!((chunk.published(), writer.room(), writer.position()), (&b""[..], 7, 3));
        writer.publish();
        writer.append(2).copy_from_slice(b"de");
        writer.append(2).copy_from_slice(b"fg");
        writer.unpublished()[1] = b'E';
        assert_eq!((chunk.published(), &*writer.unpublished()), (&b"abc"[..], &b"dEfg"[..]));
        writer.publish();
        drop(writer);
        assert_eq!(chunk.published(), b"abcdEfg");
    }

    #[test]
    fn a_long_chunk_takes_the_memory_that_is_used() {
        let mut writer = ChunkWriter::with_capacity(5 << 20).unwrap();
        assert_eq!(writer.memory(), 0);
        writer.append(1)[0] = 7;
        assert_eq!(writer.memory(), 2 << 20);
        writer.append((5 << 20) - 1).fill(8);
        writer.publish();
        assert_eq!((writer.memory(), writer.room()), (5 << 20, 0));
        assert_eq!((writer.chunk().published()[0], writer.chunk().published()[(5 << 20) - 1]), (7, 8));
    }

    #[test]
    #[should_panic(expected = "room is reserved")]
    fn nothing_is_appended_where_there_is_no_room() {
        ChunkWriter::with_capacity(2).unwrap().append(3);
    }

    #[test]
    fn memory_that_is_not_there_is_refused() {
        assert!(ChunkWriter::with_capacity(isize::MAX as usize).is_err());
    }
}
