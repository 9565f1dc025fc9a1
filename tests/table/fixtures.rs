//! The tables that Kevo wrote, entry by entry.

use crate::support::{table_check, table_fixture};
use std::path::Path;
use std::sync::Arc;

use crate::support::table_check::Step;
use crate::support::table_fixture::{Expected, Truth};
use crate::support::table_model::Entry;
use kevo::Error;
use kevo::disk::{Disk, RealDisk};
use kevo::table::{Generation, Table};

#[test]
fn every_table_is_read_as_it_is() {
    for fixture in table_fixture::all() {
        let name = &fixture.name;
        let Truth::Entries { entries: expected, blocks } = &fixture.truth else { continue };
        let file = RealDisk.open(&fixture.path).unwrap();
        let table = Arc::new(Table::open(&fixture.path, file, None).unwrap());
        let entries = table_check::entries(&table_check::walk(&table).unwrap());
        assert!(is(&entries, expected), "{name}");
        table_check::check_whole(name, &table, &entries);
        assert_eq!(table.stat().unwrap().index_entries, *blocks, "{name}");
        assert_eq!(table.stat().unwrap().bytes, fixture.bytes.len() as u64, "{name}");
    }
}

fn is(entries: &[Entry], expected: &[Expected]) -> bool {
    entries.len() == expected.len()
        && entries.iter().zip(expected).all(|(entry, expected)| {
            let value = match (&entry.value, &expected.value) {
                (Some(value), Some(expected)) => expected.are(value),
                (None, None) => true,
                _ => false,
            };
            expected.key.are(&entry.key) && entry.sequence == expected.sequence.unwrap_or(0) && value
        })
}

#[test]
fn generations_are_told_apart() {
    for (name, generation, version) in [
        ("first-release-opened-by-v1.4.2", Generation::A, 1),
        ("one-flush-v1.3.2", Generation::B, 2),
        ("empty-key", Generation::C, 2),
        ("by-hand-hidden-sections", Generation::C, 3),
    ] {
        let table = table_check::open(&table_fixture::only(name).bytes).unwrap();
        assert_eq!((table.generation(), table.stat().unwrap().version), (generation, version), "{name}");
    }
}

#[test]
fn a_block_that_the_index_names_twice_is_read_once() {
    let table = table_check::open(&table_fixture::only("by-hand-first-and-last-key-index").bytes).unwrap();
    let stat = table.stat().unwrap();
    assert_eq!((stat.blocks, stat.index_entries, stat.entries), (7, 14, 600));
}

#[test]
fn damage_is_an_error_with_its_place_and_the_rest_is_found_without_the_index() {
    // The table of damaged-bloom before its bit was flipped has the same entries in all of these.
    let whole = table_fixture::all().into_iter().find(|fixture| fixture.name.starts_with("damaged-bloom")).unwrap();
    let table = table_check::open(&whole.bytes).unwrap();
    let all = table_check::entries(&table_check::walk(&table).unwrap());
    let first_two_blocks = 2212;
    for (name, strict, found) in [
        ("damaged-footer", None, None),
        ("damaged-index", Some((140_701, 114)), Some(all.len())),
        ("damaged-truncated", Some((116_556, 68)), Some(first_two_blocks)),
        ("damaged-zero-length", Some((0, 0)), Some(0)),
    ] {
        let bytes = table_fixture::only(name).bytes;
        let error = table_check::open(&bytes).err().unwrap_or_else(|| panic!("{name} opens"));
        if let Some((offset, length)) = strict {
            assert_eq!(table_check::damage(&error), Step::Damage(offset, length), "{name}");
        }
        let table = table_check::open_passing_over_damage(&bytes);
        assert!(!table.passed_over().is_empty());
        let entries = table_check::entries(&table_check::walk(&table).unwrap());
        if let Some(found) = found {
            assert!(entries == all[..found], "{name}: {} entries", entries.len());
            table_check::check_damaged(name, &table, &all);
        } else {
            assert_eq!(entries.len(), 52, "{name}");
        }
    }
}

#[test]
fn a_damaged_block_hides_its_own_keys_and_no_others() {
    let fixture = table_fixture::only("damaged-data-block");
    let table = table_check::open(&fixture.bytes).unwrap();
    let whole = table_fixture::all().into_iter().find(|fixture| fixture.name.starts_with("damaged-bloom")).unwrap();
    let all = table_check::walk(&table_check::open(&whole.bytes).unwrap()).unwrap();
    let steps = table_check::walk(&table).unwrap();
    let damaged: Vec<usize> = (0..steps.len()).filter(|&at| matches!(steps[at], Step::Damage(..))).collect();
    let [damaged] = damaged[..] else { panic!("{damaged:?}") };
    let after = steps.len() - damaged - 1;
    assert!(steps[..damaged] == all[..damaged] && steps[damaged + 1..] == all[all.len() - after..]);
    for (at, entry) in table_check::entries(&all).iter().enumerate() {
        let is_hidden = (damaged..all.len() - after).contains(&at);
        assert_eq!(table.get(&entry.key).is_err(), is_hidden, "{at}");
    }
    assert_eq!(table.verify().unwrap().len(), 1);
}

#[test]
fn what_kevo_writes_of_keys_that_are_too_long_is_damage() {
    let bytes = table_fixture::only("key-over-65535").bytes;
    assert!(matches!(table_check::open(&bytes), Err(Error::CorruptTable { .. })));
    let table = table_check::open_passing_over_damage(&bytes);
    let entries = table_check::entries(&table_check::walk(&table).unwrap());
    assert!(entries.iter().all(|entry| entry.key == b"c"), "{}", entries.len());
    assert!(table.get(b"b").is_err());
}

#[test]
fn a_file_that_cannot_be_read_is_an_error_with_its_name() {
    let directory = RealDisk.open(env!("CARGO_MANIFEST_DIR").as_ref()).unwrap();
    let path = Path::new("some/table.sst");
    let error = Table::open(path, directory, None).err().unwrap();
    assert!(matches!(&error, Error::Io { path: named, .. } if named == path), "{error}");
}
