//! Names of Kevo's tables: `LEVEL_NUMBER_TIME.sst`.

/// What the name of a table of Kevo says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableName {
    /// Flushes write level 0, compactions deeper ones.
    pub level: u32,
    /// Counts from 1: over flushes, in each run of Kevo; over the outputs, in each compaction.
    pub number: u64,
    /// When it was begun, in nanoseconds since 1970.
    pub time: u64,
}

impl TableName {
    /// What a file's name says, if it has three numbers, however many digits they have.
    pub fn parse(name: &[u8]) -> Option<Self> {
        let mut numbers = std::str::from_utf8(name).ok()?.strip_suffix(".sst")?.split('_');
        let [level, number, time] = [numbers.next()?, numbers.next()?, numbers.next()?];
        let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if numbers.next().is_some() || ![level, number, time].into_iter().all(is_digits) {
            return None;
        }
        Some(Self { level: level.parse().ok()?, number: number.parse().ok()?, time: time.parse().ok()? })
    }
}

#[cfg(test)]
mod tests {
    use super::TableName;

    #[test]
    fn names_have_three_numbers() {
        let parsed = TableName::parse(b"11_000001_01795647726083238192.sst");
        assert_eq!(parsed, Some(TableName { level: 11, number: 1, time: 1_795_647_726_083_238_192 }));
        for name in [
            "",
            "x.sst",
            "0_1.sst",
            "0_1_2_3.sst",
            "0_1_2",
            "-1_1_2.sst",
            "+0_1_2.sst",
            "__.sst",
            "0_1_99999999999999999999.sst",
            " 0_1_2.sst",
        ] {
            assert_eq!(TableName::parse(name.as_bytes()), None, "{name}");
        }
    }
}
