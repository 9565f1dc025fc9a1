//! Heads: of each key of a block four bytes, beside where the entry starts, and of each key of an index eight. Most of a
//! search needs no more of the keys, and finds them in a few cache lines next to each other, instead of one line for
//! each key that it looks at.

use crate::key::prefix;

/// What an entry has here: its start, then its head. Both are u32.
pub(super) const PAIR: usize = 8;
/// So many heads are compared all, without a branch that the processor has to guess.
const NEAR: usize = 32;

/// The head of a key, of which the first `shared` bytes are known; it has at least so many. Heads never contradict the
/// order of the keys; keys that differ may have the same one.
#[inline]
pub(super) fn head(key: &[u8], shared: usize) -> u32 {
    (prefix(key, shared) >> 32) as u32
}

/// A start and a head, as they are kept.
pub(super) fn pair(start: u32, head: u32) -> [u8; PAIR] {
    (u64::from(head) << 32 | u64::from(start)).to_le_bytes()
}

/// What has a head.
pub(super) trait Headed: Copy {
    type Head: Copy + Ord + Into<u64>;

    fn head(self) -> Self::Head;
}

impl Headed for [u8; PAIR] {
    type Head = u32;

    #[inline]
    fn head(self) -> u32 {
        (u64::from_le_bytes(self) >> 32) as u32
    }
}

impl Headed for u64 {
    type Head = Self;

    #[inline]
    fn head(self) -> Self {
        self
    }
}

/// How many of these, whose heads ascend, have a head below `head`.
#[inline]
pub(super) fn below<T: Headed>(items: &[T], head: T::Head) -> usize {
    let (mut low, mut high) = if items.len() <= NEAR { (0, items.len()) } else { around(items, head) };
    while high - low > NEAR {
        let middle = low.midpoint(high);
        if items[middle].head() < head { low = middle + 1 } else { high = middle }
    }
    low + items[low..high].iter().map(|item| usize::from(item.head() < head)).sum::<usize>()
}

/// How many of these, from the first on, have the head `head`.
#[inline]
pub(super) fn equal<T: Headed>(items: &[T], head: T::Head) -> usize {
    items.iter().take_while(|item| item.head() == head).count()
}

/// All heads before the first number are below `head`, and none from the second on. Keys are often spread evenly, so
/// the search begins where `head` is between the first and the last, and takes ever longer steps from there.
fn around<T: Headed>(items: &[T], head: T::Head) -> (usize, usize) {
    let len = items.len();
    let (first, last) = (items[0].head(), items[len - 1].head());
    if head <= first {
        return (0, 0);
    }
    if head > last {
        return (len, len);
    }
    let guess = between(first.into(), head.into(), last.into(), len - 1);
    let (mut low, mut high, mut step) = (guess, guess, NEAR);
    if items[guess].head() < head {
        loop {
            high = (low + step).min(len - 1);
            if items[high].head() >= head {
                return (low + 1, high);
            }
            (low, step) = (high, 2 * step);
        }
    }
    loop {
        low = high.saturating_sub(step);
        if items[low].head() < head {
            return (low + 1, high);
        }
        (high, step) = (low, 2 * step);
    }
}

/// As far from 0 to `most` as `number` is from `first` to `last`, about; `first < number <= last`.
#[allow(clippy::cast_precision_loss, clippy::cast_sign_loss)] // It is where a search begins, and not negative.
#[inline]
fn between(first: u64, number: u64, last: u64, most: usize) -> usize {
    let share = (number - first) as f64 / (last - first) as f64;
    ((share * most as f64) as usize).min(most)
}

#[cfg(test)]
mod tests {
    use super::{below, equal, pair};

    #[test]
    fn the_same_is_found_as_by_looking_at_all() {
        let mut state = 1_u32;
        let mut random = move || {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            state
        };
        for len in [0, 1, 2, 31, 32, 33, 34, 100, 1000, 5000] {
            // Spread evenly, in lumps, all alike, and far from even.
            for shape in [|r: u32| r, |r| r % 7, |_| 9, |r| if r % 50 == 0 { r } else { r % 1000 }] {
                let mut numbers: Vec<u32> = (0..len).map(|_| shape(random())).collect();
                numbers.sort_unstable();
                let pairs: Vec<_> = numbers.iter().map(|&number| pair(number ^ 5, number)).collect();
                let wide: Vec<_> = numbers.iter().map(|&number| u64::from(number) << 32 | 7).collect();
                let near = numbers.iter().flat_map(|&number| [number.wrapping_sub(1), number, number.wrapping_add(1)]);
                for head in near.chain([0, 1, u32::MAX, u32::MAX / 2]) {
                    let expected = numbers.partition_point(|&number| number < head);
                    assert_eq!(below(&pairs, head), expected, "{head} among {len}");
                    let count = numbers.iter().filter(|&&number| number == head).count();
                    assert_eq!(equal(&pairs[expected..], head), count);
                    let head = u64::from(head) << 32 | 7;
                    assert_eq!((below(&wide, head), below(&wide, head + 1)), (expected, expected + count));
                    assert_eq!(equal(&wide[expected..], head), count);
                }
            }
        }
    }
}
