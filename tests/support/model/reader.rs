//! Section 6, rules 1 to 3: one file from its start, as a run of items that follow each other without a gap.

use super::entry::{Entry, Parsed, parse_chain, parse_full};
use super::marks::{Mark, Marks, kind_of_broken_batch, whole_batch};
use super::record::{
    HEADER_LENGTH, Header, MAX_PAYLOAD, Record, RecordType, intact_at, length_of_first, u32_at, u64_at,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DamageKind {
    TornTail,
    Corruption,
}

#[derive(Clone, Debug)]
pub struct Item {
    pub start: usize,
    pub end: usize,
    /// An intact FIRST of at least 13 bytes stands at `start`, whatever became of its chain.
    pub opened_by_first: bool,
    /// The record that is not intact, or else where reading goes on.
    pub scan_from: usize,
    pub what: What,
}

#[derive(Clone, Debug)]
pub enum What {
    Entry(Entry),
    BatchRecord(Vec<Entry>),
    BatchHeader {
        base: u64,
        count: u32,
    },
    Damage(DamageKind),
    /// A batch after a mark, whole.
    MarkedBatch(Vec<Entry>),
    /// One that is not whole.
    BrokenBatch(DamageKind),
    Synced {
        n: u64,
        closed: bool,
    },
    /// One that says nothing about the log that it is in.
    OtherMark,
    Unsupported,
}

/// A FIRST whose LAST was not read yet.
struct Chain {
    start: usize,
    joined: Vec<u8>,
}

pub struct Reader<'a> {
    file: &'a [u8],
    marks: Marks,
    offset: usize,
    chain: Option<Chain>,
    /// The sequence number of the last entry that parsed.
    last_sequence: Option<u64>,
    /// A scan had to go on at an unreachable number.
    every_sequence_is_reachable: bool,
}

impl<'a> Reader<'a> {
    pub fn new(file: &'a [u8], marks: Marks) -> Self {
        Self { file, marks, offset: 0, chain: None, last_sequence: None, every_sequence_is_reachable: false }
    }

    /// Rule 1.
    fn end_of_file(&mut self) -> Option<Item> {
        let chain = self.chain.take()?;
        Some(self.damage(DamageKind::TornTail, Some(&chain), chain.start, self.file.len()))
    }

    /// Rule 2.
    fn not_intact(&mut self) -> Item {
        let offset = self.offset;
        let chain = self.chain.take();
        let (kind, end) = if let Some(end) = self.known_end(offset) {
            (DamageKind::Corruption, end)
        } else if self.is_interrupted_write(offset, chain.as_ref()) {
            (DamageKind::TornTail, self.file.len())
        } else if let Some(next) = self.scan(offset) {
            (DamageKind::Corruption, next)
        } else {
            (self.kind_of_lost_end(offset), self.file.len())
        };
        self.offset = end;
        Item { scan_from: offset, ..self.damage(kind, chain.as_ref(), offset, end) }
    }

    /// Rule 2a.
    fn known_end(&self, offset: usize) -> Option<usize> {
        let header = Header::read(&self.file[offset..])?;
        let start_of_payload = offset + HEADER_LENGTH;
        let end_by_payload = length_by_payload(&self.file[start_of_payload..], &header).map(|n| start_of_payload + n);
        if let Some(end) = end_by_payload
            && let Some(payload) = self.file.get(start_of_payload..end)
            && crc32fast::hash(payload) == header.checksum
        {
            return Some(end);
        }
        let end_by_header = start_of_payload + header.length;
        if intact_at(self.file, end_by_header).is_some() {
            return Some(end_by_header);
        }
        end_by_payload.filter(|&end| intact_at(self.file, end).is_some())
    }

    /// Rule 2b.
    fn is_interrupted_write(&self, offset: usize, chain: Option<&Chain>) -> bool {
        let z = without_zeros_at_end(&self.file[offset..]);
        let Some(header) = Header::read(z) else {
            return true;
        };
        header.is_legal()
            && z.len() <= HEADER_LENGTH + header.length
            && !contradicts(&header, &z[HEADER_LENGTH..], chain)
    }

    /// Rule 2c.
    fn scan(&mut self, offset: usize) -> Option<usize> {
        let mut first_unreachable = None;
        for candidate in offset + 1..self.file.len() {
            let Some(sequence) = sequence_of_scan_target(self.file, candidate) else {
                continue;
            };
            if self.is_reachable(sequence, candidate - offset) {
                return Some(candidate);
            }
            first_unreachable = first_unreachable.or(Some(candidate));
        }
        if first_unreachable.is_some() {
            self.every_sequence_is_reachable = true;
        }
        first_unreachable
    }

