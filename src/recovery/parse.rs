//! Parses files: each into its entries, batches and damage, whatever the others hold.
//!
//! Files are read in pieces, by all threads. The thread that reads a piece also parses the [`Span`] of entries in it,
//! while the bytes are in the processor's cache; then each file is gone through from its start, stepping from span to
//! span. So one large file is parsed by all threads too, and what is recovered does not depend on how it was cut up.

use super::parts::{End, FileRead, LogPart};
use super::progress::{Counters, Metered, Progress};
use crate::chunked::ChunkedVec;
use crate::damage::{Cause, DamageKind, Stretch};
use crate::disk::{Disk, ReadFile};
use crate::error::Error;
use crate::log::bytes::entry_at;
use crate::log::directory::{self, Found};
use crate::log::format::batch::BatchRecord;
use crate::log::format::entry::Entry;
use crate::log::format::record::HEADER_LEN;
use crate::log::position::Position;
use crate::log::read::input::Input;
use crate::log::read::reader::{Outcome, Rules, Sink, read_file};
use crate::log::read::span::{Span, read_span};
use crate::memory::{collected, copied_path, with_capacity};
use crate::parallel;
use crate::recovery::gather::{Gathered, Gatherer};
use std::io::{self, ErrorKind};
use std::iter::Peekable;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{PoisonError, RwLock, RwLockReadGuard};
use std::vec::IntoIter;

/// A file of the log.
#[derive(Debug)]
pub(crate) struct LogFile {
    pub(crate) path: PathBuf,
    pub(crate) found: Result<Found, Error>,
    /// Where the part starts that is read, in bytes.
    pub(crate) from: u64,
    pub(crate) end: End,
}

impl LogFile {
    pub(super) fn look(disk: &dyn Disk, part: LogPart) -> Self {
        let LogPart { path, from, end } = part;
        Self { found: directory::look(disk, &path), path, from, end }
    }

    /// How many bytes of it are read.
    pub(crate) fn len(&self) -> u64 {
        let end = match self.end {
            End::Known(end) => end.min(self.file_len()),
            End::Unknown | End::Kevo => self.file_len(),
        };
        end.saturating_sub(self.from)
    }

    /// Its length when recovery began, in bytes.
    fn file_len(&self) -> u64 {
        self.found.as_ref().map_or(0, |found| found.length)
    }

    fn rules(&self) -> Rules {
        match self.end {
            End::Unknown => Rules::Unknown,
            End::Known(_) => Rules::Known,
            End::Kevo => Rules::Kevo,
        }
    }

    /// What has been read of it; nothing if it has not been parsed.
    pub(super) fn told(&self, parsed: Option<&Parsed>) -> Result<FileRead, Error> {
        let mut told = FileRead {
            path: copied_path(&self.path)?,
            from: self.from,
            end: self.from,
            length: self.file_len(),
            is_ours: false,
            identity: None,
            is_clean: false,
            has_entries: false,
            max_sequence: 0,
        };
        if let Some(Parsed { outcome: Some(outcome), gathered, damage, .. }) = parsed {
            let groups = gathered.iter().flat_map(|part| &part.groups);
            told.end = self.from + outcome.end as u64;
            (told.is_ours, told.identity) = (outcome.is_ours, outcome.identity);
            told.is_clean = damage.len() == 0 && told.end == told.length;
            told.has_entries = gathered.iter().any(|part| !part.rows.is_empty());
            told.max_sequence = groups.fold(outcome.sequence, |max, group| max.max(group.stats.highest_sequence));
        }
        Ok(told)
    }
}

/// What a file holds.
#[derive(Debug, Default)]
pub(crate) struct Parsed {
    /// Its entries in their order, merges and those of batches included; some here, some there.
    pub(crate) gathered: Vec<Gathered>,
    /// In the file's order; those that touch are one.
    pub(crate) damage: ChunkedVec<Stretch>,
    /// Where the records are in the log that are batches or headers of batches, all whole and of at least one op.
    pub(crate) batches: ChunkedVec<usize>,
    /// There was no memory for all of this, and some is missing.
    pub(crate) out_of_memory: bool,
    /// How many bytes of the file could be read.
    pub(crate) read: u64,
    /// What the reader tells of the file as a whole.
    pub(crate) outcome: Option<Outcome>,
    /// What ended reading before the end of the file.
    pub(crate) failure: Option<Error>,
}

