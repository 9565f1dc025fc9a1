//! The reader that other tests compare the crate's with, itself held to the tables that Kevo wrote.

use crate::support::table_fixture;
use crate::support::table_fixture::{Expected, TableFixture, Truth};
use crate::support::table_model::{self as model, Entry, Found, Generation, Item};

#[test]
fn the_model_reads_every_table_as_it_is() {
    for fixture in table_fixture::all() {
        match &fixture.truth {
            Truth::Entries { entries, .. } => check(&fixture, entries),
            Truth::Unreadable => {
                let table = model::read(&fixture.bytes);
                let is_whole = table.is_ok_and(|table| table.items.iter().all(|item| matches!(item, Item::Entry(_))));
                assert!(!is_whole, "{}", fixture.name);
            }
        }
    }
}

fn check(fixture: &TableFixture, expected: &[Expected]) {
    let name = &fixture.name;
    let table = model::read(&fixture.bytes).unwrap_or_else(|damage| panic!("{name}: {damage:?}"));
    assert_eq!(table.items.len(), expected.len(), "{name}");
    for (item, expected) in table.items.iter().zip(expected) {
        let Item::Entry(entry) = item else { panic!("{name}: {item:?}") };
        assert!(expected.key.are(&entry.key), "{name}: {entry:?}");
        assert_eq!(entry.sequence, expected.sequence.unwrap_or(0), "{name}: {entry:?}");
        assert_eq!(entry.value.is_some(), expected.value.is_some(), "{name}: {entry:?}");
        if let (Some(value), Some(expected)) = (&entry.value, &expected.value) {
            assert!(expected.are(value), "{name}: {entry:?}");
        }
        assert!(matches!(model::get(&table, &entry.key), Found::Entry(Entry { key, .. }) if key == entry.key));
    }
    let has_sequences = expected.iter().any(|entry| entry.sequence.is_some());
    assert_eq!(matches!(table.generation, Generation::A | Generation::B), !has_sequences, "{name}");
}

#[test]
fn generations_are_told_apart() {
    for (name, generation) in [
        ("first-release-opened-by-v1.4.2", Generation::A),
        ("one-flush-v1.3.2", Generation::B),
        ("empty-key", Generation::C),
        ("by-hand-hidden-sections", Generation::C),
    ] {
        assert_eq!(model::read(&table_fixture::only(name).bytes).unwrap().generation, generation, "{name}");
    }
}
