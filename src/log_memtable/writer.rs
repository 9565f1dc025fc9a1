//! The one writer of a memtable.

use super::appender::{Appender, Reserved, Size};
use super::memtable::LogMemtable;
use super::segmented::MOST;
use super::unwritten::Unwritten;
use crate::error::Error;
use crate::log::format::entry::{Entry, Op};
use crate::log::format::mark::add_headers;
use crate::memory::refused;
use crate::memtable::stats::approximate_size;
use crate::sync::Memory;
use crate::table::hash;
use crc32fast::Hasher;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// One operation on one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation<'a> {
    /// Gives the key a value.
    Put {
        /// The key.
        key: &'a [u8],
        /// The value.
        value: &'a [u8],
    },
    /// Deletes the key.
    Delete {
        /// The key.
        key: &'a [u8],
    },
}

impl<'a> Operation<'a> {
    #[inline]
    pub(crate) fn entry(self, sequence: u64) -> Entry<'a> {
        match self {
            Self::Put { key, value } => Entry { op: Op::Put, sequence, key, value },
            Self::Delete { key } => Entry { op: Op::Delete, sequence, key, value: &[] },
        }
    }

    #[inline]
    fn key(self) -> &'a [u8] {
        let (Self::Put { key, .. } | Self::Delete { key }) = self;
        key
    }
}

/// What the mark of a batch says of its entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchSummary {
    /// How many entries there are.
    pub count: u64,
    /// Bytes of their records.
    pub len: u64,
    /// The CRC-32 of the headers of these records.
    pub checksum: u32,
}

/// Appends operations to a memtable. There is one for each memtable, and it cannot be copied.
pub struct Writer {
    memtable: Arc<LogMemtable>,
    appender: Appender,
    /// Rows that have been linked.
    rows: usize,
    /// For how many rows there is room.
    row_room: usize,
    size: u64,
    log_len: u64,
}

impl Writer {
    pub(super) fn new(memtable: &Arc<LogMemtable>, size_hint: u64) -> Result<Self, Error> {
        let appender = Appender::new(memtable.chunks(), size_hint)?;
        Ok(Self { memtable: Arc::clone(memtable), appender, rows: 0, row_room: 0, size: 0, log_len: 0 })
    }

    /// The memtable that it writes to.
    pub fn memtable(&self) -> &Arc<LogMemtable> {
        &self.memtable
    }

    /// The sequence number of the next operation.
    #[inline]
    pub fn next_sequence(&self) -> u64 {
        self.memtable.first_sequence() + self.rows as u64
    }

    /// Gives a key a value, and returns the sequence number of this put. Readers can find it from here on.
    ///
    /// # Errors
    ///
    /// Nothing is appended then. [`Error::InvalidArgument`] if the key or the value has 2^32 bytes or more;
    /// [`Error::NoMemory`].
    #[inline]
    pub fn put(&mut self, key: &[u8], value: &[u8]) -> Result<u64, Error> {
        self.append(Operation::Put { key, value })
    }

    /// Deletes a key, and returns the sequence number of this delete. Readers can find it from here on.
    ///
    /// # Errors
    ///
    /// As [`put`](Self::put).
    #[inline]
    pub fn delete(&mut self, key: &[u8]) -> Result<u64, Error> {
        self.append(Operation::Delete { key })
    }

    /// Appends an operation, and returns its sequence number.
    #[inline]
    pub(crate) fn append(&mut self, operation: Operation<'_>) -> Result<u64, Error> {
        let sequence = self.next_sequence();
        let entry = operation.entry(sequence);
        let hash = hash(entry.key);
        self.memtable.prefetch(hash);
        self.reserve_rows(1)?;
        self.appender.reserve(self.memtable.chunks(), std::iter::once(size_of(&entry)?))?;
        self.append_entry(self.rows, &entry, hash);
        self.appender.publish();
        self.link(self.rows as u32, entry.key, hash);
        self.rows += 1;
        self.count();
        Ok(sequence)
    }

    /// Appends records that are no operations: they have no sequence number, and no reader finds them.
    ///
    /// # Errors
    ///
    /// [`Error::NoMemory`]; then nothing is appended.
    pub fn append_raw(&mut self, records: &[u8]) -> Result<(), Error> {
        let chunks = self.memtable.chunks();
        self.appender.reserve(chunks, std::iter::once(Size::Shared(records.len())))?;
        self.appender.append_bytes(chunks, records.len()).1.copy_from_slice(records);
        self.appender.publish();
        self.log_len += records.len() as u64;
        self.count();
        Ok(())
    }