/// A file that is opened for its first piece and closed after its last: all pieces are of one file, whatever becomes
/// of its name meanwhile.
struct Opened<'a> {
    disk: &'a dyn Disk,
    file: &'a LogFile,
    /// `None` before and after.
    handle: RwLock<Option<io::Result<Box<dyn ReadFile>>>>,
    /// Pieces that have not been read.
    pieces_left: AtomicUsize,
}

/// A part of a file, to be read by one thread.
struct Piece<'a> {
    of: &'a Opened<'a>,
    /// Where it starts in what is read of the file, and in the log, in bytes.
    offset: usize,
    base: usize,
    bytes: &'a mut [u8],
}

/// What has been read of a piece.
#[derive(Default)]
struct PieceRead {
    /// Bytes read, from the piece's start.
    read: usize,
    failure: Option<Error>,
    /// The span that was found, by where it is in the file, and its entries.
    span: Option<(Span, Gathered)>,
}

/// Reads all files into `buffer`, which has their lengths' sum and holds zeros, in pieces of `piece_len` bytes. With
/// `keeps`, what is intact after the end of a log's history counts.
pub(super) fn parse_all(
    disk: &dyn Disk,
    files: &[LogFile],
    buffer: &mut [u8],
    (piece_len, threads): (usize, usize),
    keeps: bool,
    progress: &Progress<'_>,
) -> Result<Vec<Parsed>, Error> {
    let opened = collected(files.iter().map(|file| Opened::new(disk, file, piece_len)))?;
    let counters = &progress.counters;
    let mut pieces = parallel::map(
        threads,
        cut(&opened, buffer, piece_len)?,
        &mut Some(progress),
        || None,
        |progress, piece| piece.read(counters, *progress),
        |progress| progress.iter().for_each(|progress| progress.tell()),
    )?
    .into_iter();
    let mut jobs = with_capacity(files.len())?;
    for (file, base, bytes) in split(files.iter(), LogFile::len, buffer) {
        let own = collected(pieces.by_ref().take(pieces_of(bytes.len(), piece_len)))?;
        jobs.push((file, base, bytes, own));
    }
    let go_through =
        |(file, base, bytes, pieces): (&LogFile, _, _, Vec<PieceRead>)| parse(file, base, bytes, pieces, keeps);
    parallel::map(threads, jobs, &mut (), || (), |(), job| go_through(job), |()| {})
}

/// The part of the buffer that each of the files has, and where that starts in the log.
fn split<'a, F: 'a>(
    files: impl Iterator<Item = &'a F>,
    len: impl Fn(&F) -> u64,
    buffer: &'a mut [u8],
) -> impl Iterator<Item = (&'a F, usize, &'a mut [u8])> {
    let (mut base, mut rest) = (0, buffer);
    files.map(move |file| {
        let (bytes, later) = std::mem::take(&mut rest).split_at_mut(len(file) as usize);
        rest = later;
        base += bytes.len();
        (file, base - bytes.len(), bytes)
    })
}

/// How many pieces a file of `len` bytes has: at least one.
fn pieces_of(len: usize, piece_len: usize) -> usize {
    len.div_ceil(piece_len).max(1)
}

/// The pieces of all files.
fn cut<'a>(files: &'a [Opened<'a>], buffer: &'a mut [u8], piece_len: usize) -> Result<Vec<Piece<'a>>, Error> {
    let count = files.iter().map(|of| pieces_of(of.file.len() as usize, piece_len)).sum();
    let mut pieces = with_capacity(count)?;
    for (of, base, bytes) in split(files.iter(), |of| of.file.len(), buffer) {
        if bytes.is_empty() {
            pieces.push(Piece { of, offset: 0, base, bytes: &mut [] });
        }
        for (index, bytes) in bytes.chunks_mut(piece_len).enumerate() {
            let offset = index * piece_len;
            pieces.push(Piece { of, offset, base: base + offset, bytes });
        }
    }
    Ok(pieces)
}

impl<'a> Opened<'a> {
    fn new(disk: &'a dyn Disk, file: &'a LogFile, piece_len: usize) -> Self {
        let pieces_left = AtomicUsize::new(pieces_of(file.len() as usize, piece_len));
        Self { disk, file, handle: RwLock::new(None), pieces_left }
    }

