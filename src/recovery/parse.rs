//! Parses files: each into its entries, batches and damage, whatever the others hold.
//!
//! Files are read in pieces, by all threads. Whoever reads a piece also parses the [`Run`] of entries in it, while the
//! bytes are in the processor's cache; then each file is gone through from its start, stepping from run to run. So one
//! large file is parsed by all threads too, and what is recovered does not depend on how it was cut up.

use super::progress::{Metered, Progress, Tally};
use crate::damage::Stretch;
use crate::error::Error;
use crate::log::batch::BatchRecord;
use crate::log::bytes::{BatchBase, entry_at};
use crate::log::directory;
use crate::log::entry::Entry;
use crate::log::input::Input;
use crate::log::place::Place;
use crate::log::reader::{Sink, read_file};
use crate::log::record::HEADER_LEN;
use crate::log::run::{Run, read_run};
use crate::memtable::gather::{Gathered, Gatherer};
use crate::parallel;
use std::fs::File;
use std::io;
use std::iter::Peekable;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::vec::IntoIter;

/// A file of the log.
#[derive(Debug)]
pub(crate) struct LogFile {
    pub(crate) path: PathBuf,
    /// Its length when recovery began, in bytes.
    pub(crate) length: Result<u64, Error>,
}

impl LogFile {
    pub(crate) fn look(path: PathBuf) -> Self {
        Self { length: directory::length(&path), path }
    }

    pub(crate) fn len(&self) -> u64 {
        *self.length.as_ref().unwrap_or(&0)
    }
}

/// What a file holds.
#[derive(Debug, Default)]
pub(crate) struct Parsed {
    /// Its entries in their order, merges and those of batches included; some here, some there.
    pub(crate) gathered: Vec<Gathered>,
    pub(crate) marks: Vec<Mark>,
    /// Where the batch records in it are in the log.
    pub(crate) batch_bases: Vec<BatchBase>,
    /// There was no memory for all of this, and some is missing.
    pub(crate) out_of_memory: bool,
    /// How many bytes of the file could be read.
    pub(crate) read: u64,
    /// What ended reading before the end of the file.
    pub(crate) failure: Option<Error>,
}

/// Something among the entries that is not an entry.
#[derive(Debug)]
pub(crate) struct Mark {
    /// How many entries of the file stand in front of it.
    pub(crate) entries_before: u64,
    pub(crate) what: Marked,
}

#[derive(Debug)]
pub(crate) enum Marked {
    Damage(Stretch),
    Batch(Batch),
}

/// The next entries are a batch: they stand or fall together.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Batch {
    /// Where it starts, in bytes from the file's start.
    pub(crate) offset: u64,
    /// How many entries it has; at least one.
    pub(crate) len: u64,
    pub(crate) first_sequence: u64,
    pub(crate) last_sequence: u64,
}

/// A file that is opened for its first piece and closed behind its last: all pieces are of one file, whatever becomes of
/// its name meanwhile.
struct Opened<'a> {
    file: &'a LogFile,
    opened: OnceLock<io::Result<File>>,
}

/// A part of a file, to be read by one thread.
struct Piece<'a> {
    of: Arc<Opened<'a>>,
    /// Where it starts in the file, and in the log, in bytes.
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
    /// The run that was found, by its place in the file, and its entries.
    run: Option<(Run, Gathered)>,
}

/// Reads all files into `room`, which has their lengths' sum, in pieces of `piece_len` bytes.
pub(crate) fn parse_all(
    files: &[LogFile],
    room: &mut [u8],
    piece_len: usize,
    threads: usize,
    progress: &Progress<'_>,
) -> Vec<Parsed> {
    let tally = &progress.tally;
    let mut pieces = parallel::map(
        threads,
        cut(files, room, piece_len),
        &mut Some(progress),
        || None,
        |progress, piece| piece.read(tally, *progress),
        |progress| progress.iter().for_each(|progress| progress.tell()),
    )
    .into_iter();
    let jobs = split(files, room).map(|(file, base, bytes)| {
        let own = pieces.by_ref().take(bytes.len().div_ceil(piece_len).max(1)).collect();
        (file, base, bytes, own)
    });
    let go_through = |(file, base, bytes, pieces): (&LogFile, _, _, Vec<PieceRead>)| parse(file, base, bytes, pieces);
    parallel::map(threads, jobs.collect(), &mut (), || (), |(), job| go_through(job), |()| {})
}

/// The room of each file, and where it starts in the log.
fn split<'a>(files: &'a [LogFile], room: &'a mut [u8]) -> impl Iterator<Item = (&'a LogFile, usize, &'a mut [u8])> {
    let (mut base, mut rest) = (0, room);
    files.iter().map(move |file| {
        let (bytes, behind) = std::mem::take(&mut rest).split_at_mut(file.len() as usize);
        rest = behind;
        base += bytes.len();
        (file, base - bytes.len(), bytes)
    })
}

/// The pieces of all files: of each at least one.
fn cut<'a>(files: &'a [LogFile], room: &'a mut [u8], piece_len: usize) -> Vec<Piece<'a>> {
    let mut pieces = Vec::new();
    for (file, base, bytes) in split(files, room) {
        let of = Arc::new(Opened { file, opened: OnceLock::new() });
        if bytes.is_empty() {
            pieces.push(Piece { of: Arc::clone(&of), offset: 0, base, bytes: &mut [] });
        }
        for (index, bytes) in bytes.chunks_mut(piece_len).enumerate() {
            let offset = index * piece_len;
            pieces.push(Piece { of: Arc::clone(&of), offset, base: base + offset, bytes });
        }
    }
    pieces
}

