//! Buckets: a sorted array cut into short pieces by the prefixes in it, so that a search starts near its end.

use std::ops::Range;

/// References in a bucket on average, where prefixes are spread evenly.
const BUCKET_LEN: usize = 8;

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
    /// Counts what falls into each bucket. There must be at least one prefix.
    pub(crate) fn count(prefixes: impl Iterator<Item = u64> + Clone, len: usize) -> Self {
        let (lowest, highest) =
            prefixes.clone().fold((u64::MAX, 0), |(low, high), prefix| (low.min(prefix), high.max(prefix)));
        let line = Line::new(lowest.min(highest), highest, len);
        let mut starts = vec![0; line.last + 2];
        for prefix in prefixes {
            starts[line.bucket(prefix) + 1] += 1;
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        Self { line, starts }
    }

    /// Where the references of each bucket go, one after the other.
    pub(crate) fn cursors(&self) -> Cursors {
        Cursors { line: self.line, next: self.starts.clone() }
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

/// The next free slot of each bucket.
#[derive(Debug)]
pub(crate) struct Cursors {
    line: Line,
    next: Vec<usize>,
}

impl Cursors {
    #[inline]
    pub(crate) fn take(&mut self, prefix: u64) -> usize {
        let next = &mut self.next[self.line.bucket(prefix)];
        *next += 1;
        *next - 1
    }
}

#[cfg(test)]
mod tests {
    use super::Buckets;

    fn check(prefixes: &[u64]) {
        let buckets = Buckets::count(prefixes.iter().copied(), prefixes.len());
        let mut cursors = buckets.cursors();
        let mut slots: Vec<Option<u64>> = vec![None; prefixes.len()];
        for &prefix in prefixes {
            let slot = cursors.take(prefix);
            assert!(buckets.range(prefix).contains(&slot));
            assert_eq!(slots[slot].replace(prefix), None);
        }
        let slots: Vec<u64> = slots.into_iter().flatten().collect();
        assert_eq!(slots.len(), prefixes.len());
        let mut highest = None;
        for range in buckets.ranges() {
            assert!(slots[range.clone()].iter().all(|&prefix| highest.is_none_or(|highest| highest < prefix)));
            highest = slots[range].iter().max().copied().or(highest);
        }
    }

    #[test]
    fn every_prefix_gets_a_slot_of_its_own_in_a_bucket_that_is_in_order() {
        check(&[7]);
        check(&[7, 7, 7]);
        check(&[0, u64::MAX]);
        check(&(0..1000).map(|i: u64| i.wrapping_mul(0x9e37_79b9_7f4a_7c15)).collect::<Vec<_>>());
        check(&(0..1000).map(|i: u64| u64::MAX - i * i).collect::<Vec<_>>());
    }

    #[test]
    fn a_prefix_outside_falls_into_the_first_or_the_last_bucket() {
        let buckets = Buckets::count((100..200).map(|i| i << 32), 100);
        assert_eq!(buckets.range(0).start, 0);
        assert_eq!(buckets.range(u64::MAX).end, 100);
    }
}
