//! Scales: lines along which numbers are placed.

/// More would not fit into their numbers.
pub(super) const MOST_STEPS: u64 = 1 << 32;

/// A line from the lowest number to the highest, in steps that are as wide as each other.
#[derive(Clone, Debug)]
pub(super) struct Scale {
    lowest: u64,
    highest: u64,
    /// By so many bits numbers above the lowest are moved up, until the highest has its first bit set.
    up: u32,
    /// Steps for each of these, as a fraction of 2^64.
    slope: u64,
}

impl Scale {
    /// In so many steps, or fewer if there are not as many numbers.
    pub(super) fn new(lowest: u64, highest: u64, steps: u64) -> Self {
        let span = highest - lowest;
        let up = span.leading_zeros().min(u64::BITS - 1);
        let steps = steps.clamp(1, MOST_STEPS).min(span.saturating_add(1));
        // A little less than what would lead the highest number to the end of the last step.
        let slope = (u128::from(steps) << u64::BITS) / (u128::from(span << up) + 1);
        Self { lowest, highest, up, slope: u64::try_from(slope).unwrap_or(u64::MAX) }
    }

    /// The number of the step that a number is on; the first of all lower numbers, the last of all higher ones.
    #[inline]
    pub(super) fn height(&self, number: u64) -> u32 {
        let above = (number.clamp(self.lowest, self.highest) - self.lowest) << self.up;
        ((u128::from(above) * u128::from(self.slope)) >> u64::BITS) as u32
    }

    pub(super) fn steps(&self) -> usize {
        self.height(self.highest) as usize + 1
    }
}

#[cfg(test)]
mod tests {
    use super::{MOST_STEPS, Scale};

    #[test]
    fn a_line_goes_from_the_first_step_to_the_last() {
        let numbers = [0, 1, 2, 7, 1 << 20, u64::MAX / 3, u64::MAX - 1, u64::MAX];
        for (lowest, highest) in numbers.iter().flat_map(|&a| numbers.map(|b| (a, b))).filter(|(a, b)| a <= b) {
            for steps in [1, 2, 3, 1000, MOST_STEPS - 1, MOST_STEPS] {
                let scale = Scale::new(lowest, highest, steps);
                let last = scale.height(highest);
                assert!(u64::from(last) < steps, "{scale:?}");
                // No step is left over, but for one that rounding takes.
                assert!(u64::from(last) + 2 >= steps.min((highest - lowest).saturating_add(1)), "{scale:?}");
                assert_eq!((scale.height(0), scale.height(lowest), scale.height(u64::MAX)), (0, 0, last), "{scale:?}");
                let between = numbers.map(|number| scale.height(number));
                assert!(between.is_sorted(), "{scale:?}");
            }
        }
    }
}
