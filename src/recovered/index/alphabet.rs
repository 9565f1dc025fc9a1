//! The alphabet: the bytes that occur in keys. Text has few different bytes, with large gaps between them. If these
//! bytes are numbered without gaps, most text is spread evenly.

/// With more different bytes than this there are few gaps, and bytes are not renumbered.
const MAX_LETTERS: usize = 126;
/// How many bytes of a prefix are used: buckets need few bits, and each letter takes time.
const USED_BYTES: usize = 6;
/// The flag of a byte that is not a letter, in the table of digits.
const OTHER: u8 = 0x80;

/// How a prefix is turned into a number.
#[derive(Debug)]
pub(super) enum Alphabet {
    /// The prefix itself is the number: keys have many different bytes.
    Bytes,
    /// Keys have only a few different bytes.
    Letters(Box<Letters>),
}

/// The few bytes that occur in keys.
#[derive(Debug)]
pub(super) struct Letters {
    count: u64,
    /// For each byte: the number of letters below it, with the flag [`OTHER`] if the byte is not a letter.
    digits: [u8; 256],
}

impl Alphabet {
    /// The alphabet of the bytes in these prefixes.
    pub(super) fn of(prefixes: impl Iterator<Item = u64>) -> Self {
        let mut seen = [false; 256];
        prefixes.flat_map(u64::to_be_bytes).for_each(|byte| seen[usize::from(byte)] = true);
        // Short prefixes are padded with zeros.
        seen[0] = true;
        let count = seen.iter().filter(|&&seen| seen).count();
        if count > MAX_LETTERS { Self::Bytes } else { Self::Letters(Box::new(Letters::of(&seen))) }
    }

    /// The number of a prefix. A higher prefix never has a lower number.
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
        let digits = letters.map(|is_letter| {
            let digit = lower;
            lower += u8::from(is_letter);
            if is_letter { digit } else { digit | OTHER }
        });
        Self { count: u64::from(lower), digits }
    }

    /// The number whose digits are the letters of the prefix.
    #[inline]
    fn number(&self, prefix: u64) -> u64 {
        let bytes = prefix.to_be_bytes();
        let (mut number, mut flags) = (0, 0);
        for &byte in &bytes[..USED_BYTES] {
            let digit = self.digits[usize::from(byte)];
            flags |= digit;
            number = number * self.count + u64::from(digit);
        }
        if flags & OTHER == 0 { number } else { self.number_through_other(bytes) }
    }

    /// The number of a prefix with a byte that is not a letter. That byte counts as the next higher letter, and all
    /// bytes after it as zeros. So the number is not lower than that of any lower prefix.
    #[cold]
    fn number_through_other(&self, bytes: [u8; 8]) -> u64 {
        let (mut number, mut only_letters) = (0, true);
        for &byte in &bytes[..USED_BYTES] {
            let digit = self.digits[usize::from(byte)];
            number = number * self.count + if only_letters { u64::from(digit & !OTHER) } else { 0 };
            only_letters &= digit & OTHER == 0;
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
        // A key that ends comes before the keys that continue, so the digits of letters start with 1.
        let counted = |digits: &str| digits.bytes().fold(0, |sum, digit| sum * 9 + u64::from(digit - b'0') + 1);
        for digits in ["000000", "000001", "000010", "123456", "777777"] {
            assert_eq!(octal.number(prefix(digits)), counted(digits));
        }
        assert_eq!(octal.number(prefix("12")), counted("12") * 9_u64.pow(4));
    }

    #[test]
    fn a_higher_prefix_never_has_a_lower_number() {
        let texts =
            ["", "/", "/9", "0", "0/", "00", "009", "01", "0:", "5", "5 ", "55", "5a", "99999999", "9:", ":", "a"];
        for letters in ["0123456789", "05", "5", ""] {
            let alphabet = Alphabet::of(letters.chars().map(|letter| prefix(&letter.to_string())));
            let numbers = texts.map(|text| alphabet.number(prefix(text)));
            assert!(numbers.is_sorted(), "{letters}: {numbers:?}");
        }
    }

    #[test]
    fn with_many_different_bytes_prefixes_are_their_own_numbers() {
        let alphabet = Alphabet::of((1..=255).map(|byte| byte << 56));
        assert!([0, 1, 1 << 40, u64::MAX].into_iter().all(|prefix| alphabet.number(prefix) == prefix));
    }
}
