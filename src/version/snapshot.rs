//! Snapshots: what there was at one moment.

use super::Version;
use std::sync::Arc;

/// A pinned version, and the number of the first write that is not seen.
///
/// A write that was complete before the snapshot was taken is seen: it is in the open memtable of the version, and was
/// counted there; or it is in a source that the version has and that takes no more writes. (Its memtable was published
/// before it was written, and a version that is published later has that memtable, or what was made of it.)
#[derive(Clone, Debug)]
pub(crate) struct Snapshot {
    version: Arc<Version>,
    end: u64,
}

impl Snapshot {
    pub(super) fn of(version: Arc<Version>) -> Self {
        // In this order: the count is that of this version's own open memtable.
        let end = version.complete();
        Self { version, end }
    }

    pub(crate) fn version(&self) -> &Arc<Version> {
        &self.version
    }

    /// Writes with this number or a higher one are not seen.
    pub(crate) fn end(&self) -> u64 {
        self.end
    }
}
