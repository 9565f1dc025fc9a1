//! Records: the header of seven bytes, and whether the payload after it is intact.

use crate::little_endian::{le_u16, le_u32};

/// Bytes of a record before its payload.
pub(crate) const HEADER_LEN: usize = 7;
/// The longest payload that Kevo writes.
pub(crate) const MAX_PAYLOAD: usize = 32768;
/// The longest record that the length field can express.
pub(in crate::log) const MAX_RECORD: usize = HEADER_LEN + u16::MAX as usize;

/// Which part of an entry the payload of a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::log) enum RecordType {
    /// A whole entry.
    Full = 1,
    /// The first fragment of an entry.
    First = 2,
    /// A fragment that is neither the first nor the last.
    Middle = 3,
    /// The last fragment of an entry.
    Last = 4,
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

/// The header of a record as it is in the file. It may be damaged.
#[derive(Clone, Copy, Debug)]
pub(in crate::log) struct Header {
    /// The CRC-32 of the payload.
    pub(in crate::log) checksum: u32,
    /// The length of the payload, in bytes.
    pub(in crate::log) length: usize,
    /// `None` if no type has this byte.
    pub(in crate::log) record_type: Option<RecordType>,
}

impl Header {
    /// The header at `offset`, if the log has seven bytes there.
    #[inline]
    pub(in crate::log) fn at(log: &[u8], offset: usize) -> Option<Self> {
        let bytes = log.get(offset..)?.first_chunk::<HEADER_LEN>()?;
        Some(Self {
            checksum: le_u32(bytes, 0),
            length: usize::from(le_u16(bytes, 4)),
            record_type: RecordType::from_byte(bytes[6]),
        })
    }

    /// Whether Kevo writes records of this type and length.
    pub(in crate::log) fn is_legal(&self) -> bool {
        match self.record_type {
            Some(RecordType::Full | RecordType::First) => (13..=MAX_PAYLOAD).contains(&self.length),
            Some(RecordType::Middle) => self.length == MAX_PAYLOAD,
            Some(RecordType::Last) => (1..=MAX_PAYLOAD).contains(&self.length),
            None => false,
        }
    }
}

/// The bytes of a header, as [`Header::at`] reads them.
#[inline]
pub(in crate::log) fn header(record_type: RecordType, length: u16, checksum: u32) -> [u8; HEADER_LEN] {
    let mut bytes = [0; HEADER_LEN];
    bytes[..4].copy_from_slice(&checksum.to_le_bytes());
    bytes[4..6].copy_from_slice(&length.to_le_bytes());
    bytes[6] = record_type as u8;
    bytes
}

/// An intact record: its header is complete, its type is known, its payload lies inside the file and its checksum
/// matches.
#[derive(Clone, Copy, Debug)]
pub(in crate::log) struct Record<'a> {
    pub(in crate::log) record_type: RecordType,
    pub(in crate::log) payload: &'a [u8],
}

impl<'a> Record<'a> {
    /// The record at `offset`, if it is intact.
    #[inline]
    pub(in crate::log) fn at(log: &'a [u8], offset: usize) -> Option<Self> {
        let header = Header::at(log, offset)?;
        let record_type = header.record_type?;
        let payload = log[offset + HEADER_LEN..].get(..header.length)?;
        (crc32fast::hash(payload) == header.checksum).then_some(Self { record_type, payload })
    }

    /// Bytes of the record, its header included.
    #[inline]
    pub(in crate::log) fn len(&self) -> usize {
        HEADER_LEN + self.payload.len()
    }
}

#[cfg(test)]
mod tests;
