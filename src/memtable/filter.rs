//! Filters: whether a table may hold a key, told from one word of memory.

use crate::memory::filled;
use foldhash::fast::FixedState;
use std::collections::TryReserveError;
use std::hash::BuildHasher;

/// Keys for each 64-bit word, of which every key sets [`BITS`] bits: about one key in sixty that is not in the table
/// passes.
const KEYS_PER_WORD: usize = 5;
const BITS: u32 = 4;

/// The hash of a key that every filter is asked with: one for all tables of a list.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KeyHash(u32);

impl KeyHash {
    #[inline]
    pub(crate) fn of(key: &[u8]) -> Self {
        Self((FixedState::default().hash_one(key) >> 32) as u32)
    }

    /// The bits that a key sets in its word. They come from another mixture of the hash than the word's number.
    #[inline]
    fn mask(self) -> u64 {
        let mixed = u64::from(self.0).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        (0..BITS).fold(0, |mask, i| mask | 1 << ((mixed >> (6 * i)) & 63))
    }
}

/// A Bloom filter over the keys of a table, each key's bits in one word.
#[derive(Debug)]
pub(crate) struct Filter {
    words: Vec<u64>,
}

impl Filter {
    pub(crate) fn of(keys: &[KeyHash]) -> Result<Self, TryReserveError> {
        let mut filter = Self { words: filled(0, keys.len() / KEYS_PER_WORD + 1)? };
        for &key in keys {
            filter.insert(key);
        }
        Ok(filter)
    }

    #[inline]
    fn word(&self, hash: KeyHash) -> usize {
        // Of more than 2^32 words only the first would be used; no table has that many keys.
        ((u64::from(hash.0) * self.words.len() as u64) >> 32) as usize
    }

    #[inline]
    fn insert(&mut self, hash: KeyHash) {
        let word = self.word(hash);
        self.words[word] |= hash.mask();
    }

    /// False only if the key was not inserted.
    #[inline]
    pub(crate) fn may_contain(&self, hash: KeyHash) -> bool {
        let mask = hash.mask();
        self.words[self.word(hash)] & mask == mask
    }
}

#[cfg(test)]
mod tests {
    use super::{Filter, KeyHash};

    #[test]
    fn it_passes_every_key_that_is_there_and_few_that_are_not() {
        let hash = |i: u32| KeyHash::of(&i.to_le_bytes());
        let filter = Filter::of(&(0..10_000).map(hash).collect::<Vec<_>>()).unwrap();
        assert!((0..10_000).all(|i| filter.may_contain(hash(i))));
        let false_positives = (10_000..110_000).filter(|&i| filter.may_contain(hash(i))).count();
        assert!(false_positives < 4_000, "{false_positives} of 100000 keys pass that are not there");
    }
}
