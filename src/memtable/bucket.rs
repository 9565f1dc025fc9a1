//! Buckets: a sorted array cut into short pieces by the prefixes in it, so that a search starts near its end.

use super::gather::Ref;
use crate::memory::{copied, filled};
use std::collections::TryReserveError;
use std::ops::Range;

/// References in a bucket on average, where prefixes are spread evenly.
const BUCKET_LEN: usize = 8;
/// Buckets in a group, as a power of two.
const GROUP_BITS: u32 = 8;
/// References in a scratch array at the most: 8 MiB of them.
const SCRATCH_LEN: usize = 1 << 19;

/// Which bucket a prefix belongs into: a straight line from the lowest prefix to the highest.
#[derive(Clone, Copy, Debug)]
struct Line {
    lowest: u64,
    shift: u32,
    last: usize,
}

impl Line {
    fn new(lowest: u64, highest: u64, len: usize) -> Self {
        let wanted = (len / BUCKET_LEN).next_power_of_two();
        let span = highest - lowest;
        let shift = (u64::BITS - span.leading_zeros()).saturating_sub(wanted.ilog2()).min(u64::BITS - 1);
        Self { lowest, shift, last: (span >> shift) as usize }
    }

    #[inline]
    fn bucket(&self, prefix: u64) -> usize {
        ((prefix.saturating_sub(self.lowest) >> self.shift) as usize).min(self.last)
    }
}

/// Where each bucket starts.
#[derive(Debug)]
pub(crate) struct Buckets {
    line: Line,
    /// One more than there are buckets: the last is the array's length.
    starts: Vec<usize>,
}

impl Buckets {
    /// Puts references into buckets. There must be at least one. `scratch` is for arranging to work in; what it holds is
    /// of no interest, before or after. Without memory, the references are left in any order.
    pub(crate) fn arrange(refs: &mut [Ref], scratch: &mut Vec<Ref>) -> Result<Self, TryReserveError> {
        let buckets = Self::count(refs)?;
        let all = 0..buckets.count_at(0);
        if refs.len() <= SCRATCH_LEN {
            buckets.scatter(refs, all, scratch)?;
            return Ok(buckets);
        }
        // What does not fit into the scratch array is first put into groups of buckets, in place.
        buckets.permute(refs, 0..buckets.count_at(GROUP_BITS), GROUP_BITS)?;
        for group in 0..buckets.count_at(GROUP_BITS) {
            let first = group << GROUP_BITS;
            let own = first..(first + (1 << GROUP_BITS)).min(all.end);
            if buckets.starts[own.end] - buckets.starts[own.start] <= SCRATCH_LEN {
                buckets.scatter(refs, own, scratch)?;
            } else {
                buckets.permute(refs, own, 0)?;
            }
        }
        Ok(buckets)
    }

