//! Snapshots: the entries as they were at one moment.

use super::version::Version;
use std::sync::Arc;

/// A pinned version, and the number of the first write that is not part of the snapshot.
///
/// Every write that was complete before the snapshot was taken is part of it. Either the write is in the open memtable
/// of the version, and was counted there. Or it is in a source of the version that takes no more writes. (A memtable is
/// published before it is written to, and every later version has that memtable, or a source that was made from it.)
#[derive(Clone, Debug)]
pub(crate) struct Snapshot {
    version: Arc<Version>,
    end: u64,
}

impl Snapshot {
    pub(super) fn of(version: Arc<Version>) -> Self {
        // The version comes first, then the number: it is read from the open memtable of that version.
        let end = version.next_write();
        Self { version, end }
    }

    pub(crate) fn version(&self) -> &Arc<Version> {
        &self.version
    }

    /// Writes with this number or a higher one are not part of the snapshot.
    pub(crate) fn end(&self) -> u64 {
        self.end
    }
}
