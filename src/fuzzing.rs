//! Only for the fuzzers: the parsers, which the library does not export.

use crate::damage::{DamageKind, Stretch};
use crate::log::bytes::entry_at;
use crate::log::format::batch::BatchRecord;
use crate::log::format::entry::{Entry, Op};
use crate::log::format::payload::Payload;
use crate::log::format::record::HEADER_LEN;
use crate::log::position::Position;
use crate::log::read::input::Input;
use crate::log::read::reader::{Rules, Sink, read_file};
use crate::log::read::span::{Span, read_span};
use std::collections::BTreeMap;

/// What the payload of a FULL record is.
#[derive(Debug)]
pub enum Parsed<'a> {
    /// An operation on a key.
    Entry(Entry<'a>),
    /// A batch in one record, and the last sequence number in it.
    BatchRecord(Vec<Entry<'a>>, u64),
    /// The header of a batch: its base and its count.
    BatchHeader(u64, u64),
}

/// Parses the payload of a FULL record.
pub fn parse_full(payload: &[u8]) -> Option<Parsed<'_>> {
    Some(match Payload::parse(payload).ok()? {
        Payload::Entry(entry) => Parsed::Entry(entry),
        Payload::BatchRecord(batch) => Parsed::BatchRecord(batch.ops().map(|(_, op)| op).collect(), batch.last),
        Payload::BatchHeader(header) => Parsed::BatchHeader(header.base, header.count),
    })
}

/// Parses the payloads of a chain of fragments, put together.
pub fn parse_chain(payload: &[u8]) -> Option<Entry<'_>> {
    Entry::parse(payload).ok()
}

/// A write or a stretch of damage in a file, with the offset where it starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// An entry, or a whole batch that is marked in the log.
    Write(usize, Vec<Written>),
    /// A stretch of damage: its start, its end, its kind, and how many batches were lost with it.
    Damage(usize, usize, DamageKind, u64),
    /// The file goes on, and must not be read.
    Unsupported,
}

/// An operation, with its sequence number, key and value.
pub type Written = (Op, u64, Vec<u8>, Vec<u8>);

/// Reads a file. With a piece length, spans of entries are read ahead in pieces of that many bytes, and the reader then
/// steps over them, as it does with the spans that other threads have read.
pub fn read(file: &[u8], piece_len: Option<usize>) -> Vec<Event> {
    let mut log = file.to_vec();
    let mut sink = EventSink { events: Vec::new(), of_batch: 0, damage: None, spans: BTreeMap::new() };
    for offset in (0..log.len()).step_by(piece_len.unwrap_or(usize::MAX)).filter(|_| piece_len.is_some()) {
        let end = log.len().min(offset + piece_len.unwrap_or(0));
        sink.read_ahead(&mut log[offset..end], offset);
    }
    let outcome = read_file(&mut log, file.len(), Rules::Unknown, true, &mut sink);
    assert!(outcome.is_complete, "a file that is complete is read to its end");
    sink.events.extend(outcome.is_unsupported.then_some(Event::Unsupported));
    sink.events
}

struct EventSink {
    events: Vec<Event>,
    /// How many of the next entries belong to the batch that is the last event.
    of_batch: usize,
    /// The last damage, and how many events there were when it was added, itself included.
    damage: Option<(usize, Stretch)>,
    /// The spans by the offset where they start.
    spans: BTreeMap<usize, (Span, Vec<Event>)>,
}

impl EventSink {
    /// Adds an entry of its own, or of the batch that is the last event.
    fn push(&mut self, event: Event) {
        if self.of_batch > 0
            && let (Some(Event::Write(_, batch)), Event::Write(_, entry)) = (self.events.last_mut(), &event)
        {
            batch.extend_from_slice(entry);
            self.of_batch -= 1;
            return;
        }
        self.events.push(event);
    }

    fn read_ahead(&mut self, piece: &mut [u8], offset: usize) {
        let (bytes, mut events) = (piece.to_vec(), Vec::new());
        let mut input = Input::new(bytes.as_slice(), piece);
        let span = read_span(&mut input, offset as u64, |_, at, entry| {
            events.push(Event::Write(offset + at - HEADER_LEN, vec![written(entry)]));
        });
        if let Some(span) = span {
            let span = Span { start: span.start + offset, end: span.end + offset, ..span };
            self.spans.insert(span.start, (span, events));
        }
    }
}

fn written(entry: &Entry<'_>) -> Written {
    (entry.op, entry.sequence, entry.key.to_vec(), entry.value.to_vec())
}

impl Sink for EventSink {
    fn span(&mut self, _: &[u8], offset: usize, fits: impl Fn(&Span) -> bool) -> Option<Span> {
        let (span, events) = self.spans.get(&offset).filter(|(span, _)| fits(span)).cloned()?;
        events.into_iter().for_each(|event| self.push(event));
        Some(span)
    }

    fn entry(&mut self, _: &[u8], offset: usize, entry: &Entry<'_>) {
        self.push(Event::Write(offset - HEADER_LEN, vec![written(entry)]));
    }

    fn marked_batch(&mut self, offset: usize, entries: usize) {
        self.events.push(Event::Write(offset, Vec::new()));
        self.of_batch = entries;
    }

    fn batch(&mut self, log: &[u8], offset: usize, entries: impl Iterator<Item = usize>) {
        let ops = entries.map(|at| written(&entry_at(log, Position::of_entry(at))));
        self.events.push(Event::Write(offset, ops.collect()));
    }

    fn batch_record(&mut self, _: &[u8], offset: usize, batch: BatchRecord<'_>) {
        self.events.push(Event::Write(offset - HEADER_LEN, batch.ops().map(|(_, op)| written(&op)).collect()));
    }

    fn damage(&mut self, stretch: Stretch) {
        let mut whole = stretch;
        if let Some((position, mut last)) = self.damage.take()
            && position == self.events.len()
            && last.absorb(&stretch)
        {
            self.events.pop();
            whole = last;
        }
        let (start, end) = (whole.offset as usize, (whole.offset + whole.length) as usize);
        self.events.push(Event::Damage(start, end, whole.kind, whole.batches_dropped.into()));
        self.damage = Some((self.events.len(), whole));
    }
}
