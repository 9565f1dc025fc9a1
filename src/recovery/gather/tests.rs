use super::{GROUP_LEN, Gatherer};
use crate::log::format::entry::Entry;
use crate::log::position::Position;
use crate::log::row::Row;
use crate::log::testing::put;
use crate::recovered::testing::gather;

#[test]
fn entries_are_cut_into_blocks_of_one_length() {
    for len in [0, 1, GROUP_LEN - 1, GROUP_LEN, GROUP_LEN + 1, 3 * GROUP_LEN, 3 * GROUP_LEN + 7] {
        let (_, gathered, positions) = gather(&vec![(b"key".to_vec(), 1); len]);
        let groups: Vec<_> = gathered.groups.iter().map(|group| group.stats.len).collect();
        assert_eq!(groups.iter().sum::<usize>(), len);
        assert!(groups.iter().rev().skip(1).all(|&len| len == GROUP_LEN) && !groups.contains(&0), "{groups:?}");
        let row = |number| Row { first: positions[number * GROUP_LEN], len: groups[number] };
        assert_eq!(gathered.rows, (0..groups.len()).map(row).collect::<Vec<_>>());
        assert!(gathered.groups.iter().all(|group| group.rows == 1));
    }
}

#[test]
fn a_row_ends_where_something_lies_between_two_entries() {
    let entry = put(1, "a", "1");
    let mut gatherer = Gatherer::new(1000);
    let step = entry.len() + 7;
    for offset in [7, 7 + step, 7 + 2 * step + 1, 7 + 3 * step + 1, 500] {
        gatherer.push(Position::of_entry(offset), &Entry::parse(&entry).unwrap());
    }
    let gathered = gatherer.finish();
    let row = |offset: usize, len| Row { first: Position::of_entry(1000 + offset), len };
    assert_eq!(gathered.rows, [row(7, 2), row(7 + 2 * step + 1, 2), row(500, 1)]);
    assert_eq!(gathered.groups.iter().map(|group| group.rows).collect::<Vec<_>>(), [3]);
}
