//! "Logs of libkevo": marks, where a log ends, and what damage means in it.

use super::LogFile;
use super::batch::{Event, join_touching, raw_events};
use super::entry::{Entry, Op, Parsed, parse_chain, parse_full};
use super::reader::{DamageKind, Item, Reader, What};
use super::record::{RecordType, intact_at, u32_at, u64_at};

const KEY: &[u8] = b"\0libkevo";

/// Whose marks count in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marks {
    /// In a log of Kevo nothing is a mark.
    None,
    /// Those with this identity.
    Of(u64),
    /// The start mark is damaged: all that stand where they say.
    All,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mark {
    Start { end: u64, name: Vec<u8> },
    Synced { n: u64, closed: bool },
    Batch(Claim),
    Unknown { kind: u8 },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    pub entries: u32,
    pub bytes: u64,
    pub checksum: u32,
}

impl Marks {
    /// The mark that is this entry of a FULL record at `offset`.
    pub fn mark(self, entry: &Entry, offset: usize) -> Option<Mark> {
        let (identity, mark) = parse(entry, offset)?;
        match self {
            Self::None => None,
            Self::Of(ours) => (identity == ours).then_some(mark),
            Self::All => Some(mark),
        }
    }
}

/// A mark and its identity, if it stands where it says.
fn parse(entry: &Entry, offset: usize) -> Option<(u64, Mark)> {
    if entry.op != Op::Merge || entry.key != KEY {
        return None;
    }
    let kind = *entry.value.first()?;
    let identity = u64_at(&entry.value, 1)?;
    if u64_at(&entry.value, 9)? != offset as u64 {
        return None;
    }
    let rest = &entry.value[17..];
    let mark = match kind {
        1 => Mark::Start { end: u64_at(rest, 0)?, name: rest[8..].to_vec() },
        2 => Mark::Synced { n: u64_at(rest, 0).filter(|&n| n <= offset as u64)?, closed: *rest.get(8)? != 0 },
        3 => Mark::Batch(Claim { entries: u32_at(rest, 0)?, bytes: u64_at(rest, 4)?, checksum: u32_at(rest, 12)? }),
        kind => Mark::Unknown { kind },
    };
    Some((identity, mark))
}

/// The mark in the intact FULL record at `offset`, with where that record ends.
fn mark_at(file: &[u8], offset: usize) -> Option<(u64, Mark, usize)> {
    let record = intact_at(file, offset).filter(|record| record.kind == RecordType::Full)?;
    let Some(Parsed::Entry(entry)) = parse_full(record.payload) else { return None };
    let (identity, mark) = parse(&entry, offset)?;
    Some((identity, mark, record.end))
}

/// The identity of a log that begins with a start mark, and what that says.
fn start_of(file: &[u8]) -> Option<(u64, u64, Vec<u8>)> {
    match mark_at(file, 0)? {
        (identity, Mark::Start { end, name }, _) => Some((identity, end, name)),
        _ => None,
    }
}

/// Rule 2 of where a log ends: the end of each file that a start mark of a later one names.
pub fn ends(files: &[&LogFile]) -> Vec<Option<u64>> {
    let mut ends = vec![None; files.len()];
    for later in files {
        let Some((_, end, named)) = start_of(&later.bytes) else { continue };
        for (file, known) in files.iter().zip(&mut ends) {
            let name = super::base_name(&file.name);
            if name.as_bytes() == named && name < super::base_name(&later.name) && known.is_none() {
                *known = Some(end);
            }
        }
    }
    ends
}

/// What a whole file holds. With `keeps`, what is intact after the end of a history counts.
pub fn events_of(file: &[u8], end: Option<u64>, keeps: bool) -> Vec<Event> {
    let identity = start_of(file).map(|(identity, ..)| identity);
    let raw = match (end, identity) {
        (Some(end), _) => up_to(file, end, identity.map_or(Marks::All, Marks::Of)),
        (None, Some(identity)) => with_unknown_end(file, Marks::Of(identity), keeps),
        (None, None) if starts_damaged_and_has_marks(file) => with_unknown_end(file, Marks::All, keeps),
        (None, None) => raw_events(file, Marks::None),
    };
    join_touching(raw)
}

/// What a file holds from an offset on, by the rules for Kevo's logs.
fn kevos(file: &[u8], from: usize) -> Vec<Event> {
    raw_events(&file[from..], Marks::None).into_iter().map(|event| event.moved_by(from)).collect()
}

fn starts_damaged_and_has_marks(file: &[u8]) -> bool {
    match Reader::new(file, Marks::None).next() {
        Some(Item { what: What::Damage(_), scan_from, .. }) => {
            (scan_from..file.len()).any(|offset| mark_at(file, offset).is_some())
        }
        _ => false,
    }
}

/// "If the end is known": all damage is corruption, and so is what lacks.
fn up_to(file: &[u8], end: u64, marks: Marks) -> Vec<Event> {
    let there = file.len().min(usize::try_from(end).unwrap_or(usize::MAX));
    let mut events = raw_events(&file[..there], marks);
    for event in &mut events {
        if let Event::Damage { kind, .. } = event {
            *kind = DamageKind::Corruption;
        }
    }
    if (there as u64) < end && !ends_unsupported(&events) {
        let end = usize::try_from(end).unwrap();
        events.push(Event::Damage {
            start: there,
            end,
            kind: DamageKind::Corruption,
            dropped_batches: 0,
            scan_from: there,
        });
    }
    events
}

