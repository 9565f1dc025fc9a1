//! What the fuzzers of tables share.

use crate::table_check::{self, Step};
use crate::table_model::{self as model, Item};
use kevo::Error;
use kevo::table::Table;
use std::sync::Arc;
use xxhash_rust::xxh64::xxh64;

/// A table of Kevo with the checksums that it should have: what makes its one block and its index, which begins where
/// the first two bytes say, is the input's.
pub fn assembled(input: &[u8]) -> Vec<u8> {
    let Some((head, rest)) = input.split_first_chunk::<2>() else { return Vec::new() };
    let at = usize::from(u16::from_le_bytes(*head)).min(rest.len());
    let (block, index) = rest.split_at(at);
    let mut file = with_checksum(block);
    let index_start = file.len() as u64;
    file.extend(with_checksum(index));
    let index_size = file.len() as u64 - index_start;
    let mut footer = 0xFACE_FEED_FACE_FEED_u64.to_le_bytes().to_vec();
    footer.extend(2_u32.to_le_bytes());
    footer.extend([0; 8]);
    footer.extend(index_start.to_le_bytes());
    footer.extend((index_size as u32).to_le_bytes());
    footer.extend([0; 28]);
    file.extend(with_checksum(&footer));
    file
}

fn with_checksum(bytes: &[u8]) -> Vec<u8> {
    [bytes, &xxh64(bytes, 0).to_le_bytes()].concat()
}

/// The reader gives what the slow reader gives, which was written from the page alone, or both say that it is damaged.
pub fn check(file: &[u8]) {
    let expected = model::read(file);
    let opened = table_check::open(file).and_then(|table| table_check::walk(&table).map(|steps| (table, steps)));
    match (&opened, &expected) {
        (Ok((table, steps)), Ok(expected)) => {
            let expected = expected.items.iter().filter_map(|item| match item {
                Item::Entry(entry) => Some(entry),
                _ => None,
            });
            assert!(entries(steps).eq(expected));
            lookups(table, steps);
        }
        (Err(Error::CorruptTable { .. } | Error::UnsupportedTable { .. }), Err(_)) => {}
        (opened, expected) => panic!("{:?}, {:?}", opened.as_ref().err(), expected.as_ref().err()),
    }
    let left =
        Table::open_passing_over_damage("x.sst".as_ref(), Box::new(crate::table_file::TableFile(file.to_vec())), None);
    if let Ok(left) = left {
        let steps = table_check::walk(&Arc::new(left)).expect("what is left can be walked through");
        let whole = opened.iter().flat_map(|(_, steps)| entries(steps)).count();
        assert!(entries(&steps).count() >= whole);
    }
}

fn entries(steps: &[Step]) -> impl Iterator<Item = &model::Entry> {
    steps.iter().filter_map(|step| match step {
        Step::Entry(entry) => Some(entry),
        Step::Damage(..) => None,
    })
}

/// The first version of a key is what a lookup gives.
fn lookups(table: &Table, steps: &[Step]) {
    let is_damaged = steps.iter().any(|step| matches!(step, Step::Damage(..)));
    let mut last = None;
    for entry in entries(steps) {
        if last != Some(&entry.key) {
            match table.get(&entry.key) {
                Ok(found) => assert_eq!(found.map(|found| table_check::owned(found.entry())).as_ref(), Some(entry)),
                Err(error) => assert!(is_damaged, "{error}"),
            }
        }
        last = Some(&entry.key);
    }
}
