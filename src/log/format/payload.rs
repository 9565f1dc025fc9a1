//! The payload of a FULL record: an entry, a batch, or a batch header.

use super::batch::{BatchHeader, BatchRecord};
use super::entry::{ENTRY_HEADER_LEN, Entry, OP_BATCH};
use crate::damage::Cause;

/// A parsed payload of a FULL record.
#[derive(Debug)]
pub(crate) enum Payload<'a> {
    Entry(Entry<'a>),
    BatchRecord(BatchRecord<'a>),
    BatchHeader(BatchHeader),
}

impl<'a> Payload<'a> {
    #[inline]
    pub(crate) fn parse(payload: &'a [u8]) -> Result<Self, Cause> {
        if payload.first() != Some(&OP_BATCH) {
            return Entry::parse(payload).map(Self::Entry);
        }
        if payload.len() == ENTRY_HEADER_LEN {
            BatchHeader::parse(payload).map(Self::BatchHeader)
        } else {
            BatchRecord::parse(payload).map(Self::BatchRecord)
        }
    }
}