    fn is_reachable(&self, sequence: u64, distance: usize) -> bool {
        let Some(last) = self.last_sequence else {
            return true;
        };
        let highest = u128::from(last) + 1 + (distance / 20) as u128;
        self.every_sequence_is_reachable || (last <= sequence && u128::from(sequence) <= highest)
    }

    /// Rule 2d.
    fn kind_of_lost_end(&self, offset: usize) -> DamageKind {
        let z = without_zeros_at_end(&self.file[offset..]);
        match Header::read(z) {
            Some(header) if header.is_legal() && z.len() <= HEADER_LENGTH + header.length => DamageKind::TornTail,
            _ => DamageKind::Corruption,
        }
    }

    /// An intact record; rule 3 where it is out of place. None when it only adds to a chain.
    fn intact(&mut self, record: Record<'a>) -> Option<Item> {
        let begins_entry = matches!(record.kind, RecordType::Full | RecordType::First);
        if begins_entry && let Some(chain) = self.chain.take() {
            // The record itself is read next time.
            return Some(self.corruption(Some(&chain), chain.start, record.start));
        }
        self.offset = record.end;
        match record.kind {
            RecordType::Full => Some(self.entry(None, record, parse_full(record.payload))),
            RecordType::First => self.first(record),
            RecordType::Middle => self.middle(record),
            RecordType::Last => Some(self.last(record)),
        }
    }

    fn first(&mut self, record: Record<'a>) -> Option<Item> {
        if record.payload.len() < 13 {
            return Some(self.corruption(None, record.start, record.end));
        }
        self.chain = Some(Chain { start: record.start, joined: record.payload.to_vec() });
        None
    }

    fn middle(&mut self, record: Record<'a>) -> Option<Item> {
        let Some(chain) = &mut self.chain else {
            return Some(self.corruption(None, record.start, record.end));
        };
        chain.joined.extend_from_slice(record.payload);
        None
    }

    fn last(&mut self, record: Record<'a>) -> Item {
        let Some(mut chain) = self.chain.take() else {
            return self.corruption(None, record.start, record.end);
        };
        chain.joined.extend_from_slice(record.payload);
        let parsed = parse_chain(&chain.joined);
        self.entry(Some(&chain), record, parsed)
    }

    /// A whole entry, whose last record this is.
    fn entry(&mut self, chain: Option<&Chain>, last: Record<'a>, parsed: Option<Parsed>) -> Item {
        let start = chain.map_or(last.start, |chain| chain.start);
        let Some(parsed) = parsed else {
            return self.corruption(chain, start, last.end);
        };
        self.last_sequence = Some(parsed.last_sequence());
        if let Parsed::Entry(entry) = &parsed
            && chain.is_none()
            && let Some(mark) = self.marks.mark(entry, start)
        {
            return self.mark(start, last.end, entry.sequence, &mark);
        }
        let what = match parsed {
            Parsed::Entry(entry) => What::Entry(entry),
            Parsed::BatchRecord { ops, .. } => What::BatchRecord(ops),
            Parsed::BatchHeader { base, count } => What::BatchHeader { base, count },
        };
        Item { start, end: last.end, opened_by_first: chain.is_some(), scan_from: last.end, what }
    }

    fn mark(&mut self, start: usize, end: usize, sequence: u64, mark: &Mark) -> Item {
        let item = |end, what| Item { start, end, opened_by_first: false, scan_from: end, what };
        match *mark {
            Mark::Synced { n, closed } => item(end, What::Synced { n, closed }),
            Mark::Unknown { kind } if kind >= 0x80 => item(end, What::Unsupported),
            Mark::Start { .. } | Mark::Unknown { .. } => item(end, What::OtherMark),
            Mark::Batch(claim) => {
                let claimed = (end as u64).saturating_add(claim.bytes).min(self.file.len() as u64);
                self.offset = usize::try_from(claimed).unwrap();
                match whole_batch(self.file, end, claim, sequence, self.marks) {
                    Some(entries) => {
                        self.last_sequence = entries.last().map(|entry| entry.sequence).or(self.last_sequence);
                        item(self.offset, What::MarkedBatch(entries))
                    }
                    None => item(self.offset, What::BrokenBatch(kind_of_broken_batch(self.file, end, claim))),
                }
            }
        }
    }

    fn corruption(&self, chain: Option<&Chain>, start: usize, end: usize) -> Item {
        self.damage(DamageKind::Corruption, chain, start, end)
    }

