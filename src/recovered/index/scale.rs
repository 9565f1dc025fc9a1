//! Scales: they divide a range of numbers into steps of equal width.

/// With more steps, the number of a step would not fit into 32 bits.
pub(super) const MAX_STEPS: u64 = 1 << 32;

/// The range from the lowest number to the highest, divided into steps of equal width.
#[derive(Clone, Debug)]
pub(super) struct Scale {
    lowest: u64,
    highest: u64,
    /// How many bits the distance from the lowest number is shifted left. With it, the distance of the highest number
    /// has its highest bit set.
    shift: u32,
    /// Steps for each unit of a shifted distance, as a fraction of 2^64.
    slope: u64,
}

impl Scale {
    /// A scale of this many steps, or of fewer if there are not as many numbers.
    pub(super) fn new(lowest: u64, highest: u64, steps: u64) -> Self {
        let distance = highest - lowest;
        let shift = distance.leading_zeros().min(u64::BITS - 1);
        let steps = steps.clamp(1, MAX_STEPS).min(distance.saturating_add(1));
        // Slightly less than the slope that would bring the highest number to the end of the last step.
        let slope = (u128::from(steps) << u64::BITS) / (u128::from(distance << shift) + 1);
        Self { lowest, highest, shift, slope: u64::try_from(slope).unwrap_or(u64::MAX) }
    }

    /// The step that a number is on. Numbers below the lowest are on the first step, numbers above the highest on the
    /// last.
    #[inline]
    pub(super) fn step_of(&self, number: u64) -> u32 {
        let distance = (number.clamp(self.lowest, self.highest) - self.lowest) << self.shift;
        ((u128::from(distance) * u128::from(self.slope)) >> u64::BITS) as u32
    }

    pub(super) fn step_count(&self) -> usize {
        self.step_of(self.highest) as usize + 1
    }
}

#[cfg(test)]
mod tests {
    use super::{MAX_STEPS, Scale};

    #[test]
    fn a_scale_goes_from_the_first_step_to_the_last() {
        let numbers = [0, 1, 2, 7, 1 << 20, u64::MAX / 3, u64::MAX - 1, u64::MAX];
        for (lowest, highest) in numbers.iter().flat_map(|&a| numbers.map(|b| (a, b))).filter(|(a, b)| a <= b) {
            for steps in [1, 2, 3, 1000, MAX_STEPS - 1, MAX_STEPS] {
                let scale = Scale::new(lowest, highest, steps);
                let last = scale.step_of(highest);
                assert!(u64::from(last) < steps, "{scale:?}");
                // All steps are used, except one that rounding may take.
                assert!(u64::from(last) + 2 >= steps.min((highest - lowest).saturating_add(1)), "{scale:?}");
                assert_eq!(
                    (scale.step_of(0), scale.step_of(lowest), scale.step_of(u64::MAX)),
                    (0, 0, last),
                    "{scale:?}"
                );
                let between = numbers.map(|number| scale.step_of(number));
                assert!(between.is_sorted(), "{scale:?}");
            }
        }
    }
}
