//! Buckets: they tell in which range of the sorted prefixes a prefix is.

use super::scale::{MAX_STEPS, Scale};
use crate::memory::filled;
use std::ops::Range;

/// Prefixes in a bucket, on average. With more, a search has more to read. With fewer, the buckets would not fit into
/// the processor's cache.
const EVEN_LEN: usize = 2;
const UNEVEN_LEN: usize = 4;
/// Prefixes are spread evenly if the bucket of a prefix has no more prefixes than this, on average over all prefixes.
const LONGEST_EVEN: usize = 8;

/// Numbers in ascending order.
pub(super) trait SortedNumbers: DoubleEndedIterator<Item = u64> + ExactSizeIterator + Clone {}

impl<T: DoubleEndedIterator<Item = u64> + ExactSizeIterator + Clone> SortedNumbers for T {}

/// The buckets, of about two bytes for each prefix.
#[derive(Debug)]
pub(super) enum Buckets {
    /// All buckets cover ranges of the same width, so a prefix tells its bucket. The vector has the start of each
    /// bucket among the prefixes, and the end of the last one.
    Even(Scale, Vec<u32>),
    /// All buckets have the same number of prefixes. The vector has the step of the first prefix of each.
    Uneven(Scale, Vec<u32>),
}

/// The scale for `len` numbers that are spread evenly.
pub(super) fn even_scale(lowest: u64, highest: u64, len: usize) -> Scale {
    Scale::new(lowest, highest, (len / EVEN_LEN) as u64)
}

/// How many of some sorted numbers are on each step of a scale.
#[derive(Debug)]
pub(super) struct Histogram {
    /// The step of the lowest number.
    first: usize,
    /// For each step from that one on, how many numbers are on it.
    lens: Vec<u32>,
}

impl Histogram {
    /// `None` if there is not enough memory.
    pub(super) fn of(sorted: impl SortedNumbers, scale: &Scale) -> Option<Self> {
        let Some((lowest, highest)) = lowest_and_highest(&sorted) else {
            return Some(Self { first: 0, lens: Vec::new() });
        };
        let first = scale.step_of(lowest) as usize;
        let mut lens = filled(0, scale.step_of(highest) as usize - first + 1).ok()?;
        sorted.for_each(|number| lens[scale.step_of(number) as usize - first] += 1);
        Some(Self { first, lens })
    }
}

/// The lowest number and the highest; `None` if there are no numbers.
fn lowest_and_highest(sorted: &impl SortedNumbers) -> Option<(u64, u64)> {
    Some((sorted.clone().next()?, sorted.clone().next_back()?))
}

/// Whether a sorted sample of `len` numbers shows that these are spread evenly. Two numbers of the sample are on the
/// same step as often as any two of all numbers, so pairs on the same step are counted.
pub(super) fn looks_even(sample: &[u64], len: usize) -> bool {
    let (Some(&lowest), Some(&highest)) = (sample.first(), sample.last()) else { return false };
    let scale = even_scale(lowest, highest, len);
    let by_step = sample.chunk_by(|&a, &b| scale.step_of(a) == scale.step_of(b));
    let pairs: usize = by_step.map(|on_step| on_step.len() * (on_step.len() - 1)).sum();
    pairs as u128 * len as u128 <= (LONGEST_EVEN - 1) as u128 * (sample.len() as u128).pow(2)
}

impl Buckets {
    /// The buckets of `numbers`. A single one, if there is not enough memory for more.
    pub(super) fn of(numbers: impl SortedNumbers) -> Self {
        Self::even(numbers.clone()).unwrap_or_else(|| Self::uneven(numbers))
    }

    fn even(numbers: impl SortedNumbers) -> Option<Self> {
        let (lowest, highest) = lowest_and_highest(&numbers)?;
        let scale = even_scale(lowest, highest, numbers.len());
        Self::joined([Histogram::of(numbers, &scale)], scale)
    }

    /// The buckets of the numbers in all histograms. `None` if the numbers are not spread evenly, or if there is not
    /// enough memory.
    pub(super) fn joined(histograms: impl IntoIterator<Item = Option<Histogram>>, scale: Scale) -> Option<Self> {
        let mut starts: Vec<u32> = filled(0, scale.step_count() + 1).ok()?;
        for histogram in histograms {
            let Histogram { first, lens } = histogram?;
            // The last step of one histogram may be the first step of the next one.
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

    fn uneven(numbers: impl SortedNumbers) -> Self {
        let (lowest, highest) = lowest_and_highest(&numbers).unwrap_or_default();
        let scale = Scale::new(lowest, highest, MAX_STEPS);
        let (mut firsts, every) = (Vec::new(), numbers.step_by(UNEVEN_LEN));
        if firsts.try_reserve_exact(every.len()).is_ok() {
            firsts.extend(every.map(|number| scale.step_of(number)));
        }
        Self::Uneven(scale, firsts)
    }

    /// The range among all `len` numbers in which this one is or would be. All numbers before the range are lower, all
    /// after it are higher.
    #[inline]
    pub(super) fn range(&self, number: u64, len: usize) -> Range<usize> {
        match self {
            Self::Even(scale, starts) => {
                let bucket = scale.step_of(number) as usize;
                starts[bucket] as usize..starts[bucket + 1] as usize
            }
            Self::Uneven(scale, firsts) => uneven_range(firsts, scale.step_of(number), len),
        }
    }
}

/// The range from the last bucket that starts below this step to the first one that starts above it.
#[inline(never)]
fn uneven_range(firsts: &[u32], step: u32, len: usize) -> Range<usize> {
    let not_below = firsts.partition_point(|&first| first < step);
    let above = match firsts.get(not_below) {
        Some(&first) if first == step => firsts.partition_point(|&first| first <= step),
        _ => not_below,
    };
    let end = if above < firsts.len() { above * UNEVEN_LEN } else { len };
    not_below.saturating_sub(1) * UNEVEN_LEN..end
}

#[cfg(test)]
mod tests;
