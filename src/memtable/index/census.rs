//! A census: how many entries of a share of the log come into each part.

use super::Edges;
use super::splitters::Splitters;
use crate::log::bytes::LogBytes;
use crate::log::row::Row;

#[derive(Debug)]
pub(super) struct Census {
    /// By the number of the part.
    pub(super) counts: Vec<usize>,
    /// `None` of no entries.
    pub(super) edges: Option<Edges>,
}

impl Census {
    pub(super) fn of(share: &[&[Row]], splitters: &Splitters, log: &LogBytes) -> Self {
        let mut counts = vec![0; splitters.parts()];
        let mut edges: Option<Edges> = None;
        for (place, entry) in share.iter().copied().flatten().flat_map(|row| row.entries(log)) {
            let part = splitters.part_of(entry.key, log);
            counts[part] += 1;
            // The lowest key and the highest are in the parts at the ends.
            if part == 0 || part + 1 == counts.len() || edges.is_none() {
                let own = Edges { lowest: place, highest: place };
                edges = Some(edges.map_or(own, |edges| edges.join(own, log)));
            }
        }
        Self { counts, edges }
    }
}
