//! Marks: what a log of ours says that Kevo's format has no words for. A mark is a merge under a key of its own, in one
//! FULL record, so Kevo logs it, reads it and keeps it in no memtable.

use super::entry::{ENTRY_HEADER_LEN, Entry, Op, VALUE_LENGTH_LEN};
use super::record::{HEADER_LEN, Header, MAX_PAYLOAD, Record, RecordType, header};
use crate::error::Error;
use crate::little_endian::{le_u32, le_u64};
use crate::memory::with_capacity;
use crc32fast::Hasher;
use std::collections::hash_map::RandomState;
use std::ffi::OsStr;
use std::hash::{BuildHasher, Hasher as _};

/// The key of all marks.
pub(in crate::log) const KEY: &[u8; 8] = b"\0libkevo";

/// Bytes of a value before what the kind says: kind, identity, offset.
const COMMON_LEN: usize = 1 + 8 + 8;
/// Bytes of a record up to the end of its key.
pub(crate) const KEY_END: usize = HEADER_LEN + ENTRY_HEADER_LEN + KEY.len();
/// Bytes of a record before the value in it.
const VALUE_START: usize = HEADER_LEN + ENTRY_HEADER_LEN + KEY.len() + VALUE_LENGTH_LEN;

const START: u8 = 1;
const SYNCED: u8 = 2;
const BATCH: u8 = 3;
/// A mark of an unknown kind with this bit cannot be skipped.
const NEEDED: u8 = 0x80;

/// Bytes after the common part of a start mark, before the file name.
const START_LEN: usize = 8;
const SYNCED_LEN: usize = 8 + 1;
const BATCH_LEN: usize = 4 + 8 + 4;

/// Bytes of the record of a synced mark.
pub(crate) const SYNCED_RECORD_LEN: usize = VALUE_START + COMMON_LEN + SYNCED_LEN;
/// Bytes of the record of a batch mark.
pub(crate) const BATCH_RECORD_LEN: usize = VALUE_START + COMMON_LEN + BATCH_LEN;
/// The longest file name that a start mark can hold, in bytes; file systems allow 255.
const MAX_NAME_LEN: usize = MAX_PAYLOAD - (VALUE_START - HEADER_LEN) - COMMON_LEN - START_LEN;

/// A random number that all marks of one log have, and no other log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct LogIdentity(pub(crate) u64);

impl LogIdentity {
    /// One that no other log has.
    pub(crate) fn random() -> Self {
        // The standard library seeds these hashers from the system's source of random numbers.
        Self(RandomState::new().build_hasher().finish())
    }
}

/// A mark, without what makes it valid: its identity and its offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark<'a> {
    /// The first entry of a log of ours.
    Start {
        /// The log before it: its file name, and where it ends.
        before: Option<(&'a OsStr, u64)>,
    },
    Synced(Synced),
    Batch(Claim),
    /// Of a kind that this version does not know.
    Unknown {
        /// A reader that does not know the kind must not read the log.
        is_needed: bool,
    },
}

/// All bytes before an offset were on disk before this was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Synced {
    /// That offset.
    pub(crate) up_to: u64,
    /// The log was closed with this mark: what follows was appended by Kevo.
    pub(crate) closed: bool,
}

/// What a batch mark says of the records after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Claim {
    pub(crate) entries: u32,
    /// Of their records.
    pub(crate) bytes: u64,
    /// The CRC-32 of the headers of these records.
    pub(crate) checksum: u32,
}

/// A mark as it was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MarkFound<'a> {
    pub(crate) identity: LogIdentity,
    pub(crate) mark: Mark<'a>,
}

impl<'a> MarkFound<'a> {
    /// The mark that `entry` is, if it is one: an entry in a FULL record that starts at `offset` of its file.
    pub(crate) fn of(entry: &Entry<'a>, offset: u64) -> Option<Self> {
        if entry.key != KEY || entry.op != Op::Merge {
            return None;
        }
        let (common, rest) = entry.value.split_first_chunk::<COMMON_LEN>()?;
        if le_u64(common, 9) != offset {
            return None;
        }
        let mark = match common[0] {
            START => {
                let (end, name) = rest.split_first_chunk::<START_LEN>()?;
                Mark::Start { before: (!name.is_empty()).then(|| (os_str(name), u64::from_le_bytes(*end))) }
            }
            SYNCED => {
                let body = rest.first_chunk::<SYNCED_LEN>().filter(|body| le_u64(*body, 0) <= offset)?;
                Mark::Synced(Synced { up_to: le_u64(body, 0), closed: body[8] != 0 })
            }
            BATCH => {
                let body = rest.first_chunk::<BATCH_LEN>()?;
                Mark::Batch(Claim { entries: le_u32(body, 0), bytes: le_u64(body, 4), checksum: le_u32(body, 12) })
            }
            kind => Mark::Unknown { is_needed: kind & NEEDED != 0 },
        };
        Some(Self { identity: LogIdentity(le_u64(common, 1)), mark })
    }
}

/// Whether a record that begins with `head`, of [`KEY_END`] bytes, has the key of marks.
pub(crate) fn may_be_mark(head: &[u8]) -> bool {
    head.len() == KEY_END && head.ends_with(KEY)
}

