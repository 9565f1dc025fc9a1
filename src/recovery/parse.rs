//! Parses files: each into its entries, batches and damage, whatever the others hold.

use super::parallel;
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
use crate::memtable::gather::{Gathered, Gatherer};
use std::path::PathBuf;

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
    /// Its entries in their order, merges and those of batches included.
    pub(crate) gathered: Gathered,
    pub(crate) marks: Vec<Mark>,
    /// Where the batch records in it are in the log.
    pub(crate) batch_bases: Vec<BatchBase>,
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

/// Reads all files into `room`, which has their lengths' sum.
pub(crate) fn parse_all(files: &[LogFile], room: &mut [u8], threads: usize, progress: &Progress<'_>) -> Vec<Parsed> {
    let (mut base, mut rest) = (0, room);
    let mut jobs = Vec::with_capacity(files.len());
    for file in files {
        let (bytes, behind) = rest.split_at_mut(file.len() as usize);
        jobs.push((file, base, bytes));
        base += file.len() as usize;
        rest = behind;
    }
    let tally = &progress.tally;
    parallel::map(
        threads,
        jobs,
        &mut Some(progress),
        || None,
        |progress, (file, base, bytes)| parse(file, base, bytes, tally, *progress),
        |progress| progress.iter().for_each(|progress| progress.tell()),
    )
}

fn parse(file: &LogFile, base: usize, bytes: &mut [u8], tally: &Tally, progress: Option<&Progress<'_>>) -> Parsed {
    if file.length.is_err() {
        return Parsed::default();
    }
    match directory::open(&file.path) {
        Err(failure) => Parsed { failure: Some(failure), ..Parsed::default() },
        Ok(opened) => {
            let mut input = Input::new(Metered { file: opened, tally, progress }, bytes);
            let mut sink = Collector::new(base, file.len() as usize);
            let failure = read_file(&mut input, &mut sink).err();
            let read = input.bytes_read() as u64;
            sink.finish(input.bytes(), failure.map(|error| Error::io(&file.path, Some(read), error)))
        }
    }
}

/// Collects what a file holds.
struct Collector {
    /// Where the file starts in the log.
    base: usize,
    gatherer: Gatherer,
    parsed: Parsed,
}

impl Collector {
    fn new(base: usize, file_len: usize) -> Self {
        Self { base, gatherer: Gatherer::new(base, file_len), parsed: Parsed::default() }
    }

    fn finish(self, log: &[u8], failure: Option<Error>) -> Parsed {
        Parsed { gathered: self.gatherer.finish(log), failure, ..self.parsed }
    }

    fn mark(&mut self, what: Marked) {
        self.parsed.marks.push(Mark { entries_before: self.gatherer.len() as u64, what });
    }
}

impl Sink for Collector {
    #[inline]
    fn entry(&mut self, log: &[u8], offset: usize, entry: &Entry<'_>) {
        self.gatherer.push(log, Place::of_entry(offset), entry);
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
            self.gatherer.push(log, place, &entry_at(log, place));
        }
    }

    fn batch_record(&mut self, log: &[u8], offset: usize, batch: BatchRecord<'_>) {
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
            self.gatherer.push(log, Place::of_batch_op(offset + at, index), &entry);
        }
    }

    fn damage(&mut self, stretch: Stretch) {
        if let Some(Mark { entries_before, what: Marked::Damage(last) }) = self.parsed.marks.last_mut()
            && *entries_before == self.gatherer.len() as u64
            && last.absorb(&stretch)
        {
            return;
        }
        self.mark(Marked::Damage(stretch));
    }
}
