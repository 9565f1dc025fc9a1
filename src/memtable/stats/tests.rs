use super::EntryStats;
use crate::log::format::entry::{Entry, Op};

fn entry(op: Op, sequence: u64, key: &'static str, value: &'static str) -> Entry<'static> {
    Entry { op, sequence, key: key.as_bytes(), value: value.as_bytes() }
}

fn stats(entries: &[Entry<'_>]) -> EntryStats {
    let mut stats = EntryStats::default();
    for entry in entries {
        stats.add(entry);
    }
    stats
}

#[test]
fn an_entry_takes_16_bytes_beside_its_key_and_its_value() {
    assert_eq!(stats(&[entry(Op::Put, 1, "key", "value")]).size, 24);
    assert_eq!(stats(&[entry(Op::Delete, 1, "key", "")]).size, 19);
    assert_eq!(stats(&[entry(Op::Put, 1, "", "")]).size, 16);
}

#[test]
fn superseded_versions_take_as_much_as_others() {
    assert_eq!(stats(&[entry(Op::Put, 1, "key", "value"), entry(Op::Put, 2, "key", "")]).size, 24 + 19);
}

#[test]
fn a_merge_takes_nothing_but_a_sequence_number() {
    let merge = stats(&[entry(Op::Merge, 7, "key", "value")]);
    assert_eq!((merge.len, merge.size, merge.merges), (1, 0, 1));
    assert_eq!((merge.lowest_sequence, merge.highest_sequence), (7, 7));
}

#[test]
fn joined_stats_are_the_stats_of_all_entries_together() {
    let entries = [
        entry(Op::Put, 3, "a", "1"),
        entry(Op::Delete, 3, "bc", ""),
        entry(Op::Merge, 5, "", ""),
        entry(Op::Put, 9, "d", "234"),
        entry(Op::Put, 8, "d", "234"),
        entry(Op::Put, u64::MAX, "e", ""),
        entry(Op::Put, 0, "e", ""),
    ];
    for end in 0..=entries.len() {
        for middle in 0..=end {
            let mut joined = stats(&entries[..middle]);
            joined.join(&stats(&entries[middle..end]));
            assert_eq!(joined, stats(&entries[..end]));
            assert_eq!(joined.ascending, end < 5);
        }
    }
}
