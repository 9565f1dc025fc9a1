//! Builds the index: each entry is put into its partition, and each partition is sorted.
//!
//! All threads read the log twice, each its own share of it. First they count how many entries belong to each
//! partition. Then each thread puts its entries there, into slots that no other thread uses. At the end each partition
//! becomes a segment; if the keys are spread evenly, all partitions become one segment.

use super::alphabet::Alphabet;
use super::buckets::{Buckets, Histogram, SortedNumbers, even_scale};
use super::common_prefix::CommonPrefix;
use super::counts::{KeyExtent, PartitionCounts};
use super::item::Item;
use super::segment::Segment;
use super::sort::Sorter;
use super::splitters::Splitters;
use crate::chunked::ChunkedVec;
use crate::error::Error;
use crate::key::prefix;
use crate::log::bytes::LogBytes;
use crate::log::position::Position;
use crate::log::row::Row;
use crate::memory::{collected, push, try_collected, with_capacity};
use crate::parallel;
use crate::recovered::boundaries::Boundaries;
use std::slice::IterMut;

/// Sorts the entries of `rows` into `items`, which has one item for each. Gives what is needed to search them.
pub(super) fn sort(
    log: &LogBytes,
    rows: &ChunkedVec<Row>,
    boundaries: &Boundaries,
    threads: usize,
    items: &mut [Item],
) -> Result<(Splitters, Vec<Segment>), Error> {
    let splitters = Splitters::choose(log, rows, items.len())?;
    // Sorting one partition takes less time than starting a thread.
    let threads = threads.min(splitters.partition_count());
    let shares = share_out(rows, items.len(), threads)?;
    let counts = in_parallel(threads, collected(shares.iter())?, |share| PartitionCounts::of(share, &splitters, log))?;
    let counts = try_collected(counts.into_iter())?;
    let extent = counts.iter().filter_map(|counts| counts.extent).reduce(|a, b| a.join(b, log));
    let build = Build { log, boundaries, threads, shares, splitters, counts, extent };
    let segments = match build.one_segment(items)? {
        Some(segment) => collected(std::iter::once(segment))?,
        None => build.segments(items)?,
    };
    Ok((build.splitters, segments))
}

/// The state of one build.
struct Build<'a> {
    log: &'a LogBytes,
    boundaries: &'a Boundaries,
    threads: usize,
    shares: Vec<Vec<&'a [Row]>>,
    splitters: Splitters,
    /// The counts of each share.
    counts: Vec<PartitionCounts>,
    /// `None` if there are no entries.
    extent: Option<KeyExtent>,
}

/// A partition to be sorted: its number, the number of its first item, and its items.
type Partition<'a> = (usize, usize, &'a mut [Item]);

