//! Section 2: records, and what section 6 calls intact and legal.

/// Bytes before the payload: checksum, length, type.
pub const HEADER_LENGTH: usize = 7;
/// The longest payload that the writer makes.
pub const MAX_PAYLOAD: u64 = 32768;
/// The most bytes of a key that fit into a FIRST.
const MAX_KEY_IN_FIRST: u64 = 32755;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordType {
    Full,
    First,
    Middle,
    Last,
}

impl RecordType {
    fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            1 => Some(Self::Full),
            2 => Some(Self::First),
            3 => Some(Self::Middle),
            4 => Some(Self::Last),
            _ => None,
        }
    }
}

/// The seven bytes as they stand in the file, right or wrong.
#[derive(Clone, Copy, Debug)]
pub struct Header {
    pub checksum: u32,
    pub length: usize,
    /// None for a type that does not exist.
    pub kind: Option<RecordType>,
}

impl Header {
    /// None where fewer than seven bytes are left.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let bytes = bytes.get(..HEADER_LENGTH)?;
        Some(Self {
            checksum: u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]),
            length: usize::from(u16::from_le_bytes([bytes[4], bytes[5]])),
            kind: RecordType::from_byte(bytes[6]),
        })
    }

    pub fn is_legal(&self) -> bool {
        match self.kind {
            Some(RecordType::Full | RecordType::First) => (13..=32768).contains(&self.length),
            Some(RecordType::Middle) => self.length == 32768,
            Some(RecordType::Last) => (1..=32768).contains(&self.length),
            None => false,
        }
    }
}

/// An intact record.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    pub start: usize,
    pub end: usize,
    pub kind: RecordType,
    pub payload: &'a [u8],
}

/// The intact record that starts at `offset`, if one does. The end of the file is not one.
pub fn intact_at(file: &[u8], offset: usize) -> Option<Record<'_>> {
    let header = Header::read(file.get(offset..)?)?;
    let kind = header.kind?;
    let start_of_payload = offset + HEADER_LENGTH;
    let end = start_of_payload + header.length;
    let payload = file.get(start_of_payload..end)?;
    if crc32fast::hash(payload) != header.checksum {
        return None;
    }
    Some(Record { start: offset, end, kind, payload })
}

pub fn u32_at(bytes: &[u8], offset: u64) -> Option<u32> {
    let offset = usize::try_from(offset).ok()?;
    let bytes = bytes.get(offset..)?.get(..4)?;
    Some(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
}

pub fn u64_at(bytes: &[u8], offset: usize) -> Option<u64> {
    let bytes = bytes.get(offset..)?.get(..8)?;
    Some(u64::from_le_bytes(bytes.try_into().ok()?))
}

/// The length of the FIRST of an entry whose key has this length.
pub fn length_of_first(key_length: u64) -> u64 {
    13 + key_length.min(MAX_KEY_IN_FIRST)
}