    /// Damage that starts at `start`, or at the FIRST of the chain that was open.
    fn damage(&self, kind: DamageKind, chain: Option<&Chain>, start: usize, end: usize) -> Item {
        debug_assert!(end <= self.file.len());
        Item {
            start: chain.map_or(start, |chain| chain.start),
            end,
            opened_by_first: chain.is_some(),
            scan_from: end,
            what: What::Damage(kind),
        }
    }
}

impl Iterator for Reader<'_> {
    type Item = Item;

    fn next(&mut self) -> Option<Item> {
        while self.offset < self.file.len() {
            match intact_at(self.file, self.offset) {
                None => return Some(self.not_intact()),
                Some(record) => {
                    if let Some(item) = self.intact(record) {
                        return Some(item);
                    }
                }
            }
        }
        self.end_of_file()
    }
}

/// Rule 2a: the length of the record that the payload's own lengths speak of.
fn length_by_payload(bytes: &[u8], header: &Header) -> Option<usize> {
    let op = *bytes.first()?;
    let key_length = u64::from(u32_at(bytes, 9)?);
    let length = match op {
        4 if header.length == 13 => 13,
        4 => whole_length(bytes)?,
        1..=3 => match whole_length(bytes) {
            Some(length) if length <= MAX_PAYLOAD => length,
            // The value length lies past the end of the file, but even without the value it is too long for a FULL.
            None if 13 + key_length + 4 <= MAX_PAYLOAD => return None,
            _ => length_of_first(key_length),
        },
        _ => return None,
    };
    usize::try_from(length).ok()
}

/// The length of a whole entry, joined if it is fragmented, as far as the bytes of its start say.
fn whole_length(bytes: &[u8]) -> Option<u64> {
    let op = *bytes.first()?;
    let length_with_key = 13 + u64::from(u32_at(bytes, 9)?);
    match op {
        2 => Some(length_with_key),
        1 | 3 | 4 => Some(length_with_key + 4 + u64::from(u32_at(bytes, length_with_key)?)),
        _ => None,
    }
}

/// Rule 2b: whether the start of a payload cannot be that of a record with this (legal) header in this place.
fn contradicts(header: &Header, payload: &[u8], chain: Option<&Chain>) -> bool {
    let length = header.length as u64;
    let owed = chain.and_then(still_owed);
    match header.kind {
        Some(RecordType::Full) => full_contradicts(length, payload),
        Some(RecordType::First) => first_contradicts(length, payload),
        Some(RecordType::Middle) => owed.is_some_and(|owed| owed <= i128::from(MAX_PAYLOAD)),
        Some(RecordType::Last) => owed.is_some_and(|owed| owed != i128::from(length)),
        None => true,
    }
}

fn full_contradicts(length: u64, payload: &[u8]) -> bool {
    let Some(&op) = payload.first() else {
        return false;
    };
    if !(1..=4).contains(&op) {
        return true;
    }
    let Some(key_length) = u32_at(payload, 9) else {
        return false;
    };
    if op == 4 && length == 13 {
        return false;
    }
    match whole_length(payload) {
        Some(whole) => whole != length,
        // The value length is not there yet: any that is left room for will do.
        None => 13 + u64::from(key_length) + 4 > length,
    }
}

fn first_contradicts(length: u64, payload: &[u8]) -> bool {
    let Some(&op) = payload.first() else {
        return false;
    };
    if !(1..=4).contains(&op) {
        return true;
    }
    u32_at(payload, 9).is_some_and(|key_length| length_of_first(key_length.into()) != length)
}

/// How many bytes of its entry an open chain still lacks, where its intact fragments say so. Below 0 when there are
/// too many already.
fn still_owed(chain: &Chain) -> Option<i128> {
    Some(i128::from(whole_length(&chain.joined)?) - chain.joined.len() as i128)
}

fn without_zeros_at_end(bytes: &[u8]) -> &[u8] {
    let length = bytes.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
    &bytes[..length]
}

/// Rule 2c: the sequence number of the record at `offset`, if it is one that a scan may go on at.
fn sequence_of_scan_target(file: &[u8], offset: usize) -> Option<u64> {
    // This condition is checked first only because it is cheap.
    if !Header::read(&file[offset..])?.is_legal() {
        return None;
    }
    let record = intact_at(file, offset)?;
    let payload = record.payload;
    let parses = match record.kind {
        RecordType::Full => parse_full(payload).is_some(),
        RecordType::First => {
            matches!(payload[0], 1..=3) && payload.len() as u64 == length_of_first(u32_at(payload, 9)?.into())
        }
        RecordType::Middle | RecordType::Last => false,
    };
    if parses { u64_at(payload, 1) } else { None }
}
