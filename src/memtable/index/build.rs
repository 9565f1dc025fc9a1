//! Builds the index: each version is put into its part, and each part is sorted.
//!
//! All threads go through the log twice, each through a share of its own: first they count how much comes into each
//! part, then each puts it there, into room that it has to itself.

use super::census::Census;
use super::item::Item;
use super::part::Part;
use super::sort::Sorter;
use super::splitters::Splitters;
use super::tables::Tables;
use super::{Edges, Index};
use crate::key::{common_prefix_len, prefix};
use crate::log::bytes::LogBytes;
use crate::log::row::Row;
use crate::parallel;
use crate::pile::Pile;
use memmap2::MmapMut;
use std::slice::IterMut;

/// Builds the index of `rows`. `room` has as many bytes as their items take.
pub(super) fn build(log: &LogBytes, rows: &Pile<Row>, tables: &Tables, threads: usize, mut room: MmapMut) -> Index {
    let splitters = Splitters::choose(log, rows);
    // Less than a part is sorted sooner than a thread is started.
    let threads = threads.min(splitters.parts());
    let shares = share_out(rows, threads);
    let counts = in_parallel(threads, shares.clone(), |share| Census::of(&share, &splitters, log));
    let edges = counts.iter().filter_map(|census| census.edges).reduce(|a, b| a.join(b, log));
    let shared: Vec<usize> = (0..splitters.parts()).map(|part| shared_by_part(part, &splitters, edges, log)).collect();

    let items: &mut [Item] = bytemuck::cast_slice_mut(&mut room);
    let slots = slots(items, &counts, splitters.parts());
    let jobs = shares.into_iter().zip(slots).collect();
    in_parallel(threads, jobs, |(share, slots)| fill(slots, &share, &splitters, &shared, log));

    let sorter = Sorter { log, tables };
    let jobs = cut(items, &counts, splitters.parts());
    let parts = in_parallel(threads, jobs, |(part, start, items)| {
        sorter.sort(items, shared[part]);
        Part::of(items, start, shared[part], splitters.alphabet())
    });
    Index { room, splitters, parts, edges }
}

fn in_parallel<T: Send, R: Send>(threads: usize, jobs: Vec<T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
    let results = parallel::map(threads, jobs, &mut (), || (), |(), job| work(job), |()| {});
    results.expect("memory for no more results than there can be parts or threads")
}

/// The rows in as many shares as there are threads, of about as many entries each.
fn share_out(rows: &Pile<Row>, threads: usize) -> Vec<Vec<&[Row]>> {
    let entries: usize = rows.pieces().flatten().map(|row| row.len).sum();
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

/// How many bytes all keys of a part share, as far as its neighbours tell.
fn shared_by_part(part: usize, splitters: &Splitters, edges: Option<Edges>, log: &LogBytes) -> usize {
    let Some(edges) = edges else { return 0 };
    let lowest = splitters.lowest_of(part).unwrap_or(edges.lowest);
    let highest = splitters.lowest_of(part + 1).unwrap_or(edges.highest);
    common_prefix_len(log.key(lowest), log.key(highest))
}

/// For each share, room in each part for what it puts there.
fn slots<'a>(mut items: &'a mut [Item], counts: &[Census], parts: usize) -> Vec<Vec<IterMut<'a, Item>>> {
    let mut slots: Vec<Vec<_>> = counts.iter().map(|_| Vec::with_capacity(parts)).collect();
    for part in 0..parts {
        for (slots, census) in slots.iter_mut().zip(counts) {
            let (own, behind) = std::mem::take(&mut items).split_at_mut(census.counts[part]);
            slots.push(own.iter_mut());
            items = behind;
        }
    }
    slots
}

fn fill(mut slots: Vec<IterMut<'_, Item>>, share: &[&[Row]], splitters: &Splitters, shared: &[usize], log: &LogBytes) {
    for (place, entry) in share.iter().copied().flatten().flat_map(|row| row.entries(log)) {
        let part = splitters.part_of(entry.key, log);
        if let Some(slot) = slots[part].next() {
            *slot = Item::new(prefix(entry.key, shared[part]), place, &entry);
        }
    }
}

/// The parts, each with its number and where it starts.
fn cut<'a>(mut items: &'a mut [Item], counts: &[Census], parts: usize) -> Vec<(usize, usize, &'a mut [Item])> {
    let mut start = 0;
    let cut = (0..parts).map(|part| {
        let len = counts.iter().map(|census| census.counts[part]).sum();
        let (own, behind) = std::mem::take(&mut items).split_at_mut(len);
        items = behind;
        start += len;
        (part, start - len, own)
    });
    cut.collect()
}
