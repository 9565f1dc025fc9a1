//! The current version.

use super::snapshot::Snapshot;
use super::version::Version;
use crate::sync::{ArcSwap, Guard};
use std::sync::Arc;

/// Holds the current version, and replaces it. Readers take no lock.
#[derive(Debug)]
pub(crate) struct Published {
    current: ArcSwap<Version>,
}

impl Published {
    pub(crate) fn new(version: Version) -> Self {
        Self { current: ArcSwap::from_pointee(version) }
    }

    /// The current version, for a short time: a reader that keeps it longer takes a [`snapshot`](Self::snapshot).
    pub(crate) fn current(&self) -> Guard<Arc<Version>> {
        self.current.load()
    }

    /// A snapshot of what has been written so far.
    pub(crate) fn snapshot(&self) -> Snapshot {
        Snapshot::of(self.current.load_full())
    }

    /// Makes `version` the current one. Only one thread may call this at a time.
    pub(crate) fn publish(&self, version: Arc<Version>) {
        self.current.store(version);
    }
}
