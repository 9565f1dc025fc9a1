//! Keys are ordered by their bytes, which are unsigned; a key comes before the longer keys that begin with it. Most
//! comparisons need only eight of the bytes.

/// How many leading bytes `a` and `b` have in common.
#[inline]
pub(crate) fn common_prefix_len(a: &[u8], b: &[u8]) -> usize {
    a.iter().zip(b).take_while(|(x, y)| x == y).count()
}

/// The eight bytes of `key` after the first `skipped`, as a number. Missing bytes count as zeros. The key must have at
/// least `skipped` bytes.
///
/// Where these numbers differ, they order keys that begin alike as their bytes do. Where they are equal, the keys may
/// still differ, in later bytes or in length.
#[inline]
pub(crate) fn prefix(key: &[u8], skipped: usize) -> u64 {
    let rest = &key[skipped..];
    match (rest.first_chunk::<8>(), key.last_chunk::<8>()) {
        (Some(bytes), _) => u64::from_be_bytes(*bytes),
        // The shift removes the bytes that are skipped.
        (None, Some(bytes)) => u64::from_be_bytes(*bytes).checked_shl(64 - 8 * rest.len() as u32).unwrap_or(0),
        (None, None) => prefix_of_short(rest),
    }
}

/// The prefix of a key of fewer than eight bytes.
#[inline(never)]
fn prefix_of_short(key: &[u8]) -> u64 {
    key.iter().enumerate().fold(0, |sum, (i, &byte)| sum | u64::from(byte) << (56 - 8 * i))
}

#[cfg(test)]
mod tests {
    use super::{common_prefix_len, prefix};

    #[test]
    fn prefixes_never_contradict_the_order_of_the_keys() {
        let keys: [&[u8]; 9] = [b"", b"\0", b"\0\0", b"a", b"a\0", b"ab", b"abcdefgh", b"abcdefghi", b"\xff"];
        for pair in keys.windows(2) {
            assert!(pair[0] < pair[1] && prefix(pair[0], 0) <= prefix(pair[1], 0), "{pair:?}");
        }
    }

    #[test]
    fn a_prefix_has_the_bytes_after_those_that_are_skipped() {
        for key in [&b"abcdefghijklmnop"[..], b"abcdefgh", b"abc", b""] {
            for skipped in 0..=key.len() {
                let mut bytes = [0; 8];
                let len = (key.len() - skipped).min(8);
                bytes[..len].copy_from_slice(&key[skipped..][..len]);
                assert_eq!(prefix(key, skipped), u64::from_be_bytes(bytes), "{skipped}");
            }
        }
    }

    #[test]
    fn the_common_prefix_ends_with_the_shorter_key() {
        assert_eq!(common_prefix_len(b"abc", b"abd"), 2);
        assert_eq!(common_prefix_len(b"ab", b"abd"), 2);
        assert_eq!(common_prefix_len(b"", b"abd"), 0);
    }
}
