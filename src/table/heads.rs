//! Heads: four bytes of each key of a block, beside where the entry starts. Most of a search needs no more of the keys,
//! and finds them in a few cache lines next to each other, instead of one line for each key that it looks at.

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

/// How many of these pairs, whose heads ascend, have a head below `head`.
#[inline]
pub(super) fn below(pairs: &[u8], head: u32) -> usize {
    let (pairs, _) = pairs.as_chunks::<PAIR>();
    let (mut low, mut high) = if pairs.len() <= NEAR { (0, pairs.len()) } else { around(pairs, head) };
    while high - low > NEAR {
        let middle = low.midpoint(high);
        if of(pairs[middle]) < head { low = middle + 1 } else { high = middle }
    }
    low + pairs[low..high].iter().map(|pair| usize::from(of(*pair) < head)).sum::<usize>()
}

/// How many of these pairs, from the first on, have the head `head`.
#[inline]
pub(super) fn equal(pairs: &[u8], head: u32) -> usize {
    pairs.as_chunks().0.iter().take_while(|pair| of(**pair) == head).count()
}

#[inline]
fn of(pair: [u8; PAIR]) -> u32 {
    (u64::from_le_bytes(pair) >> 32) as u32
}

/// All heads before the first number are below `head`, and none from the second on. Keys are often spread evenly, so
/// the search begins where `head` is between the first and the last, and takes ever longer steps from there.
fn around(pairs: &[[u8; PAIR]], head: u32) -> (usize, usize) {
    let len = pairs.len();
    let (first, last) = (of(pairs[0]), of(pairs[len - 1]));
    if head <= first {
        return (0, 0);
    }
    if head > last {
        return (len, len);
    }
    let guess = (u64::from(head - first) * (len as u64 - 1) / u64::from(last - first)) as usize;
    let (mut low, mut high, mut step) = (guess, guess, NEAR);
    if of(pairs[guess]) < head {
        loop {
            high = (low + step).min(len - 1);
            if of(pairs[high]) >= head {
                return (low + 1, high);
            }
            (low, step) = (high, 2 * step);
        }
    }
    loop {
        low = high.saturating_sub(step);
        if of(pairs[low]) < head {
            return (low + 1, high);
        }
        (high, step) = (low, 2 * step);
    }
}

#[cfg(test)]
mod tests {
    use super::{PAIR, below, equal, pair};

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
                let heads: Vec<u8> = numbers.iter().flat_map(|&number| pair(number ^ 5, number)).collect();
                let near = numbers.iter().flat_map(|&number| [number.wrapping_sub(1), number, number.wrapping_add(1)]);
                for head in near.chain([0, 1, u32::MAX, u32::MAX / 2]) {
                    let expected = numbers.partition_point(|&number| number < head);
                    assert_eq!(below(&heads, head), expected, "{head} among {len}");
                    let count = numbers.iter().filter(|&&number| number == head).count();
                    assert_eq!(equal(&heads[PAIR * expected..], head), count);
                }
            }
        }
    }
}
