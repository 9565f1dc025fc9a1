//! A census: how many entries of a share of the log come into each run.

use super::splitters::Splitters;
use crate::log::bytes::LogBytes;
use crate::log::place::Place;
use crate::log::row::Row;

/// Versions of the lowest key and of the highest.
#[derive(Clone, Copy, Debug)]
pub(super) struct Edges {
    pub(super) lowest: Place,
    pub(super) highest: Place,
}

impl Edges {
    pub(super) fn join(self, other: Self, log: &LogBytes) -> Self {
        let lowest = if log.key(other.lowest) < log.key(self.lowest) { other.lowest } else { self.lowest };
        let highest = if log.key(other.highest) > log.key(self.highest) { other.highest } else { self.highest };
        Self { lowest, highest }
    }
}

#[derive(Debug)]
pub(super) struct Census {
    /// By the number of the run.
    pub(super) counts: Vec<usize>,
    /// `None` of no entries.
    pub(super) edges: Option<Edges>,
}

impl Census {
    pub(super) fn of(share: &[&[Row]], splitters: &Splitters, log: &LogBytes) -> Self {
        let mut counts = vec![0; splitters.runs()];
        let mut edges: Option<Edges> = None;
        for (place, entry) in share.iter().copied().flatten().flat_map(|row| row.entries(log)) {
            let run = splitters.run_of(entry.key, log);
            counts[run] += 1;
            // The lowest key and the highest are in the runs at the ends.
            if run == 0 || run + 1 == counts.len() || edges.is_none() {
                let own = Edges { lowest: place, highest: place };
                edges = Some(edges.map_or(own, |edges| edges.join(own, log)));
            }
        }
        Self { counts, edges }
    }
}
