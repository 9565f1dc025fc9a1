//! Buckets: where to look among sorted prefixes.

use super::alphabet::Alphabet;
use crate::memory::filled;
use std::ops::Range;

/// Prefixes in a bucket: more would be more to look at, and fewer more buckets than the processor's cache holds.
const EVEN_LEN: usize = 2;
const UNEVEN_LEN: usize = 4;
/// Prefixes are spread evenly if there are no more of them than so many where one of them is, on average.
const LONGEST_EVEN: usize = 8;

/// Sorted prefixes.
pub(super) trait Prefixes: DoubleEndedIterator<Item = u64> + ExactSizeIterator + Clone {}

impl<T: DoubleEndedIterator<Item = u64> + ExactSizeIterator + Clone> Prefixes for T {}

/// A table of where to look, of about a byte for each prefix.
#[derive(Debug)]
pub(super) enum Buckets {
    /// Each bucket is as wide as any other, so that a prefix tells which one it is in. Where each starts, and where the
    /// last one ends.
    Even(Scale, Vec<u16>),
    /// Each bucket is as long as any other. The height of the first prefix of each.
    Uneven(Scale, Vec<u32>),
}

/// How high numbers are above the lowest of them.
#[derive(Debug)]
pub(super) struct Scale {
    lowest: u64,
    /// The lowest bits, which do not count.
    shift: u32,
}

impl Scale {
    /// Of heights that have no more than so many bits.
    fn of(mut sorted: impl Prefixes, bits: u32) -> Self {
        let lowest = sorted.next().unwrap_or_default();
        let span = sorted.next_back().unwrap_or(lowest) - lowest;
        Self { lowest, shift: (u64::BITS - span.leading_zeros()).saturating_sub(bits).min(u64::BITS - 1) }
    }

    #[inline]
    fn height(&self, number: u64) -> u64 {
        number.saturating_sub(self.lowest) >> self.shift
    }
}

impl Buckets {
    /// Those of `prefixes`, or, without memory for them, a single one.
    pub(super) fn of(prefixes: impl Prefixes, alphabet: &Alphabet) -> Self {
        let numbers = prefixes.map(|prefix| alphabet.number(prefix));
        Self::even(&numbers).unwrap_or_else(|| Self::uneven(numbers))
    }

    /// None if they are not spread evenly.
    fn even(numbers: &impl Prefixes) -> Option<Self> {
        let len = u16::try_from(numbers.len()).ok()?;
        let scale = Scale::of(numbers.clone(), (numbers.len() / EVEN_LEN).next_power_of_two().ilog2());
        let buckets = scale.height(numbers.clone().next_back()?) as usize + 1;
        let mut starts = filled(len, buckets + 1).ok()?;
        for (index, number) in numbers.clone().enumerate().rev() {
            starts[scale.height(number) as usize] = index as u16;
        }
        // An empty bucket starts where the next one does.
        for bucket in (0..buckets).rev() {
            starts[bucket] = starts[bucket].min(starts[bucket + 1]);
        }
        let lens = starts.windows(2).map(|pair| usize::from(pair[1] - pair[0]));
        (lens.map(|len| len * len).sum::<usize>() <= LONGEST_EVEN * numbers.len()).then_some(Self::Even(scale, starts))
    }

    fn uneven(numbers: impl Prefixes) -> Self {
        let scale = Scale::of(numbers.clone(), u32::BITS);
        let mut firsts = Vec::new();
        if firsts.try_reserve_exact(numbers.len().div_ceil(UNEVEN_LEN)).is_ok() {
            firsts.extend(numbers.step_by(UNEVEN_LEN).map(|number| scale.height(number) as u32));
        }
        Self::Uneven(scale, firsts)
    }

    /// Where among all `len` prefixes this one is or would be: those in front of the range are lower, those behind it
    /// higher.
    #[inline]
    pub(super) fn range(&self, prefix: u64, alphabet: &Alphabet, len: usize) -> Range<usize> {
        let number = alphabet.number(prefix);
        match self {
            Self::Even(scale, starts) => {
                let bucket = (scale.height(number) as usize).min(starts.len() - 2);
                usize::from(starts[bucket])..usize::from(starts[bucket + 1])
            }
            Self::Uneven(scale, firsts) => {
                let height = u32::try_from(scale.height(number)).unwrap_or(u32::MAX);
                uneven_range(firsts, height, len)
            }
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
