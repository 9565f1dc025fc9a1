//! The entries of a measured log. The same number always gives the same entry.

/// A random number, by splitmix64. No two seeds give the same.
pub fn random(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[derive(Clone, Copy)]
pub enum Keys {
    /// Random from the first byte on.
    Random,
    /// Random in the last eight bytes; all bytes before them are the same.
    CommonPrefix,
    /// Decimal numbers, in order.
    Sequential,
}

#[derive(Clone, Copy)]
pub struct Shape {
    pub entries: u64,
    pub keys: Keys,
    pub key_length: usize,
    pub value_length: usize,
}

impl Shape {
    /// 16-byte keys and 100-byte values.
    pub const fn usual(entries: u64, keys: Keys) -> Self {
        Self { entries, keys, key_length: 16, value_length: 100 }
    }

    /// A key that is in the log if `number` is below `entries`.
    pub fn key(&self, number: u64) -> Vec<u8> {
        let length = self.key_length;
        match self.keys {
            Keys::Random => random_bytes(number * length.div_ceil(8) as u64, length).collect(),
            Keys::CommonPrefix => {
                let random = random(number).to_be_bytes();
                std::iter::repeat_n(b'p', length - random.len()).chain(random).collect()
            }
            Keys::Sequential => format!("{number:0length$}").into_bytes(),
        }
    }

    pub fn value(&self, number: u64) -> Vec<u8> {
        random_bytes(number * self.value_length.div_ceil(8) as u64 + (1 << 40), self.value_length).collect()
    }

    /// Keys that are in the log, at random.
    pub fn present_keys(&self, count: u64) -> impl Iterator<Item = Vec<u8>> {
        (0..count).map(|number| self.key(random(number) % self.entries))
    }

    /// Keys that are not in the log.
    pub fn absent_keys(&self, count: u64) -> impl Iterator<Item = Vec<u8>> {
        (0..count).map(|number| self.key(self.entries + number))
    }

    /// The memtable size that gives so many memtables.
    pub fn memtable_size(&self, memtables: u64) -> u64 {
        let entry = (self.key_length + self.value_length + 16) as u64;
        self.entries.div_ceil(memtables) * entry
    }
}

fn random_bytes(seed: u64, length: usize) -> impl Iterator<Item = u8> {
    (seed..).flat_map(|seed| random(seed).to_le_bytes()).take(length)
}
