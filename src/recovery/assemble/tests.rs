use crate::log::testing::{delete, full, merge, put};
use crate::{Error, Lookup, MemtableList, Options, Report, Scan, recover};
use std::fs;

/// Entries of 32 bytes by Kevo's own counting. Three blocks, and a part of a fourth.
const ENTRIES: u64 = 3 * 2048 + 500;
const ENTRY_SIZE: u64 = 32;

/// Recovers one file of these entries.
fn recover_file(entries: impl Iterator<Item = Vec<u8>>, options: &Options) -> (Result<MemtableList, Error>, Report) {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("1.wal"), entries.map(full).collect::<Vec<_>>().concat()).unwrap();
    recover(directory.path(), options, None)
}

fn numbered() -> impl Iterator<Item = Vec<u8>> {
    (1..=ENTRIES).map(|sequence| put(sequence, format!("{:08}", sequence % 1000), "12345678"))
}

/// Sizes and numbers of entries of the tables, as a reader would fill them that takes one entry after the other.
fn filled_one_by_one(sizes: impl Iterator<Item = u64>, memtable_size: u64) -> Vec<(u64, u64)> {
    let mut memtables = vec![(0, 0)];
    for size in sizes {
        if memtables.last().unwrap().0 >= memtable_size {
            memtables.push((0, 0));
        }
        let (filled, entries) = memtables.last_mut().unwrap();
        (*filled, *entries) = (*filled + size, *entries + 1);
    }
    memtables
}

fn memtables(list: &MemtableList) -> Vec<(u64, u64)> {
    let memtables = (0..list.count()).map(|table| list.memtable(table).unwrap());
    memtables.map(|table| (table.approximate_size(), table.entry_count())).collect()
}

/// The numbers of all newest versions, by rising keys.
fn sequences(list: &MemtableList) -> Vec<u64> {
    let mut iter = list.scan(&Scan::default()).unwrap();
    std::iter::from_fn(|| iter.next().unwrap().then(|| iter.entry().unwrap().sequence)).collect()
}

#[test]
fn tables_are_the_same_as_if_entries_were_taken_one_by_one() {
    for groups in 0..=3 {
        for off in [-33_i64, -32, -31, -1, 0, 1, 31, 32, 33, 1000 * 32] {
            let memtable_size = (groups * 2048 * ENTRY_SIZE).saturating_add_signed(off).max(1500);
            let options = Options { memtable_size, max_memtables: 1000, ..Options::default() };
            let (list, report) = recover_file(numbered(), &options);
            let expected = filled_one_by_one((0..ENTRIES).map(|_| ENTRY_SIZE), memtable_size);
            let list = list.unwrap();
            assert_eq!(memtables(&list), expected, "memtables of {memtable_size} bytes");
            assert_eq!((report.entries_applied, list.max_sequence()), (ENTRIES, ENTRIES));
        }
    }
}

#[test]
fn every_version_is_in_its_table() {
    for memtable_size in [2048 * ENTRY_SIZE - 1, 2048 * ENTRY_SIZE, 2048 * ENTRY_SIZE + 1, 5000 * ENTRY_SIZE] {
        let options = Options { memtable_size, max_memtables: 1000, ..Options::default() };
        let list = recover_file(numbered(), &options).0.unwrap();
        let mut sequence = 0;
        for (number, (_, entries)) in memtables(&list).into_iter().enumerate() {
            let table = list.memtable(number).unwrap();
            for _ in 0..entries {
                sequence += 1;
                let key = format!("{:08}", sequence % 1000);
                let found = table.get(key.as_bytes(), sequence).unwrap();
                assert!(matches!(found, Lookup::Found { sequence: newest, .. } if newest == sequence), "{found:?}");
            }
            assert_eq!(table.next_sequence(), sequence + 1);
        }
    }
}

#[test]
fn entries_above_the_bound_are_left_out_of_the_middle_of_a_block() {
    let sequence_of = |number: u64| if number.is_multiple_of(10) { u64::MAX - number } else { number };
    for max_sequence in [1, 2047, 2048, 2049, 3000, 4096, ENTRIES - 1, ENTRIES] {
        let entries = (1..=ENTRIES).map(|number| put(sequence_of(number), format!("{number:08}"), "12345678"));
        let options = Options { max_sequence, memtable_size: 1 << 30, ..Options::default() };
        let (list, report) = recover_file(entries, &options);
        let kept: Vec<u64> = (1..=ENTRIES).filter(|&number| sequence_of(number) <= max_sequence).collect();
        let count = kept.len() as u64;
        assert_eq!((report.entries_above_max_sequence, report.entries_applied), (ENTRIES - count, count));
        let list = list.unwrap();
        assert_eq!(memtables(&list), [(count * ENTRY_SIZE, count)]);
        assert_eq!(sequences(&list), kept);
    }
}

#[test]
fn entries_of_blocks_that_share_different_bytes_may_be_taken_one_by_one() {
    // Each block has a merge, so that none is taken whole.
    let key = |number: u64| format!("{}{number:08}", ["", "shared/by/all/", "sha"][(number / 2048 % 3) as usize]);
    let entry = |number: u64| match number % 1000 {
        0 => merge(number, key(number), ""),
        _ => put(number, key(number), ""),
    };
    let list = recover_file((0..ENTRIES).map(entry), &Options::default()).0.unwrap();
    let mut numbers: Vec<u64> = (0..ENTRIES).filter(|number| !number.is_multiple_of(1000)).collect();
    numbers.sort_by_key(|&number| key(number));
    assert_eq!(sequences(&list), numbers);
    for number in numbers {
        assert!(
            matches!(list.get(key(number).as_bytes(), u64::MAX).unwrap(), Lookup::Found { sequence, .. } if sequence == number)
        );
    }
}

#[test]
fn merges_are_left_out_of_the_middle_of_a_block_but_start_a_table_all_the_same() {
    let entry = |sequence: u64| match sequence {
        3000 | 2048 | 2049 | ENTRIES => merge(sequence, "12345678", "12345678"),
        4000 => delete(sequence, "12345678"),
        _ => put(sequence, format!("{:08}", sequence % 1000), "12345678"),
    };
    let (list, report) = recover_file((1..=ENTRIES).map(entry), &Options::default());
    let list = list.unwrap();
    assert_eq!(memtables(&list), [((ENTRIES - 4) * ENTRY_SIZE - 8, ENTRIES - 4)]);
    assert_eq!((report.merges_ignored, list.max_sequence()), (4, ENTRIES));

    let full_before_the_last = (ENTRIES - 4) * ENTRY_SIZE - 8;
    for (memtable_size, count) in [(full_before_the_last, 2), (full_before_the_last + 1, 1)] {
        let options = Options { memtable_size, ..Options::default() };
        assert_eq!(recover_file((1..=ENTRIES).map(entry), &options).0.unwrap().count(), count);
    }
}

#[test]
fn the_entry_that_needs_one_table_too_many_is_named() {
    let record_len = (7 + 13 + 8 + 4 + 8) as u64;
    for per_table in [2047, 2048, 2049, 3000] {
        let options = Options { memtable_size: per_table * ENTRY_SIZE, max_memtables: 2, ..Options::default() };
        let (failed, report) = recover_file(numbered(), &options);
        let error = failed.unwrap_err();
        assert!(matches!(error, Error::TooManyMemtables { limit: 2, .. }));
        assert_eq!(error.offset(), Some(2 * per_table * record_len));
        assert_eq!(report.entries_applied, 2 * per_table);
    }
}
