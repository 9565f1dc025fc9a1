//! Builds the index: each version is put into its run, and each run is sorted.
//!
//! All threads go through the log twice, each through a share of its own: first they count how much comes into each
//! run, then each puts it there, into room that it has to itself. Runs become parts; those of keys that are spread
//! evenly become one.

use super::Index;
use super::alphabet::Alphabet;
use super::buckets::{Buckets, Sorted, Tally, even_scale};
use super::census::{Census, Edges};
use super::common_prefix::CommonPrefix;
use super::item::Item;
use super::part::Part;
use super::sort::Sorter;
use super::splitters::Splitters;
use super::tables::Tables;
use crate::key::prefix;
use crate::log::bytes::LogBytes;
use crate::log::place::Place;
use crate::log::row::Row;
use crate::parallel;
use crate::pile::Pile;
use memmap2::MmapMut;
use std::slice::IterMut;

/// Builds the index of `rows`. `room` has as many bytes as their items take.
pub(super) fn build(log: &LogBytes, rows: &Pile<Row>, tables: &Tables, threads: usize, mut room: MmapMut) -> Index {
    let items: &mut [Item] = bytemuck::cast_slice_mut(&mut room);
    let splitters = Splitters::choose(log, rows, items.len());
    // Less than a run is sorted sooner than a thread is started.
    let threads = threads.min(splitters.runs());
    let shares = share_out(rows, items.len(), threads);
    let counts = in_parallel(threads, shares.clone(), |share| Census::of(&share, &splitters, log));
    let edges = counts.iter().filter_map(|census| census.edges).reduce(|a, b| a.join(b, log));
    let build = Build { log, tables, threads, shares, splitters, counts, edges };
    let parts = build.one_part(items).map_or_else(|| build.parts(items), |part| vec![part]);
    Index { room, splitters: build.splitters, parts }
}

struct Build<'a> {
    log: &'a LogBytes,
    tables: &'a Tables,
    threads: usize,
    shares: Vec<Vec<&'a [Row]>>,
    splitters: Splitters,
    /// Of each share.
    counts: Vec<Census>,
    /// `None` of no entries.
    edges: Option<Edges>,
}

impl Build<'_> {
    /// All items as one part, if keys are spread so evenly that one line leads near each.
    fn one_part(&self, items: &mut [Item]) -> Option<Part> {
        let Edges { lowest, highest } = self.edges.filter(|_| self.splitters.look_even())?;
        let common = CommonPrefix::of(lowest, highest, self.log);
        // Else a few keys are far from all others.
        if common.len != self.splitters.common().len {
            return None;
        }
        let alphabet = self.splitters.alphabet();
        let number = |place: Place| alphabet.number(prefix(self.log.key(place), common.len));
        let scale = even_scale(number(lowest), number(highest), items.len());
        let all = 0..items.len();
        let tallies = self.sort(items, |_| common, |_, _, run| Tally::of(numbers(run, alphabet), &scale));
        Some(Part { items: all, common, buckets: Buckets::joined(tallies, scale)? })
    }

    /// Each run as a part.
    fn parts(&self, items: &mut [Item]) -> Vec<Part> {
        let alphabet = self.splitters.alphabet();
        self.sort(
            items,
            |run| self.common_prefix_of_run(run),
            |common, start, run| {
                let buckets = Buckets::of(numbers(run, alphabet));
                Part { items: start..start + run.len(), common, buckets }
            },
        )
    }

    /// Puts all versions into `items`, sorted. Gives what is `made` of each run: of what its keys have `in_common`,
    /// where it starts, and its items.
    fn sort<R: Send>(
        &self,
        items: &mut [Item],
        in_common: impl Fn(usize) -> CommonPrefix,
        made: impl Fn(CommonPrefix, usize, &[Item]) -> R + Sync,
    ) -> Vec<R> {
        let common: Vec<CommonPrefix> = (0..self.splitters.runs()).map(in_common).collect();
        let jobs = self.shares.iter().zip(self.slots(items)).collect();
        in_parallel(self.threads, jobs, |(share, slots)| self.fill(slots, share, &common));

        let sorter = Sorter { log: self.log, tables: self.tables };
        let jobs = self.cut(items);
        in_parallel(self.threads, jobs, |(run, start, items)| {
            sorter.sort(items, common[run].len);
            made(common[run], start, items)
        })
    }

    /// What all keys of a run have in common, as far as its neighbours tell.
    fn common_prefix_of_run(&self, run: usize) -> CommonPrefix {
        let Some(edges) = self.edges else { return CommonPrefix::default() };
        let lowest = self.splitters.lowest_of(run).unwrap_or(edges.lowest);
        let highest = self.splitters.lowest_of(run + 1).unwrap_or(edges.highest);
        CommonPrefix::of(lowest, highest, self.log)
    }

    /// For each share, room in each run for what it puts there.
    fn slots<'a>(&self, mut items: &'a mut [Item]) -> Vec<Vec<IterMut<'a, Item>>> {
        let runs = self.splitters.runs();
        let mut slots: Vec<Vec<_>> = self.counts.iter().map(|_| Vec::with_capacity(runs)).collect();
        for run in 0..runs {
            for (slots, census) in slots.iter_mut().zip(&self.counts) {
                let (own, behind) = std::mem::take(&mut items).split_at_mut(census.counts[run]);
                slots.push(own.iter_mut());
                items = behind;
            }
        }
        slots
    }

    fn fill(&self, mut slots: Vec<IterMut<'_, Item>>, share: &[&[Row]], common: &[CommonPrefix]) {
        for (place, entry) in share.iter().copied().flatten().flat_map(|row| row.entries(self.log)) {
            let run = self.splitters.run_of(entry.key, self.log);
            if let Some(slot) = slots[run].next() {
                *slot = Item::new(prefix(entry.key, common[run].len), place, &entry);
            }
        }
    }

    /// The runs, each with its number and where it starts.
    fn cut<'a>(&self, mut items: &'a mut [Item]) -> Vec<(usize, usize, &'a mut [Item])> {
        let mut start = 0;
        let cut = (0..self.splitters.runs()).map(|run| {
            let len = self.counts.iter().map(|census| census.counts[run]).sum();
            let (own, behind) = std::mem::take(&mut items).split_at_mut(len);
            items = behind;
            start += len;
            (run, start - len, own)
        });
        cut.collect()
    }
}

fn numbers<'a>(items: &'a [Item], alphabet: &'a Alphabet) -> impl Sorted + 'a {
    items.iter().map(|item| alphabet.number(item.prefix))
}

fn in_parallel<T: Send, R: Send>(threads: usize, jobs: Vec<T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
    let results = parallel::map(threads, jobs, &mut (), || (), |(), job| work(job), |()| {});
    results.expect("memory for no more results than there can be runs or threads")
}

/// The rows, which have so many entries, in as many shares as there are threads, of about as many entries each.
fn share_out(rows: &Pile<Row>, entries: usize, threads: usize) -> Vec<Vec<&[Row]>> {
    let mut shares = vec![Vec::new(); threads];
    let mut taken = 0;
    for piece in rows.pieces() {
        let mut rest = piece;
        while let Some(first) = rest.first() {
            let share = taken * threads / entries;
            let end = (share + 1) * entries;
            // At least one row: it begins in this share.
            let mut own = 1;
            taken += first.len;
            while own < rest.len() && taken * threads < end {
                taken += rest[own].len;
                own += 1;
            }
            shares[share].push(&rest[..own]);
            rest = &rest[own..];
        }
    }
    shares
}
