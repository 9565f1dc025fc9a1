//! The file that a table is in: bytes at places that have been checked against its length, and errors that name it.

use std::cell::Cell;
use std::io::{self, ErrorKind};
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::footer::Footer;
use super::place::Place;
use crate::disk::ReadFile;
use crate::error::Error;
use crate::memory;

/// Bytes that a thread keeps for what it reads next.
const MOST_KEPT: usize = 64 << 10;

thread_local! {
    static BUFFER: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

pub(super) struct Source {
    path: PathBuf,
    file: Box<dyn ReadFile>,
    len: u64,
}

impl Source {
    pub(super) fn new(path: &Path, file: Box<dyn ReadFile>) -> Result<Self, Error> {
        let len = file.info().map_err(|error| Error::io(path, None, error))?.length;
        Ok(Self { path: path.to_owned(), file, len })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn len(&self) -> u64 {
        self.len
    }

    /// What stands in a place that lies inside the file.
    pub(super) fn read(&self, place: Place) -> Result<Vec<u8>, Error> {
        self.check_inside(place)?;
        let count = place.size as usize;
        let mut bytes = memory::filled(0, count).map_err(|_| memory::refused::<u8>(count))?;
        self.fill(&mut bytes, place.offset)?;
        Ok(bytes)
    }

    /// Gives what stands in a place that lies inside the file to `parse`, in memory that this thread has for that; on a
    /// walk, in that of what is read ahead.
    pub(super) fn read_with<T>(
        &self,
        place: Place,
        ahead: Option<&mut Ahead>,
        parse: impl FnOnce(&[u8]) -> T,
    ) -> Result<T, Error> {
        self.check_inside(place)?;
        if let Some(bytes) = ahead.and_then(|ahead| ahead.read(self, place)) {
            return Ok(parse(bytes));
        }
        let count = place.size as usize;
        if count > MOST_KEPT {
            return Ok(parse(&self.read(place)?));
        }
        // There is none as long as it is in use, nor when the thread ends.
        let mut buffer = BUFFER.try_with(Cell::take).unwrap_or_default();
        if buffer.len() < count {
            buffer = memory::filled(0, count).map_err(|_| memory::refused::<u8>(count))?;
        }
        let filled = self.fill(&mut buffer[..count], place.offset);
        let parsed = filled.map(|()| parse(&buffer[..count]));
        // If that fails, the memory goes.
        let _ = BUFFER.try_with(|kept| kept.set(buffer));
        parsed
    }

    pub(super) fn check_inside(&self, place: Place) -> Result<(), Error> {
        if place.end() > self.len {
            return Err(self.corrupt(place, "a place that is not inside the file"));
        }
        Ok(())
    }

    /// Fills `buffer` with what stands from `offset` on.
    pub(super) fn fill(&self, buffer: &mut [u8], offset: u64) -> Result<(), Error> {
        let failed = |(offset, error)| Error::io(&self.path, Some(offset), error);
        let read = self.file.read_full(buffer, offset).map_err(failed)?;
        if read < buffer.len() {
            let cut = io::Error::new(ErrorKind::UnexpectedEof, "the file became shorter while it was read");
            return Err(failed((offset + read as u64, cut)));
        }
        Ok(())
    }

    pub(super) fn corrupt(&self, place: Place, what: &'static str) -> Error {
        Error::CorruptTable { path: self.path.clone(), offset: place.offset, length: place.size, what }
    }

    pub(super) fn unsupported(&self, what: &'static str) -> Error {
        Error::UnsupportedTable { path: self.path.clone(), what }
    }
}

/// What is read at once for a walk. As far as it has read on, from one place to the next, it may go on.
#[derive(Debug, Default)]
pub(super) struct Ahead {
    bytes: Vec<u8>,
    /// Where they stand in the file.
    start: u64,
    /// Where the last place ends that was read.
    end: u64,
    /// How many bytes up to there were read without a gap.
    walked: u64,
    /// Up to there something cannot be read: nothing is read ahead.
    broken: u64,
}

impl Ahead {
    /// More would not stay in the processor's cache until it is wanted.
    const MOST: u64 = 64 << 10;
    /// A walk of so many places may end soon.
    const SHORT: u64 = 3;

    /// What stands in the place, if it is read ahead.
    fn read(&mut self, source: &Source, place: Place) -> Option<&[u8]> {
        if place.offset != self.end {
            self.walked = 0;
        }
        if self.range(place).is_none() && self.walked >= Self::SHORT * place.size && place.offset >= self.broken {
            self.fill(source, place);
        }
        self.end = place.end();
        self.walked += place.size;
        self.range(place).map(|range| &self.bytes[range])
    }

    fn range(&self, place: Place) -> Option<Range<usize>> {
        let start = usize::try_from(place.offset.checked_sub(self.start)?).ok()?;
        let end = start.checked_add(usize::try_from(place.size).ok()?)?;
        (end <= self.bytes.len()).then_some(start..end)
    }

    /// Reads what stands at the place and after it.
    fn fill(&mut self, source: &Source, place: Place) {
        self.bytes.clear();
        let len = (source.len - place.offset).min(self.walked).min(Self::MOST);
        // Less is not worth a copy of its own.
        if len < 2 * place.size || self.bytes.try_reserve_exact(len as usize).is_err() {
            return;
        }
        self.bytes.resize(len as usize, 0);
        self.start = place.offset;
        if source.fill(&mut self.bytes, place.offset).is_err() {
            // It need not be at this place.
            self.bytes.clear();
            self.broken = place.offset + len;
        }
    }
}

/// The end of the file, which is read before anything is known of it.
pub(super) struct Tail {
    bytes: Vec<u8>,
    start: u64,
}

impl Tail {
    /// Enough for the footer and our directory, and for all that is not data in a small table.
    const SIZE: u64 = 16 << 10;

    pub(super) fn read(source: &Source) -> Result<Self, Error> {
        let start = source.len.saturating_sub(Self::SIZE);
        Ok(Self { bytes: source.read(Place::between(start, source.len))?, start })
    }

    /// The last bytes of the file, as far as a footer can reach.
    pub(super) fn footer(&self) -> &[u8] {
        &self.bytes[self.bytes.len().saturating_sub(Footer::LONG)..]
    }

    /// Goes back to `start`, reading only what is missing.
    pub(super) fn extend_to(&mut self, start: u64, source: &Source) -> Result<(), Error> {
        if start < self.start {
            let mut bytes = source.read(Place::between(start, self.start))?;
            bytes.try_reserve_exact(self.bytes.len()).map_err(|_| memory::refused::<u8>(self.bytes.len()))?;
            bytes.extend_from_slice(&self.bytes);
            *self = Self { bytes, start };
        }
        Ok(())
    }

    pub(super) fn start(&self) -> u64 {
        self.start
    }

    /// What stands in `place`, from here if it is here.
    pub(super) fn get(&self, place: Place, source: &Source) -> Result<Vec<u8>, Error> {
        if place.offset < self.start || place.end() > source.len {
            return source.read(place);
        }
        let start = (place.offset - self.start) as usize;
        let found = &self.bytes[start..start + place.size as usize];
        memory::copied_bytes(found)
    }
}
