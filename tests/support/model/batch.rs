//! Section 6, rule 4, and the joining of stretches that touch: what a file holds, in the order in which it counts.

use std::iter::Peekable;

use super::entry::Entry;
use super::marks::Marks;
use super::reader::{DamageKind, Item, Reader, What};

/// What one pass over a file meets, each with the offset at which it counts.
#[derive(Clone, Debug)]
pub enum Event {
    /// An entry, or a whole batch of the first two kinds.
    Write { offset: usize, ops: Vec<Entry> },
    Damage {
        start: usize,
        end: usize,
        kind: DamageKind,
        dropped_batches: u64,
        /// After the first damage, marks are looked for from here on.
        scan_from: usize,
    },
    /// A synced mark, with the end of the log if it was closed with it.
    Synced { n: u64, closed_at: Option<usize> },
    /// A mark that must not be skipped. Nothing after it is read.
    Unsupported { offset: usize },
}

impl Event {
    /// The same in a file that has so many bytes before it.
    pub fn moved_by(mut self, by: usize) -> Self {
        match &mut self {
            Self::Write { offset, .. } | Self::Unsupported { offset } => *offset += by,
            Self::Damage { start, end, scan_from, .. } => {
                (*start, *end, *scan_from) = (*start + by, *end + by, *scan_from + by);
            }
            Self::Synced { .. } => {}
        }
        self
    }

    /// The same damage of this kind.
    pub fn with_kind(mut self, new: DamageKind) -> Self {
        if let Self::Damage { kind, .. } = &mut self {
            *kind = new;
        }
        self
    }
}

/// A batch header.
#[derive(Clone, Copy)]
struct Promise {
    offset: usize,
    base: u64,
    count: u32,
}

/// What a log of Kevo holds.
pub fn events(file: &[u8]) -> Vec<Event> {
    join_touching(raw_events(file, Marks::None))
}

/// The same, with marks, and with damage as it was met.
pub fn raw_events(file: &[u8], marks: Marks) -> Vec<Event> {
    let mut items = Reader::new(file, marks).peekable();
    let mut events = Vec::new();
    while let Some(item) = items.next() {
        let offset = item.start;
        match item.what {
            What::Entry(entry) => events.push(Event::Write { offset, ops: vec![entry] }),
            What::BatchRecord(ops) | What::MarkedBatch(ops) => events.push(Event::Write { offset, ops }),
            What::BatchHeader { base, count } => {
                let promise = Promise { offset, base, count };
                events.extend(batch(promise, &mut items, file.len()));
            }
            What::BrokenBatch(kind) => events.push(damage(kind, item.start, item.end, 1, item.scan_from)),
            What::Synced { n, closed } => {
                events.push(Event::Synced { n, closed_at: closed.then_some(item.end) });
            }
            What::OtherMark => {}
            What::Unsupported => {
                events.push(Event::Unsupported { offset });
                break;
            }
            What::Damage(kind) => events.push(damage(kind, item.start, item.end, 0, item.scan_from)),
        }
    }
    // A batch of no ops does nothing at all.
    events.retain(|event| !matches!(event, Event::Write { ops, .. } if ops.is_empty()));
    events
}

/// Rule 4: takes what belongs to the batch, and leaves the rest to be read.
fn batch(promise: Promise, items: &mut Peekable<Reader<'_>>, end_of_file: usize) -> Vec<Event> {
    let torn = |scan_from| vec![damage(DamageKind::TornTail, promise.offset, end_of_file, 1, scan_from)];
    let mut ops = Vec::new();
    while ops.len() < promise.count as usize {
        let expected = promise.base + ops.len() as u64;
        let Some(item) = items.peek() else {
            return torn(end_of_file);
        };
        match damage_without_first(item) {
            Some(DamageKind::TornTail) => {
                let scan_from = item.scan_from;
                items.next();
                return torn(scan_from);
            }
            Some(DamageKind::Corruption) => return broken_by_damage(promise, expected, items),
            None => {}
        }
        match full_entry(item) {
            Some(entry) if entry.sequence == expected => {
                ops.push(entry.clone());
                items.next();
            }
            _ => return vec![damage(DamageKind::Corruption, promise.offset, item.start, 1, item.start)],
        }
    }
    vec![Event::Write { offset: promise.offset, ops }]
}

/// Rule 4: the damage that broke the run, and all after it that still belongs to the batch. `expected` is the sequence
/// number after the last one counted.
fn broken_by_damage(promise: Promise, expected: u64, items: &mut Peekable<Reader<'_>>) -> Vec<Event> {
    let end_of_batch = u128::from(promise.base) + u128::from(promise.count);
    let is_the_batchs = |entry: &Entry| expected <= entry.sequence && u128::from(entry.sequence) < end_of_batch;
    let mut lost = Vec::new();
    while let Some(item) = items.next_if(|item| {
        damage_without_first(item) == Some(DamageKind::Corruption) || full_entry(item).is_some_and(is_the_batchs)
    }) {
        let (start, dropped) = if lost.is_empty() { (promise.offset, 1) } else { (item.start, 0) };
        lost.push(damage(DamageKind::Corruption, start, item.end, dropped, item.scan_from));
    }
    lost
}

/// A FIRST does not belong to the batch, whether its chain is complete or not: it is not damage that breaks the run.
fn damage_without_first(item: &Item) -> Option<DamageKind> {
    match item.what {
        What::Damage(kind) if !item.opened_by_first => Some(kind),
        _ => None,
    }
}

fn full_entry(item: &Item) -> Option<&Entry> {
    match &item.what {
        What::Entry(entry) if !item.opened_by_first => Some(entry),
        _ => None,
    }
}

fn damage(kind: DamageKind, start: usize, end: usize, dropped_batches: u64, scan_from: usize) -> Event {
    Event::Damage { start, end, kind, dropped_batches, scan_from }
}

/// "Stretches of corruption that touch are reported as one."
pub fn join_touching(events: Vec<Event>) -> Vec<Event> {
    let mut joined: Vec<Event> = Vec::new();
    for event in events {
        if let Event::Damage {
            start: next_start,
            end: next_end,
            kind: DamageKind::Corruption,
            dropped_batches: next_dropped,
            ..
        } = event
            && let Some(Event::Damage { end, kind: DamageKind::Corruption, dropped_batches, .. }) = joined.last_mut()
            && *end == next_start
        {
            *end = next_end;
            *dropped_batches += next_dropped;
        } else {
            joined.push(event);
        }
    }
    joined
}
