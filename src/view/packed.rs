//! Entries packed end to end into a buffer of the caller, for languages in which following pointers is slow.
//!
//! ```text
//!  0         4           8          16    20     24      24 + k      24 + k + v
//!  +---------+-----------+----------+-----+------+-- - --+--- - - ---+
//!  | k  u32  | v  u32    | sequence | op  | zero | key   | value     |   little-endian; op: 1 put 2 delete
//!  |         |           | u64      | u32 | u32  |       |           |   (v is 0 for a delete)
//!  +---------+-----------+----------+-----+------+-- - --+--- - - ---+
//! ```

use super::iterator::Iter;
use crate::error::Error;
use crate::log::format::entry::{Entry, Op};
use std::mem::MaybeUninit;

const HEADER_LEN: usize = 24;

/// The result of packing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packed {
    /// The buffer has at least one entry.
    Entries {
        /// How many bytes of the buffer are used.
        used: usize,
        /// How many entries are in the buffer.
        count: usize,
    },
    /// The next entry does not fit into the buffer. This many bytes are needed for it.
    TooSmall(usize),
    /// There are no more entries.
    End,
}

impl Op {
    /// The number of the operation in packed entries and in the C interface.
    pub fn code(self) -> u32 {
        match self {
            Self::Put => 1,
            Self::Delete => 2,
            Self::Merge => 3,
        }
    }
}

impl Iter {
    /// Goes forward by as many entries as fit into `buffer`, writes them there, and stays on the last of them. If not
    /// even one fits, stays where it is. If there are no more entries, goes after the last.
    ///
    /// # Errors
    ///
    /// As [`first`](Self::first), if not even one entry could be given; otherwise it gives those before the error.
    pub fn next_packed(&mut self, buffer: &mut [MaybeUninit<u8>]) -> Result<Packed, Error> {
        let (mut used, mut count) = (0, 0);
        loop {
            let entry = match self.peek() {
                Ok(Some(entry)) => entry,
                Err(error) if count == 0 => return Err(error),
                Err(_) | Ok(None) => break,
            };
            let len = HEADER_LEN + entry.key.len() + entry.value.len();
            let Some(free) = buffer[used..].get_mut(..len) else {
                if count == 0 {
                    return Ok(Packed::TooSmall(len));
                }
                break;
            };
            pack(&entry, free);
            self.next()?;
            (used, count) = (used + len, count + 1);
        }
        if count == 0 {
            self.next()?;
            return Ok(Packed::End);
        }
        Ok(Packed::Entries { used, count })
    }
}

/// Writes an entry into `buffer`, whose length must be the packed length of the entry.
fn pack(entry: &Entry<'_>, buffer: &mut [MaybeUninit<u8>]) {
    let mut header = [0; HEADER_LEN];
    header[0..4].copy_from_slice(&(entry.key.len() as u32).to_le_bytes());
    header[4..8].copy_from_slice(&(entry.value.len() as u32).to_le_bytes());
    header[8..16].copy_from_slice(&entry.sequence.to_le_bytes());
    header[16..20].copy_from_slice(&entry.op.code().to_le_bytes());
    let (to_header, rest) = buffer.split_at_mut(HEADER_LEN);
    let (to_key, to_value) = rest.split_at_mut(entry.key.len());
    copy(&header, to_header);
    copy(entry.key, to_key);
    copy(entry.value, to_value);
}

fn copy(from: &[u8], to: &mut [MaybeUninit<u8>]) {
    for (byte, slot) in from.iter().zip(to) {
        slot.write(*byte);
    }
}

#[cfg(test)]
mod tests;
