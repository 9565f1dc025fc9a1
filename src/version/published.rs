//! The version that is current.

use super::{Snapshot, Version};
use crate::sync::{ArcSwap, Guard};
use std::sync::Arc;

/// Publishes one version after the other. Readers take no lock.
#[derive(Debug)]
pub(crate) struct Published {
    current: ArcSwap<Version>,
}

impl Published {
    pub(crate) fn new(version: Version) -> Self {
        Self { current: ArcSwap::from_pointee(version) }
    }

    /// The current version, for a short look at it.
    pub(crate) fn current(&self) -> Guard<Arc<Version>> {
        self.current.load()
    }

    /// What is there now, pinned.
    pub(crate) fn snapshot(&self) -> Snapshot {
        Snapshot::of(self.current.load_full())
    }

    /// Makes `version` the current one. Only one thread may be in here at a time.
    pub(crate) fn publish(&self, version: Arc<Version>) {
        self.current.store(version);
    }
}