    fn count(refs: &[Ref]) -> Result<Self, TryReserveError> {
        let (lowest, highest) =
            refs.iter().fold((u64::MAX, 0), |(low, high), r| (r.prefix.min(low), r.prefix.max(high)));
        let line = Line::new(lowest.min(highest), highest, refs.len());
        let mut starts = filled(0, line.last + 2)?;
        for r in refs {
            starts[line.bucket(r.prefix) + 1] += 1;
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        Ok(Self { line, starts })
    }

    /// How many groups of 2^`bits` buckets there are.
    fn count_at(&self, bits: u32) -> usize {
        (self.line.last >> bits) + 1
    }

    /// Where the group number `group` of 2^`bits` buckets starts.
    fn start(&self, group: usize, bits: u32) -> usize {
        self.starts[(group << bits).min(self.starts.len() - 1)]
    }

    /// Puts the references of `own` buckets, which are those of these buckets already, each into its own, by way of
    /// another array. Nothing that is read depends on what was read before, which makes it faster than in place.
    fn scatter(&self, refs: &mut [Ref], own: Range<usize>, scratch: &mut Vec<Ref>) -> Result<(), TryReserveError> {
        let (start, end) = (self.starts[own.start], self.starts[own.end]);
        let refs = &mut refs[start..end];
        let mut next = copied(&self.starts[own.clone()])?;
        scratch.clear();
        scratch.try_reserve_exact(refs.len())?;
        scratch.extend_from_slice(refs);
        for &moved in &*scratch {
            let slot = &mut next[self.line.bucket(moved.prefix) - own.start];
            refs[*slot - start] = moved;
            *slot += 1;
        }
        Ok(())
    }

    /// Puts the references of `groups`, which are those of these groups already, each into its own, in place.
    fn permute(&self, refs: &mut [Ref], groups: Range<usize>, bits: u32) -> Result<(), TryReserveError> {
        let mut next = filled(0, groups.len())?;
        next.iter_mut().zip(groups.clone()).for_each(|(next, group)| *next = self.start(group, bits));
        for group in groups.clone() {
            let own = group - groups.start;
            while next[own] < self.start(group + 1, bits) {
                // Follows a cycle: each reference takes the place of another in its group, until one belongs here.
                let mut moved = refs[next[own]];
                loop {
                    let home = (self.line.bucket(moved.prefix) >> bits) - groups.start;
                    let slot = next[home];
                    next[home] += 1;
                    std::mem::swap(&mut moved, &mut refs[slot]);
                    if home == own {
                        break;
                    }
                }
            }
        }
        Ok(())
    }

    /// The references that can have this prefix.
    #[inline]
    pub(crate) fn range(&self, prefix: u64) -> Range<usize> {
        let bucket = self.line.bucket(prefix);
        self.starts[bucket]..self.starts[bucket + 1]
    }

    /// All buckets, in order.
    pub(crate) fn ranges(&self) -> impl Iterator<Item = Range<usize>> + '_ {
        self.starts.windows(2).map(|pair| pair[0]..pair[1])
    }
}

#[cfg(test)]
mod tests {
    use super::{Buckets, Ref, SCRATCH_LEN};
    use crate::log::place::Place;

    fn refs(prefixes: impl IntoIterator<Item = u64>) -> Vec<Ref> {
        let place = |(index, prefix)| Ref { prefix, place: Place::of_entry(index) };
        prefixes.into_iter().enumerate().map(place).collect()
    }

    fn check(prefixes: &[u64]) {
        let mut arranged = refs(prefixes.iter().copied());
        let buckets = Buckets::arrange(&mut arranged, &mut Vec::new()).unwrap();
        let mut highest = None;
        for range in buckets.ranges() {
            assert!(arranged[range.clone()].iter().all(|r| highest.is_none_or(|highest| highest < r.prefix)));
            assert!(arranged[range.clone()].iter().all(|r| buckets.range(r.prefix) == range));
            highest = arranged[range].iter().map(|r| r.prefix).max().or(highest);
        }
        let mut places: Vec<usize> = arranged.iter().map(|r| r.place.offset()).collect();
        places.sort_unstable();
        assert_eq!(places, (0..prefixes.len()).collect::<Vec<_>>());
        assert!(arranged.iter().all(|r| prefixes[r.place.offset()] == r.prefix));
    }

    #[test]
    fn every_reference_is_in_its_bucket_and_the_buckets_are_in_order() {
        check(&[7]);
        check(&[7, 7, 7]);
        check(&[0, u64::MAX]);
        check(&(0..20_000).map(|i: u64| i.wrapping_mul(0x9e37_79b9_7f4a_7c15)).collect::<Vec<_>>());
        check(&(0..20_000).map(|i: u64| u64::MAX - i * i).collect::<Vec<_>>());
        check(&(0..20_000).map(|i: u64| i / 100 * (1 << 40) + i % 7).collect::<Vec<_>>());
    }

    #[test]
    fn what_does_not_fit_into_the_scratch_array_is_arranged_alike() {
        let spread = |i: u64| i.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        check(&(0..SCRATCH_LEN as u64 + 5).map(spread).collect::<Vec<_>>());
        // Nearly all in one group, which does not fit either.
        check(
            &(0..SCRATCH_LEN as u64 + 1000)
                .map(|i| if i < 5 { spread(i) } else { spread(i) >> 40 })
                .collect::<Vec<_>>(),
        );
    }

    #[test]
    fn a_prefix_outside_falls_into_the_first_or_the_last_bucket() {
        let buckets = Buckets::arrange(&mut refs((100..200).map(|i| i << 32)), &mut Vec::new()).unwrap();
        assert_eq!(buckets.range(0).start, 0);
        assert_eq!(buckets.range(u64::MAX).end, 100);
    }
}
