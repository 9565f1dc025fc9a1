//! Blocks being built as we write them, straight into the buffer that goes to the file.

use std::collections::TryReserveError;

use twox_hash::XxHash64;

use super::block::{TRAILER, push_value};

/// All of an entry but key and value, and its restart point.
pub(super) const ENTRY_FRAME: usize = 2 + 8 + 4 + 4;

#[derive(Default)]
pub(super) struct BlockWriter {
    /// Where entries start in the block.
    restarts: Vec<u32>,
    /// Bytes of entries.
    len: usize,
}

impl BlockWriter {
    pub(super) fn is_empty(&self) -> bool {
        self.restarts.is_empty()
    }

    pub(super) fn entries(&self) -> usize {
        self.restarts.len()
    }

    /// What the block takes if it ends here, or after an entry with so many bytes of key and value.
    pub(super) fn size_with(&self, entry: Option<usize>) -> u64 {
        let entry = entry.map_or(0, |bytes| ENTRY_FRAME as u64 + bytes as u64);
        self.len as u64 + 4 * self.restarts.len() as u64 + TRAILER as u64 + entry
    }

    /// Appends an entry to `out`, which ends with the block's entries. The block stays below 4 GiB, the key has at most
    /// 65,535 bytes, the value less than 4 GiB.
    pub(super) fn push(
        &mut self,
        out: &mut Vec<u8>,
        key: &[u8],
        sequence: u64,
        value: Option<&[u8]>,
    ) -> Result<(), TryReserveError> {
        let size = ENTRY_FRAME - 4 + key.len() + value.map_or(0, <[u8]>::len);
        out.try_reserve(size)?;
        self.restarts.try_reserve(1)?;
        self.restarts.push(self.len as u32);
        out.extend_from_slice(&(key.len() as u16).to_le_bytes());
        out.extend_from_slice(key);
        push_value(out, sequence, value);
        self.len += size;
        Ok(())
    }

    /// Ends the block, and is ready for another; how many bytes it takes.
    pub(super) fn finish(&mut self, out: &mut Vec<u8>) -> Result<u64, TryReserveError> {
        let (start, count) = (out.len() - self.len, self.restarts.len());
        out.try_reserve(4 * count + TRAILER)?;
        for restart in &self.restarts {
            out.extend_from_slice(&restart.to_le_bytes());
        }
        out.extend_from_slice(&(count as u32).to_le_bytes());
        let checksum = XxHash64::oneshot(0, &out[start..]);
        out.extend_from_slice(&checksum.to_le_bytes());
        self.restarts.clear();
        self.len = 0;
        Ok((out.len() - start) as u64)
    }
}