    /// Calls `read` for a piece with the file; `None` if there is none to be read.
    fn read_piece<R>(&self, read: impl FnOnce(&dyn ReadFile) -> R) -> Option<Result<R, Error>> {
        let LogFile { path, found, .. } = self.file;
        let found = found.as_ref().ok()?;
        let result = {
            let opened;
            // One call of `read`, so that the loop in it is compiled as one.
            let file: Result<&dyn ReadFile, Error> = if let Some(contents) = &found.contents {
                Ok(contents)
            } else {
                opened = self.open(|| directory::open(self.disk, path, found));
                match opened.as_ref()? {
                    Ok(file) => Ok(&**file),
                    Err(error) => Err(Error::io(path, None, copy(error))),
                }
            };
            file.map(read)
        };
        if self.pieces_left.fetch_sub(1, Ordering::AcqRel) == 1 {
            *self.handle.write().unwrap_or_else(PoisonError::into_inner) = None;
        }
        Some(result)
    }

    /// The open file. It stays open while this is used, and while there are pieces left.
    fn open(
        &self,
        open: impl FnOnce() -> io::Result<Box<dyn ReadFile>>,
    ) -> RwLockReadGuard<'_, Option<io::Result<Box<dyn ReadFile>>>> {
        let opened = self.handle.read().unwrap_or_else(PoisonError::into_inner);
        if opened.is_some() {
            return opened;
        }
        drop(opened);
        self.handle.write().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(open);
        self.handle.read().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The same error for another piece of the file.
fn copy(error: &io::Error) -> io::Error {
    match (error.raw_os_error(), error.get_ref()) {
        (Some(code), _) => io::Error::from_raw_os_error(code),
        (None, Some(why)) => io::Error::new(error.kind(), why.to_string()),
        (None, None) => error.kind().into(),
    }
}

impl Piece<'_> {
    fn read(self, counters: &Counters, progress: Option<&Progress<'_>>) -> PieceRead {
        let Self { of, offset, base, bytes } = self;
        let read = |file: &dyn ReadFile| {
            let rest = Metered { file, offset: of.file.from + offset as u64, counters, progress };
            read_piece(of.file, rest, offset, base, bytes)
        };
        match of.read_piece(read) {
            None => PieceRead::default(),
            Some(Ok(piece)) => piece,
            Some(Err(failure)) => PieceRead { failure: Some(failure), ..PieceRead::default() },
        }
    }
}

/// Reads the piece of a file with which `rest` begins into `bytes`, which are at `base` of the log. It starts at
/// `offset` of what is read of the file.
fn read_piece(log_file: &LogFile, rest: Metered<'_, '_>, offset: usize, base: usize, bytes: &mut [u8]) -> PieceRead {
    let (file, start) = (rest.file, rest.offset);
    let mut gatherer = Gatherer::new(base);
    let mut input = Input::new(rest, bytes);
    let span = read_span(&mut input, offset as u64, |_, offset, entry| {
        gatherer.push(Position::of_entry(offset), entry);
    });
    let failure = input.read_all().err();
    let read = input.bytes_read();
    let in_file = |span: Span| Span { start: span.start + offset, end: span.end + offset, ..span };
    let failure = failure.map(|error| {
        let error = if is_shorter_than_told(log_file, file, &error) { told_too_long() } else { error };
        Error::io(&log_file.path, Some(start + read as u64), error)
    });
    PieceRead { read, failure, span: span.map(|span| (in_file(span), gatherer.finish())) }
}

/// Whether a file ended early, and the file system still says that it is as long as it was said to be.
fn is_shorter_than_told(log_file: &LogFile, file: &dyn ReadFile, error: &io::Error) -> bool {
    error.kind() == ErrorKind::UnexpectedEof && file.info().is_ok_and(|info| info.length >= log_file.file_len())
}

fn told_too_long() -> io::Error {
    io::Error::new(ErrorKind::UnexpectedEof, "the file ends there, and its file system says that it is longer")
}

/// Goes through a file that has been read.
fn parse(file: &LogFile, base: usize, bytes: &mut [u8], pieces: Vec<PieceRead>, keeps: bool) -> Parsed {
    let (mut readable, mut failure, mut spans) = (0, None, Vec::new());
    if spans.try_reserve_exact(pieces.len()).is_err() {
        return Parsed { out_of_memory: true, ..Parsed::default() };
    }
    for piece in pieces {
        if failure.is_none() {
            readable += piece.read;
            failure = piece.failure;
            spans.extend(piece.span);
        }
    }
    let mut sink = Collector::new(base, file.from, spans);
    let outcome = read_file(&mut bytes[..readable], file.len() as usize, file.rules(), keeps, &mut sink);
    debug_assert!(outcome.is_complete || failure.is_some(), "what could be read is gone through");
    if outcome.is_unsupported {
        failure = Some(unsupported(&file.path));
    } else if let (End::Known(end), None) = (file.end, &failure) {
        sink.file_ends_before(file.file_len(), end);
    }
    Parsed { read: readable as u64, outcome: Some(outcome), failure, ..sink.finish() }
}

