//! Names of table files: which are ours, and what they say.

use std::fmt;

/// No age of a run is above this one, and all numbers of tables are below it. No database gets there; so there is
/// always room for more, and ages stay below the ids of memtables.
pub(crate) const HIGHEST: u64 = 1 << 62;

/// The name of a table of ours: which run it is in, and which number it was given.
///
/// Compared as their names are: by age, then by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TableName {
    /// The age of its run: higher is newer.
    pub age: u64,
    /// No other table ever has it.
    pub number: u64,
    /// It has no blocks, so Kevo must not see it.
    pub only_oversize: bool,
}

impl TableName {
    /// What a file's name says, if it is one that we give, digit by digit.
    pub fn parse(name: &str) -> Option<Self> {
        let (stem, only_oversize) = match name.strip_suffix(".sst") {
            Some(stem) => (stem, false),
            None => (name.strip_suffix(".oversize")?, true),
        };
        let (age, number) = stem.strip_prefix('+')?.split_once('-')?;
        let parsed = Self { age: age.parse().ok()?, number: number.parse().ok()?, only_oversize };
        // Only the canonical form, since two names of one table would be two tables.
        (parsed.to_string() == name && parsed.age <= HIGHEST && parsed.number < HIGHEST).then_some(parsed)
    }

    /// The name that the table has while it is written; Kevo never reads it.
    pub fn temporary(&self) -> String {
        format!(".{self}.tmp")
    }
}

impl fmt::Display for TableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let extension = if self.only_oversize { "oversize" } else { "sst" };
        write!(f, "+{:020}-{:06}.{extension}", self.age, self.number)
    }
}

#[cfg(test)]
mod tests {
    use super::TableName;

    #[test]
    fn names_say_what_they_were_made_of_and_nothing_else_is_one() {
        for (text, age, number, only_oversize) in [
            ("+00000000000000000001-000006.sst", 1, 6, false),
            ("+04611686018427387904-1234567.sst", super::HIGHEST, 1_234_567, false),
            ("+00000000000000000000-000000.oversize", 0, 0, true),
        ] {
            let name = TableName { age, number, only_oversize };
            assert_eq!(TableName::parse(text), Some(name));
            assert_eq!(name.to_string(), text);
        }
        for text in [
            "0_000001_01795647726083238192.sst",
            "+1-000006.sst",
            "+00000000000000000001-6.sst",
            "+00000000000000000001-0000006.sst",
            "+00000000000000000001-+00006.sst",
            "+00000000000000000001-000006.sst.tmp",
            ".+00000000000000000001-000006.sst.tmp",
            "+04611686018427387905-000006.sst",
            "+00000000000000000001-4611686018427387904.sst",
            "+18446744073709551616-000006.sst",
            "+00000000000000000001-000006",
            "",
        ] {
            assert_eq!(TableName::parse(text), None, "{text}");
        }
    }
}
