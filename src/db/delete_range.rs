//! Deletes of very many keys.

use super::batch::Batch;
use super::database::Inner;
use super::write::WriteOptions;
use crate::error::Error;
use crate::memory::copied_bytes;
use crate::scan::Scan;
use std::ops::Bound;

/// Bytes of log that one piece takes, about.
const PIECE: u64 = 1 << 20;

impl Inner {
    /// Deletes all keys that are there from `begin` on and below `end`, in several batches, each for itself. Returns
    /// how many there were. After an error, the first pieces may have been written.
    pub(crate) fn delete_range_in_pieces(
        &self,
        begin: &[u8],
        end: Option<&[u8]>,
        options: WriteOptions,
    ) -> Result<u64, Error> {
        let (mut begin, mut count) = (copied_bytes(begin)?, 0);
        while let Some(next) = self.end_of_piece(&begin, end)? {
            count += self.delete_range(&begin, Some(&next), options)?;
            begin = next;
        }
        Ok(count + self.delete_range(&begin, end, options)?)
    }

    /// The first key that is too much for a piece; nothing if all fit.
    fn end_of_piece(&self, begin: &[u8], end: Option<&[u8]>) -> Result<Option<Vec<u8>>, Error> {
        let upper = end.map(copied_bytes).transpose()?.map_or(Bound::Unbounded, Bound::Excluded);
        let scan = Scan { lower: Bound::Included(copied_bytes(begin)?), upper, ..Scan::default() };
        let mut entries = self.snapshot()?.iterator(&scan)?;
        let mut bytes = 0;
        while entries.next()? {
            let Some(entry) = entries.entry() else { break };
            if bytes >= PIECE {
                return copied_bytes(entry.key).map(Some);
            }
            bytes += Batch::log_len_of_delete(entry.key);
        }
        Ok(None)
    }
}