fn unsupported(path: &Path) -> Error {
    match copied_path(path) {
        Ok(path) => Error::Unsupported { path, what: "the log has a mark of a kind that must be known" },
        Err(refused) => refused,
    }
}

/// Collects what a file holds.
struct Collector {
    /// Where the file starts in the log, in bytes.
    base: usize,
    /// Where what is read of it starts in the file.
    from: u64,
    spans: Peekable<IntoIter<(Span, Gathered)>>,
    gatherer: Gatherer,
    parsed: Parsed,
}

impl Collector {
    fn new(base: usize, from: u64, spans: Vec<(Span, Gathered)>) -> Self {
        let spans = spans.into_iter().peekable();
        Self { base, from, spans, gatherer: Gatherer::new(base), parsed: Parsed::default() }
    }

    /// What lacks of a file that should have more bytes is damage.
    fn file_ends_before(&mut self, length: u64, end: u64) {
        if length < end {
            let (kind, cause) = (DamageKind::Corruption, Cause::FileCut);
            self.add_damage(Stretch { offset: length, length: end - length, kind, cause, batches_dropped: 0 });
        }
    }

    fn add_damage(&mut self, stretch: Stretch) {
        let damage = &mut self.parsed.damage;
        if damage.last_mut().is_none_or(|last| !last.absorb(&stretch)) {
            self.parsed.out_of_memory |= damage.push(stretch).is_err();
        }
    }

    fn finish(mut self) -> Parsed {
        self.flush();
        self.parsed
    }

    /// Ends what has been gathered one by one.
    fn flush(&mut self) {
        let gatherer = std::mem::replace(&mut self.gatherer, Gatherer::new(self.base));
        self.add(gatherer.finish());
    }

    fn add(&mut self, gathered: Gathered) {
        self.parsed.out_of_memory |= gathered.out_of_memory || self.parsed.gathered.try_reserve(1).is_err();
        if !self.parsed.out_of_memory && !gathered.rows.is_empty() {
            self.parsed.gathered.push(gathered);
        }
    }

    /// Adds an entry of its own, or of a batch.
    fn push(&mut self, position: Position, entry: &Entry<'_>) {
        self.pass_spans_before(position.offset());
        self.gatherer.push(position, entry);
        if self.gatherer.is_full() {
            self.flush();
        }
    }

    /// Lets go of the spans that the file's own way has not led to.
    fn pass_spans_before(&mut self, offset: usize) {
        while self.spans.next_if(|(span, _)| span.start < offset).is_some() {}
    }

    fn batch_starts(&mut self, record: usize) {
        self.parsed.out_of_memory |= self.parsed.batches.push(self.base + record).is_err();
    }
}

impl Sink for Collector {
    fn span(&mut self, _: &[u8], offset: usize, fits: impl Fn(&Span) -> bool) -> Option<Span> {
        self.pass_spans_before(offset);
        let (span, gathered) = self.spans.next_if(|(span, _)| span.start == offset && fits(span))?;
        self.flush();
        self.add(gathered);
        Some(span)
    }

    fn entry(&mut self, _: &[u8], offset: usize, entry: &Entry<'_>) {
        self.push(Position::of_entry(offset), entry);
    }

    fn batch(&mut self, log: &[u8], offset: usize, entries: impl Iterator<Item = usize>) {
        self.batch_starts(offset);
        for at in entries {
            let position = Position::of_entry(at);
            self.push(position, &entry_at(log, position));
        }
    }

    fn batch_record(&mut self, _: &[u8], offset: usize, batch: BatchRecord<'_>) {
        self.batch_starts(offset - HEADER_LEN);
        for (index, (at, entry)) in batch.ops().enumerate() {
            self.push(Position::of_batch_op(offset + at, index), &entry);
        }
    }

    fn marked_batch(&mut self, offset: usize, _: usize) {
        self.batch_starts(offset);
    }

    fn damage(&mut self, stretch: Stretch) {
        self.add_damage(Stretch { offset: self.from + stretch.offset, ..stretch });
    }
}

#[cfg(test)]
mod tests;
