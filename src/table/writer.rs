//! Writing a table of ours: entries in, in the order of their keys, and a file out, from its first byte to its last.

use std::collections::TryReserveError;
use std::io::Write;
use std::path::{Path, PathBuf};

use twox_hash::XxHash64;

use super::block::push_value;
use super::block_writer::BlockWriter;
use super::filter::{self, Filter};
use super::footer::Footer;
use super::oversize;
use super::place::Place;
use super::properties::{self, Counts, Properties};
use super::sections::{self, FILTER, OVERSIZE, PROPERTIES, Section};
use crate::error::Error;
use crate::memory;

/// The longest key, and the longest value.
const LONGEST_KEY: usize = 16 << 20;
const LONGEST_VALUE: usize = 1 << 30;
/// How much is collected before it is written.
const BUFFER: usize = 256 << 10;

/// How tables are written.
#[derive(Clone, Copy, Debug)]
pub struct WriterOptions {
    /// What a block takes at most, unless it has one entry only. In bytes.
    pub block_size: usize,
    /// Bits a key in the filter; 0 is no filter.
    pub filter_bits: u32,
}

impl Default for WriterOptions {
    fn default() -> Self {
        Self { block_size: 4096, filter_bits: 10 }
    }
}

/// What was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// Bytes of the file.
    pub bytes: u64,
    /// Blocks of data. A table that has none must have a name that Kevo does not look at.
    pub blocks: u64,
    /// What is in it.
    pub counts: Counts,
}

/// A table of ours that is being written. What it has written is no table before [`TableWriter::finish`].
pub struct TableWriter<W> {
    out: W,
    /// Only for errors.
    path: PathBuf,
    options: WriterOptions,
    buffer: Vec<u8>,
    /// Bytes that have left the buffer.
    written: u64,
    block: BlockWriter,
    index_bytes: Vec<u8>,
    index: BlockWriter,
    /// The oversize list.
    records: Vec<u8>,
    hashes: Vec<u64>,
    lower_bound: Option<Vec<u8>>,
    last_key: Vec<u8>,
    sequences: (u64, u64),
    counts: Counts,
    entries_in_blocks: u32,
}

impl<W: Write> TableWriter<W> {
    /// Writes to `out`, which `path` names in errors. `out` need not be buffered.
    pub fn new(out: W, path: &Path, options: WriterOptions) -> Self {
        Self {
            out,
            path: path.to_owned(),
            options,
            buffer: Vec::new(),
            written: 0,
            block: BlockWriter::default(),
            index_bytes: Vec::new(),
            index: BlockWriter::default(),
            records: Vec::new(),
            hashes: Vec::new(),
            lower_bound: None,
            last_key: Vec::new(),
            sequences: (u64::MAX, 0),
            counts: Counts::default(),
            entries_in_blocks: 0,
        }
    }

    /// Adds the newest version of a key; no value is a tombstone.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] if the key is not above all before it, or if something is too large; [`Error::Io`],
    /// [`Error::NoMemory`]. After an error the table cannot be finished.
    pub fn add(&mut self, key: &[u8], sequence: u64, value: Option<&[u8]>) -> Result<(), Error> {
        if self.lower_bound.is_some() && key <= self.last_key.as_slice() {
            return Err(Error::InvalidArgument("the keys of a table have to ascend"));
        }
        let value_len = value.map_or(0, <[u8]>::len);
        if key.len() > LONGEST_KEY || value_len > LONGEST_VALUE {
            return Err(Error::InvalidArgument("a key has at most 16 MiB, a value at most 1 GiB"));
        }
        if oversize::is_oversize(key) {
            self.add_record(key, sequence, value)?;
        } else {
            self.add_to_block(key, sequence, value)?;
        }
        self.note(key, sequence, value).map_err(|_| memory::refused::<u8>(key.len()))
    }