impl Build<'_> {
    /// All items as one segment; `None` if the keys are not spread evenly enough.
    fn one_segment(&self, items: &mut [Item]) -> Result<Option<Segment>, Error> {
        let Some(KeyExtent { lowest, highest }) = self.extent.filter(|_| self.splitters.look_even()) else {
            return Ok(None);
        };
        let common = CommonPrefix::of(lowest, highest, self.log);
        // If they differ, a few keys are far from all others.
        if common.len != self.splitters.common().len {
            return Ok(None);
        }
        let alphabet = self.splitters.alphabet();
        let number = |position: Position| alphabet.number(prefix(self.log.key(position), common.len));
        let scale = even_scale(number(lowest), number(highest), items.len());
        let all = 0..items.len();
        let histogram = |_, _, items: &[Item]| Histogram::of(numbers(items, alphabet), &scale);
        let histograms = self.sort(items, |_| common, histogram)?;
        Ok(Buckets::joined(histograms, scale).map(|buckets| Segment { items: all, common, buckets }))
    }

    /// Each partition as a segment.
    fn segments(&self, items: &mut [Item]) -> Result<Vec<Segment>, Error> {
        let alphabet = self.splitters.alphabet();
        self.sort(
            items,
            |partition| self.common_prefix_of_partition(partition),
            |common, start, items| {
                let buckets = Buckets::of(numbers(items, alphabet));
                Segment { items: start..start + items.len(), common, buckets }
            },
        )
    }

    /// Puts all entries into `items`, sorted. `common_prefix` gives the common prefix of a partition. Returns for each
    /// partition the result of `finish`, which gets that prefix, the number of its first item, and its items.
    fn sort<R: Send>(
        &self,
        items: &mut [Item],
        common_prefix: impl Fn(usize) -> CommonPrefix,
        finish: impl Fn(CommonPrefix, usize, &[Item]) -> R + Sync,
    ) -> Result<Vec<R>, Error> {
        let common = collected((0..self.splitters.partition_count()).map(common_prefix))?;
        let jobs = collected(self.shares.iter().zip(self.slots(items)?))?;
        in_parallel(self.threads, jobs, |(share, slots)| self.fill(slots, share, &common))?;

        let sorter = Sorter { log: self.log, boundaries: self.boundaries };
        in_parallel(self.threads, self.divide(items)?, |(partition, start, items)| {
            sorter.sort(items, common[partition].len);
            finish(common[partition], start, items)
        })
    }

    /// The bytes that all keys of a partition begin with, as far as the splitters around it tell.
    fn common_prefix_of_partition(&self, partition: usize) -> CommonPrefix {
        let Some(extent) = self.extent else { return CommonPrefix::default() };
        let lowest = self.splitters.lowest_of(partition).unwrap_or(extent.lowest);
        let highest = self.splitters.lowest_of(partition + 1).unwrap_or(extent.highest);
        CommonPrefix::of(lowest, highest, self.log)
    }

    /// For each share, the slots that it fills in each partition.
    fn slots<'a>(&self, mut items: &'a mut [Item]) -> Result<Vec<Vec<IterMut<'a, Item>>>, Error> {
        let partitions = self.splitters.partition_count();
        let mut slots = try_collected(self.counts.iter().map(|_| with_capacity(partitions)))?;
        for partition in 0..partitions {
            for (slots, counts) in slots.iter_mut().zip(&self.counts) {
                let (own, rest) = std::mem::take(&mut items).split_at_mut(counts.counts[partition]);
                slots.push(own.iter_mut());
                items = rest;
            }
        }
        Ok(slots)
    }

    fn fill(&self, mut slots: Vec<IterMut<'_, Item>>, share: &[&[Row]], common: &[CommonPrefix]) {
        for (position, entry) in share.iter().copied().flatten().flat_map(|row| row.entries(self.log)) {
            let partition = self.splitters.partition_of(entry.key, self.log);
            if let Some(slot) = slots[partition].next() {
                *slot = Item::new(prefix(entry.key, common[partition].len), position, &entry);
            }
        }
    }

    /// Divides `items` into the partitions.
    fn divide<'a>(&self, mut items: &'a mut [Item]) -> Result<Vec<Partition<'a>>, Error> {
        let mut start = 0;
        collected((0..self.splitters.partition_count()).map(|partition| {
            let len = self.counts.iter().map(|counts| counts.counts[partition]).sum();
            let (own, rest) = std::mem::take(&mut items).split_at_mut(len);
            items = rest;
            start += len;
            (partition, start - len, own)
        }))
    }
}

fn numbers<'a>(items: &'a [Item], alphabet: &'a Alphabet) -> impl SortedNumbers + 'a {
    items.iter().map(|item| alphabet.number(item.prefix))
}

fn in_parallel<T: Send, R: Send>(threads: usize, jobs: Vec<T>, work: impl Fn(T) -> R + Sync) -> Result<Vec<R>, Error> {
    parallel::map(threads, jobs, &mut (), || (), |(), job| work(job), |()| {})
}

/// Divides the rows into one share for each thread, with about the same number of entries. `entries` is how many there
/// are in total.
fn share_out(rows: &ChunkedVec<Row>, entries: usize, threads: usize) -> Result<Vec<Vec<&[Row]>>, Error> {
    let mut shares = collected((0..threads).map(|_| Vec::new()))?;
    let mut taken = 0;
    for chunk in rows.chunks() {
        let mut rest = chunk;
        while let Some(first) = rest.first() {
            let share = taken * threads / entries;
            let end = (share + 1) * entries;
            // At least one row, because its first entry belongs to this share.
            let mut own = 1;
            taken += first.len;
            while own < rest.len() && taken * threads < end {
                taken += rest[own].len;
                own += 1;
            }
            push(&mut shares[share], &rest[..own])?;
            rest = &rest[own..];
        }
    }
    Ok(shares)
}
