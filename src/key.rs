//! Keys are compared by their bytes, unsigned, a shorter one first. Most comparisons need only eight of them.

/// How many leading bytes `a` and `b` have in common.
#[inline]
pub(crate) fn common_prefix_len(a: &[u8], b: &[u8]) -> usize {
    a.iter().zip(b).take_while(|(x, y)| x == y).count()
}

/// The first eight bytes of `key` as a number, missing ones taken for zeros.
///
/// Where these numbers differ, they order keys as their bytes do. Where they are equal, the keys may still differ, in
/// later bytes or in length.
#[inline]
pub(crate) fn prefix(key: &[u8]) -> u64 {
    match key.first_chunk::<8>() {
        Some(bytes) => u64::from_be_bytes(*bytes),
        None => key.iter().enumerate().fold(0, |sum, (i, &byte)| sum | u64::from(byte) << (56 - 8 * i)),
    }
}

#[cfg(test)]
mod tests {
    use super::{common_prefix_len, prefix};

    #[test]
    fn prefixes_never_order_keys_otherwise_than_their_bytes() {
        let keys: [&[u8]; 9] = [b"", b"\0", b"\0\0", b"a", b"a\0", b"ab", b"abcdefgh", b"abcdefghi", b"\xff"];
        for pair in keys.windows(2) {
            assert!(pair[0] < pair[1] && prefix(pair[0]) <= prefix(pair[1]), "{pair:?}");
        }
    }

    #[test]
    fn the_common_prefix_ends_with_the_shorter_key() {
        assert_eq!(common_prefix_len(b"abc", b"abd"), 2);
        assert_eq!(common_prefix_len(b"ab", b"abd"), 2);
        assert_eq!(common_prefix_len(b"", b"abd"), 0);
    }
}