    fn note(&mut self, key: &[u8], sequence: u64, value: Option<&[u8]>) -> Result<(), TryReserveError> {
        if self.lower_bound.is_none() {
            self.lower_bound = Some(memory::copied(properties::bound(key))?);
        }
        self.last_key.clear();
        self.last_key.try_reserve(key.len())?;
        self.last_key.extend_from_slice(key);
        if self.options.filter_bits > 0 {
            self.hashes.try_reserve(1)?;
            self.hashes.push(filter::hash(key));
        }
        self.sequences = (self.sequences.0.min(sequence), self.sequences.1.max(sequence));
        self.counts.entries += 1;
        self.counts.tombstones += u64::from(value.is_none());
        self.counts.key_bytes += key.len() as u64;
        self.counts.value_bytes += value.map_or(0, <[u8]>::len) as u64;
        Ok(())
    }

    fn add_to_block(&mut self, key: &[u8], sequence: u64, value: Option<&[u8]>) -> Result<(), Error> {
        let bytes = key.len() + value.map_or(0, <[u8]>::len);
        let most = u64::from(u32::MAX).min(self.options.block_size as u64);
        if !self.block.is_empty() && self.block.size_with(Some(bytes)) > most {
            self.end_block()?;
        }
        self.entries_in_blocks = self
            .entries_in_blocks
            .checked_add(1)
            .ok_or(Error::InvalidArgument("a table has at most 4294967295 entries"))?;
        let refused = |_| memory::refused::<u8>(bytes);
        self.block.push(&mut self.buffer, key, sequence, value).map_err(refused)
    }

    /// The index is keyed by the last key of the block, which is the last that was added.
    fn end_block(&mut self) -> Result<(), Error> {
        if self.block.is_empty() {
            return Ok(());
        }
        let refused = |_| memory::refused::<u8>(BUFFER);
        let size = self.block.finish(&mut self.buffer).map_err(refused)?;
        let place = Place::new(self.position() - size, size);
        if self.index.size_with(Some(self.last_key.len() + Place::SIZE)) > u64::from(u32::MAX) {
            return Err(Error::InvalidArgument("the index of a table has at most 4 GiB; use larger blocks"));
        }
        self.index.push(&mut self.index_bytes, &self.last_key, 0, Some(&place.encoded())).map_err(refused)?;
        self.flush_if(BUFFER)
    }

    fn add_record(&mut self, key: &[u8], sequence: u64, value: Option<&[u8]>) -> Result<(), Error> {
        self.end_block()?;
        let size = oversize::FRAME + key.len() + value.map_or(0, <[u8]>::len);
        self.buffer.try_reserve(size).map_err(|_| memory::refused::<u8>(size))?;
        self.records.try_reserve(Place::SIZE).map_err(|_| memory::refused::<u8>(self.records.len()))?;
        let start = self.buffer.len();
        self.records.extend_from_slice(&Place::new(self.position(), size as u64).encoded());
        self.buffer.extend_from_slice(&oversize::MARK);
        self.buffer.extend_from_slice(&(key.len() as u32).to_le_bytes());
        self.buffer.extend_from_slice(key);
        push_value(&mut self.buffer, sequence, value);
        let checksum = XxHash64::oneshot(0, &self.buffer[start..]);
        self.buffer.extend_from_slice(&checksum.to_le_bytes());
        self.flush_if(BUFFER)
    }

    /// How many bytes there are so far, written or not.
    fn position(&self) -> u64 {
        self.written + self.buffer.len() as u64
    }

    /// About how large the file would be if it was finished now.
    pub fn size(&self) -> u64 {
        let filter = self.hashes.len() as u64 * u64::from(self.options.filter_bits) / 8;
        self.position() + self.index_bytes.len() as u64 + 4 * self.index.entries() as u64 + filter
    }

    /// Whether nothing was added.
    pub fn is_empty(&self) -> bool {
        self.counts.entries == 0
    }