impl Opened<'_> {
    fn file(&self) -> Result<&File, Error> {
        let opened = self.opened.get_or_init(|| directory::open(&self.file.path));
        opened.as_ref().map_err(|error| Error::io(&self.file.path, None, copy(error)))
    }
}

/// The same error for another piece of the file.
fn copy(error: &io::Error) -> io::Error {
    match error.raw_os_error() {
        Some(code) => io::Error::from_raw_os_error(code),
        None => io::Error::new(error.kind(), error.to_string()),
    }
}

impl Piece<'_> {
    fn read(self, tally: &Tally, progress: Option<&Progress<'_>>) -> PieceRead {
        let Self { of, offset, base, bytes } = self;
        if of.file.length.is_err() {
            return PieceRead::default();
        }
        let file = match of.file() {
            Ok(file) => file,
            Err(failure) => return PieceRead { failure: Some(failure), ..PieceRead::default() },
        };
        let mut gatherer = Gatherer::new(base);
        let mut input = Input::new(Metered { file, offset: offset as u64, tally, progress }, bytes);
        let run = read_run(&mut input, offset > 0, |_, offset, entry| {
            gatherer.push(Place::of_entry(offset), entry);
        });
        let failure = input.read_all().err();
        let read = input.bytes_read();
        let in_file = |run: Run| Run { start: run.start + offset, end: run.end + offset, ..run };
        PieceRead {
            read,
            failure: failure.map(|error| Error::io(&of.file.path, Some((offset + read) as u64), error)),
            run: run.map(|run| (in_file(run), gatherer.finish())),
        }
    }
}

/// Goes through a file that has been read.
fn parse(file: &LogFile, base: usize, bytes: &mut [u8], pieces: Vec<PieceRead>) -> Parsed {
    let (mut readable, mut failure, mut runs) = (0, None, Vec::new());
    for piece in pieces {
        if failure.is_none() {
            readable += piece.read;
            failure = piece.failure;
            runs.extend(piece.run);
        }
    }
    let mut sink = Collector::new(base, runs);
    let whole = read_file(&mut bytes[..readable], file.len() as usize, &mut sink);
    debug_assert!(whole || failure.is_some(), "what could be read is gone through");
    Parsed { read: readable as u64, failure, ..sink.finish() }
}

/// Collects what a file holds.
struct Collector {
    /// Where the file starts in the log, in bytes.
    base: usize,
    runs: Peekable<IntoIter<(Run, Gathered)>>,
    /// How many entries are in `parsed`; more are in `gatherer`.
    entries: usize,
    gatherer: Gatherer,
    parsed: Parsed,
}

impl Collector {
    fn new(base: usize, runs: Vec<(Run, Gathered)>) -> Self {
        let (runs, gatherer) = (runs.into_iter().peekable(), Gatherer::new(base));
        Self { base, runs, entries: 0, gatherer, parsed: Parsed::default() }
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
        self.parsed.out_of_memory |= gathered.out_of_memory;
        if !gathered.rows.is_empty() {
            self.entries += gathered.len();
            self.parsed.gathered.push(gathered);
        }
    }

    fn entries_before(&self) -> u64 {
        (self.entries + self.gatherer.len()) as u64
    }

    fn mark(&mut self, what: Marked) {
        if self.parsed.marks.try_reserve(1).is_err() {
            self.parsed.out_of_memory = true;
            return;
        }
        self.parsed.marks.push(Mark { entries_before: self.entries_before(), what });
    }
}

impl Sink for Collector {
    fn run(&mut self, _: &[u8], offset: usize) -> Option<Run> {
        while self.runs.next_if(|(run, _)| run.start < offset).is_some() {}
        let (run, gathered) = self.runs.next_if(|(run, _)| run.start == offset)?;
        self.flush();
        self.add(gathered);
        Some(run)
    }

    fn entry(&mut self, _: &[u8], offset: usize, entry: &Entry<'_>) {
        self.gatherer.push(Place::of_entry(offset), entry);
    }

    fn batch(&mut self, log: &[u8], offset: usize, entries: &[usize]) {
        let sequence = |at: Option<&usize>| at.map_or(0, |&at| entry_at(log, Place::of_entry(at)).sequence);
        self.mark(Marked::Batch(Batch {
            offset: offset as u64,
            len: entries.len() as u64,
            first_sequence: sequence(entries.first()),
            last_sequence: sequence(entries.last()),
        }));
        for &at in entries {
            let place = Place::of_entry(at);
            self.gatherer.push(place, &entry_at(log, place));
        }
    }

    fn batch_record(&mut self, _: &[u8], offset: usize, batch: BatchRecord<'_>) {
        self.mark(Marked::Batch(Batch {
            offset: (offset - HEADER_LEN) as u64,
            len: batch.count as u64,
            first_sequence: batch.base,
            last_sequence: batch.last,
        }));
        for (index, (at, entry)) in batch.ops().enumerate() {
            if index == 0 {
                let first_op = self.base + offset + at;
                self.parsed.batch_bases.push(BatchBase { first_op, sequence: batch.base });
            }
            self.gatherer.push(Place::of_batch_op(offset + at, index), &entry);
        }
    }

    fn damage(&mut self, stretch: Stretch) {
        let entries = self.entries_before();
        if let Some(Mark { entries_before, what: Marked::Damage(last) }) = self.parsed.marks.last_mut()
            && *entries_before == entries
            && last.absorb(&stretch)
        {
            return;
        }
        self.mark(Marked::Damage(stretch));
    }
}

#[cfg(test)]
mod tests;