    /// Appends a mark of `mark_len` bytes and, after it, `operations`. `fill` fills in the mark, when it is known
    /// what it has to say. Returns the sequence numbers of the operations. Each of them can be found from here on;
    /// they are seen together if the end of a reader is not between their numbers.
    ///
    /// # Errors
    ///
    /// As [`put`](Self::put), for each of the operations.
    pub fn batch<'a>(
        &mut self,
        mark_len: usize,
        operations: impl Iterator<Item = Operation<'a>> + Clone,
        fill: impl FnOnce(&mut [u8], BatchSummary),
    ) -> Result<Range<u64>, Error> {
        let first = self.next_sequence();
        self.reserve_batch(mark_len, operations.clone())?;
        let mark = self.appender.append_bytes(self.memtable.chunks(), mark_len).0;
        self.log_len += mark_len as u64;

        let (mut checksum, log_len) = (Hasher::new(), self.log_len);
        let mut count = 0;
        for operation in operations.clone() {
            let entry = operation.entry(first + count);
            let hash = hash(entry.key);
            self.memtable.prefetch(hash);
            let reserved = self.append_entry(self.rows + count as usize, &entry, hash);
            self.add_to_checksum(&entry, reserved, &mut checksum);
            count += 1;
        }
        let summary = BatchSummary { count, len: self.log_len - log_len, checksum: checksum.finalize() };
        fill(self.appender.reserved(mark), summary);

        self.appender.publish();
        for operation in operations.take(count as usize) {
            self.link(self.rows as u32, operation.key(), hash(operation.key()));
            self.rows += 1;
        }
        self.count();
        Ok(first..first + count)
    }

    /// Reserves memory for a batch.
    fn reserve_batch<'a>(
        &mut self,
        mark_len: usize,
        operations: impl Iterator<Item = Operation<'a>> + Clone,
    ) -> Result<(), Error> {
        let mut count = 0;
        for operation in operations.clone() {
            size_of(&operation.entry(0))?;
            count += 1;
        }
        self.reserve_rows(count)?;
        let sizes = operations.map(|operation| Size::of(&operation.entry(0)));
        self.appender.reserve(self.memtable.chunks(), std::iter::once(Size::Shared(mark_len)).chain(sizes))
    }

    #[inline]
    fn reserve_rows(&mut self, count: usize) -> Result<(), Error> {
        if count > self.row_room - self.rows {
            self.reserve_more_rows(count)?;
        }
        Ok(())
    }

    #[cold]
    fn reserve_more_rows(&mut self, count: usize) -> Result<(), Error> {
        let numbers = usize::try_from(u64::MAX - self.memtable.first_sequence()).unwrap_or(usize::MAX);
        if count > numbers - self.rows {
            return Err(Error::InvalidArgument("there are no more sequence numbers"));
        }
        if count > MOST - self.rows {
            return Err(refused::<u64>(count));
        }
        self.row_room = self.memtable.index().reserve(self.rows + count)?.min(numbers);
        Ok(())
    }

    /// Appends an entry, and fills in its row.
    #[inline]
    fn append_entry(&mut self, row: usize, entry: &Entry<'_>, hash: u64) -> Reserved {
        let before = self.appender.appended().len();
        let (place, reserved) = self.appender.append(self.memtable.chunks(), entry);
        self.memtable.index().set(row as u32, hash, place);
        self.log_len += self.appender.appended().len() - before;
        self.size += approximate_size(entry.key, entry.value);
        reserved
    }

    /// Adds the headers of the records of an entry that was appended to a checksum.
    fn add_to_checksum(&mut self, entry: &Entry<'_>, reserved: Reserved, checksum: &mut Hasher) {
        match Size::of(entry) {
            Size::Shared(_) => add_headers(checksum, self.appender.reserved(reserved)),
            Size::Large(_) => self.appender.appended().checksum_large(entry, checksum),
        }
    }

    #[inline]
    fn link(&self, row: u32, key: &[u8], hash: u64) {
        let chunks = self.memtable.chunks();
        self.memtable.index().link(row, hash, |place| chunks.key(place) == key);
    }

    /// Tells readers what has been appended.
    #[inline]
    fn count(&self) {
        let counts = self.memtable.counts();
        counts.size.store(self.size, Memory::Relaxed);
        counts.log_len.store(self.log_len, Memory::Relaxed);
        counts.chunk_memory.store(self.appender.memory(), Memory::Relaxed);
        counts.rows.store(self.rows, Memory::Release);
    }

    /// How many bytes have been appended that are not taken.
    #[inline]
    pub fn unwritten_len(&mut self) -> u64 {
        self.appender.appended().len()
    }

    /// Takes what has been appended since this was called last, to write it to the log.
    #[inline]
    pub fn take_unwritten(&mut self) -> Unwritten {
        Unwritten::new(&self.memtable, self.appender.appended())
    }
}

/// What an entry needs.
#[inline]
fn size_of(entry: &Entry<'_>) -> Result<Size, Error> {
    if entry.key.len() > u32::MAX as usize || entry.value.len() > u32::MAX as usize {
        return Err(Error::InvalidArgument("key and value may have at most 2^32 - 1 bytes each"));
    }
    Ok(Size::of(entry))
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer").field("memtable", &self.memtable).finish_non_exhaustive()
    }
}