    /// Writes what comes after the blocks. What it counted itself replaces what `properties` say of it; `created_ns` is
    /// now, in nanoseconds since 1970. The caller syncs `out`.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] if nothing was added; [`Error::Io`], [`Error::NoMemory`].
    pub fn finish(mut self, properties: Properties, created_ns: i64) -> Result<(W, Written), Error> {
        if self.is_empty() {
            return Err(Error::InvalidArgument("a table has at least one entry"));
        }
        self.end_block()?;
        let blocks = self.index.entries() as u64;
        let index = self.write_index()?;
        let sections = self.write_sections(properties)?;
        let directory = sections::encode_directory(&sections);
        let footer = Footer::encoded(created_ns, index, self.entries_in_blocks, directory.len() as u32);
        self.append(&directory)?;
        self.append(&footer)?;
        self.flush_if(0)?;
        self.out.flush().map_err(|error| self.io(error))?;
        let written = Written { bytes: self.written, blocks, counts: self.counts };
        Ok((self.out, written))
    }

    fn write_index(&mut self) -> Result<Place, Error> {
        let start = self.position();
        self.index.finish(&mut self.index_bytes).map_err(|_| memory::refused::<u8>(self.index_bytes.len()))?;
        let bytes = std::mem::take(&mut self.index_bytes);
        self.append(&bytes)?;
        Ok(Place::between(start, self.position()))
    }

    fn write_sections(&mut self, properties: Properties) -> Result<Vec<Section>, Error> {
        let mut sections = Vec::new();
        if self.options.filter_bits > 0 {
            let refused = |_| memory::refused::<u64>(self.hashes.len());
            let filter = Filter::of(&self.hashes, self.options.filter_bits).map_err(refused)?;
            let head = filter.head();
            let pieces = std::iter::once(&head[..]).chain(filter.encoded());
            sections.push(self.section(FILTER, pieces)?);
        }
        let properties = self.complete(properties);
        let encoded = properties.encoded().map_err(|_| memory::refused::<u8>(BUFFER))?;
        sections.push(self.section(PROPERTIES, std::iter::once(&encoded[..]))?);
        if !self.records.is_empty() {
            let records = std::mem::take(&mut self.records);
            sections.push(self.section(OVERSIZE, std::iter::once(&records[..]))?);
        }
        Ok(sections)
    }

    fn complete(&mut self, mut properties: Properties) -> Properties {
        self.last_key.truncate(properties::bound(&self.last_key).len());
        properties.lower_bound = self.lower_bound.take();
        properties.upper_bound = Some(std::mem::take(&mut self.last_key));
        properties.sequences = Some(self.sequences);
        properties.counts = Some(self.counts);
        properties
    }

    fn section<'b>(&mut self, tag: u16, pieces: impl Iterator<Item = &'b [u8]>) -> Result<Section, Error> {
        let start = self.position();
        let mut checksum = XxHash64::with_seed(0);
        for piece in pieces {
            std::hash::Hasher::write(&mut checksum, piece);
            self.append(piece)?;
        }
        let place = Place::between(start, self.position());
        Ok(Section::new(tag, place, std::hash::Hasher::finish(&checksum)))
    }

    fn append(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.buffer.try_reserve(bytes.len()).map_err(|_| memory::refused::<u8>(bytes.len()))?;
        self.buffer.extend_from_slice(bytes);
        self.flush_if(BUFFER)
    }

    /// Writes the buffer if it has at least so many bytes. No block is being built in it.
    fn flush_if(&mut self, len: usize) -> Result<(), Error> {
        if self.buffer.len() >= len {
            self.out.write_all(&self.buffer).map_err(|error| self.io(error))?;
            self.written += self.buffer.len() as u64;
            self.buffer.clear();
            self.buffer.shrink_to(2 * BUFFER);
        }
        Ok(())
    }

    fn io(&self, error: std::io::Error) -> Error {
        Error::io(&self.path, Some(self.written), error)
    }
}
