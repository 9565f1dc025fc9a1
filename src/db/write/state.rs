//! What writers share, under their lock.

use super::company::Company;
use crate::db::log::LogHead;
use crate::db::sealed::LogFile;
use crate::error::Error;
use crate::log::format::mark::{self, BATCH_RECORD_LEN, Claim, Synced};
use crate::log_memtable::{BatchSummary, Operation, Writer};
use std::time::Duration;

/// What the thread that leads is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leader {
    /// No thread leads.
    Nobody,
    /// It appends to the log. Others encode the next group.
    Appends,
    /// It ends the log, and the memtable may be about to change: nothing is encoded meanwhile.
    Ends,
}

/// What writers share.
#[derive(Debug)]
pub(in crate::db) struct WriteState {
    pub(in crate::db) writer: Writer,
    pub(in crate::db) log: LogHead,
    /// Logs of the active memtable that have ended.
    pub(in crate::db) ended_logs: Vec<LogFile>,
    pub(super) leader: Leader,
    /// The group that is being encoded.
    pub(super) group: u64,
    /// All groups up to this one are in the log.
    pub(super) written: u64,
    /// Calls that wait until their group is in the log.
    pub(in crate::db) waiting: usize,
    /// Bytes that the leader is handing to the system.
    pub(super) appending: u64,
    /// Somebody wants the group to be on disk.
    pub(super) sync_wanted: bool,
    pub(super) company: Company,
    /// Bytes that were appended to the log since its last sync.
    pub(super) unsynced: u64,
    /// Up to where the log is being brought to disk ahead of that.
    pub(super) synced_ahead: u64,
    /// How much writers have been slowed on paper only.
    pub(super) delay: Duration,
    /// Of the mark that is encoded as the first of the next group, in bytes; 0 if there is none.
    pub(super) mark_len: u64,
    /// No more calls are taken.
    pub(in crate::db) is_closed: bool,
}

impl WriteState {
    pub(in crate::db) fn new(writer: Writer, log: LogHead) -> Self {
        Self {
            writer,
            log,
            ended_logs: Vec::new(),
            leader: Leader::Nobody,
            group: 1,
            written: 0,
            waiting: 0,
            appending: 0,
            sync_wanted: false,
            company: Company::default(),
            unsynced: 0,
            synced_ahead: 0,
            mark_len: 0,
            delay: Duration::ZERO,
            is_closed: false,
        }
    }

    /// Whether something was encoded that nobody has taken to the log, but for a mark that says what is on disk.
    pub(super) fn has_unwritten(&mut self) -> bool {
        self.writer.unwritten_len() > self.mark_len
    }

    /// Whether all that was encoded is on disk, but for a mark that says so.
    pub(in crate::db) fn is_on_disk(&mut self) -> bool {
        !self.is_led() && !self.has_unwritten() && self.log.synced + self.mark_len == self.log.len
    }

    pub(in crate::db) fn is_led(&self) -> bool {
        self.leader != Leader::Nobody
    }

    /// Goes on with another memtable and another log.
    pub(in crate::db) fn start_anew(&mut self, writer: Writer, log: LogHead) {
        let is_closed = self.is_closed;
        debug_assert_eq!(self.waiting, 0, "all calls know that their groups have failed");
        // The numbers of groups that have failed are not given again.
        let group = self.group + 1;
        *self = Self { is_closed, group, written: group - 1, ..Self::new(writer, log) };
    }

    /// A writer's operations are in the group; `sync` if it wants them to be on disk.
    pub(in crate::db) fn join(&mut self, sync: bool) {
        if sync {
            self.sync_wanted = true;
            self.company.join();
        }
    }

    /// The highest sequence number that has been given.
    pub(in crate::db) fn last_sequence(&self) -> u64 {
        self.writer.next_sequence() - 1
    }

    /// Encodes operations, as a batch if there are several.
    pub(in crate::db) fn encode<'a>(
        &mut self,
        operations: impl Iterator<Item = Operation<'a>> + Clone,
    ) -> Result<(), Error> {
        let before = self.writer.unwritten_len();
        let mut rest = operations.clone();
        let encoded = match (rest.next(), rest.next()) {
            (None, _) => Ok(()),
            (Some(Operation::Put { key, value }), None) => self.writer.put(key, value).map(drop),
            (Some(Operation::Delete { key }), None) => self.writer.delete(key).map(drop),
            (Some(_), Some(_)) => {
                let (identity, offset, last) = (self.log.identity, self.log.len, self.last_sequence());
                let fill = |record: &mut [u8], BatchSummary { count, len, checksum }: BatchSummary| {
                    let claim = Claim { entries: count as u32, bytes: len, checksum };
                    record.copy_from_slice(&mark::batch(identity, offset, last, claim));
                };
                self.writer.batch(BATCH_RECORD_LEN, operations, fill).map(drop)
            }
        };
        self.log.len += self.writer.unwritten_len() - before;
        encoded
    }

    /// Encodes the mark that all before `up_to` is on disk. It is of use only if damage is found later, so it may be
    /// left out where there is no memory for it.
    pub(super) fn encode_synced_mark(&mut self, up_to: u64) {
        let synced = Synced { up_to, closed: false };
        let record = mark::synced(self.log.identity, self.log.len, self.last_sequence(), synced);
        if self.writer.append_raw(&record).is_ok() {
            self.log.len += record.len() as u64;
            self.mark_len = record.len() as u64;
        }
    }
}
