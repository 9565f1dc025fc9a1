//! Buckets: where to look among sorted prefixes.

use super::scale::{MOST_STEPS, Scale};
use crate::memory::filled;
use std::ops::Range;

/// Prefixes in a bucket: more would be more to look at, and fewer more buckets than the processor's cache holds.
const EVEN_LEN: usize = 2;
const UNEVEN_LEN: usize = 4;
/// Prefixes are spread evenly if there are no more of them than so many where one of them is, on average.
const LONGEST_EVEN: usize = 8;

/// Sorted numbers.
pub(super) trait Sorted: DoubleEndedIterator<Item = u64> + ExactSizeIterator + Clone {}

impl<T: DoubleEndedIterator<Item = u64> + ExactSizeIterator + Clone> Sorted for T {}

/// A table of where to look, of about two bytes for each prefix.
#[derive(Debug)]
pub(super) enum Buckets {
    /// Each bucket is as wide as any other, so that a prefix tells which one it is in. Where each starts, and where the
    /// last one ends.
    Even(Scale, Vec<u32>),
    /// Each bucket is as long as any other. The height of the first prefix of each.
    Uneven(Scale, Vec<u32>),
}

/// For so many numbers that are spread evenly.
pub(super) fn even_scale(lowest: u64, highest: u64, len: usize) -> Scale {
    Scale::new(lowest, highest, (len / EVEN_LEN) as u64)
}

/// How many numbers are on each step, of a run of sorted ones.
#[derive(Debug)]
pub(super) struct Histogram {
    first: usize,
    lens: Vec<u32>,
}

impl Histogram {
    /// `None` without memory.
    pub(super) fn of(sorted: impl Sorted, scale: &Scale) -> Option<Self> {
        let Some((lowest, highest)) = ends(&sorted) else { return Some(Self { first: 0, lens: Vec::new() }) };
        let first = scale.height(lowest) as usize;
        let mut lens = filled(0, scale.height(highest) as usize - first + 1).ok()?;
        sorted.for_each(|number| lens[scale.height(number) as usize - first] += 1);
        Some(Self { first, lens })
    }
}

/// The lowest number and the highest. None of no numbers.
fn ends(sorted: &impl Sorted) -> Option<(u64, u64)> {
    Some((sorted.clone().next()?, sorted.clone().next_back()?))
}

/// Whether of a sorted sample as many are on one step as if it were one of `len` numbers that are spread evenly: two of
/// a sample are on one as often as any two are.
pub(super) fn looks_even(sample: &[u64], len: usize) -> bool {
    let (Some(&lowest), Some(&highest)) = (sample.first(), sample.last()) else { return false };
    let scale = even_scale(lowest, highest, len);
    let steps = sample.chunk_by(|&a, &b| scale.height(a) == scale.height(b));
    let pairs: usize = steps.map(|on_step| on_step.len() * (on_step.len() - 1)).sum();
    pairs as u128 * len as u128 <= (LONGEST_EVEN - 1) as u128 * (sample.len() as u128).pow(2)
}

impl Buckets {
    /// Those of `numbers`, or, without memory for them, a single one.
    pub(super) fn of(numbers: impl Sorted) -> Self {
        Self::even(numbers.clone()).unwrap_or_else(|| Self::uneven(numbers))
    }

    fn even(numbers: impl Sorted) -> Option<Self> {
        let (lowest, highest) = ends(&numbers)?;
        let scale = even_scale(lowest, highest, numbers.len());
        Self::joined([Histogram::of(numbers, &scale)], scale)
    }

    /// Those of the numbers of all histograms. None if they are not spread evenly, or without memory.
    pub(super) fn joined(histograms: impl IntoIterator<Item = Option<Histogram>>, scale: Scale) -> Option<Self> {
        let mut starts: Vec<u32> = filled(0, scale.steps() + 1).ok()?;
        for histogram in histograms {
            let Histogram { first, lens } = histogram?;
            // Where a histogram ends, the next one may go on.
            starts[first + 1..].iter_mut().zip(lens).for_each(|(start, len)| *start += len);
        }
        let (mut len, mut squares) = (0_u32, 0);
        for start in &mut starts {
            squares += (*start as usize).pow(2);
            len = len.checked_add(*start)?;
            *start = len;
        }
        (squares <= LONGEST_EVEN * len as usize).then_some(Self::Even(scale, starts))
    }

    fn uneven(numbers: impl Sorted) -> Self {
        let (lowest, highest) = ends(&numbers).unwrap_or_default();
        let scale = Scale::new(lowest, highest, MOST_STEPS);
        let (mut firsts, every) = (Vec::new(), numbers.step_by(UNEVEN_LEN));
        if firsts.try_reserve_exact(every.len()).is_ok() {
            firsts.extend(every.map(|number| scale.height(number)));
        }
        Self::Uneven(scale, firsts)
    }

    /// Where among all `len` numbers this one is or would be: those in front of the range are lower, those behind it
    /// higher.
    #[inline]
    pub(super) fn range(&self, number: u64, len: usize) -> Range<usize> {
        match self {
            Self::Even(scale, starts) => {
                let bucket = scale.height(number) as usize;
                starts[bucket] as usize..starts[bucket + 1] as usize
            }
            Self::Uneven(scale, firsts) => uneven_range(firsts, scale.height(number), len),
        }
    }
}

/// From the last bucket that begins below this height to the first that begins above it.
#[inline(never)]
fn uneven_range(firsts: &[u32], height: u32, len: usize) -> Range<usize> {
    let not_below = firsts.partition_point(|&first| first < height);
    let above = match firsts.get(not_below) {
        Some(&first) if first == height => firsts.partition_point(|&first| first <= height),
        _ => not_below,
    };
    let end = if above < firsts.len() { above * UNEVEN_LEN } else { len };
    not_below.saturating_sub(1) * UNEVEN_LEN..end
}

#[cfg(test)]
mod tests;
