//! The names of log files. Their byte order is the order of the log.

use std::ffi::OsStr;
use std::io::Write;
use std::time::{SystemTime, UNIX_EPOCH};

/// What the name of a log file ends in.
pub(crate) const SUFFIX: &str = ".wal";
/// Digits of the number in a name: as many as the highest number of 64 bits has.
const DIGITS: usize = 20;

/// The name of a log file, on the stack.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FileName([u8; DIGITS + SUFFIX.len()]);

impl FileName {
    /// The name of the log file number `number`. Kevo takes the time of a file's creation for that.
    pub(crate) fn new(number: u64) -> Self {
        let mut name = [0; DIGITS + SUFFIX.len()];
        let written = write!(name.as_mut_slice(), "{number:0DIGITS$}{SUFFIX}");
        debug_assert!(written.is_ok(), "every number has room");
        Self(name)
    }

    pub(crate) fn as_os_str(&self) -> &OsStr {
        std::str::from_utf8(&self.0).unwrap_or_default().as_ref()
    }
}

/// Nanoseconds since 1970.
pub(crate) fn time_of_creation() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as u64)
}

/// A number that is above that in the name of a log file.
pub(crate) fn number_after(name: &str) -> u64 {
    name.trim_end_matches(SUFFIX).parse::<u64>().map_or(0, |number| number.saturating_add(1))
}

#[cfg(test)]
mod tests {
    use super::{FileName, number_after};

    #[test]
    fn names_are_those_of_kevo_and_rise_with_their_numbers() {
        let numbers = [0, 9, 10, 1_764_000_000_123_456_789, u64::MAX];
        let names = numbers.map(|number| FileName::new(number).as_os_str().to_str().unwrap().to_owned());
        assert_eq!(names[3], "01764000000123456789.wal");
        assert_eq!(names[4], "18446744073709551615.wal");
        assert_eq!(numbers.map(|number| number.saturating_add(1)), names.each_ref().map(|name| number_after(name)));
        assert!(names.is_sorted() && names.iter().all(|name| name.len() == 24));
    }
}
