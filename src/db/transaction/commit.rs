//! The commit of a transaction.

use super::Open;
use crate::db::database::Inner;
use crate::db::write::{WriteOptions, check_batch};
use crate::error::Error;
use crate::sync::blocking::Instant;

impl Inner {
    /// Writes the batch of a transaction, if what it read is still so.
    pub(super) fn commit(
        &self,
        transaction: &Open,
        deadline: Option<Instant>,
        options: WriteOptions,
    ) -> Result<u64, Error> {
        let Open { snapshot, batch, reads, .. } = transaction;
        let bytes = check_batch(batch.operations())?.1;
        let mut state = self.slow_down(self.write.lock(), bytes, options);
        state = if reads.has_ranges() {
            self.make_room_when_written(state, options)?
        } else {
            self.make_room(state, options)?
        };
        if deadline.is_some_and(|deadline| deadline <= Instant::now()) {
            return Err(Error::Expired);
        }
        let (version, end) = (self.published.load_full(), state.writer.next_sequence());
        if !reads.are_same(snapshot, &version, end)? {
            return Err(Error::Conflict);
        }
        state.encode(batch.operations())?;
        let last = state.last_sequence();
        self.counters.operations.add(batch.len() as u64);
        self.counters.user_bytes.add(bytes);
        state.join(self.wants_sync(options));
        drop(self.wait_until_written(state)?);
        Ok(last)
    }
}
