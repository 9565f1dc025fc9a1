//! How many entries of a share of the log come into each partition.

use super::splitters::Splitters;
use crate::error::Error;
use crate::log::bytes::LogBytes;
use crate::log::position::Position;
use crate::log::row::Row;
use crate::memory::{filled, refused};

/// Versions of the lowest key and of the highest.
#[derive(Clone, Copy, Debug)]
pub(super) struct KeyExtent {
    pub(super) lowest: Position,
    pub(super) highest: Position,
}

impl KeyExtent {
    pub(super) fn join(self, other: Self, log: &LogBytes) -> Self {
        let lowest = if log.key(other.lowest) < log.key(self.lowest) { other.lowest } else { self.lowest };
        let highest = if log.key(other.highest) > log.key(self.highest) { other.highest } else { self.highest };
        Self { lowest, highest }
    }
}

#[derive(Debug)]
pub(super) struct PartitionCounts {
    /// By the number of the partition.
    pub(super) counts: Vec<usize>,
    /// `None` if there are no entries.
    pub(super) extent: Option<KeyExtent>,
}

impl PartitionCounts {
    pub(super) fn of(share: &[&[Row]], splitters: &Splitters, log: &LogBytes) -> Result<Self, Error> {
        let partitions = splitters.partitions();
        let mut counts = filled(0, partitions).map_err(|_| refused::<usize>(partitions))?;
        let mut extent: Option<KeyExtent> = None;
        for (position, entry) in share.iter().copied().flatten().flat_map(|row| row.entries(log)) {
            let partition = splitters.partition_of(entry.key, log);
            counts[partition] += 1;
            // The lowest key and the highest are in the first partition and in the last.
            if partition == 0 || partition + 1 == counts.len() || extent.is_none() {
                let own = KeyExtent { lowest: position, highest: position };
                extent = Some(extent.map_or(own, |extent| extent.join(own, log)));
            }
        }
        Ok(Self { counts, extent })
    }
}