fn ends_unsupported(events: &[Event]) -> bool {
    matches!(events.last(), Some(Event::Unsupported { .. }))
}

fn with_unknown_end(file: &[u8], marks: Marks, keeps: bool) -> Vec<Event> {
    let all = raw_events(file, marks);
    let first_damage = all.iter().position(|event| matches!(event, Event::Damage { .. }));
    let mut synced: Vec<(u64, Option<usize>)> = Vec::new();
    for event in &all[..first_damage.unwrap_or(all.len())] {
        if let Event::Synced { n, closed_at } = event {
            synced.push((*n, *closed_at));
        }
    }
    if let Some(Event::Damage { scan_from, .. }) = first_damage.map(|index| &all[index])
        && synced.iter().all(|(_, closed_at)| closed_at.is_none())
    {
        synced.extend((*scan_from..file.len()).filter_map(|offset| synced_at(file, offset, marks)));
    }
    // A closed mark that stands at the end of ours.
    if let Some(end) = synced.iter().find_map(|(_, closed_at)| *closed_at) {
        let mut events = up_to(file, end as u64, marks);
        if !ends_unsupported(&events) {
            events.extend(kevos(file, end));
        }
        return events;
    }
    let s = synced.iter().map(|(n, _)| *n).max().unwrap_or(0);
    let mut events = Vec::new();
    for event in all {
        let Event::Damage { start, kind, dropped_batches, scan_from, .. } = event else {
            events.push(event);
            continue;
        };
        if start == 0 || (start as u64) < s {
            events.push(event.with_kind(DamageKind::Corruption));
            continue;
        }
        if file[start..].iter().all(|&byte| byte == 0) {
            break;
        }
        if keeps {
            events.push(event.with_kind(kind));
            continue;
        }
        let end = file.len();
        events.push(Event::Damage { start, end, kind: DamageKind::TornTail, dropped_batches, scan_from });
        break;
    }
    events
}

/// A synced mark anywhere: its N, and where the log was closed with it.
fn synced_at(file: &[u8], offset: usize, marks: Marks) -> Option<(u64, Option<usize>)> {
    let (identity, mark, end) = mark_at(file, offset)?;
    let counts = match marks {
        Marks::None => false,
        Marks::Of(ours) => ours == identity,
        Marks::All => true,
    };
    match mark {
        Mark::Synced { n, closed } if counts => Some((n, closed.then_some(end))),
        _ => None,
    }
}

/// The entries of the batch whose mark ends at `start` of the file and has this sequence number, if it is whole.
pub fn whole_batch(file: &[u8], start: usize, claim: Claim, sequence: u64, marks: Marks) -> Option<Vec<Entry>> {
    let end = usize::try_from(claim.bytes).ok().and_then(|bytes| start.checked_add(bytes))?;
    let file = file.get(..end)?;
    let (mut entries, mut headers, mut offset) = (Vec::new(), Vec::new(), start);
    while offset < end {
        let mut record = intact_at(file, offset)?;
        headers.extend_from_slice(&file[record.start..record.start + 7]);
        let parsed = if record.kind == RecordType::Full {
            parse_full(record.payload)
        } else if record.kind == RecordType::First && record.payload.len() >= 13 {
            let mut joined = record.payload.to_vec();
            loop {
                record = intact_at(file, record.end)?;
                headers.extend_from_slice(&file[record.start..record.start + 7]);
                joined.extend_from_slice(record.payload);
                match record.kind {
                    RecordType::Middle => {}
                    RecordType::Last => break,
                    RecordType::Full | RecordType::First => return None,
                }
            }
            parse_chain(&joined)
        } else {
            None
        };
        let Some(Parsed::Entry(entry)) = parsed else { return None };
        if marks.mark(&entry, offset).is_some() && record.kind == RecordType::Full {
            return None;
        }
        entries.push(entry);
        offset = record.end;
    }
    let mut last = sequence;
    for (index, entry) in entries.iter().enumerate() {
        let follows = if index == 0 { entry.sequence > last } else { Some(entry.sequence) == last.checked_add(1) };
        if !follows {
            return None;
        }
        last = entry.sequence;
    }
    let is_whole = entries.len() == claim.entries as usize && crc32fast::hash(&headers) == claim.checksum;
    is_whole.then_some(entries)
}

/// What kind of damage a batch is that is not whole and whose mark ends at `start`.
pub fn kind_of_broken_batch(file: &[u8], start: usize, claim: Claim) -> DamageKind {
    let end = file.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
    if start as u64 + claim.bytes.min(1 << 62) <= end as u64 {
        return DamageKind::Corruption;
    }
    let mut offset = start;
    while let Some(record) = intact_at(file, offset) {
        offset = record.end;
    }
    let left = file[..end].get(offset..).unwrap_or_default();
    let is_cut_short = left.len() < 7
        || ((1..=4).contains(&left[6]) && left.len() - 7 < usize::from(u16::from_le_bytes([left[4], left[5]])));
    if is_cut_short { DamageKind::TornTail } else { DamageKind::Corruption }
}
