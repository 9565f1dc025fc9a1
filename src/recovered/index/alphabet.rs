//! The alphabet: which bytes keys are written in. Text has few, and large gaps between them; numbered without gaps,
//! most of it is spread evenly.

/// Of more bytes than so many, gaps are few.
const MOST: usize = 126;
/// So many bytes of a prefix count: buckets need few bits, and each letter takes time.
const LEN: usize = 6;
/// In the place of a letter's number, for all other bytes.
const OTHER: u8 = 0x80;

/// In what way prefixes are numbered.
#[derive(Debug)]
pub(super) enum Alphabet {
    /// All bytes there are.
    Bytes,
    Letters(Box<Letters>),
}

/// A few bytes.
#[derive(Debug)]
pub(super) struct Letters {
    count: u64,
    /// By byte: how many letters are lower, and [`OTHER`] if it is none itself.
    ranks: [u8; 256],
}

impl Alphabet {
    /// The bytes in these prefixes.
    pub(super) fn of(prefixes: impl Iterator<Item = u64>) -> Self {
        let mut seen = [false; 256];
        prefixes.flat_map(u64::to_be_bytes).for_each(|byte| seen[usize::from(byte)] = true);
        // Prefixes are filled up with it.
        seen[0] = true;
        let count = seen.iter().filter(|&&seen| seen).count();
        if count > MOST { Self::Bytes } else { Self::Letters(Box::new(Letters::of(&seen))) }
    }

    /// A number for a prefix. A higher prefix has no lower number.
    #[inline]
    pub(super) fn number(&self, prefix: u64) -> u64 {
        match self {
            Self::Bytes => prefix,
            Self::Letters(letters) => letters.number(prefix),
        }
    }
}

impl Letters {
    fn of(letters: &[bool; 256]) -> Self {
        let mut lower = 0;
        let ranks = letters.map(|is_letter| {
            let rank = lower;
            lower += u8::from(is_letter);
            if is_letter { rank } else { rank | OTHER }
        });
        Self { count: u64::from(lower), ranks }
    }

    /// Letters are digits.
    #[inline]
    fn number(&self, prefix: u64) -> u64 {
        let bytes = prefix.to_be_bytes();
        let (mut number, mut seen) = (0, 0);
        for &byte in &bytes[..LEN] {
            let rank = self.ranks[usize::from(byte)];
            seen |= rank;
            number = number * self.count + u64::from(rank);
        }
        if seen & OTHER == 0 { number } else { self.number_to_other(bytes) }
    }

    /// What follows a byte that is no letter does not count: the number is where that byte would be among letters,
    /// whatever follows them.
    #[cold]
    fn number_to_other(&self, bytes: [u8; 8]) -> u64 {
        let (mut number, mut goes_on) = (0, true);
        for &byte in &bytes[..LEN] {
            let rank = self.ranks[usize::from(byte)];
            number = number * self.count + if goes_on { u64::from(rank & !OTHER) } else { 0 };
            goes_on &= rank & OTHER == 0;
        }
        number
    }
}

#[cfg(test)]
mod tests {
    use super::Alphabet;

    fn prefix(text: &str) -> u64 {
        let mut bytes = [0; 8];
        bytes[..text.len()].copy_from_slice(text.as_bytes());
        u64::from_be_bytes(bytes)
    }

    #[test]
    fn letters_are_numbered_without_gaps() {
        let octal = Alphabet::of((0..8).map(|digit| prefix(&digit.to_string())));
        // A key that ends comes in front of those that go on.
        let counted = |digits: &str| digits.bytes().fold(0, |sum, digit| sum * 9 + u64::from(digit - b'0') + 1);
        for digits in ["000000", "000001", "000010", "123456", "777777"] {
            assert_eq!(octal.number(prefix(digits)), counted(digits));
        }
        assert_eq!(octal.number(prefix("12")), counted("12") * 9_u64.pow(4));
    }

    #[test]
    fn a_higher_prefix_has_no_lower_number() {
        let texts =
            ["", "/", "/9", "0", "0/", "00", "009", "01", "0:", "5", "5 ", "55", "5a", "99999999", "9:", ":", "a"];
        for letters in ["0123456789", "05", "5", ""] {
            let alphabet = Alphabet::of(letters.chars().map(|letter| prefix(&letter.to_string())));
            let numbers = texts.map(|text| alphabet.number(prefix(text)));
            assert!(numbers.is_sorted(), "{letters}: {numbers:?}");
        }
    }

    #[test]
    fn of_many_bytes_prefixes_are_numbers() {
        let alphabet = Alphabet::of((1..=255).map(|byte| byte << 56));
        assert!([0, 1, 1 << 40, u64::MAX].into_iter().all(|prefix| alphabet.number(prefix) == prefix));
    }
}
