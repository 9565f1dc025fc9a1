//! Oversize records: entries that no block of Kevo's can hold, the empty key and keys over 65,535 bytes.

use super::LONGEST_IN_BLOCK;
use super::block;
use crate::rest::Rest;

pub(super) const MARK: [u8; 8] = *b"kvo3big\n";
/// All of a record but key and value: mark, two lengths, sequence number, checksum.
pub(super) const FRAME: usize = 8 + 4 + 8 + 4 + 8;

/// Whether blocks cannot hold `key`.
pub(super) fn is_oversize(key: &[u8]) -> bool {
    key.is_empty() || key.len() > LONGEST_IN_BLOCK
}

/// The key of a record, all of it but its checksum; nothing if it is no record.
pub(super) fn parse(record: &[u8]) -> Option<&[u8]> {
    let mut rest = Rest(record);
    let key = key(&mut rest)?;
    rest.u64()?;
    block::value(&mut rest, true).ok()?;
    rest.is_empty().then_some(key)
}

fn key<'b>(rest: &mut Rest<'b>) -> Option<&'b [u8]> {
    if rest.take(MARK.len())? != MARK {
        return None;
    }
    let len = rest.u32()?;
    rest.take(len as usize)
}

/// How long the record is that `bytes` begin with, if they begin with one.
pub(super) fn length(bytes: &[u8]) -> Option<usize> {
    let mut rest = Rest(bytes);
    key(&mut rest)?;
    rest.u64()?;
    block::value(&mut rest, true).ok()?;
    rest.take(8)?;
    Some(bytes.len() - rest.0.len())
}
