//! Records and the entries in them, as Kevo writes them.

/// The longest payload of a record.
pub const MAX_PAYLOAD: usize = 32768;

pub const FULL: u8 = 1;
pub const FIRST: u8 = 2;
pub const MIDDLE: u8 = 3;
pub const LAST: u8 = 4;

pub const PUT: u8 = 1;
pub const DELETE: u8 = 2;
pub const MERGE: u8 = 3;
pub const BATCH: u8 = 4;

/// Appends a record whose checksum holds.
pub fn record(log: &mut Vec<u8>, record_type: u8, payload: &[u8]) {
    raw_header(log, crc32fast::hash(payload), payload.len(), record_type);
    log.extend(payload);
}

/// Appends a header with anything in it.
pub fn raw_header(log: &mut Vec<u8>, checksum: u32, length: usize, record_type: u8) {
    log.extend(checksum.to_le_bytes());
    log.extend(u16::try_from(length).expect("a length of 16 bits").to_le_bytes());
    log.push(record_type);
}

/// The payload of a put, delete, merge or batch; a delete has no value.
pub fn entry(op: u8, sequence: u64, key: &[u8], value: Option<&[u8]>) -> Vec<u8> {
    let mut entry = vec![op];
    entry.extend(sequence.to_le_bytes());
    push_field(&mut entry, key);
    if let Some(value) = value {
        push_field(&mut entry, value);
    }
    entry
}

/// Appends the length of a key or value, and then its bytes.
pub fn push_field(bytes: &mut Vec<u8>, field: &[u8]) {
    bytes.extend(u32::try_from(field.len()).expect("a length of 32 bits").to_le_bytes());
    bytes.extend(field);
}

/// Types and payloads of an entry in fragments: a FIRST of that many bytes, then others of that many, the LAST of what
/// is left.
pub fn fragments(entry: &[u8], length_of_first: usize, length_of_others: usize) -> Vec<(u8, &[u8])> {
    let (first, mut rest) = entry.split_at(length_of_first);
    let mut fragments = vec![(FIRST, first)];
    while rest.len() > length_of_others {
        let (middle, after) = rest.split_at(length_of_others);
        fragments.push((MIDDLE, middle));
        rest = after;
    }
    fragments.push((LAST, rest));
    fragments
}
