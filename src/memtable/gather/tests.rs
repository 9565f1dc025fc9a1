use super::{BLOCK_LEN, Gatherer};
use crate::log::entry::Entry;
use crate::log::place::Place;
use crate::log::row::Row;
use crate::log::testing::put;
use crate::memtable::testing::gather;

#[test]
fn entries_are_cut_into_blocks_of_one_length() {
    for len in [0, 1, BLOCK_LEN - 1, BLOCK_LEN, BLOCK_LEN + 1, 3 * BLOCK_LEN, 3 * BLOCK_LEN + 7] {
        let (_, gathered, places) = gather(&vec![(b"key".to_vec(), 1); len]);
        let blocks: Vec<_> = gathered.blocks.iter().map(|block| block.summary.len).collect();
        assert_eq!(blocks.iter().sum::<usize>(), len);
        assert!(blocks.iter().rev().skip(1).all(|&len| len == BLOCK_LEN) && !blocks.contains(&0), "{blocks:?}");
        let row = |number| Row { first: places[number * BLOCK_LEN], len: blocks[number] };
        assert_eq!(gathered.rows, (0..blocks.len()).map(row).collect::<Vec<_>>());
        assert!(gathered.blocks.iter().all(|block| block.rows == 1));
    }
}

#[test]
fn a_row_ends_where_something_lies_between_two_entries() {
    let entry = put(1, "a", "1");
    let mut gatherer = Gatherer::new(1000);
    let step = entry.len() + 7;
    for offset in [7, 7 + step, 7 + 2 * step + 1, 7 + 3 * step + 1, 500] {
        gatherer.push(Place::of_entry(offset), &Entry::parse(&entry).unwrap());
    }
    let gathered = gatherer.finish();
    let row = |offset: usize, len| Row { first: Place::of_entry(1000 + offset), len };
    assert_eq!(gathered.rows, [row(7, 2), row(7 + 2 * step + 1, 2), row(500, 1)]);
    assert_eq!(gathered.blocks.iter().map(|block| block.rows).collect::<Vec<_>>(), [3]);
}