/// A log, by its file name, and where it ends.
pub(crate) type LogEnd<'a> = (&'a OsStr, u64);

/// What the start mark with which a log begins says: its identity, the highest sequence number before it, and the log
/// before. `head` is the log's first bytes, as many as its first record has or more.
pub(crate) fn log_start(head: &[u8]) -> Option<(LogIdentity, u64, Option<LogEnd<'_>>)> {
    let record = Record::at(head, 0).filter(|record| record.record_type == RecordType::Full)?;
    let entry = Entry::parse(record.payload).ok()?;
    let MarkFound { identity, mark } = MarkFound::of(&entry, 0)?;
    match mark {
        Mark::Start { before } => Some((identity, entry.sequence, before)),
        _ => None,
    }
}

/// What it says of the log before.
pub(crate) fn log_before(head: &[u8]) -> Option<LogEnd<'_>> {
    log_start(head)?.2
}

/// The record of a start mark, which stands at offset 0. `sequence` is the highest number that was given before, and
/// `before` is the log before it, if that is needed as well: its file name, and where it ends.
///
/// # Errors
///
/// If there is no memory for it.
pub(crate) fn start(identity: LogIdentity, sequence: u64, before: Option<(&OsStr, u64)>) -> Result<Vec<u8>, Error> {
    let (name, end) = before.map_or((OsStr::new(""), 0), |before| before);
    let name = name.as_encoded_bytes();
    debug_assert!(name.len() <= MAX_NAME_LEN, "the name of a file");
    let mut record = with_capacity(VALUE_START + COMMON_LEN + START_LEN + name.len())?;
    record.extend_from_slice(&[0; VALUE_START + COMMON_LEN + START_LEN]);
    record.extend_from_slice(name);
    record[VALUE_START + COMMON_LEN..][..START_LEN].copy_from_slice(&end.to_le_bytes());
    complete(&mut record, START, identity, 0, sequence);
    Ok(record)
}

/// The record of a synced mark at `offset` of its file: all bytes before `up_to` are on disk. `sequence` is the highest
/// number that was given before.
pub(crate) fn synced(identity: LogIdentity, offset: u64, sequence: u64, synced: Synced) -> [u8; SYNCED_RECORD_LEN] {
    let mut record = [0; SYNCED_RECORD_LEN];
    let body = &mut record[VALUE_START + COMMON_LEN..];
    body[..8].copy_from_slice(&synced.up_to.to_le_bytes());
    body[8] = u8::from(synced.closed);
    complete(&mut record, SYNCED, identity, offset, sequence);
    record
}

/// The record of a batch mark at `offset` of its file, directly before the records of the batch. `sequence` is the
/// highest number that was given before.
pub(crate) fn batch(identity: LogIdentity, offset: u64, sequence: u64, claim: Claim) -> [u8; BATCH_RECORD_LEN] {
    let mut record = [0; BATCH_RECORD_LEN];
    let body = &mut record[VALUE_START + COMMON_LEN..];
    body[..4].copy_from_slice(&claim.entries.to_le_bytes());
    body[4..12].copy_from_slice(&claim.bytes.to_le_bytes());
    body[12..].copy_from_slice(&claim.checksum.to_le_bytes());
    complete(&mut record, BATCH, identity, offset, sequence);
    record
}

/// Adds the headers of the records that `records` consists of to the CRC-32 that a batch mark has.
pub(crate) fn add_headers(checksum: &mut Hasher, records: &[u8]) {
    let mut offset = 0;
    while let Some(header) = Header::at(records, offset) {
        checksum.update(&records[offset..][..HEADER_LEN]);
        offset += HEADER_LEN + header.length;
    }
}

/// How many entries a batch mark claims, whose record starts at `record`.
pub(super) fn entries_of_batch_mark(log: &[u8], record: usize) -> u32 {
    le_u32(log, record + VALUE_START + COMMON_LEN)
}

/// Stores all of a mark's record that stands before what its kind says, which is there.
fn complete(record: &mut [u8], kind: u8, identity: LogIdentity, offset: u64, sequence: u64) {
    let value = &mut record[VALUE_START..];
    value[0] = kind;
    value[1..9].copy_from_slice(&identity.0.to_le_bytes());
    value[9..17].copy_from_slice(&offset.to_le_bytes());
    let value_len = (value.len() as u32).to_le_bytes();
    let entry = Entry { op: Op::Merge, sequence, key: KEY, value: &[] }.header();
    let (head, payload) = record.split_at_mut(HEADER_LEN);
    payload[..ENTRY_HEADER_LEN].copy_from_slice(&entry);
    payload[ENTRY_HEADER_LEN..][..KEY.len()].copy_from_slice(KEY);
    payload[ENTRY_HEADER_LEN + KEY.len()..][..VALUE_LENGTH_LEN].copy_from_slice(&value_len);
    head.copy_from_slice(&header(RecordType::Full, payload.len() as u16, crc32fast::hash(payload)));
}

/// A file name of the bytes that [`start`] has stored.
fn os_str(name: &[u8]) -> &OsStr {
    use std::os::unix::ffi::OsStrExt;
    OsStr::from_bytes(name)
}

#[cfg(test)]
mod tests;
